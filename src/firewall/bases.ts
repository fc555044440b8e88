/**
 * The order in which the kernel calls base chains: by hook, on the way of a packet; then by priority; of one priority the one that was made last first.
 *
 * Worked example: of `ip filter/FORWARD` (forward, 0), `ip nat/PREROUTING` (prerouting, −100) and `ip raw/PREROUTING` (prerouting, −300) the last
 * one comes first, and the first one last.
 *
 * Chains that translate are called from one place of their hook, whatever their priority is: that orders them among themselves only. Of `type nat
 * hook output priority 10` and `type filter hook output priority 0` the first one comes first. That place is made with the first of them, of any hook.
 *
 * @see Linux, net/netfilter/core.c, nf_hook_entries_grow(); net/netfilter/nf_nat_core.c, nf_nat_register_fn(); nf_nat_proto.c, nf_nat_ipv4_ops
 */
import { type BaseChain, HOOKS } from './ruleset.ts';

/** @param bases  as they are made, so that sorting twice is another order. */
export function inOrder(bases: readonly BaseChain[]): readonly BaseChain[] {
  const made = bases.map((base, at) => ({ base, at, place: base.kind === 'nat' ? natPlace(base, bases) : at }));
  const sorted = made.sort(
    (a, b) =>
      HOOKS.indexOf(a.base.hook) - HOOKS.indexOf(b.base.hook) ||
      calledAt(a.base) - calledAt(b.base) ||
      b.place - a.place ||
      a.base.priority - b.base.priority ||
      b.at - a.at,
  );
  return sorted.map(({ base }) => base);
}

/** Each family has its own; a chain of inet makes both. */
function natPlace(base: BaseChain, bases: readonly BaseChain[]): number {
  const shared = bases.some((one) => one.kind === 'nat' && familyOf(one) === 'inet');
  return bases.findIndex((one) => one.kind === 'nat' && (shared || familyOf(one) === familyOf(base)));
}

function familyOf({ chain }: BaseChain): string {
  return chain.slice(0, chain.indexOf(' '));
}

/** NF_IP_PRI_NAT_DST and NF_IP_PRI_NAT_SRC. @see Linux, include/uapi/linux/netfilter_ipv4.h */
function calledAt({ kind, hook, priority }: BaseChain): number {
  if (kind !== 'nat') return priority;
  return hook === 'prerouting' || hook === 'output' ? -100 : 100;
}
