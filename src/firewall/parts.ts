/**
 * All that rules ask, part by part.
 *
 * Worked example: of `-p tcp ! --dport 25 -j DROP` the parts are all of it, protocol 6, the `not`, and port 25 within that.
 */
import type { Chain, Condition, Rule } from './ruleset.ts';

/** Every part of every rule's conditions, in their order. What several rules share is told once. */
export function eachPart(chains: Iterable<Chain>, told: (part: Condition) => void): void {
  const done = new Set<Condition>();
  const visit = (condition: Condition): void => {
    if (done.has(condition)) return;
    done.add(condition);
    told(condition);
    if (condition.kind === 'not') visit(condition.of);
    if (condition.kind === 'all' || condition.kind === 'any') for (const one of condition.of) visit(one);
  };
  for (const { rules } of chains)
    for (const rule of rules) {
      visit(rule.condition);
      for (const { condition } of rule.cases) visit(condition);
    }
}

/** Some part of what a rule asks is as sought: of those that hold no others. */
export function hasPart({ condition, cases }: Rule, sought: (part: Condition) => boolean): boolean {
  return contains(condition, sought) || cases.some((one) => contains(one.condition, sought));
}

function contains(condition: Condition, sought: (part: Condition) => boolean): boolean {
  if (condition.kind === 'not') return contains(condition.of, sought);
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.some((one) => contains(one, sought));
  return sought(condition);
}
