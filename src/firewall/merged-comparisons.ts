/**
 * Comparisons that a rule negates and that lie side by side in a header: nft 1.0.6 and, of ports, iptables-nft 1.8.9 make one comparison of all their
 * bytes, which only fails where all of them are as named. iptables-legacy compares each, and other versions may. Neither text nor listing tells what is
 * loaded.
 *
 * Worked example: `tcp sport != 1024 tcp dport != 25 accept` may accept port 25 from every source port but 1024.
 *
 * @see nftables, src/rule.c, stmt_reduce(), seen by `nft --debug=netlink` as one load of 4 bytes with `cmp neq`; iptables, iptables/nft.c,
 *   add_nft_tcpudp()
 */
import { allOf, anyOf } from './conditions.ts';
import type { Condition } from './ruleset.ts';

/**
 * All of these, or what may have been made of them.
 *
 * @param groups  of which of them one comparison may have been made: more than the tool joins is a wider doubt, less would be a wrong answer.
 * @param merged  asks whether it was.
 */
export function withMerged(
  conditions: readonly Condition[],
  groups: readonly (readonly Condition[])[],
  merged: () => Condition,
): Condition {
  const written = allOf(conditions);
  if (groups.length === 0) return written;
  const joined = new Set(groups.flat());
  const others = conditions.flatMap((one) => (joined.has(one) ? partsOf(one).filter((part) => !isComparison(part)) : [one]));
  const any = groups.map((group) => anyOf(group.map((one) => allOf(partsOf(one).filter(isComparison)))));
  return anyOf([written, allOf([...others, merged(), ...any])]);
}

/** What it depends on stands beside the comparison, and is asked for in any case. */
function partsOf(condition: Condition): readonly Condition[] {
  return condition.kind === 'all' ? condition.of : [condition];
}

function isComparison({ kind }: Condition): boolean {
  return kind === 'not';
}
