/** Random sets as `ipset save` prints them, or as somebody writes them: what they hold lies in the small world. */
import { type Family, formatAddress } from '../../../src/model/address.ts';
import { cleared, hostIn, type Pool, prefixText, width } from './address-pool.ts';
import type { Random } from './random.ts';
import { INTERFACES, PORTS } from './world.ts';

export interface GeneratedSet {
  readonly name: string;
  readonly family: Family;
  /** It holds sets, and no set of sets holds it. */
  readonly list: boolean;
  /** What each dimension of an element is. */
  readonly dimensions: readonly Dimension[];
}

type Dimension = 'ip' | 'net' | 'port' | 'iface';

const TYPES: readonly string[] = [
  'hash:ip',
  'hash:ip',
  'hash:net',
  'hash:net',
  'hash:net',
  'hash:ip,port',
  'hash:net,port',
  'hash:ip,port,ip',
  'hash:ip,port,net',
  'hash:net,iface',
  'bitmap:port',
  'list:set',
];

export function generateSets(
  family: Family,
  pool: Pool,
  random: Random,
): { readonly sets: readonly GeneratedSet[]; readonly lines: readonly string[] } {
  const sets: GeneratedSet[] = [];
  const lines: string[] = [];
  for (const type of random.times(0, 4, () => random.one(TYPES))) {
    const name = `${random.one(['mail', 'relays', 'staff', 'block-list', 'a.b'])}${sets.length}-${family === 'ipv4' ? 4 : 6}`;
    const members = sets.filter(({ list, dimensions }) => !list && dimensions.length === 1 && dimensions[0] !== 'port');
    if (type === 'list:set' && members.length === 0) continue;
    lines.push(createLine(name, type, family, random));
    if (type === 'list:set') {
      for (const member of random.some(members, 1, 2)) lines.push(`add ${name} ${member.name}`);
      sets.push({ name, family, list: true, dimensions: ['net'] });
    } else {
      const dimensions = dimensionsOf(type);
      const bitmap = type === 'bitmap:port';
      const make = (): string => (bitmap ? `${random.one(PORTS)}` : elementText(dimensions, pool, random));
      const elements = distinct(random.times(0, 8, make));
      lines.push(...elements.map((text) => `add ${name} ${text}${nomatch(type, random)}`));
      sets.push({ name, family, list: false, dimensions });
    }
  }
  return { sets, lines };
}

const DIMENSIONS: readonly Dimension[] = ['ip', 'net', 'port', 'iface'];

function dimensionsOf(type: string): readonly Dimension[] {
  const parts = type.slice(type.indexOf(':') + 1).split(',');
  return parts.flatMap((part) => DIMENSIONS.filter((dimension) => dimension === part));
}

function createLine(name: string, type: string, family: Family, random: Random): string {
  if (type === 'bitmap:port') return `create ${name} bitmap:port range 0-65535`;
  if (type === 'list:set') return `create ${name} list:set size 8`;
  const kind = family === 'ipv6' ? 'family inet6' : random.chance(0.7) ? 'family inet' : '';
  const more = random.one(['', 'hashsize 1024 maxelem 65536', 'counters', 'timeout 0', 'hashsize 64 maxelem 1000 comment']);
  return ['create', name, type, kind, more].filter((word) => word !== '').join(' ');
}

/** Nothing is added twice, be it by another spelling or within a range. */
function distinct(elements: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return elements.filter((text) => {
    const plain = text.replace('smtp', '25').replace('tcp:', '');
    const [range, first, last] = /(\d+)-(\d+)/.exec(plain) ?? [];
    const ports =
      first === undefined ? [0] : Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => Number(first) + at);
    const all = ports.map((port) => (range === undefined ? plain : plain.replace(range, `${port}`)));
    if (all.some((one) => seen.has(one))) return false;
    for (const one of all) seen.add(one);
    return true;
  });
}

function nomatch(type: string, random: Random): string {
  return type.includes('net') && random.chance(0.25) ? ' nomatch' : '';
}

/** The first address is a source as often as a destination: which end it is asked about, the rule says. */
function elementText(dimensions: readonly Dimension[], pool: Pool, random: Random): string {
  return dimensions.map((dimension) => partText(dimension, pool, random)).join(',');
}

function partText(dimension: Dimension, pool: Pool, random: Random): string {
  const prefix = random.one(random.chance(0.5) ? pool.source : pool.destination);
  switch (dimension) {
    case 'ip':
      return formatAddress(prefix.family, hostIn(prefix, random));
    case 'net':
      // A set takes every length but 0.
      return prefixText(cleared({ ...prefix, length: Math.max(1, Math.min(width(prefix.family), prefix.length)) }));
    case 'port':
      return portText(random);
    case 'iface':
      return random.one([...INTERFACES.in, ...INTERFACES.out]);
  }
}

function portText(random: Random): string {
  const port = random.one(PORTS);
  return random.one([`tcp:${port}`, `tcp:${port}`, `${port}`, `tcp:${port}-${port + 2}`, `udp:${port}`, 'tcp:smtp']);
}
