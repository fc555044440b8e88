/**
 * A run that is kept, and told of only where there is news: what `--state`, `--cron`, `--baseline`, `--webhook` and `--ping` add to a command.
 *
 *     jitter → lock → ping start → the command's work → run kept → what changed → documents → ping end → webhook → mail → remembered
 *
 * What was told is remembered last: a run that is killed before that tells it again at the next one.
 */
import { resultOf } from './earlier-run.ts';
import { knownFindings, withoutKnown } from './history/baseline.ts';
import { sinceOf } from './history/drift.ts';
import { growthBeyond, growthTold, withGrowth } from './history/growth.ts';
import { withSince } from './history/since.ts';
import { type Appended, type HistoryStore, openHistory, type Retention } from './history/store.ts';
import { systemClock } from './host/clock.ts';
import { systemSend, type Way } from './host/https.ts';
import { holderText, type Lock, type LockHolder, type LockSettings, takeLock } from './host/lock.ts';
import { ping } from './host/ping.ts';
import { type StateFiles, systemStateFiles } from './host/state-files.ts';
import type { Webhook } from './host/webhook.ts';
import { sha256 } from './model/digest.ts';
import { EXIT } from './model/exit.ts';
import { type RunEntry, seriesOf } from './model/history.ts';
import type { TroubleKind } from './model/notice.ts';
import type { Clock } from './model/outside.ts';
import { InputError, UsageError } from './model/problem.ts';
import type { Result } from './model/result.ts';
import { acceptedIn, notesOf, refuseMoving } from './run-baseline.ts';
import { wait } from './scan/wait.ts';
import { type EndFault, type RunEnd, tell } from './telling.ts';

/** No run takes so long. */
const HANGS_MS = 86_400_000;

export interface KeepSettings {
  /** `audit`. */
  readonly command: string;
  /** What a mail calls it: `audit head-office`. */
  readonly subject: string;
  /** The command line, as far as it makes this another job than others. */
  readonly job: string;
  readonly host: string;
  readonly cwd: string;
  /** Null: nothing is kept, and there is no lock. */
  readonly folder: string | null;
  readonly cron: boolean;
  readonly remindMs: number | null;
  readonly jitterMs: number | null;
  /** A run, or a file with a result. */
  readonly baseline: string | null;
  readonly retention: Retention;
  readonly webhook: Webhook | null;
  readonly ping: string | null;
}

/** What the command itself does. */
export interface KeptWork {
  readonly work: () => Promise<Result>;
  /** Writes the documents; not that of stdout where `cron` is set. `before`: kept runs of the same series, oldest first. */
  readonly report: (result: Result, before: readonly RunEntry[]) => Promise<void>;
  readonly exitCode: (result: Result) => number;
  /** The mail. */
  readonly say: (text: string) => Promise<void>;
  readonly warn: (sentence: string) => void;
}

export interface KeepOutside extends Way {
  /** For writing only where the lock is held. */
  readonly open: (folder: string, mode: 'read' | 'write') => HistoryStore;
  /** Where the webhook's events wait. */
  readonly files: (folder: string) => StateFiles;
  readonly lock: (folder: string, settings: LockSettings) => Promise<Lock>;
  readonly signal: AbortSignal;
}

/** The machine. */
export function systemOutside(signal: AbortSignal): KeepOutside {
  const open: KeepOutside['open'] = (folder, mode) => openHistory(systemStateFiles(folder), mode);
  return { clock: systemClock, send: systemSend, open, files: systemStateFiles, lock: takeLock, signal };
}

/**
 * @returns the exit code.
 * @throws what the work throws, where no mail tells it.
 */
export async function keepRun(settings: KeepSettings, steps: KeptWork, outside: KeepOutside): Promise<number> {
  const { folder, command } = settings;
  await wait(outside.clock, jitterOf(settings), outside.signal);
  if (outside.signal.aborted) return EXIT.interrupted;
  if (folder === null) return pinged(settings, steps, { outside, lock: null });
  const lock = await outside.lock(folder, { command, now: outside.clock.now() }).catch(inputErrorOf);
  if (lock instanceof InputError) return pinged(settings, steps, { outside, lock });
  if (lock.kind === 'held') {
    await tellHeld(lock.holder, settings, { steps, outside });
    return EXIT.locked;
  }
  try {
    return await pinged(settings, steps, { outside, lock: 'held' });
  } finally {
    await lock.release();
  }
}

/**
 * A run that is not over yet is one sentence. One that hangs keeps every later run away, and nothing else would tell of that: the scheduler takes
 * exit code 75 for no failure, and what was found is only silence.
 */
async function tellHeld(holder: LockHolder | null, settings: KeepSettings, { steps, outside }: HeldBy): Promise<void> {
  const words = `another run holds ${settings.folder}: ${holderText(holder)}. This one did nothing.`;
  const heldMs = holder === null ? 0 : outside.clock.now() - Date.parse(holder.since);
  if (heldMs < HANGS_MS) return steps.warn(words);
  const failed = settings.ping === null ? null : await ping(settings.ping, EXIT.locked, outside);
  const days = Math.floor(heldMs / 86_400_000);
  const since = `nothing was audited for ${days} ${days === 1 ? 'day' : 'days'}`;
  const text = `${since}: ${words} End that process if it hangs; the lock is free with it.`;
  if (settings.cron) await steps.say(`postern: NOT RUN - ${settings.subject} on ${settings.host}\n\n${text}\n`);
  else steps.warn(text);
  if (failed !== null) steps.warn(failed);
}

interface HeldBy {
  readonly steps: KeptWork;
  readonly outside: KeepOutside;
}

/** The same for a host and a job every time, so that a fleet is spread and each host keeps its minute. */
export function jitterOf({ jitterMs, host, job }: Pick<KeepSettings, 'jitterMs' | 'host' | 'job'>): number {
  if (jitterMs === null) return 0;
  return Math.floor((Number.parseInt(sha256(JSON.stringify([host, job])).slice(0, 8), 16) / 2 ** 32) * jitterMs);
}

interface Setting {
  readonly outside: KeepOutside;
  /** Null: nothing is kept; an error: why it could not be taken, so that nothing may be written there. */
  readonly lock: 'held' | InputError | null;
}

async function pinged(settings: KeepSettings, steps: KeptWork, setting: Setting): Promise<number> {
  const { outside } = setting;
  const troubles = new Map<TroubleKind, string>();
  const ringing = async (signal: 'start' | number): Promise<void> => {
    const words = settings.ping === null ? null : await ping(settings.ping, signal, outside);
    if (words !== null) troubles.set('ping', words);
  };
  await ringing('start');
  const startedAt = new Date(outside.clock.now()).toISOString();
  const opened = openStore(settings, setting);
  const end = await attempt(settings, steps, { startedAt, outside, opened });
  await ringing(end.exitCode);
  await tell(end, { settings, steps, outside, troubles });
  if (settings.cron) return end.exitCode;
  if (end.kind === 'failed') throw end.error;
  if (end.faults.length > 0) throw errorOf(end.faults);
  return end.exitCode;
}

interface Opened {
  readonly store: HistoryStore | null;
  /** Whether it may be written to: not without the lock. */
  readonly writable: boolean;
  /** Why it may not, although it was to be; null where it is as it should be. */
  readonly refused: InputError | null;
}

/** What cannot be written may still be read: what was told of it, and what is known to be open. */
function openStore({ folder }: KeepSettings, { outside, lock }: Setting): Opened {
  if (folder === null) return { store: null, writable: false, refused: null };
  const opened = lock instanceof InputError ? lock : opening(() => outside.open(folder, 'write'));
  if (!(opened instanceof InputError)) return { store: opened, writable: true, refused: null };
  const read = opening(() => {
    const store = outside.open(folder, 'read');
    // What cannot be read shows when it is first asked for.
    store.transitions();
    return store;
  });
  return { store: read instanceof InputError ? null : read, writable: false, refused: opened };
}

function opening(open: () => HistoryStore): HistoryStore | InputError {
  try {
    return open();
  } catch (error) {
    return inputErrorOf(error);
  }
}

function inputErrorOf(error: unknown): InputError {
  if (error instanceof InputError) return error;
  throw error;
}

interface Attempt {
  readonly startedAt: string;
  readonly outside: KeepOutside;
  readonly opened: Opened;
}

/** Whatever goes wrong is an end as well: it is told, pinged and remembered. What was judged stays judged, whatever becomes of it then. */
async function attempt(settings: KeepSettings, steps: KeptWork, { startedAt, outside, opened }: Attempt): Promise<RunEnd> {
  const { store, writable } = opened;
  const ended = { startedAt, store, writable };
  try {
    refuseMoving(settings, startedAt);
    const baseline = settings.baseline === null ? null : resultOf(settings.baseline, { cwd: settings.cwd, store });
    const result = await steps.work();
    const known = baseline === null ? null : knownFindings(result, baseline);
    const series = seriesOf(result);
    const before = store?.entries.filter((entry) => entry.series === series) ?? [];
    const { appended, refused } = keep(opened, result);
    const told = annotated(result, { appended, store, baseline, known });
    const unwritten = await steps.report(told, before).then(() => null, faultOf('unwritten'));
    const faults = [...(refused === null ? [] : [faultOf('unkept')(refused)]), ...(unwritten === null ? [] : [unwritten])];
    const cleared = writable ? pruned(store, settings, outside.clock) : [];
    const problems = [...(store?.problems ?? []), ...(appended?.problems ?? []), ...cleared];
    const exitCode = worst(steps.exitCode(known === null ? result : withoutKnown(result, known)), faults);
    const notes = notesOf(result, { baseline, appended, store });
    const accepted = acceptedIn(result, { baseline, appended, known });
    return { ...ended, kind: 'judged', exitCode, problems, result, appended, known: accepted, faults, notes };
  } catch (error) {
    return { ...ended, kind: 'failed', exitCode: codeOf(error), problems: store?.problems ?? [], error };
  }
}

function faultOf(kind: EndFault['kind']): (error: unknown) => EndFault {
  return (error) => ({ kind, error });
}

function codeOf(error: unknown): number {
  return error instanceof InputError || error instanceof UsageError ? EXIT.unusable : EXIT.bug;
}

/** 4 before 2 before what the result says: who goes by the exit code alone has to look. */
function worst(exitCode: number, faults: readonly EndFault[]): number {
  const codes = faults.map(({ error }) => codeOf(error));
  return [EXIT.bug, EXIT.unusable].find((code) => codes.includes(code)) ?? exitCode;
}

function errorOf(faults: readonly EndFault[]): unknown {
  const errors = faults.map(({ error }) => error);
  const bug = errors.find((error) => !(error instanceof InputError));
  return bug ?? new InputError(errors.flatMap((error) => (error instanceof InputError ? error.problems : [])));
}

/** What was found is reported, also where it cannot be kept. */
function keep(
  { store, refused }: Opened,
  result: Result,
): { readonly appended: Appended | null; readonly refused: InputError | null } {
  if (refused !== null) return { appended: null, refused };
  try {
    return { appended: store?.append(result) ?? null, refused: null };
  } catch (error) {
    return { appended: null, refused: inputErrorOf(error) };
  }
}

interface Beside {
  readonly appended: Appended | null;
  readonly store: HistoryStore | null;
  readonly baseline: Result | null;
  readonly known: ReadonlySet<string> | null;
}

function annotated(result: Result, { appended, store, baseline, known }: Beside): Result {
  const state = appended?.state ?? store?.state() ?? null;
  const since = state === null ? null : sinceOf(state, seriesOf(result));
  const growth = [growthTold(result, appended?.transitions ?? []), baseline === null ? [] : growthBeyond(result, baseline)];
  const grown = withGrowth(result, new Map(growth.flatMap((some) => [...some])));
  const dated = since === null ? grown : withSince(grown, since);
  if (known === null) return dated;
  return { ...dated, findings: dated.findings.map((finding) => ({ ...finding, known: known.has(finding.fingerprint) })) };
}

/** A run that stays a day longer is no reason to fail. */
function pruned(store: HistoryStore | null, { retention }: KeepSettings, clock: Clock): readonly string[] {
  if (store === null || (retention.keepMs === null && retention.keepLast === null)) return [];
  try {
    store.prune(retention, clock.now());
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ message }) => message);
  }
}
