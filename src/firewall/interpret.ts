/**
 * What becomes of one packet, rule by rule, as the kernel goes. What the packet does not show is answered both ways, in worlds of their own. No
 * code is shared with packet sets: one is tested against the other.
 *
 * Worked example: of `-A OUTPUT -p tcp --dport 25 -m owner --uid-owner postfix -j ACCEPT` and the policy drop, a packet to port 25 is accepted in one
 * world and dropped in the other: conditional, `if -m owner --uid-owner postfix`.
 *
 * A packet here is the first one of a TCP connection: SYN, unfragmented, NEW.
 */
import { conditionInWords } from './in-words.ts';
import { Journey, type Packet, type Surroundings, type WorldVerdict } from './journey.ts';
import type { Hook, Place, Ruleset } from './ruleset.ts';
import { everyWorld } from './worlds.ts';

export type { Packet, Surroundings, WorldVerdict } from './journey.ts';

export interface Trace {
  readonly verdict: WorldVerdict | 'conditional';
  /** Every rule whose condition held, or hung on something, in some world: in the order in which they are looked at. */
  readonly rules: readonly Place[];
  /** When it is accepted, where that hangs on something; else null. */
  readonly condition: string | null;
  /**
   * The line that decided: the rule that drops, rejects or rewrites; of an accepted packet the last rule that accepted it. A base chain's own line
   * where its policy decided. Null where several did, each in its world.
   */
  readonly decision: Place | null;
  /** Every verdict that some world has; none where there are too many worlds. */
  readonly outcomes: readonly WorldVerdict[];
  /** In how many ways the open questions can be answered; one: there is none. */
  readonly worlds: number;
}

/** More open questions than these worlds can hold are not answered. */
export const MOST_WORLDS = 4_096;

/** Stands for a condition of more. */
export const TOO_MANY = 'too many conditions';

/** @param hook  `forward`: through the firewall; `input`: to it; `output`: from it. */
export function traceOf(ruleset: Ruleset, packet: Packet, hook: Hook, surroundings: Surroundings = {}): Trace {
  const rules: Place[] = [];
  const decisions = new Set<Place | null>();
  const worlds = everyWorld((ask) => {
    const journey = new Journey(ruleset, packet, hook, ask, surroundings);
    const outcome = journey.outcome();
    merge(rules, journey.rules);
    decisions.add(journey.decision);
    return outcome;
  }, MOST_WORLDS);
  const several = { verdict: 'conditional', rules, decision: null } as const;
  if (worlds === null) return { ...several, condition: TOO_MANY, outcomes: [], worlds: MOST_WORLDS };
  const outcomes = [...new Set(worlds.map(({ outcome }) => outcome))];
  const [only] = outcomes;
  if (only === undefined || outcomes.length > 1)
    return { ...several, condition: conditionInWords(worlds), outcomes, worlds: worlds.length };
  const [decision = null] = decisions;
  return {
    verdict: only,
    rules,
    condition: null,
    decision: decisions.size === 1 ? decision : null,
    outcomes,
    worlds: worlds.length,
  };
}

/** What one world has seen, in its place among what others have. */
function merge(all: Place[], seen: readonly Place[]): void {
  let at = 0;
  for (const place of seen) {
    const found = all.indexOf(place);
    if (found < 0) all.splice(at, 0, place);
    at = (found < 0 ? at : found) + 1;
  }
}
