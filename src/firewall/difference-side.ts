/**
 * What one version of a firewall does with one packet, told by the interpreter and held against the packet sets: where they disagree nothing is
 * answered.
 *
 * Worked example: 10.20.0.1:49152 to 192.0.2.1:587 was denied by `-P FORWARD DROP`, and is permitted by `-A FORWARD -p tcp --dport 587 -j ACCEPT`.
 */
import type { ConfigurationOutcome } from '../model/configuration.ts';
import type { ConfigurationSide } from '../model/result.ts';
import { type Bdd, EMPTY } from './bdd.ts';
import type { Deciding, DecidingIn } from './describe-rows.ts';
import type { Treatment } from './difference-sets.ts';
import { disagreement } from './disagreement.ts';
import type { Packet, Trace, WorldVerdict } from './interpret.ts';
import type { PacketSpace } from './packet-space.ts';
import { conditionWords } from './row-words.ts';
import type { SetRow } from './rows.ts';
import type { Hook, Place, Ruleset } from './ruleset.ts';

/** One version of a firewall. */
export interface Version {
  readonly ruleset: Ruleset;
  readonly treatment: Treatment;
  readonly deciding: DecidingIn;
}

export interface Shown {
  readonly space: PacketSpace;
  readonly hook: Hook;
  readonly packet: Packet;
  /** The same as a set. */
  readonly set: Bdd;
  /** What the interpreter says of it. */
  readonly trace: Trace;
  /** The version's lines, with the packets that they decide: asked for where the interpreter names none. */
  readonly deciding: () => readonly Deciding[];
  /** Of a detour that both versions make: told is the line behind it, since that makes the difference. */
  readonly behind: boolean;
}

/** @throws {Error} where interpreter and packet sets disagree: a bug. */
export function sideOf({ ruleset, treatment }: Version, shown: Shown): ConfigurationSide {
  const { trace } = shown;
  const expected = expectedOf(shown, treatment);
  if (!agrees(expected, trace)) {
    const bySets = [...expected].join(' or ');
    throw new Error(disagreement({ ...shown, ruleset, bySets, byRules: trace.outcomes.join(' or ') }));
  }
  const outcome = outcomeOf(expected);
  const place = trace.decision ?? lineOf(shown, treatment, outcome);
  return {
    outcome,
    condition: hangsOn(shown.space, outcome, expected, trace),
    line: place === null ? null : { file: place.file, line: place.line, text: place.text },
  };
}

type Fate = 'accept' | 'drop' | 'redirect';

/** What may become of it. */
function expectedOf({ space, set }: Shown, { accepted, redirected, dropped }: Treatment): ReadonlySet<Fate> {
  const parts = [
    ['accept', accepted],
    ['redirect', redirected],
    ['drop', dropped],
  ] as const;
  return new Set(parts.flatMap(([fate, part]) => (space.manager.meets(set, part) ? [fate] : [])));
}

/** Too many worlds are no answer, and contradict none. */
function agrees(expected: ReadonlySet<Fate>, { outcomes }: Trace): boolean {
  if (outcomes.length === 0) return true;
  const found = new Set(outcomes.map(fateOf));
  return found.size === expected.size && [...found].every((fate) => expected.has(fate));
}

function fateOf(verdict: WorldVerdict): Fate {
  return verdict === 'reject' ? 'drop' : verdict;
}

/** Of two that may be, a detour is told before a doubt. */
function outcomeOf(expected: ReadonlySet<Fate>): ConfigurationOutcome {
  if (expected.has('accept')) return expected.size === 1 ? 'permitted' : 'conditional';
  return expected.has('redirect') ? 'redirected' : 'denied';
}

const BARE: SetRow = { in: null, out: null, sources: [], destinations: [], ports: [], sourcePorts: null, rest: EMPTY };

function hangsOn(
  space: PacketSpace,
  outcome: ConfigurationOutcome,
  expected: ReadonlySet<Fate>,
  { condition }: Trace,
): string | null {
  if (condition === null || expected.size === 1) return null;
  return conditionWords(space, BARE, { condition, redirected: outcome === 'redirected' });
}

/**
 * Where several lines decide, each at its time: of a detour the one that sends it there; else the one that decides where nothing holds that is not
 * known, since the others decide before it at times only.
 */
function lineOf(shown: Shown, { accepted, redirected, dropped }: Treatment, outcome: ConfigurationOutcome): Place | null {
  const { space, set, behind } = shown;
  const { manager } = space;
  const part = manager.and(set, outcome === 'redirected' ? redirected : outcome === 'denied' ? dropped : accepted);
  let [atTimes, other]: [Place | null, Place | null] = [null, null];
  // Most rows are told by one of the first lines: the sets of all others are not worked out.
  for (const { place, set: own, diverts } of shown.deciding()) {
    if (!manager.meets(own, part)) continue;
    if (diverts !== (outcome === 'redirected' && !behind)) other ??= place;
    else if (space.holdsBare(manager.and(own, part))) return place;
    else atTimes ??= place;
  }
  return atTimes ?? other;
}
