import type { Small } from './file.ts';

/** A set, what a rule asks of it, and what that means. */
export interface SetCase {
  readonly title: string;
  readonly sets: string;
  readonly match: string;
  readonly is: string;
  readonly family?: Small['family'];
}

function row(title: string, sets: string, match: string, is: string, small: Pick<Small, 'family'> = {}): SetCase {
  return { title, sets, match, is, ...small };
}

const V6 = { family: 'ipv6' } as const;
const STILL = '"entries of the set s that have a timeout are still there"';

export const SET_CASES: readonly SetCase[] = [
  row(
    'hash:ip',
    'create s hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x5\nadd s 10.0.0.1\nadd s 10.0.0.2',
    's src',
    'src 10.0.0.1-10.0.0.2',
  ),
  row('hash:ip of destinations', 'create s hash:ip\nadd s 10.0.0.1', 's dst', 'dst 10.0.0.1'),
  row('hash:ip, negated', 'create s hash:ip\nadd s 10.0.0.1', '! s src', '!(src 10.0.0.1)'),
  row('an empty set', 'create s hash:ip', 's src', 'never'),
  row('an empty set, negated', 'create s hash:ip', '! s src', 'always'),
  row('hash:ip with netmask', 'create s hash:ip netmask 24\nadd s 10.0.0.0', 's src', 'src 10.0.0.0/24'),
  row(
    'hash:ip with a range and a network',
    'create s hash:ip\nadd s 10.0.0.1-10.0.0.3\nadd s 10.0.1.0/30',
    's src',
    'src 10.0.0.1-10.0.0.3,10.0.1.0/30',
  ),
  row('hash:ip of IPv6', 'create s hash:ip family inet6\nadd s 2001:db8::1', 's src', 'src 2001:db8::1', V6),
  row('hash:ip of the other family', 'create s hash:ip family inet6\nadd s 2001:db8::1', '! s src', 'always'),
  row('hash:ip and a name', 'create s hash:ip\nadd s mail.example.net', 's src', '"source mail.example.net"'),
  row('hash:net', 'create s hash:net\nadd s 10.1.0.0/16\nadd s 10.2.0.1', 's src', 'src 10.1.0.0/16,10.2.0.1'),
  row('hash:net with a range', 'create s hash:net\nadd s 10.0.0.1-10.0.0.4', 's src', 'src 10.0.0.1-10.0.0.4'),
  row(
    'hash:net with nomatch',
    'create s hash:net\nadd s 10.1.0.0/16\nadd s 10.1.128.0/17 nomatch\nadd s 10.1.200.0/24',
    's src',
    'src 10.1.0.0/17,10.1.200.0/24',
  ),
  row(
    'hash:net with nomatch that no network holds',
    'create s hash:net\nadd s 10.1.0.0/24\nadd s 10.1.0.0/16 nomatch',
    's src',
    'src 10.1.0.0/24',
  ),
  row(
    'hash:net, asked for what nomatch takes out',
    'create s hash:net\nadd s 10.1.0.0/16\nadd s 10.1.128.0/17 nomatch\nadd s 10.1.200.0/24',
    's src --return-nomatch',
    'src 10.1.128.0-10.1.199.255,10.1.201.0-10.1.255.255',
  ),
  row(
    '--return-nomatch of a set without networks, which means nothing',
    'create s hash:ip\nadd s 10.0.0.1',
    's src --return-nomatch',
    'src 10.0.0.1',
  ),
  row(
    'hash:net,net',
    'create s hash:net,net\nadd s 10.0.0.0/8,192.168.0.0/16',
    's src,dst',
    'src 10.0.0.0/8 & dst 192.168.0.0/16',
  ),
  row(
    'hash:net,net with nomatch, the first network deciding',
    'create s hash:net,net\nadd s 10.0.0.0/8,192.168.0.0/16\nadd s 10.0.0.0/16,192.168.0.0/24 nomatch\nadd s 10.0.0.0/24,192.168.0.0/16',
    's src,dst',
    '(src 10.0.0.0/8 & dst 192.168.0.0/16 & !(src 10.0.0.0/16 & dst 192.168.0.0/24)) | (src 10.0.0.0/24 & dst 192.168.0.0/16)',
  ),
  row(
    'hash:ip,port',
    'create s hash:ip,port\nadd s 10.0.0.1,tcp:25\nadd s 10.0.0.9,tcp:25\nadd s 10.0.0.9,587',
    's src,dst',
    '(src 10.0.0.1,10.0.0.9 & proto 6 & dport 25) | (src 10.0.0.9 & proto 6 & dport 587)',
  ),
  row(
    'hash:ip,port with names and ranges',
    'create s hash:ip,port\nadd s 10.0.0.1,tcp:smtp\nadd s 10.0.0.1,udp:53-54',
    's dst,dst',
    '(dst 10.0.0.1 & proto 6 & dport 25) | (dst 10.0.0.1 & proto 17 & dport 53-54)',
  ),
  row(
    'hash:ip,port with a protocol without ports',
    'create s hash:ip,port\nadd s 10.0.0.1,icmp:8/0',
    's dst,dst',
    'dst 10.0.0.1 & proto 1 & "icmp:8/0 of a set"',
  ),
  row(
    'hash:ip,port asked for one dimension only, which never matches',
    'create s hash:ip,port\nadd s 10.0.0.1,tcp:25',
    's src',
    'never',
  ),
  row('hash:ip asked for more dimensions than it has', 'create s hash:ip\nadd s 10.0.0.1', 's src,dst,dst', 'src 10.0.0.1'),
  row(
    'hash:net,port',
    'create s hash:net,port\nadd s 10.0.0.0/8,tcp:25\nadd s 10.1.0.0/16,tcp:25 nomatch',
    's dst,dst',
    'dst 10.0.0.0/8 & proto 6 & dport 25 & !(dst 10.1.0.0/16 & proto 6 & dport 25)',
  ),
  row(
    'hash:ip,port,ip',
    'create s hash:ip,port,ip\nadd s 10.0.0.1,tcp:25,10.0.0.2',
    's src,dst,dst',
    'src 10.0.0.1 & proto 6 & dport 25 & dst 10.0.0.2',
  ),
  row(
    'hash:ip,port,net',
    'create s hash:ip,port,net\nadd s 10.0.0.1,tcp:25,10.1.0.0/16',
    's src,dst,dst',
    'src 10.0.0.1 & proto 6 & dport 25 & dst 10.1.0.0/16',
  ),
  row(
    'hash:net,port,net',
    'create s hash:net,port,net\nadd s 10.0.0.0/8,tcp:25,10.1.0.0/16',
    's src,src,dst',
    'src 10.0.0.0/8 & proto 6 & sport 25 & dst 10.1.0.0/16',
  ),
  row('hash:net,iface', 'create s hash:net,iface\nadd s 10.0.0.0/8,eth0', 's src,src', 'src 10.0.0.0/8 & in eth0'),
  row(
    'hash:net,iface, in which the narrowest network of an address decides alone, whatever its interface',
    'create s hash:net,iface\nadd s 10.0.0.0/8,eth0\nadd s 10.1.0.0/16,eth1\nadd s 10.1.2.0/24,eth2 nomatch',
    's src,src',
    '(src 10.0.0.0/8 & in eth0 & !(src 10.1.0.0/16 | src 10.1.2.0/24)) | (src 10.1.0.0/16 & in eth1 & !(src 10.1.2.0/24))',
  ),
  row(
    'hash:net,iface going out, by prefix',
    'create s hash:net,iface\nadd s 10.0.0.0/8,eth wildcard',
    's dst,dst',
    'dst 10.0.0.0/8 & out eth+',
  ),
  row(
    'hash:net,iface of a bridge',
    'create s hash:net,iface\nadd s 10.0.0.0/8,physdev:eth0',
    's src,src',
    'src 10.0.0.0/8 & "-m physdev --physdev-in eth0"',
  ),
  row(
    'hash:ip,mark',
    'create s hash:ip,mark\nadd s 10.0.0.1,0x5\nadd s 10.0.0.2,0',
    's src,src',
    '(src 10.0.0.1 & "-m mark --mark 0x5") | (src 10.0.0.2 & "-m mark --mark 0x0")',
  ),
  row(
    'hash:ip,mac',
    'create s hash:ip,mac\nadd s 10.0.0.1,00:0A:95:9D:68:16',
    's src,src',
    'src 10.0.0.1 & "-m mac --mac-source 00:0a:95:9d:68:16"',
  ),
  row('hash:mac', 'create s hash:mac\nadd s 00:0A:95:9D:68:16', 's src', '"-m mac --mac-source 00:0a:95:9d:68:16"'),
  row('bitmap:ip', 'create s bitmap:ip range 10.0.0.0-10.0.0.255\nadd s 10.0.0.5', 's src', 'src 10.0.0.5'),
  row(
    'bitmap:ip,mac',
    'create s bitmap:ip,mac range 10.0.0.0/24\nadd s 10.0.0.5,00:0a:95:9d:68:16\nadd s 10.0.0.6',
    's src,src',
    '(src 10.0.0.5 & "-m mac --mac-source 00:0a:95:9d:68:16") | (src 10.0.0.6 & "the set s has learnt no other MAC address for it")',
  ),
  row(
    'bitmap:port, of TCP and UDP',
    'create s bitmap:port range 0-1024\nadd s 25\nadd s tcp:587',
    's dst',
    'proto 6,17 & dport 25,587',
  ),
  row(
    'list:set',
    'create a hash:ip\nadd a 10.0.0.1\ncreate b hash:ip,port\nadd b 10.0.0.2,tcp:25\ncreate s list:set size 8\nadd s a\nadd s b',
    's src,dst',
    'src 10.0.0.1 | (src 10.0.0.2 & proto 6 & dport 25)',
  ),
  row(
    'list:set with too few directions for one of its sets',
    'create a hash:ip\nadd a 10.0.0.1\ncreate b hash:ip,port\nadd b 10.0.0.2,tcp:25\ncreate s list:set\nadd s a\nadd s b',
    's src',
    'src 10.0.0.1',
  ),
  row('list:set of a set that is not there', 'create s list:set\nadd s gone', 's src', '"-m set --match-set gone src"'),
  row('a list in itself', 'create s list:set\nadd s s', 's src', 'never'),
  row(
    'an entry that ends',
    'create s hash:ip timeout 300\nadd s 10.0.0.1 timeout 120\nadd s 10.0.0.2 timeout 0',
    's src',
    `(src 10.0.0.1 & ${STILL}) | src 10.0.0.2`,
  ),
  row('an entry that ends as the set says', 'create s hash:ip timeout 300\nadd s 10.0.0.1', 's src', `src 10.0.0.1 & ${STILL}`),
  row(
    'entries with counters, comments and marks',
    'create s hash:ip counters comment skbinfo\nadd s 10.0.0.1 packets 5 bytes 6 comment "a b" skbmark 0x1/0xff skbprio 1:5 skbqueue 2',
    's src',
    'src 10.0.0.1',
  ),
  row(
    'counters asked for',
    'create s hash:ip counters\nadd s 10.0.0.1',
    's src ! --update-counters --packets-gt 5',
    'src 10.0.0.1 & ?"ip filter/OUTPUT: -m set --packets-gt 5 --match-set s src #1"',
  ),
  row(
    'a type that is not known',
    'create s hash:foo\nadd s 1 2\nadd s 3',
    's src',
    '"-m set --match-set s src of hash:foo: 1 2; 3"',
  ),
  row(
    'a set with bitmask',
    'create s hash:ip bitmask 255.0.255.0\nadd s 10.0.5.0',
    's src',
    '"-m set --match-set s src of hash:ip: 10.0.5.0"',
  ),
  row('a set that is not there', 'create t hash:ip', 's src', '"-m set --match-set s src"'),
  row('the old option', 'create s hash:ip\nadd s 10.0.0.1', '--set s src', 'src 10.0.0.1'),
];

/** Commands that change sets, and what s holds after them. */
export const SET_COMMANDS: readonly (readonly [string, string])[] = [
  ['create s hash:ip\nadd s 10.0.0.1\nadd s 10.0.0.2\ndel s 10.0.0.1', 'src 10.0.0.2'],
  ['create s hash:net\nadd s 10.0.0.0/24\ndel s 10.0.0.5/24', 'never'],
  ['create s hash:ip\nadd s 10.0.0.1\nflush s\nadd s 10.0.0.2', 'src 10.0.0.2'],
  ['create s hash:ip\nadd s 10.0.0.1\nflush', 'never'],
  ['create s hash:ip\nadd s 10.0.0.1\ncreate t hash:ip\nadd t 10.0.0.2\nswap s t\nadd s 10.0.0.3', 'src 10.0.0.2/31'],
  ['create t hash:ip\nadd t 10.0.0.1\nrename t s', 'src 10.0.0.1'],
  ['create s hash:ip\nadd s 10.0.0.1\ndestroy s\ncreate s hash:ip\nadd s 10.0.0.2', 'src 10.0.0.2'],
  ['create s hash:ip\ncreate t hash:ip\ndestroy\ncreate s hash:net\nadd s 10.0.0.0/8', 'src 10.0.0.0/8'],
  ['create s hash:ip\nadd s 10.0.0.1\ncreate s hash:ip -exist\nadd s 10.0.0.1 -exist\ndel -exist s 10.0.0.9', 'src 10.0.0.1'],
  ['# a comment\n\n-N s iphash --hashsize 1024\n-A s 10.0.0.1\n-A s 10.0.0.2\n-D s 10.0.0.2\nCOMMIT', 'src 10.0.0.1'],
];

/** Texts that are no ipset save, and what is said of them. */
export const SET_MISTAKES: readonly (readonly [string, readonly string[]])[] = [
  ['craete s hash:ip', ['1:1 unknown-command craete is no command of an ipset save. Did you mean create?']],
  ['create s', ['1:1 missing-value create needs a name and a type.']],
  ['create s hash:ip\ncreate s hash:ip', ['2:8 set-twice The set s is created a second time.']],
  ['create s hash:ip\nadd s', ['2:1 missing-value This line needs the name of a set and an element.']],
  ['create relays hash:ip\nadd relay 10.0.0.1', ['2:5 unknown-set No set relay has been created. Did you mean relays?']],
  ['create s hash:ip\nadd s 10.0.0.300', ['2:7 bad-address 10.0.0.300 is no IPv4 address.']],
  ['create s hash:ip\nadd s 2001:db8::1', ['2:7 bad-address 2001:db8::1 is an IPv6 address, where IPv4 is meant.']],
  [
    'create s hash:net\nadd s 10.0.0.0/255.0.255.0',
    ['2:7 bad-address 10.0.0.0/255.0.255.0 has a mask with holes, which no set holds.'],
  ],
  ['create s hash:ip,port\nadd s 10.0.0.1', ['2:7 bad-element An element of hash:ip,port has 2 parts, this one 1.']],
  ['create s hash:ip,port\nadd s 10.0.0.1,tcp:stmp', ['2:20 bad-port stmp is no port. Did you mean smtp?']],
  ['create s hash:ip,port\nadd s 10.0.0.1,tpc:25', ['2:16 unknown-protocol tpc is no protocol. Did you mean tcp?']],
  ['create s hash:ip,mark\nadd s 10.0.0.1,x', ['2:16 bad-mark x is no mark: write a number such as 0x1.']],
  ['create s hash:ip\nadd s 10.0.0.1 timeout', ['2:16 missing-value timeout needs a value.']],
  ['create s hash:ip\nadd s 10.0.0.1 nomtach', ['2:16 unknown-option add has no option nomtach.']],
  ['create s hash:ip\ndel s 10.0.0.1', ['2:7 no-such-element s does not hold 10.0.0.1.']],
  ['create s hash:ip\nadd s 10.0.0.1 comment "x', ['2:24 unclosed-quote This quote is not closed.']],
  ['swap a', ['1:1 missing-value swap needs two names.']],
  ['create s hash:ip\ncreate t hash:ip\nrename s t', ['3:10 set-twice There is a set t already.']],
  ['destroy s', ['1:9 unknown-set No set s has been created.']],
];
