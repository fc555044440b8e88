/**
 * Two ports that a rule does not want, one of either end: nft 1.0.6 and iptables-nft 1.8.9 make one comparison of both halves of the header, which only
 * fails where both ports are as named. iptables-legacy compares each, and other versions may. Neither text nor listing tells what is loaded.
 *
 * Worked example: `tcp sport != 1024 tcp dport != 25 accept` may accept port 25 from every source port but 1024.
 *
 * @see nftables, src/rule.c, stmt_reduce(), seen by `nft --debug=netlink` as one load of 4 bytes with `cmp neq`; iptables, iptables/nft.c,
 *   add_nft_tcpudp()
 */
import { allOf, anyOf } from './conditions.ts';
import type { Condition } from './ruleset.ts';

type OtherPort = Extract<Condition, { readonly kind: 'not' }>;

/**
 * All of these, or what may have been made of them.
 *
 * @param merged  asks whether it was.
 */
export function withMergedPorts(conditions: readonly Condition[], merged: () => Condition): Condition {
  const written = allOf(conditions);
  const parts = conditions.flatMap((one) => (one.kind === 'all' ? one.of : [one]));
  const ports = parts.filter(isOtherPort);
  if (new Set(ports.map(endOf)).size < 2) return written;
  const rest = parts.filter((one) => !isOtherPort(one));
  return anyOf([written, allOf([...rest, merged(), anyOf(ports)])]);
}

/** A range or several ports are looked up, and not compared. */
function isOtherPort(condition: Condition): condition is OtherPort {
  if (condition.kind !== 'not' || condition.of.kind !== 'port') return false;
  const [only, further] = condition.of.ranges;
  return only !== undefined && further === undefined && only.first === only.last;
}

function endOf({ of }: OtherPort): 'source' | 'destination' | null {
  return of.kind === 'port' ? of.end : null;
}
