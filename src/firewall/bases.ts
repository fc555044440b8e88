/**
 * The order in which the kernel calls base chains: by hook, on the way of a packet; then by priority; then as they stand in the file.
 *
 * Worked example: of `ip filter/FORWARD` (forward, 0), `ip nat/PREROUTING` (prerouting, −100) and `ip raw/PREROUTING` (prerouting, −300) the last
 * one comes first, and the first one last.
 *
 * Chains that translate are called from one place of their hook, whatever their priority is: that orders them among themselves only. Of `type nat
 * hook output priority 10` and `type filter hook output priority 0` the first one comes first.
 *
 * @see Linux, net/netfilter/nf_nat_core.c, nf_nat_register_fn(); nf_nat_proto.c, nf_nat_ipv4_ops
 */
import { type BaseChain, HOOKS } from './ruleset.ts';

export function inOrder(bases: readonly BaseChain[]): readonly BaseChain[] {
  return [...bases].sort(
    (a, b) => HOOKS.indexOf(a.hook) - HOOKS.indexOf(b.hook) || calledAt(a) - calledAt(b) || a.priority - b.priority,
  );
}

/** NF_IP_PRI_NAT_DST and NF_IP_PRI_NAT_SRC. @see Linux, include/uapi/linux/netfilter_ipv4.h */
function calledAt({ kind, hook, priority }: BaseChain): number {
  if (kind !== 'nat') return priority;
  return hook === 'prerouting' || hook === 'output' ? -100 : 100;
}
