/**
 * What the codes of an interface stand for: a name, the other names that begin alike, any other.
 *
 * Worked example: of rulesets that mention eth0 and tun+ code 0 is eth0, 1 every name that begins with tun, 2 and 3 any other. A name for "any other"
 * is eth9, which no rule mentions; for tun+ it is tun0.
 */

import { remembered } from '../model/remembered.ts';
import type { Bdd } from './bdd.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Interval } from './ruleset.ts';

export type InterfaceValue =
  | { readonly kind: 'exactly'; readonly name: string }
  /** Any name that begins so and is not mentioned itself. */
  | { readonly kind: 'beginning'; readonly name: string }
  | { readonly kind: 'other' };

export function interfaceValues({ interfaces }: PacketSpace, codes: readonly Interval<bigint>[]): readonly InterfaceValue[] {
  const has = (code: number): boolean => codes.some(({ first, last }) => first <= code && code <= last);
  const named = interfaces.flatMap(({ name, prefix }, code): readonly InterfaceValue[] =>
    has(code) ? [{ kind: prefix ? 'beginning' : 'exactly', name }] : [],
  );
  return has(interfaces.length) ? [...named, { kind: 'other' }] : named;
}

/** Those that some packet of the set has. */
export function interfacesIn(space: PacketSpace, side: 'in' | 'out', set: Bdd): readonly InterfaceValue[] {
  const { interfaces, manager } = space;
  const known = remembered(FOUND, space, () => new Map<string, readonly InterfaceValue[]>());
  return remembered(known, `${side} ${set}`, () => {
    const codes = Array.from({ length: interfaces.length + 1 }, (_, code) => ({ first: BigInt(code), last: BigInt(code) }));
    return interfaceValues(
      space,
      codes.filter((code) => manager.meets(set, space.within(side, [code]))),
    );
  });
}

/** All rows of an answer ask of the same set. */
const FOUND = new WeakMap<PacketSpace, Map<string, readonly InterfaceValue[]>>();

export function interfaceCodes(
  space: PacketSpace,
  side: 'in' | 'out',
  values: readonly InterfaceValue[],
): readonly Interval<number>[] {
  const { interfaces } = space;
  const highest = 2 ** space.bits(side).width - 1;
  return values.map((value) => {
    if (value.kind === 'other') return { first: interfaces.length, last: highest };
    const code = interfaces.findIndex(({ name, prefix }) => name === value.name && prefix === (value.kind === 'beginning'));
    return { first: code, last: code };
  });
}

/** A name that stands for the value: one that no rule mentions where any other is meant. */
export function exampleName({ interfaces }: PacketSpace, value: InterfaceValue): string {
  if (value.kind === 'exactly') return value.name;
  const own = value.kind === 'beginning' ? value.name : '';
  const free = (name: string): boolean =>
    !interfaces.some((one) => (one.prefix ? name.startsWith(one.name) && one.name.length > own.length : one.name === name));
  for (const name of value.kind === 'beginning' ? numbered(own, 0) : strangers()) if (free(name)) return name;
  return own;
}

function* strangers(): Generator<string> {
  for (const stem of ['eth', 'net', 'port']) for (const name of numbered(stem, 9)) yield name;
  for (const letter of 'abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ') yield* numbered(letter, 0);
}

/** As many as any ruleset can have named. */
function* numbered(stem: string, first: number): Generator<string> {
  for (let number = first; number < first + 1_000; number++) yield `${stem}${number}`;
}

/**
 * `eth1 or eth2`, `other than eth0`; of a prefix that is whole `tun*`.
 *
 * @param spoken  the values that are spoken of at all: of the others nothing is said.
 */
export function interfaceWords(
  { interfaces }: PacketSpace,
  values: readonly InterfaceValue[],
  spoken: readonly InterfaceValue[],
): string {
  const other = values.some(({ kind }) => kind === 'other');
  const [told, held] = [namesIn(spoken), namesIn(values)];
  const named = interfaces.filter((one) => told.has(keyOf(one)));
  const inside = named.filter((one) => held.has(keyOf(one)) !== other);
  const outside = named.filter((one) => held.has(keyOf(one)) === other);
  const names = inside
    .filter((one) => !inside.some((wide) => wide !== one && covers(wide, one) && isWhole(wide, outside)))
    .map((one) => nameWords(one, outside));
  if (!other) return names.join(' or ');
  return names.length === 0 ? 'any' : `other than ${names.join(', ')}`;
}

interface Named {
  readonly name: string;
  readonly prefix: boolean;
}

function namesIn(values: readonly InterfaceValue[]): ReadonlySet<string> {
  return new Set(
    values.flatMap((value) => (value.kind === 'other' ? [] : [keyOf({ name: value.name, prefix: value.kind === 'beginning' })])),
  );
}

function keyOf({ name, prefix }: Named): string {
  return `${prefix ? '+' : '='}${name}`;
}

function nameWords(one: Named, outside: readonly Named[]): string {
  if (!one.prefix) return one.name;
  const less = outside.filter((other) => covers(one, other)).map(({ name, prefix }) => (prefix ? `${name}*` : name));
  return less.length === 0 ? `${one.name}*` : `${one.name}* (not ${less.join(', ')})`;
}

function covers(wide: Named, one: Named): boolean {
  return wide !== one && wide.prefix && one.name.startsWith(wide.name);
}

function isWhole(wide: Named, outside: readonly Named[]): boolean {
  return !outside.some((one) => covers(wide, one));
}
