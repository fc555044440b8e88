/**
 * A set of packets as boxes: products of values, one list for each field.
 *
 * Worked example: 10.1.0.0/16 to port 25, and 10.2.0.0/16 to ports 25 and 587: by source two classes, so two boxes, and not joined, since they differ
 * in two fields. With 25 alone for both they would differ in the source alone, and be one box.
 */
import { type Bdd, EMPTY } from './bdd.ts';
import { mergeAddresses } from './conditions.ts';
import type { Field, PacketSpace } from './packet-space.ts';
import { partition, restsOf, type ValueClass } from './partition.ts';
import type { Interval } from './ruleset.ts';

/** Boxes that are made before they are joined, and ranges of one field's values: far beyond what is read, and soon made. */
const [MOST_MADE, MOST_RANGES] = [400, 256];

/** By field: its values; of interfaces their codes. `rest`: what is not known, the same for every packet of the box. */
export type Box = Readonly<Record<PacketField, readonly Interval<bigint>[]>> & { readonly rest: Bdd };

const PACKET_FIELDS = ['in', 'out', 'source', 'destination', 'destination-port', 'source-port'] as const;

type PacketField = Extract<Field, (typeof PACKET_FIELDS)[number]>;

/** Disjoint boxes of sets, by fields from the root of the diagram down, and how many were not made. */
export class Boxes {
  /** Boxes that were not made. */
  beyond = 0;
  readonly #space: PacketSpace;
  /** From the root down. */
  readonly #fields: readonly PacketField[];
  readonly #counts = new Map<string, number>();
  #made = 0;

  constructor(space: PacketSpace) {
    this.#space = space;
    this.#fields = [...PACKET_FIELDS].sort((a, b) => space.bits(a).first - space.bits(b).first);
  }

  boxesOf(part: Bdd): Box[] {
    const boxes: Box[] = [];
    this.#split(part, 0, NO_BOX, boxes);
    return boxes;
  }

  #split(set: Bdd, depth: number, above: Box, boxes: Box[]): void {
    const field = this.#fields[depth];
    if (field === undefined) {
      this.#made += 1;
      boxes.push({ ...above, rest: set });
      return;
    }
    const { classes, complete } = partition(this.#space.manager, set, this.#space.bits(field), MOST_RANGES);
    if (!complete) this.#skip(this.#unlisted(set, depth, field, classes));
    for (const { values, rest } of classes) {
      if (this.#made < MOST_MADE) this.#split(rest, depth + 1, { ...above, [field]: this.#told(field, values) }, boxes);
      else this.#skip(this.#count(rest, depth + 1));
    }
  }

  /** Of addresses their codes are told as addresses. */
  #told(field: PacketField, values: readonly Interval<bigint>[]): readonly Interval<bigint>[] {
    if (field !== 'source' && field !== 'destination') return values;
    const codes = this.#space.codes(field);
    return values.map((one) => codes.addressesOf(one));
  }

  /** At least one: of what is listed, too, some values may be missing. */
  #unlisted(set: Bdd, depth: number, field: PacketField, classes: readonly ValueClass[]): number {
    const rests = [...restsOf(this.#space.manager, set, this.#space.bits(field))];
    const others = rests.filter((rest) => !classes.some((one) => one.rest === rest));
    return Math.max(
      1,
      others.reduce((sum, rest) => sum + this.#count(rest, depth + 1), 0),
    );
  }

  #skip(boxes: number): void {
    this.beyond = Math.min(this.beyond + boxes, Number.MAX_SAFE_INTEGER);
  }

  /** Boxes of a set, without making them. */
  #count(set: Bdd, depth: number): number {
    const field = this.#fields[depth];
    if (field === undefined) return 1;
    const key = `${depth}:${set}`;
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const rests = restsOf(this.#space.manager, set, this.#space.bits(field));
    const count = [...rests].reduce((sum, rest) => sum + this.#count(rest, depth + 1), 0);
    this.#counts.set(key, count);
    return count;
  }
}

const NO_BOX: Box = {
  in: [],
  out: [],
  source: [],
  destination: [],
  'destination-port': [],
  'source-port': [],
  rest: EMPTY,
};

/** Boxes that differ in one field are one. Repeated, since what is joined by one field can be joined by another then. */
export function joined(boxes: readonly Box[]): Box[] {
  const names = new ListNames();
  let before = boxes;
  for (;;) {
    const after = PACKET_FIELDS.reduce((all: readonly Box[], field) => joinedBy(all, field, names), before);
    if (after.length === before.length) return [...after];
    before = after;
  }
}

function joinedBy(boxes: readonly Box[], field: PacketField, names: ListNames): readonly Box[] {
  const groups = new Map<string, Box>();
  for (const box of boxes) {
    const others = PACKET_FIELDS.filter((one) => one !== field).map((one) => names.of(box[one]));
    const key = [...others, box.rest].join(';');
    const found = groups.get(key);
    groups.set(key, found === undefined ? box : { ...found, [field]: mergeAddresses([...found[field], ...box[field]]) });
  }
  return [...groups.values()];
}

/** One number for all lists of the same values: lists are long, and compared again and again. */
class ListNames {
  readonly #byList = new Map<readonly Interval<bigint>[], number>();
  readonly #byText = new Map<string, number>();

  of(values: readonly Interval<bigint>[]): number {
    const known = this.#byList.get(values);
    if (known !== undefined) return known;
    const text = values.map(({ first, last }) => `${first}-${last}`).join(',');
    const name = this.#byText.get(text) ?? this.#byText.size;
    this.#byText.set(text, name);
    this.#byList.set(values, name);
    return name;
  }
}

/** By lowest source, destination, port, source port, interfaces. Disjoint boxes differ in one of them, though not always at its lowest value. */
export function byLowestValues(a: Box, b: Box): number {
  for (const field of ['source', 'destination', 'destination-port', 'source-port', 'in', 'out'] as const) {
    const difference = compareValues(a[field], b[field]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareValues(a: readonly Interval<bigint>[], b: readonly Interval<bigint>[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const difference = compare(one.first, other.first) || compare(one.last, other.last);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
