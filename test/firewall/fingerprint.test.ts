import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { differences } from '../../src/firewall/difference.ts';
import { Feeders, type FeedingChain } from '../../src/firewall/feeders.ts';
import { fedBy, feedOf } from '../../src/firewall/fingerprint.ts';
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
    'the device at which a rule marks',
    nft('chain i { type filter hook ingress device "eth1" priority 0;\nmeta mark set 1\n}', forward('mark 1 accept')),
    nft('chain i { type filter hook ingress device "eth2" priority 0;\nmeta mark set 1\n}', forward('mark 1 accept')),
  ],
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
    nft(`set s { type ipv4_addr; flags timeout; elements = { ${element} }; }`, forward('ip saddr @s tcp dport 25 accept')),
    nft(
      'set s { type ipv4_addr; flags timeout; elements = { 10.20.0.7 timeout 1h }; }',
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
    nft('set s { type ether_addr; elements = { 02:00:00:00:00:01 }; }', forward('ether saddr @s tcp dport 25 accept')),
    nft('set s { type ether_addr; elements = { 02:00:00:00:00:02 }; }', forward('ether saddr @s tcp dport 25 accept')),
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
      'map m { type inet_service : inet_service; elements = { 25 : 587 }; }',
      first(-300, 'tcp dport set tcp dport map @m'),
      forward('tcp dport 587 accept'),
    ),
    nft(
      'map m { type inet_service : inet_service; elements = { 25 : 465 }; }',
      first(-300, 'tcp dport set tcp dport map @m'),
      forward('tcp dport 587 accept'),
    ),
  ],
];

const asked = (writes: string, asks: string): readonly [string, string, string] => {
  const file = (side: string): string =>
    nft(
      first(-150, `iifname "${side}" ${writes}`),
      'set k { type ipv4_addr; flags dynamic; }',
      'quota l { 1 bytes; }',
      forward(`${asks} accept`),
    );
  return [`${writes}, asked by ${asks}`, file('eth1'), file('eth2')];
};

const WRITTEN: readonly (readonly [string, string, string])[] = [
  asked('tcp option maxseg size set 1400', 'tcp option maxseg size 1400'),
  asked('reset tcp option sack-perm', 'tcp option sack-perm exists'),
  asked('meta nftrace set 1', 'meta nftrace 1'),
  asked('meta priority set 1:1', 'meta priority 1:1'),
  asked('meta pkttype set host', 'meta pkttype host'),
  asked('ip dscp set cs1', 'ip dscp cs1'),
  asked('ip dscp set cs1', '@nh,8,8 32'),
  asked('ip ttl set 64', 'ip ttl 64'),
  asked('ct mark set 1', 'ct mark 1'),
  asked('ct zone set 1', 'ct zone 1'),
  asked('ct zone set 1', 'ct status dnat'),
  asked('ct label set 1', 'ct label 1'),
  asked('meta secmark set 1', 'meta secmark 1'),
  asked('meta mark set 1', 'socket mark 1'),
  asked('update @k { ip saddr timeout 1h }', 'ip saddr @k'),
  asked('quota name "l" accept', 'quota name "l"'),
  asked('xt target "TCPMSS"', 'tcp option maxseg size 1400'),
  asked('xt target "DSCP"', 'ip dscp cs1'),
  asked('xt match "recent"', 'xt match "recent"'),
  asked('ip saddr @k meta mark set 1', 'mark 1'),
  [
    'the rule that fills a set by which another marks',
    nft(
      first(-150, 'iifname "eth1" add @k { ip saddr }'),
      'set k { type ipv4_addr; flags dynamic; }',
      first(-10, 'ip saddr @k meta mark set 1'),
      forward('mark 1 accept'),
    ),
    nft(
      first(-150, 'iifname "eth2" add @k { ip saddr }'),
      'set k { type ipv4_addr; flags dynamic; }',
      first(-10, 'ip saddr @k meta mark set 1'),
      forward('mark 1 accept'),
    ),
  ],
  [
    'a limit that a map names',
    nft('limit l { rate 1/day; }', forward('limit name ip saddr map { 10.20.0.7 : "l" } accept')),
    nft('limit l { rate 1000/second; }', forward('limit name ip saddr map { 10.20.0.7 : "l" } accept')),
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
  ...[
    ['--jump MARK --set-mark 1', '-m mark --mark 1'],
    ['--jump=MARK --set-mark 1', '--match mark --mark 1'],
    ['--match recent --name k --set', '-m recent --name k --rcheck'],
    ['-m recent --name k --rem', '-m recent --name k --rcheck'],
    ['-m recent --name k --upd -j LOG', '-m recent --name k --rcheck'],
    ['-m recent --rem', '-m recent --rcheck'],
    ['-m recent --set --name DEFAULT', '-m recent --rcheck'],
    ['-m recent --set --name "k k"', '-m recent --rcheck --name "k k"'],
    ['--jump SET --add-set k src', '-m set --match-set k src'],
    ['-j SET --add k src', '-m set --match-s k src'],
    ['-j TCPMSS --set-mss 1400', '-m tcpmss --mss 1400'],
    ['-j TCPOPTSTRIP --strip-options 8', '-m tcp --tcp-option 8'],
    ['--jump DSCP --set-dscp 1', '-m dscp --dscp 1'],
    ['--jump TTL --ttl-set 64', '-m u32 --u32 "5 & 0xFF = 64"'],
    ['-j CLASSIFY --set-class 1:1', '-m bpf --bytecode "1,6 0 0 1"'],
    ['--jump MARK --set-mark 1', '-m rpfilter --validmark'],
    ['--match connlabel --label web --se', '-m connlabel --label web'],
    [
      '--jump RATEEST --rateest-name k --rateest-interval 250ms --rateest-ewma 0.5s',
      '-m rateest --rateest k --rateest-lt --rateest-bps 1',
    ],
    ['-m socket --restore-sk', '-m mark --mark 1'],
    ['-m condition --condition k', '-m condition --condition k'],
    ['-m hashlimit --hashlimit-name k --hashlimit-upto 1/s', '-m hashlimit --hashlimit-name k --hashlimit-upto 1/s'],
  ].map(([writes, asks]): readonly [string, string, string] => {
    const file = (side: string): string =>
      save(`-A PREROUTING -i ${side} -p tcp ${writes}`, `-A FORWARD -p tcp ${asks} -j ACCEPT`);
    return [`${writes}, asked by ${asks}`, file('eth1'), file('eth2')];
  }),
  ...(['-i eth1', '-i eth2'] as const).map((side): readonly [string, string, string] => {
    const file = (own: string): string =>
      `*raw\n-A PREROUTING ${own} --match recent --name k --set\nCOMMIT\n${save(
        '-A PREROUTING -m recent --rcheck --name k --jump MARK --set-mark 1',
        '-A FORWARD -m mark --mark 1 -j ACCEPT',
      )}`;
    return [`the list that a rule asks which marks: ${side}`, file(side), file('-i eth3')];
  }),
  [
    'a connection is marked by what a packet was marked with',
    `${save('-A PREROUTING -i eth1 -j MARK --set-mark 1\n-A PREROUTING --jump CONNMARK --save-mark', '-A FORWARD -m connmark --mark 1 -j ACCEPT')}`,
    `${save('-A PREROUTING -i eth2 -j MARK --set-mark 1\n-A PREROUTING --jump CONNMARK --save-mark', '-A FORWARD -m connmark --mark 1 -j ACCEPT')}`,
  ],
];

describe('a change of what feeds a question that no packet answers', () => {
  it.each(NFTABLES)('is told, of nftables: %s', (_, before, after) => {
    expect(changed(before, after, 'nftables')).toContain('newly-allowed conditional');
    expect(changed(before, before, 'nftables')).toEqual([]);
  });

  it.each(WRITTEN)('is told, of what a rule of nftables writes: %s', (_, before, after) => {
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

  it.each([
    ['limit rate 1/second', 'limit l { rate 1/day; }', 'limit l { rate 1/hour; }'],
    ['hour < 12', 'chain m { meta mark set 1; }', 'chain m { meta mark set 2; }'],
    ['mark 1', 'chain m { counter comment "mark set"; }', 'chain m { log prefix "meta mark set 1"; }'],
  ])('is none of nftables where %s hangs on none of it', (asks, one, other) => {
    const file = (part: string): string => nft(part, forward(`${asks} accept`));
    expect(changed(file(one), file(other), 'nftables')).toEqual([]);
  });

  it.each([
    ['-m mark --mark 1', '-m comment --comment "-j MARK --set-mark 1"'],
    ['-m mark --mark 1', '-j LOG --log-prefix "-j MARK"'],
    ['-m recent --rcheck --name k', '-m recent --set --name other'],
    ['-m hashlimit --hashlimit-name k --hashlimit-upto 1/s', '-m hashlimit --hashlimit-name other --hashlimit-upto 1/s'],
    ['-m ttl --ttl-eq 64', '-j DSCP --set-dscp 1'],
  ])('is none of iptables where %s does not hang on %s', (asks, writes) => {
    const file = (side: string): string => save(`-A PREROUTING -i ${side} ${writes}`, `-A FORWARD ${asks} -j ACCEPT`);
    expect(changed(file('eth1'), file('eth2'), 'iptables-save')).toEqual([]);
  });

  it.each([
    ['a priority', 'priority 0', 'priority filter'],
    ['a burst', 'limit l { rate 5/second }', 'limit l { rate 5/second burst 5 packets\n}'],
  ])('is none where nft lists it in other words: %s', (_, written, listed) => {
    const before = nft(
      'set s { type ipv4_addr; flags dynamic; }',
      'limit l { rate 5/second }',
      forward('ip saddr @s tcp dport 25 accept\nlimit name "l" tcp dport 25 accept\ntcp dport 587 add @s { ip saddr }'),
    );
    expect(changed(before, before.replace(written, listed), 'nftables')).toEqual([]);
  });

  it('is none where a rule behind a limit of many senders changes', () => {
    const file = (rule: string): string =>
      save('', `${rule}\n-A FORWARD -m hashlimit --hashlimit-name k --hashlimit-upto 1/s -j ACCEPT`);
    expect(changed(file('-A FORWARD -p udp -j DROP'), file('-A FORWARD -p udp -j ACCEPT'), 'iptables-save')).toEqual([]);
  });

  it('is none where a set that ends by itself lists its elements in another order, and later', () => {
    const file = (elements: string): string =>
      nft(`set s { type ipv4_addr; flags timeout; elements = { ${elements} }; }`, forward('ip saddr @s tcp dport 25 accept'));
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
    const chain = (name: string, called: string): readonly [string, FeedingChain] => {
      const rules = [
        { writes: [], reads: [], calls: [called] },
        { writes: ['mark'], reads: ['mark'], calls: [] },
      ];
      return [name, { name, rules, textAt: (at) => [`jump ${called}`, 'set'][at] ?? '' }];
    };
    const feeders = new Feeders(new Map([chain('a', 'b'), chain('b', 'a')]));
    expect(feeders.lines('mark')).toEqual(['a', 'jump b', 'set', 'b', 'jump a', 'set']);
  });
});
