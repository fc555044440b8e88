/** Since when the findings of a run were open, as it can be told of it: at once, and later of any run that is kept. */
import type { RunEntry, Transition } from '../model/history.ts';
import type { Result } from '../model/result.ts';
import { sinceOf } from './drift.ts';
import type { HistoryStore } from './store.ts';

/**
 * Since when each finding was open when that run had ended. Of the last run of its series the state says it; of an earlier one the transitions, as
 * far as they go: of what came and went without being confirmed, or was unsteady then, they say nothing.
 */
export function sinceThen(
  entry: RunEntry,
  store: Pick<HistoryStore, 'entries' | 'state' | 'transitions'>,
): ReadonlyMap<string, string> {
  const last = store.entries.findLast(({ series }) => series === entry.series);
  return last?.sequence === entry.sequence ? sinceOf(store.state(), entry.series) : sinceFrom(store.transitions(), entry);
}

/** @param transitions  oldest first, also those of later runs: what one run sees first, the next confirms. */
export function sinceFrom(
  transitions: readonly Transition[],
  run: Pick<RunEntry, 'sequence' | 'series' | 'startedAt'>,
): ReadonlyMap<string, string> {
  const standing = new Map<string, Transition | null>();
  for (const transition of transitions) {
    const { kind, series, sequence, since, finding } = transition;
    if (series !== run.series || kind === 'graver' || kind === 'grown' || kind === 'milder') continue;
    const before = standing.get(finding.fingerprint);
    if (sequence <= run.sequence) standing.set(finding.fingerprint, transition);
    else if (before === undefined || before?.kind === 'closed')
      standing.set(finding.fingerprint, kind === 'opened' && since <= run.startedAt ? transition : null);
  }
  return new Map([...standing].flatMap(([fingerprint, told]) => (told?.kind === 'opened' ? [[fingerprint, told.since]] : [])));
}

/** With `since` in each finding; null where it is not known. */
export function withSince(result: Result, since: ReadonlyMap<string, string>): Result {
  return {
    ...result,
    findings: result.findings.map((finding) => ({ ...finding, since: since.get(finding.fingerprint) ?? null })),
  };
}
