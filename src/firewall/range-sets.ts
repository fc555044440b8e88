/**
 * Numbers of a field that lie in one of many ranges, made from the root down in one go: each node once, and none that only stands for a part of them.
 *
 * Worked example: of 1-2 and 5 in three bits the lower half has 1-2, of which neither quarter is whole, and the upper half has 5 in its lower quarter.
 */
import { type Bdd, EMPTY } from './bdd.ts';
import type { NodeTable } from './node-table.ts';
import type { Bits } from './packet-bits.ts';
import type { Interval } from './ruleset.ts';

/** In ascending order, and none within another. */
export function areSorted(ranges: readonly Interval<bigint | number>[]): ranges is readonly Interval<number>[] {
  let before = -1;
  for (const { first, last } of ranges) {
    if (typeof first !== 'number' || typeof last !== 'number' || first <= before || last < first) return false;
    before = last;
  }
  return true;
}

/** @param then  what is said of them; it lies below the field. */
export function rangesSet(table: NodeTable, { first, width }: Bits, ranges: readonly Interval<number>[], then: Bdd): Bdd {
  /** The numbers from `base` on that differ in the last `bits` bits alone; no range before `at` has any of them. */
  const within = (at: number, base: number, bits: number): Bdd => {
    const range = ranges[at];
    const size = 2 ** bits;
    if (range === undefined || range.first >= base + size) return EMPTY;
    if (range.first <= base && range.last >= base + size - 1) return then;
    const half = base + size / 2;
    let next = at;
    while ((ranges[next]?.last ?? half) < half) next += 1;
    return table.node(first + width - bits, within(at, base, bits - 1), within(next, half, bits - 1));
  };
  return within(0, 0, width);
}
