/**
 * The first pass: every question once, as many at a time as the run allows. On the wire, for each question: one TCP connection (two where
 * a port speaks the other TLS mode) and the dialogue of `probe.ts`; nothing for a question that has a problem.
 */
import type { Observation } from '../model/evidence.ts';
import type { Question } from '../model/question.ts';
import type { Controls } from './controls.ts';
import { type Askable, inTurn, isAskable, targetOf } from './plan.ts';
import { runPool } from './pool.ts';
import { withReach } from './reach-words.ts';
import { isoTime, observationOf, type Run, unasked } from './run.ts';
import type { ProbeLimits } from './target.ts';

/** Dialogues at once with one address: Postfix's anvil(8) and the like count connections by client. A control's handshake may come on top. */
export const PER_TARGET = 2;

/** Milliseconds. In a sweep shorter than this the controls before and after it are close enough. */
const MIDDLE_AFTER_MS = 5_000;

/** What failed for want of sockets is asked again with so many times fewer at once. */
const LIGHTER = 8;

/** A full file table, no free port, no memory for a socket: load of this host, and gone when there is less of it. */
const OVERLOAD = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAGAIN', 'EADDRNOTAVAIL', 'EADDRINUSE'];

/** Whether this host had too much in hand to ask: nothing was learnt, and asking again with less may help. */
export function isOverload(answer: Observation | null): boolean {
  return answer?.outcome === 'probe-error' && answer.error !== null && OVERLOAD.includes(answer.error.code);
}

/** Leaves no question without an observation: what could not be asked in time is `aborted`. */
export async function sweep(run: Run, questions: readonly Question[], controls: Controls): Promise<void> {
  for (const question of questions) {
    if (!isAskable(question)) {
      const report = unasked('unresolved', null, `${question.problem ?? 'It has no address'}; nothing was sent.`);
      run.journal.write(observationOf(question, 'scan', isoTime(run.clock), report));
    }
  }
  const askable = questions.filter(isAskable);
  const startedAt = run.clock.monotonic();
  let done = 0;
  let middle: Promise<void> | null = null;
  const work = async (question: Askable): Promise<void> => {
    await ask(run, question, 'scan', run.limits);
    done++;
    run.onProgress({ phase: 'scan', done: Math.min(done, askable.length), total: askable.length });
    const late = run.clock.monotonic() - startedAt >= MIDDLE_AFTER_MS;
    if (middle === null && late && done * 2 >= askable.length) middle = controls.round('middle', run.stop);
  };
  const askAll = (some: readonly Askable[], concurrency: number): Promise<void> =>
    runPool(inTurn(some), work, {
      concurrency,
      signal: run.stop,
      pace: run.pace,
      targetOf: ({ address }) => address,
      perTarget: PER_TARGET,
    });
  await askAll(askable, run.concurrency);
  const overloaded = askable.filter(({ id }) => isOverload(run.journal.answer(id)));
  await askAll(overloaded, Math.ceil(run.concurrency / LIGHTER));
  await middle;
  for (const question of askable) {
    if (run.journal.answer(question.id) === null)
      run.journal.write(observationOf(question, 'scan', isoTime(run.clock), notAsked(run)));
  }
}

/**
 * Asks one question and writes the answer down. An answer that the end of the run cut off is not written: it must not stand in the place of
 * an earlier one.
 */
export async function ask(run: Run, question: Askable, pass: Observation['pass'], limits: ProbeLimits): Promise<void> {
  const at = isoTime(run.clock);
  const obstacle = run.obstacle(question.source, question.address);
  const report =
    obstacle === null
      ? await run.probers.probe(targetOf(run.policy, question, run.speech), limits, run.stop)
      : unasked(obstacle.outcome, obstacle.detail, obstacle.reason);
  if (report.outcome === 'aborted') return;
  run.journal.write(observationOf(question, pass, at, withReach(run, { ...question, at }, report)));
}

function notAsked(run: Run): ReturnType<typeof unasked> {
  const why = typeof run.stop.reason === 'string' ? run.stop.reason : 'The run ended';
  return unasked('aborted', null, `${why} before this question was answered.`);
}
