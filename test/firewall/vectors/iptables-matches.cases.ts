import { ip6tables, iptables, type Vector, withSets } from './vector.ts';

const output = (title: string, matches: string, verdicts: Vector['verdicts']): Vector =>
  iptables(title, 'output', ['OUTPUT DROP', `-A OUTPUT ${matches} -j ACCEPT`], verdicts);
const forward = (title: string, matches: string, verdicts: Vector['verdicts']): Vector =>
  iptables(title, 'forward', ['FORWARD DROP', `-A FORWARD ${matches} -j ACCEPT`], verdicts);

export const IPTABLES_MATCHES: readonly Vector[] = [
  iptables(
    'a match behind the target narrows the rule',
    'output',
    ['OUTPUT DROP', '-A OUTPUT -j ACCEPT -m owner --uid-owner 105 -p tcp --dport 25'],
    { '25': 'conditional', '26': 'drop' },
  ),
  iptables(
    'a state behind the target narrows the rule',
    'output',
    ['OUTPUT DROP', '-A OUTPUT -j ACCEPT -m state --state ESTABLISHED,RELATED'],
    { '25': 'drop' },
  ),
  output('what a comment says is no option', '-p tcp --dport 25 -m comment --comment "mail \\"-j DROP\\" ! --dport 26"', {
    '25': 'accept',
    '26': 'drop',
  }),
  output('negated ports leave out the ports and stay with their protocol', '-p tcp -m multiport ! --dports 25,465', {
    '25': 'drop',
    '465': 'drop',
    '587': 'accept',
  }),
  output('two ports of one match that are not wanted are one comparison to iptables-nft', '-p tcp ! --sport 1024 ! --dport 25', {
    '25 sport 1024': 'drop',
    '25 sport 80': 'conditional',
    '26 sport 1024': 'conditional',
    '26 sport 80': 'accept',
  }),
  output('two ports of two matches are two comparisons', '-p tcp -m tcp ! --sport 1024 -m tcp ! --dport 25', {
    '25 sport 80': 'drop',
    '26 sport 1024': 'drop',
    '26 sport 80': 'accept',
  }),
  output('a negated port of UDP is no port of TCP', '-p udp ! --dport 25', { '25': 'drop', '26': 'drop' }),
  output('all protocols may be written all or 0, one of them by its number', '-p 0', { '25': 'accept' }),
  output('a protocol may be written by its number', '-p 6 --dport 25', { '25': 'accept', '26': 'drop' }),
  output('a negated protocol is every other one', '! -p udp', { '25': 'accept' }),
  output('a negated protocol leaves out its own', '! -p tcp', { '25': 'drop' }),
  output('ports may be ranges, open at either end', '-p tcp --dport :25', { '0': 'accept', '25': 'accept', '26': 'drop' }),
  output('a range of ports has both its ends', '-p tcp --dport 25:587', {
    '24': 'drop',
    '25': 'accept',
    '587': 'accept',
    '588': 'drop',
  }),
  output('a range without an end goes up to 65535', '-p tcp --dport 587:', { '586': 'drop', '65535': 'accept' }),
  output('ports may be names', '-p tcp -m multiport --dports smtp,submission,submissions', {
    '25': 'accept',
    '465': 'accept',
    '587': 'accept',
    '26': 'drop',
  }),
  output('a list of ports takes ranges', '-p tcp -m multiport --dports 24:26,587', {
    '23': 'drop',
    '26': 'accept',
    '27': 'drop',
    '587': 'accept',
  }),
  output('ports of a list with --ports are those of the source as well', '-p tcp -m multiport --ports 25', {
    '25': 'accept',
    '26 sport 25': 'accept',
    '26 sport 26': 'drop',
    '26': 'conditional',
  }),
  forward('a source port opens every destination port to who chooses it', '-p tcp --sport 80', {
    '25 sport 80': 'accept',
    '25 sport 81': 'drop',
    '25': 'conditional',
  }),
  forward('a network has its first and last address', '-s 10.0.0.0/30 -p tcp', {
    '25 from 10.0.0.3': 'accept',
    '25 from 10.0.0.4': 'drop',
    '25 from 9.255.255.255': 'drop',
  }),
  forward('a negation may stand behind the option', '-s ! 10.0.0.0/8', { '25': 'drop', '25 from 11.0.0.0': 'accept' }),
  forward('a mask need not be contiguous', '-d 198.0.100.7/255.0.255.255', {
    '25': 'accept',
    '25 to 198.1.100.7': 'accept',
    '25 to 198.51.101.7': 'drop',
  }),
  forward('a mask may end in a hole', '-d 198.51.100.1/255.255.255.249', {
    '25': 'accept',
    '25 to 198.51.100.3': 'accept',
    '25 to 198.51.100.6': 'drop',
    '25 to 198.51.100.9': 'drop',
  }),
  forward('a list of addresses is a rule for each', '-s 10.0.0.5,10.0.0.7', {
    '25': 'accept',
    '25 from 10.0.0.6': 'drop',
    '25 from 10.0.0.7': 'accept',
  }),
  forward('ranges of addresses have both their ends', '-m iprange --dst-range 198.51.100.6-198.51.100.7', {
    '25': 'accept',
    '25 to 198.51.100.8': 'drop',
  }),
  forward('negated ranges of addresses are the rest', '-m iprange ! --src-range 10.0.0.5-10.0.0.6', {
    '25': 'drop',
    '25 from 10.0.0.7': 'accept',
  }),
  forward('an interface with a plus is every one that begins so', '-i eth+', {
    '25 in eth': 'accept',
    '25 in eth10': 'accept',
    '25 in ether': 'accept',
    '25 in et': 'drop',
    '25': 'conditional',
  }),
  forward('an interface without a plus is that one alone', '-i eth0', { '25 in eth0': 'accept', '25 in eth01': 'drop' }),
  forward('a negated prefix is every other interface', '! -o eth+', { '25 out eth1': 'drop', '25 out wan0': 'accept' }),
  iptables(
    'a packet of this host came in by no interface',
    'output',
    [
      'OUTPUT DROP',
      ':c -',
      '-A OUTPUT -j c',
      '-A c -i eth0 -p tcp --dport 25 -j ACCEPT',
      '-A c ! -i eth0 -p tcp --dport 26 -j ACCEPT',
    ],
    { '25': 'drop', '26': 'accept' },
  ),
  output('the first packet of a connection is NEW', '-m state --state NEW', { '25': 'accept' }),
  output('a list of states holds for each of them', '-m conntrack --ctstate NEW,RELATED', { '25': 'accept' }),
  output('what is not tracked is not NEW', '-m conntrack --ctstate UNTRACKED', { '25': 'drop' }),
  output('a negated state leaves it out', '-m conntrack ! --ctstate INVALID', { '25': 'accept' }),
  output('--syn holds for the first packet', '-p tcp --syn', { '25': 'accept' }),
  output('a negated --syn does not hold for the first packet', '-p tcp ! --syn', { '25': 'drop' }),
  output('flags are compared under their mask', '-p tcp --tcp-flags FIN,SYN,RST,ACK SYN', { '25': 'accept' }),
  output('flags may be ALL and NONE', '-p tcp --tcp-flags ALL NONE', { '25': 'drop' }),
  output('a fragment is none of the packets that are looked at', '-f', { '25': 'drop' }),
  output('what is no fragment is every packet', '! -f', { '25': 'accept' }),
  iptables('a limit makes a drop conditional', 'output', ['-A OUTPUT -m limit --limit 1/s -p tcp --dport 25 -j DROP'], {
    '25': 'conditional',
    '26': 'accept',
  }),
  output('a limit makes an accept conditional', '-m limit --limit 1/s -p tcp --dport 25', { '25': 'conditional', '26': 'drop' }),
  iptables(
    'two limits that are written alike are two',
    'output',
    ['-A OUTPUT -m limit --limit 1/s -j ACCEPT', '-A OUTPUT -m limit --limit 1/s -j DROP'],
    { '25': 'conditional' },
  ),
  iptables(
    'a limit in a chain that is called twice is asked twice',
    'output',
    [
      ':c -',
      '-A OUTPUT -j c',
      '-A OUTPUT -p tcp -j c',
      '-A OUTPUT -j ACCEPT',
      '-A c -m limit --limit 1/s -j RETURN',
      '-A c -j DROP',
    ],
    { '25': 'conditional' },
  ),
  iptables(
    'what is functional has one answer wherever it is asked',
    'forward',
    ['FORWARD DROP', '-A FORWARD -m addrtype --src-type LOCAL -j ACCEPT', '-A FORWARD -m addrtype ! --src-type LOCAL -j ACCEPT'],
    { '25': 'accept' },
  ),
  iptables(
    'a packet without an Ethernet header has no MAC address, nor another one',
    'forward',
    [
      'FORWARD ACCEPT',
      '-A FORWARD -m mac --mac-source 00:00:5e:00:53:01 -j DROP',
      '-A FORWARD -m mac ! --mac-source 00:00:5e:00:53:01 -j DROP',
    ],
    { '25': 'conditional' },
  ),
  iptables(
    'nobody is two users: who is neither of two is dropped by one of two rules',
    'output',
    ['-A OUTPUT -m owner ! --uid-owner 0 -j DROP', '-A OUTPUT -m owner ! --uid-owner 105 -j DROP'],
    { '25': 'drop' },
  ),
  iptables(
    'a packet without a socket matches a negated owner and no other',
    'forward',
    [
      '*mangle',
      '-A POSTROUTING -p tcp --dport 25 -m owner ! --uid-owner 105 -j DROP',
      '-A POSTROUTING -m owner --uid-owner 105 -j DROP',
    ],
    { '25': 'drop', '26': 'accept' },
  ),
  iptables(
    'who is none of the users that are named is somebody all the same',
    'output',
    [
      '-A OUTPUT -m owner --uid-owner 105 -j DROP',
      '-A OUTPUT -m owner --uid-owner 0-104 -j DROP',
      '-A OUTPUT -m owner ! --socket-exists -j DROP',
    ],
    { '25': 'conditional' },
  ),
  output('a user may be a range', '-m owner --uid-owner 100-200 -p tcp --dport 25', { '25': 'conditional', '26': 'drop' }),
  iptables(
    'to have a socket and to have none are all packets',
    'output',
    ['OUTPUT DROP', '-A OUTPUT -m owner --socket-exists -j ACCEPT', '-A OUTPUT -m owner ! --socket-exists -j ACCEPT'],
    { '25': 'accept' },
  ),
  output('a mark is open, also where no rule marks', '-m mark --mark 0x1', { '25': 'conditional' }),
  output('a mark that is not asked for is open as well', '-m mark ! --mark 0x1', { '25': 'conditional' }),
  iptables(
    'where a rule marks, a mark is an open question',
    'forward',
    [
      'FORWARD DROP',
      '-A FORWARD -m mark --mark 0x1 -j ACCEPT',
      '*mangle',
      '-A PREROUTING -p tcp --dport 25 -j MARK --set-mark 1',
    ],
    { '25': 'conditional' },
  ),
  withSets(
    forward('a set holds its networks but for those with nomatch', '-m set --match-set relays src', {
      '25': 'accept',
      '25 from 10.0.0.77': 'drop',
      '25 from 10.0.1.5': 'drop',
    }),
    [
      'create relays hash:net family inet hashsize 1024 maxelem 65536',
      'add relays 10.0.0.0/24',
      'add relays 10.0.0.64/26 nomatch',
    ],
  ),
  withSets(
    forward('a set of two dimensions takes an end for each, and the port its protocol', '-m set --match-set mail dst,dst', {
      '25': 'accept',
      '26': 'drop',
      '587': 'drop',
      '25 to 198.51.100.8': 'drop',
    }),
    [
      'create mail hash:ip,port family inet hashsize 1024 maxelem 65536',
      'add mail 198.51.100.7,tcp:25',
      'add mail 198.51.100.7,udp:587',
    ],
  ),
  withSets(
    forward('a negated set is every address that it has not', '-m set ! --match-set relays src', {
      '25': 'drop',
      '25 from 10.0.0.6': 'accept',
    }),
    ['create relays hash:ip family inet hashsize 1024 maxelem 65536', 'add relays 10.0.0.5'],
  ),
  withSets(
    forward('a set of ports is a bitmap', '-p tcp -m set --match-set ports dst', {
      '25': 'accept',
      '26': 'accept',
      '27': 'drop',
    }),
    ['create ports bitmap:port range 0-65535', 'add ports 25-26'],
  ),
  forward('a set that is not supplied may hold anything', '-m set --match-set unheard src', { '25': 'conditional' }),
  ip6tables(
    'networks of IPv6 have their first and last address',
    'forward',
    ['FORWARD DROP', '-A FORWARD -s 2001:db8:20::/127 -p tcp --dport 25 -j ACCEPT'],
    { 'v6 25 from 2001:db8:20::1': 'accept', 'v6 25 from 2001:db8:20::2': 'drop', 'v6 26 from 2001:db8:20::1': 'drop' },
  ),
];
