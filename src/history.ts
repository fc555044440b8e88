/** `postern history` and `postern diff`: what the state folder knows, as documents. */
import { earlierRun, resultOf } from './earlier-run.ts';
import { diffResults } from './history/diff.ts';
import { growthTold, withGrowth } from './history/growth.ts';
import { sinceThen, withSince } from './history/since.ts';
import { type HistoryStore, openHistory } from './history/store.ts';
import { systemStateFiles } from './host/state-files.ts';
import type { ResultDiff, RunEntry, TransitionKind } from './model/history.ts';
import { HISTORY_SCHEMA, type HistoryDocument, type HistoryFinding, type HistoryRun } from './model/history-document.ts';
import { inputError } from './model/problem.ts';
import type { Result } from './model/result.ts';

export interface HistorySettings {
  /** At most so many runs and changes, the latest; null: all. */
  readonly last: number | null;
  readonly findings: boolean;
  readonly transitions: boolean;
  /** Reads every run, and looks whether any was changed. */
  readonly verify: boolean;
}

/** @throws {InputError} `no-runs`, `state-unreadable`. */
export function history(folder: string, settings: HistorySettings): HistoryDocument {
  const store = openEarlier(folder);
  if (store.entries.length === 0) {
    throw inputError('no-runs', `There is no run in ${folder}: postern audit --state ${folder} keeps one.`);
  }
  return {
    schema: HISTORY_SCHEMA,
    folder,
    total: store.entries.length,
    runs: runsOf(store, settings.last),
    findings: settings.findings ? findingsOf(store) : null,
    transitions: settings.transitions ? latest(store.transitions(), settings.last) : null,
    verification: settings.verify ? store.verify() : null,
    problems: [...store.losses(), ...store.problems],
  };
}

export interface EarlierSettings {
  readonly cwd: string;
  /** The state folder; asked for only where a run is meant. */
  readonly folder: () => string;
}

/**
 * Two results side by side.
 *
 * @throws {InputError} as `earlierResult`.
 */
export function diff(a: string, b: string, settings: EarlierSettings): ResultDiff {
  const sources = { cwd: settings.cwd, store: lazyStore(settings) };
  return diffResults(resultOf(a, sources), resultOf(b, sources));
}

/**
 * A run of the state folder, or a file that `--format json` wrote.
 *
 * @throws {InputError} `unreadable-file`, `result-*`; `no-runs`, `unknown-run`, `ambiguous-run`, `run-damaged`.
 */
export function earlierResult(reference: string, settings: EarlierSettings): EarlierResult {
  const store = lazyStore(settings);
  const { result, entry } = earlierRun(reference, { cwd: settings.cwd, store });
  if (entry === null) return { result, before: [] };
  const before = store.entries.filter(({ series, sequence }) => series === entry.series && sequence < entry.sequence);
  const confirmed = store.transitions().filter(({ sequence }) => sequence === entry.sequence);
  return { result: withGrowth(withSince(result, sinceThen(entry, store)), growthTold(result, confirmed)), before };
}

export interface EarlierResult {
  /** Of a run: with since when its findings were open, and what it confirmed to reach more. */
  readonly result: Result;
  /** Runs of the same series before it, oldest first; of a file none. */
  readonly before: readonly RunEntry[];
}

function lazyStore({ folder }: EarlierSettings): Pick<HistoryStore, 'entries' | 'read' | 'state' | 'transitions'> {
  let opened: HistoryStore | null = null;
  const store = (): HistoryStore => {
    opened ??= openEarlier(folder());
    return opened;
  };
  return {
    get entries() {
      return store().entries;
    },
    read: (entry) => store().read(entry),
    state: () => store().state(),
    transitions: () => store().transitions(),
  };
}

/** Reads only, also while another process writes. */
function openEarlier(folder: string): HistoryStore {
  return openHistory(systemStateFiles(folder), 'read');
}

function runsOf(store: HistoryStore, last: number | null): readonly HistoryRun[] {
  const changes = new Map<number, Record<TransitionKind, number>>();
  for (const { sequence, kind } of store.transitions()) {
    const counts = changes.get(sequence) ?? { ...NO_CHANGES };
    counts[kind]++;
    changes.set(sequence, counts);
  }
  return latest(store.entries, last).map((entry) => ({ ...entry, changes: changes.get(entry.sequence) ?? NO_CHANGES }));
}

const NO_CHANGES: Readonly<Record<TransitionKind, number>> = {
  opened: 0,
  graver: 0,
  grown: 0,
  milder: 0,
  closed: 0,
  unasked: 0,
  unsteady: 0,
};

/** What is open, and what was seen once and is not confirmed yet. */
function findingsOf(store: HistoryStore): readonly HistoryFinding[] {
  return Object.entries(store.state().series).flatMap(([series, { standings }]) =>
    standings
      .filter(({ status, pending }) => status === 'open' || pending !== null)
      .map(({ status, since, pending, unsteady, finding }) => ({
        series,
        status: pending === null ? ('open' as const) : status === 'open' ? ('closing' as const) : ('opening' as const),
        since: status === 'open' ? since : (pending?.since ?? since),
        unsteady,
        finding,
      })),
  );
}

function latest<Item>(items: readonly Item[], last: number | null): readonly Item[] {
  return last === null ? items : items.slice(-last);
}
