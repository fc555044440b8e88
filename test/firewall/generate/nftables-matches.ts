/**
 * Matches of a random rule. What stands in one rule never contradicts itself by its protocols, which nft refuses to load.
 *
 * Worked example: `ip saddr { 10.20.0.0/16, 192.0.2.7 } meta l4proto { tcp, udp } th dport != 25 iifname "tun*"`.
 */
import type { Random } from './random.ts';

/** Where the chain of a rule can be met, and what the table holds for it. */
export interface Setting {
  readonly family: 'ip' | 'ip6' | 'inet';
  /** Of every base chain that leads here. */
  readonly hooks: readonly string[];
  readonly sets: readonly NamedSet[];
  readonly defines: readonly { readonly name: string; readonly kind: 'ports' | 'address' }[];
}

export interface NamedSet {
  readonly name: string;
  readonly map: boolean;
  /** Some element calls a chain. */
  readonly leads: boolean;
  /** The fields that are looked up in it: `ip saddr . tcp dport`. */
  readonly fields: readonly Field[];
}

export type Field = 'saddr' | 'daddr' | 'dport' | 'sport' | 'iifname' | 'oifname';

/** What one rule is about: so much is settled before its matches are. */
export interface Subject {
  readonly network: Header | null;
  readonly transport: 'tcp' | 'udp' | null;
}

type Header = 'ip' | 'ip6';
type End = 'saddr' | 'daddr';

/** Networks of the world and parts of them, so that rules meet packets. The other end's are tried as well. */
const NETWORKS: Readonly<Record<Header, Readonly<Record<End, readonly string[]>>>> = {
  ip: {
    saddr: ['10.20.0.0/17', '10.20.0.5', '10.20.128.0/18', '10.0.0.0/8', '172.16.4.0/22', '192.168.0.0/16', '10.9.0.0/25'],
    daddr: ['198.51.100.0/25', '198.51.100.7', '203.0.113.0/24', '203.0.113.25', '192.0.2.0/25', '100.64.0.0/10', '10.9.0.1'],
  },
  ip6: {
    saddr: ['2001:db8:20::/48', '2001:db8:20::5', '2001:db8:20:8000::/49', 'fd00:4::/63', 'fd00:9::/65', '2000::/3'],
    daddr: ['2001:db8:f::/49', '2001:db8:f::19', '2001:db8:100::/56', 'fd00:8::/127', 'fd00:9::1', '2000::/3'],
  },
};
const RANGES: Readonly<Record<Header, Readonly<Record<End, readonly string[]>>>> = {
  ip: {
    saddr: ['10.20.0.1-10.20.0.9', '10.20.100.0-10.20.200.7'],
    daddr: ['198.51.100.3-198.51.101.4', '192.0.2.0-203.0.113.127'],
  },
  ip6: {
    saddr: ['2001:db8:20::1-2001:db8:20::9', 'fd00:4::-fd00:5::ffff'],
    daddr: ['2001:db8:f::-2001:db8:f::ffff', '2001:db8:f:7fff::-2001:db8:100::1'],
  },
};
/** Elements that do not overlap: of concatenations nft takes no others. */
const APART: Readonly<Record<Header, Readonly<Record<End, readonly string[]>>>> = {
  ip: {
    saddr: ['10.20.0.0/24', '10.20.1.0-10.20.1.9', '10.20.128.0/17', '172.16.5.1', '192.168.0.0/16'],
    daddr: ['198.51.100.0/25', '198.51.100.200', '203.0.113.0-203.0.113.99', '192.0.2.0/24', '10.9.0.0/24'],
  },
  ip6: {
    saddr: ['2001:db8:20::/64', '2001:db8:20:8000::1-2001:db8:20:8000::9', 'fd00:4::/64', 'fd00:5::5'],
    daddr: ['2001:db8:f::/49', '2001:db8:f:8000::1', 'fd00:8::-fd00:8::ff', 'fd00:9::/64'],
  },
};
const PORTS: readonly string[] = [
  '25',
  '465',
  '587',
  '2525',
  '24',
  '26',
  '20-30',
  '25-587',
  '0-1023',
  '1024-65535',
  'smtp',
  'submission',
];
const PORTS_APART: readonly string[] = ['0-24', '25', '26-464', '465', '500-586', '587', '2525', '60000-65535'];
const SOURCE_PORTS: readonly string[] = ['25', '80', '1024-65535', '0-1023', '50000'];
const INTERFACES: readonly string[] = ['eth1', 'eth10', 'lan0', 'wan0', 'eth*', 'eth1*', 'wan*', 'tun*', 'lo'];
const INTERFACES_APART: readonly string[] = ['eth1', 'eth10', 'lan*', 'wan0', 'tun1'];

export function subjectOf({ family }: Setting, random: Random): Subject {
  const network = random.weighted<Subject['network']>([
    [family === 'ip6' ? 0 : 3, 'ip'],
    [family === 'ip' ? 0 : 3, 'ip6'],
    [4, null],
  ]);
  const transport = random.weighted<Subject['transport']>([
    [8, 'tcp'],
    [1, 'udp'],
    [3, null],
  ]);
  return { network, transport };
}

export function matchesOf(subject: Subject, setting: Setting, random: Random): readonly string[] {
  const makers = [...networkMatches(subject, setting), ...transportMatches(subject), ...otherMatches(setting)];
  const matches = random.weighted<number>([
    [1, 0],
    [4, 1],
    [4, 2],
    [2, 3],
  ]);
  const usable = setting.sets.filter(({ map, fields }) => !map && fields.every((field) => fits(field, subject)));
  return random.times(matches, matches, () => {
    if (usable.length > 0 && random.chance(0.15)) {
      const set = random.one(usable);
      return `${fieldsText(set.fields, subject)}${random.chance(0.3) ? ' !=' : ''} @${set.name}`;
    }
    return random.weighted(makers)(random);
  });
}

/** A field of a set can be asked where the rule is about its header. */
export function fits(field: Field, { network, transport }: Subject): boolean {
  if (field === 'saddr' || field === 'daddr') return network !== null;
  return field === 'dport' || field === 'sport' ? transport === 'tcp' : true;
}

export function fieldsText(fields: readonly Field[], { network, transport }: Subject): string {
  const text = { saddr: `${network} saddr`, daddr: `${network} daddr`, dport: `${transport} dport`, sport: `${transport} sport` };
  return fields.map((field) => (field === 'iifname' || field === 'oifname' ? field : text[field])).join(' . ');
}

/** One element of each, so that no two elements overlap in any of their parts. */
export function elementsApart(fields: readonly Field[], network: Header, random: Random): readonly string[] {
  const parts = fields.map((field) => {
    if (field === 'saddr' || field === 'daddr') return random.shuffled(APART[network][field]);
    return random.shuffled(field === 'dport' || field === 'sport' ? PORTS_APART : INTERFACES_APART.map((name) => `"${name}"`));
  });
  const count = random.integer(1, Math.min(4, ...parts.map((part) => part.length)));
  return Array.from({ length: count }, (_, index) => parts.map((part) => part[index] ?? '').join(' . '));
}

type Makers = readonly (readonly [number, (random: Random) => string])[];

function networkMatches({ network, transport }: Subject, { family, defines }: Setting): Makers {
  if (network === null) return [];
  const end = (random: Random): End => random.one(['saddr', 'daddr']);
  const some = (pool: Readonly<Record<End, readonly string[]>>, random: Random): string => {
    const at = end(random);
    const sign = random.weighted([
      [6, ''],
      [2, '!= '],
      [1, '== '],
    ]);
    return `${network} ${at} ${sign}${random.one(random.chance(0.9) ? pool[at] : [...pool.saddr, ...pool.daddr])}`;
  };
  const several = (random: Random): string => {
    const at = end(random);
    return `${network} ${at} ${random.chance(0.3) ? '!= ' : ''}{ ${random.some(APART[network][at], 1, 4).join(', ')} }`;
  };
  const named = defines.filter(({ kind }) => kind === 'address');
  const [mask, value] = network === 'ip' ? ['255.0.0.255', '10.0.0.5'] : ['ffff:ffff::ffff', '2001:db8::5'];
  return [
    [6, (random) => some(NETWORKS[network], random)],
    [3, (random) => some(RANGES[network], random)],
    [4, several],
    [1, (random) => `${network} ${end(random)} & ${mask} ${random.one(['==', '!='])} ${value}`],
    [1, (random) => `${network === 'ip' ? 'ip protocol' : 'ip6 nexthdr'} ${random.one(['!= ', ''])}${transport ?? 'tcp'}`],
    [family === 'inet' ? 1 : 0, () => `meta nfproto ${network === 'ip' ? 'ipv4' : 'ipv6'}`],
    [network === 'ip' ? 2 : 0, (random) => `ip ${end(random)} ${random.one(['!= ', ''])}$${random.one(named).name}`],
    [
      1,
      (random) =>
        network === 'ip'
          ? random.one(['ip dscp 3', 'ip ttl < 5', 'ip ttl != 5'])
          : random.one(['ip6 hoplimit 5', 'ip6 hoplimit != 5']),
    ],
  ];
}

function transportMatches({ transport }: Subject): Makers {
  if (transport === null)
    return [[2, (random) => `meta l4proto ${random.one(['!= ', ''])}${random.one(['tcp', 'udp', '{ tcp, udp }'])}`]];
  const sign = (random: Random): string =>
    random.weighted([
      [6, ''],
      [2, '!= '],
    ]);
  if (transport === 'udp') return [[5, (random) => `udp dport ${sign(random)}${random.one(PORTS)}`]];
  return [
    [8, (random) => `tcp dport ${sign(random)}${random.one(PORTS)}`],
    [4, (random) => `tcp dport ${sign(random)}{ ${random.some(PORTS_APART, 1, 5).join(', ')} }`],
    [2, (random) => `tcp dport ${random.one(['<', '>', '<=', '>='])} ${random.one(['25', '587', '1024'])}`],
    [2, (random) => `tcp sport ${sign(random)}${random.one(SOURCE_PORTS)}`],
    [1, (random) => `th dport ${sign(random)}${random.one(PORTS)}`],
    [2, (random) => random.one(FLAGS)],
  ];
}

const FLAGS: readonly string[] = [
  'tcp flags syn',
  'tcp flags != syn',
  'tcp flags == syn',
  'tcp flags & (fin|syn|rst|ack) == syn',
  'tcp flags & (fin|syn|rst|ack) != syn',
  'tcp flags & (syn|ack) == (syn|ack)',
  'tcp flags { syn, ack }',
  'tcp flags syn / syn,rst,ack',
  'tcp flags != syn / fin,syn',
  'tcp flags syn,ack',
];

function otherMatches({ hooks, sets, defines }: Setting): Makers {
  const only = (...names: readonly string[]): boolean => hooks.every((hook) => names.includes(hook));
  const named = defines.filter(({ kind }) => kind === 'ports');
  return [
    [3, (random) => `iifname ${random.chance(0.3) ? '!= ' : ''}${interfaces(random)}`],
    [only('prerouting', 'input') ? 0.3 : 3, (random) => `oifname ${random.chance(0.3) ? '!= ' : ''}${interfaces(random)}`],
    [2, (random) => `ct state ${random.one(STATES)}`],
    [1, (random) => `meta mark ${random.one(['0', '1', '!= 0', '0x10', '!= 0x10'])}`],
    [only('output', 'postrouting') ? 3 : 0.2, (random) => `meta ${random.one(OWNERS)}`],
    [1, (random) => random.one(['limit rate 5/minute', 'limit rate over 10/second burst 5 packets'])],
    [0.5, (random) => random.one(['fib daddr type local', 'meta pkttype host', 'meta cgroup 1048577'])],
    [1, (random) => `th dport ${random.chance(0.3) ? '!= ' : ''}$${random.one(named).name}`],
    [sets.length === 0 ? 0.1 : 0, () => 'iif "lo"'],
  ];
}

function interfaces(random: Random): string {
  return random.chance(0.3)
    ? `{ ${random
        .some(INTERFACES_APART, 1, 3)
        .map((name) => `"${name}"`)
        .join(', ')} }`
    : `"${random.one(INTERFACES)}"`;
}

const STATES: readonly string[] = [
  'new',
  'established,related',
  '{ established, related }',
  'new,established',
  '!= new',
  '!= established',
  'invalid',
  '!= { established, invalid }',
];

const OWNERS: readonly string[] = [
  'skuid 105',
  'skuid != 105',
  'skuid { 0, 105 }',
  'skuid 100-200',
  'skuid != { 0, 105-110 }',
  'skgid 8',
  'skgid != 8',
  'skuid root',
];
