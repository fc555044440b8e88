/**
 * Old runs go by whole blocks, oldest first, so that every difference keeps what it goes by and the chain of digests has no holes. What they
 * came to is written down before: the digest of the last one, and how things stood then. Transitions are kept: they are small, and what
 * somebody asks for after years.
 */
import type { HistoryState, RunEntry } from '../model/history.ts';
import { InputError } from '../model/problem.ts';
import { drift, EMPTY_STATE } from './drift.ts';
import { replaceLines } from './journal.ts';
import { INDEX, type Opened } from './opening.ts';
import { writePruned } from './pruned.ts';
import { BLOCK_RUNS } from './runs.ts';

/** A run is kept while one of both speaks for it; null: that one speaks for none. Both null: all are kept. */
export interface Retention {
  readonly keepMs: number | null;
  readonly keepLast: number | null;
}

export interface Pruned {
  readonly removed: number;
  /** Not all could go at once: the next call goes on. */
  readonly more: boolean;
}

const DAY_MS = 86_400_000;

/** In one call, so that a run does not wait for years to be read. */
const MAX_BLOCKS = 10;

/**
 * Removes the runs that the rule does not keep, as far as one call goes.
 *
 * @param nowMs  milliseconds since 1970.
 * @throws {InputError} `state-unwritable`; what went until then is gone, and everything else is in order.
 */
export function pruneRuns(opened: Opened, rule: Retention, nowMs: number): Pruned {
  const { files } = opened;
  const { entries } = opened.runs;
  const first = opened.pruned()?.through ?? 0;
  const wanted = lastToGo(entries, rule, nowMs);
  const through = Math.min(wanted, (Math.floor(first / BLOCK_RUNS) + MAX_BLOCKS) * BLOCK_RUNS);
  const going = entries.filter(({ sequence }) => sequence <= through);
  const last = going.at(-1);
  if (last === undefined) return { removed: 0, more: false };
  const { sequence, sha256 } = last;
  opened.prunedTo(writePruned(files, { through: sequence, sha256, state: stateAfter(opened, going) }));
  entries.splice(0, going.length);
  replaceLines(files, INDEX, entries);
  for (const { file } of going) files.remove(`runs/${file}`);
  files.syncFolder('runs');
  return { removed: going.length, more: wanted > through };
}

/** The end of the last block in which no run is to be kept; the last run always is. */
function lastToGo(entries: readonly RunEntry[], { keepMs, keepLast }: Retention, nowMs: number): number {
  if (keepMs === null && keepLast === null) return 0;
  const recent = entries.length - Math.max(1, keepLast ?? 0);
  const ages = agesOf(entries, nowMs);
  const kept = entries.find((_, index) => index >= recent || (keepMs !== null && !((ages[index] ?? 0) > keepMs)));
  return Math.floor(((kept?.sequence ?? 1) - 1) / BLOCK_RUNS) * BLOCK_RUNS;
}

/**
 * How old runs are, milliseconds, by the time between runs: a clock that jumps years ahead makes none of them older. So a pause of more than
 * ten times what is usual between two runs, and of more than a day, counts as a usual one; a clock that goes back counts as none.
 */
function agesOf(entries: readonly RunEntry[], nowMs: number): number[] {
  const starts = [...entries.map(({ startedAt }) => Date.parse(startedAt)), nowMs];
  const gaps = starts.slice(1).map((start, index) => Math.max(0, start - (starts[index] ?? start)));
  const sorted = gaps.filter((gap) => gap > 0).sort((a, b) => a - b);
  const usual = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const longest = Math.max(10 * usual, DAY_MS);
  const ages: number[] = [];
  let age = 0;
  for (const gap of gaps.reverse()) {
    age += gap > longest ? usual : gap;
    ages.push(age);
  }
  return ages.reverse();
}

function stateAfter({ runs, pruned }: Opened, going: readonly RunEntry[]): HistoryState {
  let state = pruned()?.state ?? EMPTY_STATE;
  for (const entry of going) {
    try {
      state = drift(state, entry, runs.read(entry)).state;
    } catch (error) {
      // Damaged: what it would have changed is lost with it.
      if (!(error instanceof InputError)) throw error;
    }
  }
  return state;
}
