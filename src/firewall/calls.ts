/**
 * Which chains call which.
 *
 * Worked example: `-A FORWARD -i eth1 -j MAIL` and `-A MAIL -p tcp --dport 25 -g RELAYS`: from the hook forward FORWARD, MAIL and RELAYS are reached.
 */
import { remembered } from '../model/remembered.ts';
import type { Chain, Hook, Rule, Ruleset } from './ruleset.ts';

export function callsOf({ cases }: Rule): readonly string[] {
  return cases.flatMap(({ verdict }) => (verdict.kind === 'jump' || verdict.kind === 'goto' ? [verdict.chain] : []));
}

/** @param path  the names of the chains from the first call on. @param back  the one of them that is called again. */
export function circleText(path: readonly string[], back: string): string {
  const circle = [...path.slice(path.indexOf(back)), back];
  return `The chains lead round in a circle, which the kernel refuses: ${circle.join(' → ')}.`;
}

/** Each once, in the order in which they are called first. */
export function calledBy(chain: Chain): readonly string[] {
  return remembered(CALLED, chain, () => {
    const called = new Set<string>();
    for (const { cases } of chain.rules)
      for (const { verdict } of cases) if (verdict.kind === 'jump' || verdict.kind === 'goto') called.add(verdict.chain);
    return [...called];
  });
}

const CALLED = new WeakMap<Chain, readonly string[]>();

/** The base chains of some hooks, and all that they lead to. */
export function reachedFrom({ bases, chains }: Pick<Ruleset, 'bases' | 'chains'>, hooks: readonly Hook[]): ReadonlySet<string> {
  const reached = new Set(bases.filter(({ hook }) => hooks.includes(hook)).map(({ chain }) => chain));
  // A set can be added to while it is gone through.
  for (const id of reached) {
    const chain = chains.get(id);
    if (chain !== undefined) for (const called of calledBy(chain)) reached.add(called);
  }
  return reached;
}
