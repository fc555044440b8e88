import fc, { constantFrom, integer, letrec, oneof, property, record, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bdd, BddManager, EMPTY, FULL, NodeBudgetError } from '../../src/firewall/bdd.ts';
import { lowestIn } from '../../src/firewall/witness.ts';

/** A set of vectors of four bits, as a formula. */
type Formula =
  | { readonly kind: 'variable'; readonly index: number }
  | { readonly kind: 'and' | 'or' | 'diff'; readonly left: Formula; readonly right: Formula };

const WIDTH = 4;
const VECTORS = Array.from({ length: 2 ** WIDTH }, (_, vector) => vector);

const { formula } = letrec<{ formula: Formula }>((tie) => ({
  formula: oneof(
    { maxDepth: 6, withCrossShrink: true },
    record({ kind: constantFrom('variable' as const), index: integer({ min: 0, max: WIDTH - 1 }) }),
    record({ kind: constantFrom('and' as const, 'or' as const, 'diff' as const), left: tie('formula'), right: tie('formula') }),
  ),
}));

describe('the algebra of sets', () => {
  it('agrees with the truth table', () => {
    fc.assert(
      property(formula, (one) => {
        const manager = new BddManager(1e6);
        expect(table(manager, build(manager, one))).toEqual(VECTORS.map((vector) => truth(one, vector)));
      }),
    );
  });

  it('has one number for equal sets', () => {
    fc.assert(
      property(formula, formula, (one, other) => {
        const manager = new BddManager(1e6);
        const [a, b] = [build(manager, one), build(manager, other)];
        expect(a === b).toBe(VECTORS.every((vector) => truth(one, vector) === truth(other, vector)));
        expect(manager.not(manager.and(a, b))).toBe(manager.or(manager.not(a), manager.not(b)));
      }),
    );
  });

  it('knows whether two sets meet without making their common part', () => {
    fc.assert(
      property(formula, formula, (one, other) => {
        const manager = new BddManager(1e6);
        const [a, b] = [build(manager, one), build(manager, other)];
        const before = manager.size;
        const met = manager.meets(a, b);
        expect(manager.size).toBe(before);
        expect(met).toBe(manager.and(a, b) !== EMPTY);
      }),
    );
  });

  it('quantifies over variables in the middle', () => {
    const span = tuple(integer({ min: 0, max: WIDTH - 1 }), integer({ min: 0, max: WIDTH - 1 }));
    fc.assert(
      property(formula, span, (one, [x, y]) => {
        const [first, last] = [Math.min(x, y), Math.max(x, y)];
        const manager = new BddManager(1e6);
        const set = build(manager, one);
        const alike = (vector: number): boolean[] =>
          VECTORS.filter((other) => sameOutside(vector, other, first, last)).map((other) => truth(one, other));
        expect(table(manager, manager.exists(set, first, last))).toEqual(VECTORS.map((v) => alike(v).includes(true)));
        expect(table(manager, manager.forall(set, first, last))).toEqual(VECTORS.map((v) => !alike(v).includes(false)));
      }),
    );
  });

  it('joins many as one by one', () => {
    const manager = new BddManager(1e6);
    const all = [0, 1, 2].map((index) => manager.variable(index));
    expect(manager.orAll(all)).toBe(all.reduce((a, b) => manager.or(a, b), EMPTY));
    expect(manager.orAll([])).toBe(EMPTY);
  });

  it('finds a member of every set but the empty one', () => {
    fc.assert(
      property(formula, (one) => {
        const manager = new BddManager(1e6);
        const found = lowestIn({ manager }, build(manager, one));
        const vector = [...(found ?? [])].reduce((sum, [index, on]) => sum + (on ? 2 ** index : 0), 0);
        expect(found === null ? VECTORS.some((v) => truth(one, v)) : !truth(one, vector)).toBe(false);
      }),
    );
  });
});

it('stays right when its tables grow', () => {
  const manager = new BddManager(1e6);
  const numbers = Array.from({ length: 6000 }, (_, index) => Math.imul(index, 2654435761) >>> 0);
  const set = manager.orAll(numbers.map((number) => exactly(manager, number)));
  expect(manager.size).toBeGreaterThan(1 << 16);
  expect(numbers.every((number) => manager.and(set, exactly(manager, number)) !== EMPTY)).toBe(true);
  expect(manager.and(set, exactly(manager, 12345))).toBe(EMPTY);
});

it('gives no answer beyond its budget', () => {
  const manager = new BddManager(20);
  expect(() => exactly(manager, 5)).toThrow(NodeBudgetError);
});

function build(manager: BddManager, formula: Formula): Bdd {
  return formula.kind === 'variable'
    ? manager.variable(formula.index)
    : manager[formula.kind](build(manager, formula.left), build(manager, formula.right));
}

function truth(formula: Formula, vector: number): boolean {
  if (formula.kind === 'variable') return ((vector >> formula.index) & 1) === 1;
  const [left, right] = [truth(formula.left, vector), truth(formula.right, vector)];
  if (formula.kind === 'and') return left && right;
  return formula.kind === 'or' ? left || right : left && !right;
}

function table(manager: BddManager, set: Bdd): readonly boolean[] {
  return VECTORS.map((vector) => {
    let at = set;
    while (at > FULL) at = ((vector >> manager.variableOf(at)) & 1) === 1 ? manager.high(at) : manager.low(at);
    return at === FULL;
  });
}

function sameOutside(a: number, b: number, first: number, last: number): boolean {
  return Array.from({ length: WIDTH }, (_, index) => index).every(
    (index) => (index >= first && index <= last) || (((a ^ b) >> index) & 1) === 0,
  );
}

/** The set of this number of 32 bits alone. */
function exactly(manager: BddManager, number: number): Bdd {
  let node: Bdd = FULL;
  for (let variable = 31; variable >= 0; variable--)
    node = ((number >>> variable) & 1) === 1 ? manager.node(variable, EMPTY, node) : manager.node(variable, node, EMPTY);
  return node;
}
