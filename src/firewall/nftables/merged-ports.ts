/**
 * Two ports that a rule does not want, one of either end: nft 1.0.6 makes one comparison of both halves of the header, which only fails where both
 * ports are as named. Later versions compare each. Neither the text nor the listing tells which of the two is loaded.
 *
 * Worked example: `tcp sport != 1024 tcp dport != 25 accept` may accept port 25 from every source port but 1024.
 *
 * @see nftables, src/rule.c, stmt_reduce(), payload_do_merge(); seen by `nft --debug=netlink` of 1.0.6 as one load of 4 bytes with `cmp neq`
 */
import { allOf, anyOf } from '../conditions.ts';
import type { Condition } from '../ruleset.ts';
import type { Context } from './context.ts';

type OtherPort = Extract<Condition, { readonly kind: 'not' }>;

/** All of a rule's conditions, or what nft may have made of them. */
export function withMergedPorts(conditions: readonly Condition[], context: Context): Condition {
  const written = allOf(conditions);
  const parts = conditions.flatMap((one) => (one.kind === 'all' ? one.of : [one]));
  const ports = parts.filter(isOtherPort);
  if (new Set(ports.map(endOf)).size < 2) return written;
  context.assumptions.add(MERGED);
  const rest = parts.filter((one) => !isOtherPort(one));
  return anyOf([written, allOf([...rest, context.functional('nft has made one comparison of both ports'), anyOf(ports)])]);
}

const MERGED =
  'Rules with != for one source port and one destination port may be loaded as one comparison of both (nft 1.0.6): what hangs on that is conditional. With one of the two in a rule of its own, which jumps to the other, there is no doubt.';

/** A range or several ports are looked up, and not compared. */
function isOtherPort(condition: Condition): condition is OtherPort {
  if (condition.kind !== 'not' || condition.of.kind !== 'port') return false;
  const [only, further] = condition.of.ranges;
  return only !== undefined && further === undefined && only.first === only.last;
}

function endOf({ of }: OtherPort): 'source' | 'destination' | null {
  return of.kind === 'port' ? of.end : null;
}
