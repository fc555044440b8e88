/**
 * The addresses of one side of a packet as codes: what nobody asks about apart has one code, in the order of addresses. Of a firewall that names
 * two thousand hosts an address takes 12 bits then and not 32 or 128, and diagrams are as much smaller.
 *
 * Worked example: where 10.0.0.0/8 and 10.0.0.9 alone are named, the codes are 0 (below 10.0.0.0), 1 (up to 10.0.0.8), 2 (10.0.0.9), 3 (the rest of
 * 10.0.0.0/8) and 4 to 7 (above it): 10.0.0.0/8 is the codes 1 to 3. Of 10.1.0.0/16 nothing can be said, and who asks is refused.
 */
import type { Family } from '../model/address.ts';
import type { Interval } from './ruleset.ts';

export interface AddressCodes {
  /** Bits of a code. */
  readonly width: number;
  /** Parts of the addresses that are not told apart within, lowest first; null: each address is told apart from all others. */
  readonly parts: readonly Interval<bigint>[] | null;
  /** By code, the share of all addresses that it stands for, in a tree: 1 is the whole, and 2n and 2n + 1 are the halves of n. Null: all the same. */
  readonly shares: Float64Array | null;
  /** @throws {RangeError} where an end lies within a part: nothing is known there. */
  codesOf(addresses: Interval<bigint | number>): Interval<bigint | number>;
  /** Of all addresses that are not told apart from this one. */
  codesAt(address: bigint): Interval<bigint | number>;
  /** @param codes  of whole parts. */
  addressesOf(codes: Interval<bigint>): Interval<bigint>;
}

/** Each address is its own code. */
export function everyAddress(family: Family): AddressCodes {
  return {
    width: bitsOf(family),
    parts: null,
    shares: null,
    codesOf: (addresses) => addresses,
    codesAt: (address) => ({ first: address, last: address }),
    addressesOf: (codes) => codes,
  };
}

/** @param named  all ranges that anybody will ask about, in any order. */
export function addressCodes(family: Family, named: Iterable<Interval<bigint>>): AddressCodes {
  return new PartCodes(bitsOf(family), named);
}

function bitsOf(family: Family): number {
  return family === 'ipv4' ? 32 : 128;
}

class PartCodes implements AddressCodes {
  readonly width: number;
  /** First address of each part, ascending. */
  readonly #starts: readonly bigint[];
  readonly #codes: ReadonlyMap<bigint, number>;
  readonly #highest: bigint;
  #parts: readonly Interval<bigint>[] | null = null;
  #shares: Float64Array | null = null;

  constructor(bits: number, named: Iterable<Interval<bigint>>) {
    this.#highest = (1n << BigInt(bits)) - 1n;
    const starts = new Set([0n]);
    for (const { first, last } of named) {
      if (first <= this.#highest) starts.add(first);
      if (last < this.#highest) starts.add(last + 1n);
    }
    this.#starts = [...starts].sort((a, b) => (a < b ? -1 : 1));
    this.#codes = new Map(this.#starts.map((start, code) => [start, code]));
    this.width = Math.ceil(Math.log2(this.#starts.length));
  }

  get parts(): readonly Interval<bigint>[] {
    this.#parts ??= this.#starts.map((first, code) => ({ first, last: this.#endOf(code) }));
    return this.#parts;
  }

  get shares(): Float64Array {
    this.#shares ??= sharesOf(this.parts, this.width, Number(this.#highest + 1n));
    return this.#shares;
  }

  codesOf({ first, last }: Interval<bigint | number>): Interval<number> {
    const code = this.#codes.get(BigInt(first));
    const after = BigInt(last) === this.#highest ? 2 ** this.width : this.#codes.get(BigInt(last) + 1n);
    if (code === undefined || after === undefined)
      throw new RangeError(`nobody said that the addresses from ${first} to ${last} would be asked about`);
    return { first: code, last: after - 1 };
  }

  codesAt(address: bigint): Interval<number> {
    const code = this.#codeOf(address);
    return { first: code, last: code === this.#starts.length - 1 ? 2 ** this.width - 1 : code };
  }

  addressesOf({ first, last }: Interval<bigint>): Interval<bigint> {
    const top = this.#starts.length - 1;
    const codeOf = (code: bigint): number => Math.min(Number(code), top);
    return { first: this.#starts[codeOf(first)] ?? 0n, last: this.#endOf(codeOf(last)) };
  }

  #endOf(code: number): bigint {
    const next = this.#starts[code + 1];
    return next === undefined ? this.#highest : next - 1n;
  }

  /** Of the last part that begins at or below it. */
  #codeOf(address: bigint): number {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0n) <= address) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** Codes above the last part stand for it as well: it is counted once. */
function sharesOf(parts: readonly Interval<bigint>[], width: number, all: number): Float64Array {
  const shares = new Float64Array(2 ** (width + 1));
  for (const [code, { first, last }] of parts.entries()) shares[2 ** width + code] = Number(last - first + 1n) / all;
  for (let at = 2 ** width - 1; at > 0; at--) shares[at] = (shares[2 * at] ?? 0) + (shares[2 * at + 1] ?? 0);
  return shares;
}
