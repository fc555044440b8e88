import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BddManager, EMPTY, FULL } from '../../src/firewall/bdd.ts';
import { areSorted, rangesSet } from '../../src/firewall/range-sets.ts';

const BITS = { first: 2, width: 6 };

/** By its bits alone. */
function only(manager: BddManager, value: number): number {
  let set = FULL;
  for (let bit = 0; bit < BITS.width; bit++) {
    const variable = manager.variable(BITS.first + BITS.width - 1 - bit);
    set = manager.and(set, (value >> bit) % 2 === 1 ? variable : manager.not(variable));
  }
  return set;
}

describe('the set of many ranges', () => {
  it('has all numbers of each, and no other', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 63 }), { maxLength: 20 }), (ends) => {
        const sorted = [...ends].sort((a, b) => a - b);
        const ranges = sorted.flatMap((first, index) => (index % 2 === 0 ? [{ first, last: sorted[index + 1] ?? first }] : []));
        const manager = new BddManager(100_000);
        const numbers = ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, more) => first + more));
        expect(areSorted(ranges)).toBe(true);
        const below = manager.variable(BITS.first + BITS.width);
        for (const then of [FULL, below])
          expect(rangesSet(manager, BITS, ranges, then)).toBe(
            manager.gate(manager.orAll(numbers.map((one) => only(manager, one))), then),
          );
      }),
    );
  });

  it('is made of ranges in ascending order that share no number', () => {
    const at = (first: number, last: number): { first: number; last: number } => ({ first, last });
    expect(areSorted([])).toBe(true);
    expect(areSorted([at(0, 3), at(4, 4)])).toBe(true);
    expect(areSorted([at(0, 3), at(3, 4)])).toBe(false);
    expect(areSorted([at(4, 4), at(0, 3)])).toBe(false);
    expect(areSorted([at(4, 3)])).toBe(false);
    expect(areSorted([{ first: 4n, last: 5n }])).toBe(false);
    expect(rangesSet(new BddManager(10), BITS, [], FULL)).toBe(EMPTY);
  });
});
