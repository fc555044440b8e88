/**
 * Numbers of up to 128 bits in 32-bit words: what packet sets look at bit by bit.
 *
 * Worked example: of the range 8-11 in 4 bits the ends differ highest in bit 1, and 2 bits are free.
 */

/** 32 bits each, the lowest first. */
export type Value = readonly number[];

const WORD = 0xffff_ffffn;

export function wordsOf(number: bigint | number): Value {
  if (typeof number === 'number') return [number];
  if (number <= WORD) return [Number(number)];
  return [0n, 32n, 64n, 96n].map((shift) => Number((number >> shift) & WORD));
}

export function isSet(value: Value, bit: number): boolean {
  return (((value[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
}

/** -1: they are the same. */
export function highestDifference(low: Value, high: Value, width: number): number {
  let bit = width - 1;
  while (bit >= 0 && isSet(low, bit) === isSet(high, bit)) bit--;
  return bit;
}

/** How many bits from the last one on are all 0 in the lower end, and all 1 in the upper one. */
export function freeBits(low: Value, high: Value, width: number): number {
  let bit = 0;
  while (bit < width && !isSet(low, bit) && isSet(high, bit)) bit++;
  return bit;
}
