/**
 * What a match looks at: which words name it, what it depends on, and how a value is asked of it.
 *
 * Worked example: `ip daddr` depends on IPv4 and takes addresses; `tcp dport` depends on TCP and takes ports. The dependency stands beside the
 * comparison: `ip daddr != 10.0.0.1` in a table inet never matches IPv6, as nft puts `meta nfproto ipv4` before it.
 *
 * @see nft(8), PAYLOAD EXPRESSIONS, META EXPRESSIONS, CONNTRACK EXPRESSIONS; nftables, src/payload.c, payload_gen_dependency()
 */
import { type Family, parseNetwork } from '../../model/address.ts';
import { type About, ALWAYS, type Condition, type ConnectionState, type Interval, NEVER } from '../ruleset.ts';
import { portNumber, protocolNumber } from '../services.ts';
import { numberText } from './words.ts';

export interface Field {
  readonly kind: 'address' | 'port' | 'protocol' | 'family' | 'interface' | 'state' | 'owner' | 'mark';
  /** As written, and one spelling for all. */
  readonly text: string;
  readonly words: number;
  readonly dependency: Condition;
  /** Of a value without ranges; null where it is not understood. */
  readonly value: (text: string) => Condition | null;
  /** What every value lies between; null where the field has no order that is known here. */
  readonly ends: { readonly lowest: string; readonly highest: string } | null;
  /** Of both ends; null where the field takes no ranges, or an end is not understood. */
  readonly range: (first: string, last: string) => Condition | null;
}

/** @param words  the rest of a rule; the field stands at its front. Null where it is none that is known. */
export function fieldAt(words: readonly string[]): Field | null {
  const [first = '', second = ''] = words;
  if (first === 'ip' || first === 'ip6') return ofHeader(first, second);
  const protocols = PORTED.get(first);
  if (protocols !== undefined && (second === 'dport' || second === 'sport')) return ports(`${first} ${second}`, protocols);
  if (first === 'ct' && second === 'state') return STATE;
  if (first === 'ct' && second === 'mark') return marks('ct mark', 2);
  if (first === 'meta') return meta(second, 2);
  return BARE.has(first) ? meta(first, 1) : null;
}

/**
 * What a question is about that looks at all of these.
 *
 * @param text  where they are null: an expression that is not worked out.
 */
export function aboutOf(fields: readonly Field[] | null, text = ''): About {
  if (fields === null) return LEAVING.test(text) ? 'way' : 'packet';
  return fields.every(({ kind }) => kind === 'owner') ? 'sender' : 'packet';
}

/**
 * What a packet has once it is routed, and what forwarding changes of it: the TTL, with its checksum, and the priority.
 *
 * @see nft(8), META EXPRESSIONS, ROUTING EXPRESSIONS, IPSEC EXPRESSIONS; Linux, net/ipv4/ip_forward.c, ip_forward()
 */
const LEAVING =
  /\b(?:oif(?:type|group|kind)?|obrname|obrhwproto|rtclassid|sdif|rt (?:ip6? )?(?:classid|nexthop|mtu|ipsec)|ipsec out|ip (?:ttl|checksum)|ip6 hoplimit|osf|priority)\b|@nh,/;

const BARE: ReadonlySet<string> = new Set(['iif', 'oif', 'iifname', 'oifname', 'skuid', 'skgid', 'mark', 'l4proto', 'nfproto']);

const TRANSPORTS = [6, 17, 33, 132, 136];

const PORTED: ReadonlyMap<string, readonly number[]> = new Map([
  ['tcp', [6]],
  ['udp', [17]],
  ['udplite', [136]],
  ['sctp', [132]],
  ['dccp', [33]],
  ['th', TRANSPORTS],
]);

const NONE = (): null => null;

function ofHeader(header: 'ip' | 'ip6', name: string): Field | null {
  const family: Family = header === 'ip' ? 'ipv4' : 'ipv6';
  const dependency: Condition = { kind: 'family', family };
  if (name === 'saddr' || name === 'daddr')
    return addresses(`${header} ${name}`, family, name === 'saddr' ? 'source' : 'destination');
  const next = header === 'ip' ? 'protocol' : 'nexthdr';
  return name === next ? { ...PROTOCOL, text: `${header} ${name}`, dependency } : null;
}

function addresses(text: string, family: Family, end: 'source' | 'destination'): Field {
  const condition = (first: Interval<bigint> | null, last: Interval<bigint> | null): Condition | null =>
    first === null || last === null || first.first > last.last
      ? null
      : { kind: 'address', end, family, ranges: [{ first: first.first, last: last.last }] };
  return {
    kind: 'address',
    text,
    words: 2,
    dependency: { kind: 'family', family },
    value: (value) => {
      const network = networkOf(value, family);
      return condition(network, network);
    },
    range: (first, last) => condition(networkOf(first, family), networkOf(last, family)),
    ends:
      family === 'ipv4'
        ? { lowest: '0.0.0.0', highest: '255.255.255.255' }
        : { lowest: '::', highest: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' },
  };
}

/** An address or a network; host bits are cut off, as nft does. */
export function networkOf(text: string, family: Family): Interval<bigint> | null {
  const [address = '', length] = text.split('/');
  const parsed = parseNetwork(address);
  if (parsed === null || !('range' in parsed) || parsed.range.family !== family) return null;
  const bits = family === 'ipv4' ? 32 : 128;
  const number = parsed.range.first;
  if (length === undefined) return { first: number, last: number };
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits) return null;
  const hosts = (1n << BigInt(bits - Number(length))) - 1n;
  return { first: number - (number & hosts), last: number | hosts };
}

function ports(text: string, protocols: readonly number[]): Field {
  const end = text.endsWith('sport') ? 'source' : 'destination';
  return {
    kind: 'port',
    text,
    words: 2,
    dependency: { kind: 'protocol', ranges: protocols.map((number) => ({ first: number, last: number })) },
    ...numeric(portNumber, 65_535, (ranges) => ({ kind: 'port', end, ranges })),
  };
}

const PROTOCOL: Field = {
  kind: 'protocol',
  text: 'meta l4proto',
  words: 2,
  dependency: ALWAYS,
  ...numeric(protocolNumber, 255, (ranges) => ({ kind: 'protocol', ranges })),
};

function numeric(
  read: (text: string) => number | null,
  highest: number,
  make: (ranges: readonly Interval<number>[]) => Condition,
): Pick<Field, 'value' | 'range' | 'ends'> {
  const range = (from: string, to: string): Condition | null => {
    const [first, last] = [read(numberText(from)), read(numberText(to))];
    // nft 1.0.6 lists `tcp dport < 1024 tcp dport > 25` as `tcp dport != 1024-25`, and does not load that again: backwards, a range says nothing.
    return first === null || last === null || first > last ? null : make([{ first, last }]);
  };
  return { value: (text) => range(text, text), range, ends: { lowest: '0', highest: String(highest) } };
}

export const STATES: readonly ConnectionState[] = ['new', 'established', 'related', 'invalid', 'untracked'];

const STATE: Field = {
  kind: 'state',
  text: 'ct state',
  words: 2,
  dependency: ALWAYS,
  value: (text) => (isState(text) ? { kind: 'state', states: [text] } : null),
  range: NONE,
  ends: null,
};

function isState(text: string): text is ConnectionState {
  return STATES.some((state) => state === text);
}

/** No header shows it. */
function marks(text: string, words: number): Field {
  return { kind: 'mark', text, words, dependency: ALWAYS, value: () => null, range: NONE, ends: null };
}

function meta(key: string, words: number): Field | null {
  if (key === 'l4proto') return { ...PROTOCOL, words };
  if (key === 'mark') return marks('meta mark', words);
  if (key === 'nfproto' || key === 'protocol')
    return { kind: 'family', text: `meta ${key}`, words, dependency: ALWAYS, value: familyCondition, range: NONE, ends: null };
  if (key === 'skuid' || key === 'skgid') return owners(key, words);
  const side = ['iif', 'iifname'].includes(key) ? 'in' : ['oif', 'oifname'].includes(key) ? 'out' : null;
  if (side === null) return null;
  const value = (text: string): Condition => {
    const prefix = key.endsWith('name') && text.endsWith('*') && !text.endsWith('\\*');
    return { kind: 'interface', side, name: prefix ? text.slice(0, -1) : text.replace('\\*', '*'), prefix };
  };
  return {
    kind: 'interface',
    text: key,
    words,
    dependency: ALWAYS,
    value: (text) => (/^\d+$/.test(text) ? null : value(text)),
    range: NONE,
    ends: null,
  };
}

function familyCondition(text: string): Condition | null {
  if (text === 'ipv4' || text === 'ip' || text === '0x0800') return { kind: 'family', family: 'ipv4' };
  if (text === 'ipv6' || text === 'ip6' || text === '0x86dd') return { kind: 'family', family: 'ipv6' };
  return /^(arp|vlan|8021q|8021ad)$/.test(text) ? NEVER : null;
}

/**
 * A packet without a socket has no owner: then the comparison is not made at all, and the rule does not match, `!=` or not.
 *
 * @see Linux, net/netfilter/nft_meta.c, nft_meta_get_eval_skugid()
 */
function owners(key: 'skuid' | 'skgid', words: number): Field {
  const of = key === 'skuid' ? 'user' : 'group';
  const id = (text: string): number | null => (text === 'root' ? 0 : /^\d{1,10}$/.test(text) ? Number(text) : null);
  return {
    kind: 'owner',
    text: `meta ${key}`,
    words,
    dependency: { kind: 'owner', of, ids: null },
    ...numeric(id, 0xffff_ffff, (ids) => ({ kind: 'owner', of, ids })),
  };
}
