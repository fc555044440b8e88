import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { differences } from '../../src/firewall/difference.ts';
import { fedBy, feedersIn, feedOf } from '../../src/firewall/fingerprint.ts';
import type { ConfigurationFormat } from '../../src/model/policy.ts';
import { policyOf } from '../support/policy.ts';

const POLICY = policyOf(`
version: 1
name: fed
segments:
  inner: { networks: [10.20.0.0/16] }
destinations:
  near: { networks: [192.0.2.0/24] }
rules:
  - { name: inner-near, from: inner, to: near, ports: [587] }
audit: { ports: [25, 587] }
firewalls:
  fw: { files: [fw] }
`);

/** What a change does, each time with its condition. */
function changed(before: string, after: string, format: ConfigurationFormat): readonly string[] {
  const [firewall] = POLICY.firewalls;
  if (firewall === undefined) throw new TypeError('no firewall');
  const read = (text: string) => readConfiguration([{ file: 'fw', text, format }]);
  const found = differences({
    policy: POLICY,
    firewall,
    hook: 'forward',
    before: read(before),
    after: read(after),
    budget: 1_000_000,
  });
  expect(found.problem).toBeNull();
  return found.changes.map(({ kind, after: { outcome } }) => `${kind} ${outcome}`);
}

const forward = (rule: string): string => `chain forward { type filter hook forward priority 0; policy drop;\n${rule}\n}`;
const first = (priority: number, rule: string): string =>
  `chain p${Math.abs(priority)} { type filter hook prerouting priority ${priority};\n${rule}\n}`;
const nft = (...parts: string[]): string => `flush ruleset\ntable inet f {\n${parts.join('\n')}\n}\n`;

const MARKED = nft(
  first(-10, 'tcp dport 25 meta mark set 1'),
  first(-20, 'tcp dport 25 ip saddr 10.20.0.7 meta mark set 2'),
  forward('mark 2 accept'),
);

const NFTABLES: readonly (readonly [string, string, string])[] = [
  ['the mark that a rule sets', MARKED, MARKED.replace('mark set 1', 'mark set 2')],
  ['when a rule sets a mark', MARKED, MARKED.replace('priority -20', 'priority -5')],
  ['whom a rule marks', MARKED, MARKED.replace('10.20.0.7', '10.20.0.0/16')],
  [
    'what leads to a rule that marks',
    nft('chain m { meta mark set 1\n}', first(-10, 'ip saddr 10.20.0.7 jump m'), forward('mark 1 accept')),
    nft('chain m { meta mark set 1\n}', first(-10, 'jump m'), forward('mark 1 accept')),
  ],
  [
    'what stands before a rule that marks',
    nft(first(-10, 'ip saddr 10.20.0.7 return\nmeta mark set 1'), forward('mark 1 accept')),
    nft(first(-10, 'meta mark set 1'), forward('mark 1 accept')),
  ],
  [
    'what is taken out of tracking',
    nft(first(-300, 'ip saddr 10.20.0.9 notrack'), forward('ct state untracked tcp dport 25 accept')),
    nft(first(-300, 'notrack'), forward('ct state untracked tcp dport 25 accept')),
  ],
  ...(['10.20.0.9 timeout 1h', '10.20.0.9'] as const).map((element): readonly [string, string, string] => [
    `elements of a set with timeouts: ${element}`,
    nft(`set s { type ipv4_addr; flags timeout; elements = { ${element} } }`, forward('ip saddr @s tcp dport 25 accept')),
    nft(
      'set s { type ipv4_addr; flags timeout; elements = { 10.20.0.7 timeout 1h } }',
      forward('ip saddr @s tcp dport 25 accept'),
    ),
  ]),
  [
    'the rule that fills a set',
    nft(
      'set s { type ipv4_addr; flags dynamic; }',
      forward('tcp dport 7777 add @s { ip saddr }\nip saddr @s tcp dport 25 accept'),
    ),
    nft('set s { type ipv4_addr; flags dynamic; }', forward('add @s { ip saddr }\nip saddr @s tcp dport 25 accept')),
  ],
  [
    'elements that a match not worked out asks for',
    nft('set s { type ether_addr; elements = { 02:00:00:00:00:01 } }', forward('ether saddr @s tcp dport 25 accept')),
    nft('set s { type ether_addr; elements = { 02:00:00:00:00:02 } }', forward('ether saddr @s tcp dport 25 accept')),
  ],
  [
    'a limit with a name',
    nft('limit l { rate 1/day; }', forward('limit name l tcp dport 25 accept')),
    nft('limit l { rate 1000/second; }', forward('limit name l tcp dport 25 accept')),
  ],
  [
    'a quota with a name',
    nft('quota l { 1 bytes; }', forward('quota name l tcp dport 25 accept')),
    nft('quota l { over 1 bytes; }', forward('quota name l tcp dport 25 accept')),
  ],
  [
    'the map of ports to which packets are rewritten',
    nft(
      'map m { type inet_service : inet_service; elements = { 25 : 587 } }',
      first(-300, 'tcp dport set tcp dport map @m'),
      forward('tcp dport 587 accept'),
    ),
    nft(
      'map m { type inet_service : inet_service; elements = { 25 : 465 } }',
      first(-300, 'tcp dport set tcp dport map @m'),
      forward('tcp dport 587 accept'),
    ),
  ],
];

const save = (mangle: string, filter: string): string =>
  `*mangle\n:PREROUTING ACCEPT [0:0]\n${mangle}\nCOMMIT\n*filter\n:FORWARD DROP [0:0]\n${filter}\nCOMMIT\n`;

const IPTABLES: readonly (readonly [string, string, string])[] = [
  [
    'whom a rule marks',
    save('-A PREROUTING -s 10.20.0.7 -j MARK --set-mark 1', '-A FORWARD -m mark --mark 1 -j ACCEPT'),
    save('-A PREROUTING -j MARK --set-mark 1', '-A FORWARD -m mark --mark 1 -j ACCEPT'),
  ],
  [
    'the rule that puts addresses into a list of recent',
    save(
      '-A PREROUTING -p tcp --dport 7000 -m recent --set --name k',
      '-A FORWARD -p tcp --dport 25 -m recent --rcheck --name k -j ACCEPT',
    ),
    save(
      '-A PREROUTING -p tcp --dport 25 -m recent --set --name k',
      '-A FORWARD -p tcp --dport 25 -m recent --rcheck --name k -j ACCEPT',
    ),
  ],
  [
    'the rule that adds to a set',
    save(
      '-A PREROUTING -p tcp --dport 7000 -j SET --add-set k src',
      '-A FORWARD -p tcp --dport 25 -m set --match-set k src -j ACCEPT',
    ),
    save('-A PREROUTING -p tcp -j SET --add-set k src', '-A FORWARD -p tcp --dport 25 -m set --match-set k src -j ACCEPT'),
  ],
];

describe('a change of what feeds a question that no packet answers', () => {
  it.each(NFTABLES)('is told, of nftables: %s', (_, before, after) => {
    expect(changed(before, after, 'nftables')).toContain('newly-allowed conditional');
    expect(changed(before, before, 'nftables')).toEqual([]);
  });

  it.each(IPTABLES)('is told, of iptables: %s', (_, before, after) => {
    expect(changed(before, after, 'iptables-save')).toContain('newly-allowed conditional');
    expect(changed(before, before, 'iptables-save')).toEqual([]);
  });

  it.each([
    ['counts', 'counter packets 1 bytes 60 meta mark set 1', 'counter packets 7 bytes 420 meta mark set 1'],
    ['rules behind the last that feeds', 'meta mark set 1', 'meta mark set 1\ntcp dport 80 drop'],
  ])('is none where only %s differ', (_, before, after) => {
    const file = (rules: string): string => nft(first(-10, rules), forward('mark 1 accept'));
    expect(changed(file(before), file(after), 'nftables')).toEqual([]);
  });

  it('is none where a set that ends by itself lists its elements in another order, and later', () => {
    const file = (elements: string): string =>
      nft(`set s { type ipv4_addr; flags timeout; elements = { ${elements} } }`, forward('ip saddr @s tcp dport 25 accept'));
    expect(
      changed(
        file('10.20.0.9 timeout 1h expires 59m1s, 10.20.0.7 timeout 1h expires 3m'),
        file('10.20.0.7 timeout 1h expires 2m, 10.20.0.9 timeout 1h expires 58m1s'),
        'nftables',
      ),
    ).toEqual([]);
  });
});

describe('the mark of what feeds a question', () => {
  it('is read back from its key, and is none where nothing feeds it', () => {
    expect(feedOf(fedBy('mark 1', ['a']))).toMatch(/^ \{[0-9a-f]{8}\}$/);
    expect(fedBy('mark 1', [])).toBe('mark 1');
    expect(feedOf('mark 1')).toBe('');
  });

  it('ends where chains call each other in a circle', () => {
    const rules = (calls: string) => [
      { text: `jump ${calls}`, calls: [calls] },
      { text: 'set', calls: [] },
    ];
    const chains = new Map([
      ['a', { name: 'a', rules: rules('b') }],
      ['b', { name: 'b', rules: rules('a') }],
    ]);
    expect(feedersIn(chains, (text) => text === 'set')).toEqual(['a', 'jump b', 'set', 'b', 'jump a', 'set']);
  });
});
