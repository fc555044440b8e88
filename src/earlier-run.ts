/** An earlier result, by whatever names it: a file that `--format json` wrote, or a run of a state folder. */
import { selectRun } from './history/select.ts';
import type { HistoryStore } from './history/store.ts';
import { inputError } from './model/problem.ts';
import type { Result } from './model/result.ts';
import { resultFrom } from './report-result.ts';

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
export function resultOf(reference: string, { cwd, store }: EarlierSources): Result {
  if (isFile(reference)) return resultFrom(reference, { cwd });
  if (store === null) {
    throw inputError(
      'no-state',
      `${JSON.stringify(reference)} is a run of a state folder: name that with --state. A file in this folder is ./NAME.`,
    );
  }
  return store.read(selectRun(store.entries, reference));
}

function isFile(reference: string): boolean {
  return /[/\\.]/.test(reference);
}
