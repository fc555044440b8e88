/**
 * Files that nft loads, and files that it refuses as a whole, each as nft 1.0.6 was seen to do; with where and why Postern refuses it.
 * `test/lab/nft-refuses.test.ts` gives them to the nft that is installed.
 */

export interface Refused {
  readonly text: string;
  /** `LINE:COLUMN CODE` of each error. */
  readonly at: readonly string[];
}

export const REFUSED: readonly Refused[] = [
  // Separators.
  { text: 'table ip t { chain c { accept; } }\n', at: ['1:34 separator'] },
  { text: 'table ip t { chain c { accept }\n}\n', at: ['1:31 separator'] },
  { text: 'table ip t { chain c { accept\n} }\n', at: ['2:3 separator'] },
  { text: 'table ip t { chain c { accept; } chain d { accept; }\n}\n', at: ['1:34 separator'] },
  { text: 'table ip t { } table ip u { }\n', at: ['1:16 separator'] },
  { text: 'table ip t { flags dormant }\n', at: ['1:28 separator'] },
  { text: 'table ip t { set s { type ipv4_addr; size 5 }\n}\n', at: ['1:45 separator'] },
  { text: 'table ip t { counter n { } }\n', at: ['1:28 separator'] },
  { text: 'table ip t { chain c { jump { accept; } }\n}\n', at: ['1:41 separator'] },
  { text: 'table ip t { chain c { jump { accept }; }\n}\n', at: ['1:38 separator'] },
  { text: 'add table ip t; add chain ip t c { type filter hook output priority 0 }\n', at: ['1:71 separator'] },
  {
    text: 'table ip t { chain c { type filter hook output priority 0; policy drop tcp dport 25 accept; }; }\n',
    at: ['1:72 separator'],
  },
  { text: 'table ip t { chain c { comment "x" tcp dport 25 drop; }; }\n', at: ['1:36 separator'] },
  {
    text: 'table ip t { chain c { type filter hook output priority 0; policy drop; policy accept; }; }\n',
    at: ['1:73 second-policy'],
  },
  { text: 'define mail = 25', at: ['1:1 separator'] },
  { text: 'table ip t {\n}\ndefine mail = { 25,\n587 }', at: ['3:1 separator'] },
  { text: 'flush ruleset table ip t { chain c { accept; }; }\n', at: ['1:15 separator'] },
  { text: 'flush ruleset inet inet\n', at: ['1:20 separator'] },
  { text: 'add table ip t\ndelete table ip t now\n', at: ['2:19 separator'] },
  { text: 'table ip t { }\n# the end', at: ['2:1 separator'] },
  // Values.
  { text: rule('tcp dport { 25 587 } drop'), at: ['1:39 missing-comma'] },
  { text: rule('tcp dport {\n25\n587\n} drop'), at: ['3:1 missing-comma'] },
  { text: rule('ip daddr { 10.0.0.0/8\n192.0.2.1 } drop'), at: ['2:1 missing-comma'] },
  { text: set('type inet_service; elements = { 25 587 }'), at: ['1:57 missing-comma'] },
  { text: set('type inet_service; flags interval constant; elements = { 25 }'), at: ['1:56 missing-comma'] },
  { text: rule('tcp dport 25, 587 drop'), at: ['1:34 missing-braces'] },
  { text: rule('ip saddr 10.0.0.1, 10.0.0.2 drop'), at: ['1:33 missing-braces'] },
  { text: rule('tcp dport drop'), at: ['1:34 missing-value'] },
  { text: rule('ip saddr accept'), at: ['1:33 missing-value'] },
  { text: rule('tcp dport ! 25 drop'), at: ['1:34 bad-negation'] },
  { text: rule('tcp dport not 25 drop'), at: ['1:34 bad-negation'] },
  { text: rule('ct state established, accept'), at: ['1:46 missing-value'] },
  { text: rule('ip length > accept'), at: ['1:36 missing-value'] },
  { text: rule('tcp 25 drop'), at: ['1:28 missing-field'] },
  { text: rule('ip = 10.0.0.1 drop'), at: ['1:27 missing-field'] },
  { text: rule('meta drop'), at: ['1:29 missing-field'] },
  { text: rule('ct state vmap { new : accept established : drop }'), at: ['1:53 missing-comma'] },
  { text: rule('ct state vmap { new : smtp }'), at: ['1:46 no-verdict'] },
  // Protocols.
  { text: rule('tcp dport 25 udp dport 25 drop'), at: ['1:37 conflicting-protocols'] },
  { text: rule('tcp dport 25 counter udp sport 25 drop'), at: ['1:45 conflicting-protocols'] },
  { text: rule('ip protocol udp tcp dport 25 drop'), at: ['1:40 conflicting-protocols'] },
  { text: rule('meta l4proto 6 udp dport 25 drop'), at: ['1:39 conflicting-protocols'] },
  { text: rule('icmp type echo-request tcp dport 25 drop'), at: ['1:47 conflicting-protocols'] },
  { text: rule('udp dport 25 tcp flags syn drop'), at: ['1:37 conflicting-protocols'] },
  { text: rule('ip daddr . tcp dport { 10.0.0.1 . 25 } udp dport 25 drop'), at: ['1:63 conflicting-protocols'] },
  { text: rule('ip6 saddr ::1 drop'), at: ['1:24 conflicting-protocols'] },
  { text: rule('ip saddr 10.0.0.1 drop', 'ip6'), at: ['1:25 conflicting-protocols'] },
  { text: rule('ip saddr 10.0.0.1 ip6 saddr ::1 drop', 'inet'), at: ['1:44 conflicting-protocols'] },
  { text: rule('meta nfproto ipv6 ip saddr 10.0.0.1 drop', 'inet'), at: ['1:44 conflicting-protocols'] },
  { text: rule('icmpv6 type echo-request ip saddr 10.0.0.1 drop', 'inet'), at: ['1:51 conflicting-protocols'] },
  { text: rule('udp dport 25 reject with tcp reset', 'inet'), at: ['1:51 conflicting-protocols'] },
  { text: rule('reject with icmpv6 type no-route'), at: ['1:36 conflicting-protocols'] },
  { text: rule('type nat hook output priority 0; redirect to :2525'), at: ['1:57 conflicting-protocols'] },
  { text: rule('type nat hook output priority 0; th dport 25 dnat to 10.0.0.1:2525'), at: ['1:69 conflicting-protocols'] },
  // Sets.
  { text: set('type ipv4_addr; elements = { 10.0.0.1/32 }'), at: ['1:51 missing-flag'] },
  { text: set('type ifname; elements = { "eth*" }'), at: ['1:48 missing-flag'] },
  { text: set('type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 10.0.0.1 }'), at: ['1:79 overlap'] },
  { text: set('type inet_service; flags interval; elements = { smtp, 20-30 }'), at: ['1:70 overlap'] },
  { text: set('typeof tcp dport; flags interval; elements = { 25-30, 28-40 }'), at: ['1:76 overlap'] },
  {
    text: `${set('type ipv4_addr; flags interval; elements = { 10.0.0.1 }')}add element ip t s { 10.0.0.0/8 }\n`,
    at: ['1:67 overlap'],
  },
  {
    text: `table ip t { map m { type inet_service : verdict; flags interval; elements = { 25-30 : accept, 28 : drop }; }; }\n`,
    at: ['1:96 overlap'],
  },
  { text: rule('tcp dport vmap { 25-30 : accept, 28 : drop }'), at: ['1:57 overlap'] },
  { text: rule('tcp dport vmap { 25 : accept, 25 : drop }'), at: ['1:54 overlap'] },
  { text: rule('ct state vmap { invalid : accept, invalid : drop }'), at: ['1:58 overlap'] },
  // What is not there.
  { text: 'delete table ip x\n', at: ['1:17 unknown-object'] },
  { text: 'table ip t { }\ndelete chain ip t x\n', at: ['2:19 unknown-object'] },
  { text: 'table ip t { }\ndelete set ip t s\n', at: ['2:17 unknown-object'] },
  { text: 'flush ruleset\nflush chain ip x y\n', at: ['2:18 unknown-object'] },
  { text: 'delete ruleset\n', at: ['1:8 not-supported'] },
  // Priorities.
  { text: base('filter-10'), at: ['1:57 bad-priority'] },
  { text: base('09'), at: ['1:57 bad-priority'] },
  { text: base('+10'), at: ['1:57 bad-priority'] },
];

export const LOADED: readonly string[] = [
  'table ip t { chain c { accept; }; }\n',
  'table ip t { chain c { accept; }\n}\n',
  'table ip t { }; table ip u { }\n',
  'table ip t {}',
  'table ip t { }\n# the end\n',
  'table ip t { set s { type ipv4_addr; elements = { 10.0.0.1 } }\n}\n',
  'table ip t { set s { type ipv4_addr; flags interval; elements = { 10.0.0.1 } auto-merge }\n}\n',
  'table ip t { set s { type ipv4_addr; elements = { 10.0.0.1 } size 5; }\n}\n',
  'define m = { 25, 587 }\ntable ip t { set s { type inet_service; elements = $m }\n}\n',
  'table ip t { quota q { 5 bytes }\n}\n',
  'add table ip t; add chain ip t c; add rule ip t c accept\n',
  'table ip t { chain c { jump { accept; }; }; }\n',
  'table ip t\nchain ip t c { type filter hook forward priority 0; policy drop; }\nrule ip t c accept\nip t c drop\nt c accept\n',
  'table ip t\nset t s { type ipv4_addr; }\nelement t s { 10.0.0.1 }\nmap t m { type ipv4_addr : mark; }\ncounter t n\n',
  rule('tcp dport vmap { 25 : drop } counter'),
  rule('tcp dport vmap { 25 : drop, 26 : continue } counter log prefix "mail"'),
  'table ip t { chain a/b { accept; }; chain c- { jump a/b; }; chain d { goto c-; }; }\n',
  rule('tcp dport 25 drop comment "over\ntwo lines"'),
  'define mail = 25\ntable ip t {\n}',
  'table ip t {\n chain c {\n }\n}\nadd rule ip t c tcp dport { 25, 587 } ct state { established } drop\n',
  'table ip t {\n chain c {\n }\n}\nadd rule ip t c iifname { "lan*" } counter tcp dport vmap { 25 : drop,\n587 : accept } comment "x"\n',
  'table ip t {\n}\ndefine mail = { 25,\n587 };',
  rule('limit rate 1 mbytes/second drop'),
  rule('tcp dport { 25\n, 587,\n} drop'),
  rule('tcp dport 25 tcp sport 1024-65535 drop'),
  rule('tcp dport 25 meta l4proto udp drop'),
  rule('meta l4proto != tcp tcp dport 25 drop'),
  rule('th dport 25 tcp sport 25 drop'),
  rule('udp dport 25 @th,0,16 5 drop'),
  rule('icmpv6 type echo-request drop'),
  rule('ip saddr 10.0.0.1 icmpv6 type echo-request drop', 'inet'),
  rule('reject with tcp reset'),
  rule('type nat hook output priority 0; ip protocol { tcp, udp } redirect to :2525'),
  rule('type nat hook output priority 0; redirect'),
  rule('type nat hook output priority 0; dnat to tcp dport map { 25 : 10.0.0.1 } : tcp dport map { 25 : 2525 }'),
  rule('ct state ! new drop'),
  rule('ct status dnat,snat drop'),
  rule('icmp type redirect drop'),
  rule('tcp dport vmap { 25-30 : accept, 31 : drop }'),
  rule('tcp dport vmap { 25 : accept, 25 : accept }'),
  rule('tcp dport { 25-30, 28-40 } drop'),
  set('type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 10.0.0.0/8, 10.0.0.5/8 }'),
  set('type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/8, 10.0.0.1 }'),
  set('type inet_service; flags interval; elements = { 25-30, 31-40 }'),
  set('type ifname; flags interval; elements = { "eth*" }'),
  'table ip t { chain c { accept; }; }\ndelete chain ip t c\n',
  'add table ip t\ndelete table ip t\ntable ip t { }\n',
  ...['-0010', '0x10', 'filter + 010', '- 10', 'filter -10'].map(base),
];

function rule(text: string, family = 'ip'): string {
  return `table ${family} t { chain c { ${text}; }; }\n`;
}

function set(text: string): string {
  return `table ip t { set s { ${text}; }; }\n`;
}

function base(priority: string): string {
  return rule(`type filter hook output priority ${priority}`);
}
