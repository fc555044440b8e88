/**
 * How a set depends on one field: the field's values by what is left of the set once the value is known.
 *
 * Worked example: port 25 is accepted of everyone, 465 to 587 of 10.0.0.0/8. With the port above the source, the field "port" has two classes: 25
 * with everything below it, 465-587 with 10.0.0.0/8; all other ports lead to nothing and are in no class.
 */
import { type Bdd, type BddManager, EMPTY } from './bdd.ts';
import type { Bits } from './packet-space.ts';
import type { Interval } from './ruleset.ts';

export interface ValueClass {
  /** Sorted, disjoint, never adjacent. */
  readonly values: readonly Interval<bigint>[];
  /** What is left of the set for each of these values. */
  readonly rest: Bdd;
}

export interface Partition {
  /** By their lowest value. */
  readonly classes: readonly ValueClass[];
  /** False: some values were left out. A mask of low bits, such as 0.0.0.1, has more ranges than anybody reads. */
  readonly complete: boolean;
}

/** @param most  ranges of values to list. */
export function partition(manager: BddManager, set: Bdd, field: Bits, most: number): Partition {
  const classes = new Map<Bdd, Interval<bigint>[]>();
  let pieces = 0;
  for (const { first, last, rest } of blocks(manager, set, field)) {
    const values = classes.get(rest) ?? [];
    classes.set(rest, values);
    const before = values.at(-1);
    if (before !== undefined && before.last + 1n === first) {
      values[values.length - 1] = { first: before.first, last };
      continue;
    }
    if (pieces === most) return { classes: listed(classes), complete: false };
    pieces += 1;
    values.push({ first, last });
  }
  return { classes: listed(classes), complete: true };
}

/** What can be left of a set once the field is known: as many as `partition` has classes, without their values. */
export function restsOf(manager: BddManager, set: Bdd, { first, width }: Bits): ReadonlySet<Bdd> {
  const [seen, rests] = [new Set<Bdd>(), new Set<Bdd>()];
  const open = [set];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === EMPTY || seen.has(node)) continue;
    seen.add(node);
    if (manager.variableOf(node) >= first + width) rests.add(node);
    else open.push(manager.low(node), manager.high(node));
  }
  return rests;
}

interface Block extends Interval<bigint> {
  readonly rest: Bdd;
}

/** Aligned blocks of values, lowest first, that lead somewhere. Bits that a node skips are counted out where a lower bit matters. */
function* blocks(manager: BddManager, set: Bdd, { first, width }: Bits): Generator<Block> {
  const open: { readonly node: Bdd; readonly bit: number; readonly prefix: bigint }[] = [{ node: set, bit: 0, prefix: 0n }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { node, bit, prefix } = at;
    if (node === EMPTY) continue;
    const variable = manager.variableOf(node);
    if (variable >= first + width) {
      const free = BigInt(width - bit);
      yield { first: prefix << free, last: ((prefix + 1n) << free) - 1n, rest: node };
      continue;
    }
    const [low, high] = variable === first + bit ? [manager.low(node), manager.high(node)] : [node, node];
    open.push({ node: high, bit: bit + 1, prefix: (prefix << 1n) | 1n }, { node: low, bit: bit + 1, prefix: prefix << 1n });
  }
}

function listed(classes: ReadonlyMap<Bdd, readonly Interval<bigint>[]>): readonly ValueClass[] {
  return [...classes].filter(([, values]) => values.length > 0).map(([rest, values]) => ({ values, rest }));
}
