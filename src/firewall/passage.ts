/**
 * What a firewall lets through: every base chain on the way of a packet has to accept it, and drop is final.
 *
 * What a rule sends elsewhere (redirect, dnat, tproxy) is `redirected` where the rest of the way accepts it under its new destination, and dropped
 * where it does not.
 *
 * Worked example: nat PREROUTING redirects port 25 to 2525, filter INPUT accepts 2525, filter FORWARD accepts 25 and 587 and drops the rest:
 * forward accepts {587}, redirects {25} to "this host, port 2525", and drops the rest.
 */
import type { Bdd } from './bdd.ts';
import type { Onward, Redirected } from './onward.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Hook } from './ruleset.ts';

/** Disjoint, together the slice of the space, over the packets and what is not known. */
export interface Passage {
  readonly accepted: Certainty;
  /** Accepted, with another destination. */
  readonly redirected: Certainty;
  readonly dropped: Certainty;
  /** Where it is sent instead; together `redirected`. */
  readonly targets: readonly Redirected[];
}

export interface Certainty {
  /** Also over what is not known: restricted to one packet, it says on what the answer depends. */
  readonly set: Bdd;
  /** Packets that are in the set for some value of what is not known. */
  readonly may: Bdd;
  /** Packets that are in the set for every value. */
  readonly must: Bdd;
}

/**
 * @param hook  `forward`: through the firewall; `input`: to it; `output`: from it; `prerouting`, `postrouting`: these alone
 * @throws {NodeBudgetError} the answer is unknown then, never "nothing"
 */
export function passage(onward: Onward, hook: Hook): Passage {
  const { space } = onward;
  const { accepted, dropped, redirected } = onward.from(onward.start(hook));
  return {
    accepted: certainty(space, accepted),
    redirected: certainty(space, space.manager.orAll(redirected.map(({ set }) => set))),
    dropped: certainty(space, dropped),
    targets: redirected,
  };
}

/** Worked out where it is asked for, once. */
function certainty(space: PacketSpace, set: Bdd): Certainty {
  let [may, must]: [Bdd | null, Bdd | null] = [null, null];
  return {
    set,
    get may() {
      may ??= space.may(set);
      return may;
    },
    get must() {
      must ??= space.must(set);
      return must;
    },
  };
}
