/**
 * What diagrams are combined by: the operations of `BddManager` by number, what they give without a look at children, and the hash of its tables.
 *
 * Worked example: `atOnce(…, AND, EMPTY, b)` is EMPTY, whatever b is; of two nodes that both have children it is -1: they have to be looked at.
 */

/** A node's number in its manager. */
export type Bdd = number;

export const EMPTY: Bdd = 0;
export const FULL: Bdd = 1;

/** Of two operands each; which of them may be more than a set is said where they are called. */
export const AND = 0;
export const OR = 1;
export const DIFF = 2;
export const GATE = 3;
export const OVER = 4;
export const WHERE = 5;
/** Of a node, and of a terminal or a span of variables. */
export const IS = 6;
export const WITHOUT = 7;
export const EXISTS = 8;
export const FORALL = 9;
/** Its result is no node, but whether. */
export const MEETS = 10;

export interface Terminals {
  isTerminal(node: Bdd): boolean;
}

/** The result where it needs no look at children; else -1. */
export function atOnce(manager: Terminals, operation: number, a: Bdd, b: Bdd): Bdd {
  switch (operation) {
    case AND:
      if (a === EMPTY || b === EMPTY) return EMPTY;
      if (a === FULL) return b;
      return b === FULL || a === b ? a : -1;
    case OR:
      if (a === FULL || b === FULL) return FULL;
      if (a === EMPTY) return b;
      return b === EMPTY || a === b ? a : -1;
    case DIFF:
      if (a === EMPTY || a === b || (b !== EMPTY && manager.isTerminal(b))) return EMPTY;
      return b === EMPTY ? a : -1;
    case GATE:
      if (a === EMPTY || b === EMPTY) return EMPTY;
      return a === FULL ? b : -1;
    case WHERE:
      if (a === EMPTY || b === EMPTY) return EMPTY;
      return a === b || manager.isTerminal(b) ? a : -1;
    default:
      if (a === EMPTY) return b;
      return b === EMPTY || a === b || manager.isTerminal(a) ? a : -1;
  }
}

export function larger(array: Int32Array, length: number): Int32Array {
  const copy = new Int32Array(length);
  copy.set(array);
  return copy;
}

/** Three numbers mixed well: a poor hash costs more here than anything else. */
export function hash(a: number, b: number, c: number): number {
  let mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
