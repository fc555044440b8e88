/**
 * How things stand after the runs, and what changed on the way: `state.json` and `transitions.jsonl`. Both follow from the runs; where they are
 * torn, missing or behind, the runs are read and they are made anew.
 */
import type { StateFiles } from '../host/state-files.ts';
import { SEVERITIES } from '../model/finding.ts';
import type { HistoryState, RunEntry, Transition } from '../model/history.ts';
import { InputError } from '../model/problem.ts';
import type { Result } from '../model/result.ts';
import { drift, EMPTY_STATE } from './drift.ts';
import { hasTypes, readLines, readSealed, replaceLines, replaceSealed } from './journal.ts';
import { addGap, type Losses } from './losses.ts';
import type { PrunedMark } from './pruned.ts';
import { sequenceIn } from './run-file.ts';
import { entryAt, type Runs } from './runs.ts';

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
  readonly losses: Losses;
}

/** `state.json`: with the number of transitions that led to it, so that a lost line shows. */
interface StateDocument extends HistoryState {
  readonly transitions: number;
  /** SHA-256 of the file of the last run that it takes account of. */
  readonly head: string | null;
}

/**
 * Reads how things stand, and concludes it again from the runs as far as it does not say so itself. A run that is damaged is a loss, and
 * changes nothing.
 *
 * @throws {InputError} `state-unreadable`, `state-unwritable`.
 */
export function readStandings(runs: Runs, opening: Opening): Standings {
  const { files, pruned, writes, problems, losses } = opening;
  const lines = readLines(files, TRANSITIONS, isTransition);
  const { kept, foreign } = readState(runs, lines.items, opening);
  let state: HistoryState = kept ?? pruned?.state ?? EMPTY_STATE;
  const transitions = lines.items.filter(({ sequence }) => sequence <= state.sequence);
  const settled = transitions.length;
  const missed = runs.entries.filter(({ sequence }) => sequence > state.sequence);
  for (const entry of missed) {
    const result = readable(runs, entry, losses);
    if (result === null) continue;
    const next = drift(state, entry, result);
    state = next.state;
    transitions.push(...next.transitions);
  }
  if (lines.foreign > 0) problems.push(anew(files, TRANSITIONS));
  if (foreign !== null) problems.push(anew(files, foreign));
  const changed = missed.length > 0 || !lines.sound || settled !== lines.items.length || foreign !== null;
  if (writes && changed) writeStandings(files, { state, transitions }, headOf(state, runs, pruned));
  return { state, transitions };
}

/** A note of what follows from the runs, and did not look like that. */
export function anew({ folder }: StateFiles, name: string): string {
  return `${folder}/${name} is not as it was written; it is made anew from the runs.`;
}

/** SHA-256 of the file of the last run that a state takes account of. */
function headOf({ sequence }: HistoryState, { entries }: Pick<Runs, 'entries'>, pruned: PrunedMark | null): string | null {
  return entryAt(entries, sequence)?.sha256 ?? (pruned?.through === sequence ? pruned.sha256 : null);
}

/** @returns `foreign`: the file that is not as it was written. */
function readState(
  runs: Runs,
  lines: readonly Transition[],
  opening: Opening,
): { readonly kept: HistoryState | null; readonly foreign: string | null } {
  const found = readSealed(opening.files, STATE);
  if (found.kind === 'none') return { kept: null, foreign: null };
  const document = found.kind === 'whole' && isState(found.document) ? found.document : null;
  if (document === null || !fits(document, runs, opening.pruned)) return { kept: null, foreign: STATE };
  noticeLost(document, runs, opening);
  const told = lines.filter(({ sequence }) => sequence <= document.sequence).length;
  return told === document.transitions ? { kept: stateIn(document), foreign: null } : { kept: null, foreign: TRANSITIONS };
}

/** Whether the state is of these runs. Where the last one that it took account of is lost, it is what is left of that. */
function fits({ sequence, head }: StateDocument, runs: Runs, pruned: PrunedMark | null): boolean {
  const entry = entryAt(runs.entries, sequence);
  if (entry !== undefined) return head === entry.sha256;
  return sequence >= (pruned?.through ?? 0);
}

/** The state is written after the run: one that nothing else knows was there. */
function noticeLost({ sequence }: StateDocument, runs: Runs, { files, writes, losses }: Opening): void {
  if (sequence <= runs.taken()) return;
  // A reader may have looked for runs before somebody added one.
  if (!writes && files.list('runs').some((name) => sequenceIn(name) === sequence)) return;
  addGap(losses, runs.taken() + 1, sequence);
  runs.take(sequence);
}

/**
 * Both files, as a whole.
 *
 * @param head  `headOf` the state.
 * @throws {InputError} `state-unwritable`.
 */
export function writeStandings(files: StateFiles, { state, transitions }: Standings, head: string | null): void {
  replaceLines(files, TRANSITIONS, transitions);
  writeState(files, { state, transitions }, head);
}

/**
 * `state.json` alone.
 *
 * @param head  `headOf` the state.
 * @throws {InputError} `state-unwritable`.
 */
export function writeState(files: StateFiles, { state, transitions }: Standings, head: string | null): void {
  const document: StateDocument = { ...state, transitions: transitions.length, head };
  replaceSealed(files, STATE, document);
}

function stateIn({ schema, sequence, series }: StateDocument): HistoryState {
  return { schema, sequence, series };
}

/** Null: it is damaged, and what it would have changed is not known. */
function readable(runs: Runs, entry: RunEntry, losses: Losses): Result | null {
  try {
    return runs.read(entry);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    losses.add(`${entry.file} unread`, error.message);
    return null;
  }
}

function isState(value: unknown): value is StateDocument {
  return (
    hasTypes(value, { schema: 'string', sequence: 'number', series: 'object', transitions: 'number' }) &&
    (value.head === null || typeof value.head === 'string') &&
    value.schema === EMPTY_STATE.schema
  );
}

function isTransition(value: unknown): value is Transition {
  return (
    hasTypes(value, { id: 'string', kind: 'string', series: 'string', at: 'string', since: 'string' }) &&
    hasTypes(value, { sequence: 'number', finding: 'object' }) &&
    hasTypes(value.finding, { fingerprint: 'string', code: 'string', severity: 'string' }) &&
    hasTypes(value.finding, { title: 'string', detail: 'string', waived: 'boolean' }) &&
    isSeverity(value.finding.severity)
  );
}

function isSeverity(value: unknown): boolean {
  return SEVERITIES.some((severity) => severity === value);
}
