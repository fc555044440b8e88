/** What a baseline, and the runs before, mean for a run that is kept. */
import { knownStandings, mismatchOf } from './history/baseline.ts';
import type { Appended, HistoryStore } from './history/store.ts';
import type { KeepSettings } from './kept-run.ts';
import type { TroubleKind } from './model/notice.ts';
import { inputError } from './model/problem.ts';
import type { Result } from './model/result.ts';

/** A baseline that moves on with the runs has every finding before a second run can confirm it: nothing would ever be told. */
export function refuseMoving({ baseline, folder }: Pick<KeepSettings, 'baseline' | 'folder'>, startedAt: string): void {
  if (baseline === null || folder === null) return;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(baseline) && baseline >= startedAt.slice(0, 10);
  if (!day && !/^latest(?:~\d+)?$/.test(baseline)) return;
  throw inputError(
    'moving-baseline',
    `The baseline ${baseline} is another run each time, and would take in every finding before a second run can confirm it. Name one run: its id, #12, or a day that is over.`,
  );
}

interface Judged {
  readonly baseline: Result | null;
  readonly appended: Appended | null;
}

/** What is open by earlier runs and the baseline has as well, is known also where this run cannot see it. */
export function acceptedIn(
  result: Result,
  { baseline, appended, known }: Judged & { readonly known: ReadonlySet<string> | null },
): ReadonlySet<string> {
  const standings = appended?.state.series[appended.entry.series]?.standings ?? [];
  if (baseline === null) return new Set();
  const shown = new Set(result.findings.map(({ fingerprint }) => fingerprint));
  const unseen = [...knownStandings(standings, baseline)].filter((fingerprint) => !shown.has(fingerprint));
  return new Set([...(known ?? []), ...unseen]);
}

/** What a reader must know of what was judged, by what it is about. */
export function notesOf(
  result: Result,
  { baseline, appended, store }: Judged & { readonly store: HistoryStore | null },
): ReadonlyMap<TroubleKind, string> {
  const notes = new Map<TroubleKind, string>();
  const mismatch = baseline === null ? null : mismatchOf(result, baseline);
  if (mismatch !== null) notes.set('baseline', mismatch);
  const before = (store?.entries ?? []).findLast(
    ({ series, sequence }) => series === appended?.entry.series && sequence < appended.entry.sequence,
  );
  const { id, startedAt } = result.run;
  if (before?.id === id && before.startedAt === startedAt)
    notes.set('evidence', `No new evidence since ${startedAt}: what was judged is what the run before judged.`);
  return notes;
}
