import type { Small } from './file.ts';

/** A line that is wrong, and what is said of it: `column code message`. */
export interface MistakeCase extends Small {
  readonly rule: string;
  readonly says: readonly string[];
}

function row(rule: string, says: string | readonly string[], small: Small = {}): MistakeCase {
  return { rule, says: typeof says === 'string' ? [says] : says, ...small };
}

const NAT: Small = { table: 'nat' };
const V6: Small = { family: 'ipv6' };

export const MISTAKES: readonly MistakeCase[] = [
  row('-A OUTPUT -p tpc', '14 unknown-protocol tpc is no protocol. Did you mean tcp?'),
  row('-A OUTPUT -p 256', '14 unknown-protocol 256 is no protocol. Write a name such as tcp, or a number from 0 to 255.'),
  row('-A OUTPUT ! -p all', '13 never-matches No packet is of no protocol: this rule would never match.'),
  row('-A OUTPUT -p', '11 missing-value -p needs a value.'),
  row('-A OUTPUT -s 10.0.0.256', '14 bad-address 10.0.0.256 is no IPv4 address.'),
  row('-A OUTPUT -s 10.0.0.010', '14 bad-address 10.0.0.010 is no IPv4 address.'),
  row('-A OUTPUT -s 10.0.0.0/33', '14 bad-address 33 is no mask: write a length from 0 to 32, or a mask as an address.'),
  row('-A OUTPUT -d 10.0.0.1,10.0.0.,10.0.0.2', '23 bad-address 10.0.0. is no IPv4 address.'),
  row('-A OUTPUT -d 10.0.0.1,', '23 bad-address Nothing is no IPv4 address.'),
  row('-A OUTPUT -d 2001:db8::1', '14 bad-address 2001:db8::1 is an IPv6 address, where IPv4 is meant.'),
  row('-A OUTPUT -d 192.0.2.1', '14 bad-address 192.0.2.1 is an IPv4 address, where IPv6 is meant.', V6),
  row(
    '-A OUTPUT ! -d 10.0.0.1,10.0.0.2',
    '13 not-negatable A list of addresses cannot be negated: it is one rule for each of them.',
  ),
  row(
    '-A OUTPUT -m iprange --dst-range 10.0.0.9-x',
    '34 bad-address 10.0.0.9-x is no range of addresses: write 192.0.2.1-192.0.2.9.',
  ),
  row('-A OUTPUT -m iprange', '11 missing-value The match iprange needs --src-range or --dst-range.'),
  row('-A OUTPUT -o abcdefghijklmnop', '14 bad-interface The name of an interface has at most 15 bytes.'),
  row('-A OUTPUT -i eth0', '11 wrong-chain A packet in OUTPUT has no interface it comes in by: use -o.'),
  row('-A INPUT -o eth0', '10 wrong-chain A packet in INPUT has no interface it leaves by yet: use -i.'),
  row('-A OUTPUT --dport 25', '11 unknown-option --dport belongs to a protocol: this rule needs -p tcp (or udp …) for it.'),
  row(
    '-A OUTPUT ! -p tcp --dport 25',
    '20 unknown-option --dport belongs to a protocol: this rule needs -p tcp (or udp …) for it.',
  ),
  row('-A OUTPUT -m tcp --dport 25', '11 no-protocol The match tcp needs -p tcp in its rule.'),
  row('-A OUTPUT -p udp -m tcp --dport 25', '18 no-protocol The match tcp needs -p tcp in its rule.'),
  row(
    '-A OUTPUT ! -p tcp -m multiport --dports 25',
    '20 no-protocol A negated protocol is none: the match multiport needs -p tcp in its rule.',
  ),
  row('-A OUTPUT -m multiport --dports 25', '11 no-protocol The match multiport needs -p tcp in its rule.'),
  row('-A OUTPUT -p tcp --dport stmp', '26 bad-port stmp is no port. Did you mean smtp?'),
  row('-A OUTPUT -p tcp --dport smtp:submision', '31 bad-port submision is no port. Did you mean submission?'),
  row('-A OUTPUT -p tcp --dport 65536', '26 bad-port 65536 is no port. Write a number from 0 to 65535, without leading zeros.'),
  row('-A OUTPUT -p tcp --dport 025', '26 bad-port 025 is no port. Write a number from 0 to 65535, without leading zeros.'),
  row('-A OUTPUT -p tcp --dport 25,465', '26 bad-port 25,465 is no port. Write a number from 0 to 65535, without leading zeros.'),
  row('-A OUTPUT -p tcp --dport 30:20', '26 bad-port 30:20 ends before it begins.'),
  row('-A OUTPUT -p tcp --dport', '18 missing-value --dport needs a value.'),
  row('-A OUTPUT -p tcp -m multiport --dports 25,stmp', '43 bad-port stmp is no port. Did you mean smtp?'),
  row(
    '-A OUTPUT -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14:15,16',
    '40 too-many-ports multiport takes 15 ports, a range counts as two; these are 16.',
  ),
  row('-A OUTPUT -p tcp -m multiport', '18 missing-value The match multiport needs --dports, --sports or --ports.'),
  row(
    '-A OUTPUT -p tcp -m multiport --dports 1 --sports 2',
    '42 option-twice One multiport has one list of ports; write -m multiport again.',
  ),
  row('-A OUTPUT -p tcp --tcp-flags SYN', '18 missing-value --tcp-flags needs 2 values.'),
  row('-A OUTPUT -p tcp --tcp-flags SYN,AKC SYN', '34 unknown-flag AKC is no TCP flag. Did you mean ACK?'),
  row('-A OUTPUT -m state --state NWE', '28 unknown-state NWE is no state of a connection. Did you mean NEW?'),
  row(
    '-A OUTPUT -m state --state NEW,',
    '32 unknown-state Nothing is no state of a connection. There are NEW, ESTABLISHED, RELATED, INVALID and UNTRACKED.',
  ),
  row('-A OUTPUT -m state', '11 missing-value The match state needs --state.'),
  row('-A OUTPUT -m conntrack --ctdir FORWARD', '32 bad-direction FORWARD is neither ORIGINAL nor REPLY.'),
  row('-A OUTPUT -m conntrack', '11 missing-value The match conntrack needs an option such as --ctstate.'),
  row('-A OUTPUT -m state --stat NEW --state NEW', '31 option-twice --state of state stands here twice.'),
  row(
    '-A OUTPUT -m owner --uid-owner 9-5',
    '32 bad-owner 9-5 is no user: write a name, a number without leading zeros, or two with a dash, lowest first.',
  ),
  ...['010', '1-08'].map((octal) =>
    row(
      `-A OUTPUT -m owner --gid-owner ${octal}`,
      `32 bad-owner ${octal} is no group: write a name, a number without leading zeros, or two with a dash, lowest first.`,
    ),
  ),
  row('-A OUTPUT -m owner', '11 missing-value The match owner needs --uid-owner, --gid-owner or --socket-exists.'),
  row('-A OUTPUT -m mark --mark 0x1/0x2/0x3', '26 bad-mark 0x1/0x2/0x3 is no mark: write 0x1 or 0x1/0xff.'),
  row('-A OUTPUT -m mark', '11 missing-value The match mark needs --mark.'),
  row('-A OUTPUT -m set --match-set x', '18 missing-value --match-set needs 2 values.'),
  row('-A OUTPUT -m set --match-set x scr', '32 bad-direction scr is neither src nor dst.'),
  row('-A OUTPUT -m set', '11 missing-value The match set needs --match-set NAME src (or dst, or src,dst …).'),
  row('-A OUTPUT -m limit ! --limit 1/s', '22 not-negatable --limit of limit cannot be negated.'),
  row('-A OUTPUT -m comment ! --comment x', '24 not-negatable --comment of comment cannot be negated.'),
  row('-A OUTPUT ! -j ACCEPT', '13 not-negatable -j cannot be negated.'),
  row('-A OUTPUT ! ! -p tcp', '13 stray-negation Two ! stand before one option.'),
  row('-A OUTPUT ! -p ! tcp', '16 stray-negation One option is negated twice.'),
  row('-A OUTPUT -p tcp !', '18 stray-negation This ! stands before no option.'),
  row(
    '-A OUTPUT -j ACCEPT # for now',
    '21 stray-word No option takes this word. A comment needs a line of its own, or -m comment --comment "…".',
  ),
  row('-A OUTPUT -j ACCEPT tcp', '21 stray-word No option takes this word. Every value follows an option.'),
  row('-A OUTPUT -p tcp --sync', '18 unknown-option Nothing in this rule has an option --sync. Did you mean --syn?'),
  row('-A OUTPUT -m state --sate NEW', '20 unknown-option Nothing in this rule has an option --sate. Did you mean --state?'),
  row('-A OUTPUT -k', '11 unknown-option There is no option -k.'),
  row(
    '-A OUTPUT -j user --dport 25',
    '19 unknown-option The chain user takes no option --dport: name the match, or the protocol, that has it.',
  ),
  row('-A OUTPUT -j ACCEPT -j DROP', '21 option-twice A rule has one target; this is another.'),
  row('-A OUTPUT -j ACCEPT -g user', '21 option-twice A rule has one target; this is another.'),
  row('-A OUTPUT -p tcp -p udp', '18 option-twice -p stands here twice.'),
  row('-A OUTPUT -I OUTPUT', '11 option-twice A line has one command; this is another.'),
  row('-A OUTPUT -t nat -j ACCEPT', '11 stray-table In a file the table is named by the *table line above, not by -t.'),
  row('-A OUTPUT -j nosuch', '11 unknown-chain The table filter has no chain nosuch.'),
  row('-A OUTPUT -j usre', '11 unknown-chain The table filter has no chain usre. Did you mean user?'),
  row('-A OUTPUT -j NO-SUCH', '11 unknown-chain The table filter has no chain NO-SUCH.'),
  row('-A OUTPUT -g NOSUCH', '11 unknown-chain The table filter has no chain NOSUCH.'),
  row('-A OUTPUT -g ACCEPT', '11 unknown-chain The table filter has no chain ACCEPT.'),
  row('-A user -j OUTPUT', '9 built-in-chain OUTPUT is a built-in chain: the kernel calls it, rules cannot.'),
  row('-A user -j user', '1 circle The chains lead round in a circle, which the kernel refuses: user → user.'),
  row(
    '-N b\n-A user -j b\n-A b -p tcp -g user',
    '1 circle The chains lead round in a circle, which the kernel refuses: user → b → user.',
  ),
  row('-A PREROUTING -j DROP', '4 wrong-table The table filter has no chain PREROUTING.'),
  row('-A OUTPUT -p tcp -j REDIRECT', '18 wrong-table REDIRECT works in the table nat only.'),
  row('-A OUTPUT -j DNAT', '11 missing-value DNAT needs --to-destination.', NAT),
  row(
    '-A OUTPUT -j DNAT --to-destination 10.0.0.256',
    '36 bad-address 10.0.0.256 is no destination: write 192.0.2.1, 192.0.2.1-192.0.2.9, or either with :PORT behind it.',
    NAT,
  ),
  row(
    '-A OUTPUT -p tcp -j DNAT --to-destination 10.0.0.1:99999',
    '43 bad-port 99999 is no port. Write a number from 0 to 65535, without leading zeros.',
    NAT,
  ),
  row('-A OUTPUT -p tcp -j REDIRECT --to-ports 30-20', '41 bad-port 30-20 ends before it begins.', NAT),
  row(
    '-A OUTPUT -j NETMAP --to 10.0.0.0/40',
    '26 bad-address 40 is no mask: write a length from 0 to 32, or a mask as an address.',
    NAT,
  ),
  row('-A OUTPUT -m comment --comment "never closed', '32 unclosed-quote This quote is not closed.'),
  row('-I OUTPUT 2 -j DROP', '11 no-such-rule OUTPUT has no rule 2: it holds 0 so far.'),
  row('-D OUTPUT 1', '11 no-such-rule OUTPUT has no rule 1: it holds 0 so far.'),
  row('-D OUTPUT x', '11 no-such-rule OUTPUT has no rule x: it holds 0 so far.'),
  row('-D OUTPUT -p tcp -j DROP', '1 no-such-rule OUTPUT holds no rule like this one.'),
  row(
    '-A OUTPUT -s 10.0.0.1,10.0.0.2\n-R OUTPUT 2 -j DROP',
    '11 no-such-rule Rule 2 of OUTPUT is one of several that a list of addresses makes: give each address a rule of its own.',
  ),
  row('-F nosuch', '4 unknown-chain The table filter has no chain nosuch.'),
  row('-X OUTPUT', '1 chain-in-use OUTPUT is built in: it cannot be deleted.'),
  row('-A user\n-X user', '1 chain-in-use user holds rules: it cannot be deleted.'),
  row('-N user', '4 chain-twice There is a chain user already.'),
  row('-N user2 -j DROP', '1 stray-option -N takes no rule.'),
  row('-P OUTPUT REJECT', '11 unknown-policy REJECT is no policy: it is ACCEPT or DROP.'),
  row('-P user DROP', '9 policy-of-user-chain Only built-in chains have a policy: write :user - [0:0].'),
  row('-E user other', '1 unsupported-command Chains are not renamed here: write the new name where the chain is made.'),
  row('-j DROP', '1 no-command This line does nothing: a rule begins with -A CHAIN.'),
  row(
    'iptables -A OUTPUT -j DROP',
    '1 not-a-rule This is no line of an iptables-save. Leave the command out: the line begins with -A.',
  ),
  row('hello', '1 not-a-rule This is no line of an iptables-save. A rule begins with -A CHAIN.'),
  row('[1:2]', '1 not-a-rule This is no line of an iptables-save. A rule begins with -A CHAIN.'),
  row(':other ACCEPT [0:0]', '8 policy-of-user-chain Only built-in chains have a policy: write :other - [0:0].'),
  row(':user - [0:0]', '1 chain-twice The chain user is made a second time.'),
  row(':other', '1 bad-chain A chain is written :NAME POLICY [0:0], where a chain of your own has the policy -.'),
  row(':OUTPUT DROP 5', '14 stray-word After its policy a chain has only counters, such as [0:0].'),
  row('-A OUTPUT -p tpc --dport stmp', [
    '14 unknown-protocol tpc is no protocol. Did you mean tcp?',
    '26 bad-port stmp is no port. Did you mean smtp?',
  ]),
];
