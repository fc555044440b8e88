/**
 * A state folder as it was left: runs are the truth, and what was torn or is missing beside them is made anew. A reader changes nothing; a
 * writer, which holds the lock, also puts it right on the disk.
 */
import type { StateFiles } from '../host/state-files.ts';
import type { RunEntry } from '../model/history.ts';
import { hasTypes, readLines, replaceLines } from './journal.ts';
import { type PrunedMark, readPruned } from './pruned.ts';
import { entryOf, headerOf, runIn, sequenceIn } from './run-file.ts';
import { entryAt, nameOf, type Runs, runsIn } from './runs.ts';
import { type Opening, readStandings, type Standings } from './standings.ts';

export const INDEX = 'index.jsonl';

/** An open folder: what it holds, as long as this process goes on with it. */
export interface Opened {
  readonly files: StateFiles;
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

/**
 * Opens a state folder; a writer makes it where there is none, and removes what a process that died was still writing.
 *
 * @param writes  whether the lock is held.
 * @throws {InputError} `state-unreadable`, `state-unwritable`.
 */
export function openFolder(files: StateFiles, writes: boolean): Opened {
  if (writes) {
    files.makeFolder('runs');
    files.syncFolder('');
    removeUnfinished(files);
  }
  const problems: string[] = [];
  let pruned = readPruned(files);
  const runs = readRuns({ files, pruned, writes, problems });
  let known: Standings | null = writes ? readStandings(runs, { files, pruned, writes, problems }) : null;
  let doubtful = false;
  return {
    files,
    runs,
    problems,
    pruned: () => pruned,
    prunedTo: (mark) => {
      pruned = mark;
    },
    standings: () => {
      known ??= readStandings(runs, { files, pruned, writes, problems });
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

/** What a name in each folder is, if a writer of ours made it: what else lies there belongs to somebody. */
const UNFINISHED: readonly { readonly folder: string; readonly isOurs: (name: string) => boolean }[] = [
  { folder: '', isOurs: (name) => /^(?:index\.jsonl|transitions\.jsonl|(?:state|pruned|losses|cron|webhook)\.json)$/.test(name) },
  { folder: 'runs', isOurs: (name) => sequenceIn(name) !== null },
  { folder: 'outbox', isOurs: (name) => /^\d{14,}-[0-9a-f]+\.json$/.test(name) },
];

function removeUnfinished(files: StateFiles): void {
  for (const { folder, isOurs } of UNFINISHED) {
    for (const name of files.list(folder)) {
      if (!name.endsWith('.tmp') || !isOurs(name.slice(0, -'.tmp'.length))) continue;
      files.remove(folder === '' ? name : `${folder}/${name}`);
    }
  }
}

function readRuns(opening: Opening): Runs {
  const { files, pruned, writes, problems } = opening;
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
  for (const name of strangers) adopt(runs, name, opening);
  const sound = lines.sound && lines.items.length === runs.entries.length && strangers.length === 0;
  if (writes && !sound) replaceLines(files, INDEX, runs.entries);
  return runs;
}

/** A run that the index does not know: the process died before it could write that down. What is none is put out of the way. */
function adopt(runs: Runs, name: string, { files, writes, problems }: Opening): void {
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
  return run === null ? null : entryOf(run.result, { sequence: header.sequence, file: name, bytes });
}

function isEntry(value: unknown): value is RunEntry {
  return (
    hasTypes(value, { sequence: 'number', id: 'string', series: 'string', command: 'string', policy: 'object' }) &&
    hasTypes(value, { startedAt: 'string', finishedAt: 'string', verdict: 'string', checks: 'object', findings: 'object' }) &&
    hasTypes(value, { file: 'string', sha256: 'string' })
  );
}
