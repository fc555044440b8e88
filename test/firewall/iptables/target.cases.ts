import type { RuleCase } from './match.cases.ts';

const NAT = { table: 'nat' } as const;
const V6 = { family: 'ipv6' } as const;
const EVERY = '0-ffffffff';

function row(title: string, rule: string, is: string, small: Partial<RuleCase> = {}): RuleCase {
  return { title, rule, is, ...small };
}

/** Targets that do something and leave the verdict to the next rule. */
export const CONTINUING: readonly string[] = [
  'LOG --log-prefix "-j DROP " --log-level 7 --log-uid',
  'ULOG --ulog-nlgroup 1',
  'NFLOG --nflog-group 1 --nflog-prefix x',
  'AUDIT --type drop',
  'TRACE',
  'MARK --set-xmark 0x1/0xffffffff',
  'CONNMARK --save-mark',
  'CONNSECMARK --save',
  'SECMARK --selctx system_u:object_r:x_t',
  'SET --add-set x src --exist',
  'CLASSIFY --set-class 1:5',
  'TOS --set-tos 0x10',
  'DSCP --set-dscp-class EF',
  'ECN --ecn-tcp-remove',
  'TTL --ttl-set 64',
  'HL --hl-set 64',
  'TCPMSS --clamp-mss-to-pmtu',
  'TCPOPTSTRIP --strip-options 5',
  'CHECKSUM --checksum-fill',
  'CT --zone 5',
  'TEE --gateway 10.0.0.1',
  'IDLETIMER --timeout 5 --label x --send_nl_msg 1',
  'RATEEST --rateest-name x --rateest-interval 250ms --rateest-ewmalog 0.5s',
  'LED --led-trigger-id x',
  'HMARK --hmark-tuple src --hmark-mod 5 --hmark-rnd 1',
  'FLOWOFFLOAD --hw',
  'ACCOUNT --addr 10.0.0.0/8 --tname x',
];

export const TARGET_CASES: readonly RuleCase[] = [
  row('ACCEPT', '-A OUTPUT -j ACCEPT', 'always → accept'),
  row('DROP', '-A OUTPUT -j DROP', 'always → drop'),
  row('REJECT', '-A OUTPUT -j REJECT', 'always → reject icmp-port-unreachable'),
  row('REJECT of IPv6', '-A OUTPUT -j REJECT', 'always → reject icmp6-port-unreachable', V6),
  row('REJECT with a reset', '-A OUTPUT -p tcp -j REJECT --reject-with tcp-reset', 'proto 6 → reject tcp-reset'),
  row('RETURN', '-A OUTPUT -j RETURN', 'always → return'),
  row('no target', '-A OUTPUT', 'always → next'),
  row('a chain', '-A OUTPUT -p tcp -j user', 'proto 6 → jump ip filter/user'),
  row('a chain that it goes to for good', '-A OUTPUT -p tcp -g user', 'proto 6 → goto ip filter/user'),
  row(
    'a program',
    '-A OUTPUT -j NFQUEUE --queue-num 5 --queue-bypass',
    'always → ?"ip filter/OUTPUT: -j NFQUEUE --queue-bypass --queue-num 5 #1"',
  ),
  row('a program, as in old times', '-A OUTPUT -j QUEUE', 'always → ?"ip filter/OUTPUT: -j QUEUE #1"'),
  row('SYNPROXY', '-A OUTPUT -p tcp -j SYNPROXY --mss 1460', 'proto 6 → ?"ip filter/OUTPUT: -j SYNPROXY --mss 1460 #1"'),
  row('a target that is not known', '-A OUTPUT -p tcp -j FOO', 'proto 6 → lost "ip filter/OUTPUT: -j FOO #1"'),
  row(
    'a target that is not known, with options',
    '-A OUTPUT -j foo --bar 1 ! --baz',
    'always → lost "ip filter/OUTPUT: -j foo --bar 1 ! --baz #1"',
  ),
  row('TARPIT', '-A OUTPUT -p tcp -j TARPIT', 'proto 6 → drop'),
  row('DELUDE', '-A OUTPUT -p tcp -j DELUDE', 'proto 6 → drop'),
  row(
    'REDIRECT of our own packets, to the loopback address',
    '-A OUTPUT -p tcp --dport 25 -j REDIRECT --to-ports 2525',
    'proto 6 & dport 25 → redirect 7f000001 2525',
    NAT,
  ),
  row('REDIRECT of our own packets of IPv6', '-A OUTPUT -p tcp -j REDIRECT', 'proto 6 → redirect 1 -', { ...NAT, ...V6 }),
  row(
    'REDIRECT of forwarded packets, to some address of this host',
    '-A PREROUTING -p tcp -j REDIRECT --to-ports 2525-2530',
    `proto 6 → redirect ${EVERY} 2525-2530`,
    NAT,
  ),
  row(
    'REDIRECT to a port by name',
    '-A PREROUTING -p tcp -j REDIRECT --to-ports submission',
    `proto 6 → redirect ${EVERY} 587`,
    NAT,
  ),
  row(
    'REDIRECT with an option cut short',
    '-A PREROUTING -p tcp -j REDIRECT --to-port 2525',
    `proto 6 → redirect ${EVERY} 2525`,
    NAT,
  ),
  row('DNAT', '-A PREROUTING -j DNAT --to-destination 10.0.0.1', 'always → dnat a000001 -', NAT),
  row('DNAT with a port', '-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.1:2525', 'proto 6 → dnat a000001 2525', NAT),
  row('DNAT of the port alone', '-A PREROUTING -p tcp -j DNAT --to-destination :2525', 'proto 6 → dnat - 2525', NAT),
  row(
    'DNAT to ranges',
    '-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.4:25-30/25 --random',
    'proto 6 → dnat a000001-a000004 25-30',
    NAT,
  ),
  row(
    'DNAT of IPv6',
    '-A PREROUTING -p tcp -j DNAT --to-destination [2001:db8::1]:25',
    'proto 6 → dnat 20010db8000000000000000000000001 25',
    { ...NAT, ...V6 },
  ),
  row('DNAT of IPv6 without a port', '-A PREROUTING -j DNAT --to-destination ::5-::6', 'always → dnat 5-6 -', { ...NAT, ...V6 }),
  row(
    'NETMAP of destinations',
    '-A PREROUTING -d 10.0.0.0/24 -j NETMAP --to 10.1.0.0/24',
    'dst 10.0.0.0/24 → dnat a010000-a0100ff -',
    NAT,
  ),
  row('NETMAP of sources', '-A POSTROUTING -s 10.0.0.0/24 -j NETMAP --to 10.1.0.0/24', 'src 10.0.0.0/24 → translate-source', NAT),
  row('SNAT', '-A POSTROUTING -j SNAT --to-source 192.0.2.1', 'always → translate-source', NAT),
  row('MASQUERADE', '-A POSTROUTING -o eth0 -j MASQUERADE --random', 'out eth0 → translate-source', NAT),
  row(
    'TPROXY, which keeps the destination',
    '-A PREROUTING -p tcp -j TPROXY --on-port 2525 --on-ip 127.0.0.1',
    'proto 6 → tproxy - - (address 127.0.0.1, port 2525)',
    { table: 'mangle' },
  ),
  row(
    'TPROXY to the address of the interface and the port of the packet, as iptables-save prints it',
    '-A PREROUTING -p tcp -j TPROXY --on-port 0 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0',
    'proto 6 → tproxy - -',
    { table: 'mangle' },
  ),
  row('NOTRACK', '-A OUTPUT -p udp -j NOTRACK', 'proto 17 → next', { table: 'raw' }),
];
