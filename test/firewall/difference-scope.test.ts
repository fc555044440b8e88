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

/** Where a segment has no networks of IPv6, any global address may be its. */
const WITH_IPV6 = POLICY.replace(/networks: \[(10\.61\.(\d+)\.[^\]]+)\]/g, 'networks: [$1, "2001:db8:61:$2::/64"]').replace(
  '[10.61.200.10, "2001:db8:61:200::/64"]',
  '[10.61.200.10, "2001:db8:61:200::10"]',
);

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
function added(line: string, interfaces = ALL, text = POLICY): Differences {
  const policy = policyOf(`${text}firewalls: { gw: { files: [gw.nft], interfaces: ${interfaces} } }\n`);
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

describe('what is newly let through of senders in no segment that no row is about', () => {
  const GIVE = 'That was not judged: give them a segment, or narrow the line.';
  const told = (who: string, line: string): string =>
    `The change newly lets mail of senders in no segment through: ${who} by after:3 (${line}). ${GIVE}`;

  it('is told of public addresses, whether their line names an interface or not', () => {
    for (const line of [
      'iifname "br-dev" ip saddr 203.0.113.0/24 tcp dport 25 accept',
      'ip saddr 203.0.113.0/24 tcp dport 25 accept',
    ]) {
      const { changes, notes, problem } = added(line);
      expect([changes, problem]).toEqual([[], null]);
      expect(notes).toEqual([told('203.0.113.0/24 on 25', line)]);
    }
    const anywhere = 'ip saddr 203.0.113.0/24 tcp dport 25 accept';
    expect(added(anywhere, '{}').notes).toEqual([told('203.0.113.0/24 on 25', anywhere)]);
  });

  it('is told of IPv6, where all segments have networks', () => {
    const line = 'iifname "br-dev" oifname "eno1" ip6 saddr 2a00:1450::/32 tcp dport { 25, 465 } accept';
    const { changes, notes } = added(line, ALL, WITH_IPV6);
    expect([changes, notes]).toEqual([[], [told('2a00:1450::/32 on 25 and 465', line)]]);
  });

  it('is told where they leave by an interface that the policy does not give, even to where the segment there may send', () => {
    for (const [to, port] of [
      ['8.8.8.8', 25],
      ['198.51.100.66', 465],
    ]) {
      const line = `iifname "br-dev" oifname "wwan0" ip saddr 192.168.0.0/16 ip daddr ${to} tcp dport ${port} accept`;
      const { changes, notes } = added(line);
      expect([changes, notes]).toEqual([[], [told(`192.168.0.0/16 on ${port}`, line)]]);
    }
  });

  it('is told beside rows of others whom the same line names', () => {
    const line = 'iifname "br-dev" ip saddr { 192.168.0.0/16, 203.0.113.0/24 } tcp dport 25 accept';
    const { changes, notes } = added(line);
    expect(changes.map(({ segment }) => segment)).toEqual([null]);
    expect(notes).toEqual([told('203.0.113.0/24 on 25', line)]);
  });

  it('is any sender where a line names none', () => {
    const private4 = 'ip saddr { 10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16 } tcp dport 25 accept';
    const policy = policyOf(`${POLICY}firewalls: { gw: { files: [gw.nft] } }\n`);
    const [firewall] = policy.firewalls;
    if (firewall === undefined) throw new Error('no firewall');
    const [before, after] = [read([private4], 'before'), read(['meta nfproto ipv4 tcp dport 25 accept'], 'after')];
    const { changes, notes } = differences({ policy, firewall, before, after, hook: 'forward', budget: 1_000_000 });
    expect(changes).toEqual([]);
    expect(notes).toEqual([told('any sender on 25', 'meta nfproto ipv4 tcp dport 25 accept')]);
  });

  it('is nothing where it comes in, is on other ports, was so before, or a row shows it', () => {
    for (const line of [
      'ip saddr 203.0.113.0/24 ip daddr 10.61.200.10 tcp dport 25 accept',
      'ip saddr 203.0.113.0/24 tcp dport 9999 accept',
      'ip saddr 203.0.113.0/24 tcp dport 25 drop',
      'iifname "br-dev" ip saddr 192.168.0.0/16 tcp dport 25 accept',
      'tcp dport 25 accept',
      'iifname "eno1" tcp dport 25 accept',
    ])
      expect(added(line).notes, line).toEqual([]);
  });
});

describe('what is newly redirected or blocked of senders in no segment that no row is about', () => {
  const GUESTS = 'ip saddr 203.0.113.0/24 tcp dport 25 accept';
  const nat = (...rules: readonly string[]): readonly string[] => [
    '}',
    'chain nat { type nat hook prerouting priority dstnat;',
    ...rules,
  ];
  const changed = (before: readonly string[], after: readonly string[], text = POLICY, interfaces = ALL): Differences => {
    const policy = policyOf(`${text}firewalls: { gw: { files: [gw.nft], interfaces: ${interfaces} } }\n`);
    const [firewall] = policy.firewalls;
    if (firewall === undefined) throw new Error('no firewall');
    const [was, is] = [read(before, 'before'), read(after, 'after')];
    return differences({ policy, firewall, before: was, after: is, hook: 'forward', budget: 1_000_000 });
  };

  it('is told of what is sent elsewhere, with the line that does it', () => {
    const line = 'ip saddr 203.0.113.0/24 tcp dport 25 redirect to :2525';
    const { changes, notes, problem } = changed([GUESTS, ...BASE], [GUESTS, ...BASE, ...nat(line)]);
    expect([changes, problem]).toEqual([[], null]);
    expect(notes).toEqual([
      `The change newly redirects mail of senders in no segment: 203.0.113.0/24 on 25 by after:8 (${line}). That was not judged: give them a segment, or narrow the line.`,
    ]);
  });

  it('is told of what is stopped, by a new line or since another is gone', () => {
    const line = 'ip saddr 203.0.113.0/24 tcp dport 25 drop';
    const told = (by: string): string =>
      `The change newly blocks mail of senders in no segment: 203.0.113.0/24 on 25 by ${by}. That was not judged: give them a segment, where they are to send mail.`;
    const stopped = changed([GUESTS, ...BASE], [line, GUESTS, ...BASE]);
    expect([stopped.changes, stopped.problem, stopped.notes]).toEqual([[], null, [told(`after:3 (${line})`)]]);
    const gone = changed([GUESTS], []);
    expect([gone.changes, gone.problem, gone.notes]).toEqual([[], null, [told('after:2 (forward)')]]);
  });

  it('is told of each kind in a sentence of its own', () => {
    const other = (port: number, verdict: string): string => `ip saddr 198.18.0.0/16 tcp dport ${port} ${verdict}`;
    const { changes, notes } = changed(
      [other(465, 'accept'), other(587, 'accept'), ...BASE],
      [other(25, 'accept'), other(587, 'accept'), ...BASE, ...nat(other(587, 'dnat ip to 192.0.2.9'))],
    );
    expect(changes).toEqual([]);
    expect(notes.map((note) => /^The change (newly \w+) .* on (\d+) by/.exec(note)?.slice(1, 3))).toEqual([
      ['newly lets', '25'],
      ['newly redirects', '587'],
      ['newly blocks', '465'],
    ]);
  });

  it('is nothing where it comes in, is on other ports, was so before, or rows show it', () => {
    const open = ['tcp dport { 25, 587, 9999 } accept', ...BASE];
    for (const line of [
      'ip saddr 203.0.113.0/24 ip daddr 10.61.200.10 tcp dport 25 drop',
      'ip saddr 203.0.113.0/24 tcp dport 9999 drop',
      'ip saddr 203.0.113.0/24 tcp dport 465 drop',
      'tcp dport 25 drop',
      'tcp dport { 25, 587 } drop',
      'oifname "eno1" tcp dport 25 drop',
      'iifname "eno1" tcp dport 25 drop',
    ]) {
      expect(changed(open, [line, ...open]).notes, line).toEqual([]);
      expect(changed(open, [line, ...open], POLICY, '{}').notes, line).toEqual([]);
      expect(changed(open, [line, ...open], WITH_IPV6).notes, line).toEqual([]);
    }
    expect(changed(open, [...open, ...nat('tcp dport 25 redirect to :2525')]).notes).toEqual([]);
  });
});
