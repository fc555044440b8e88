/** Whether a state folder is as it was written: every file, the chain, the index, and what was concluded from the runs. */
import type { RunEntry, Transition } from '../model/history.ts';
import { InputError } from '../model/problem.ts';
import type { Result } from '../model/result.ts';
import { drift, EMPTY_STATE } from './drift.ts';
import { changedText, type Opened } from './opening.ts';
import { digestOf, entryOf, headerOf } from './run-file.ts';
import { nameOf } from './runs.ts';

export interface Verification {
  readonly runs: number;
  /** The last run that was pruned; 0: none. */
  readonly prunedThrough: number;
  /** SHA-256 of the last run's file: whoever keeps it elsewhere can tell later that nothing before it was changed. */
  readonly head: string | null;
  /** A sentence each; empty: all is as it was written. */
  readonly problems: readonly string[];
}

/**
 * Reads every run; on the way the state is concluded again.
 *
 * @throws {InputError} `state-unreadable`; what was changed, lost or damaged is told, not thrown.
 */
export function verifyFolder(opened: Opened): Verification {
  const { folder } = opened.files;
  const { entries } = opened.runs;
  const pruned = opened.pruned();
  // First: what is wrong with it is found on the way.
  const { state: kept, transitions } = opened.standings();
  const problems = [...opened.losses.all(), ...opened.problems];
  let state = pruned?.state ?? EMPTY_STATE;
  const told: Transition[] = [];
  let link: Link = { sha256: pruned?.sha256 ?? null };
  for (const entry of entries) {
    const result = readable(opened, entry);
    problems.push(...problemsOf(opened, entry, { link, result }));
    link = entry;
    if (result === null) continue;
    const next = drift(state, entry, result);
    state = next.state;
    told.push(...next.transitions);
  }
  if (canonical(kept.series) !== canonical(state.series)) problems.push(`${folder}/state.json does not follow from the runs.`);
  const since = transitions.filter(({ sequence }) => sequence > (pruned?.through ?? 0));
  if (canonical(since) !== canonical(told)) problems.push(`${folder}/transitions.jsonl does not follow from the runs.`);
  return { runs: entries.length, prunedThrough: pruned?.through ?? 0, head: link.sha256, problems: [...new Set(problems)] };
}

interface Link {
  readonly sha256: string | null;
}

/**
 * @param link    the run before it.
 * @param result  null: it cannot be read.
 */
function problemsOf(
  { files }: Opened,
  entry: RunEntry,
  { link, result }: { readonly link: Link; readonly result: Result | null },
): string[] {
  const name = `Run ${nameOf(entry)}`;
  const bytes = files.read(`runs/${entry.file}`);
  if (bytes === null) return [`${name} is gone.`];
  const header = headerOf(bytes);
  const problems: string[] = [];
  if (digestOf(bytes) !== entry.sha256) problems.push(changedText(entry));
  if (header?.previous !== link.sha256)
    problems.push(`${name} does not follow the run before it: that one was changed or replaced.`);
  if (result === null) return [...problems, `${name} cannot be read: what it holds is not what was written.`];
  const found = { ...entryOf(result, { sequence: entry.sequence, file: entry.file, bytes }), sha256: entry.sha256 };
  if (canonical(found) !== canonical(entry)) problems.push(`${name} is not what the index says of it.`);
  return problems;
}

function readable({ runs }: Opened, entry: RunEntry): Result | null {
  try {
    return runs.read(entry);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return null;
  }
}

/** As JSON, whatever the order of names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
