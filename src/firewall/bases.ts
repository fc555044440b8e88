/**
 * The order in which the kernel calls base chains: by hook, on the way of a packet; then by priority; then as they stand in the file.
 *
 * Worked example: of `ip filter/FORWARD` (forward, 0), `ip nat/PREROUTING` (prerouting, −100) and `ip raw/PREROUTING` (prerouting, −300) the last
 * one comes first, and the first one last.
 */
import type { BaseChain, Hook } from './ruleset.ts';

const HOOKS: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

export function inOrder(bases: readonly BaseChain[]): readonly BaseChain[] {
  return [...bases].sort((a, b) => HOOKS.indexOf(a.hook) - HOOKS.indexOf(b.hook) || a.priority - b.priority);
}
