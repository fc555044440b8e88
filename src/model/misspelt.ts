/**
 * A word of nftables that was probably misspelt, in a condition that is not understood: whoever wrote it wants to hear of that before all else.
 *
 * Worked example: of `tcp dprot 443-993` it is `dprot`, for `dport`; of `iifnam "eth0"` it is `iifnam`, for `iifname`. `tcp flags syn` is spelt
 * right, and `tcp option` is; neither is near to anything else.
 *
 * @see nft(8), PAYLOAD EXPRESSIONS, META EXPRESSIONS, CONNTRACK EXPRESSIONS
 */
import { nearest } from './nearest.ts';

export interface Misspelt {
  readonly word: string;
  readonly meant: string;
}

/** @returns null where nothing looks misspelt. */
export function misspelt(condition: string): Misspelt | null {
  const alternatives = condition.split(/ (?:or|and|if) |, /);
  for (const alternative of alternatives) {
    const words = alternative.trim().split(/\s+/);
    const found = misspeltFirst(words) ?? words.flatMap((word, at) => misspeltField(word, words[at + 1] ?? '') ?? [])[0];
    if (found !== undefined) return found;
  }
  return null;
}

/** The same as a sentence with a blank before it; empty where nothing looks misspelt. */
export function misspeltHint(condition: string): string {
  const found = misspelt(condition);
  return found === null
    ? ''
    : ` "${found.word}" is not known here: did you mean ${found.meant}? nft -c -f FILE tells whether the file can be loaded.`;
}

function misspeltField(header: string, field: string): Misspelt | null {
  const fields = FIELDS.get(header);
  if (fields === undefined || !WORD.test(field) || fields.includes(field)) return null;
  const meant = nearest(field, fields);
  return meant === null ? null : { word: field, meant };
}

/** A header is only meant where a field of it follows: `limit rate` is none. */
function misspeltFirst([first = '', second = '']: readonly string[]): Misspelt | undefined {
  if (!WORD.test(first) || FIELDS.has(first) || ALONE.includes(first)) return undefined;
  const headers = [...FIELDS].filter(([, fields]) => fields.includes(second)).map(([header]) => header);
  const meant = nearest(first, [...headers, ...(second === '' ? VERDICTS : BARE)]);
  return meant === null ? undefined : { word: first, meant };
}

const WORD = /^[a-z][a-z0-9-]+$/;

const VERDICTS = ['accept', 'drop', 'reject', 'return', 'continue', 'masquerade', 'redirect'];

const BARE = [
  'iifname',
  'oifname',
  'iiftype',
  'oiftype',
  'iifgroup',
  'oifgroup',
  'skuid',
  'skgid',
  'pkttype',
  'cgroup',
  'l4proto',
  'nfproto',
];

/** What is spelt right, and begins something without a field of a header. */
const ALONE: readonly string[] = [
  ...VERDICTS,
  ...BARE,
  ...[
    'mark',
    'iif',
    'oif',
    'nftrace',
    'rtclassid',
    'cpu',
    'time',
    'day',
    'hour',
    'ibrname',
    'obrname',
    'limit',
    'quota',
    'numgen',
    'jhash',
  ],
  ...[
    'symhash',
    'osf',
    'socket',
    'ipsec',
    'xt',
    'add',
    'update',
    'delete',
    'set',
    'meter',
    'last',
    'counter',
    'log',
    'comment',
    'jump',
    'goto',
  ],
  ...[
    'queue',
    'dnat',
    'snat',
    'tproxy',
    'synproxy',
    'fwd',
    'dup',
    'notrack',
    'flow',
    'exthdr',
    'tunnel',
    'connlimit',
    'user',
    'group',
  ],
];

const PORTS = ['sport', 'dport'];

const FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['ether', ['saddr', 'daddr', 'type']],
  ['vlan', ['id', 'dei', 'cfi', 'pcp', 'type']],
  ['arp', ['htype', 'ptype', 'hlen', 'plen', 'operation', 'saddr', 'daddr']],
  [
    'ip',
    [
      'saddr',
      'daddr',
      'protocol',
      'version',
      'hdrlength',
      'dscp',
      'ecn',
      'length',
      'id',
      'frag-off',
      'ttl',
      'checksum',
      'option',
    ],
  ],
  ['ip6', ['saddr', 'daddr', 'nexthdr', 'version', 'dscp', 'ecn', 'flowlabel', 'length', 'hoplimit']],
  ['icmp', ['type', 'code', 'checksum', 'id', 'sequence', 'gateway', 'mtu']],
  [
    'icmpv6',
    ['type', 'code', 'checksum', 'parameter-problem', 'packet-too-big', 'id', 'sequence', 'max-delay', 'taddr', 'daddr', 'mtu'],
  ],
  ['igmp', ['type', 'mrt', 'checksum', 'group']],
  ['tcp', [...PORTS, 'sequence', 'ackseq', 'doff', 'reserved', 'flags', 'window', 'checksum', 'urgptr', 'option']],
  ['udp', [...PORTS, 'length', 'checksum']],
  ['udplite', [...PORTS, 'cscov', 'csumcov', 'checksum']],
  ['sctp', [...PORTS, 'vtag', 'checksum', 'chunk']],
  ['dccp', [...PORTS, 'type', 'option']],
  ['th', PORTS],
  ['ah', ['nexthdr', 'reserved', 'spi', 'sequence', 'hdrlength']],
  ['esp', ['spi', 'sequence']],
  ['comp', ['nexthdr', 'flags', 'cpi']],
  ['fib', ['saddr', 'daddr', 'mark', 'iif', 'oif']],
  ['rt', ['classid', 'nexthop', 'mtu', 'ipsec', 'ip', 'ip6']],
  [
    'ct',
    [
      ...[
        'state',
        'direction',
        'status',
        'mark',
        'expiration',
        'helper',
        'label',
        'l3proto',
        'protocol',
        'bytes',
        'packets',
        'avgpkt',
      ],
      ...[
        'zone',
        'count',
        'id',
        'saddr',
        'daddr',
        'proto-src',
        'proto-dst',
        'original',
        'reply',
        'timeout',
        'expectation',
        'event',
      ],
      ...['secmark', 'ip', 'ip6'],
    ],
  ],
  [
    'meta',
    [
      ...BARE,
      ...[
        'mark',
        'iif',
        'oif',
        'nftrace',
        'rtclassid',
        'cpu',
        'time',
        'day',
        'hour',
        'length',
        'len',
        'protocol',
        'priority',
        'random',
      ],
      ...[
        'ibrname',
        'obrname',
        'ibriport',
        'ibrpvid',
        'ibrvproto',
        'ibrhwaddr',
        'ipsec',
        'secpath',
        'secmark',
        'sdif',
        'sdifname',
      ],
      ...['iifkind', 'oifkind', 'broute', 'hook'],
    ],
  ],
]);
