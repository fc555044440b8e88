import type { Small } from './file.ts';

/** What a rule asks, what it becomes: one row for each thing that iptables can ask. */
export interface RuleCase extends Small {
  readonly title: string;
  readonly rule: string;
  readonly is: string;
}

function row(title: string, rule: string, is: string, small: Small = {}): RuleCase {
  return { title, rule, is, ...small };
}

const V6: Small = { family: 'ipv6' };

export const PROTOCOLS: readonly RuleCase[] = [
  row('a protocol by name', '-A OUTPUT -p tcp', 'proto 6 → next'),
  row('a protocol by number', '-A OUTPUT -p 6', 'proto 6 → next'),
  row('a protocol in capitals', '-A OUTPUT -p TCP', 'proto 6 → next'),
  row('a protocol by its long option', '-A OUTPUT --protocol udp', 'proto 17 → next'),
  row('all protocols', '-A OUTPUT -p all', 'always → next'),
  row('protocol 0, which is all of them', '-A OUTPUT -p 0', 'always → next'),
  row('protocol 0 of IPv6, which is all of them as well', '-A OUTPUT -p 0', 'always → next', V6),
  row('a negated protocol', '-A OUTPUT ! -p tcp', '!(proto 6) → next'),
  row('a protocol negated in the old way', '-A OUTPUT -p ! tcp', '!(proto 6) → next'),
  row('the protocol of ICMP for IPv6', '-A OUTPUT -p icmpv6', 'proto 58 → next', V6),
  row('a match of ICMP', '-A OUTPUT -p icmp -m icmp --icmp-type 8', 'proto 1 & "-m icmp --icmp-type 8" → next'),
  row(
    'a match of ICMP for IPv6 under each of its names',
    '-A OUTPUT -p ipv6-icmp -m icmpv6 --icmpv6-type 1',
    'proto 58 & "-m icmp6 --icmpv6-type 1" → next',
    V6,
  ),
  row('a match of ESP', '-A OUTPUT -p esp -m esp --espspi 5', 'proto 50 & "-m esp --espspi 5" → next'),
  row('a match of AH', '-A OUTPUT -p ah -m ah --ahspi 5', 'proto 51 & "-m ah --ahspi 5" → next'),
];

export const ADDRESSES: readonly RuleCase[] = [
  row('a source', '-A OUTPUT -s 10.1.0.0/16', 'src 10.1.0.0/16 → next'),
  row('a destination', '-A OUTPUT -d 10.1.0.1', 'dst 10.1.0.1 → next'),
  row('host bits, which the mask removes', '-A OUTPUT -s 10.1.2.3/16', 'src 10.1.0.0/16 → next'),
  row('a dotted mask', '-A OUTPUT -s 10.1.0.0/255.255.0.0', 'src 10.1.0.0/16 → next'),
  row('a mask with holes', '-A OUTPUT -d 10.9.7.0/255.0.255.0', 'dst 10.0.7.0/255.0.255.0 → next'),
  row('a negated mask with holes', '-A OUTPUT ! -d 10.0.7.0/255.0.255.0', '!(dst 10.0.7.0/255.0.255.0) → next'),
  row('an address cut short', '-A OUTPUT -s 10/8 -d 192.168.1', 'src 10.0.0.0/8 & dst 192.168.1.0 → next'),
  row('every address', '-A OUTPUT -s 0.0.0.0/0 -d 0/0', 'always → next'),
  row('a negated source', '-A OUTPUT ! -s 10.0.0.0/8', '!(src 10.0.0.0/8) → next'),
  row('a source negated in the old way', '-A OUTPUT -s ! 10.0.0.0/8', '!(src 10.0.0.0/8) → next'),
  row('a list', '-A OUTPUT -s 10.0.0.0/8,192.168.0.1', 'src 10.0.0.0/8,192.168.0.1 → next'),
  row('a list with neighbours', '-A OUTPUT -d 10.0.0.1,10.0.0.0', 'dst 10.0.0.0/31 → next'),
  row(
    'a list with a mask with holes',
    '-A OUTPUT -d 10.0.0.0/8,10.0.7.0/255.0.255.0',
    'dst 10.0.0.0/8 | dst 10.0.7.0/255.0.255.0 → next',
  ),
  row('a name, resolved when the rules were loaded', '-A OUTPUT -d mail.example.net', '"-d mail.example.net" → next'),
  row(
    'a list with a name',
    '-A OUTPUT ! -d mail.example.net -s 10.0.0.1,relay',
    '(src 10.0.0.1 | "-s relay") & !("-d mail.example.net") → next',
  ),
  row('an IPv6 network', '-A OUTPUT -d 2001:db8::5/32', 'dst 2001:db8::/32 → next', V6),
  row('an IPv6 mask written as an address', '-A OUTPUT -d 2001:db8::/ffff:ffff::', 'dst 2001:db8::/32 → next', V6),
  row('an IPv6 mask with holes', '-A OUTPUT -d ::1:0:0:0:5/0:0:0:0:ffff::ffff', 'dst ::5/::ffff:0:0:ffff → next', V6),
  row('long names', '-A OUTPUT --source 10.0.0.1 --dst 10.0.0.2', 'src 10.0.0.1 & dst 10.0.0.2 → next'),
  row(
    'ranges',
    '-A OUTPUT -m iprange --src-range 10.0.0.1-10.0.0.9 ! --dst-range 10.0.0.8-10.0.0.15',
    'src 10.0.0.1-10.0.0.9 & !(dst 10.0.0.8/29) → next',
  ),
  row('a range of one address', '-A OUTPUT -m iprange --dst-range 10.0.0.1', 'dst 10.0.0.1 → next'),
  row(
    'a range the wrong way round, in which no address lies',
    '-A OUTPUT -m iprange --src-range 10.0.0.9-10.0.0.1',
    'never → next',
  ),
  row('a range of IPv6', '-A OUTPUT -m iprange --dst-range 2001:db8::-2001:db8::f', 'dst 2001:db8::/124 → next', V6),
];

export const INTERFACES: readonly RuleCase[] = [
  row('an interface', '-A user -i eth0', 'in eth0 → next'),
  row('a prefix of interfaces', '-A user -i eth+', 'in eth+ → next'),
  row('a negated prefix', '-A user ! -o eth+', '!(out eth+) → next'),
  row('an interface negated in the old way', '-A user -i ! eth0', '!(in eth0) → next'),
  row('any interface', '-A user -i +', 'always → next'),
  row('no interface at all', '-A user ! -o +', 'never → next'),
  row('a plus that is not at the end', '-A user -o eth+0', 'out eth+0 → next'),
  row('long names of both sides', '-A user --in-interface eth0 --out-interface eth1', 'in eth0 & out eth1 → next'),
  row('a fragment', '-A OUTPUT -f -j DROP', 'never → drop'),
  row('no fragment', '-A OUTPUT ! -f -j DROP', 'always → drop'),
];

export const PORTS: readonly RuleCase[] = [
  row('a port by number', '-A OUTPUT -p tcp -m tcp --dport 25', 'proto 6 & dport 25 → next'),
  row('a port without naming its match', '-A OUTPUT -p tcp --dport 25', 'proto 6 & dport 25 → next'),
  row('a port whose protocol is a number', '-A OUTPUT -p 6 --dport 25', 'proto 6 & dport 25 → next'),
  row('a port before its protocol', '-A OUTPUT --dport 25 -p tcp', 'proto 6 & dport 25 → next'),
  row('smtp', '-A OUTPUT -p tcp --dport smtp', 'proto 6 & dport 25 → next'),
  row('submission', '-A OUTPUT -p tcp --dport submission', 'proto 6 & dport 587 → next'),
  row('submissions', '-A OUTPUT -p tcp --dport submissions', 'proto 6 & dport 465 → next'),
  row('smtps', '-A OUTPUT -p tcp --dport smtps', 'proto 6 & dport 465 → next'),
  row('ssmtp', '-A OUTPUT -p tcp --dport ssmtp', 'proto 6 & dport 465 → next'),
  row('urd', '-A OUTPUT -p tcp --dport urd', 'proto 6 & dport 465 → next'),
  row('a name of another service', '-A OUTPUT -p udp --dport domain', 'proto 17 & dport 53 → next'),
  row('a range', '-A OUTPUT -p tcp --dport 25:587', 'proto 6 & dport 25-587 → next'),
  row('a range of names', '-A OUTPUT -p tcp --dport smtp:submission', 'proto 6 & dport 25-587 → next'),
  row('a range without a beginning', '-A OUTPUT -p tcp --sport :1023', 'proto 6 & sport 0-1023 → next'),
  row('a range without an end', '-A OUTPUT -p tcp --sport 1024:', 'proto 6 & sport 1024-65535 → next'),
  row('every port', '-A OUTPUT -p tcp --sport 0:65535', 'proto 6 → next'),
  row(
    'no port at all, which iptables-legacy takes for never and iptables-nft for nothing asked',
    '-A OUTPUT -p tcp ! --dport 0:65535',
    'proto 6 & "iptables-nft has left out "! --dport 0:65535"" → next',
  ),
  row('a negated port: of TCP still', '-A OUTPUT -p tcp ! --dport 25', 'proto 6 & !(dport 25) → next'),
  row('a port negated in the old way', '-A OUTPUT -p tcp --dport ! 25', 'proto 6 & !(dport 25) → next'),
  row('a value joined by an equals sign', '-A OUTPUT -p tcp --dport=25', 'proto 6 & dport 25 → next'),
  row('long names', '-A OUTPUT -p tcp --source-port 1 --destination-port 25', 'proto 6 & sport 1 & dport 25 → next'),
  row('SCTP', '-A OUTPUT -p sctp -m sctp --dport 25', 'proto 132 & dport 25 → next'),
  row(
    'chunks of SCTP',
    '-A OUTPUT -p sctp -m sctp --chunk-types any INIT',
    'proto 132 & "-m sctp --chunk-types any INIT" → next',
  ),
  row('several ports', '-A OUTPUT -p tcp -m multiport --dports 25,465,587:588', 'proto 6 & dport 25,465,587-588 → next'),
  row(
    'several ports in any order, with neighbours',
    '-A OUTPUT -p tcp -m multiport --dports 466,25,465',
    'proto 6 & dport 25,465-466 → next',
  ),
  row('several source ports', '-A OUTPUT -p udp -m multiport --source-ports 1,2', 'proto 17 & sport 1-2 → next'),
  row('a port at either end', '-A OUTPUT -p tcp -m multiport --ports 25,587', 'proto 6 & (sport 25,587 | dport 25,587) → next'),
  row('a port at neither end', '-A OUTPUT -p tcp -m multiport ! --ports 25', 'proto 6 & !(sport 25 | dport 25) → next'),
  row('a negated list', '-A OUTPUT -p tcp -m multiport ! --dports smtp,465', 'proto 6 & !(dport 25,465) → next'),
  row(
    'the short spelling of --dports, which getopt completes',
    '-A OUTPUT -p tcp -m multiport --dport 25,465',
    'proto 6 & dport 25,465 → next',
  ),
  row('a list beside a port', '-A OUTPUT -p tcp -m multiport --sports 1,2 --dport 25', 'proto 6 & sport 1-2 & dport 25 → next'),
];

export const FLAGS: readonly RuleCase[] = [
  row('the first packet of a connection', '-A OUTPUT -p tcp --syn', 'proto 6 & flags 2/23 → next'),
  row('any other packet', '-A OUTPUT -p tcp ! --syn', 'proto 6 & !(flags 2/23) → next'),
  row('flags', '-A OUTPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', 'proto 6 & flags 2/23 → next'),
  row('all and none', '-A OUTPUT -p tcp -m tcp --tcp-flags ALL NONE', 'proto 6 & flags 0/63 → next'),
  row(
    'a flag that the mask leaves out, which never matches',
    '-A OUTPUT -p tcp -m tcp --tcp-flags SYN SYN,ACK',
    'proto 6 & flags 18/2 → next',
  ),
  row(
    'a negated mask of no flags, of which the same is so',
    '-A OUTPUT -p tcp ! --tcp-flags NONE NONE',
    'proto 6 & "iptables-nft has left out "! --tcp-flags NONE NONE"" → next',
  ),
  row('flags negated in the old way', '-A OUTPUT -p tcp -m tcp --tcp-flags ! SYN,ACK SYN', 'proto 6 & !(flags 2/18) → next'),
  row('an option of TCP', '-A OUTPUT -p tcp ! --tcp-option 8', 'proto 6 & !("-m tcp --tcp-option 8") → next'),
];

const NAT = `*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080\nCOMMIT\n`;

export const STATES: readonly RuleCase[] = [
  row('a state', '-A OUTPUT -m state --state NEW', 'state new → next'),
  row('several states, in one order', '-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED', 'state established,related → next'),
  row('negated states', '-A OUTPUT -m conntrack ! --ctstate INVALID,UNTRACKED', '!(state invalid,untracked) → next'),
  row(
    'a state in small letters and cut short, as iptables lets it be',
    '-A OUTPUT -m state --state est',
    'state established → next',
  ),
  row('the virtual state SNAT, in which no first packet is', '-A OUTPUT -m conntrack --ctstate NEW,SNAT', 'state new → next'),
  row('the virtual state DNAT where nothing is rewritten', '-A OUTPUT -m conntrack --ctstate DNAT', 'never → next'),
  row('no virtual state', '-A OUTPUT -m conntrack ! --ctstate DNAT', 'always → next'),
  row('the direction of the connection', '-A OUTPUT -m conntrack --ctdir ORIGINAL', 'always → next'),
  row('the direction of its replies', '-A OUTPUT -m conntrack --ctdir REPLY', 'never → next'),
  row('the protocol of the connection', '-A OUTPUT -m conntrack ! --ctproto tcp', '!(proto 6) → next'),
  row(
    'where the connection was meant to go',
    '-A OUTPUT -m conntrack --ctorigdst 10.0.0.1 ! --ctorigdstport 25',
    '"-m conntrack --ctorigdst 10.0.0.1" & !("-m conntrack --ctorigdstport 25") → next',
  ),
  row('the status of the connection', '-A OUTPUT -m conntrack --ctstatus ASSURED', '"-m conntrack --ctstatus ASSURED" → next'),
  row('a state in the table raw, before there is one', '-A OUTPUT -m state --state NEW', 'never → next', { table: 'raw' }),
  row('no state in the table raw', '-A OUTPUT -m state --state INVALID,UNTRACKED', 'always → next', { table: 'raw' }),
];

/** Appended to the file of a row. */
export const WITH_NAT: readonly RuleCase[] = [
  row(
    'the virtual state DNAT where something is rewritten',
    `-A OUTPUT -m conntrack --ctstate NEW,DNAT`,
    'state new | "-m conntrack --ctstate DNAT" → next',
  ),
];

export const NAT_TABLE: string = NAT;

export const OWNERS: readonly RuleCase[] = [
  row('a user', '-A OUTPUT -m owner --uid-owner 105', 'user 105 → next'),
  row('users', '-A OUTPUT -m owner --uid-owner 100-105', 'user 100-105 → next'),
  row('root', '-A OUTPUT -m owner --uid-owner root', 'user 0 → next'),
  row('any user but one, or nobody', '-A OUTPUT -m owner ! --uid-owner 105', '!(user 105) → next'),
  row('a group', '-A OUTPUT -m owner --gid-owner 8', 'group 8 → next'),
  row('a user and another group', '-A OUTPUT -m owner --uid-owner 5 ! --gid-owner 8', 'user 5 & !(group 8) → next'),
  row('a socket', '-A OUTPUT -m owner --socket-exists', 'user any → next'),
  row('no socket', '-A OUTPUT -m owner ! --socket-exists', '!(user any) → next'),
  row('a user by name', '-A OUTPUT -m owner --uid-owner postfix', 'user any & "-m owner --uid-owner postfix" → next'),
  row(
    'anybody but a user by name',
    '-A OUTPUT -m owner ! --uid-owner postfix',
    '!(user any & "-m owner --uid-owner postfix") → next',
  ),
  row(
    'a group, also as a further one',
    '-A OUTPUT -m owner --gid-owner 8 --suppl-groups',
    'user any & (group 8 | "-m owner --gid-owner 8 --suppl-groups") → next',
  ),
  row(
    'no such group, which needs a socket',
    '-A OUTPUT -m owner ! --gid-owner 8 --suppl-groups',
    'user any & !(group 8 | "-m owner --gid-owner 8 --suppl-groups") → next',
  ),
  row('a process, as old kernels could ask', '-A OUTPUT -m owner --pid-owner 5', 'user any & "-m owner --pid-owner 5" → next'),
];

export const MARKS: readonly RuleCase[] = [
  row('a mark that nothing sets', '-A OUTPUT -m mark --mark 0x1', '"-m mark --mark 0x1" → next'),
  row('another mark than that', '-A OUTPUT -m mark ! --mark 0x1', '!("-m mark --mark 0x1") → next'),
  row('mark 0', '-A OUTPUT -m mark --mark 0x0/0xff', '"-m mark --mark 0x0/0xff" → next'),
  row(
    'the mark of a connection that nothing sets',
    '-A OUTPUT -m connmark --mark 0x1/0x1',
    '"-m connmark --mark 0x1/0x1" → next',
  ),
];

export const FUNCTIONAL: readonly RuleCase[] = [
  row(
    'an option that its match has got since',
    '-A user -m physdev --physdev-in eth1 --physdev-new 5',
    '"-m physdev --physdev-in eth1 --physdev-new 5" → next',
  ),
  row('a MAC address', '-A user -m mac --mac-source 00:0A:95:9D:68:16', '"-m mac --mac-source 00:0a:95:9d:68:16" → next'),
  row(
    'another MAC address, which only a packet with an Ethernet header has',
    '-A user -m mac ! --mac-source 00:0A:95:9D:68:16',
    '"the packet came with an Ethernet header" & !("-m mac --mac-source 00:0a:95:9d:68:16") → next',
  ),
  row(
    'bridge ports',
    '-A user -m physdev --physdev-in eth1 ! --physdev-is-bridged',
    '"-m physdev --physdev-in eth1" & !("-m physdev --physdev-is-bridged") → next',
  ),
  row(
    'kinds of addresses',
    '-A user -m addrtype ! --src-type LOCAL --dst-type LOCAL',
    '"-m addrtype --dst-type LOCAL" & !("-m addrtype --src-type LOCAL") → next',
  ),
  row(
    'kinds of addresses of an interface',
    '-A user -m addrtype --dst-type LOCAL --limit-iface-in',
    '"-m addrtype --dst-type LOCAL --limit-iface-in" → next',
  ),
  row('a string', '-A user -m string ! --string "MAIL FROM" --algo bm', '!("-m string --string "MAIL FROM" --algo bm") → next'),
  row(
    'a string whose options are in another order',
    '-A user -m string --to 65535 --algo bm --string x',
    '"-m string --string x --algo bm --to 65535" → next',
  ),
  row(
    'the time of the day',
    '-A user -m time --timestart 08:00 --timestop 18:00 ! --weekdays Sat,Sun',
    '"-m time --timestart 08:00 --timestop 18:00 ! --weekdays Sat,Sun" → next',
  ),
  ...['--reqid 1 --proto esp --next --reqid 2 ! --mode tunnel', '--reqid 1 --next --reqid 2 --proto esp --next --spi 7'].map(
    (elements) =>
      row(
        `IPsec inside IPsec, one element after the other: ${elements}`,
        `-A user -m policy --dir in --pol ipsec --strict ${elements}`,
        `"-m policy --dir in --pol ipsec --strict ${elements}" → next`,
      ),
  ),
  row('IPsec', '-A user -m policy --dir out --pol ipsec --proto esp', '"-m policy --dir out --pol ipsec --proto esp" → next'),
  row('the way back', '-A user -m rpfilter --invert', '"-m rpfilter --invert" → next'),
  row('a local socket', '-A user -m socket --transparent', '"-m socket --transparent" → next'),
  row('a kind of packets', '-A user -m pkttype --pkt-type broadcast', '"-m pkttype --pkt-type broadcast" → next'),
  row('32 bits somewhere', '-A user -m u32 --u32 "6 & 0xFF = 6"', '"-m u32 --u32 "6 & 0xFF = 6"" → next'),
  row('a program', '-A user -m bpf --bytecode "4,48 0 0 9,21 0 1 6"', '"-m bpf --bytecode "4,48 0 0 9,21 0 1 6"" → next'),
  row('a helper', '-A user -m helper --helper ftp', '"-m helper --helper ftp" → next'),
  row('a control group', '-A user -m cgroup --path mail', '"-m cgroup --path mail" → next'),
  row(
    'another control group, which only a socket has',
    '-A user -m cgroup ! --path mail',
    '"the packet comes from a socket that has a cgroup" & !("-m cgroup --path mail") → next',
  ),
  row('lengths', '-A user -m length --length 40:60', '"-m length --length 40:60" → next'),
  row('a life time', '-A user -m ttl --ttl-gt 5', '"-m ttl --ttl-gt 5" → next'),
  row('a hop limit', '-A user -m hl ! --hl-eq 255', '!("-m hl --hl-eq 255") → next', V6),
  row('a class of service', '-A user -m dscp --dscp-class EF', '"-m dscp --dscp-class EF" → next'),
  row('congestion', '-A user -p tcp -m ecn ! --ecn-tcp-cwr', 'proto 6 & !("-m ecn --ecn-tcp-cwr") → next'),
  row('a segment size', '-A user -p tcp -m tcpmss --mss 0:500', 'proto 6 & "-m tcpmss --mss 0:500" → next'),
  row('a country', '-A user -m geoip ! --source-country DE,FR', '!("-m geoip --src-cc DE,FR") → next'),
  row('groups of interfaces', '-A user -m devgroup --src-group 5', '"-m devgroup --src-group 5" → next'),
  row('an operating system', '-A user -p tcp -m osf --genre Linux --ttl 1', 'proto 6 & "-m osf --genre Linux --ttl 1" → next'),
  row('a realm', '-A user -m realm --realm 5', '"-m realm --realm 5" → next'),
  row('a processor', '-A user -m cpu --cpu 0', '"-m cpu --cpu 0" → next'),
  row(
    'a node of a cluster',
    '-A user -m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 5',
    '"-m cluster --cluster-hash-seed 5 --cluster-local-node 1 --cluster-total-nodes 2" → next',
  ),
  row('a label of the connection', '-A user -m connlabel ! --label 5', '!("-m connlabel --label 5") → next'),
  row('a virtual server', '-A user -m ipvs ! --ipvs', '"-m ipvs ! --ipvs" → next'),
  row('headers of IPv6', '-A user -m ipv6header --header frag --soft', '"-m ipv6header --header frag --soft" → next', V6),
  row('a routing header, which our packets have not', '-A user -m rt --rt-type 0 -j DROP', 'never → drop', V6),
  row('no such routing header, which needs one as well', '-A user -m rt ! --rt-type 0 -j DROP', 'never → drop', V6),
  row('fragments of IPv6', '-A user -m frag --fragmore -j DROP', 'never → drop', V6),
  row('a comment', '-A user -m comment --comment "a \\"b\\" -j DROP" -j ACCEPT', 'always → accept'),
  row('a comment of one word', '-A user -m comment --comment -j -j ACCEPT', 'always → accept'),
];

export const COUNTING: readonly RuleCase[] = [
  row(
    'a rate',
    '-A user -m limit --limit 1/s --limit-burst 5',
    '?"ip filter/user: -m limit --limit 1/sec --limit-burst 5 #1" → next',
  ),
  row(
    'a rate for each address',
    '-A user -m hashlimit --hashlimit-upto 5/min --hashlimit-name x',
    '?"ip filter/user: -m hashlimit --hashlimit-upto 5/min --hashlimit-name x #1" → next',
  ),
  row(
    'a number of connections',
    '-A user -p tcp -m connlimit ! --connlimit-above 5',
    'proto 6 & !(?"ip filter/user: -m connlimit --connlimit-above 5 #1") → next',
  ),
  row(
    'what a connection carried',
    '-A user -m connbytes --connbytes 10: --connbytes-dir both --connbytes-mode packets',
    '?"ip filter/user: -m connbytes --connbytes 10: --connbytes-dir both --connbytes-mode packets #1" → next',
  ),
  row(
    'chance',
    '-A user -m statistic --mode random --probability 0.5',
    '?"ip filter/user: -m statistic --probability 0.5 --mode random #1" → next',
  ),
  row(
    'every other packet',
    '-A user -m statistic --mode nth ! --every 2 --packet 0',
    '!(?"ip filter/user: -m statistic --every 2 --mode nth --packet 0 #1") → next',
  ),
  row('a quota', '-A user -m quota --quota 1000', '?"ip filter/user: -m quota --quota 1000 #1" → next'),
  row(
    'addresses seen before',
    '-A user -m recent --update --seconds 60 --name x',
    '?"ip filter/user: -m recent --name x --seconds 60 --update #1" → next',
  ),
  row(
    'addresses not seen before',
    '-A user -m recent ! --rcheck --name x',
    '!(?"ip filter/user: -m recent --name x --rcheck #1") → next',
  ),
  row('addresses noted, which is true', '-A user -m recent --set --name x --rsource', 'always → next'),
  row('addresses noted, negated', '-A user -m recent ! --set', 'never → next'),
  row('an accounting object', '-A user -m nfacct --nfacct-name x', '?"ip filter/user: -m nfacct --nfacct-name x #1" → next'),
  row(
    'a measured rate',
    '-A user -m rateest --rateest1 a --rateest-gt --rateest-bps 5mbit',
    '?"ip filter/user: -m rateest --rateest-bps 5mbit --rateest-gt --rateest1 a #1" → next',
  ),
  row(
    'a match that is not known',
    '-A user -p tcp -m foo --bar 1 2 ! --baz --dport 25',
    'proto 6 & ?"ip filter/user: -m foo --bar 1 2 ! --baz #1" & dport 25 → next',
  ),
];

export const ORDERS: readonly RuleCase[] = [
  row('a match after the target', '-A OUTPUT -j ACCEPT -m state --state NEW', 'state new → accept'),
  row(
    'everything the other way round',
    '-A OUTPUT -j ACCEPT -m owner --uid-owner 105 --dport 25 -d 10.0.0.1 -p tcp',
    'proto 6 & dst 10.0.0.1 & user 105 & dport 25 → accept',
  ),
  row(
    'two matches that share an option',
    '-A OUTPUT -m mark --mark 0 -j CONNMARK --save-mark --mask 0xff',
    '"-m mark --mark 0x0" → next',
  ),
  row(
    'a match twice',
    '-A OUTPUT -p tcp -m multiport --sports 1 -m multiport --dports 25',
    'proto 6 & dport 25 & sport 1 → next',
  ),
  row('counters', '[12:3456] -A OUTPUT -j ACCEPT', 'always → accept'),
  row('counters with a comma', '[12,3456] -A OUTPUT -j ACCEPT', 'always → accept'),
  row('counters as an option', '-A OUTPUT -c 12 3456 -j ACCEPT', 'always → accept'),
  row('a short option with its value joined', '-A OUTPUT -ptcp -d10.0.0.1 -jDROP', 'proto 6 & dst 10.0.0.1 → drop'),
  row('the long form of a command', '--append OUTPUT --jump DROP', 'always → drop'),
];
