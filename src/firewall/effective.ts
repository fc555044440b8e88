/**
 * Which lines decide what becomes of packets: a line's effective set is what it matches of what reaches it.
 *
 * Worked example: `--dport 25 -s 10.0.0.9 -j ACCEPT`, then `--dport 25 -j DROP`, then the policy ACCEPT: of packets to port 25 the first line decides
 * those of 10.0.0.9 and the second one all others; the policy decides none.
 *
 * A packet is accepted by every base chain on its way, most of which say nothing of it. So the rules count that accept it, in whatever base chain
 * that filters, and where it is left to a policy that of the hook's own chain, not those beside it (mangle, raw). A packet that a rule sends elsewhere
 * is decided by that rule and by what decides it behind.
 */
import { type Bdd, EMPTY } from './bdd.ts';
import { Onward } from './onward.ts';
import type { PacketSpace } from './packet-space.ts';
import { type Meeting, reachOf, type Where } from './reach.ts';
import type { BaseChain, Hook, Place, Ruleset } from './ruleset.ts';

export interface DecidingLine {
  readonly place: Place;
  /** Packets as they are at the beginning, and what is not known; not empty. */
  readonly set: Bdd;
}

/** The line that decides most packets first; of two that decide as many, the one that they meet first. @throws {NodeBudgetError} */
export function decidingLines(ruleset: Ruleset, space: PacketSpace, hook: Hook, region: Bdd): readonly DecidingLine[] {
  return decidingLinesOf(new Onward(ruleset, space), space, hook, region);
}

/** The same of a ruleset whose chains are worked out already. */
export function decidingLinesOf(onward: Onward, space: PacketSpace, hook: Hook, region: Bdd): readonly DecidingLine[] {
  const { manager } = space;
  const sets = new Map<Place, Bdd>();
  const note = (place: Place, set: Bdd): void => {
    if (set !== EMPTY) sets.set(place, manager.or(sets.get(place) ?? EMPTY, set));
  };
  const passing = ({ point, origin }: Where, set: Bdd): Bdd => origin(manager.and(set, onward.passingBehind(point)));
  reachOf(onward, space, hook, space.slice).deciding(manager.and(region, space.slice), {
    rule: (meeting) => note(meeting.leaf.rule.place, decided(space, meeting, passing)),
    policy: (base, where, set) => {
      if (base.policy === 'drop') note(base.place, where.origin(set));
      else if (onward.speaksFor(base, where.point)) note(base.place, passing(where, set));
    },
  });
  const lines = [...sets].map(([place, set]) => ({ line: { place, set }, share: manager.density(space.may(set)) }));
  return lines.sort((a, b) => b.share - a.share).map(({ line }) => line);
}

/** What is accepted here and dropped later is decided later. */
function decided(
  { manager }: PacketSpace,
  { where, base, verdict, set, accepted }: Meeting,
  passing: (where: Where, set: Bdd) => Bdd,
): Bdd {
  switch (verdict.kind) {
    case 'drop':
    case 'reject':
    case 'divert':
    case 'lost':
      return where.origin(set);
    case 'accept':
      return isFilter(base) ? passing(where, set) : EMPTY;
    case 'unknown':
      return manager.or(where.origin(manager.diff(set, accepted)), passing(where, accepted));
    default:
      return EMPTY;
  }
}

/** In a nat chain to accept is to leave the packet as it is. */
function isFilter({ kind }: BaseChain): boolean {
  return kind !== 'nat';
}
