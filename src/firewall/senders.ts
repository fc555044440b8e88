/**
 * Whether it pays to look at the packets of some senders alone.
 *
 * What a firewall says of packets is worked out once, and then asked again and again: of who is asked about. In a firewall of thirty networks of which
 * a policy names two, the other twenty-eight make every answer dearer. Lines that no packet meets are looked for among all senders, though, which is
 * a second look; where most rules may be about those who are asked about, one look at all is cheaper.
 *
 * Worked example: of `-s 10.1.0.0/16 …`, `-s 10.2.0.0/16 …` and `-s 10.3.0.0/16 …` one may meet packets of 10.1.0.5: less than half.
 */
import type { Family } from '../model/address.ts';
import { mergeAddresses } from './conditions.ts';
import { meet } from './packet-space.ts';
import type { Condition, Interval, Ruleset } from './ruleset.ts';

/** Below this it makes no difference that anybody would see. */
const MANY_RULES = 500;

/** The senders as one set where few rules are about them; null: look at all. */
export function fewSenders(
  ruleset: Ruleset,
  family: Family,
  sources: readonly Interval<bigint>[],
): readonly Interval<bigint>[] | null {
  const senders = mergeAddresses(sources);
  let [all, about] = [0, 0];
  for (const { rules } of ruleset.chains.values())
    for (const { families, condition } of rules) {
      const named = families.includes(family) ? sourcesOf(condition, family) : null;
      if (named === null) continue;
      all += 1;
      if (meet(named, senders)) about += 1;
    }
  return all >= MANY_RULES && about * 2 < all ? senders : null;
}

/** Null where the sender does not matter to it, or not by its address alone. */
export function sourcesOf(condition: Condition, family: Family): readonly Interval<bigint>[] | null {
  const parts = condition.kind === 'all' ? condition.of : [condition];
  const named = parts.flatMap((part) => (part.kind === 'address' && part.end === 'source' ? [part] : []));
  return named.find((part) => part.family === family)?.ranges ?? null;
}
