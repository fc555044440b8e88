/** A result against an accepted one: what is new in it. Pure. */
import { SEVERITIES } from '../model/finding.ts';
import { isBlindness } from '../model/history.ts';
import type { Result } from '../model/result.ts';

/**
 * Fingerprints of the findings that the baseline has as well, at least as grave. All others are new and count.
 *
 * What the baseline had waived is not known: it was accepted until a day, and that day may be over. What could not be judged is never known: a
 * baseline accepts findings, not blindness, or a gate would be green because nothing was measured.
 */
export function knownFindings(result: Result, baseline: Result): ReadonlySet<string> {
  const accepted = new Map(
    baseline.findings.filter(({ waiver }) => waiver === null).map(({ fingerprint, severity }) => [fingerprint, severity]),
  );
  const known = result.findings.filter(({ code, fingerprint, severity }) => {
    const before = accepted.get(fingerprint);
    return before !== undefined && !isBlindness(code) && SEVERITIES.indexOf(before) <= SEVERITIES.indexOf(severity);
  });
  return new Set(known.map(({ fingerprint }) => fingerprint));
}

/** The result with new findings alone: what the exit code is taken from. Checks stay, so that what could not be judged still shows. */
export function withoutKnown(result: Result, known: ReadonlySet<string>): Result {
  return { ...result, findings: result.findings.filter(({ fingerprint }) => !known.has(fingerprint)) };
}
