/** What `postern history` prints as JSON. */
import type { FindingBrief, RunEntry, Transition, TransitionKind } from './history.ts';

export const HISTORY_SCHEMA = 'postern.history/1';

export interface HistoryDocument {
  readonly schema: typeof HISTORY_SCHEMA;
  readonly folder: string;
  /** Runs that are kept. */
  readonly total: number;
  /** Oldest first. */
  readonly runs: readonly HistoryRun[];
  /** As the last run of each series left them; null: not asked for. */
  readonly findings: readonly HistoryFinding[] | null;
  readonly transitions: readonly Transition[] | null;
  readonly verification: {
    readonly runs: number;
    readonly prunedThrough: number;
    readonly head: string | null;
    readonly problems: readonly string[];
  } | null;
  /** What cannot be read, a sentence each. */
  readonly problems: readonly string[];
}

export interface HistoryRun extends RunEntry {
  /** What it confirmed. */
  readonly changes: Readonly<Record<TransitionKind, number>>;
}

export interface HistoryFinding {
  readonly series: string;
  /** `opening`: seen by the last run alone; `closing`: not seen by the last run alone. */
  readonly status: 'open' | 'opening' | 'closing';
  readonly since: string;
  readonly unsteady: boolean;
  readonly finding: FindingBrief;
}
