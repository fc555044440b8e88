/**
 * What changed, run by run. Pure: the state after a run comes of the state before it and the run's result, so that it can be built anew from
 * the runs at any time.
 *
 * Of every finding a run says one of three things: it is there, with a severity; it is not there; nothing. It is not there also where a waiver
 * accepts it: that was asked for, and when the waiver ends it opens again. Nothing is said by a check that could not be judged, and by
 * an interrupted run of what it did not ask; such runs neither confirm nor contradict.
 *
 * A change counts when two runs agree on it that follow each other among those that say something; `since` is then the first of them. One
 * alone is a flap: the status and its `since` stand. Every turn of what runs say is counted, flaps and severities included: a finding with 4 of them
 * within 24 runs of its series is told once as unsteady, and then as opened or closed when 6 runs have agreed.
 *
 * An open finding that reaches more than it did, in two runs, has grown; one that reaches less is what it was. One that no check asks about any more
 * is told as that, and is then not open: nobody knows. Saved evidence that is judged again is no second opinion: a run of the same id, start
 * and policy as one of the last `WINDOW_RUNS` says nothing.
 *
 *     runs       there  there  –      there  –      –      (– : not there)
 *     status     –      open   open   open   open   closed
 *     told              opened, since 1             closed, since 5
 */
import { type Finding, isGraver, type Severity } from '../model/finding.ts';
import {
  briefOf,
  type FindingBrief,
  type HistoryState,
  type RunEntry,
  type SeriesState,
  STEADY_RUNS,
  type Standing,
  type Transition,
  UNSTEADY_TURNS,
  WINDOW_RUNS,
} from '../model/history.ts';
import type { Result } from '../model/result.ts';
import { absenceOf, type Sight, sightOf } from './absence.ts';
import { extentOf, follow } from './extent.ts';
import { byWeight, type Change, transitionOf, withGrown } from './transition.ts';

export const EMPTY_STATE: HistoryState = { schema: 'postern.state/1', sequence: 0, series: {} };

const NO_RUNS: SeriesState = { runs: 0, recent: [], standings: [] };

/** As much of an entry as drift hangs on. */
export type DriftRun = Pick<RunEntry, 'sequence' | 'series' | 'startedAt'>;

export interface Drift {
  readonly state: HistoryState;
  /** Gravest first. */
  readonly transitions: readonly Transition[];
}

/**
 * The next run of a series.
 *
 * @param state   after the run before it; `EMPTY_STATE` before the first.
 * @param result  of the run.
 * @returns       the state after it, and what it confirmed to have changed.
 */
export function drift(state: HistoryState, run: DriftRun, result: Result): Drift {
  const before = state.series[run.series] ?? NO_RUNS;
  const { id } = result.run;
  const policy = result.policy.digest;
  const again = before.recent.some((one) => one.id === id && one.startedAt === run.startedAt && one.policy === policy);
  if (again) return { state: { ...state, sequence: run.sequence }, transitions: [] };
  const recent = [...before.recent, { sequence: run.sequence, startedAt: run.startedAt, id, policy }].slice(-WINDOW_RUNS);
  const sight = sightOf(result);
  const scene: Scene = { run, sight, recent, first: before.runs === 0 };
  const known = new Set(before.standings.map(({ fingerprint }) => fingerprint));
  const steps = [
    ...before.standings.map((standing) => step(standing, scene)),
    ...result.findings
      .filter(({ fingerprint, waiver }) => waiver === null && !known.has(fingerprint))
      .map((one) => begin(one, scene)),
  ];
  const standings = steps.map(({ standing }) => standing).filter(isWorthKeeping);
  const series = { ...state.series, [run.series]: { runs: before.runs + 1, recent, standings } };
  return {
    state: { ...state, sequence: run.sequence, series },
    transitions: steps.flatMap(({ told }) => told ?? []).sort(byWeight),
  };
}

/** Since when each finding of the last run of a series has been open; a finding that it does not name is not, or not known to be. */
export function sinceOf(state: HistoryState, series: string): ReadonlyMap<string, string> {
  return new Map(
    (state.series[series]?.standings ?? []).flatMap(({ fingerprint, status, since, pending }) => {
      if (status === 'open') return [[fingerprint, since] as const];
      return pending === null ? [] : [[fingerprint, pending.since] as const];
    }),
  );
}

interface Scene {
  readonly run: DriftRun;
  readonly sight: Sight;
  readonly recent: SeriesState['recent'];
  /** Of its series: what it shows was not otherwise before. */
  readonly first: boolean;
}

interface Step {
  readonly standing: Standing;
  readonly told: Transition | null;
}

/** A finding that was never seen, or long ago. */
function begin(finding: Finding, { run, sight, first }: Scene): Step {
  const standing: Standing = {
    fingerprint: finding.fingerprint,
    status: 'closed',
    since: run.startedAt,
    pending: { status: 'open', since: run.startedAt, unasked: false },
    regrade: null,
    turns: first ? [] : [run.sequence],
    steady: 0,
    unsteady: false,
    finding: briefOf(finding),
    checks: finding.checks,
    policy: sight.result.policy.digest,
    reach: { confirmed: extentOf(finding, sight.result), last: null },
  };
  return { standing, told: null };
}

/** What a run says of a finding. */
type Saying =
  | { readonly kind: 'open'; readonly finding: Finding }
  | { readonly kind: 'closed'; readonly waived: Finding | null; readonly unasked: boolean }
  | null;

function step(standing: Standing, scene: Scene): Step {
  const turns = standing.turns.filter((sequence) => sequence >= (scene.recent[0]?.sequence ?? 0));
  const saying = sayingOf(standing, scene.sight);
  if (saying === null) return { standing: { ...standing, turns }, told: null };
  const turned = lastSaid(standing) !== (saying.kind === 'open' ? saying.finding.severity : 'closed');
  const heard: Standing = {
    ...standing,
    ...seen(standing, saying, scene.sight),
    turns: turned ? [...turns, scene.run.sequence] : turns,
    steady: turned ? 0 : standing.steady + 1,
  };
  const moved = saying.kind === standing.status ? regraded(heard, saying, scene) : restated(heard, saying, scene);
  return calmed(saying.kind === 'open' ? reached(moved, saying.finding, { scene, before: standing }) : moved, scene);
}

function sayingOf({ fingerprint, finding, checks, policy }: Standing, sight: Sight): Saying {
  const found = sight.findings.get(fingerprint);
  if (found !== undefined) {
    return found.waiver === null ? { kind: 'open', finding: found } : { kind: 'closed', waived: found, unasked: false };
  }
  const absence = absenceOf(finding, checks, sight);
  if (absence === 'unseen' || (absence === 'unasked' && sight.result.run.interrupted)) return null;
  if (absence === 'unasked' && isElsewhere(finding, sight) && policy === sight.result.policy.digest) return null;
  return { kind: 'closed', waived: null, unasked: absence === 'unasked' };
}

/** The run is not about that firewall: as long as the policy is the same, another one may be, or its evidence is missing. */
function isElsewhere({ firewall }: FindingBrief, { result }: Sight): boolean {
  return firewall !== null && !result.checks.some((check) => check.kind === 'configuration' && check.firewall === firewall);
}

/** What the last run that said something said: a severity, or that it was closed. */
function lastSaid({ status, pending, regrade, finding }: Standing): Severity | 'closed' {
  if ((pending?.status ?? status) === 'closed') return 'closed';
  return regrade?.severity ?? finding.severity;
}

/** What is told of it later is as it was last seen; its severity only once it is confirmed. */
function seen(
  { finding, checks, policy, status }: Standing,
  saying: Exclude<Saying, null>,
  { result }: Sight,
): Pick<Standing, 'finding' | 'checks' | 'policy'> {
  if (saying.kind === 'closed') return { finding: { ...finding, waived: saying.waived !== null }, checks, policy };
  const fresh = briefOf(saying.finding);
  return {
    finding: status === 'open' ? { ...fresh, severity: finding.severity } : fresh,
    checks: saying.finding.checks,
    policy: result.policy.digest,
  };
}

/** A run contradicts the status: once it is noted, twice it counts. That a finding is gone takes two runs that asked. */
function restated(standing: Standing, saying: Exclude<Saying, null>, scene: Scene): Step {
  const { pending } = standing;
  const { kind: status } = saying;
  const unasked = saying.kind === 'closed' && saying.unasked;
  if (pending === null || (pending.unasked && !unasked)) {
    return {
      standing: { ...standing, pending: { status, since: scene.run.startedAt, unasked }, regrade: null },
      told: null,
    };
  }
  const confirmed: Standing = { ...standing, status, since: pending.since, pending: null, regrade: null };
  if (status === 'open') return tell(confirmed, { kind: 'opened', since: pending.since, before: null }, scene);
  if (!unasked) return tell(confirmed, { kind: 'closed', since: pending.since, before: null }, scene);
  const why = standing.policy === scene.sight.result.policy.digest ? SAME_POLICY : OTHER_POLICY;
  return tell(confirmed, { kind: 'unasked', since: pending.since, before: null, words: why }, scene);
}

const OTHER_POLICY = 'The policy was edited, and no check asks about this any more: nobody knows whether it is gone.';
const SAME_POLICY =
  'No check asks about this any more, although the policy is the same (a flag, or what names lead to): nobody knows whether it is gone.';

/** What is open reaches what it reaches; where two runs agree that it is more than before, that is told, unless something graver is. */
function reached(
  { standing, told }: Step,
  finding: Finding,
  { scene, before }: { readonly scene: Scene; readonly before: Standing },
): Step {
  const now = extentOf(finding, scene.sight.result);
  const fresh = before.status === 'closed' && before.pending === null;
  if (fresh) return { standing: { ...standing, reach: { confirmed: now, last: null } }, told };
  // It is told when it is steady again.
  if (standing.unsteady) return { standing, told };
  const { reach, grown } = follow(standing.reach, now, scene.run.startedAt);
  const followed: Standing = { ...standing, reach };
  if (grown === null) return { standing: followed, told };
  const { words, since } = grown;
  if (told !== null) return { standing: followed, told: withGrown(told, words) };
  const turned: Standing = { ...followed, turns: [...new Set([...followed.turns, scene.run.sequence])], steady: 0 };
  return { standing: turned, told: withGrown(tell(turned, { kind: 'grown', since, before: null }, scene).told, words) };
}

/** A run agrees with the status, but perhaps not with the severity: two that lie on the same side of it agree on the one that is nearer. */
function regraded(standing: Standing, saying: Exclude<Saying, null>, scene: Scene): Step {
  const steadfast: Standing = { ...standing, pending: null, regrade: null };
  if (saying.kind === 'closed') return { standing: steadfast, told: null };
  const { severity: now } = saying.finding;
  const { severity: before } = standing.finding;
  if (now === before) return { standing: steadfast, told: null };
  const noted = { severity: now, since: scene.run.startedAt };
  const { regrade } = standing;
  if (regrade === null || isGraver(regrade.severity, before) !== isGraver(now, before)) {
    return { standing: { ...steadfast, regrade: noted }, told: null };
  }
  const graver = isGraver(now, before);
  const severity = isGraver(now, regrade.severity) === graver ? regrade.severity : now;
  const finding = { ...standing.finding, severity };
  const confirmed: Standing = { ...steadfast, finding, regrade: now === severity ? null : noted };
  return tell(confirmed, { kind: graver ? 'graver' : 'milder', since: regrade.since, before }, scene);
}

/** Of an unsteady finding nothing is told until it is steady; then how it stands. */
function calmed({ standing, told }: Step, scene: Scene): Step {
  const { status, since, turns } = standing;
  if (!standing.unsteady) {
    if (turns.length < UNSTEADY_TURNS) return { standing, told };
    const restless: Standing = { ...standing, unsteady: true };
    const unsteady = tell(restless, { kind: 'unsteady', since: startOf(turns[0], scene) ?? since, before: null }, scene);
    return told?.grown === undefined ? unsteady : { ...unsteady, told: withGrown(unsteady.told, told.grown) };
  }
  if (standing.steady < STEADY_RUNS) return { standing, told: null };
  const calm: Standing = { ...standing, unsteady: false, turns: [] };
  if (status === 'open') return tell(calm, { kind: 'opened', since, before: null }, scene);
  // It may never have been open twice in a row: closed it is since it last turned.
  return tell(calm, { kind: 'closed', since: startOf(turns.at(-1), scene) ?? since, before: null }, scene);
}

/** Null where it is too long ago. */
function startOf(sequence: number | undefined, { recent }: Scene): string | null {
  return recent.find((run) => run.sequence === sequence)?.startedAt ?? null;
}

function tell(standing: Standing, change: Change, { run }: Scene): Step & { readonly told: Transition } {
  return { standing, told: transitionOf(standing, change, run) };
}

/** What is closed and has not turned for a while is as good as never seen. */
function isWorthKeeping({ status, pending, turns, unsteady }: Standing): boolean {
  return status === 'open' || pending !== null || turns.length > 0 || unsteady;
}
