/** Random matches of iptables, each with the words that it needs before it. */
import { type Family, formatAddress } from '../../../src/model/address.ts';
import { cleared, type End, hostIn, type Pool, type Prefix, prefixText, width } from './address-pool.ts';
import type { GeneratedSet } from './ipset.ts';
import type { Random } from './random.ts';
import { INTERFACES, PORTS, SOURCE_PORTS, USERS } from './world.ts';

/** Where a rule stands, and what it may name. */
export interface Surroundings {
  readonly family: Family;
  readonly table: string;
  /** Built-in chains from which it is reached. */
  readonly roots: readonly string[];
  readonly pool: Pool;
  readonly sets: readonly GeneratedSet[];
  readonly random: Random;
}

/** Words that stay together. `needs`: they come after the protocol. */
export interface Match {
  readonly words: readonly string[];
  readonly needs: boolean;
}

/** `builtIn`: the rule stands in a built-in chain, where iptables refuses an interface that no packet can have. */
export function matchesOf(at: Surroundings, builtIn: boolean): readonly Match[] {
  const { random } = at;
  const [protocol, tcp] = random.weighted<readonly [readonly string[], boolean]>([
    [14, [['-p', 'tcp'], true]],
    [2, [['-p', '6'], true]],
    [1, [['--protocol', 'tcp'], true]],
    [1, [['-p', 'udp'], false]],
    [1, [['!', '-p', 'udp'], false]],
    [1, [['!', '-p', 'tcp'], false]],
    [1, [['-p', 'all'], false]],
    [5, [[], false]],
  ]);
  const kinds = random.times(random.chance(0.12) ? 0 : 1, 3, () => random.weighted(WEIGHTS));
  const matches = [...new Set(kinds)].flatMap((kind) => MATCHES[kind](at, { tcp, builtIn, kinds }));
  return [...(protocol.length === 0 ? [] : [{ words: protocol, needs: false }]), ...matches];
}

interface Rule {
  readonly tcp: boolean;
  readonly builtIn: boolean;
  readonly kinds: readonly string[];
}

type Maker = (at: Surroundings, rule: Rule) => readonly Match[];

const plain = (...words: readonly string[]): readonly Match[] => [{ words, needs: false }];
const after = (...words: readonly string[]): readonly Match[] => [{ words, needs: true }];

const MATCHES = {
  source: (at) => addressMatch('source', ['-s', '--source', '--src'], at),
  destination: (at) => addressMatch('destination', ['-d', '--destination', '--dst'], at),
  in: (at, rule) => interfaceMatch('in', at, rule),
  out: (at, rule) => interfaceMatch('out', at, rule),
  port: (at, rule) => (rule.tcp ? after(...explicit(at, rule), ...maybeNot(at, 0.15), '--dport', portText(PORTS, at)) : []),
  sourcePort: (at, rule) =>
    rule.tcp ? after(...explicit(at, rule), ...maybeNot(at, 0.2), '--sport', portText(SOURCE_PORTS, at)) : [],
  multiport: (at, { tcp }) => (tcp ? after('-m', 'multiport', ...maybeNot(at, 0.2), ...multiport(at)) : []),
  flags: (at, rule) => (rule.tcp ? after(...explicit(at, rule), ...maybeNot(at, 0.2), ...at.random.one(FLAGS)) : []),
  range: (at) => {
    const end: End = at.random.chance(0.5) ? 'source' : 'destination';
    const ends = [hostIn(at.random.one(at.pool[end]), at.random), hostIn(at.random.one(at.pool[end]), at.random)];
    const [first, last] = [...ends].sort((a, b) => (a < b ? -1 : 1)).map((value) => formatAddress(at.family, value));
    return plain('-m', 'iprange', ...maybeNot(at, 0.2), end === 'source' ? '--src-range' : '--dst-range', `${first}-${last}`);
  },
  set: (at) => {
    if (at.sets.length === 0) return [];
    const set = at.random.one(at.sets);
    const ways = set.dimensions.map((dimension, index) =>
      dimension === 'port'
        ? at.random.one(['dst', 'dst', 'src'])
        : dimension === 'iface'
          ? interfaceWay(at)
          : at.random.one(index === 0 ? ['src', 'dst'] : ['dst', 'src']),
    );
    return plain('-m', 'set', ...maybeNot(at, 0.25), '--match-set', set.name, ways.join(','));
  },
  state: (at) =>
    at.random.chance(0.5)
      ? plain('-m', 'state', ...maybeNot(at, 0.2), '--state', at.random.one(STATES))
      : plain('-m', 'conntrack', ...maybeNot(at, 0.2), ...at.random.one(TRACKED)),
  owner: (at) =>
    at.roots.every((root) => root === 'OUTPUT' || root === 'POSTROUTING') && at.roots.includes('OUTPUT')
      ? plain('-m', 'owner', ...maybeNot(at, 0.3), ...ownerWords(at))
      : [],
  mark: (at) =>
    plain(
      '-m',
      at.random.chance(0.5) ? 'mark' : 'connmark',
      ...maybeNot(at, 0.2),
      '--mark',
      at.random.one(['0x1', '1', '0x0', '0x1/0xff', '0x10/0x10']),
    ),
  fragment: (at) => (at.family === 'ipv4' ? plain(...maybeNot(at, 0.4), '-f') : []),
  comment: (at) => plain('-m', 'comment', '--comment', at.random.one(COMMENTS)),
  opaque: (at) => plain(...at.random.one(OPAQUE)),
} as const satisfies Readonly<Record<string, Maker>>;

const WEIGHTS: readonly (readonly [number, keyof typeof MATCHES])[] = [
  [10, 'source'],
  [10, 'destination'],
  [4, 'in'],
  [4, 'out'],
  [14, 'port'],
  [4, 'sourcePort'],
  [6, 'multiport'],
  [3, 'flags'],
  [4, 'range'],
  [8, 'set'],
  [4, 'state'],
  [8, 'owner'],
  [1.2, 'mark'],
  [1, 'fragment'],
  [3, 'comment'],
  [0.5, 'opaque'],
];

const FLAGS: readonly (readonly string[])[] = [
  ['--syn'],
  ['--tcp-flags', 'SYN,RST,ACK,FIN', 'SYN'],
  ['--tcp-flags', 'ALL', 'SYN'],
  ['--tcp-flags', 'ALL', 'NONE'],
  ['--tcp-flags', 'SYN,ACK', 'SYN,ACK'],
  ['--tcp-flags', 'FIN,URG', 'NONE'],
];

const STATES = ['NEW', 'NEW', 'ESTABLISHED,RELATED', 'NEW,INVALID', 'INVALID', 'UNTRACKED', 'NEW,UNTRACKED'];

const TRACKED: readonly (readonly string[])[] = [
  ...STATES.map((states) => ['--ctstate', states]),
  ['--ctstate', 'NEW', '--ctdir', 'ORIGINAL'],
  ['--ctproto', 'tcp'],
  ['--ctproto', '17'],
  ['--ctstate', 'DNAT'],
];

const COMMENTS = ['"to mail -j DROP"', 'plain', '"say \\"no\\""', '"it\'s"', '"! --dport 25"', '"#1"'];

/** What a header does not show: both answers are right. */
const OPAQUE: readonly (readonly string[])[] = [
  ['-m', 'addrtype', '--dst-type', 'LOCAL'],
  ['-m', 'addrtype', '!', '--dst-type', 'LOCAL'],
  ['-m', 'addrtype', '--src-type', 'UNICAST'],
  ['-m', 'pkttype', '--pkt-type', 'unicast'],
  ['-m', 'length', '--length', '40:90'],
];

function maybeNot({ random }: Surroundings, share: number): readonly string[] {
  return random.chance(share) ? ['!'] : [];
}

/** `-m tcp` may be left out, and be said twice; not beside multiport, whose options `--dport` would be short for. */
function explicit({ random }: Surroundings, { kinds }: Rule): readonly string[] {
  return kinds.includes('multiport') || random.chance(0.6) ? ['-m', 'tcp'] : [];
}

/** Not to be from anywhere cannot be asked. */
function addressMatch(end: End, options: readonly string[], at: Surroundings): readonly Match[] {
  const text = addressText(end, at);
  return plain(...(text.endsWith('/0') ? [] : maybeNot(at, 0.15)), at.random.one(options), text);
}

function addressText(end: End, at: Surroundings): string {
  const { random, family, pool } = at;
  const prefix = random.one(pool[end]);
  const kind = random.integer(0, 19);
  if (kind === 0) return family === 'ipv4' ? '0.0.0.0/0' : '::/0';
  // Bits behind the prefix are cleared by whoever reads it.
  if (kind === 1) return prefixText({ ...prefix, address: hostIn(prefix, random) });
  if (kind === 2) return masked(prefix, contiguous(prefix));
  if (kind === 3) return masked(prefix, contiguous(prefix) & ~(0xffn << BigInt(random.one([8, 16]))));
  return prefixText(cleared(prefix));
}

function contiguous({ family, length }: Prefix): bigint {
  const rest = BigInt(width(family) - length);
  return ((1n << BigInt(length)) - 1n) << rest;
}

function masked({ family, address }: Prefix, mask: bigint): string {
  return `${formatAddress(family, address)}/${formatAddress(family, mask)}`;
}

function interfaceMatch(side: 'in' | 'out', at: Surroundings, { builtIn }: Rule): readonly Match[] {
  const hidden = side === 'in' ? ['OUTPUT', 'POSTROUTING'] : ['PREROUTING', 'INPUT'];
  if (builtIn && at.roots.some((root) => hidden.includes(root))) return [];
  const name = at.random.one([...INTERFACES[side], ...INTERFACES[side], 'eth+', 'eth1+', 'lan+', 'w+', 'eth0', '+', 'ppp0']);
  const option = at.random.one(side === 'in' ? ['-i', '--in-interface'] : ['-o', '--out-interface']);
  // Nothing is no interface: iptables saves this as if it asked for nothing.
  return plain(...(name === '+' ? [] : maybeNot(at, 0.25)), option, name);
}

function interfaceWay({ roots }: Surroundings): string {
  return roots.some((root) => root === 'OUTPUT' || root === 'POSTROUTING') ? 'dst' : 'src';
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [25, 'smtp'],
  [80, 'http'],
  [443, 'https'],
  [465, 'submissions'],
  [587, 'submission'],
]);

function portText(ports: readonly number[], { random }: Surroundings): string {
  const [one, other] = [random.one(ports), random.one(ports)];
  const name = (port: number): string => (random.chance(0.4) ? (NAMES.get(port) ?? `${port}`) : `${port}`);
  return random.weighted([
    [10, name(one)],
    [3, `${Math.min(one, other)}:${Math.max(one, other)}`],
    [1, `:${one}`],
    [1, `${one}:`],
  ]);
}

function multiport(at: Surroundings): readonly string[] {
  const { random } = at;
  const option = random.one(['--dports', '--dports', '--destination-ports', '--sports', '--ports']);
  const ports = option === '--sports' ? SOURCE_PORTS : PORTS;
  return [option, random.times(1, 5, () => range(portText(ports, at))).join(',')];
}

/** multiport wants both ends, and more than one port between them. */
function range(text: string): string {
  const [first = '', last] = text.split(':');
  const [low, high] = [first === '' ? '0' : first, last === '' ? '65535' : last];
  return high === undefined || low === high ? low : `${low}:${high}`;
}

function ownerWords({ random }: Surroundings): readonly string[] {
  const id = random.one(USERS);
  return random.one([
    ['--uid-owner', `${id}`],
    ['--uid-owner', `${id}`],
    ['--gid-owner', `${id}`],
    ['--uid-owner', '0-200'],
    ['--socket-exists'],
    ['--uid-owner', 'root'],
  ]);
}
