/**
 * Networks that one ruleset speaks of: few, so that its rules meet each other. Most lie in the small world, at the edges of its networks; some
 * contain it, some have nothing to do with it.
 */
import { type Family, formatAddress, numberOf, parseAddress } from '../../../src/model/address.ts';
import type { Random } from './random.ts';
import { DESTINATIONS, type Generated, ROUTER, SOURCES } from './world.ts';

export interface Pool {
  readonly source: readonly Prefix[];
  readonly destination: readonly Prefix[];
}

export interface Prefix {
  readonly family: Family;
  readonly address: bigint;
  readonly length: number;
}

export type End = keyof Pool;

export function poolOf(family: Family, hook: Generated['hook'], random: Random): Pool {
  const worlds = {
    source: hook === 'output' ? [ROUTER[family]] : names(SOURCES[family]),
    destination: hook === 'input' ? [ROUTER[family]] : names(DESTINATIONS[family]),
  };
  const prefixes = (end: End): readonly Prefix[] => random.times(4, 7, () => prefixIn(random.one(worlds[end]), family, random));
  return { source: prefixes('source'), destination: prefixes('destination') };
}

export function prefixText({ family, address, length }: Prefix): string {
  return length === width(family) ? formatAddress(family, address) : `${formatAddress(family, address)}/${length}`;
}

/** With the bits behind its length cleared. */
export function cleared({ family, address, length }: Prefix): Prefix {
  const rest = BigInt(width(family) - length);
  return { family, address: (address >> rest) << rest, length };
}

export function width(family: Family): number {
  return family === 'ipv4' ? 32 : 128;
}

export function hostIn(prefix: Prefix, random: Random): bigint {
  const { address, family, length } = cleared(prefix);
  return address + (BigInt(random.integer(0, 0xffff)) % (1n << BigInt(width(family) - length)));
}

/** An address of the network that hosts may have. */
export function hostOf(network: string, random: Random): string {
  const prefix = parsePrefix(network);
  return formatAddress(prefix.family, prefix.address + BigInt(random.integer(1, 100)));
}

function names(networks: readonly { readonly network: string }[]): readonly string[] {
  return networks.map(({ network }) => network);
}

function prefixIn(network: string, family: Family, random: Random): Prefix {
  const whole = parsePrefix(network);
  const kind = random.integer(0, 9);
  if (kind === 0) return whole;
  // Around it: 10.0.0.0/8 is around 10.20.0.0/17.
  if (kind === 1) return cleared({ ...whole, length: Math.floor((whole.length * random.integer(4, 9)) / 10) });
  const within = { ...whole, address: hostIn(whole, random) };
  if (kind < 5) return { ...within, length: width(family) };
  return cleared({ ...within, length: random.integer(whole.length + 1, width(family)) });
}

function parsePrefix(text: string): Prefix {
  const [name = '', length = ''] = text.split('/');
  const address = parseAddress(name);
  if (address === null) throw new TypeError(`${text} is no network`);
  const family: Family = name.includes(':') ? 'ipv6' : 'ipv4';
  return { family, address: numberOf(address), length: Number(length) };
}
