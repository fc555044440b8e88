import { describe, expect, it } from 'vitest';
import { type ConfigurationInput, readConfiguration } from '../../src/firewall/configuration.ts';
import { type Differences, differences } from '../../src/firewall/difference.ts';
import type { Change } from '../../src/model/configuration-change.ts';
import type { Policy } from '../../src/model/policy.ts';
import { policyOf } from '../support/policy.ts';

function compare(policy: Policy, before: readonly ConfigurationInput[], after: readonly ConfigurationInput[]): readonly string[] {
  const [firewall] = policy.firewalls;
  if (firewall === undefined) throw new Error('the policy has no firewall');
  const [earlier, later] = [readConfiguration(before), readConfiguration(after)];
  const found: Differences = differences({
    policy,
    firewall,
    before: earlier,
    after: later,
    hook: firewall.hook,
    budget: 1_000_000,
  });
  expect(found.problem).toBe(null);
  return found.changes.map(show);
}

/** Who to whom, if what; the packet's interfaces; the lines before, after, and of the row. */
function show({ kind, segment, destination, ports, family, row, before, after }: Change): string {
  const flow = `${kind} ${segment ?? 'no segment'}>${destination} ${ports.join(',')}/${family} if ${row.condition}`;
  const sides = [before, after].map(({ outcome, line }) => `${outcome} ${line?.line ?? '-'}`).join(', ');
  return `${flow}; in ${row.witness.in}, out ${row.witness.out}: ${sides}; ${row.rules.map(({ line }) => line).join()}`;
}

describe('a destination that is mapped to an interface, beside those that are not', () => {
  const policy = policyOf(`
version: 1
name: containers
segments: { servers: { networks: [172.20.16.0/24] } }
destinations: { internet: { networks: [public] } }
rules: [{ from: servers, to: internet, ports: [25] }]
audit: { ports: [25] }
firewalls: { edge: { files: [fw.v4], interfaces: { internet: ppp0 } } }
`);
  const file = (from: string): readonly ConfigurationInput[] => [
    {
      file: 'fw.v4',
      format: 'iptables-save',
      text: [
        '*filter',
        ':FORWARD DROP [0:0]',
        '-A FORWARD -i docker0 ! -o docker0 -j ACCEPT',
        `-A FORWARD -o ppp0 -s ${from} -p tcp --dport 25 -j ACCEPT`,
        'COMMIT',
        '',
      ].join('\n'),
    },
  ];

  it('has rows of its own for senders of no segment, and none of interfaces that do not lead there', () => {
    const [narrow, wide] = [file('172.20.16.25'), file('172.20.0.0/16')];
    const inside = 'if incoming interface other than docker0';
    expect(compare(policy, wide, narrow)).toEqual([
      `newly-blocked servers>* 25/ipv4 ${inside} and outgoing interface ppp0; in ppp0, out ppp0: permitted 4, denied 2; 2`,
      `newly-blocked servers>internet 25/ipv4 ${inside}; in ppp0, out ppp0: permitted 4, denied 2; 2`,
      `newly-blocked no segment>internet 25/ipv4 ${inside}; in ppp0, out ppp0: permitted 4, denied 2; 2`,
      `newly-blocked no segment>* 25/ipv4 ${inside} and outgoing interface ppp0; in ppp0, out ppp0: permitted 4, denied 2; 2`,
    ]);
    expect(compare(policy, narrow, wide)).toEqual([
      `newly-allowed servers>* 25/ipv4 ${inside} and outgoing interface ppp0; in ppp0, out ppp0: denied 2, permitted 4; 4`,
      `newly-allowed servers>internet 25/ipv4 ${inside}; in ppp0, out ppp0: denied 2, permitted 4; 4`,
      `newly-allowed no segment>internet 25/ipv4 ${inside}; in ppp0, out ppp0: denied 2, permitted 4; 4`,
      `newly-allowed no segment>* 25/ipv4 ${inside} and outgoing interface ppp0; in ppp0, out ppp0: denied 2, permitted 4; 4`,
    ]);
  });
});

describe('a chain that other interfaces do not meet', () => {
  const policy = policyOf(`
version: 1
name: gateway
segments: { dev: { networks: [10.61.64.0/18] } }
destinations: { internet: { networks: [public] } }
rules: []
audit: { ports: [25, 465] }
firewalls: { gw: { files: [main.nft], interfaces: { dev: br-dev, internet: eno1 } } }
`);
  const file = (...rules: readonly string[]): readonly ConfigurationInput[] => [
    {
      file: 'main.nft',
      format: 'nftables',
      text: [
        'table inet gw {',
        'chain mailgate { counter reject; }',
        'chain dev_out {',
        'accept',
        '}',
        'chain forward_gw {',
        'type filter hook forward priority filter; policy drop;',
        ...rules,
        'oifname eno1 tcp dport { 25, 465 } goto mailgate',
        'iifname vmap { "br-dev" : jump dev_out }',
        '}',
        '}',
      ].join('\n'),
    },
  ];
  // From dev and from no segment by IPv4, from no segment by IPv6: each to internet, and to the rest by that interface.
  const rows = 6;

  it('is none of the lines of a row', () => {
    const opened = compare(policy, file(), file('iifname "br-dev" oifname eno1 tcp dport 443-993 accept'));
    expect(opened.length).toBe(rows);
    for (const row of opened) expect(row).toMatch(/^newly-allowed .*; in br-dev, out eno1: denied 2, permitted 8; 8$/);
  });

  it('is none where nobody knows what a misspelt line matches', () => {
    for (const match of ['tcp dprot 443-993', 'tcp dport 443-9999999']) {
      const unknown = file(`iifname "br-dev" oifname eno1 ${match} accept`);
      const [opened, closed] = [compare(policy, file(), unknown), compare(policy, unknown, file())];
      for (const row of opened) expect(row).toMatch(/^newly-allowed .*; in br-dev, out eno1: denied 2, conditional 8; 8,2$/);
      for (const row of closed) expect(row).toMatch(/^newly-blocked .*; in br-dev, out eno1: conditional 8, denied 2; 2$/);
      expect([opened.length, closed.length]).toEqual([rows, rows]);
    }
  });
});

describe('the way out to a destination that a rule writes', () => {
  const policy = policyOf(`
version: 1
name: gateway
segments: { lan: { networks: [10.20.0.0/16] } }
destinations: { internet: { networks: [public] } }
rules: []
audit: { ports: [25, 587] }
firewalls: { edge: { files: [fw.nft] } }
`);
  const file = (to: string, ...lines: readonly string[]): readonly ConfigurationInput[] => [
    {
      file: 'fw.nft',
      format: 'nftables',
      text: [
        'flush ruleset',
        'table ip edge {',
        'chain p { type nat hook prerouting priority dstnat; iifname "eth0" tcp dport 25 dnat to 10.1.0.25-10.1.0.26; }',
        'chain f {',
        'type filter hook forward priority 0; policy drop;',
        `iifname "eth0" oifname "${to}" ip daddr 10.1.0.25 accept`,
        ...lines,
        '}',
        '}',
        '',
      ].join('\n'),
    },
  ];
  const kinds = (before: readonly ConfigurationInput[], after: readonly ConfigurationInput[]): readonly string[] => [
    ...new Set(compare(policy, before, after).map((change) => change.replace(/^(\S+) .* ([\d,]+)\/ipv4 .*/, '$1 $2'))),
  ];

  it('is the same question where a change is about other packets', () => {
    expect(kinds(file('eth3'), file('eth3', 'iifname "eth1" oifname "eth0" tcp dport 587 accept'))).toEqual([
      'newly-allowed 587',
    ]);
  });

  it('is another one where other packets of the rule get through', () => {
    expect(kinds(file('eth3'), file('eth4'))).toContain('newly-redirected 25');
    expect(kinds(file('eth3'), file('eth3', 'oifname "eth4" ip daddr 10.1.0.26 tcp dport 25 accept'))).toContain(
      'newly-redirected 25',
    );
  });
});
