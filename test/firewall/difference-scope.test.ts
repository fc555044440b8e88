import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { type Differences, differences } from '../../src/firewall/difference.ts';
import type { Ruleset } from '../../src/firewall/ruleset.ts';
import type { Change } from '../../src/model/configuration-change.ts';
import { policyOf } from '../support/policy.ts';

const POLICY = `
version: 1
name: gw-hq
segments:
  staff: { networks: [10.61.0.0/18] }
  dev: { networks: [10.61.64.0/18] }
  dmz: { networks: [10.61.200.0/24] }
  mx: { networks: [10.61.200.10] }
destinations:
  smarthost: { networks: [198.51.100.64/28] }
  internet: { networks: [public] }
rules:
  - { name: staff-submit, from: staff, to: smarthost, ports: [465, 587] }
  - { name: dev-submit, from: dev, to: smarthost, ports: [465] }
  - { name: mx-deliver, from: mx, to: internet, ports: [25] }
audit: { ports: [25, 465, 587, 2525] }
`;

const ALL = '{ staff: br-staff, dev: br-dev, dmz: br-dmz, mx: br-dmz, smarthost: eno1, internet: eno1 }';

const BASE = [
  'ip daddr 198.51.100.64/28 ip saddr 10.61.0.0/18 tcp dport { 465, 587 } accept',
  'oifname "eno1" tcp dport { 25, 465, 587, 2525 } drop',
];

function read(rules: readonly string[], file: string): Ruleset {
  const chain = ['chain forward { type filter hook forward priority filter; policy drop;', ...rules, '}'];
  return readConfiguration([{ file, text: ['table inet gw {', ...chain, '}', ''].join('\n'), format: 'nftables' }]);
}

/** What a line more, before all others, does. */
function added(line: string, interfaces = ALL): Differences {
  const policy = policyOf(`${POLICY}firewalls: { gw: { files: [gw.nft], interfaces: ${interfaces} } }\n`);
  const [firewall] = policy.firewalls;
  if (firewall === undefined) throw new Error('no firewall');
  const [before, after] = [read(BASE, 'before'), read([line, ...BASE], 'after')];
  return differences({ policy, firewall, before, after, hook: 'forward', budget: 1_000_000 });
}

/** Rows of senders of no segment. */
function ownerless(found: Differences): readonly (Pick<Change, 'policy' | 'like'> & Readonly<Record<string, unknown>>)[] {
  return found.changes
    .filter(({ segment }) => segment === null)
    .map(({ policy, destination, ports, rules, like, row }) => ({ policy, destination, ports, rules, like, if: row.condition }));
}

describe('senders of no segment that come in where segments do', () => {
  const SUBMIT = 'iifname "br-dev" oifname "eno1" ip daddr 198.51.100.64/28 tcp dport 465 accept';

  it('may what these may', () => {
    expect(ownerless(added(SUBMIT))).toEqual([
      {
        policy: 'allow',
        destination: 'smarthost',
        ports: [465],
        rules: ['dev-submit'],
        like: { interfaces: ['br-dev'], segments: ['dev'] },
        if: 'incoming interface br-dev',
      },
    ]);
  });

  it('are unknown beyond it: on other ports, to others, and by other interfaces', () => {
    const unknown = { policy: 'unknown', rules: [], like: null };
    expect(ownerless(added(SUBMIT.replace('465', '2525')))).toMatchObject([{ ...unknown, ports: [2525] }]);
    expect(ownerless(added(SUBMIT.replace('198.51.100.64/28', '198.51.100.128/28')))).toMatchObject([
      { ...unknown, destination: 'internet' },
    ]);
    expect(ownerless(added(SUBMIT.replace('br-dev', 'br-guest')))).toMatchObject([
      { ...unknown, if: 'incoming interface br-guest' },
    ]);
  });

  it('are told apart by where they come in', () => {
    expect(ownerless(added(SUBMIT.replace('"br-dev"', '{ "br-dev", "br-staff", "br-guest" }')))).toMatchObject([
      {
        policy: 'unknown',
        like: null,
        if: 'incoming interface br-guest',
      },
      {
        policy: 'allow',
        rules: ['staff-submit', 'dev-submit'],
        like: { interfaces: ['br-dev', 'br-staff'], segments: ['staff', 'dev'] },
        if: 'incoming interface br-dev or br-staff',
      },
    ]);
  });

  it('may only what each of several segments there may, and of those that may be anywhere', () => {
    const deliver = 'iifname "br-dmz" oifname "eno1" tcp dport 25 accept';
    expect(new Set(ownerless(added(deliver)).map(({ policy, like }) => `${policy} ${like}`))).toEqual(new Set(['unknown null']));
    expect(ownerless(added(SUBMIT, ALL.replace('staff: br-staff, ', '')))).toMatchObject([{ policy: 'allow' }]);
    expect(ownerless(added(SUBMIT, ALL.replace('mx: br-dmz, ', '')))).toMatchObject([{ policy: 'unknown' }]);
  });
});

describe('what is newly let through by interfaces that the policy does not give', () => {
  it('is no change that is judged, and is told', () => {
    const { changes, notes, problem } = added('ip saddr 10.61.64.0/18 ip daddr 203.0.113.0/24 oifname "wwan0" accept');
    expect([changes, problem]).toEqual([[], null]);
    expect(notes).toEqual([
      'The change newly lets denied mail through by interfaces that the policy does not give: wwan0 by after:3 (ip saddr 10.61.64.0/18 ip daddr 203.0.113.0/24 oifname "wwan0" accept). That was not judged. Harmless where it takes no such way; where it does, list them under interfaces.',
    ]);
  });

  it('is told of the way in as well', () => {
    const { notes } = added('iifname "wlan0" oifname "eno1" tcp dport 25 accept');
    expect(notes).toEqual([expect.stringContaining(': wlan0 by after:3')]);
  });

  it('is nothing where the policy gives no interfaces, or permits it, or the interfaces are its own', () => {
    expect(added('ip saddr 10.61.64.0/18 oifname "wwan0" accept', '{}').notes).toEqual([]);
    const permitted = 'ip saddr 10.61.64.0/18 ip daddr 198.51.100.64/28 oifname "wwan0" tcp dport 465 accept';
    expect(added(permitted).notes).toEqual([]);
    expect(added('iifname "br-dev" oifname "eno1" tcp dport 25 accept').notes).toEqual([]);
    expect(added('tcp sport 80 accept').notes).toEqual([]);
  });
});
