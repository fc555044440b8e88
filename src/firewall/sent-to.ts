/**
 * Where the rules send one packet instead, in every world in which some do, and what becomes of it there. Told by the interpreter alone.
 *
 * Worked example: `dnat to numgen inc mod 2 map { 0 : 10.9.0.1, 1 : 10.9.0.2 }` and `ip daddr 10.9.0.2 drop` in forward: to 10.9.0.1:25 if
 * `numgen inc mod 2 0`, accepted there; to 10.9.0.2:25 if that is not and `numgen inc mod 2 1` is, dropped there by that line.
 */
import { groupBy } from '../model/group-by.ts';
import { ANYWHERE, sentText } from './divert-text.ts';
import { conditionInWords } from './in-words.ts';
import { MOST_WORLDS, TOO_MANY } from './interpret.ts';
import { Journey, type Packet, type WorldVerdict } from './journey.ts';
import type { Hook, Place, Ruleset } from './ruleset.ts';
import { everyWorld, type World } from './worlds.ts';

export interface Sent {
  /** In words; the port is told where it stays as well. */
  readonly target: string;
  /** The rule that sends it there. */
  readonly line: Place | null;
  /** When it is sent there; null: always. */
  readonly condition: string | null;
  readonly there: There;
}

export interface There {
  readonly verdict: Exclude<WorldVerdict, 'redirect'> | 'conditional';
  /** When it is accepted there, where that hangs on something; else null. */
  readonly condition: string | null;
  /** Lines that stop it there, each in some world. */
  readonly stoppedBy: readonly Place[];
}

/** Characters of a condition that is still read. */
const LONGEST = 400;

/** In the order in which they are met; none where nothing sends it elsewhere. Of too many worlds those that were seen. */
export function sentTo(ruleset: Ruleset, packet: Packet, hook: Hook): readonly Sent[] {
  const ways: Way[] = [];
  const worlds = everyWorld((ask) => {
    const journey = new Journey(ruleset, packet, hook, ask, {});
    const verdict = stoppedOr(journey.outcome());
    const way = { verdict, decision: journey.decision, ...whereTo(journey, packet, hook) };
    ways.push(way);
    return way;
  }, MOST_WORLDS);
  const targets = groupBy(
    ways.filter(({ target }) => target !== null),
    keyOf,
  );
  return [...targets].map(([key, group]) => sentOf(key, group, worlds));
}

interface Way {
  readonly verdict: Exclude<WorldVerdict, 'redirect'>;
  readonly decision: Place | null;
  /** Null: to where it was sent. */
  readonly target: string | null;
  readonly line: Place | null;
}

function stoppedOr(outcome: WorldVerdict): Way['verdict'] {
  return outcome === 'redirect' ? 'accept' : outcome;
}

function whereTo({ sentBy }: Journey, packet: Packet, hook: Hook): Pick<Way, 'target' | 'line'> {
  if (sentBy === null) return { target: null, line: null };
  const { divert, place } = sentBy;
  const here = hook === 'forward' ? 'the firewall itself' : 'this host';
  return { target: divert === null ? ANYWHERE : sentText(divert, packet, here), line: place };
}

function keyOf({ target, line }: Way): string {
  return JSON.stringify([target, line?.file, line?.line, line?.column]);
}

/** @param group  the ways that lead there. */
function sentOf(key: string, group: readonly Way[], worlds: readonly World<Way>[] | null): Sent {
  const [{ target, line } = { target: null, line: null }] = group;
  const condition =
    worlds !== null && group.length === worlds.length ? null : wordsOf(worlds, (way) => (keyOf(way) === key ? 'accept' : 'drop'));
  const own = worlds?.filter(({ outcome }) => keyOf(outcome) === key) ?? null;
  return { target: target ?? ANYWHERE, line, condition, there: thereOf(group, own) };
}

function thereOf(group: readonly Way[], worlds: readonly World<Way>[] | null): There {
  const verdicts = new Set(group.map(({ verdict }) => verdict));
  const stopped = group.flatMap(({ verdict, decision }) => (verdict === 'accept' || decision === null ? [] : [decision]));
  const stoppedBy = [...new Set(stopped)];
  const [verdict = 'accept'] = verdicts;
  if (worlds !== null && verdicts.size === 1) return { verdict, condition: null, stoppedBy };
  return { verdict: 'conditional', condition: wordsOf(worlds, (way) => way.verdict), stoppedBy };
}

function wordsOf(worlds: readonly World<Way>[] | null, outcomeOf: (way: Way) => string): string {
  if (worlds === null) return TOO_MANY;
  const words = conditionInWords(worlds.map(({ answers, outcome }) => ({ answers, outcome: outcomeOf(outcome) })));
  return words.length > LONGEST ? TOO_MANY : words;
}
