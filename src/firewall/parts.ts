/**
 * All that rules ask, part by part.
 *
 * Worked example: of `-p tcp ! --dport 25 -j DROP` the parts are all of it, protocol 6, the `not`, and port 25 within that.
 */
import type { Chain, Condition, Rule } from './ruleset.ts';

/** Every part of every rule's conditions, in their order. What several rules of a chain share is told once. */
export function eachPart(chains: Iterable<Chain>, told: (part: Condition) => void): void {
  for (const chain of chains) for (const part of partsOf(chain)) told(part);
}

/** Worked out once: many ask. */
function partsOf(chain: Chain): readonly Condition[] {
  const known = PARTS.get(chain);
  if (known !== undefined) return known;
  const parts = new Set<Condition>();
  const visit = (condition: Condition): void => {
    if (parts.has(condition)) return;
    parts.add(condition);
    if (condition.kind === 'not') visit(condition.of);
    if (condition.kind === 'all' || condition.kind === 'any') for (const one of condition.of) visit(one);
  };
  for (const { condition, cases } of chain.rules) {
    visit(condition);
    for (const one of cases) visit(one.condition);
  }
  const made = [...parts];
  PARTS.set(chain, made);
  return made;
}

const PARTS = new WeakMap<Chain, readonly Condition[]>();

/** Some part of what a rule asks is as sought: of those that hold no others. */
export function hasPart({ condition, cases }: Rule, sought: (part: Condition) => boolean): boolean {
  return contains(condition, sought) || cases.some((one) => contains(one.condition, sought));
}

function contains(condition: Condition, sought: (part: Condition) => boolean): boolean {
  if (condition.kind === 'not') return contains(condition.of, sought);
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.some((one) => contains(one, sought));
  return sought(condition);
}
