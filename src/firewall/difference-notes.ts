/**
 * Sets whose content neither version of a configuration tells: they are taken to hold the same before and after.
 *
 * Worked example: both versions ask `-m set --match-set relays src`, and no file says what relays holds. A review that finds no change says so of
 * the rules alone.
 */
import { eachPart } from './parts.ts';
import type { Ruleset } from './ruleset.ts';

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
  eachPart(chains.values(), (part) => {
    const name = part.kind === 'unknown' && part.functional ? setName(part.text) : undefined;
    if (name !== undefined) names.add(name);
  });
  return names;
}

/** @see iptables-extensions(8), set: `--match-set NAME FLAGS`; nft(8): `@NAME` */
const SET = /--match-set (\S+)|(?:^|\s)@([A-Za-z][\w./\\-]*)/;

function setName(text: string): string | undefined {
  const [, ipset, named] = SET.exec(text) ?? [];
  return ipset ?? named;
}
