/**
 * The state folder as commands see it: earlier runs, what changed, and a place for what a command itself must remember.
 *
 *     runs/00000001-20261121T203800Z-0f3a9c41.run   a run each, never changed: the truth
 *     index.jsonl, transitions.jsonl, state.json    what follows from them, for quick reading
 *     pruned.json                                   what is left of runs that went
 *
 * A run is acknowledged when its file and its name are on the disk; the rest is written after that, and made anew at the next opening where it
 * was not. Whoever opens it to write must hold the lock.
 */
import type { StateFiles } from '../host/state-files.ts';
import type { HistoryState, RunEntry, Transition } from '../model/history.ts';
import { InputError, inputError } from '../model/problem.ts';
import type { Result } from '../model/result.ts';
import { drift } from './drift.ts';
import { appendLines, readDocument, replaceDocument, replaceLines } from './journal.ts';
import { INDEX, MAX_GAP, type Opened, openFolder } from './opening.ts';
import { type Pruned, pruneRuns, type Retention } from './retention.ts';
import { entryOf, sequenceIn } from './run-file.ts';
import { TRANSITIONS, writeStandings, writeState } from './standings.ts';
import { type Verification, verifyFolder } from './verify.ts';

export type { Pruned, Retention } from './retention.ts';
export type { Verification } from './verify.ts';

export interface HistoryStore {
  /** Oldest first. */
  readonly entries: readonly RunEntry[];
  /** What was not as it was written, and was made anew: a sentence each. */
  readonly problems: readonly string[];
  /** Runs that are lost, a sentence each: as long as that can be seen, and as nobody was told. */
  losses(): readonly string[];
  /** Of these, what no run has told. */
  untold(): readonly string[];
  /**
   * All of it was told.
   *
   * @throws {InputError} `state-unwritable`: the next run tells it again.
   */
  lossesTold(): void;
  state(): HistoryState;
  /** Oldest first; of pruned runs too. */
  transitions(): readonly Transition[];
  /** @throws {InputError} `run-damaged`, `run-missing`. */
  read(entry: RunEntry): Result;
  /**
   * Keeps a run. Of what fails after it is acknowledged the answer tells; the next opening puts it right.
   *
   * @throws {InputError} where it is not acknowledged: `state-unwritable`, `state-shared` (somebody else wrote here meanwhile).
   */
  append(result: Result): Appended;
  /** @throws {InputError} `state-unwritable`; what went until then is gone, and everything else is in order. */
  prune(rule: Retention, nowMs: number): Pruned;
  /** Reads all runs. */
  verify(): Verification;
  /** A document of another part (`cron.json`), replaced as a whole; null where there is none, or none that is JSON. */
  readDocument(name: string): unknown;
  writeDocument(name: string, value: unknown): void;
}

export interface Appended {
  readonly entry: RunEntry;
  readonly transitions: readonly Transition[];
  readonly state: HistoryState;
  /** What could not be written beside the run, a sentence each. */
  readonly problems: readonly string[];
}

/**
 * @param mode  `read` changes nothing, and may be used while another process writes.
 * @throws {InputError} `state-unreadable`, `state-unwritable`.
 */
export function openHistory(files: StateFiles, mode: 'read' | 'write'): HistoryStore {
  const opened = openFolder(files, mode === 'write');
  return {
    entries: opened.runs.entries,
    problems: opened.problems,
    losses: () => {
      opened.standings();
      return opened.losses.all();
    },
    untold: () => opened.losses.untold(),
    lossesTold: () => opened.losses.told(),
    state: () => opened.standings().state,
    transitions: () => opened.standings().transitions,
    read: (entry) => opened.runs.read(entry),
    append: (result) => appendRun(opened, result),
    prune: (rule, nowMs) => pruneRuns(opened, rule, nowMs),
    verify: () => verifyFolder(opened),
    readDocument: (name) => readDocument(files, name),
    writeDocument: (name, value) => replaceDocument(files, name, value),
  };
}

function appendRun(opened: Opened, result: Result): Appended {
  const { files, runs } = opened;
  const last = runs.entries.at(-1) ?? null;
  const mark = opened.pruned();
  const sequence = runs.taken() + 1;
  refuseShared(opened);
  const { file, bytes } = runs.write(result, sequence, last?.sha256 ?? mark?.sha256 ?? null);
  const entry = entryOf(result, { sequence, file, bytes });
  runs.entries.push(entry);
  const before = opened.standings();
  const next = drift(before.state, entry, result);
  const transitions = [...before.transitions, ...next.transitions];
  opened.settle({ state: next.state, transitions });
  const problems = settling(files, () => writeBeside(opened, entry, next.transitions));
  if (problems.length > 0) opened.doubt();
  return { entry, transitions: next.transitions, state: next.state, problems };
}

function writeBeside(opened: Opened, entry: RunEntry, transitions: readonly Transition[]): void {
  const { files } = opened;
  const standings = opened.standings();
  if (opened.inDoubt()) {
    // What an earlier attempt left there may be half a line.
    replaceLines(files, INDEX, opened.runs.entries);
    writeStandings(files, standings, entry.sha256);
    return;
  }
  appendLines(files, INDEX, [entry]);
  appendLines(files, TRANSITIONS, transitions);
  writeState(files, standings, entry.sha256);
}

/** The run is kept already: a full disk now is told, and no reason to keep silent about what the run found. */
function settling(files: StateFiles, write: () => void): string[] {
  try {
    write();
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [...error.problems.map(({ message }) => message), `The run is kept; ${files.folder} is put in order at the next one.`];
  }
}

/** The lock did not keep another writer away (another network namespace, another machine): its runs must not be written over. */
function refuseShared({ files, runs }: Opened): void {
  const last = runs.taken();
  const later = files.list('runs').find((name) => {
    const sequence = sequenceIn(name) ?? 0;
    return sequence > last && sequence <= last + MAX_GAP;
  });
  if (later === undefined) return;
  throw inputError(
    'state-shared',
    `${files.folder} was written to by another run meanwhile (runs/${later}): this one was not kept.`,
  );
}
