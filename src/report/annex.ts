/** What a document tells beside the result, where its caller knows it. */
import type { Severity } from '../model/finding.ts';
import type { Verdict } from '../model/result.ts';

export interface Annex {
  /** Runs of the same series before this one, the oldest first. */
  readonly history?: readonly EarlierRun[];
  /** What the result was made of, as files. */
  readonly evidence?: readonly EvidenceFile[];
}

export interface EarlierRun {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly verdict: Verdict;
  /** Checks of each verdict. */
  readonly checks: Readonly<Record<Verdict, number>>;
  /** Findings by severity, where they are known. */
  readonly findings?: Readonly<Partial<Record<Severity, number>>>;
}

export interface EvidenceFile {
  readonly file: string;
  /** Of its bytes, hex. */
  readonly sha256: string;
}
