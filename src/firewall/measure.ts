/**
 * How much of all packets lies in a set: every address, port and answer to what is not known counts the same, however few codes they have.
 *
 * Worked example: of 10.0.0.0/8 to any port it is a 256th; of that from port 1024 up 63 64ths.
 */
import { type Bdd, type BddManager, EMPTY, FULL } from './bdd.ts';
import { hash } from './bdd-operations.ts';
import { TERMINAL } from './node-table.ts';

/** Variables whose values do not count the same. */
export interface Uneven {
  readonly first: number;
  readonly width: number;
  /** As a tree: 1 is the whole, and 2n and 2n + 1 are the halves of n. */
  readonly shares: Float64Array;
}

const FIRST_ENTRIES = 1 << 10;
const MOST_ENTRIES = 1 << 20;

export class Measure {
  readonly #manager: BddManager;
  /** By variable, those that it belongs to. */
  readonly #uneven: readonly (Uneven | undefined)[];
  /** Both operands, and the place in the shares, in turn; direct-mapped. */
  #keys: Int32Array = new Int32Array(FIRST_ENTRIES * 3);
  #found: Float64Array = new Float64Array(FIRST_ENTRIES);

  constructor(manager: BddManager, uneven: readonly Uneven[]) {
    this.#manager = manager;
    const all: Uneven[] = [];
    for (const one of uneven) for (let variable = one.first; variable < one.first + one.width; variable++) all[variable] = one;
    this.#uneven = all;
  }

  /** The share of all vectors that lie in a set and of which `said` says something, from 0 to 1. Of 288 bits one vector is still no 0. */
  share(set: Bdd, said: Bdd): number {
    this.#makeRoom();
    return this.#share(set, said);
  }

  #share(a: Bdd, b: Bdd): number {
    const manager = this.#manager;
    if (a === EMPTY || b === EMPTY) return 0;
    const second = a === b || manager.isTerminal(b) ? FULL : b;
    const variable = this.#variableOf(a, second);
    if (variable === TERMINAL) return 1;
    const uneven = this.#uneven[variable];
    return uneven === undefined ? this.#even(a, second, variable) : this.#part(uneven, a, second, 1);
  }

  /** Halves that count the same. */
  #even(a: Bdd, b: Bdd, variable: number): number {
    const slot = this.#slot(a, b, 0);
    if (this.#has(slot, a, b, 0)) return this.#found[slot] ?? 0;
    const low = this.#share(this.#child(a, variable, false), this.#child(b, variable, false));
    const high = this.#share(this.#child(a, variable, true), this.#child(b, variable, true));
    return this.#remember(a, b, 0, (low + high) / 2);
  }

  /** Of all vectors, as far as these variables count. */
  #part(uneven: Uneven, a: Bdd, b: Bdd, at: number): number {
    const whole = uneven.shares[at] ?? 0;
    if (a === EMPTY || b === EMPTY || whole === 0) return 0;
    if (this.#variableOf(a, b) >= uneven.first + uneven.width) return whole * this.#share(a, b);
    const slot = this.#slot(a, b, at);
    if (this.#has(slot, a, b, at)) return this.#found[slot] ?? 0;
    const variable = uneven.first + 31 - Math.clz32(at);
    const low = this.#part(uneven, this.#child(a, variable, false), this.#child(b, variable, false), at * 2);
    const high = this.#part(uneven, this.#child(a, variable, true), this.#child(b, variable, true), at * 2 + 1);
    return this.#remember(a, b, at, low + high);
  }

  #variableOf(a: Bdd, b: Bdd): number {
    return Math.min(this.#manager.variableOf(a), this.#manager.variableOf(b));
  }

  #child(node: Bdd, variable: number, up: boolean): Bdd {
    if (this.#manager.variableOf(node) !== variable) return node;
    return up ? this.#manager.high(node) : this.#manager.low(node);
  }

  #slot(a: Bdd, b: Bdd, at: number): number {
    return hash(a, b, at) & (this.#found.length - 1);
  }

  #has(slot: number, a: Bdd, b: Bdd, at: number): boolean {
    const keys = this.#keys;
    return keys[slot * 3] === a && keys[slot * 3 + 1] === b && keys[slot * 3 + 2] === at;
  }

  #remember(a: Bdd, b: Bdd, at: number, share: number): number {
    const slot = this.#slot(a, b, at);
    const keys = this.#keys;
    keys[slot * 3] = a;
    keys[slot * 3 + 1] = b;
    keys[slot * 3 + 2] = at;
    this.#found[slot] = share;
    return share;
  }

  /** As many entries as there may be use for; what was found can be found again. */
  #makeRoom(): void {
    let entries = this.#found.length;
    while (entries < MOST_ENTRIES && entries < this.#manager.size) entries *= 2;
    if (entries === this.#found.length) return;
    this.#keys = new Int32Array(entries * 3);
    this.#found = new Float64Array(entries);
  }
}
