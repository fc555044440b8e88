import { describe, expect, it } from 'vitest';
import { inOrder } from '../../../src/firewall/bases.ts';
import { parseNft } from '../../../src/firewall/nftables/text.ts';
import { InputError } from '../../../src/model/problem.ts';
import { showChain } from '../show.ts';

interface Row {
  readonly title: string;
  readonly rule: string;
  readonly is: string;
}

const MATCHES: readonly Row[] = [
  { title: 'a port belongs to its protocol', rule: 'tcp dport 25 drop', is: 'proto 6 & dport 25 → drop' },
  { title: 'a negated port too', rule: 'tcp dport != { 25, 587 } drop', is: 'proto 6 & !(dport 25,587) → drop' },
  { title: 'names of ports and ranges', rule: 'tcp dport { smtp, 465-587 } drop', is: 'proto 6 & dport 25,465-587 → drop' },
  { title: 'more than a port', rule: 'tcp dport > 1023 drop', is: 'proto 6 & !(dport 0-1023) → drop' },
  { title: 'less than a port', rule: 'tcp dport < 26 accept', is: 'proto 6 & !(dport 26-65535) → accept' },
  { title: 'a negated address binds to its family', rule: 'ip daddr != 10.0.0.0/8 drop', is: 'ipv4 & !(dst 10.0.0.0/8) → drop' },
  { title: 'host bits are cut', rule: 'ip saddr 10.1.2.3/8 drop', is: 'ipv4 & src 10.0.0.0/8 → drop' },
  { title: 'IPv6 networks', rule: 'ip6 daddr 2001:db8::/32 drop', is: 'ipv6 & dst 2001:db8::/32 → drop' },
  {
    title: 'a negated protocol of IPv4',
    rule: 'ip protocol != tcp reject',
    is: 'ipv4 & !(proto 6) → reject icmpx port-unreachable',
  },
  { title: 'l4proto of either family', rule: 'meta l4proto { tcp, udp } drop', is: 'proto 6,17 → drop' },
  { title: 'nfproto', rule: 'meta nfproto ipv6 drop', is: 'ipv6 → drop' },
  { title: 'interfaces, by their beginning too', rule: 'iifname "eth*" oifname != "lo" drop', is: 'in eth+ & !(out lo) → drop' },
  { title: 'an owner', rule: 'meta skuid 105 accept', is: 'user any & user 105 → accept' },
  { title: 'a packet without an owner never matches', rule: 'meta skuid != 105 drop', is: 'user any & !(user 105) → drop' },
  { title: 'states', rule: 'ct state new,related accept', is: 'state new,related → accept' },
  { title: 'states as a set', rule: 'ct state { new, related } accept', is: 'state new,related → accept' },
  { title: 'flags under a mask', rule: 'tcp flags & (fin|syn) == syn drop', is: 'proto 6 & flags 2/3 → drop' },
  { title: 'flags with a slash', rule: 'tcp flags != syn / fin,syn,rst,ack drop', is: 'proto 6 & !(flags 2/23) → drop' },
  { title: 'none of the flags', rule: 'tcp flags ! fin,rst drop', is: 'proto 6 & flags 0/5 → drop' },
  { title: 'any of the flags', rule: 'tcp flags syn drop', is: 'proto 6 & !(flags 0/2) → drop' },
  {
    title: 'concatenations',
    rule: 'ip daddr . tcp dport { 10.0.0.0/8 . 25, 192.0.2.1 . 465-587 } drop',
    is: 'ipv4 & proto 6 & ((dst 10.0.0.0/8 & dport 25) | (dst 192.0.2.1 & dport 465-587)) → drop',
  },
  { title: 'a named set', rule: 'tcp dport @mail drop', is: 'proto 6 & dport 25,587 → drop' },
  { title: 'not in a named set', rule: 'tcp dport != @mail drop', is: 'proto 6 & !(dport 25,587) → drop' },
  { title: 'a set that rules fill', rule: 'ip saddr @seen drop', is: 'ipv4 & ?"inet edge/out: ip saddr @seen #1" → drop' },
  { title: 'a definition', rule: 'ip daddr $relays drop', is: 'ipv4 & dst 192.0.2.1 → drop' },
  { title: 'a mark that no rule sets', rule: 'meta mark 1 accept', is: '"meta mark 1" → accept' },
  { title: 'rates', rule: 'limit rate 1/second accept', is: '?"inet edge/out: limit rate 1/second #1" → accept' },
  { title: 'what is not known', rule: 'fib daddr type local drop', is: '"fib daddr type local" → drop' },
  { title: 'a mask that is a network', rule: 'ip saddr & 255.255.0.0 == 10.1.0.0 drop', is: 'ipv4 & src 10.1.0.0/16 → drop' },
  { title: 'a mask that is none', rule: 'ip saddr & 0.0.0.255 != 0.0.0.1 drop', is: 'ipv4 & !(src 0.0.0.1/0.0.0.255) → drop' },
  { title: 'no mark under a mask', rule: 'meta mark & 0xff == 0x10 accept', is: '"meta mark & 255 == 16" → accept' },
  { title: 'no mark at all', rule: 'ct mark and 0xff != 0x10 accept', is: '!("ct mark and 255 16") → accept' },
  { title: 'no later fragment', rule: 'ip frag-off & 0x1fff != 0 drop', is: 'never → drop' },
  { title: 'addresses in order', rule: 'ip daddr < 10.0.0.0 drop', is: 'ipv4 & !(dst 10.0.0.0-255.255.255.255) → drop' },
  { title: 'states but', rule: 'ct state ! new,related drop', is: '!(state new,related) → drop' },
  {
    title: 'a range backwards, as old dumps tell two comparisons',
    rule: 'tcp dport != 1024-25 drop',
    is: 'proto 6 & !("tcp dport 1024-25") → drop',
  },
  { title: 'no packet has two states', rule: 'ct state != established,related accept', is: 'always → accept' },
  { title: 'a state under a mask', rule: 'ct state new / new,invalid accept', is: 'state new → accept' },
  {
    title: 'what is set ends before the next match',
    rule: 'ct helper set "ftp" ip daddr 10.0.0.1 tcp dport 25 accept',
    is: 'ipv4 & dst 10.0.0.1 & proto 6 & dport 25 → accept',
  },
  {
    title: 'an expression ends before the next match',
    rule: 'fib saddr . iif oif missing tcp dport 25 drop',
    is: '"fib saddr . iif oif missing" & proto 6 & dport 25 → drop',
  },
  {
    title: 'a named limit and the rest',
    rule: 'limit name "l" tcp dport 25 drop',
    is: '?"inet edge/out: limit name l #1" & proto 6 & dport 25 → drop',
  },
  {
    title: 'a quota and the rest',
    rule: 'quota over 5 mbytes tcp dport 25 drop',
    is: '?"inet edge/out: quota over 5 mbytes #1" & proto 6 & dport 25 → drop',
  },
  { title: 'ICMP is never TCP', rule: 'icmp type echo-request accept', is: 'ipv4 & proto 1 & "icmp type echo-request" → accept' },
];

const VERDICTS: readonly Row[] = [
  {
    title: 'statements that judge nothing',
    rule: 'counter packets 1 bytes 2 log prefix "a b" level warn drop',
    is: 'always → drop',
  },
  { title: 'a comment', rule: 'accept comment "mail; all of it"', is: 'always → accept' },
  { title: 'without a verdict', rule: 'tcp dport 25 counter', is: 'proto 6 & dport 25 → next' },
  { title: 'a reset needs TCP', rule: 'reject with tcp reset', is: 'proto 6 → reject tcp reset' },
  { title: 'icmp needs IPv4', rule: 'reject with icmp type host-unreachable', is: 'ipv4 → reject icmp host-unreachable' },
  { title: 'jumps', rule: 'jump mail', is: 'always → jump inet edge/mail' },
  { title: 'goto', rule: 'goto mail', is: 'always → goto inet edge/mail' },
  {
    title: 'a map of verdicts; * is what is in no other element',
    rule: 'tcp dport vmap { 25 : drop, 587 : jump mail, * : accept }',
    is: 'proto 6 → [dport 25] drop; [dport 587] jump inet edge/mail; [!(dport 25,587)] accept',
  },
  { title: 'a named map', rule: 'tcp dport vmap @byport', is: 'proto 6 → [dport 25] drop' },
  { title: 'dnat', rule: 'meta l4proto tcp dnat ip to 192.0.2.5:2525', is: 'proto 6 & ipv4 → dnat c0000205 2525' },
  {
    title: 'dnat to IPv6',
    rule: 'meta l4proto tcp dnat ip6 to [2001:db8::1]:25',
    is: 'proto 6 & ipv6 → dnat 20010db8000000000000000000000001 25',
  },
  {
    title: 'redirect of own packets',
    rule: 'meta l4proto tcp redirect to :2525',
    is: 'proto 6 → [ipv4] redirect 7f000001 2525; [ipv6] redirect 1 2525',
  },
  {
    title: 'tproxy, with the socket that it names',
    rule: 'tproxy ip to 127.0.0.1:2525 meta mark set 1 accept',
    is: 'ipv4 → tproxy - - (address 127.0.0.1, port 2525)',
  },
  { title: 'tproxy of either family', rule: 'tproxy to :2525 accept', is: 'always → tproxy - - (port 2525)' },
  { title: 'tproxy of IPv6', rule: 'tproxy ip6 to [::1]:25 accept', is: 'ipv6 → tproxy - - (address ::1, port 25)' },
  {
    title: 'tproxy by a map',
    rule: 'tproxy to :tcp dport map { 25 : 2525 } accept',
    is: 'always → tproxy - - (: tcp dport map { 25 : 2525 })',
  },
  { title: 'masquerade', rule: 'masquerade random', is: 'always → translate-source' },
  {
    title: 'a target of iptables that tells what it does',
    rule: 'meta l4proto tcp counter xt target "REJECT"',
    is: 'proto 6 → reject xt target REJECT',
  },
  {
    title: 'one that does not',
    rule: 'meta l4proto tcp counter xt target "TARPIT"',
    is: 'proto 6 → lost "inet edge/out: xt target TARPIT #1"',
  },
  {
    title: 'a match of iptables that an older nft hides in a comment',
    rule: 'ip protocol tcp # multiport dports 25,587 counter packets 0 bytes 0 accept',
    is: 'ipv4 & proto 6 & ?"inet edge/out: # multiport dports 25,587 counter packets 0 bytes 0 accept #1" → ?"inet edge/out: multiport dports 25,587 counter packets 0 bytes 0 accept #1"',
  },
  {
    title: 'a target of iptables that it hides',
    rule: 'meta l4proto tcp counter packets 0 bytes 0 # reject-with tcp-reset # handle 5',
    is: 'proto 6 & ?"inet edge/out: # reject-with tcp-reset #1" → ?"inet edge/out: reject-with tcp-reset #1"',
  },
  { title: 'what a person says behind a rule', rule: 'tcp dport 25 counter # accept', is: 'proto 6 & dport 25 → next' },
  {
    title: 'two matches of iptables with one name',
    rule: 'xt match "multiport" xt match "multiport" accept',
    is: '?"inet edge/out: xt match multiport #1" & ?"inet edge/out: xt match multiport #2" → accept',
  },
  {
    title: 'a state as a map of verdicts',
    rule: 'ct state vmap { established : accept, new : jump mail }',
    is: 'always → [state established] accept; [state new] jump inet edge/mail',
  },
  {
    title: 'a map of verdicts of what is not known',
    rule: 'fib daddr type vmap { local : accept, * : drop }',
    is: 'always → ["fib daddr type local"] accept; [!("fib daddr type local")] drop',
  },
  {
    title: 'a destination by a map',
    rule: 'dnat ip to tcp dport map { 25 : 192.0.2.5, 587 : 192.0.2.6 . 465 }',
    is: 'proto 6 → [dport 25] dnat c0000205 -; [dport 587] dnat c0000206 465',
  },
  {
    title: 'a destination that is not read',
    rule: 'meta l4proto tcp dnat ip to 192.0.2.5 : tcp dport map { 25 : 2525 }',
    is: 'proto 6 & ?"inet edge/out: dnat ip to 192.0.2.5 : tcp dport map { 25 : 2525 } #1" → [ipv4] dnat 0-ffffffff 0-65535; [ipv6] dnat 0-ffffffffffffffffffffffffffffffff 0-65535',
  },
  { title: 'a source of one family', rule: 'snat ip to 192.0.2.5', is: 'ipv4 → translate-source' },
  {
    title: 'what rewrites ends the reading',
    rule: 'ip daddr set 192.0.2.5 accept',
    is: 'ipv4 → lost "inet edge/out: ip daddr set 192.0.2.5 accept #1"',
  },
  { title: 'queue', rule: 'queue to 1', is: 'always → ?"inet edge/out: queue to 1 #1"' },
];

describe.each(Object.entries({ MATCHES, VERDICTS }))('a rule of nftables: %s', (_, rows) => {
  it.each(rows)('$title: $rule', ({ rule, is }) => {
    const chain = parseNft(fileOf(rule), 'edge.nft').chains.get('inet edge/out');
    expect(chain === undefined ? [] : showChain(chain)).toEqual([is]);
  });
});

describe('a file of nftables', () => {
  it('orders base chains by hook and priority, names and offsets included', () => {
    const { bases } = parseNft(
      'table inet a { chain late { type filter hook output priority filter + 10; policy drop; }\nchain first { type filter hook output priority raw; }; }',
      'edge.nft',
    );
    expect(inOrder(bases).map(({ chain, priority, policy }) => `${chain} ${priority} ${policy}`)).toEqual([
      'inet a/first -300 accept',
      'inet a/late 10 drop',
    ]);
  });

  it('reads a script as the dump that it makes', () => {
    const script =
      'flush ruleset\nadd table inet edge\nadd chain inet edge out { type filter hook output priority 0; policy drop; }\nadd rule inet edge out tcp dport 25 drop\ninsert rule inet edge out \\\n  tcp dport 587 accept\n';
    const chain = parseNft(script, 'edge.nft').chains.get('inet edge/out');
    expect(chain === undefined ? [] : showChain(chain)).toEqual(['proto 6 & dport 587 → accept', 'proto 6 & dport 25 → drop']);
  });

  it.each([
    ['wakes where a later block is without the flag', 'flags dormant;', '', 1],
    ['sleeps where a later block has the flag', '', 'flags dormant;', 0],
  ])('of a dormant table: it %s', (_, first, second, bases) => {
    const part = parseNft(
      `table ip a { ${first}; chain o { type filter hook output priority 0; policy drop; }; }\ntable ip a { ${second}; chain o { }; }\n`,
      'x',
    );
    expect(part.bases).toHaveLength(bases);
    expect(part.problems.map(({ code }) => code)).toEqual(bases === 0 ? ['dormant'] : []);
  });

  it('makes nothing of a dormant table, and says so', () => {
    const { bases, problems } = parseNft(
      'table ip a { flags dormant; chain o { type filter hook output priority 0; policy drop; }; }',
      'x',
    );
    expect(bases).toEqual([]);
    expect(problems.map(({ code }) => code)).toEqual(['dormant']);
  });

  it('asks anew for a state where packets are not tracked', () => {
    const chain = parseNft(fileOf('ct state new accept\nnotrack'), 'x').chains.get('inet edge/out');
    expect(chain === undefined ? [] : showChain(chain)).toEqual(['?"inet edge/out: ct state new #1" → accept', 'always → next']);
  });

  it('that nobody knows are told where they stand, the same ones once', () => {
    const { problems } = parseNft(fileOf('tcp dport 25 frobnicate 7 drop\n frobnicate 7 accept\n ip ttl 5 drop'), 'x');
    const told = problems.map(({ code, location, message }) => `${code} ${location?.line}: ${message}`);
    expect(told).toEqual([expect.stringMatching(/^not-understood \d+: frobnicate 7 is not understood/)]);
  });

  it.each([
    ['tcp dport 25 acept', 'proto 6 & dport 25 → lost "inet edge/out: acept #1"'],
    ['counter acccept', 'always → lost "inet edge/out: acccept #1"'],
    ['tcp dport 25 frobnicate 7 counter', 'proto 6 & dport 25 → lost "inet edge/out: frobnicate 7 #1"'],
    ['tcp dport 25 jmp other', 'proto 6 & dport 25 → lost "inet edge/out: jmp other #1"'],
    ['tcp dport 25 frobnicate 7 drop', 'proto 6 & dport 25 & "frobnicate 7" → drop'],
  ])('may be the verdict where a rule has no other: %s', (text, shown) => {
    expect([...parseNft(fileOf(text), 'x').chains.values()].flatMap(showChain)).toContain(shown);
  });

  it('says that a value is not known, and keeps what hangs on it open', () => {
    const { chains, problems } = parseNft(fileOf('tcp dport nosuch drop'), 'x');
    expect(problems.map(({ code }) => code)).toEqual(['unknown-value']);
    expect([...chains.values()].flatMap(showChain)).toContain('proto 6 & "tcp dport nosuch" → drop');
  });

  it('says of fields side by side that are not wanted what is taken for granted, and how there is no doubt', () => {
    const said = (matches: string): readonly string[] =>
      parseNft(`table ip t { chain c { ${matches} accept; }; }`, 'x').assumptions.filter((text) => text.includes('!='));
    expect(said('ip ttl != 64 ip protocol != tcp')).toEqual([
      'Rules with != for fields side by side in a header (source and destination port, ip ttl and ip protocol) may be loaded as one comparison, which fails only where all are as named (nft 1.0.6): what hangs on that is conditional. With each in a rule of its own, which jumps to the next, there is no doubt.',
    ]);
    expect(said('ip ttl != 64 ip daddr != 192.0.2.1')).toEqual([]);
  });

  it('keeps two tables on one hook apart, each with its policy', () => {
    const one = 'table ip a { chain o { type filter hook output priority 0; tcp dport 25 accept; }; }';
    const two = 'table ip b { chain o { type filter hook output priority 10; policy drop; }; }';
    const { bases, families } = parseNft(`${one}\n${two}`, 'x');
    expect(bases.map(({ chain, policy }) => `${chain} ${policy}`)).toEqual(['ip a/o accept', 'ip b/o drop']);
    expect(families).toEqual(['ipv4']);
  });

  it.each([
    ['include "other.nft"\n', ['1:1 include']],
    ['table inet a { chain o { jump nosuch; }; }', ['1:31 unknown-chain']],
    ['table inet a { chain o { tcp dport @nosuch drop; }; }', ['1:37 unknown-set']],
    ['table inet a { chain o { ip daddr $nosuch drop; }; }', ['1:36 unknown-name']],
    ['table inet a { chain o { accept drop; }; }', ['1:33 after-verdict']],
    ['table inet a { chain o { type filter hook outptu priority 0; }; }', ['1:43 unknown-hook']],
    ['table inet a { chain o { type filter hook output priority nosuch; }; }', ['1:59 bad-priority']],
    ['table inet a {', ['1:14 braces']],
    ['', ['1:1 empty']],
  ])('refuses %j', (text, says) => expect(mistakesOf(text)).toEqual(says));
});

function mistakesOf(text: string): string[] {
  try {
    parseNft(text, 'edge.nft');
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems
      .filter(({ severity }) => severity === 'error')
      .map(({ location, code }) => `${location?.line}:${location?.column} ${code}`);
  }
}

function fileOf(rules: string): string {
  return `define relays = { 192.0.2.1 }
table inet edge {
	set mail { type inet_service; elements = { 25, 587 }; }
	set seen { type ipv4_addr; flags dynamic; }
	map byport { type inet_service : verdict; elements = { 25 : drop }; }
	chain mail { accept; }
	chain out {
		type filter hook output priority filter; policy accept;
		${rules}
	}
}
`;
}
