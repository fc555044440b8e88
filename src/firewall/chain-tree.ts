/**
 * A chain as a tree of its rules, and what it does with the packets that are looked at.
 *
 * Worked example: three rules are ((1, 2), 3); a set of packets that meets nothing of what (1, 2) says is looked at by rule 3 alone.
 */
import type { Bdd } from './bdd.ts';
import type { Divert } from './divert-text.ts';
import type { Rule, Verdict } from './ruleset.ts';

/** Disjoint; what of all that is looked at is in none of them is dropped. */
export interface Summary {
  readonly accepted: Bdd;
  /** Sent elsewhere, by where; none empty. */
  readonly diverted: readonly Diverted[];
  /** At the end of their way, whatever stands behind: nobody knows what they are by now. */
  readonly lost: Lost;
  /** To the calling chain; a base chain's policy. */
  readonly fallen: Bdd;
}

export interface Lost {
  readonly accepted: Bdd;
  readonly redirected: Bdd;
}

export interface Diverted {
  readonly verdict: Divert;
  readonly set: Bdd;
}

export interface Leaf {
  readonly kind: 'rule';
  readonly said: Bdd;
  /** Into another chain, or elsewhere. */
  readonly leads: boolean;
  readonly rule: Rule;
  /** Of each case, through which calls a called chain is reached. */
  readonly ways: readonly string[];
}

/** Rules one after the other, those first that are looked at first. */
export type ChainTree =
  | Leaf
  | {
      readonly kind: 'rules';
      readonly said: Bdd;
      /** Some rule of it does. */
      readonly leads: boolean;
      readonly first: ChainTree;
      readonly second: ChainTree;
    };

export interface Called {
  readonly chain: string;
  readonly way: string;
}

export interface CaseSet {
  /** Packets that are looked at; not empty. */
  readonly set: Bdd;
  readonly verdict: Verdict;
  /** Through which calls a called chain is reached. */
  readonly way: string;
  /** What is said of any packet of it. */
  readonly said: Bdd;
}

/** The rules of a tree, in their order. */
export function leavesOf(tree: ChainTree, leaves: Leaf[] = []): readonly Leaf[] {
  if (tree.kind === 'rule') leaves.push(tree);
  else {
    leavesOf(tree.first, leaves);
    leavesOf(tree.second, leaves);
  }
  return leaves;
}

/** Chains that the cases of a rule call. */
export function callsOf({ rule, ways }: Leaf): readonly Called[] {
  return rule.cases.flatMap(({ verdict }, index) =>
    verdict.kind === 'jump' || verdict.kind === 'goto' ? [{ chain: verdict.chain, way: ways[index] ?? '' }] : [],
  );
}
