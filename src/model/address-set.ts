/**
 * Sets of addresses: sorted, disjoint ranges of both families. What the networks of a segment or destination mean.
 */
import { type Address, type AddressRange, FAMILIES, familyOf, networksOf, numberOf, parseNetwork } from './address.ts';
import { remembered } from './remembered.ts';

export interface AddressSet {
  /** Sorted by first address, disjoint, never adjacent. */
  readonly ipv4: readonly AddressRange[];
  readonly ipv6: readonly AddressRange[];
}

export const EMPTY_SET: AddressSet = { ipv4: [], ipv6: [] };

/** Any ranges, in any order, overlapping or not, as one set. */
export function addressSet(ranges: Iterable<AddressRange>): AddressSet {
  const all = [...ranges];
  return {
    ipv4: merge(all.filter((range) => range.family === 'ipv4')),
    ipv6: merge(all.filter((range) => range.family === 'ipv6')),
  };
}

/** The set of single addresses. */
export function addressesOf(...addresses: readonly Address[]): AddressSet {
  return addressSet(
    addresses.map((address) => ({ family: familyOf(address), first: numberOf(address), last: numberOf(address) })),
  );
}

/** Addresses of any of them; of no set the empty one. */
export function union(...sets: readonly AddressSet[]): AddressSet {
  return addressSet(sets.flatMap((set) => [...set.ipv4, ...set.ipv6]));
}

/** Addresses of the first set that the second does not hold. */
export function subtract(set: AddressSet, minus: AddressSet): AddressSet {
  return { ipv4: without(set.ipv4, minus.ipv4), ipv6: without(set.ipv6, minus.ipv6) };
}

/** Addresses of both. */
export function intersect(a: AddressSet, b: AddressSet): AddressSet {
  return subtract(a, subtract(a, b));
}

/** No address of either family. */
export function isEmpty(set: AddressSet): boolean {
  return set.ipv4.length === 0 && set.ipv6.length === 0;
}

export function contains(set: AddressSet, address: Address): boolean {
  const number = numberOf(address);
  return set[familyOf(address)].some((range) => range.first <= number && number <= range.last);
}

/** Networks (CIDR) that are together the set; IPv4 first, then by address. */
export function toNetworks(set: AddressSet): string[] {
  return FAMILIES.flatMap((family) => set[family].flatMap(networksOf));
}

/** Networks (CIDR) as a set, worked out once of each list: rows share their lists. What is none is left out. */
export function setOfNetworks(list: readonly string[]): AddressSet {
  return remembered(SETS, list, () =>
    addressSet(
      list.flatMap((network) => {
        const parsed = parseNetwork(network);
        return 'range' in parsed ? [parsed.range] : [];
      }),
    ),
  );
}

const SETS = new WeakMap<readonly string[], AddressSet>();

/** The networks (CIDR) of ranges, in their order. What set they are need not be read from them again. */
export function listOfNetworks(ranges: readonly AddressRange[]): readonly string[] {
  const list = ranges.flatMap(networksOf);
  SETS.set(list, addressSet(ranges));
  return list;
}

/** A set from literals of our own. @throws {TypeError} for a text that is no network: a bug, since input goes by `parseNetwork`. */
export function networks(...texts: readonly string[]): AddressSet {
  return addressSet(
    texts.map((text) => {
      const parsed = parseNetwork(text);
      if (!('range' in parsed)) throw new TypeError(`not a network: ${text}`);
      return parsed.range;
    }),
  );
}

/** Every address of both families. */
export const ANY: AddressSet = networks('0.0.0.0/0', '::/0');

/**
 * What stays inside: RFC 1918, RFC 6598 (carrier-grade NAT) and RFC 4193 (unique local) addresses.
 */
export const PRIVATE: AddressSet = networks('10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7');

/** This host itself. @see RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3 */
export const LOOPBACK: AddressSet = networks('127.0.0.0/8', '::1/128');

/**
 * Never the address of a server that one reaches through a network: this network, loopback, link-local, multicast, reserved.
 *
 * @see IANA special-purpose address registries (RFC 6890)
 */
export const UNUSABLE: AddressSet = networks(
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
  '::/128',
  '::1/128',
  '::ffff:0:0/96',
  'fe80::/10',
  'ff00::/8',
);

/**
 * The internet: every usable address that is not private. The documentation networks (RFC 5737, RFC 3849) count as public,
 * because a router forwards them like any other; so laboratories and examples behave like the real thing.
 */
export const PUBLIC: AddressSet = subtract(subtract(ANY, PRIVATE), UNUSABLE);

function merge(ranges: AddressRange[]): AddressRange[] {
  const sorted = ranges.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const merged: AddressRange[] = [];
  for (const range of sorted) {
    const before = merged.at(-1);
    if (before !== undefined && range.first <= before.last + 1n) {
      merged[merged.length - 1] = { ...before, last: range.last > before.last ? range.last : before.last };
    } else merged.push(range);
  }
  return merged;
}

/** Both are in order, so that each is gone through once: of thousands of ranges every pair would be millions. */
function without(ranges: readonly AddressRange[], minus: readonly AddressRange[]): AddressRange[] {
  const rest: AddressRange[] = [];
  let next = 0;
  for (const range of ranges) {
    let { first } = range;
    for (let cut = minus[next]; cut !== undefined && cut.first <= range.last; cut = minus[next]) {
      if (cut.first > first) rest.push({ ...range, first, last: cut.first - 1n });
      if (cut.last >= first) first = cut.last + 1n;
      // It may reach into the next range as well.
      if (cut.last > range.last) break;
      next += 1;
    }
    if (first <= range.last) rest.push({ ...range, first });
  }
  return rest;
}
