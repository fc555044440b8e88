/**
 * Which addresses have to be told apart: those that rulesets name, that somebody will ask about, and that witnesses are chosen by.
 *
 * Worked example: `-A PREROUTING -d 192.0.2.1 -j DNAT --to-destination 10.0.0.5` names 192.0.2.1 and 10.0.0.5 as destinations, and no source. A rule that
 * asks for single bits of a source (`ip saddr & 0.0.0.1 == 1`) tells every source apart.
 */
import type { Family } from '../model/address.ts';
import { type AddressSet, ANY, networks, PRIVATE, PUBLIC, subtract, UNUSABLE } from '../model/address-set.ts';
import { type AddressCodes, addressCodes, everyAddress } from './address-codes.ts';
import { eachPart } from './parts.ts';
import type { Interval, Ruleset } from './ruleset.ts';

export type End = 'source' | 'destination';

/** @see RFC 5737, RFC 3849: addresses for documentation */
export const DOCUMENTATION: AddressSet = networks('192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32');
export const USABLE: AddressSet = subtract(ANY, UNUSABLE);

/** What a packet that is shown to a person is chosen by. */
const USUAL: readonly AddressSet[] = [USABLE, PRIVATE, DOCUMENTATION, PUBLIC];

/** @param asked  ranges, beside those of the rulesets; null: any address. */
export function codesOfEnds(
  family: Family,
  rulesets: readonly Ruleset[],
  asked: Iterable<Interval<bigint>> | null,
): Readonly<Record<End, AddressCodes>> {
  if (asked === null) return { source: everyAddress(family), destination: everyAddress(family) };
  const others = [...USUAL.flatMap((set) => set[family]), ...asked];
  const named = namedIn(rulesets, family);
  const of = (end: End): AddressCodes =>
    named.apart.has(end) ? everyAddress(family) : addressCodes(family, [...named[end], ...others]);
  return { source: of('source'), destination: of('destination') };
}

interface Named extends Readonly<Record<End, Interval<bigint>[]>> {
  /** Ends of which single bits are asked for. */
  readonly apart: ReadonlySet<End>;
}

function namedIn(rulesets: readonly Ruleset[], family: Family): Named {
  const apart = new Set<End>();
  const named = { source: [] as Interval<bigint>[], destination: [] as Interval<bigint>[], apart };
  for (const { chains } of rulesets) {
    eachPart(chains.values(), (part) => {
      if (part.kind === 'address' && part.family === family) named[part.end].push(...part.ranges);
      if (part.kind === 'address-bits' && part.family === family) apart.add(part.end);
    });
    for (const { rules } of chains.values())
      for (const { cases } of rules)
        for (const { verdict } of cases) if (verdict.kind === 'divert') named.destination.push(...(verdict.destination ?? []));
  }
  return named;
}
