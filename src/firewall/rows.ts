/**
 * A set of packets as rows that a person reads: sources × destinations × ports × interfaces × source ports, each row treated alike.
 *
 * What holds on every interface and for every source port comes first, in rows without a condition; then what holds on every interface for some
 * source ports, then what holds on some interfaces. Each of these parts is taken apart field by field, from the root of the diagram down: values
 * that lead to the same node share a row. Rows that differ in one field only are joined. Rows are disjoint, and together exactly the set.
 *
 * Worked example: 10.0.0.0/8 to port 25 on every interface, and 10.1.0.0/16 to port 587 from eth1: two rows, the second with `in` eth1. One row for
 * eth1 and one for all others would say the first thing twice.
 */
import type { AddressRange } from '../model/address.ts';
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import { type Box, Boxes, byLowestValues, joined } from './boxes.ts';
import { type InterfaceValue, interfaceCodes, interfaceValues } from './interface-values.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Interval } from './ruleset.ts';

export interface SetRow {
  /** Null, here as for `out` and `sourcePorts`: every one that the domain has. */
  readonly in: readonly InterfaceValue[] | null;
  readonly out: readonly InterfaceValue[] | null;
  readonly sources: readonly AddressRange[];
  readonly destinations: readonly AddressRange[];
  readonly ports: readonly Interval<number>[];
  readonly sourcePorts: readonly Interval<number>[] | null;
  /** Over what is not known, the same for every packet of the row: when such a packet is in the set. */
  readonly rest: Bdd;
}

/** Which interfaces and source ports are spoken of at all; absent: every one. */
export type Domain = Readonly<Partial<Record<FreeField, Bdd>>>;

export type FreeField = 'in' | 'out' | 'source-port';

/**
 * @param set     over packets of the domain only.
 * @param cap     rows to give; `further` says how many more there are.
 * @param domain  a row that holds for all of it has no condition.
 */
export function rowsOf(
  space: PacketSpace,
  set: Bdd,
  cap: number,
  domain: Domain = {},
): { readonly rows: readonly SetRow[]; readonly further: number } {
  const made = new Boxes(space);
  const boxes = parts(space, set, domain).flatMap((part) => joined(made.boxesOf(part)).sort(byLowestValues));
  const further = made.beyond + Math.max(0, boxes.length - cap);
  return { rows: boxes.slice(0, cap).map((box) => rowOf(space, box, domain)), further };
}

/** The packets of a row, and what is not known of them. */
export function setOfRow(space: PacketSpace, row: SetRow, domain: Domain = {}): Bdd {
  const free = (field: FreeField, values: readonly Interval<number>[] | null): ((then: Bdd) => Bdd) =>
    values === null ? (then) => space.manager.gate(domain[field] ?? FULL, then) : (then) => space.within(field, values, then);
  const interfaces = (side: 'in' | 'out'): ((then: Bdd) => Bdd) => {
    const values = row[side];
    return free(side, values === null ? null : interfaceCodes(space, side, values));
  };
  return space.together(
    {
      source: (then) => space.within('source', row.sources, then),
      destination: (then) => space.within('destination', row.destinations, then),
      'destination-port': (then) => space.within('destination-port', row.ports, then),
      'source-port': free('source-port', row.sourcePorts),
      out: interfaces('out'),
      in: interfaces('in'),
    },
    row.rest,
  );
}

/** Disjoint: what does not depend on the free fields, then what depends on fewer of them than all. */
function parts(space: PacketSpace, set: Bdd, domain: Domain): readonly Bdd[] {
  let left = set;
  const found = FREE_TOGETHER.map((fields) => {
    const alike = packetsAlike(space, left, fields, domain);
    left = space.manager.diff(left, alike.packets);
    return alike.set;
  });
  return [...found, left].filter((part) => part !== EMPTY);
}

const FREE_TOGETHER: readonly (readonly FreeField[])[] = [['in', 'out', 'source-port'], ['in', 'out'], ['source-port']];

/** Packets that are in the set under the same circumstances whatever the fields are, and the set of these. */
function packetsAlike(
  space: PacketSpace,
  set: Bdd,
  fields: readonly FreeField[],
  domain: Domain,
): { readonly packets: Bdd; readonly set: Bdd } {
  const { manager } = space;
  let [some, every] = [set, set];
  for (const field of fields) {
    const { first, width } = space.bits(field);
    some = manager.exists(some, first, first + width - 1);
    every = manager.or(every, manager.not(domain[field] ?? FULL));
  }
  for (const field of fields) {
    const { first, width } = space.bits(field);
    every = manager.forall(every, first, first + width - 1);
  }
  const packets = space.must(manager.not(manager.diff(some, every)));
  return { packets, set: manager.and(packets, every) };
}

function rowOf(space: PacketSpace, box: Box, domain: Domain): SetRow {
  const { family, manager } = space;
  const whole = (field: FreeField): boolean => manager.diff(domain[field] ?? FULL, space.within(field, box[field])) === EMPTY;
  const interfaces = (side: 'in' | 'out'): readonly InterfaceValue[] | null =>
    whole(side) ? null : interfaceValues(space, box[side]);
  return {
    in: interfaces('in'),
    out: interfaces('out'),
    sources: box.source.map((range) => ({ family, ...range })),
    destinations: box.destination.map((range) => ({ family, ...range })),
    ports: box['destination-port'].map(narrow),
    sourcePorts: whole('source-port') ? null : box['source-port'].map(narrow),
    rest: box.rest,
  };
}

function narrow({ first, last }: Interval<bigint>): Interval<number> {
  return { first: Number(first), last: Number(last) };
}
