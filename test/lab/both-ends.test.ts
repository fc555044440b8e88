import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mailServer } from '../../src/lab/behaviour.ts';
import type { Scenario } from '../../src/lab/scenario.ts';
import type { Reconciliation } from '../../src/model/reconciliation.ts';
import { startLabSentinel } from './lab-sentinel.ts';
import { certificate, describeLab, openField } from './postern.ts';

const SENTINEL = ['192.0.2.7', '2001:db8:f::7'] as const;
/** What IPv4 connections come from, as seen outside; IPv6 is not translated. */
const TRANSLATED = '203.0.113.20';
/** Where the gate's own mail server takes what was meant for others. */
const STRANGER_PORT = 10_025;

/**
 * workstation ─ gate ─ outside. Over IPv4 the gate diverts port 25 to a mail server of its own, drops 465, and drops every answer with a payload
 * from 587; over IPv6 it resets 465, and drops every word to 587.
 */
const GATE = `table inet gate {
  chain forward {
    type filter hook forward priority filter; policy accept;
    meta nfproto ipv4 tcp dport 465 drop
    meta nfproto ipv4 tcp sport 587 ip length > 60 drop
    meta nfproto ipv6 tcp dport 465 reject with tcp reset
    meta nfproto ipv6 tcp dport 587 ip6 length > 40 drop
  }
  chain diversion {
    type nat hook prerouting priority dstnat;
    iifname "lan0" ip daddr ${SENTINEL[0]} tcp dport 25 redirect to :${STRANGER_PORT}
  }
  chain translation {
    type nat hook postrouting priority srcnat;
    oifname "wan0" ip saddr 10.20.0.0/24 snat ip to ${TRANSLATED}
  }
}`;

const SCENARIO: Scenario = {
  topology: {
    names: { 'sentinel.example.net': [...SENTINEL] },
    hosts: [
      { name: 'workstation', routes: ['default via 10.20.0.1', 'default via 2001:db8:20::1'] },
      { name: 'gate', forwards: true, routes: ['default via 198.51.100.7', 'default via 2001:db8:1::7'], firewall: GATE },
      {
        name: 'outside',
        loopback: [`${SENTINEL[0]}/32`, `${SENTINEL[1]}/128`],
        routes: ['default via 198.51.100.1', 'default via 2001:db8:1::1'],
      },
    ],
    links: [
      [
        { host: 'workstation', interface: 'eth0', addresses: ['10.20.0.5/24', '2001:db8:20::5/64'] },
        { host: 'gate', interface: 'lan0', addresses: ['10.20.0.1/24', '2001:db8:20::1/64'] },
      ],
      [
        { host: 'gate', interface: 'wan0', addresses: ['198.51.100.1/24', '2001:db8:1::1/64'] },
        { host: 'outside', interface: 'eth0', addresses: ['198.51.100.7/24', '2001:db8:1::7/64'] },
      ],
    ],
  },
  servers: {
    gate: [{ address: '0.0.0.0', port: STRANGER_PORT, behaviour: mailServer('mail.example.com', certificate('good')) }],
  },
  vantages: [{ host: 'workstation', segment: 'workstations' }],
  exhibits: {},
  plan: () => ({ policy: '', faults: [] }),
};

function policyOf(key: string): string {
  return `version: 1
name: both-ends
segments:
  workstations: { networks: [10.20.0.0/24, "2001:db8:20::/64"] }
destinations:
  outpost: { probes: [{ sentinel: edge }] }
rules: []
audit: { ports: [25, 465, 587, 2525], ehlo: audit.example.com }
sentinels:
  edge: { host: sentinel.example.net, ports: [25, 443, 465, 587, 2525], public-key: "${key}", expected-sources: [${TRANSLATED}] }
`;
}

describeLab('both ends of a real path', () => {
  it('tell what was dropped, what came back from nobody, what somebody else answered', async ({ onTestFinished }) => {
    const field = await openField(SCENARIO);
    onTestFinished(() => field.lab.close());
    const { key, stop, log } = await startLabSentinel(field, {
      host: 'outside',
      addresses: SENTINEL,
      ports: [25, 443, 465, 587, 2525],
    });
    writeFileSync(field.policyFile, policyOf(key));
    const limits = ['--timeout', '1s', '--greeting-timeout', '2s', '--quiet'];
    const scanned = await field.run('workstation', ['scan', '--output', 'office.jsonl', ...limits]);
    expect(scanned).toEqual({ code: 0, stdout: '', stderr: '' });
    // A probe may arrive a moment after it was given up here: a log that ends before that tells nothing of it.
    await field.lab.sandbox?.run('outside', ['sleep', '3']);
    await stop();

    const { code, stdout, stderr } = await field.run('workstation', [
      'reconcile',
      'sentinel.log',
      'office.jsonl',
      '--format',
      'json',
      '--format',
      'text=report.txt',
    ]);
    expect([code, stderr]).toEqual([1, '']);
    const { rows, runs, notes } = JSON.parse(stdout) as Reconciliation;
    expect(
      rows
        .filter(({ pass }) => pass !== 'confirm')
        .map(({ port, family, client, reading, matched }) => `${port} ${family} ${client.outcome} ${reading} ${matched}`),
    ).toEqual([
      '25 ipv4 open-smtp stranger null',
      '25 ipv6 open-smtp answered nonce',
      '443 ipv4 open-smtp answered nonce',
      '443 ipv6 open-smtp answered nonce',
      '465 ipv4 dropped never-arrived null',
      '465 ipv6 refused never-arrived null',
      '587 ipv4 open-silent answer-lost time',
      '587 ipv6 open-silent arrived-silent time',
      '2525 ipv4 open-smtp answered nonce',
      '2525 ipv6 open-smtp answered nonce',
    ]);
    // What was blocked is asked again, and reads the same.
    expect(new Set(rows.filter(({ pass }) => pass === 'confirm').map(({ port, reading }) => `${port} ${reading}`))).toEqual(
      new Set(['465 never-arrived']),
    );
    expect(runs.map(({ skew }) => skew.kind)).toEqual(['measured']);
    expect(notes.filter((note) => !note.includes('over IPv6'))).toEqual([]);
    expect(readFileSync(join(field.folder, 'report.txt'), 'utf8')).toContain('INTERCEPTED');

    // The log alone, without its end: nothing follows any more from what is not in it.
    const lines = readFileSync(log, 'utf8').split('\n');
    writeFileSync(join(field.folder, 'begin.log'), `${lines.slice(0, 3).join('\n')}\n`);
    const early = await field.run('workstation', ['reconcile', 'begin.log', 'office.jsonl', '--format', 'json']);
    const readings = new Set((JSON.parse(early.stdout) as Reconciliation).rows.map(({ reading }) => reading));
    expect([early.code, readings.has('stranger'), readings.has('never-arrived')]).toEqual([3, false, false]);
  });
});
