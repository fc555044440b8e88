/**
 * Nodes of diagrams: each a variable and two children, kept once however often it is made.
 *
 * Worked example: `node(3, EMPTY, FULL)` made twice is one number.
 */
import { type Bdd, EMPTY, FULL, hash, larger } from './bdd-operations.ts';

/** Thrown where the budget is used up: the answer is unknown then, never "no". */
export class NodeBudgetError extends Error {
  override readonly name = 'NodeBudgetError';
}

/** Terminals sit below every variable. */
export const TERMINAL = 0x7fffffff;
export const FIRST_CAPACITY: number = 1 << 10;

export class NodeTable {
  readonly #budget: number;
  #capacity = FIRST_CAPACITY;
  #count = 2;
  /** Variable, low and high of each node in turn. */
  protected nodes: Int32Array = new Int32Array(FIRST_CAPACITY * 3);
  /** Open addressing, at most half full; 0 is a free slot. It grows fourfold: to fill it anew costs more than the room. */
  #table: Int32Array = new Int32Array(FIRST_CAPACITY * 2);

  /** @param budget  nodes; 16 million take some 500 MB. */
  constructor(budget: number) {
    this.#budget = budget;
    this.nodes.set([TERMINAL, 0, 0, TERMINAL, 1, 1]);
  }

  /** Nodes made so far. */
  get size(): number {
    return this.#count;
  }

  variableOf(node: Bdd): number {
    return this.nodes[node * 3] ?? TERMINAL;
  }

  low(node: Bdd): Bdd {
    return this.nodes[node * 3 + 1] ?? EMPTY;
  }

  high(node: Bdd): Bdd {
    return this.nodes[node * 3 + 2] ?? EMPTY;
  }

  /** The set of all vectors in which this variable is 1. */
  variable(index: number): Bdd {
    return this.node(index, EMPTY, FULL);
  }

  /** A terminal of its own, beside 0 and 1. @throws {NodeBudgetError} */
  terminal(): Bdd {
    const node = this.#next();
    this.nodes.set([TERMINAL, node, node], node * 3);
    return node;
  }

  isTerminal(node: Bdd): boolean {
    return this.variableOf(node) === TERMINAL;
  }

  /** The node of a variable with these children; both have to lie below it. @throws {NodeBudgetError} */
  node(variable: number, low: Bdd, high: Bdd): Bdd {
    if (low === high) return low;
    const table = this.#table;
    const nodes = this.nodes;
    const mask = table.length - 1;
    let slot = hash(variable, low, high) & mask;
    for (let found = table[slot] ?? 0; found !== 0; found = table[slot] ?? 0) {
      const at = found * 3;
      if (nodes[at + 1] === low && nodes[at + 2] === high && nodes[at] === variable) return found;
      slot = (slot + 1) & mask;
    }
    const node = this.#next();
    const at = node * 3;
    this.nodes[at] = variable;
    this.nodes[at + 1] = low;
    this.nodes[at + 2] = high;
    table[slot] = node;
    if (this.#count * 2 > table.length) this.#rehash(table.length * 4);
    return node;
  }

  /** A number for a new node. */
  #next(): Bdd {
    if (this.#count >= this.#budget) throw new NodeBudgetError(`more than ${this.#budget} nodes`);
    const node = this.#count++;
    if (node < this.#capacity) return node;
    this.#capacity *= 2;
    this.nodes = larger(this.nodes, this.#capacity * 3);
    this.grown();
    return node;
  }

  #rehash(length: number): void {
    const table = new Int32Array(length);
    const [nodes, mask] = [this.nodes, length - 1];
    for (let node = 2; node < this.#count; node++) {
      const at = node * 3;
      const variable = nodes[at] ?? TERMINAL;
      if (variable === TERMINAL) continue;
      let slot = hash(variable, nodes[at + 1] ?? 0, nodes[at + 2] ?? 0) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = node;
    }
    this.#table = table;
  }

  /** There is room for more nodes now. */
  protected grown(): void {}
}
