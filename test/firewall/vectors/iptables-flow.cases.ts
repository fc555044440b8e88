import { ip6tables, iptables, type Vector, withSets } from './vector.ts';

const MAIL = '-p tcp --dport 25';

export const IPTABLES_FLOW: readonly Vector[] = [
  iptables(
    'a target that is not known may send a packet elsewhere, whatever later tables say of it',
    'forward',
    ['FORWARD DROP', '*mangle', '-A PREROUTING -p tcp --dport 25 -j FOOBAR'],
    { '25': 'conditional', '26': 'drop' },
  ),
  iptables(
    'a queue decides for its own chain only',
    'forward',
    ['FORWARD DROP', '*mangle', '-A PREROUTING -p tcp --dport 25 -j NFQUEUE --queue-num 0'],
    { '25': 'drop' },
  ),
  iptables(
    'a goto to a chain that returns leads to the policy of the base chain',
    'output',
    [':c -', '-A OUTPUT -p tcp -g c', '-A OUTPUT -j DROP', `-A c ${MAIL} -j RETURN`],
    { '25': 'accept', '587': 'accept' },
  ),
  iptables(
    'a jump to a chain that returns leads to the rule behind it',
    'output',
    [':c -', '-A OUTPUT -p tcp -j c', '-A OUTPUT -j DROP', `-A c ${MAIL} -j RETURN`],
    { '25': 'drop', '587': 'drop' },
  ),
  iptables(
    'the end of a chain that was gone to is the end of the chain that went there',
    'forward',
    [
      'FORWARD DROP',
      ':a -',
      ':b -',
      '-A FORWARD -j a',
      `-A FORWARD ${MAIL} -j ACCEPT`,
      '-A a -g b',
      '-A a -j DROP',
      '-A b -p udp -j DROP',
    ],
    { '25': 'accept', '587': 'drop' },
  ),
  iptables(
    'a return of a base chain is its policy',
    'output',
    ['OUTPUT DROP', `-A OUTPUT ${MAIL} -j RETURN`, '-A OUTPUT -j ACCEPT'],
    {
      '25': 'drop',
      '26': 'accept',
    },
  ),
  iptables('a rule without a target counts and goes on', 'output', ['OUTPUT DROP', `-A OUTPUT ${MAIL}`, '-A OUTPUT -j ACCEPT'], {
    '25': 'accept',
  }),
  iptables('a chain that no base chain leads to does nothing', 'forward', [':c -', '-A c -j DROP'], { '25': 'accept' }),
  iptables(
    'an accept ends the traversal of its own table only',
    'forward',
    ['FORWARD DROP', '*mangle', '-A FORWARD -j ACCEPT', '*raw', '-A PREROUTING -j ACCEPT'],
    { '25': 'drop' },
  ),
  iptables(
    'a drop in any table is final',
    'forward',
    ['-A FORWARD -j ACCEPT', '*raw', `-A PREROUTING ${MAIL} -j DROP`, '*security', '-A FORWARD -p tcp --dport 26 -j DROP'],
    { '25': 'drop', '26': 'drop', '587': 'accept' },
  ),
  iptables(
    'targets that judge nothing go on to the next rule',
    'forward',
    [
      '-A FORWARD -j LOG --log-prefix "x"',
      '-A FORWARD -j NFLOG --nflog-group 1',
      `-A FORWARD ${MAIL} -j REJECT --reject-with tcp-reset`,
      '*mangle',
      '-A FORWARD -j MARK --set-xmark 0x1/0xffffffff',
      '-A FORWARD -j DSCP --set-dscp 0x0a',
      '-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu',
      '-A FORWARD -j CLASSIFY --set-class 1:1',
      '-A FORWARD -j TTL --ttl-set 64',
    ],
    { '25': 'reject', '26': 'accept' },
  ),
  iptables('a packet that is queued is accepted or dropped outside', 'forward', [`-A FORWARD ${MAIL} -j NFQUEUE --queue-num 0`], {
    '25': 'conditional',
    '26': 'accept',
  }),
  iptables(
    'a source that is translated changes nothing',
    'forward',
    ['*nat', '-A POSTROUTING -j MASQUERADE', '-A POSTROUTING -j DROP'],
    {
      '25': 'accept',
    },
  ),
  iptables(
    'of a redirect, filter OUTPUT sees the new port: a drop of the old one does nothing',
    'output',
    [`-A OUTPUT ${MAIL} -j DROP`, '*nat', `-A OUTPUT ${MAIL} -j REDIRECT --to-ports 2525`],
    { '25': 'redirect', '26': 'accept' },
  ),
  iptables(
    'of a DNAT, filter FORWARD sees the new destination and port',
    'forward',
    [
      'INPUT DROP',
      '-A FORWARD -d 10.9.0.9 -p tcp --dport 2525 -j DROP',
      '*nat',
      `-A PREROUTING ${MAIL} -j DNAT --to-destination 10.9.0.9:2525`,
    ],
    { '25': 'drop', '2525': 'accept' },
  ),
  iptables(
    'of a SNAT, no chain of the filter sees the new source',
    'forward',
    ['-A FORWARD -s 10.0.0.5 -j DROP', '*nat', '-A POSTROUTING -j SNAT --to-source 192.0.2.1'],
    { '25': 'drop', '25 from 10.0.0.6': 'accept' },
  ),
  iptables(
    'a redirect makes a forwarded packet local: INPUT decides, and FORWARD is not asked',
    'forward',
    [
      'FORWARD DROP',
      'INPUT DROP',
      '-A INPUT -p tcp --dport 2525 -j ACCEPT',
      '*nat',
      `-A PREROUTING ${MAIL} -j REDIRECT --to-ports 2525`,
    ],
    { '25': 'redirect', '2525': 'drop' },
  ),
  iptables(
    'TPROXY hands a forwarded packet to this host',
    'forward',
    ['FORWARD DROP', '*mangle', `-A PREROUTING ${MAIL} -j TPROXY --on-port 2525 --on-ip 127.0.0.1 --tproxy-mark 0x1/0x1`],
    { '25': 'redirect', '26': 'drop' },
  ),
  iptables(
    'a forwarded packet passes mangle POSTROUTING, one of this host OUTPUT before',
    'forward',
    ['-A OUTPUT -j DROP', '*mangle', `-A POSTROUTING ${MAIL} -j DROP`],
    { '25': 'drop', '26': 'accept' },
  ),
  iptables('a host OUTPUT does not see what it forwards', 'forward', ['-A OUTPUT -j DROP', '-A INPUT -j DROP'], {
    '25': 'accept',
  }),
  iptables('a packet to this host meets INPUT, not FORWARD', 'input', ['FORWARD DROP', `-A INPUT ${MAIL} -j DROP`], {
    '25': 'drop',
    '26': 'accept',
  }),
  iptables('IPv6 that no file describes is accepted', 'forward', ['FORWARD DROP'], { '25': 'drop', 'v6 25': 'accept' }),
  ip6tables(
    'ip6tables decide IPv6 alone',
    'forward',
    ['FORWARD DROP', '-A FORWARD -d 2001:db8:f::/64 -p tcp --dport 587 -j ACCEPT'],
    {
      '25': 'accept',
      'v6 25': 'drop',
      'v6 587': 'accept',
      'v6 587 to 2001:db8:e::1': 'drop',
    },
  ),
  iptables('counters before a rule are none of it', 'output', [`[12:34] -A OUTPUT ${MAIL} -j DROP`], {
    '25': 'drop',
    '26': 'accept',
  }),
  iptables(
    'rules of a hand-written file are inserted, replaced and deleted as iptables-restore does',
    'output',
    [
      '-A OUTPUT -p tcp --dport 25 -j ACCEPT',
      '-I OUTPUT -p tcp --dport 25 -j DROP',
      '-A OUTPUT -p tcp --dport 26 -j DROP',
      '-D OUTPUT -p tcp --dport 26 -j DROP',
      '-A OUTPUT -p tcp --dport 465 -j ACCEPT',
      '-R OUTPUT 3 -p tcp --dport 465 -j DROP',
      '-I OUTPUT 1 -p tcp --dport 587 -j ACCEPT',
      '-P OUTPUT DROP',
    ],
    { '25': 'drop', '26': 'drop', '465': 'drop', '587': 'accept', '80': 'drop' },
  ),
  iptables(
    'a table that stands twice is emptied in between',
    'output',
    ['-A OUTPUT -p tcp --dport 25 -j DROP', '*filter', '-A OUTPUT -p tcp --dport 26 -j DROP'],
    { '25': 'accept', '26': 'drop' },
  ),
  iptables(
    'an answer about the old destination says nothing about the new one',
    'output',
    [
      'OUTPUT DROP',
      '-A OUTPUT -m addrtype --dst-type LOCAL -j ACCEPT',
      '*mangle',
      '-A OUTPUT -m addrtype --dst-type LOCAL -j DROP',
      '*nat',
      '-A OUTPUT -p tcp --dport 25 -j DNAT --to-destination 10.9.0.9',
    ],
    { '25': 'conditional', '26': 'drop' },
  ),
  iptables(
    'an answer about the sender stays, whatever becomes of the destination',
    'forward',
    [
      'FORWARD DROP',
      'INPUT DROP',
      '-A FORWARD -m mac --mac-source 00:00:5e:00:53:01 -j ACCEPT',
      '*mangle',
      '-A PREROUTING -m mac --mac-source 00:00:5e:00:53:01 -j DROP',
      '*nat',
      '-A PREROUTING -p tcp --dport 25 -j DNAT --to-destination 10.9.0.9',
    ],
    { '25': 'drop', '26': 'drop' },
  ),
  iptables(
    'of several destinations that may be taken, some may be dropped',
    'forward',
    [
      'INPUT DROP',
      '-A FORWARD -d 10.9.0.9 -j DROP',
      '*nat',
      '-A PREROUTING -p tcp --dport 25 -j DNAT --to-destination 10.9.0.8-10.9.0.9',
      '-A PREROUTING -p tcp --dport 26 -j DNAT --to-destination 10.9.0.7-10.9.0.8',
      '-A PREROUTING -p tcp --dport 27 -j DNAT --to-destination 10.9.0.9',
    ],
    { '25': 'conditional', '26': 'redirect', '27': 'drop' },
  ),
  iptables(
    'by which interface a rewritten packet leaves is not known',
    'forward',
    ['FORWARD DROP', '-A FORWARD -o eth1 -j ACCEPT', '*nat', '-A PREROUTING -p tcp --dport 25 -j DNAT --to-destination 10.9.0.9'],
    { '25 out eth1': 'conditional', '26 out eth1': 'accept', '26 out eth2': 'drop' },
  ),
  ...[
    '-m realm --realm 0x5',
    '-m devgroup --dst-group 0x5',
    '-m policy --dir out --pol ipsec',
    '-m set --match-set s dst,dst',
  ].map((way) =>
    withSets(
      iptables(
        `what a packet of this host leaves by may change behind OUTPUT: ${way}`,
        'output',
        ['OUTPUT DROP', `-A OUTPUT ${way} -j ACCEPT`, '*mangle', `-A POSTROUTING ${way} -j DROP`],
        { '25': 'conditional' },
      ),
      ['create s hash:net,iface', 'add s 198.51.0.0/16,physdev:eth0'],
    ),
  ),
  ...['-m ttl --ttl-eq 64', '-m u32 --u32 "8>>24=64"', '-m osf --genre Linux --ttl 2'].map((lifetime) =>
    iptables(
      `forwarding takes one off the TTL before FORWARD: ${lifetime} is another question there than in PREROUTING`,
      'forward',
      [`-A FORWARD ${lifetime} -j ACCEPT`, '-A FORWARD -j DROP', '*mangle', `-A PREROUTING ${lifetime} -j DROP`],
      { '25': 'conditional' },
    ),
  ),
];
