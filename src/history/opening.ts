/**
 * A state folder as it was left: runs are the truth, and what was torn or is missing beside them is made anew. A reader changes nothing; a
 * writer, which holds the lock, also puts it right on the disk.
 */
import type { StateFiles } from '../host/state-files.ts';
import type { HistoryState, RunEntry, Transition } from '../model/history.ts';
import { InputError } from '../model/problem.ts';
import type { Result } from '../model/result.ts';
import { isObject } from '../model/shape.ts';
import { drift, EMPTY_STATE } from './drift.ts';
import { readDocument, readLines, replaceDocument, replaceLines } from './journal.ts';
import { entryOf, headerOf, runIn, sequenceIn } from './run-file.ts';
import { entryAt, nameOf, type Runs, runsIn } from './runs.ts';

export const INDEX = 'index.jsonl';
export const TRANSITIONS = 'transitions.jsonl';
export const STATE = 'state.json';
export const PRUNED = 'pruned.json';

/** What pruning left behind: where the chain goes on, and how things stood there. */
export interface PrunedMark {
  readonly schema: 'postern.pruned/1';
  /** The last run that went. */
  readonly through: number;
  /** SHA-256 of its file. */
  readonly sha256: string;
  readonly state: HistoryState;
}

/** `state.json`: with the number of transitions that led to it, so that a lost line shows. */
export interface StateDocument extends HistoryState {
  readonly transitions: number;
}

export interface Standings {
  readonly state: HistoryState;
  readonly transitions: readonly Transition[];
}

/** An open folder: what it holds, as long as this process goes on with it. */
export interface Opened {
  readonly runs: Runs;
  pruned(): PrunedMark | null;
  prunedTo(mark: PrunedMark): void;
  /** Read, and made anew where need be, when first asked for. */
  standings(): Standings;
  settle(standings: Standings): void;
  /** Whether what lies beside the runs was written only in part. */
  inDoubt(): boolean;
  doubt(): void;
  /** Grows while more is read. */
  readonly problems: readonly string[];
}

export function openFolder(files: StateFiles, writes: boolean): Opened {
  if (writes) {
    files.makeFolder('runs');
    files.syncFolder('');
    removeUnfinished(files);
  }
  const problems: string[] = [];
  let pruned = readPruned(files);
  const runs = readRuns(files, { pruned, writes, problems });
  let known: Standings | null = writes ? readStandings(files, runs, { pruned, writes, problems }) : null;
  let doubtful = false;
  return {
    runs,
    problems,
    pruned: () => pruned,
    prunedTo: (mark) => {
      pruned = mark;
    },
    standings: () => {
      known ??= readStandings(files, runs, { pruned, writes, problems });
      return known;
    },
    settle: (standings) => {
      known = standings;
    },
    inDoubt: () => doubtful,
    doubt: () => {
      doubtful = true;
    },
  };
}

interface Opening {
  readonly pruned: PrunedMark | null;
  readonly writes: boolean;
  readonly problems: string[];
}

/** What a process that died was still writing. */
function removeUnfinished(files: StateFiles): void {
  for (const folder of ['', 'runs']) {
    for (const name of files.list(folder).filter((one) => one.endsWith('.tmp'))) {
      files.remove(folder === '' ? name : `${folder}/${name}`);
    }
  }
}

function readRuns(files: StateFiles, { pruned, writes, problems }: Opening): Runs {
  const through = pruned?.through ?? 0;
  const lines = readLines(files, INDEX, isEntry);
  const indexed = new Map(lines.items.filter(({ sequence }) => sequence > through).map((entry) => [entry.sequence, entry]));
  const strangers: string[] = [];
  const runs = runsIn(files, []);
  for (const name of files.list('runs')) {
    const sequence = sequenceIn(name);
    if (sequence === null) continue;
    const entry = indexed.get(sequence);
    // Pruned, but the process died before all of them were removed.
    if (sequence <= through) {
      if (writes) files.remove(`runs/${name}`);
    } else if (entry?.file === name) {
      runs.entries.push(entry);
      indexed.delete(sequence);
    } else strangers.push(name);
  }
  for (const entry of indexed.values()) {
    runs.entries.push(entry);
    problems.push(`Run ${nameOf(entry)} is lost: ${files.folder}/runs/${entry.file} is gone.`);
  }
  runs.entries.sort((a, b) => a.sequence - b.sequence);
  for (const name of strangers) adopt(files, runs, name, { pruned, writes, problems });
  const sound = lines.sound && lines.items.length === runs.entries.length && strangers.length === 0;
  if (writes && !sound) replaceLines(files, INDEX, runs.entries);
  return runs;
}

/** A run that the index does not know: the process died before it could write that down. What is none is put out of the way. */
function adopt(files: StateFiles, runs: Runs, name: string, { writes, problems }: Opening): void {
  const entry = entryIn(files, runs, name);
  if (entry !== null) {
    runs.entries.push(entry);
    runs.entries.sort((a, b) => a.sequence - b.sequence);
    return;
  }
  problems.push(`${files.folder}/runs/${name} is no run that can be read, or a second one of its number: it does not count.`);
  if (writes) files.rename(`runs/${name}`, `runs/${name}.aside`);
}

function entryIn(files: StateFiles, runs: Runs, name: string): RunEntry | null {
  const bytes = files.read(`runs/${name}`);
  const header = bytes === null ? null : headerOf(bytes);
  if (bytes === null || header === null || header.sequence !== sequenceIn(name)) return null;
  if (entryAt(runs.entries, header.sequence) !== undefined) return null;
  const base = header.base === null ? null : runs.apart(header.base);
  const run = header.base !== null && base === null ? null : runIn(bytes, base);
  return run === null ? null : entryOf(run.result, header.sequence, name, bytes);
}

function readStandings(files: StateFiles, runs: Runs, { pruned, writes, problems }: Opening): Standings {
  const lines = readLines(files, TRANSITIONS, isTransition);
  const document = readDocument(files, STATE);
  const kept = isState(document) && fits(document, lines.items, runs, pruned) ? document : null;
  let state: HistoryState = kept === null ? (pruned?.state ?? EMPTY_STATE) : stateIn(kept);
  const transitions = lines.items.filter(({ sequence }) => sequence <= state.sequence);
  const settled = transitions.length;
  const missed = runs.entries.filter(({ sequence }) => sequence > state.sequence);
  for (const entry of missed) {
    const result = readable(runs, entry, problems);
    if (result === null) continue;
    const next = drift(state, entry, result);
    state = next.state;
    transitions.push(...next.transitions);
  }
  const changed = missed.length > 0 || !lines.sound || settled !== lines.items.length || (document !== null && kept === null);
  if (writes && changed) writeStandings(files, { state, transitions });
  return { state, transitions };
}

export function writeStandings(files: StateFiles, { state, transitions }: Standings): void {
  replaceLines(files, TRANSITIONS, transitions);
  writeState(files, state, transitions.length);
}

export function writeState(files: StateFiles, state: HistoryState, transitions: number): void {
  const document: StateDocument = { ...state, transitions };
  replaceDocument(files, STATE, document);
}

/** Whether the state is of these runs: neither from before what was pruned nor from after the last one, and with its transitions. */
function fits(document: StateDocument, lines: readonly Transition[], { entries }: Runs, pruned: PrunedMark | null): boolean {
  const first = pruned?.through ?? 0;
  const last = entries.at(-1)?.sequence ?? first;
  const told = lines.filter(({ sequence }) => sequence <= document.sequence).length;
  return document.sequence >= first && document.sequence <= last && told === document.transitions;
}

function stateIn({ schema, sequence, series }: StateDocument): HistoryState {
  return { schema, sequence, series };
}

/** Null: it is damaged, and what it would have changed is not known. */
function readable(runs: Runs, entry: RunEntry, problems: string[]): Result | null {
  try {
    return runs.read(entry);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(error.message);
    return null;
  }
}

function readPruned(files: StateFiles): PrunedMark | null {
  const document = readDocument(files, PRUNED);
  return isPruned(document) ? document : null;
}

function isPruned(value: unknown): value is PrunedMark {
  return (
    isObject(value) &&
    value.schema === 'postern.pruned/1' &&
    hasTypes(value, { through: 'number', sha256: 'string', state: 'object' })
  );
}

function isState(value: unknown): value is StateDocument {
  return (
    isObject(value) &&
    value.schema === 'postern.state/1' &&
    hasTypes(value, { sequence: 'number', series: 'object', transitions: 'number' })
  );
}

function isEntry(value: unknown): value is RunEntry {
  return (
    isObject(value) &&
    hasTypes(value, { sequence: 'number', id: 'string', series: 'string', command: 'string', policy: 'object' }) &&
    hasTypes(value, { startedAt: 'string', finishedAt: 'string', verdict: 'string', checks: 'object', findings: 'object' }) &&
    hasTypes(value, { file: 'string', sha256: 'string' })
  );
}

function isTransition(value: unknown): value is Transition {
  return (
    isObject(value) &&
    hasTypes(value, { id: 'string', kind: 'string', series: 'string', at: 'string', since: 'string' }) &&
    hasTypes(value, { sequence: 'number', finding: 'object' })
  );
}

/** Enough to tell a line of ours from a torn or foreign one; they are many, and read at every start. */
function hasTypes(
  value: Readonly<Record<string, unknown>>,
  types: Readonly<Record<string, 'string' | 'number' | 'object'>>,
): boolean {
  for (const name in types) {
    const found = value[name];
    if (typeof found !== types[name] || found === null) return false;
  }
  return true;
}
