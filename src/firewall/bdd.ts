/**
 * Reduced ordered binary decision diagrams: sets of bit vectors, each set one node number, equal sets the same number.
 *
 * Node 0 is the empty set, node 1 the whole space. Every other node has a variable (the lower its number, the nearer the root) and two
 * children. All nodes of a manager live in one typed array and one hash table; nothing is freed, and a budget ends it: a comparison of two
 * firewalls of some thousand rules takes half a million nodes (some 30 bytes each).
 *
 * A diagram may have further terminals beside 0 and 1: it says what becomes of each vector then, and 0 that nothing is said of it. `gate` and
 * `over` make such diagrams, `where` and `is` sets of them; all other operations are of sets alone, but for the second operand of `diff` and `meets`,
 * which stand for all that something is said of.
 *
 * Worked example: over the variables 0 and 1, `and(variable(0), not(variable(1)))` is the node (0, low 0, high n), with n = (1, low 1, high 0).
 *
 * @see R. E. Bryant, Graph-Based Algorithms for Boolean Function Manipulation, IEEE Transactions on Computers C-35 (1986)
 * @see M. Fujita, P. C. McGeer, J. C.-Y. Yang, Multi-Terminal Binary Decision Diagrams, Formal Methods in System Design 10 (1997)
 */

import {
  AND,
  atOnce,
  type Bdd,
  DIFF,
  EMPTY,
  EXISTS,
  FORALL,
  FULL,
  GATE,
  hash,
  IS,
  MEETS,
  OR,
  OVER,
  WHERE,
  WITHOUT,
} from './bdd-operations.ts';

import { FIRST_CAPACITY, NodeTable, TERMINAL } from './node-table.ts';

export { type Bdd, EMPTY, FULL } from './bdd-operations.ts';
export { NodeBudgetError } from './node-table.ts';

/** Entries of each operation's cache, direct-mapped: a collision only costs time. They grow with the nodes. */
const MOST_ENTRIES = 1 << 20;

interface Span {
  readonly first: number;
  readonly last: number;
}

/** One space. Nodes of two managers must never meet. */
export class BddManager extends NodeTable {
  /** Both operands, operation and result in turn. */
  #cache: Int32Array = new Int32Array(FIRST_CAPACITY * 4);
  /** Of variables, that were asked about: numbers of them are operands. */
  readonly #spans: Span[] = [];

  and(a: Bdd, b: Bdd): Bdd {
    return this.#apply(AND, a, b);
  }

  or(a: Bdd, b: Bdd): Bdd {
    return this.#apply(OR, a, b);
  }

  /** What is in `a` and not in `b`, which may be more than a set. */
  diff(a: Bdd, b: Bdd): Bdd {
    return this.#apply(DIFF, a, b);
  }

  not(a: Bdd): Bdd {
    return this.diff(FULL, a);
  }

  /** What `said` says of the vectors of a set, and nothing of all others. */
  gate(set: Bdd, said: Bdd): Bdd {
    return this.#apply(GATE, set, said);
  }

  /** What `first` says, and of vectors of which it says nothing what `second` says. */
  over(first: Bdd, second: Bdd): Bdd {
    return this.#apply(OVER, first, second);
  }

  /** What is in `set` and something is said of. */
  where(set: Bdd, said: Bdd): Bdd {
    return this.#apply(WHERE, set, said);
  }

  /** The vectors of which this terminal is said. */
  is(said: Bdd, terminal: Bdd): Bdd {
    return this.#walk(IS, said, terminal);
  }

  /** The same, but that nothing is said where this terminal was. */
  without(said: Bdd, terminal: Bdd): Bdd {
    return this.#walk(WITHOUT, said, terminal);
  }

  /** Whether there is a vector in `a` of which `b` says something: `and` without its nodes. */
  meets(a: Bdd, b: Bdd): boolean {
    if (a === EMPTY || b === EMPTY) return false;
    const ofA = this.variableOf(a);
    const ofB = this.variableOf(b);
    if (a === b || ofA === TERMINAL || ofB === TERMINAL) return true;
    const mixed = hash(a, b, MEETS);
    const entry = this.#entry(mixed, a, b, MEETS);
    if (entry >= 0) return this.#cache[entry + 3] === FULL;
    const met =
      this.meets(ofA <= ofB ? this.low(a) : a, ofB <= ofA ? this.low(b) : b) ||
      this.meets(ofA <= ofB ? this.high(a) : a, ofB <= ofA ? this.high(b) : b);
    this.#remember(mixed, a, b, MEETS, met ? FULL : EMPTY);
    return met;
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
    return this.#walk(EXISTS, node, this.#span(first, last));
  }

  /** Every value of the variables from `first` to `last` leads into the set. */
  forall(node: Bdd, first: number, last: number): Bdd {
    return this.#walk(FORALL, node, this.#span(first, last));
  }

  /** The cache grows with the nodes, and keeps what it held. */
  protected override grown(): void {
    if (this.#cache.length >= MOST_ENTRIES * 4) return;
    const before = this.#cache;
    this.#cache = new Int32Array(before.length * 2);
    for (let at = 0; at < before.length; at += 4) {
      const [a, b, operation] = [before[at] ?? 0, before[at + 1] ?? 0, before[at + 2] ?? 0];
      if (a !== 0 || b !== 0) this.#remember(hash(a, b, operation), a, b, operation, before[at + 3] ?? 0);
    }
  }

  #span(first: number, last: number): number {
    const known = this.#spans.findIndex((span) => span.first === first && span.last === last);
    return known >= 0 ? known : this.#spans.push({ first, last }) - 1;
  }

  /** From node to node; `about` is the terminal or the span. */
  #walk(operation: number, node: Bdd, about: number): Bdd {
    const variable = this.variableOf(node);
    if (operation <= WITHOUT) {
      if (variable === TERMINAL) return operation === IS ? (node === about ? FULL : EMPTY) : node === about ? EMPTY : node;
    } else if (variable > this.#lastOf(about)) return node;
    const mixed = hash(node, about, operation);
    const entry = this.#entry(mixed, node, about, operation);
    if (entry >= 0) return this.#cache[entry + 3] ?? EMPTY;
    const low = this.#walk(operation, this.low(node), about);
    const high = this.#walk(operation, this.high(node), about);
    const joins = operation >= EXISTS && variable >= (this.#spans[about]?.first ?? 0);
    const result = joins ? this.#apply(operation === EXISTS ? OR : AND, low, high) : this.node(variable, low, high);
    this.#remember(mixed, node, about, operation, result);
    return result;
  }

  #lastOf(span: number): number {
    return this.#spans[span]?.last ?? TERMINAL - 1;
  }

  /** Where the cache has the result; else -1. */
  #entry(mixed: number, a: number, b: number, operation: number): number {
    const cache = this.#cache;
    const at = (mixed * 4) & (cache.length - 1);
    return cache[at] === a && cache[at + 1] === b && cache[at + 2] === operation ? at : -1;
  }

  /** It may have grown since it was looked at. */
  #remember(mixed: number, a: number, b: number, operation: number, result: Bdd): void {
    const cache = this.#cache;
    const at = (mixed * 4) & (cache.length - 1);
    cache[at] = a;
    cache[at + 1] = b;
    cache[at + 2] = operation;
    cache[at + 3] = result;
  }

  #apply(operation: number, a: Bdd, b: Bdd): Bdd {
    const known = atOnce(this, operation, a, b);
    if (known >= 0) return known;
    // The order of the operands of `and` and `or` does not matter.
    return operation <= OR && a > b ? this.#cached(operation, b, a) : this.#cached(operation, a, b);
  }

  #cached(operation: number, a: Bdd, b: Bdd): Bdd {
    const mixed = hash(a, b, operation);
    const entry = this.#entry(mixed, a, b, operation);
    if (entry >= 0) return this.#cache[entry + 3] ?? EMPTY;
    const result = this.#descend(operation, a, b);
    this.#remember(mixed, a, b, operation, result);
    return result;
  }

  /** Millions of times: no lists are made here. */
  #descend(operation: number, a: Bdd, b: Bdd): Bdd {
    const nodes = this.nodes;
    const ofA = nodes[a * 3] ?? TERMINAL;
    const ofB = nodes[b * 3] ?? TERMINAL;
    const lowA = ofA <= ofB ? (nodes[a * 3 + 1] ?? EMPTY) : a;
    const highA = ofA <= ofB ? (nodes[a * 3 + 2] ?? EMPTY) : a;
    const lowB = ofB <= ofA ? (nodes[b * 3 + 1] ?? EMPTY) : b;
    const highB = ofB <= ofA ? (nodes[b * 3 + 2] ?? EMPTY) : b;
    const low = this.#apply(operation, lowA, lowB);
    const high = this.#apply(operation, highA, highB);
    return this.node(ofA < ofB ? ofA : ofB, low, high);
  }
}
