/**
 * Several observations of one question become the one that decides.
 *
 * A denied flow that was open once is open, whatever a later pass saw. Otherwise the last observation that says something
 * about the path decides: a later pass is paced and so the better witness, but one that failed on this host takes nothing back, and
 * silence takes nothing back from a router that said that the target is absent.
 */
import type { Observation } from '../model/evidence.ts';
import { classOf, mayBeAbsence, type Outcome } from '../model/outcome.ts';
import type { Question } from '../model/question.ts';

export interface Answer {
  readonly observation: Observation;
  /** The flow answered at one time and was blocked at a later one. */
  readonly lapsed: boolean;
}

/** From what shows least to what shows most: the strongest one is kept as the proof of a hole. */
const STRENGTH: readonly Outcome[] = ['open-closed', 'open-reset', 'open-silent', 'open-other', 'open-refusing', 'open-smtp'];

/** Outcomes of this host's own making; an earlier answer from the network stands. */
const OWN_FAILURES: ReadonlySet<Outcome> = new Set<Outcome>(['aborted', 'probe-error', 'unresolved']);

/** The deciding observation of a question; null where nobody asked it. */
export function answerTo(question: Question, observations: readonly Observation[]): Answer | null {
  const inTime = [...observations].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const open = inTime.filter(({ outcome }) => classOf(outcome) === 'open');
  if (question.expect === 'deny' && open.length > 0) {
    return { observation: open.reduce((best, next) => (strengthOf(next) > strengthOf(best) ? next : best)), lapsed: false };
  }
  const last = absentBefore(inTime) ?? inTime.findLast(({ outcome }) => !OWN_FAILURES.has(outcome)) ?? inTime.at(-1);
  if (last === undefined) return null;
  return { observation: last, lapsed: classOf(last.outcome) === 'blocked' && open.length > 0 };
}

/**
 * Silence takes nothing back from a router's word, and neither does one rejection with the same ICMP error: it may have been the end of a
 * search that another one's question began. A second rejection may not.
 */
function absentBefore(inTime: readonly Observation[]): Observation | undefined {
  const heard = inTime.filter(({ outcome }) => !OWN_FAILURES.has(outcome) && outcome !== 'dropped');
  const [before, last] = [heard.at(-2), heard.at(-1)];
  if (last?.outcome === 'host-down') return last;
  return last !== undefined && mayBeAbsence(last) && before?.outcome === 'host-down' ? before : undefined;
}

function strengthOf(observation: Observation): number {
  return STRENGTH.indexOf(observation.outcome);
}
