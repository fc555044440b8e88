/**
 * What a host lets through: every base chain on the way of a packet that it forwards or sends.
 *
 * Each base chain has to accept, and drop is final. What a rule sends elsewhere (redirect, dnat, tproxy) is a set of its own: it is neither accepted
 * nor dropped at the destination that it was sent to. Whether later chains accept it under its new destination is not asked here.
 *
 * Worked example: nat PREROUTING redirects port 25, filter FORWARD accepts 25 and 587 and drops the rest: accepted {587}, diverted {25}.
 */
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import { ChainSummaries } from './chain-summary.ts';
import type { PacketSpace } from './packet-space.ts';
import type { BaseChain, Hook, Ruleset } from './ruleset.ts';

/** Disjoint, together everything, over the packets and what is not known. */
export interface Passage {
  readonly accepted: Certainty;
  readonly dropped: Certainty;
  readonly diverted: Certainty;
}

export interface Certainty {
  /** Also over what is not known: restricted to one packet, it says on what the answer depends. */
  readonly set: Bdd;
  /** Packets that are in the set for some value of what is not known. */
  readonly may: Bdd;
  /** Packets that are in the set for every value. */
  readonly must: Bdd;
}

/** @see Linux include/uapi/linux/netfilter.h: the hooks on the way of a packet */
const HOOKS: Readonly<Record<'forward' | 'output', readonly Hook[]>> = {
  forward: ['prerouting', 'forward', 'postrouting'],
  output: ['output', 'postrouting'],
};

/** @throws {NodeBudgetError} the answer is unknown then, never "nothing" */
export function passage(ruleset: Ruleset, space: PacketSpace, from: 'forward' | 'output'): Passage {
  const { manager } = space;
  let [live, dropped, diverted] = [FULL, EMPTY, EMPTY];
  for (const hook of HOOKS[from]) {
    const summaries = new ChainSummaries(ruleset, space, { from, hook });
    for (const base of basesOf(ruleset, space, hook)) {
      const { accepted, ...ends } = summaries.summary(base.chain);
      dropped = manager.or(dropped, manager.and(live, ends.dropped));
      diverted = manager.or(diverted, manager.and(live, ends.diverted));
      if (base.policy === 'drop') dropped = manager.or(dropped, manager.and(live, ends.fallen));
      live = manager.and(live, base.policy === 'drop' ? accepted : manager.or(accepted, ends.fallen));
    }
  }
  return { accepted: certainty(space, live), dropped: certainty(space, dropped), diverted: certainty(space, diverted) };
}

function basesOf({ bases, chains }: Ruleset, { family }: PacketSpace, hook: Hook): readonly BaseChain[] {
  return bases.filter((base) => base.hook === hook && chains.get(base.chain)?.families.includes(family) === true);
}

function certainty(space: PacketSpace, set: Bdd): Certainty {
  return { set, may: space.may(set), must: space.must(set) };
}
