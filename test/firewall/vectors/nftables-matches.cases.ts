import { base, chain, nftables, type Vector } from './vector.ts';

/** Accepted is what the match holds for; all else is dropped. */
const matching = (title: string, match: string, verdicts: Vector['verdicts'], hook: Vector['hook'] = 'forward'): Vector =>
  chain(title, hook, [`${match} accept`], verdicts, 'drop');

const withSet = (title: string, set: string, match: string, verdicts: Vector['verdicts']): Vector =>
  nftables(
    title,
    'forward',
    `table inet t {\n set s {\n ${set}\n }\n${base('c', 'forward', [`${match} accept`], { policy: 'drop' })}\n}`,
    verdicts,
  );

export const NFTABLES_MATCHES: readonly Vector[] = [
  chain(
    'an address of IPv4 binds its rule to IPv4: the drop behind it meets IPv6',
    'output',
    ['ip daddr 198.51.100.0/24 tcp dport 25 accept', 'tcp dport 25 drop'],
    { '25': 'accept', 'v6 25': 'drop', '25 to 192.0.2.1': 'drop', 'v6 26': 'accept' },
  ),
  chain('a negated address of IPv4 does not match IPv6', 'forward', ['ip daddr != 198.51.100.7 drop'], {
    '25': 'accept',
    '25 to 198.51.100.8': 'drop',
    'v6 25': 'accept',
  }),
  chain('a negated ip protocol does not match IPv6', 'forward', ['ip protocol != udp reject'], {
    '25': 'reject',
    'v6 25': 'accept',
  }),
  matching('a next header of IPv6 is that of IPv6 alone', 'ip6 nexthdr tcp', { '25': 'drop', 'v6 25': 'accept' }),
  matching('meta l4proto is the protocol of either family', 'meta l4proto tcp', { '25': 'accept', 'v6 25': 'accept' }),
  matching('meta nfproto is the family', 'meta nfproto ipv6', { '25': 'drop', 'v6 25': 'accept' }),
  matching('a port of TCP belongs to TCP', 'udp dport 25', { '25': 'drop' }),
  matching('a negated port of UDP is no port of TCP', 'udp dport != 25', { '26': 'drop' }),
  matching('th dport is the port of any protocol that has some', 'meta l4proto { tcp, udp } th dport 25', {
    '25': 'accept',
    '26': 'drop',
  }),
  chain(
    'a source port and a destination port that are not wanted may be one comparison, which holds where either differs',
    'forward',
    ['tcp dport != 25 counter tcp sport != 50000 accept', 'drop'],
    { '25 sport 50000': 'drop', '25 sport 1023': 'conditional', '26 sport 50000': 'conditional', '26 sport 1023': 'accept' },
  ),
  matching('two ports that are ranges are two comparisons', 'tcp sport != 1-2 tcp dport != 25', {
    '25 sport 9': 'drop',
    '26 sport 9': 'accept',
    '26 sport 1': 'drop',
  }),
  matching('a time to live and a protocol that are not wanted may be one comparison', 'ip ttl != 64 ip protocol != tcp', {
    '25': 'conditional',
    'v6 25': 'drop',
  }),
  matching('so they may with other statements between them', 'ip protocol ne tcp counter meta mark != 3 ip ttl ne { 64 }', {
    '25': 'conditional',
  }),
  matching('a next header and a hop limit may be one', 'ip6 hoplimit != 64 ip6 nexthdr != { tcp }', {
    '25': 'drop',
    'v6 25': 'conditional',
  }),
  matching('three fields side by side may be one, in whatever order', 'ip checksum != 7 ip ttl != 64 ip protocol != tcp', {
    '25': 'conditional',
  }),
  matching('bytes that are counted are those of the field', '@nh,64,8 != 64 ip protocol != tcp', { '25': 'conditional' }),
  matching('bytes in front of the ports of an unknown header may be one with them', 'tcp dport != 25 @th,0,16 != 1024', {
    '25': 'conditional',
    '26': 'conditional',
  }),
  matching('a window and flags that are not wanted may be one', 'tcp window != 512 tcp flags != syn | ack tcp dport 25', {
    '25': 'conditional',
    '26': 'drop',
  }),
  nftables(
    'of two questions that may be one, the answer to one does not settle the rule',
    'forward',
    `table inet t {\n chain asked {\n ip frag-off != 7 ip ttl != 64 accept\n }\n${base('c', 'forward', ['ip ttl 64 jump asked', 'drop'])}\n}`,
    { '25': 'conditional' },
  ),
  matching('a field that is wanted is a comparison of its own', 'ip ttl 64 ip protocol != tcp', { '25': 'drop' }),
  matching('fields that do not touch are two comparisons', 'ip ttl != 64 ip checksum != 7 ip protocol tcp tcp dport != 25', {
    '25': 'drop',
  }),
  matching('less and more are two comparisons', 'ip ttl < 64 ip protocol > 6', { '25': 'drop' }),
  matching('a range is looked up, and so is a set of two', 'ip ttl != 1-2 ip protocol != tcp ip checksum != { 1, 2 }', {
    '25': 'drop',
  }),
  matching('the protocol of meta is no field beside another', 'ip ttl != 64 meta l4proto != tcp', { '25': 'drop' }),
  matching('a mask keeps a field apart', 'ip ttl & 0xff != 64 ip protocol != tcp', { '25': 'drop' }),
  matching('addresses are eight bytes, which are two comparisons', 'ip saddr != 10.0.0.5 ip daddr != 192.0.2.1', {
    '25': 'drop',
    '25 from 10.0.0.9': 'accept',
    '25 from 10.0.0.9 to 192.0.2.1': 'drop',
  }),
  matching('short prefixes of both addresses do not touch', 'ip saddr != 10.0.0.0/8 ip daddr != 192.0.0.0/8', {
    '25': 'drop',
    '25 from 192.0.2.9': 'accept',
  }),
  matching('a list in braces is any of it', 'tcp dport { 25, 465-587 }', {
    '25': 'accept',
    '464': 'drop',
    '465': 'accept',
    '587': 'accept',
    '588': 'drop',
  }),
  matching('a negated list is none of it', 'tcp dport != { 25, 587 }', { '25': 'drop', '587': 'drop', '26': 'accept' }),
  matching('a range has both its ends', 'tcp dport 25-26', { '24': 'drop', '25': 'accept', '26': 'accept', '27': 'drop' }),
  matching('a negated range is the rest', 'tcp dport != 25-26', { '24': 'accept', '25': 'drop', '27': 'accept' }),
  matching('less is without the number itself', 'tcp dport < 25', { '24': 'accept', '25': 'drop' }),
  matching('less or equal is with it', 'tcp dport <= 25', { '25': 'accept', '26': 'drop' }),
  matching('greater is without the number itself', 'tcp dport > 25', { '25': 'drop', '26': 'accept' }),
  matching('greater or equal is with it', 'tcp dport >= 25', { '24': 'drop', '25': 'accept' }),
  matching('ports may be names', 'tcp dport { smtp, submission }', { '25': 'accept', '587': 'accept', '26': 'drop' }),
  matching('a network has its first and last address', 'ip saddr 10.0.0.4/30', {
    '25 from 10.0.0.3': 'drop',
    '25 from 10.0.0.4': 'accept',
    '25 from 10.0.0.7': 'accept',
    '25 from 10.0.0.8': 'drop',
  }),
  matching('bits of an address are compared under their mask', 'ip daddr & 255.0.0.255 == 198.0.0.7', {
    '25': 'accept',
    '25 to 198.1.2.7': 'accept',
    '25 to 198.51.100.8': 'drop',
  }),
  matching('one bit of an address may be asked for', 'ip daddr & 0.0.0.1 == 0.0.0.1', {
    '25': 'accept',
    '25 to 198.51.100.8': 'drop',
    'v6 25': 'drop',
  }),
  matching('a source port opens every destination port to who chooses it', 'tcp sport 80', {
    '25 sport 80': 'accept',
    '25': 'conditional',
  }),
  matching('an interface with a star is every one that begins so', 'iifname "eth*"', {
    '25 in eth10': 'accept',
    '25 in wan0': 'drop',
    '25': 'conditional',
  }),
  matching('a list of interfaces may hold a prefix', 'oifname { "eth1", "tun*" }', {
    '25 out eth1': 'accept',
    '25 out eth10': 'drop',
    '25 out tun7': 'accept',
  }),
  matching('a packet of this host came in by no interface', 'iifname != "eth0"', { '25': 'accept' }, 'output'),
  matching('an interface that a packet has not is none', 'iifname "eth*"', { '25': 'drop' }, 'output'),
  matching('a flag is asked for as a bit', 'tcp flags syn', { '25': 'accept' }),
  matching('flags may be asked for as they are, all of them: a first packet that asks for ECN has more', 'tcp flags == syn', {
    '25': 'conditional',
  }),
  matching('a list of exact values is open as well where the first packet is one', 'tcp flags { syn, fin }', {
    '25': 'conditional',
  }),
  matching('a list of flags with commas is any of these bits', 'tcp flags syn,ack', { '25': 'accept' }),
  matching('a list of flags in braces is of exact values', 'tcp flags { ack, rst }', { '25': 'drop' }),
  matching('flags are compared under a mask', 'tcp flags & (fin|syn|rst|ack) == syn', { '25': 'accept' }),
  matching('flags under a mask, negated', 'tcp flags & (fin|syn|rst|ack) != syn', { '25': 'drop' }),
  matching('flags under a mask, written with a slash', 'tcp flags syn / fin,syn,rst,ack', { '25': 'accept' }),
  matching('a flag that is not set is not matched', 'tcp flags & (syn|ack) == (syn|ack)', { '25': 'drop' }),
  matching('states with commas are a mask', 'ct state new,related', { '25': 'accept' }),
  matching('states in braces are a set', 'ct state { established, related }', { '25': 'drop' }),
  matching('a negated state leaves it out', 'ct state != new', { '25': 'drop' }),
  matching('a negated set of states leaves them out', 'ct state != { established, invalid }', { '25': 'accept' }),
  matching('a mark is open, also where no rule marks', 'meta mark != 0', { '25': 'conditional' }),
  chain('where a rule marks, a mark is an open question', 'forward', ['tcp dport 25 meta mark set 1', 'meta mark 1 drop'], {
    '25': 'conditional',
  }),
  chain('owners of mail may send it', 'output', ['meta skuid 1001 tcp dport { 25, 465, 587 } reject'], {
    '25': 'conditional',
    '587': 'conditional',
    '26': 'accept',
  }),
  chain(
    'a packet without a socket matches an owner in neither way',
    'forward',
    ['meta skuid 105 drop', 'meta skuid != 105 drop'],
    { '25': 'accept' },
  ),
  chain(
    'a packet of this host may have no socket: to be a user and not to be one are not all packets',
    'output',
    ['meta skuid 105 accept', 'meta skuid != 105 accept'],
    { '25': 'conditional' },
    'drop',
  ),
  chain('nobody is two users', 'output', ['meta skuid 105 tcp dport 25 accept', 'meta skuid { 0, 105 } drop', 'drop'], {
    '25': 'conditional',
    '26': 'drop',
  }),
  matching('what is not looked into is an open question', 'ip dscp 3', { '25': 'conditional', 'v6 25': 'drop' }),
  chain('what is not looked into has one answer for one packet', 'forward', ['ip dscp 3 accept', 'ip dscp 3 drop', 'accept'], {
    '25': 'accept',
  }),
  withSet('a set holds its intervals', 'type inet_service; flags interval; elements = { 25, 400-600 }', 'tcp dport @s', {
    '25': 'accept',
    '26': 'drop',
    '400': 'accept',
    '601': 'drop',
  }),
  withSet('a negated set is what it has not', 'type ipv4_addr; elements = { 198.51.100.7, 198.51.100.9 }', 'ip daddr != @s', {
    '25': 'drop',
    '25 to 198.51.100.8': 'accept',
    'v6 25': 'drop',
  }),
  withSet(
    'a set that merges its intervals holds all of them',
    'type inet_service; flags interval; auto-merge; elements = { 20-25, 24-30 }',
    'tcp dport @s',
    {
      '19': 'drop',
      '25': 'accept',
      '30': 'accept',
      '31': 'drop',
    },
  ),
  withSet(
    'what is said of an element is none of its value',
    'type inet_service; elements = { 25 comment "26", 587 comment "drop" }',
    'tcp dport @s',
    {
      '25': 'accept',
      '587': 'accept',
      '26': 'drop',
    },
  ),
  withSet(
    'a set over several fields holds pairs, with an interval in each',
    'type ipv4_addr . inet_service; flags interval; elements = { 198.51.100.0/24 . 25, 203.0.113.1-203.0.113.9 . 400-600 }',
    'ip daddr . tcp dport @s',
    { '25': 'accept', '587': 'drop', '587 to 203.0.113.9': 'accept', '25 to 203.0.113.9': 'drop', 'v6 25': 'drop' },
  ),
  withSet('a set that rules fill may hold anything', 'type ipv4_addr; flags dynamic; size 65535', 'ip saddr @s', {
    '25': 'conditional',
  }),
  withSet(
    'what is in a set with a limit is met as often as that holds, and what is not in it is not',
    'type inet_service; limit rate over 1/second; elements = { 25 }',
    'tcp dport @s',
    { '25': 'conditional', '26': 'drop' },
  ),
  withSet(
    'so it is with a quota and a count of connections of one element, and a counter asks for nothing',
    'type inet_service; elements = { 25 quota over 1 mbytes used 5 bytes, 26 ct count over 9, 27 counter packets 1 bytes 60 }',
    'tcp dport @s',
    { '25': 'conditional', '26': 'conditional', '27': 'accept', '28': 'drop' },
  ),
  withSet(
    'elements with a timeout end, whatever flags stand behind it',
    'type inet_service; timeout 1h; flags interval; elements = { 20-30 }',
    'tcp dport @s',
    { '25': 'conditional' },
  ),
  withSet(
    'what is not in a set hangs on no limit of it',
    'type inet_service; quota over 1 mbytes; elements = { 25 }',
    'tcp dport != @s',
    { '25': 'drop', '26': 'accept' },
  ),
  matching('an element in braces may have a limit as well', 'tcp dport { 25 limit rate over 1/second burst 9 packets, 26 }', {
    '25': 'conditional',
    '26': 'accept',
    '27': 'drop',
  }),
  nftables(
    'a map with a limit gives its verdict as often as that holds; where an element was met, none stands for all others',
    'forward',
    'table inet t {\n map m { type inet_service : verdict; limit rate over 1/second; elements = { * : drop, 25 : drop } }\n chain c {\n type filter hook forward priority 0;\n tcp dport vmap @m\n tcp dport 26 drop\n }\n}',
    { '25': 'conditional', '26': 'drop', '27': 'conditional' },
  ),
  nftables(
    'what stands for all others in a map with a counter stands behind them',
    'forward',
    'table inet t {\n map m { type inet_service : verdict; counter; elements = { * counter packets 0 bytes 0 : drop, 25 counter packets 0 bytes 0 : accept } }\n chain c {\n type filter hook forward priority 0;\n tcp dport vmap @m\n }\n}',
    { '25': 'accept', '26': 'drop' },
  ),
  matching('a list over several fields holds pairs', 'ip saddr . tcp dport { 10.0.0.0/24 . 25, 10.0.1.1 . 587 }', {
    '25': 'accept',
    '587': 'drop',
    '587 from 10.0.1.1': 'accept',
  }),
];
