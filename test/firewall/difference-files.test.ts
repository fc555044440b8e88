import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { type Differences, differences } from '../../src/firewall/difference.ts';
import type { Change } from '../../src/model/configuration-change.ts';
import { policyOf } from '../support/policy.ts';
import { configurationText } from './fixtures.ts';

const POLICY = policyOf(`
version: 1
name: site
segments:
  office: { networks: [192.168.40.0/24] }
  workstations: { networks: [10.20.0.0/16, "2001:db8:20::/48"] }
  relays: { networks: [10.1.0.25, 10.1.0.26] }
destinations:
  provider: { networks: [192.0.2.0/24] }
  partners: { networks: [198.51.100.0/24] }
  internet: { networks: [public] }
rules:
  - { name: office-submit, from: office, to: provider, ports: [587] }
  - { name: staff-submit, from: workstations, to: partners, ports: [465, 587] }
  - { name: relays-deliver, from: relays, to: internet, ports: [25] }
audit: { ports: [25, 465, 587] }
firewalls:
  edge: { files: [edge], interfaces: { workstations: lan1, internet: wan0, partners: wan0, provider: wan0 } }
  old: { files: [old] }
`);

function compare(name: string, before: string, after: string): Differences {
  const firewall = POLICY.firewalls.find((one) => one.name === name);
  if (firewall === undefined) throw new Error(`no firewall is ${name}`);
  const [earlier, later] = [before, after].map((file) =>
    readConfiguration([{ file, text: configurationText(`changes/${file}`), format: null }]),
  );
  if (earlier === undefined || later === undefined) throw new Error('two files make a change');
  return differences({ policy: POLICY, firewall, before: earlier, after: later, hook: firewall.hook, budget: 1_000_000 });
}

function show({ kind, policy, segment, destination, ports, row, before, after, family }: Change): string {
  const flow = `${segment ?? 'no segment'}>${destination}:${ports.join()}/${family}`;
  const [was, is] = [before, after].map(({ outcome, line }) => `${outcome} ${line?.line ?? '-'}`);
  return `${kind} ${policy} ${flow} ${row.target ?? ''} if ${row.condition}: ${was}, ${is}`;
}

describe('an iptables-save after it was rearranged', () => {
  it('lets every port out for whoever takes a source port of the web, and is as it was otherwise', () => {
    const { changes, notes, problem } = compare('old', 'source-port.before.rules', 'source-port.after.rules');
    expect([notes, problem]).toEqual([[], null]);
    expect(changes.map(show)).toEqual([
      'newly-allowed deny office>*:25,465,587/ipv4  if source port 80, 443: denied 14, permitted 16',
      'newly-allowed deny office>provider:25,465/ipv4  if source port 80, 443: denied 14, permitted 16',
      'newly-allowed deny office>*:465,587/ipv4  if source port 80, 443: denied 14, permitted 16',
      'newly-allowed deny office>provider:465/ipv4  if source port 80, 443: denied 14, permitted 16',
    ]);
    for (const { row } of changes) expect(row.rules.map(({ line }) => line)).toEqual([16, 17]);
    expect(changes.map(({ row }) => row.sources.includes('192.168.40.7'))).toEqual([false, false, true, true]);
  });
});

describe('an nftables configuration after a table was renamed', () => {
  it('lets IPv6 out, more addresses of a set, and redirects a port', () => {
    const { changes, notes, problem } = compare('edge', 'edge.before.nft', 'edge.after.nft');
    expect([notes, problem]).toEqual([[], null]);
    expect(changes.map(show)).toEqual([
      'newly-allowed allow workstations>partners:465,587/ipv4  if null: denied 18, permitted 21',
      'newly-allowed deny workstations>internet:25,465,587/ipv6  if null: denied 16, permitted 26',
      'newly-allowed deny workstations>*:25,465,587/ipv6  if outgoing interface wan0: denied 16, permitted 26',
      'newly-allowed unknown no segment>internet:25,465,587/ipv6  if null: denied 18, permitted 26',
      'newly-allowed unknown no segment>*:25,465,587/ipv6  if outgoing interface wan0: denied 18, permitted 26',
      'newly-redirected deny workstations>*:25/ipv4 this host, port 10025 if null: denied 18, redirected 16',
    ]);
    expect(changes[0]?.row.destinations).toEqual(['198.51.100.16/28']);
  });
});
