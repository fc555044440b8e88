/**
 * Whether a scheduled job has results at all. A failure is told at once, then with the reminders, and when it is over. A job that fails and
 * works in turn is told once as unreliable, and then when it has stayed one of both: as findings are that come and go.
 */
import { STEADY_RUNS, UNSTEADY_TURNS, WINDOW_RUNS } from '../model/history.ts';
import type { News } from '../model/notice.ts';
import type { Failure, JobMemory } from './memory.ts';
import type { Told } from './notice.ts';

export interface OutcomeNews {
  readonly news: readonly News[];
  readonly job: JobMemory;
}

/** @param isDue  whether what was told then is to be told again. */
export function outcomeNews(before: JobMemory, run: Told, isDue: (toldAt: string | null) => boolean): OutcomeNews {
  const outcomes = [...before.outcomes, run.kind === 'failed'].slice(-WINDOW_RUNS);
  const failure = run.kind === 'failed' ? grown(before.failure, run.startedAt) : null;
  const job: JobMemory = { ...before, outcomes, failure };
  const words = run.kind === 'failed' ? run.words : [];
  if (before.unreliable) return stillUnreliable(before, job, run);
  if (turnsIn(outcomes) >= UNSTEADY_TURNS) {
    return { news: [{ kind: 'unreliable', since: run.startedAt, words }], job: told({ ...job, unreliable: true }, run) };
  }
  if (run.kind === 'judged') return { news: recovered(before.failure), job };
  const silent = before.failure !== null && !isDue(before.failure.toldAt);
  return silent ? { news: [], job } : { news: failed(job, run), job: told(job, run) };
}

function stillUnreliable(before: JobMemory, job: JobMemory, run: Told): OutcomeNews {
  const steady = job.outcomes.slice(-STEADY_RUNS);
  if (steady.length < STEADY_RUNS || turnsIn(steady) > 0) return { news: [], job };
  const calm: JobMemory = { ...job, unreliable: false, outcomes: steady.slice(-1) };
  if (run.kind === 'failed') return { news: failed(calm, run), job: told(calm, run) };
  return { news: [{ kind: 'works-again', since: before.at, runs: 0 }], job: calm };
}

function turnsIn(outcomes: readonly boolean[]): number {
  return outcomes.filter((outcome, index) => index > 0 && outcome !== outcomes[index - 1]).length;
}

function grown(failure: Failure | null, startedAt: string): Failure {
  return failure === null ? { since: startedAt, runs: 1, toldAt: null } : { ...failure, runs: failure.runs + 1 };
}

function recovered(failure: Failure | null): readonly News[] {
  return failure === null ? [] : [{ kind: 'works-again', since: failure.since, runs: failure.runs }];
}

function failed({ failure }: JobMemory, run: Told): readonly News[] {
  if (run.kind !== 'failed' || failure === null) return [];
  return [{ kind: 'failed', exitCode: run.exitCode, since: failure.since, runs: failure.runs, words: run.words }];
}

function told(job: JobMemory, { startedAt }: Told): JobMemory {
  return job.failure === null ? job : { ...job, failure: { ...job.failure, toldAt: startedAt } };
}
