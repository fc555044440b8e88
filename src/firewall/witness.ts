/**
 * One packet out of a set, the one that a person would have chosen.
 *
 * Preferences are taken in turn, each kept where some packet of the set still has it; of what is left it is the packet with the lowest values.
 *
 * Worked example: of 10.20.0.0/16 to anywhere on 25 and 587, from any port: 10.20.0.1:49152 to 192.0.2.1:25. Where only the source port 80 passes,
 * it is 10.20.0.1:80.
 */
import { type Family, formatAddress } from '../model/address.ts';
import { type AddressSet, PRIVATE, PUBLIC } from '../model/address-set.ts';
import type { Witness } from '../model/configuration.ts';
import { remembered } from '../model/remembered.ts';
import { type Bdd, FULL } from './bdd.ts';
import { exampleName, type InterfaceValue, interfaceCodes, interfaceValues } from './interface-values.ts';
import type { Packet } from './interpret.ts';
import { LOOPBACK } from './mentioned.ts';
import { DOCUMENTATION, type End, USABLE } from './named-addresses.ts';
import type { Field, PacketSpace } from './packet-space.ts';
import type { Interval } from './ruleset.ts';

/** A packet with everything that it can have. */
export interface WholePacket extends Packet {
  readonly sourcePort: number;
  readonly in: string;
  readonly out: string;
}

/** @param set  not empty; what is not known may have any value that puts a packet into it. */
export function witnessOf(space: PacketSpace, set: Bdd): WholePacket {
  const packets = space.may(set);
  const wanted = preferencesOf(space).reduce((some, preferences) => alsoWanted(some, preferences, { space, packets }), FULL);
  const found = lowestIn(space, packets, wanted);
  if (found === null) throw new RangeError('no packet is in an empty set');
  const number = (field: Field): bigint => {
    const { first, width } = space.bits(field);
    let value = 0n;
    for (let bit = 0; bit < width; bit++) value = (value << 1n) | (found.get(first + bit) === true ? 1n : 0n);
    return value;
  };
  return {
    family: space.family,
    source: addressAt(space, 'source', number('source')),
    destination: addressAt(space, 'destination', number('destination')),
    port: Number(number('destination-port')),
    sourcePort: Number(number('source-port')),
    in: nameOf(space, number('in')),
    out: nameOf(space, number('out')),
  };
}

/** Packets that differ in nothing from what is given of this one, and what is not known of it. */
export function setOfPacket(space: PacketSpace, { source, destination, port, sourcePort, ...packet }: Packet): Bdd {
  const only = (field: Field, value: number, then: Bdd): Bdd => space.within(field, [{ first: value, last: value }], then);
  const side = (name: 'in' | 'out', value: string | undefined, then: Bdd): Bdd =>
    value === undefined ? then : named(space, { side: name, name: value }, then);
  return space.together({
    source: (then) => space.at('source', source, then),
    destination: (then) => space.at('destination', destination, then),
    'destination-port': (then) => only('destination-port', port, then),
    'source-port': (then) => (sourcePort === undefined ? then : only('source-port', sourcePort, then)),
    out: (then) => side('out', packet.out, then),
    in: (then) => side('in', packet.in, then),
  });
}

export function witnessFrom(
  { family, source, destination, port, sourcePort }: WholePacket,
  names: Pick<Witness, 'in' | 'out'>,
): Witness {
  return {
    source: formatAddress(family, source),
    sourcePort,
    destination: formatAddress(family, destination),
    port,
    in: names.in,
    out: names.out,
  };
}

/** Each preference in turn, where some of the packets have it and what is wanted already. What is wanted stays small, unlike what is left of them. */
function alsoWanted(wanted: Bdd, { inTurn, together }: Preferences, { space, packets }: Packets): Bdd {
  const { manager } = space;
  const best = manager.and(wanted, together);
  if (manager.meets(packets, best)) return best;
  return inTurn.reduce((some, preference) => {
    const more = manager.and(some, preference);
    return manager.meets(packets, more) ? more : some;
  }, wanted);
}

interface Packets {
  readonly space: PacketSpace;
  readonly packets: Bdd;
}

interface Preferences {
  /** The earlier ones matter more. */
  readonly inTurn: readonly Bdd[];
  /** All of them. */
  readonly together: Bdd;
}

/** What a person expects to read: of ports, senders, destinations and interfaces. Worked out once for each space. */
function preferencesOf(space: PacketSpace): readonly Preferences[] {
  return remembered(USUAL, space, () =>
    [portPreferences(space), senderPreferences(space), targetPreferences(space), interfacePreferences(space)].map((inTurn) => ({
      inTurn,
      together: inTurn.reduce((a, b) => space.manager.and(a, b), FULL),
    })),
  );
}

const USUAL = new WeakMap<PacketSpace, readonly Preferences[]>();

/** All of them, the earlier ones matter more: what a witness is checked against. */
export function usualPreferences(space: PacketSpace): readonly Bdd[] {
  return preferencesOf(space).flatMap(({ inTurn }) => inTurn);
}

function portPreferences(space: PacketSpace): readonly Bdd[] {
  const port = (field: Field, first: number, last: number): Bdd => space.within(field, [{ first, last }]);
  // What systems choose by themselves. @see RFC 6335 section 6
  return [port('source-port', 49_152, 65_535), ...[25, 587, 465].map((one) => port('destination-port', one, one))];
}

function senderPreferences(space: PacketSpace): readonly Bdd[] {
  const { family } = space;
  return [space.within('source', USABLE[family]), space.within('source', PRIVATE[family]), ofHost(space, 'source')];
}

function targetPreferences(space: PacketSpace): readonly Bdd[] {
  const address = (set: AddressSet): Bdd => space.within('destination', set[space.family]);
  return [address(DOCUMENTATION), address(PUBLIC), ofHost(space, 'destination')];
}

function interfacePreferences(space: PacketSpace): readonly Bdd[] {
  const sides = ['in', 'out'] as const;
  return [
    ...sides.map((side) => space.manager.not(space.interface(side, LOOPBACK, false))),
    ...sides.map((side) => mentioned(space, side)),
    space.manager.not(sameInterface(space)),
  ];
}

/** Neither 0 nor 255 at its end: a network's or broadcast address in most networks. IPv6: not the subnet's own (RFC 4291 section 2.6.1). */
function ofHost(space: PacketSpace, end: End): Bdd {
  const { parts } = space.codes(end);
  if (parts !== null)
    return space.manager.not(
      space.within(
        end,
        parts.filter((part) => hostIn(space.family, part) === null),
      ),
    );
  const mask = space.family === 'ipv4' ? 0xffn : 0xffff_ffff_ffff_ffffn;
  const network = space.masked(end, mask, 0n);
  const unfit = space.family === 'ipv4' ? space.manager.or(network, space.masked(end, mask, mask)) : network;
  return space.manager.not(unfit);
}

/** The lowest such address; null where there is none. */
function hostIn(family: Family, { first, last }: Interval<bigint>): bigint | null {
  const unfit = (address: bigint): boolean =>
    family === 'ipv4' ? (address & 0xffn) === 0n || (address & 0xffn) === 0xffn : (address & 0xffff_ffff_ffff_ffffn) === 0n;
  let host = first;
  while (host <= last && unfit(host)) host += 1n;
  return host <= last ? host : null;
}

/** Of addresses that are told apart in nothing, one of a host before others. */
function addressAt(space: PacketSpace, end: End, code: bigint): bigint {
  const addresses = space.codes(end).addressesOf({ first: code, last: code });
  return hostIn(space.family, addresses) ?? addresses.first;
}

/** An interface with a name of its own. */
function mentioned(space: PacketSpace, side: 'in' | 'out'): Bdd {
  const names = space.interfaces.filter(({ prefix }) => !prefix);
  return space.within(
    side,
    interfaceCodes(
      space,
      side,
      names.map(({ name }): InterfaceValue => ({ kind: 'exactly', name })),
    ),
  );
}

/** It leaves where it came from. Of two that are "any other" nobody says that they are the same. */
function sameInterface(space: PacketSpace): Bdd {
  const { manager } = space;
  return manager.orAll(
    space.interfaces.flatMap(({ name, prefix }) =>
      prefix ? [] : [manager.and(space.interface('in', name, false), space.interface('out', name, false))],
    ),
  );
}

function nameOf(space: PacketSpace, code: bigint): string {
  const [value] = interfaceValues(space, [{ first: code, last: code }]);
  return exampleName(space, value ?? { kind: 'other' });
}

/** The value that a name belongs to: itself, else the longest prefix that it begins with, else any other. */
function named(space: PacketSpace, { side, name }: { readonly side: 'in' | 'out'; readonly name: string }, then: Bdd): Bdd {
  const { interfaces } = space;
  const exact = interfaces.find((one) => !one.prefix && one.name === name);
  const [longest] = interfaces
    .filter((one) => one.prefix && name.startsWith(one.name))
    .sort((a, b) => b.name.length - a.name.length);
  const found = exact ?? longest;
  const value: InterfaceValue =
    found === undefined ? { kind: 'other' } : { kind: found.prefix ? 'beginning' : 'exactly', name: found.name };
  return space.within(side, interfaceCodes(space, side, [value]), then);
}

/** The lowest vector of a set that is in another as well, as the variables that are decided on the way; null where there is none. */
export function lowestIn(
  { manager }: Pick<PacketSpace, 'manager'>,
  set: Bdd,
  other: Bdd = FULL,
): ReadonlyMap<number, boolean> | null {
  if (!manager.meets(set, other)) return null;
  const values = new Map<number, boolean>();
  for (let [a, b] = [set, other]; a !== FULL || b !== FULL; ) {
    const variable = Math.min(manager.variableOf(a), manager.variableOf(b));
    const child = (node: Bdd, up: boolean): Bdd =>
      manager.variableOf(node) !== variable ? node : up ? manager.high(node) : manager.low(node);
    const up = !manager.meets(child(a, false), child(b, false));
    values.set(variable, up);
    [a, b] = [child(a, up), child(b, up)];
  }
  return values;
}
