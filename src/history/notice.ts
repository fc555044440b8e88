/**
 * What a scheduled run has to tell, and what it remembers of that. Pure.
 *
 * Whoever reads these notices reads all of them or soon none. So there is one where something changed and two runs agree on it, where the audit
 * itself fails or sees nothing, where that is over, and, at most so often, of what is still open. A failure is told at once: there is no second
 * opinion to wait for, and a scheduler that starts nothing any more would never have it.
 *
 *     runs of an hour   ok  fails  fails  ok           blind  blind  sees  sees
 *     told              –   failed  –     works again  –      blind  –     sees again
 */
import { bySeverity } from '../model/finding.ts';
import { isBlindness, type SeriesState, type Transition } from '../model/history.ts';
import type { LossKind, News, Notice, StandingOpen, TroubleKind } from '../model/notice.ts';
import { type Fault, faultNews } from './fault-news.ts';
import type { JobMemory, Memory, SeriesMemory, Sighted } from './memory.ts';
import { outcomeNews } from './outcome-news.ts';

/** What came of a run, as far as notices hang on it. */
export type Told = JudgedRun | FailedRun;

export interface JudgedRun {
  readonly kind: 'judged';
  readonly series: string;
  readonly startedAt: string;
  /** Whether any check was judged. */
  readonly sees: boolean;
  /** After this run. */
  readonly state: SeriesState;
  /** The last run that the state takes account of. */
  readonly sequence: number;
  /** Of the series, oldest first; earlier runs may be among them. */
  readonly transitions: readonly Transition[];
  /** Fingerprints that the baseline has. */
  readonly known: ReadonlySet<string>;
  /** What could not be done with its result. */
  readonly faults: readonly Fault[];
}

export interface FailedRun {
  readonly kind: 'failed';
  readonly startedAt: string;
  readonly exitCode: number;
  readonly words: readonly string[];
}

export interface NoticeOptions {
  /** Which line of the crontab this is: failures are its own. */
  readonly job: string;
  /** At most so often what is still open; null: never. */
  readonly remindMs: number | null;
  /** What tells of the runs and did not work, by what it is. */
  readonly troubles: ReadonlyMap<TroubleKind, string>;
  /** What is lost for good: told at once. */
  readonly losses: readonly Loss[];
}

export interface Loss {
  readonly what: LossKind;
  /** A sentence. */
  readonly words: string;
}

export interface Decision {
  /** Null: nothing is to be told. */
  readonly notice: Notice | null;
  readonly memory: Memory;
}

/** Runs start a little earlier or later each time: a reminder that is due in a moment is due now, or a daily run would remind every other day. */
const MAX_SLACK_MS = 600_000;

/**
 * Decides whether a run has to tell anything.
 *
 * @param memory  after the run before it; what is due hangs on the starts of runs, not on a clock.
 * @returns       the notice, and what is to be remembered once it was told.
 */
export function decide(memory: Memory, run: Told, options: NoticeOptions): Decision {
  const before = memory.jobs[options.job] ?? FIRST_JOB;
  const outcome = outcomeNews(before, run, (toldAt) => isDue(toldAt, run.startedAt, options.remindMs));
  const seen = run.kind === 'judged' ? seriesNews(memory.series[run.series] ?? null, run, options) : NOTHING;
  const losses = options.losses.map((loss): News => ({ kind: 'trouble', since: run.startedAt, ...loss }));
  const others = [...outcome.news, ...seen.news, ...losses];
  const fault = faultNews(before.faults, run, {
    isDue: (toldAt) => isDue(toldAt, run.startedAt, options.remindMs),
    beside: others.length > 0,
  });
  const urgent = [...others, ...fault.news];
  const trouble = troubleNews(before, run.startedAt, { now: options.troubles, beside: urgent.length > 0 });
  const job: JobMemory = { ...outcome.job, troubles: trouble.troubles, faults: fault.faults, at: run.startedAt };
  const news = [...urgent, ...trouble.news];
  const notice: Notice | null =
    news.length === 0 ? null : { news, open: seen.open, unseen: seen.unseen, unconfirmed: seen.unconfirmed };
  const series = run.kind === 'judged' ? rememberedSeries(memory.series, run, seen.memory, news.length > 0) : memory.series;
  return { notice, memory: { ...memory, jobs: { ...memory.jobs, [options.job]: job }, series } };
}

/** Any mail of a run with a result also lists what is open. */
function rememberedSeries(
  before: Memory['series'],
  { series, startedAt }: JudgedRun,
  after: SeriesMemory | null,
  told: boolean,
): Memory['series'] {
  if (after === null) return before;
  return { ...before, [series]: told ? { ...after, toldAt: startedAt } : after };
}

const FIRST_JOB: JobMemory = { at: '', failure: null, outcomes: [], unreliable: false, troubles: {}, faults: {} };

interface SeriesNews {
  readonly news: readonly News[];
  readonly open: readonly StandingOpen[];
  readonly unseen: readonly StandingOpen[];
  readonly unconfirmed: number;
  readonly memory: SeriesMemory | null;
}

const NOTHING: SeriesNews = { news: [], open: [], unseen: [], unconfirmed: 0, memory: null };

function seriesNews(before: SeriesMemory | null, run: JudgedRun, { remindMs }: NoticeOptions): SeriesNews {
  const sight = sightNews(before?.sight ?? { status: 'seeing', since: run.startedAt, pending: null }, run);
  const fresh = run.transitions.filter(({ sequence }) => (before === null ? sequence === run.sequence : sequence > before.told));
  const transitions = fresh.filter((transition) => isWorthTelling(transition, run, sight));
  const changed: readonly News[] = transitions.length === 0 ? [] : [{ kind: 'changed', transitions }];
  const { open, unseen, unconfirmed } = standing(run);
  const first = before === null && run.state.runs > 1;
  const due = first || isDue(before?.toldAt ?? null, run.startedAt, remindMs);
  const quiet = sight.news.length + changed.length === 0;
  const reminder: readonly News[] = quiet && due && open.length + unseen.length > 0 ? [{ kind: 'reminder' }] : [];
  const news = [...sight.news, ...changed, ...reminder];
  return {
    news,
    open,
    unseen,
    unconfirmed,
    memory: { told: run.sequence, toldAt: before?.toldAt ?? null, sight: sight.sighted },
  };
}

interface SightNews {
  readonly news: readonly News[];
  readonly sighted: Sighted;
}

/** As with findings, two runs have to agree. */
function sightNews(sighted: Sighted, { sees, startedAt }: JudgedRun): SightNews {
  const status = sees ? 'seeing' : 'blind';
  if (status === sighted.status) return { news: [], sighted: { ...sighted, pending: null } };
  if (sighted.pending === null) return { news: [], sighted: { ...sighted, pending: startedAt } };
  const since = sighted.pending;
  const news: News = sees ? { kind: 'sees-again', since, blindSince: sighted.since } : { kind: 'blind', since };
  return { news: [news], sighted: { status, since, pending: null } };
}

/**
 * That each single check cannot be judged is no news where none can, nor that each can be again. What the baseline accepts is no news either,
 * until it is gone.
 */
function isWorthTelling({ kind, finding }: Transition, run: JudgedRun, { sighted, news }: SightNews): boolean {
  if (isBlindness(finding.code)) return sighted.status === 'seeing' && !(news.length > 0 && kind === 'closed');
  return kind === 'closed' || kind === 'unasked' || !run.known.has(finding.fingerprint);
}

function standing({ state, known }: JudgedRun): {
  readonly open: readonly StandingOpen[];
  readonly unseen: readonly StandingOpen[];
  readonly unconfirmed: number;
} {
  const all = state.standings
    .filter(({ status, fingerprint }) => status === 'open' && !known.has(fingerprint))
    .map(({ finding, since, unsteady }) => ({ finding, since, unsteady }))
    .sort(byWeight);
  return {
    open: all.filter(({ finding }) => !isBlindness(finding.code)),
    unseen: all.filter(({ finding }) => isBlindness(finding.code)),
    unconfirmed: state.standings.filter(({ status, pending, fingerprint }) => {
      return status === 'closed' && pending !== null && !known.has(fingerprint);
    }).length,
  };
}

function byWeight(a: StandingOpen, b: StandingOpen): number {
  return bySeverity(a.finding.severity, b.finding.severity) || (a.since < b.since ? -1 : a.since > b.since ? 1 : 0);
}

interface TroubleNews {
  readonly news: readonly News[];
  readonly troubles: JobMemory['troubles'];
}

interface Troubles {
  /** Sentences, by what they are about. */
  readonly now: ReadonlyMap<TroubleKind, string>;
  /** There is other news that they can go with. */
  readonly beside: boolean;
}

/** Troubles go with any other news; alone they are told once, where two runs in a row have them. */
function troubleNews({ troubles }: JobMemory, at: string, { now, beside }: Troubles): TroubleNews {
  const next = [...now].map(([what, words]) => {
    const before = troubles[what];
    const { since } = before ?? { since: at };
    const telling = beside || before?.told === false;
    return { what, words, since, telling, told: telling || before?.told === true };
  });
  return {
    news: next.filter(({ telling }) => telling).map(({ what, words, since }) => ({ kind: 'trouble', what, since, words })),
    troubles: Object.fromEntries(next.map(({ what, since, told }) => [what, { since, told }])),
  };
}

function isDue(toldAt: string | null, now: string, remindMs: number | null): boolean {
  if (toldAt === null || remindMs === null) return false;
  // Told in the future: the clock was wrong then, and nobody waits for that day to come.
  if (Date.parse(toldAt) > Date.parse(now)) return true;
  return Date.parse(now) - Date.parse(toldAt) >= remindMs - Math.min(MAX_SLACK_MS, remindMs / 10);
}
