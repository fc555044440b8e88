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
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import type { Onward } from './onward.ts';
import type { PacketSpace } from './packet-space.ts';
import { type Meeting, reachOf, type Where } from './reach.ts';
import type { BaseChain, Hook, Place } from './ruleset.ts';

export interface DecidingLine {
  readonly place: Place;
  /** Packets as they are at the beginning, and what is not known; not empty. */
  readonly set: Bdd;
  /** It sends them elsewhere; what becomes of them there other lines decide. */
  readonly diverts: boolean;
}

/** The line that decides most packets first; of two that decide as many, the one that they meet first. @throws {NodeBudgetError} */
export function decidingLines(onward: Onward, hook: Hook, region: Bdd): readonly DecidingLine[] {
  const { space } = onward;
  const { manager } = space;
  const lines = new Map<Place, Line>();
  const note: Note = (place, share, set, diverts = false) => {
    const line = lines.get(place) ?? new Line(space, place);
    line.add(share, set);
    line.diverts ||= diverts;
    lines.set(place, line);
  };
  const deciding = { onward, note };
  reachOf(onward, hook, space.slice).deciding(manager.and(region, space.slice), {
    rule: (meeting) => noteRule(deciding, meeting),
    policy: (base, where, set) => {
      const origin = where.origin(set);
      if (base.policy === 'drop') note(base.place, space.share(origin), () => origin);
      else if (onward.speaksFor(base, where.point)) notePassing(deciding, base.place, where, set);
    },
  });
  return [...lines.values()].sort((a, b) => b.share - a.share);
}

/** A line of one rule or several. Most sets are never asked for: none is made before. */
class Line implements DecidingLine {
  readonly place: Place;
  /** Of all packets. */
  share = 0;
  diverts = false;
  readonly #space: PacketSpace;
  readonly #parts: (() => Bdd)[] = [];
  #set: Bdd | null = null;

  constructor(space: PacketSpace, place: Place) {
    this.#space = space;
    this.place = place;
  }

  add(share: number, set: () => Bdd): void {
    this.share += share;
    this.#parts.push(set);
  }

  get set(): Bdd {
    this.#set ??= this.#space.manager.orAll(this.#parts.map((part) => part()));
    return this.#set;
  }
}

interface Deciding {
  readonly onward: Onward;
  readonly note: Note;
}

type Note = (place: Place, share: number, set: () => Bdd, diverts?: boolean) => void;

/** What is accepted here and dropped later is decided later. */
function noteRule(deciding: Deciding, { where, base, leaf, verdict, said, set, share }: Meeting): void {
  const { onward, note } = deciding;
  const { manager } = onward.space;
  const { place } = leaf.rule;
  switch (verdict.kind) {
    case 'drop':
    case 'reject':
    case 'divert':
    case 'lost':
      note(place, share(), () => where.origin(set()), verdict.kind === 'divert' || verdict.kind === 'lost');
      break;
    case 'accept':
      if (!isFilter(base)) break;
      if (onward.passingBehind(where.point) === FULL) note(place, share(), () => where.origin(set()));
      else notePassing(deciding, place, where, set());
      break;
    case 'unknown': {
      const accepted = manager.and(set(), manager.is(said, FULL));
      const dropped = where.origin(manager.diff(set(), accepted));
      if (dropped !== EMPTY) note(place, onward.space.share(dropped), () => dropped);
      notePassing(deciding, place, where, accepted);
    }
  }
}

function notePassing({ onward, note }: Deciding, place: Place, where: Where, set: Bdd): void {
  const { manager } = onward.space;
  const passed = where.origin(manager.and(set, onward.passingBehind(where.point)));
  if (passed !== EMPTY) note(place, onward.space.share(passed), () => passed);
}

/** In a nat chain to accept is to leave the packet as it is. */
function isFilter({ kind }: BaseChain): boolean {
  return kind !== 'nat';
}
