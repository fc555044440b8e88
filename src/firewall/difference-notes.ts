/**
 * Sets whose content neither version of a configuration tells: they are taken to hold the same before and after.
 *
 * Worked example: both versions ask `-m set --match-set relays src`, and no file says what relays holds. A review that finds no change says so of
 * the rules alone.
 */
import type { Condition, Ruleset } from './ruleset.ts';

/** One sentence for each set, by name. */
export function unknownSets(before: Ruleset, after: Ruleset): readonly string[] {
  const earlier = unknownSetsOf(before);
  const both = [...unknownSetsOf(after)].filter((name) => earlier.has(name)).sort();
  return both.map(
    (name) => `What the set ${name} holds is known of neither version: it is taken to be the same before and after.`,
  );
}

function unknownSetsOf({ chains }: Ruleset): ReadonlySet<string> {
  const names = new Set<string>();
  const rules = [...chains.values()].flatMap((chain) => chain.rules);
  for (const { condition, cases } of rules)
    for (const one of [condition, ...cases.map((each) => each.condition)]) for (const name of namesIn(one)) names.add(name);
  return names;
}

/** @see iptables-extensions(8), set: `--match-set NAME FLAGS`; nft(8): `@NAME` */
const SET = /--match-set (\S+)|(?:^|\s)@([A-Za-z][\w./\\-]*)/;

function namesIn(condition: Condition): readonly string[] {
  if (condition.kind === 'not') return namesIn(condition.of);
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.flatMap(namesIn);
  if (condition.kind !== 'unknown' || !condition.functional) return [];
  const [, ipset, named] = SET.exec(condition.text) ?? [];
  const name = ipset ?? named;
  return name === undefined ? [] : [name];
}
