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
import { withSince } from './history/since.ts';
import { type Appended, type HistoryStore, openHistory, type Retention } from './history/store.ts';
import { systemClock } from './host/clock.ts';
import { systemSend, type Way } from './host/https.ts';
import { holderText, type Lock, type LockSettings, takeLock } from './host/lock.ts';
import { ping } from './host/ping.ts';
import { type StateFiles, systemStateFiles } from './host/state-files.ts';
import type { Webhook } from './host/webhook.ts';
import { sha256 } from './model/digest.ts';
import { EXIT } from './model/exit.ts';
import { type RunEntry, seriesOf } from './model/history.ts';
import type { Clock } from './model/outside.ts';
import { InputError, UsageError } from './model/problem.ts';
import type { Result } from './model/result.ts';
import { wait } from './scan/wait.ts';
import { type RunEnd, tell } from './telling.ts';

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
  /** For writing: the lock is held. */
  readonly open: (folder: string) => HistoryStore;
  /** Where the webhook's events wait. */
  readonly files: (folder: string) => StateFiles;
  readonly lock: (folder: string, settings: LockSettings) => Promise<Lock>;
  readonly signal: AbortSignal;
}

/** The machine. */
export function systemOutside(signal: AbortSignal): KeepOutside {
  const open = (folder: string): HistoryStore => openHistory(systemStateFiles(folder), 'write');
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
  if (folder === null) return pinged(settings, steps, outside);
  const lock = await outside.lock(folder, { command, now: outside.clock.now() });
  if (lock.kind === 'held') {
    steps.warn(`another run holds ${folder}: ${holderText(lock.holder)}. This one did nothing.`);
    return EXIT.locked;
  }
  try {
    return await pinged(settings, steps, outside);
  } finally {
    await lock.release();
  }
}

/** The same for a host and a job every time, so that a fleet is spread and each host keeps its minute. */
export function jitterOf({ jitterMs, host, job }: Pick<KeepSettings, 'jitterMs' | 'host' | 'job'>): number {
  if (jitterMs === null) return 0;
  return Math.floor((Number.parseInt(sha256(JSON.stringify([host, job])).slice(0, 8), 16) / 2 ** 32) * jitterMs);
}

async function pinged(settings: KeepSettings, steps: KeptWork, outside: KeepOutside): Promise<number> {
  const troubles = new Map<string, string>();
  const ringing = async (signal: 'start' | number): Promise<void> => {
    const words = settings.ping === null ? null : await ping(settings.ping, signal, outside);
    if (words !== null) troubles.set('ping', words);
  };
  await ringing('start');
  const startedAt = new Date(outside.clock.now()).toISOString();
  const end = await attempt(settings, steps, { startedAt, outside });
  await ringing(end.exitCode);
  await tell(end, { settings, steps, outside, troubles });
  if (end.kind === 'failed' && !settings.cron) throw end.error;
  return end.exitCode;
}

interface Attempt {
  readonly startedAt: string;
  readonly outside: KeepOutside;
}

/** Whatever goes wrong is an end as well: it is told, pinged and remembered. */
async function attempt(settings: KeepSettings, steps: KeptWork, { startedAt, outside }: Attempt): Promise<RunEnd> {
  let store: HistoryStore | null = null;
  try {
    store = settings.folder === null ? null : outside.open(settings.folder);
    const baseline = settings.baseline === null ? null : resultOf(settings.baseline, { cwd: settings.cwd, store });
    const result = await steps.work();
    const known = baseline === null ? null : knownFindings(result, baseline);
    const before = entriesOf(store, seriesOf(result));
    const { appended, refused } = keep(store, result);
    await steps.report(annotated(result, appended, known), before);
    if (refused !== null) throw refused;
    const problems = [...(store?.problems ?? []), ...(appended?.problems ?? []), ...pruned(store, settings, outside.clock)];
    const exitCode = steps.exitCode(known === null ? result : withoutKnown(result, known));
    return { kind: 'judged', exitCode, startedAt, store, problems, result, appended, known: known ?? new Set() };
  } catch (error) {
    const exitCode = error instanceof InputError || error instanceof UsageError ? EXIT.unusable : EXIT.bug;
    return { kind: 'failed', exitCode, startedAt, store, problems: store?.problems ?? [], error };
  }
}

/** Those that are kept so far. */
function entriesOf(store: HistoryStore | null, wanted: string): readonly RunEntry[] {
  return store?.entries.filter(({ series }) => series === wanted) ?? [];
}

/** What was found is reported, also where it cannot be kept. */
function keep(
  store: HistoryStore | null,
  result: Result,
): { readonly appended: Appended | null; readonly refused: InputError | null } {
  try {
    return { appended: store?.append(result) ?? null, refused: null };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { appended: null, refused: error };
  }
}

function annotated(result: Result, appended: Appended | null, known: ReadonlySet<string> | null): Result {
  const since = appended === null ? null : sinceOf(appended.state, appended.entry.series);
  const dated = since === null ? result : withSince(result, since);
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
