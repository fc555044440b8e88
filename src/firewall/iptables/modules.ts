/**
 * The matches and targets of iptables: which options each of them has, and how much of it can be known.
 *
 * An option is written `name`, or `name>other` for another spelling of `other`; then `/1` or `/2` for the words it takes (`/?`: one or
 * none), and a mark: `!` it can be negated and is a condition of its own, `~` it can be negated, `*` it is a condition of its own that cannot
 * be negated. Without a mark it only says more about the others: `--algo bm` beside `--string x`.
 *
 * Worked example: `-m physdev --physdev-in eth1 ! --physdev-is-bridged` are two conditions that nothing in a packet's header shows, the
 * second of them negated.
 *
 * @see iptables-extensions(8); iptables, extensions/libxt_*.c
 */

export interface OptionSpec {
  /** The spelling that iptables-save prints. */
  readonly name: string;
  readonly words: 0 | 1 | 2 | 'optional';
  readonly negatable: boolean;
  /** True or false of a packet on its own. */
  readonly criterion: boolean;
}

/**
 * `read`: understood, see matches.ts. `functional`: not shown by the header, the same for one packet wherever it is asked. `counting`: hangs
 * on what came before, so that two of them may differ for one packet. `foreign`: a module that is not known here.
 */
export type MatchKind = 'read' | 'functional' | 'counting' | 'foreign';

export interface Module {
  readonly options: ReadonlyMap<string, OptionSpec>;
}

/** Of the match policy: what stands before it is about one transform, what stands behind it about the one inside. */
export const NEXT = 'next';

const PORT_OPTIONS = 'sport/1! source-port>sport/1! dport/1! destination-port>dport/1!';
const LIMIT_OPTIONS = `hashlimit>hashlimit-upto/1! hashlimit-upto/1! hashlimit-above/1! hashlimit-burst/1 hashlimit-mode/1 hashlimit-srcmask/1
 hashlimit-dstmask/1 hashlimit-name/1 hashlimit-htable-size/1 hashlimit-htable-max/1 hashlimit-htable-expire/1 hashlimit-htable-gcinterval/1
 hashlimit-rate-match hashlimit-rate-interval/1`;

const READ: Readonly<Record<string, string>> = {
  tcp: `${PORT_OPTIONS} tcp-flags/2! syn! tcp-option/1!`,
  udp: PORT_OPTIONS,
  udplite: PORT_OPTIONS,
  sctp: `${PORT_OPTIONS} chunk-types/2!`,
  dccp: `${PORT_OPTIONS} dccp-types/1! dccp-option/1!`,
  icmp: 'icmp-type/1!',
  icmp6: 'icmpv6-type/1!',
  multiport: 'sports/1! source-ports>sports/1! dports/1! destination-ports>dports/1! ports/1!',
  state: 'state/1!',
  conntrack: `ctstate/1! ctproto/1! ctorigsrc/1! ctorigdst/1! ctreplsrc/1! ctrepldst/1! ctorigsrcport/1! ctorigdstport/1! ctreplsrcport/1!
   ctrepldstport/1! ctstatus/1! ctexpire/1! ctdir/1*`,
  iprange: 'src-range/1! dst-range/1!',
  set: `match-set/2! set>match-set/2! return-nomatch update-counters! update-subcounters! packets-eq/1! packets-lt/1* packets-gt/1* bytes-eq/1!
   bytes-lt/1* bytes-gt/1*`,
  owner: 'uid-owner/1! gid-owner/1! socket-exists! suppl-groups pid-owner/1! sid-owner/1! cmd-owner/1!',
  mark: 'mark/1!',
  connmark: 'mark/1!',
  comment: 'comment/1',
  recent: 'set~ rcheck~ update~ remove~ seconds/1 reap hitcount/1 rttl name/1 rsource rdest mask/1',
  frag: 'fragid/1! fraglen/1! fragres fragfirst fragmore fraglast',
  rt: 'rt-type/1! rt-segsleft/1! rt-len/1! rt-0-res rt-0-addrs/1 rt-0-not-strict',
  hbh: 'hbh-len/1! hbh-opts/1',
  dst: 'dst-len/1! dst-opts/1',
  mh: 'mh-type/1!',
  ah: 'ahspi/1! ahlen/1! ahres',
  esp: 'espspi/1!',
};

const FUNCTIONAL: Readonly<Record<string, string>> = {
  addrtype: 'src-type/1! dst-type/1! limit-iface-in limit-iface-out',
  bpf: 'bytecode/1* object-pinned/1*',
  cgroup: 'path/1! cgroup/1!',
  cluster: 'cluster-total-nodes/1 cluster-local-node/1~ cluster-local-nodemask/1~ cluster-hash-seed/1',
  connlabel: 'label/1! set',
  cpu: 'cpu/1!',
  devgroup: 'src-group/1! dst-group/1!',
  dscp: 'dscp/1! dscp-class/1!',
  ecn: 'ecn-tcp-cwr! ecn-tcp-ece! ecn-ip-ect/1!',
  eui64: '',
  geoip: 'src-cc/1! source-country>src-cc/1! dst-cc/1! destination-country>dst-cc/1!',
  helper: 'helper/1!',
  hl: 'hl-eq/1! hl-lt/1* hl-gt/1*',
  ipcomp: 'ipcompspi/1! compres',
  ipv6header: 'header/1! soft',
  ipvs: 'ipvs~ vproto/1~ vaddr/1~ vport/1~ vdir/1 vmethod/1~ vportctl/1~',
  length: 'length/1!',
  mac: 'mac-source/1!',
  osf: 'genre/1! ttl/1 log/1',
  physdev: 'physdev-in/1! physdev-out/1! physdev-is-in! physdev-is-out! physdev-is-bridged!',
  pkttype: 'pkt-type/1!',
  policy: `dir/1 pol/1 strict reqid/1~ spi/1~ proto/1~ mode/1~ tunnel-src/1~ tunnel-dst/1~ ${NEXT}`,
  realm: 'realm/1!',
  rpfilter: 'loose validmark accept-local invert',
  socket: 'transparent nowildcard restore-skmark',
  string: 'string/1! hex-string/1! algo/1 from/1 to/1 icase',
  tcpmss: 'mss/1!',
  time: 'datestart/1 datestop/1 timestart/1 timestop/1 monthdays/1~ weekdays/1~ contiguous kerneltz utc localtz',
  tos: 'tos/1!',
  ttl: 'ttl-eq/1! ttl>ttl-eq/1! ttl-gt/1* ttl-lt/1*',
  u32: 'u32/1!',
};

const COUNTING: Readonly<Record<string, string>> = {
  connbytes: 'connbytes/1! connbytes-dir/1 connbytes-mode/1',
  connlimit: 'connlimit-upto/1* connlimit-above/1! connlimit-mask/1 connlimit-saddr connlimit-daddr',
  hashlimit: LIMIT_OPTIONS,
  limit: 'limit/1* limit-burst/1',
  nfacct: 'nfacct-name/1*',
  quota: 'quota/1!',
  rateest: `rateest/1 rateest1/1 rateest2/1 rateest-delta rateest-lt~ rateest-gt~ rateest-eq~ rateest-bps/? rateest-bps1/? rateest-bps2/?
   rateest-pps/? rateest-pps1/? rateest-pps2/?`,
  statistic: 'mode/1 probability/1! every/1! packet/1',
};

const TARGETS: Readonly<Record<string, string>> = {
  ACCEPT: '',
  DROP: '',
  RETURN: '',
  QUEUE: '',
  AUDIT: 'type/1',
  CHECKSUM: 'checksum-fill',
  CLASSIFY: 'set-class/1',
  CLUSTERIP: 'new hashmode/1 clustermac/1 total-nodes/1 local-node/1 hash-init/1',
  CONNMARK: `set-xmark/1 save-mark restore-mark and-mark/1 or-mark/1 xor-mark/1 set-mark/1 mask/1 nfmask/1 ctmask/1 left-shift-mark/1
   right-shift-mark/1`,
  CONNSECMARK: 'save restore',
  CT: 'notrack helper/1 ctevents/1 expevents/1 zone-orig/1 zone-reply/1 zone/1 timeout/1',
  DNAT: 'to-destination/1 random persistent',
  DNPT: 'src-pfx/1 dst-pfx/1',
  DSCP: 'set-dscp/1 set-dscp-class/1',
  ECN: 'ecn-tcp-remove ecn-tcp-cwr/1 ecn-tcp-ece/1 ecn-ip-ect/1',
  HL: 'hl-set/1 hl-dec/1 hl-inc/1',
  HMARK: `hmark-tuple/1 hmark-mod/1 hmark-offset/1 hmark-src-prefix/1 hmark-dst-prefix/1 hmark-sport-mask/1 hmark-dport-mask/1 hmark-spi-mask/1
   hmark-proto-mask/1 hmark-rnd/1 hmark-sport/1 hmark-dport/1 hmark-spi/1 hmark-proto/1`,
  IDLETIMER: 'timeout/1 label/1 alarm',
  LED: 'led-trigger-id/1 led-delay/1 led-always-blink',
  LOG: 'log-level/1 log-prefix/1 log-tcp-sequence log-tcp-options log-ip-options log-uid log-macdecode',
  MARK: 'set-xmark/1 set-mark/1 and-mark/1 or-mark/1 xor-mark/1',
  MASQUERADE: 'to-ports/1 random random-fully',
  NETMAP: 'to/1',
  NFLOG: 'nflog-group/1 nflog-prefix/1 nflog-range/1 nflog-size/1 nflog-threshold/1',
  NFQUEUE: 'queue-num/1 queue-balance/1 queue-bypass queue-cpu-fanout',
  NOTRACK: '',
  RATEEST: 'rateest-name/1 rateest-interval/1 rateest-ewmalog/1 rateest-ewma>rateest-ewmalog/1',
  REDIRECT: 'to-ports/1 random',
  REJECT: 'reject-with/1',
  SECMARK: 'selctx/1',
  SET: 'add-set/2 del-set/2 map-set/2 timeout/1 exist map-mark map-prio map-queue',
  SNAT: 'to-source/1 random random-fully persistent',
  SNPT: 'src-pfx/1 dst-pfx/1',
  SYNPROXY: 'mss/1 wscale/1 sack-perm timestamp ecn',
  TCPMSS: 'set-mss/1 clamp-mss-to-pmtu',
  TCPOPTSTRIP: 'strip-options/1',
  TEE: 'gateway/1 oif/1',
  TOS: 'set-tos/1 and-tos/1 or-tos/1 xor-tos/1',
  TPROXY: 'on-port/1 on-ip/1 tproxy-mark/1',
  TRACE: '',
  TTL: 'ttl-set/1 ttl-dec/1 ttl-inc/1',
  ULOG: 'ulog-nlgroup/1 ulog-prefix/1 ulog-cprange/1 ulog-qthreshold/1',
};

/** Of other packages (xtables-addons, OpenWrt): a user chain of the same name goes first, because they are seldom installed. */
const ADDON_TARGETS: Readonly<Record<string, string>> = {
  ACCOUNT: 'addr/1 tname/1',
  CHAOS: 'delude tarpit',
  DELUDE: '',
  FLOWOFFLOAD: 'hw',
  LOGMARK: 'log-level/1 log-prefix/1 log-nfmark log-ctmark log-ctstate log-ctstatus',
  STEAL: '',
  TARPIT: 'tarpit honeypot reset',
};

const MATCH_TABLES: readonly (readonly [MatchKind, Readonly<Record<string, string>>])[] = [
  ['read', READ],
  ['functional', FUNCTIONAL],
  ['counting', COUNTING],
];

export const MATCHES: ReadonlyMap<string, Module & { readonly kind: MatchKind }> = new Map(
  MATCH_TABLES.flatMap(([kind, table]) =>
    Object.entries(table).map(([name, text]) => [name, { kind, options: optionsOf(text) }] as const),
  ),
);

/** `icmpv6` and `ipv6-icmp` are the same module: iptables names it after the protocol. */
export const MATCH_ALIASES: ReadonlyMap<string, string> = new Map([
  ['icmpv6', 'icmp6'],
  ['ipv6-icmp', 'icmp6'],
]);

export const TARGET_MODULES: ReadonlyMap<string, Module & { readonly addon: boolean }> = new Map(
  [TARGETS, ADDON_TARGETS].flatMap((table) =>
    Object.entries(table).map(([name, text]) => [name, { addon: table === ADDON_TARGETS, options: optionsOf(text) }] as const),
  ),
);

function optionsOf(text: string): ReadonlyMap<string, OptionSpec> {
  const options = new Map<string, OptionSpec>();
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const match = /^([a-z0-9-]+)(?:>([a-z0-9-]+))?(?:\/([12?]))?([!~*]?)$/.exec(word);
    if (match === null) throw new TypeError(`not an option: ${word}`);
    const [, spelling = '', name = spelling, count = '0', mark = ''] = match;
    options.set(spelling, {
      name,
      words: count === '?' ? 'optional' : count === '2' ? 2 : count === '1' ? 1 : 0,
      negatable: mark === '!' || mark === '~',
      criterion: mark === '!' || mark === '*',
    });
  }
  return options;
}
