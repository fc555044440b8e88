/** A result against an accepted one: what is new in it. Pure. */
import { type Finding, type FindingCode, isGraver, type Severity } from '../model/finding.ts';
import { type Extent, isBlindness, type Standing, seriesOf } from '../model/history.ts';
import type { Result } from '../model/result.ts';
import { extentOf, growthOf } from './extent.ts';

/**
 * Fingerprints of the findings that the baseline has as well, at least as grave and reaching at least as far. All others are new and count.
 *
 * What the baseline had waived is not known: it was accepted until a day, and that day may be over. What could not be judged is never known: a
 * baseline accepts findings, not blindness, or a gate would be green because nothing was measured.
 */
export function knownFindings(result: Result, baseline: Result): ReadonlySet<string> {
  const covers = coverOf(baseline);
  const known = result.findings.filter((finding) => covers({ ...finding, extent: extentOf(finding, result) }));
  return new Set(known.map(({ fingerprint }) => fingerprint));
}

/** The same of what is open by earlier runs: this one may not see it. */
export function knownStandings(standings: readonly Standing[], baseline: Result): ReadonlySet<string> {
  const covers = coverOf(baseline);
  const known = standings.filter(({ fingerprint, finding: { code, severity }, reach: { confirmed } }) =>
    covers({ fingerprint, code, severity, extent: confirmed }),
  );
  return new Set(known.map(({ fingerprint }) => fingerprint));
}

/** Why the baseline may not be meant for such a run, as a sentence; null: it is of the same command, policy and segments. */
export function mismatchOf(result: Result, baseline: Result): string | null {
  const [own, other] = [eyesOf(result), eyesOf(baseline)];
  return own === other ? null : `The baseline is of another kind of run (${other}) than this one (${own}).`;
}

function eyesOf(result: Result): string {
  const { configurations: _, ...run } = result.run;
  return seriesOf({ ...result, run });
}

interface Reaching {
  readonly fingerprint: string;
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly extent: Extent;
}

function coverOf(baseline: Result): (found: Reaching) => boolean {
  const accepted = new Map<string, Finding>();
  for (const finding of baseline.findings) if (finding.waiver === null) accepted.set(finding.fingerprint, finding);
  return ({ fingerprint, code, severity, extent }) => {
    const before = accepted.get(fingerprint);
    if (before === undefined || isBlindness(code)) return false;
    return !isGraver(severity, before.severity) && growthOf(extentOf(before, baseline), extent) === null;
  };
}

/** The result with new findings alone: what the exit code is taken from. Checks stay, so that what could not be judged still shows. */
export function withoutKnown(result: Result, known: ReadonlySet<string>): Result {
  return { ...result, findings: result.findings.filter(({ fingerprint }) => !known.has(fingerprint)) };
}
