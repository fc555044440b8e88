/**
 * Reduced ordered binary decision diagrams: sets of bit vectors, each set one node number, equal sets the same number.
 *
 * Node 0 is the empty set, node 1 the whole space. Every other node has a variable (the lower its number, the nearer the root) and two
 * children. All nodes of a manager live in three typed arrays and one hash table; nothing is freed, and a budget ends it: a comparison of two
 * firewalls of some thousand rules takes a million nodes (20 bytes each).
 *
 * Worked example: over the variables 0 and 1, `and(variable(0), not(variable(1)))` is the node (0, low 0, high n), with n = (1, low 1, high 0).
 *
 * @see R. E. Bryant, Graph-Based Algorithms for Boolean Function Manipulation, IEEE Transactions on Computers C-35 (1986)
 */

/** A node's number in its manager. */
export type Bdd = number;

export const EMPTY: Bdd = 0;
export const FULL: Bdd = 1;

/** Thrown where the budget is used up: the answer is unknown then, never "no". */
export class NodeBudgetError extends Error {
  override readonly name = 'NodeBudgetError';
}

/** Terminals sit below every variable. */
const TERMINAL = 0x7fffffff;
const FIRST_CAPACITY = 1 << 10;
/** Entries of each operation's cache, direct-mapped: a collision only costs time. They grow with the nodes. */
const MOST_ENTRIES = 1 << 20;

/** Above every node that can be made (a budget of 67 million takes 1.3 GB): a pair of nodes is one exact number below 2^53. */
const PAIR = 2 ** 26;

type Operation = 'and' | 'or' | 'diff';

/** One space. Nodes of two managers must never meet. */
export class BddManager {
  readonly #budget: number;
  #capacity = FIRST_CAPACITY;
  #count = 2;
  #variable = new Int32Array(FIRST_CAPACITY);
  #low = new Int32Array(FIRST_CAPACITY);
  #high = new Int32Array(FIRST_CAPACITY);
  /** Open addressing, at most half full; 0 is a free slot. */
  #table = new Int32Array(FIRST_CAPACITY * 2);
  #entries = FIRST_CAPACITY;
  #caches: Readonly<Record<Operation, Int32Array>> = cachesOf(FIRST_CAPACITY);

  readonly #densities = new Map<Bdd, number>();

  /** @param budget  nodes; 16 million take some 500 MB. */
  constructor(budget: number) {
    this.#budget = budget;
    this.#variable.fill(TERMINAL, 0, 2);
    this.#low[1] = 1;
    this.#high[1] = 1;
  }

  /** Nodes made so far. */
  get size(): number {
    return this.#count;
  }

  variableOf(node: Bdd): number {
    return this.#variable[node] ?? TERMINAL;
  }

  low(node: Bdd): Bdd {
    return this.#low[node] ?? EMPTY;
  }

  high(node: Bdd): Bdd {
    return this.#high[node] ?? EMPTY;
  }

  /** The set of all vectors in which this variable is 1. */
  variable(index: number): Bdd {
    return this.node(index, EMPTY, FULL);
  }

  /** The node of a variable with these children; both have to lie below it. @throws {NodeBudgetError} */
  node(variable: number, low: Bdd, high: Bdd): Bdd {
    if (low === high) return low;
    const table = this.#table;
    const mask = table.length - 1;
    let slot = hash(variable, low, high) & mask;
    for (let found = table[slot] ?? 0; found !== 0; found = table[slot] ?? 0) {
      if (this.#low[found] === low && this.#high[found] === high && this.#variable[found] === variable) return found;
      slot = (slot + 1) & mask;
    }
    return this.#add(variable, low, high, slot);
  }

  and(a: Bdd, b: Bdd): Bdd {
    if (a === b || b === FULL) return a;
    if (a === FULL) return b;
    if (a === EMPTY || b === EMPTY) return EMPTY;
    const [first, second] = a < b ? [a, b] : [b, a];
    return this.#cached('and', first, second);
  }

  or(a: Bdd, b: Bdd): Bdd {
    if (a === b || b === EMPTY) return a;
    if (a === EMPTY) return b;
    if (a === FULL || b === FULL) return FULL;
    const [first, second] = a < b ? [a, b] : [b, a];
    return this.#cached('or', first, second);
  }

  /** What is in `a` and not in `b`. */
  diff(a: Bdd, b: Bdd): Bdd {
    if (a === EMPTY || a === b || b === FULL) return EMPTY;
    if (b === EMPTY) return a;
    return this.#cached('diff', a, b);
  }

  not(a: Bdd): Bdd {
    return this.diff(FULL, a);
  }

  /** Whether they have a vector in common: `and` without its nodes. */
  meets(a: Bdd, b: Bdd): boolean {
    const seen = new Set<number>();
    const walk = (one: Bdd, other: Bdd): boolean => {
      if (one === EMPTY || other === EMPTY) return false;
      if (one === FULL || other === FULL || one === other) return true;
      const pair = one < other ? one * PAIR + other : other * PAIR + one;
      if (seen.has(pair)) return false;
      seen.add(pair);
      const [ofOne, ofOther] = [this.variableOf(one), this.variableOf(other)];
      const [lowOne, highOne] = ofOne <= ofOther ? [this.low(one), this.high(one)] : [one, one];
      const [lowOther, highOther] = ofOther <= ofOne ? [this.low(other), this.high(other)] : [other, other];
      return walk(lowOne, lowOther) || walk(highOne, highOther);
    };
    return walk(a, b);
  }

  /** By a balanced tree: the sets in between stay small. */
  orAll(nodes: readonly Bdd[]): Bdd {
    if (nodes.length === 0) return EMPTY;
    let layer = nodes;
    while (layer.length > 1) {
      const next: Bdd[] = [];
      for (let index = 0; index < layer.length; index += 2) next.push(this.or(layer[index] ?? EMPTY, layer[index + 1] ?? EMPTY));
      layer = next;
    }
    return layer[0] ?? EMPTY;
  }

  /** Some value of the variables from `first` to `last` leads into the set. */
  exists(node: Bdd, first: number, last: number): Bdd {
    return this.#quantify(node, first, last, (a, b) => this.or(a, b));
  }

  /** Every value of the variables from `first` to `last` leads into the set. */
  forall(node: Bdd, first: number, last: number): Bdd {
    return this.#quantify(node, first, last, (a, b) => this.and(a, b));
  }

  /** The lowest vector of a set, as the variables that are decided on the way; null where it is empty. */
  satisfy(node: Bdd): ReadonlyMap<number, boolean> | null {
    if (node === EMPTY) return null;
    const values = new Map<number, boolean>();
    for (let at = node; at !== FULL; ) {
      const up = this.low(at) === EMPTY;
      values.set(this.variableOf(at), up);
      at = up ? this.high(at) : this.low(at);
    }
    return values;
  }

  /** The share of all vectors that lie in the set, from 0 to 1. Of 288 bits one vector is still no 0. */
  density(node: Bdd): number {
    if (node === EMPTY || node === FULL) return node;
    const before = this.#densities.get(node);
    if (before !== undefined) return before;
    const share = (this.density(this.low(node)) + this.density(this.high(node))) / 2;
    this.#densities.set(node, share);
    return share;
  }

  #quantify(node: Bdd, first: number, last: number, join: (a: Bdd, b: Bdd) => Bdd): Bdd {
    const done = new Map<Bdd, Bdd>();
    const walk = (at: Bdd): Bdd => {
      const variable = this.variableOf(at);
      if (variable > last) return at;
      const before = done.get(at);
      if (before !== undefined) return before;
      const low = walk(this.low(at));
      const high = walk(this.high(at));
      const result = variable >= first ? join(low, high) : this.node(variable, low, high);
      done.set(at, result);
      return result;
    };
    return walk(node);
  }

  #cached(operation: Operation, a: Bdd, b: Bdd): Bdd {
    const mixed = hash(a, b, 0);
    const entries = this.#caches[operation];
    const slot = (mixed & (this.#entries - 1)) * 3;
    if (entries[slot] === a && entries[slot + 1] === b) return entries[slot + 2] ?? EMPTY;
    const result = this.#descend(operation, a, b);
    // The caches may have grown meanwhile.
    const later = this.#caches[operation];
    const at = (mixed & (this.#entries - 1)) * 3;
    later[at] = a;
    later[at + 1] = b;
    later[at + 2] = result;
    return result;
  }

  #descend(operation: Operation, a: Bdd, b: Bdd): Bdd {
    const [ofA, ofB] = [this.variableOf(a), this.variableOf(b)];
    const variable = ofA < ofB ? ofA : ofB;
    const [lowA, highA] = ofA === variable ? [this.low(a), this.high(a)] : [a, a];
    const [lowB, highB] = ofB === variable ? [this.low(b), this.high(b)] : [b, b];
    const low = this[operation](lowA, lowB);
    const high = this[operation](highA, highB);
    return this.node(variable, low, high);
  }

  #add(variable: number, low: Bdd, high: Bdd, slot: number): Bdd {
    if (this.#count >= this.#budget) throw new NodeBudgetError(`more than ${this.#budget} nodes`);
    const node = this.#count++;
    if (node >= this.#capacity) this.#grow();
    this.#variable[node] = variable;
    this.#low[node] = low;
    this.#high[node] = high;
    this.#table[slot] = node;
    if (this.#count * 2 > this.#table.length) this.#rehash(this.#table.length * 2);
    return node;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#variable = larger(this.#variable, this.#capacity);
    this.#low = larger(this.#low, this.#capacity);
    this.#high = larger(this.#high, this.#capacity);
    if (this.#entries >= MOST_ENTRIES) return;
    this.#entries *= 2;
    this.#caches = cachesOf(this.#entries);
  }

  #rehash(length: number): void {
    const table = new Int32Array(length);
    const mask = length - 1;
    for (let node = 2; node < this.#count; node++) {
      let slot = hash(this.#variable[node] ?? 0, this.#low[node] ?? 0, this.#high[node] ?? 0) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = node;
    }
    this.#table = table;
  }
}

function cachesOf(entries: number): Readonly<Record<Operation, Int32Array>> {
  return { and: new Int32Array(entries * 3), or: new Int32Array(entries * 3), diff: new Int32Array(entries * 3) };
}

function larger(array: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(capacity);
  copy.set(array);
  return copy;
}

/** Three numbers mixed well: a poor hash costs more here than anything else. */
function hash(a: number, b: number, c: number): number {
  let mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
