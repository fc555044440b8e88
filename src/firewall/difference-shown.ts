/**
 * Whether a packet shows a change, by the interpreter alone: it goes through both versions, and something else has to become of it, as the row says.
 *
 * Where that hangs on something on both sides, it goes through both at once: what is asked of the packet as it was sent has one answer in both. What
 * is asked on its way, such as a rate limit, may have another one behind the change; of that the packet sets know more than is looked at here.
 *
 * Worked example: 10.0.0.1 to port 25 is accepted `if -m set --match-set relays src` before and after. It shows no change, though on each side it is
 * accepted at times and dropped at others.
 */
import type { ChangeKind } from '../model/configuration-change.ts';
import { disagreement } from './disagreement.ts';
import { isOfPacket } from './holds.ts';
import { MOST_WORLDS, type Trace } from './interpret.ts';
import { Journey, type Packet, type WorldVerdict } from './journey.ts';
import type { Hook, Ruleset } from './ruleset.ts';
import { type Ask, everyWorld } from './worlds.ts';

export interface Showing {
  readonly before: Ruleset;
  readonly after: Ruleset;
  readonly hook: Hook;
  readonly packet: Packet;
  /** What becomes of it before the change, and after it. */
  readonly was: Trace;
  readonly is: Trace;
}

export interface Claim {
  readonly kind: ChangeKind;
  /** Where it is sent; null where it is not redirected. */
  readonly target: string | null;
}

/** @throws {Error} where the packet does not show what is claimed: a bug. */
export function expectShown(showing: Showing, claim: Claim): void {
  if (shows(showing, claim)) return;
  const { before, after, hook, packet, was, is } = showing;
  const ruleset = { ...after, files: [...before.files, ...after.files] };
  const byRules = `${was.outcomes.join(' or ')} before and ${is.outcomes.join(' or ')} after the change`;
  throw new Error(disagreement({ ruleset, hook, packet, bySets: claim.kind.replace('-', ' '), byRules }));
}

/** Too many worlds are no answer, and contradict none. */
function shows({ before, after, hook, packet, was, is }: Showing, claim: Claim): boolean {
  if (was.outcomes.length === 0 || is.outcomes.length === 0) return true;
  const sure = was.outcomes.length === 1 || is.outcomes.length === 1;
  // Where it is sent is told of each world alone.
  if (sure && claim.kind !== 'newly-redirected')
    return was.outcomes.some((old) => is.outcomes.some((fresh) => differs(claim, fateOf(old, null), fateOf(fresh, null))));
  const worlds = everyWorld((ask) => {
    const sharing = sharingAnswers(ask);
    const [old, fresh] = [before, after].map((ruleset) => {
      const journey = new Journey(ruleset, packet, hook, sharing, {});
      return fateOf(journey.outcome(), journey.target);
    });
    return old !== undefined && fresh !== undefined && differs(claim, old, fresh);
  }, MOST_WORLDS);
  return worlds === null || worlds.some(({ outcome }) => outcome);
}

interface Fate {
  readonly verdict: WorldVerdict;
  readonly target: string | null;
}

function fateOf(verdict: WorldVerdict, target: string | null): Fate {
  return { verdict, target: verdict === 'redirect' ? target : null };
}

function differs({ kind, target }: Claim, was: Fate, is: Fate): boolean {
  switch (kind) {
    case 'newly-allowed':
      return is.verdict === 'accept' && was.verdict !== 'accept';
    case 'newly-blocked':
      return isStopped(is) && !isStopped(was);
    case 'newly-redirected':
      return isSentTo(is, target) && !isSentTo(was, target);
  }
}

function isStopped({ verdict }: Fate): boolean {
  return verdict === 'drop' || verdict === 'reject';
}

function isSentTo(fate: Fate, target: string | null): boolean {
  return fate.verdict === 'redirect' && fate.target === target;
}

/** What is asked of the packet as it was sent is asked once. */
function sharingAnswers(ask: Ask): Ask {
  const answers = new Map<string, boolean>();
  return (question) => {
    const known = answers.get(question.key);
    if (known !== undefined) {
      question.settle(known);
      return known;
    }
    const answer = ask(question);
    if (isOfPacket(question)) answers.set(question.key, answer);
    return answer;
  };
}
