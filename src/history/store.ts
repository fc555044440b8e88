/** The state folder as commands see it. */
import type { HistoryState, RunEntry, Transition } from '../model/history.ts';
import type { Result } from '../model/result.ts';

export interface HistoryStore {
  /** Oldest first. */
  readonly entries: readonly RunEntry[];
  /** What was repaired at opening and what cannot be read, a sentence each. */
  readonly problems: readonly string[];
  state(): HistoryState;
  /** Of pruned runs too; oldest first. */
  transitions(): readonly Transition[];
  /** @throws {InputError} `run-damaged`, `run-missing`. */
  read(entry: RunEntry): Result;
  /** @throws {InputError} before the run is acknowledged; what fails after that is told in `problems`, and repaired at the next opening. */
  append(result: Result): Appended;
  prune(rule: Retention, nowMs: number): Pruned;
  verify(): Verification;
  /** A document of another part (`cron.json`), replaced atomically; null where there is none, or none that is JSON. */
  readDocument(name: string): unknown;
  writeDocument(name: string, value: unknown): void;
}

export interface Appended {
  readonly entry: RunEntry;
  readonly transitions: readonly Transition[];
  readonly state: HistoryState;
  readonly problems: readonly string[];
}

/** A run is kept while one of them speaks for it; null: that one speaks for none. Both null: all are kept. */
export interface Retention {
  readonly keepMs: number | null;
  readonly keepLast: number | null;
}

export interface Pruned {
  readonly removed: number;
  /** More could go: the next call goes on with them. */
  readonly more: boolean;
}

export interface Verification {
  readonly runs: number;
  /** The last run that was pruned; 0: none. */
  readonly prunedThrough: number;
  /** SHA-256 of the last run's file: whoever keeps it elsewhere can tell later that nothing before it was changed. */
  readonly head: string | null;
  /** A sentence each; empty: all is as it was written. */
  readonly problems: readonly string[];
}
