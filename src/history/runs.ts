/** The runs of a state folder: which there are, and what stands in them. */
import type { StateFiles } from '../host/state-files.ts';
import { type RunEntry, seriesOf } from '../model/history.ts';
import { InputError, inputError } from '../model/problem.ts';
import type { Result } from '../model/result.ts';
import type { Apart } from './apart.ts';
import { headerOf, type Place, type ReadRun, runBytes, runFileName, runIn } from './run-file.ts';

/**
 * Runs 1 to 24 are a block, 25 to 48 the next …: in each the first run of a series is whole, and the others are differences to it, so that
 * the blocks stand alone and old ones can go.
 */
export const BLOCK_RUNS = 24;

/** Whole runs at hand at once: as many as there may be series in turn. */
const MAX_APART = 4;

export interface Runs {
  /** Oldest first; a run that is added is pushed here. */
  readonly entries: RunEntry[];
  /** The highest number that must not be given again: a lost run had it, or one is kept. */
  taken(): number;
  take(sequence: number): void;
  /** @throws {InputError} `run-missing`, `run-damaged`. */
  read(entry: RunEntry): Result;
  /** The result of a run, taken apart; null where it cannot be read. */
  apart(sequence: number): Apart | null;
  /** Writes the file of the next run; on return it stays, whatever happens. */
  write(result: Result, sequence: number, previous: string | null): { readonly file: string; readonly bytes: Uint8Array };
}

/** @param entries  those that are known so far; what is added to them later is a run of the folder as well. */
export function runsIn(files: StateFiles, entries: RunEntry[]): Runs {
  const open = (entry: RunEntry): ReadRun => {
    const bytes = bytesOf(files, entry);
    const base = headerOf(bytes)?.base ?? null;
    const baseEntry = base === null ? null : entryAt(entries, base);
    if (baseEntry === undefined) throw damaged(files, entry, `run #${base}, which it is the difference to, is gone`);
    const run = runIn(bytes, baseEntry === null ? null : apartOf(baseEntry));
    if (run === null) throw damaged(files, entry, 'what it holds is not what was written');
    return run;
  };
  const apartOf = kept((entry) => open(entry).apart);
  const write: Runs['write'] = (result, sequence, previous) => {
    const place = { sequence, previous, base: baseFor(result, sequence) };
    const file = runFileName(sequence, result.run);
    const bytes = runBytes(result, place);
    writeRun(files, file, bytes);
    return { file, bytes };
  };
  const baseFor = (result: Result, sequence: number): Place['base'] => {
    const base = wholeBefore(files, entries, result, sequence);
    const known = base === null ? null : apart(base);
    return base === null || known === null ? null : { sequence: base, apart: known };
  };
  const apart = (sequence: number): Apart | null => {
    const entry = entryAt(entries, sequence);
    try {
      return entry === undefined ? null : apartOf(entry);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return null;
    }
  };
  let taken = 0;
  return {
    entries,
    taken: () => Math.max(taken, entries.at(-1)?.sequence ?? 0),
    take: (sequence) => {
      taken = Math.max(taken, sequence);
    },
    read: (entry) => open(entry).result(),
    apart,
    write,
  };
}

/** Neighbours share the run that they go by, so that it is read once; the runs of years would fill the memory. */
function kept(read: (entry: RunEntry) => Apart): (entry: RunEntry) => Apart {
  const whole = new Map<number, Apart>();
  return (entry) => {
    const known = whole.get(entry.sequence);
    if (known !== undefined) return known;
    const apart = read(entry);
    if (whole.size >= MAX_APART) whole.clear();
    whole.set(entry.sequence, apart);
    return apart;
  };
}

/** @returns undefined where there is no such run. */
export function entryAt(entries: readonly RunEntry[], sequence: number): RunEntry | undefined {
  const found = entries[placeOf(entries, sequence)];
  return found?.sequence === sequence ? found : undefined;
}

/** Puts a run where its number belongs. */
export function addEntry(entries: RunEntry[], entry: RunEntry): void {
  entries.splice(placeOf(entries, entry.sequence), 0, entry);
}

/** Index of the first run with this number or a later one. */
function placeOf(entries: readonly RunEntry[], sequence: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.sequence ?? 0) < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The run that the next one is a difference to: the last whole one of its series and block, unless the policy is another now. */
function wholeBefore(files: StateFiles, entries: readonly RunEntry[], result: Result, sequence: number): number | null {
  const series = seriesOf(result);
  const last = entries.findLast((entry) => blockOf(entry.sequence) === blockOf(sequence) && entry.series === series);
  if (last === undefined || last.policy.digest !== result.policy.digest) return null;
  const bytes = files.read(`runs/${last.file}`);
  const header = bytes === null ? null : headerOf(bytes);
  return header === null ? null : (header.base ?? header.sequence);
}

function blockOf(sequence: number): number {
  return Math.floor((sequence - 1) / BLOCK_RUNS);
}

/** In this order: whatever dies in between, a file of that name holds all of the run, and after the last step it stays. */
function writeRun(files: StateFiles, file: string, bytes: Uint8Array): void {
  const name = `runs/${file}`;
  try {
    files.create(`${name}.tmp`, bytes);
    files.rename(`${name}.tmp`, name);
    files.syncFolder('runs');
  } catch (error) {
    if (error instanceof InputError) withdraw(files, [name, `${name}.tmp`]);
    throw error;
  }
}

/** What was not acknowledged shall not turn up later. A disk that refuses even that will have said why before. */
function withdraw(files: StateFiles, names: readonly string[]): void {
  for (const name of names) {
    try {
      files.remove(name);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
}

function bytesOf(files: StateFiles, entry: RunEntry): Uint8Array {
  const bytes = files.read(`runs/${entry.file}`);
  if (bytes !== null) return bytes;
  throw inputError('run-missing', `Run ${nameOf(entry)} cannot be read: ${files.folder}/runs/${entry.file} is gone.`);
}

function damaged(files: StateFiles, entry: RunEntry, why: string): InputError {
  return inputError('run-damaged', `Run ${nameOf(entry)} cannot be read from ${files.folder}/runs/${entry.file}: ${why}.`);
}

/** How messages name it: `#12 of 2026-11-21T20:38:00.000Z`. */
export function nameOf({ sequence, startedAt }: RunEntry): string {
  return `#${sequence} of ${startedAt}`;
}
