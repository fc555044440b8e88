/** An earlier result, by whatever names it: a file that `--format json` wrote, or a run of a state folder. */
import { selectRun } from './history/select.ts';
import type { HistoryStore } from './history/store.ts';
import type { RunEntry } from './model/history.ts';
import { inputError } from './model/problem.ts';
import type { Result } from './model/result.ts';
import { resultFrom } from './saved-result.ts';

export interface EarlierSources {
  readonly cwd: string;
  /** Null: there is no state folder, and only files can be meant. */
  readonly store: Pick<HistoryStore, 'entries' | 'read'> | null;
}

/**
 * A name with a folder or an ending is a file, `./NAME` as well; anything else a run.
 *
 * @throws {InputError} `unreadable-file`, `result-*`; `no-state`, `no-runs`, `unknown-run`, `ambiguous-run`, `run-damaged`.
 */
export function resultOf(reference: string, sources: EarlierSources): Result {
  return earlierRun(reference, sources).result;
}

/** The same, and which run of the state folder it is; null: none, it is a file. */
export function earlierRun(
  reference: string,
  { cwd, store }: EarlierSources,
): { readonly result: Result; readonly entry: RunEntry | null } {
  if (isFile(reference)) return { result: resultFrom(reference, { cwd }), entry: null };
  if (store === null) {
    throw inputError(
      'no-state',
      `${JSON.stringify(reference)} is a run of a state folder: name that with --state. A file in this folder is ./NAME.`,
    );
  }
  const entry = selectRun(store.entries, reference);
  return { result: store.read(entry), entry };
}

function isFile(reference: string): boolean {
  return /[/\\.]/.test(reference);
}
