/** The order in which the kernel calls base chains: by hook, on the way of a packet; then by priority; then as they stand in the file. */
import type { BaseChain, Hook } from './ruleset.ts';

const HOOKS: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

export function inOrder(bases: readonly BaseChain[]): readonly BaseChain[] {
  return [...bases].sort((a, b) => HOOKS.indexOf(a.hook) - HOOKS.indexOf(b.hook) || a.priority - b.priority);
}
