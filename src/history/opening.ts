/**
 * A state folder as it was left: runs are the truth, and what was torn or is missing beside them is made anew. A reader changes nothing; a
 * writer, which holds the lock, also puts it right on the disk.
 */
import type { StateFiles } from '../host/state-files.ts';
import type { RunEntry } from '../model/history.ts';
import { hasTypes, readLines, replaceLines } from './journal.ts';
import { addGap, type Losses, readLosses } from './losses.ts';
import { type PrunedMark, readPruned } from './pruned.ts';
import { digestOf, entryOf, headerOf, runIn, sequenceIn } from './run-file.ts';
import { addEntry, entryAt, nameOf, type Runs, runsIn } from './runs.ts';
import { anew, type Opening, readStandings, type Standings } from './standings.ts';

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
  readonly losses: Losses;
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
  const { opening, runs } = openRuns(files, writes);
  const { problems, losses } = opening;
  let { pruned } = opening;
  let known: Standings | null = writes ? readStandings(runs, opening) : null;
  if (writes) losses.record();
  let doubtful = false;
  return {
    files,
    runs,
    problems,
    losses,
    pruned: () => pruned,
    prunedTo: (mark) => {
      pruned = mark;
    },
    standings: () => {
      known ??= readStandings(runs, { ...opening, pruned });
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

function openRuns(files: StateFiles, writes: boolean): { readonly opening: Opening; readonly runs: Runs } {
  for (;;) {
    const problems: string[] = [];
    const opening = { files, pruned: readPruned(files, problems), writes, problems, losses: readLosses(files) };
    const runs = readRuns(opening);
    // Somebody may have removed old runs while a reader looked for them.
    const moved = !writes && readPruned(files, [])?.through !== opening.pruned?.through;
    if (moved) continue;
    noticeChanged(runs, opening);
    return { opening, runs };
  }
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
  runs.take(through);
  for (const name of files.list('runs')) {
    const sequence = sequenceIn(name);
    if (sequence === null) continue;
    // Pruned, but the process died before all of them were removed.
    if (sequence <= through) {
      if (writes) files.remove(`runs/${name}`);
    } else if (indexed.get(sequence)?.file === name) {
      runs.entries.push(...taken(indexed, sequence));
    } else strangers.push(name);
  }
  for (const entry of indexed.values()) {
    runs.entries.push(entry);
    opening.losses.add(entry.file, `Run ${nameOf(entry)} is lost: ${files.folder}/runs/${entry.file} is gone.`);
  }
  runs.entries.sort((a, b) => a.sequence - b.sequence);
  const unread = strangers.filter((name) => !adopt(runs, name, opening));
  noticeGaps(runs, unread, opening);
  const adopted = strangers.length - unread.length;
  if (lines.foreign > 0) problems.push(anew(files, INDEX));
  if (writes && (!lines.sound || adopted > 0 || lines.items.length !== runs.entries.length))
    replaceLines(files, INDEX, runs.entries);
  return runs;
}

function taken(indexed: Map<number, RunEntry>, sequence: number): readonly RunEntry[] {
  const entry = indexed.get(sequence);
  indexed.delete(sequence);
  return entry === undefined ? [] : [entry];
}

/**
 * A run that the index does not know: the process died before it could write that down, or the index is lost. What cannot be read stays where it
 * is, and counts again when what it lacks is back.
 */
function adopt(runs: Runs, name: string, { files, losses }: Opening): boolean {
  const found = entryIn(files, runs, name);
  if (typeof found === 'string') {
    losses.add(name, `${files.folder}/runs/${name} does not count as a run: ${found}.`);
    return false;
  }
  addEntry(runs.entries, found);
  return true;
}

/** A sentence's end says why it is none. */
function entryIn(files: StateFiles, runs: Runs, name: string): RunEntry | string {
  const bytes = files.read(`runs/${name}`);
  const header = bytes === null ? null : headerOf(bytes);
  if (bytes === null || header === null || header.sequence !== sequenceIn(name)) return 'what it holds is none that can be read';
  const other = entryAt(runs.entries, header.sequence);
  if (other !== undefined) return `run ${nameOf(other)} has its number`;
  const base = header.base === null ? null : runs.apart(header.base);
  if (header.base !== null && base === null) return `it is the difference to run #${header.base}, which cannot be read`;
  const run = runIn(bytes, base);
  return run === null
    ? 'what it holds is not what was written'
    : entryOf(run.result(), { sequence: header.sequence, file: name, bytes });
}

/** What is farther than this from the other runs is no number that a run ever had. */
export const MAX_GAP = 1_000_000;

/** Numbers of files that cannot be read stay theirs; of the others between runs nothing is left. */
function noticeGaps(runs: Runs, unread: readonly string[], { pruned, losses }: Opening): void {
  const end = runs.taken() + MAX_GAP;
  const numbers = unread.map((name) => sequenceIn(name) ?? 0).filter((sequence) => sequence <= end);
  let before = pruned?.through ?? 0;
  for (const sequence of [...runs.entries.map((entry) => entry.sequence), ...numbers].sort((a, b) => a - b)) {
    if (sequence > before + 1) addGap(losses, before + 1, sequence - 1);
    before = sequence;
  }
  runs.take(before);
}

/** The file of the newest run, and the one that it is a difference to: where a disk was lost on the way, it was there. */
function noticeChanged({ entries }: Runs, { files, losses }: Opening): void {
  const last = entries.at(-1);
  const bytes = last === undefined ? null : files.read(`runs/${last.file}`);
  const base = bytes === null ? null : (headerOf(bytes)?.base ?? null);
  const near = [last, base === null ? undefined : entryAt(entries, base)];
  for (const entry of near.filter((one) => one !== undefined)) {
    const found = entry === last ? bytes : files.read(`runs/${entry.file}`);
    if (found !== null && digestOf(found) !== entry.sha256) losses.add(`${entry.file} changed`, changedText(entry));
  }
}

export function changedText(entry: RunEntry): string {
  return `Run ${nameOf(entry)} was changed after it was written: its digest is not the one in the index.`;
}

function isEntry(value: unknown): value is RunEntry {
  return (
    hasTypes(value, { sequence: 'number', id: 'string', series: 'string', command: 'string', policy: 'object' }) &&
    hasTypes(value, { startedAt: 'string', finishedAt: 'string', verdict: 'string', checks: 'object', findings: 'object' }) &&
    hasTypes(value, { file: 'string', sha256: 'string', interrupted: 'boolean' }) &&
    hasTypes(value.policy, { name: 'string', digest: 'string' }) &&
    hasTypes(value.checks, { total: 'number', compliant: 'number', violation: 'number', inconclusive: 'number' }) &&
    hasTypes(value.findings, { critical: 'number', high: 'number', medium: 'number', low: 'number', info: 'number' }) &&
    ['compliant', 'violation', 'inconclusive'].some((verdict) => verdict === value.verdict) &&
    sequenceIn(`${value.file}`) === value.sequence &&
    !Number.isNaN(Date.parse(`${value.startedAt}`))
  );
}
