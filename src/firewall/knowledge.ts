/**
 * What is known of one packet in one world: numbers within ranges, names, and plain facts. Every answer narrows it, so that answers never
 * contradict each other.
 *
 * Worked example: of a source port from 0 to 65535 the question "1024-65535?" is open. Once it is denied, 0-1023 is known, and "25?" is open
 * again, while "2000-3000?" is not.
 */
import type { Interval } from './ruleset.ts';
import type { Question } from './worlds.ts';

export type Known = boolean | Question;

/** A name that begins so, or is it; and what it is known not to be. */
interface NameKnown {
  readonly is: NamePattern;
  readonly not: readonly NamePattern[];
}

interface NamePattern {
  readonly name: string;
  readonly prefix: boolean;
}

export class Knowledge {
  readonly #facts = new Map<string, boolean>();
  readonly #numbers = new Map<string, readonly Interval<bigint>[]>();
  readonly #names = new Map<string, NameKnown>();

  setNumber(key: string, ranges: readonly Interval<bigint>[]): void {
    this.#numbers.set(key, ranges);
  }

  /** It has none. */
  dropName(key: string): void {
    this.#names.delete(key);
  }

  /** Null: any name. */
  setName(key: string, name: string | null): void {
    this.#names.set(key, { is: { name: name ?? '', prefix: name === null }, not: [] });
  }

  fact(key: string, yes: string, no: string): Known {
    const known = this.#facts.get(key);
    if (known !== undefined) return known;
    return { key, yes, no, settle: (answer) => this.#facts.set(key, answer) };
  }

  /** Is the number within these ranges? The words are asked for only where that is open. */
  within(key: string, asked: readonly Interval<bigint | number>[], inWords: () => string): Known {
    const domain = this.#numbers.get(key);
    if (domain === undefined) throw new Error(`nothing is known of ${key}`);
    const number = this.number(key);
    if (number !== null) return asked.some(({ first, last }) => first <= number && number <= last);
    const ranges = asked.map(({ first, last }) => ({ first: BigInt(first), last: BigInt(last) }));
    const inside = domain.flatMap((one) => ranges.flatMap((range) => common(one, range)));
    if (inside.length === 0) return false;
    const outside = ranges.reduce<readonly Interval<bigint>[]>(
      (rest, range) => rest.flatMap((one) => without(one, range)),
      domain,
    );
    if (outside.length === 0) return true;
    const words = inWords();
    return { key: words, yes: words, no: `not ${words}`, settle: (answer) => this.#numbers.set(key, answer ? inside : outside) };
  }

  /**
   * Has the number these bits? Of few numbers each is looked at; of many only what all of them have is known, and the rest is a fact of its own.
   *
   * @param fact  names the question where it cannot be settled by the numbers that are left.
   */
  bits(key: string, { mask, value }: { readonly mask: bigint; readonly value: bigint }, fact: string, words: string): Known {
    const domain = this.#numbers.get(key);
    if (domain === undefined) throw new Error(`nothing is known of ${key}`);
    const pieces = domain.every((range) => alike(range, mask)) ? domain : singly(domain);
    if (pieces === null)
      return domain.some((range) => mayHave(range, mask, value)) ? this.fact(fact, words, `not ${words}`) : false;
    const inside = pieces.filter(({ first }) => (first & mask) === value);
    if (inside.length === 0 || inside.length === pieces.length) return inside.length > 0;
    const outside = pieces.filter(({ first }) => (first & mask) !== value);
    return { key: words, yes: words, no: `not ${words}`, settle: (answer) => this.#numbers.set(key, answer ? inside : outside) };
  }

  /** The number, where it is known; null where it may be several. */
  number(key: string): bigint | null {
    const ranges = this.#numbers.get(key) ?? [];
    const [only] = ranges;
    return only !== undefined && ranges.length === 1 && only.first === only.last ? only.first : null;
  }

  /** Names are unlimited: of those with a prefix some are always left. */
  named(key: string, asked: NamePattern, words: string): Known {
    const known = this.#names.get(key);
    if (known === undefined) return false;
    if (implies(known.is, asked)) return true;
    if (!implies(asked, known.is) || known.not.some((denied) => implies(asked, denied))) return false;
    const settle = (answer: boolean): void => {
      this.#names.set(key, answer ? { ...known, is: asked } : { ...known, not: [...known.not, asked] });
    };
    return { key: words, yes: words, no: `not ${words}`, settle };
  }
}

/** Numbers that are looked at one by one. More cost memory for each look at a rule; fewer leave open what could be known. */
const FEW = 4_096n;

function singly(domain: readonly Interval<bigint>[]): readonly Interval<bigint>[] | null {
  const size = domain.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
  if (size > FEW) return null;
  return domain.flatMap(({ first, last }) =>
    Array.from({ length: Number(last - first) + 1 }, (_, index) => ({
      first: first + BigInt(index),
      last: first + BigInt(index),
    })),
  );
}

/** All numbers of the range have the same in the bits of the mask. */
function alike({ first, last }: Interval<bigint>, mask: bigint): boolean {
  return (mask & varying(first ^ last)) === 0n;
}

/** By the bits that all numbers of the range share. */
function mayHave({ first, last }: Interval<bigint>, mask: bigint, value: bigint): boolean {
  const shared = mask & ~varying(first ^ last);
  return (first & shared) === (value & shared);
}

/** The highest bit in which two ends differ, and all below it. */
function varying(difference: bigint): bigint {
  return difference === 0n ? 0n : (1n << BigInt(difference.toString(2).length)) - 1n;
}

/** Every name of the one is a name of the other. */
function implies(one: NamePattern, other: NamePattern): boolean {
  return other.prefix ? one.name.startsWith(other.name) : !one.prefix && one.name === other.name;
}

function common(a: Interval<bigint>, b: Interval<bigint>): Interval<bigint>[] {
  const first = a.first > b.first ? a.first : b.first;
  const last = a.last < b.last ? a.last : b.last;
  return first <= last ? [{ first, last }] : [];
}

function without(one: Interval<bigint>, range: Interval<bigint>): Interval<bigint>[] {
  if (range.last < one.first || one.last < range.first) return [one];
  const below = { first: one.first, last: range.first - 1n };
  const above = { first: range.last + 1n, last: one.last };
  return [below, above].filter(({ first, last }) => first <= last);
}
