/** What is told of a finding that changed. Pure. */
import { sha256 } from '../model/digest.ts';
import { bySeverity, type Severity } from '../model/finding.ts';
import type { RunEntry, Standing, Transition, TransitionKind } from '../model/history.ts';

export interface Change {
  readonly kind: TransitionKind;
  readonly since: string;
  readonly before: Severity | null;
  /** Stands before what is told of the finding. */
  readonly words?: string;
}

/** @param run  that confirmed it. */
export function transitionOf(
  { fingerprint, finding }: Standing,
  { kind, since, before, words }: Change,
  { series, sequence, startedAt: at }: Pick<RunEntry, 'sequence' | 'series' | 'startedAt'>,
): Transition {
  const id = sha256(JSON.stringify([series, fingerprint, kind, since, at])).slice(0, 32);
  const detail = sentences(words ?? '', finding.detail);
  return { id, kind, series, at, since, sequence, finding: { ...finding, detail }, before };
}

/** @param words  in what it reaches more, as a sentence. */
export function withGrown(transition: Transition, words: string): Transition {
  const { finding } = transition;
  return { ...transition, finding: { ...finding, detail: sentences(words, finding.detail) }, grown: words };
}

/** Gravest first. */
export function byWeight(a: Transition, b: Transition): number {
  return bySeverity(a.finding.severity, b.finding.severity) || (a.finding.fingerprint < b.finding.fingerprint ? -1 : 1);
}

function sentences(...texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(' ');
}
