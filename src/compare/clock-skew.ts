/**
 * How far two clocks are apart, by probes of which both ends know. Each brackets it: between the start and the end of the probe the
 * connection arrived, and the receipt was signed.
 *
 * Worked example: a probe from 20:00:00.0 to 20:00:00.4 by the host's clock; by the sentinel's the connection came at 20:00:05.1 and the receipt
 * was signed at 20:00:05.2. So its clock is at least 4.8 s (05.2 − 00.4) and at most 5.1 s (05.1 − 00.0) ahead.
 */
import type { Skew } from '../model/reconciliation.ts';

/** One probe whose receipt the log knows, milliseconds: the host's clock, then the sentinel's. */
export interface Bracket {
  /** The receipt came back: it was signed before the probe ended. */
  readonly answered: boolean;
  readonly startMs: number;
  readonly endMs: number;
  /** When it came, as early as is known. */
  readonly arrivedMs: number;
  /** The last that the sentinel did of it. */
  readonly doneMs: number;
}

/**
 * How long after its end a probe may still arrive: Linux goes on sending what a closed socket has left for some 100 s. @see tcp(7),
 * tcp_orphan_retries
 */
const LATE_MS = 120_000;

/**
 * Everything that any bracket allows, not what all of them agree on: a clock may be set in the middle of a run. Probes whose receipt did not
 * come back say less, and are asked only where there is no other.
 *
 * @param assumedMs  taken for granted either way where there is no bracket.
 */
export function skewOf(all: readonly Bracket[], assumedMs: number): Skew {
  const answered = all.filter((bracket) => bracket.answered);
  const brackets = answered.length > 0 ? answered : all.map((bracket) => ({ ...bracket, endMs: bracket.endMs + LATE_MS }));
  if (brackets.length === 0) return { kind: 'assumed', lowestMs: -assumedMs, highestMs: assumedMs, probes: 0 };
  return {
    kind: 'measured',
    lowestMs: brackets.reduce((lowest, { doneMs, endMs }) => Math.min(lowest, doneMs - endMs), Number.POSITIVE_INFINITY),
    highestMs: brackets.reduce(
      (highest, { arrivedMs, startMs }) => Math.max(highest, arrivedMs - startMs),
      Number.NEGATIVE_INFINITY,
    ),
    probes: brackets.length,
  };
}
