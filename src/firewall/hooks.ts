/**
 * The way of a packet through the hooks, from one of five beginnings.
 *
 * Worked example: what a host forwards meets prerouting, forward and postrouting. Where a rule of prerouting redirects it to this host, it meets
 * input instead of forward.
 *
 * @see Linux include/uapi/linux/netfilter.h; net/ipv4/ip_input.c, ip_forward.c, ip_output.c
 */
import type { Hook } from './ruleset.ts';

/** Where the packet is while it is looked at. */
export interface Vantage {
  /** `forward`, `output`, `input`: a whole way, named for its middle. `prerouting`, `postrouting`: these alone. */
  readonly start: Hook;
  readonly hook: Hook;
  /** How often its destination has been rewritten. */
  readonly rewritten: number;
}

/**
 * Whose a packet is once a rule has rewritten where it goes: this host's, or another one's. Null: as it was sent.
 *
 * @see Linux net/ipv4/ip_input.c, ip_rcv_finish: routing comes after prerouting, and looks at the destination as it is then
 */
export type Bound = 'here' | 'elsewhere' | null;

export function firstHook(start: Hook): Hook {
  return start === 'forward' || start === 'input' ? 'prerouting' : start;
}

export function hookAfter(start: Hook, hook: Hook, bound: Bound): Hook | null {
  if (hook === start && (hook === 'prerouting' || hook === 'postrouting')) return null;
  if (hook === 'prerouting') return bound === 'here' || (bound === null && start === 'input') ? 'input' : 'forward';
  return hook === 'forward' || hook === 'output' ? 'postrouting' : null;
}

/** Those of a packet that no rule sends elsewhere, in order. */
export function hooksOf(start: Hook): readonly Hook[] {
  const hooks: Hook[] = [];
  for (let hook: Hook | null = firstHook(start); hook !== null; hook = hookAfter(start, hook, null)) hooks.push(hook);
  return hooks;
}

/**
 * A packet that was made here came in nowhere, and before routing nobody knows where it goes: a condition about that side is false.
 *
 * @see Linux net/ipv4/netfilter/ip_tables.c, ipt_do_table: `nulldevname`
 */
export function hasInterface(side: 'in' | 'out', { start, hook }: Vantage): boolean {
  return side === 'in' ? start !== 'output' : hook === 'forward' || hook === 'output' || hook === 'postrouting';
}

/** Only what this host sends may belong to one of its sockets. */
export function mayHaveOwner({ start }: Vantage): boolean {
  return start === 'output' || start === 'postrouting';
}
