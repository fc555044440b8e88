/**
 * Chance with a seed: the same seed always gives the same sequence, on every machine.
 *
 * @see G. L. Steele, D. Lea, C. H. Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014 (the mixing of a counter)
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) ^ 0x5bf03635;
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
  }

  /** Both ends belong to it. */
  integer(lowest: number, highest: number): number {
    return lowest + Math.floor(this.next() * (highest - lowest + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  one<T>(list: readonly T[]): T {
    const found = list[this.integer(0, list.length - 1)];
    if (found === undefined) throw new RangeError('nothing to choose from');
    return found;
  }

  /** One of the values by its weight. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    throw new RangeError('nothing to choose from');
  }

  /** Different ones, in an order of their own. */
  some<T>(list: readonly T[], least: number, most: number): readonly T[] {
    return this.shuffled(list).slice(0, this.integer(least, Math.min(most, list.length)));
  }

  shuffled<T>(list: readonly T[]): readonly T[] {
    const left = [...list];
    return list.map(() => {
      const [taken] = left.splice(this.integer(0, left.length - 1), 1);
      if (taken === undefined) throw new RangeError('nothing to choose from');
      return taken;
    });
  }

  times<T>(least: number, most: number, make: (index: number) => T): readonly T[] {
    return Array.from({ length: this.integer(least, most) }, (_, index) => make(index));
  }
}
