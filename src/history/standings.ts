/**
 * How things stand after the runs, and what changed on the way: `state.json` and `transitions.jsonl`. Both follow from the runs; where they are
 * torn, missing or behind, the runs are read and they are made anew.
 */
import type { StateFiles } from '../host/state-files.ts';
import type { HistoryState, RunEntry, Transition } from '../model/history.ts';
import { InputError } from '../model/problem.ts';
import type { Result } from '../model/result.ts';
import { drift, EMPTY_STATE } from './drift.ts';
import { hasTypes, readDocument, readLines, replaceDocument, replaceLines } from './journal.ts';
import type { PrunedMark } from './pruned.ts';
import type { Runs } from './runs.ts';

export const TRANSITIONS = 'transitions.jsonl';
const STATE = 'state.json';

export interface Standings {
  readonly state: HistoryState;
  readonly transitions: readonly Transition[];
}

/** A folder that is being opened. */
export interface Opening {
  readonly files: StateFiles;
  readonly pruned: PrunedMark | null;
  /** Whether what is wrong may be put right on the disk: the lock is held. */
  readonly writes: boolean;
  /** A sentence each; grows. */
  readonly problems: string[];
}

/** `state.json`: with the number of transitions that led to it, so that a lost line shows. */
interface StateDocument extends HistoryState {
  readonly transitions: number;
}

/**
 * Reads how things stand, and concludes it again from the runs as far as it does not say so itself. A run that is damaged is a problem, and
 * changes nothing.
 *
 * @throws {InputError} `state-unreadable`, `state-unwritable`.
 */
export function readStandings(runs: Runs, { files, pruned, writes, problems }: Opening): Standings {
  const lines = readLines(files, TRANSITIONS, isTransition);
  const document = readDocument(files, STATE);
  const kept = isState(document) && fits(document, runs, { lines: lines.items, pruned }) ? document : null;
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

/**
 * Both files, as a whole.
 *
 * @throws {InputError} `state-unwritable`.
 */
export function writeStandings(files: StateFiles, { state, transitions }: Standings): void {
  replaceLines(files, TRANSITIONS, transitions);
  writeState(files, state, transitions.length);
}

/**
 * `state.json` alone.
 *
 * @param transitions  how many there are now.
 * @throws {InputError} `state-unwritable`.
 */
export function writeState(files: StateFiles, state: HistoryState, transitions: number): void {
  const document: StateDocument = { ...state, transitions };
  replaceDocument(files, STATE, document);
}

/** Whether the state is of these runs: neither from before what was pruned nor from after the last one, and with its transitions. */
function fits(
  document: StateDocument,
  { entries }: Runs,
  { lines, pruned }: { readonly lines: readonly Transition[]; readonly pruned: PrunedMark | null },
): boolean {
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

function isState(value: unknown): value is StateDocument {
  return (
    hasTypes(value, { schema: 'string', sequence: 'number', series: 'object', transitions: 'number' }) &&
    value.schema === EMPTY_STATE.schema
  );
}

function isTransition(value: unknown): value is Transition {
  return (
    hasTypes(value, { id: 'string', kind: 'string', series: 'string', at: 'string', since: 'string' }) &&
    hasTypes(value, { sequence: 'number', finding: 'object' })
  );
}
