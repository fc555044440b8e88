import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bdd, BddManager, EMPTY, FULL } from '../../src/firewall/bdd.ts';
import { Onward } from '../../src/firewall/onward.ts';
import { PacketSpace } from '../../src/firewall/packet-space.ts';
import { passage } from '../../src/firewall/passage.ts';
import type { Ruleset } from '../../src/firewall/ruleset.ts';
import { asIptables, asNftables, type Match, readIptables, readNft, smallRulesets } from './small-ruleset.ts';

const RUNS = { numRuns: 25 };

describe('what changes between two rulesets', () => {
  it('is newly allowed forwards where it is newly denied backwards, and nothing else', () => {
    fc.assert(
      fc.property(smallRulesets, smallRulesets, (one, other) => {
        const [a, b] = [readNft(asNftables(one)), readNft(asNftables({ ...other, hook: one.hook }))];
        const space = new PacketSpace('ipv4', [a, b]);
        const { manager } = space;
        const [before, after] = [passage(new Onward(a, space), one.hook), passage(new Onward(b, space), one.hook)];
        const allowed = manager.diff(after.accepted.set, before.accepted.set);
        expect(allowed).toBe(manager.and(after.accepted.set, manager.or(before.dropped.set, before.redirected.set)));
        // Backwards, in a space of its own.
        const back = new PacketSpace('ipv4', [b, a]);
        const denied = back.manager.diff(
          passage(new Onward(b, back), one.hook).accepted.set,
          passage(new Onward(a, back), one.hook).accepted.set,
        );
        expect(shape(back.manager, denied)).toEqual(shape(manager, allowed));
      }),
      RUNS,
    );
  });

  it('only grows what is accepted where a rule that accepts comes first, and only shrinks it where one drops', () => {
    fc.assert(
      fc.property(smallRulesets, ({ chains: [base, one, two], ...ruleset }) => {
        const match: Match = { of: 'port', not: false, first: 25, last: 587 };
        const first = (verdict: 'accept' | 'drop'): Ruleset =>
          readNft(asNftables({ ...ruleset, chains: [[{ matches: [match], verdict }, ...base], one, two] }));
        const rulesets = [first('drop'), readNft(asNftables({ ...ruleset, chains: [base, one, two] })), first('accept')];
        const space = new PacketSpace('ipv4', rulesets);
        const [less = FULL, same = EMPTY, more = EMPTY] = rulesets.map(
          (each) => passage(new Onward(each, space), ruleset.hook).accepted.set,
        );
        expect(space.manager.diff(less, same)).toBe(EMPTY);
        expect(space.manager.diff(same, more)).toBe(EMPTY);
      }),
      RUNS,
    );
  });
});

describe('what becomes of a packet', () => {
  it('is one of three, whatever is not known', () => {
    fc.assert(
      fc.property(smallRulesets, (ruleset) => {
        const read = readIptables(asIptables(ruleset));
        const space = new PacketSpace('ipv4', [read]);
        const { manager } = space;
        const { accepted, redirected, dropped, targets } = passage(new Onward(read, space), ruleset.hook);
        expect(manager.orAll([accepted.set, redirected.set, dropped.set])).toBe(FULL);
        expect(manager.and(accepted.set, redirected.set)).toBe(EMPTY);
        expect(manager.and(manager.or(accepted.set, redirected.set), dropped.set)).toBe(EMPTY);
        expect(manager.orAll(targets.map(({ set }) => set))).toBe(redirected.set);
        for (const { set, may, must } of [accepted, redirected, dropped]) {
          expect(manager.diff(must, set)).toBe(EMPTY);
          expect(manager.diff(set, may)).toBe(EMPTY);
        }
      }),
      RUNS,
    );
  });
});

/** A diagram without the numbers of its nodes: each by its place on a walk from the root. */
function shape(manager: BddManager, root: Bdd): readonly (readonly [number, number, number])[] {
  const numbers = new Map<Bdd, number>([
    [EMPTY, 0],
    [FULL, 1],
  ]);
  const nodes: [number, number, number][] = [];
  const walk = (node: Bdd): number => {
    const known = numbers.get(node);
    if (known !== undefined) return known;
    const [low, high] = [walk(manager.low(node)), walk(manager.high(node))];
    nodes.push([manager.variableOf(node), low, high]);
    numbers.set(node, nodes.length + 1);
    return nodes.length + 1;
  };
  walk(root);
  return nodes;
}

describe('the laws of sets', () => {
  const manager = new BddManager(4e6);
  const WIDTH = 12;
  const ranges = fc
    .tuple(fc.nat(2 ** WIDTH - 1), fc.nat(2 ** WIDTH - 1))
    .map(([a, b]) => between(manager, Math.min(a, b), Math.max(a, b), WIDTH));
  const sets = fc
    .array(fc.tuple(ranges, fc.constantFrom('and', 'or', 'diff')), { minLength: 1, maxLength: 5 })
    .map((parts) =>
      parts.reduce<Bdd>(
        (all, [range, operation]) =>
          operation === 'and' ? manager.and(all, range) : operation === 'or' ? manager.or(all, range) : manager.diff(all, range),
        FULL,
      ),
    );
  const { not } = { not: (a: Bdd): Bdd => manager.not(a) };
  const span = fc.tuple(fc.nat(WIDTH - 1), fc.nat(WIDTH - 1)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

  const LAWS: readonly [string, (a: Bdd, b: Bdd, c: Bdd) => readonly [Bdd, Bdd]][] = [
    ['and does not mind the order', (a, b) => [manager.and(a, b), manager.and(b, a)]],
    ['or does not mind the order', (a, b) => [manager.or(a, b), manager.or(b, a)]],
    ['and does not mind the brackets', (a, b, c) => [manager.and(a, manager.and(b, c)), manager.and(manager.and(a, b), c)]],
    ['or does not mind the brackets', (a, b, c) => [manager.or(a, manager.or(b, c)), manager.or(manager.or(a, b), c)]],
    [
      'and distributes over or',
      (a, b, c) => [manager.and(a, manager.or(b, c)), manager.or(manager.and(a, b), manager.and(a, c))],
    ],
    ['or distributes over and', (a, b, c) => [manager.or(a, manager.and(b, c)), manager.and(manager.or(a, b), manager.or(a, c))]],
    ['a set absorbs its parts', (a, b) => [manager.or(a, manager.and(a, b)), a]],
    ['a part absorbs its whole', (a, b) => [manager.and(a, manager.or(a, b)), a]],
    ['the complement of and is or of complements', (a, b) => [not(manager.and(a, b)), manager.or(not(a), not(b))]],
    ['the complement of or is and of complements', (a, b) => [not(manager.or(a, b)), manager.and(not(a), not(b))]],
    ['diff is and with the complement', (a, b) => [manager.diff(a, b), manager.and(a, not(b))]],
    [
      'diff of a diff is diff of the union',
      (a, b, c) => [manager.diff(manager.diff(a, b), c), manager.diff(a, manager.or(b, c))],
    ],
    ['the complement of the complement is the set', (a) => [not(not(a)), a]],
    ['a set and its complement are everything', (a) => [manager.or(a, not(a)), FULL]],
    ['a set and its complement have nothing in common', (a) => [manager.and(a, not(a)), EMPTY]],
    ['the union of many does not mind the order', (a, b, c) => [manager.orAll([a, b, c]), manager.orAll([c, a, b, a])]],
  ];

  it.each(LAWS)('%s', (_, law) => {
    fc.assert(
      fc.property(sets, sets, sets, (a, b, c) => {
        const [left, right] = law(a, b, c);
        expect(left).toBe(right);
      }),
    );
  });

  const QUANTIFIED: readonly [string, (a: Bdd, b: Bdd, first: number, last: number) => readonly [Bdd, Bdd]][] = [
    ['some is not every not', (a, _b, i, j) => [manager.exists(a, i, j), not(manager.forall(not(a), i, j))]],
    [
      'some distributes over or',
      (a, b, i, j) => [manager.exists(manager.or(a, b), i, j), manager.or(manager.exists(a, i, j), manager.exists(b, i, j))],
    ],
    [
      'every distributes over and',
      (a, b, i, j) => [manager.forall(manager.and(a, b), i, j), manager.and(manager.forall(a, i, j), manager.forall(b, i, j))],
    ],
    [
      'some of a whole span is some of its halves',
      (a, _b, i, j) => [manager.exists(a, i, j), manager.exists(manager.exists(a, i, i), i, j)],
    ],
    ['some of some is some', (a, _b, i, j) => [manager.exists(manager.exists(a, i, j), i, j), manager.exists(a, i, j)]],
    [
      'what every value has, some has',
      (a, _b, i, j) => [manager.and(manager.forall(a, i, j), manager.exists(a, i, j)), manager.forall(a, i, j)],
    ],
  ];

  it.each(QUANTIFIED)('%s', (_, law) => {
    fc.assert(
      fc.property(sets, sets, span, (a, b, [first, last]) => {
        const [left, right] = law(a, b, first, last);
        expect(left).toBe(right);
      }),
    );
  });
});

/** Numbers of so many bits, the first variable the highest, by halves. */
function between(manager: BddManager, low: number, high: number, width: number, variable = 0): Bdd {
  const size = 2 ** (width - variable);
  if (low > high || high < 0 || low >= size) return EMPTY;
  if (low <= 0 && high >= size - 1) return FULL;
  const half = size / 2;
  const rest = (from: number, to: number): Bdd => between(manager, from, to, width, variable + 1);
  return manager.node(variable, rest(low, Math.min(high, half - 1)), rest(low - half, high - half));
}
