/** Two results side by side, whatever runs they are of: what `postern diff` tells. Pure. */
import { bySeverity, type Finding } from '../model/finding.ts';
import { briefOf, type CheckChange, type DiffSide, type FindingBrief, type ResultDiff } from '../model/history.ts';
import type { Check, Result } from '../model/result.ts';
import { absenceOf, type Sight, sightOf } from './absence.ts';
import { extentOf, growthOf } from './extent.ts';

/**
 * What `b` has that `a` has not, and the other way round. Findings that a waiver accepts count as not there, as everywhere: one that was waived
 * between the two is closed, and marked.
 */
export function diffResults(a: Result, b: Result): ResultDiff {
  const [before, after] = [sightOf(a), sightOf(b)];
  const gone = missing(before, after);
  const fresh = missing(after, before);
  const checks = changesOf(before, after);
  const regraded = b.findings.filter(counts).flatMap((finding) => {
    const old = before.findings.get(finding.fingerprint);
    if (old === undefined || !counts(old) || old.severity === finding.severity) return [];
    return [{ before: old.severity, finding: briefOf(finding) }];
  });
  const { grown, shrunk } = reachesOf(before, after);
  const unknown = [...gone.unknown, ...fresh.unknown].map(briefOf).sort(byWeight);
  return {
    schema: 'postern.diff/1',
    a: sideOf(a),
    b: sideOf(b),
    changed: [fresh.sure, gone.sure, regraded, grown, shrunk, unknown, checks].some(({ length }) => length > 0),
    opened: fresh.sure.map(briefOf),
    closed: gone.sure.map((finding) => ({ ...briefOf(finding), waived: after.findings.has(finding.fingerprint) })),
    regraded,
    grown,
    shrunk,
    unknown,
    checks,
  };
}

interface Missing {
  /** The other side would have shown them. */
  readonly sure: readonly Finding[];
  readonly unknown: readonly Finding[];
}

function missing(one: Sight, other: Sight): Missing {
  const lacking = one.result.findings.filter((finding) => {
    const there = other.findings.get(finding.fingerprint);
    return counts(finding) && (there === undefined || !counts(there));
  });
  const isSure = (finding: Finding): boolean =>
    other.findings.has(finding.fingerprint) || absenceOf(briefOf(finding), finding.checks, other) === 'gone';
  return { sure: lacking.filter(isSure), unknown: lacking.filter((finding) => !isSure(finding)) };
}

/** What is on both sides, and reaches something else. */
function reachesOf(before: Sight, after: Sight): Pick<ResultDiff, 'grown' | 'shrunk'> {
  const grown: FindingBrief[] = [];
  const shrunk: FindingBrief[] = [];
  for (const finding of after.result.findings.filter(counts)) {
    const old = before.findings.get(finding.fingerprint);
    if (old === undefined || !counts(old)) continue;
    const [was, is] = [extentOf(old, before.result), extentOf(finding, after.result)];
    const words = growthOf(was, is);
    const brief = briefOf(finding);
    if (words !== null) grown.push({ ...brief, detail: `${words} ${brief.detail}` });
    else if (growthOf(is, was) !== null) shrunk.push(brief);
  }
  return { grown, shrunk };
}

function counts({ waiver }: Finding): boolean {
  return waiver === null;
}

/** In the order of `b`, then those that it did not ask. */
function changesOf(a: Sight, b: Sight): CheckChange[] {
  const dropped = a.result.checks.filter(({ id }) => !b.checks.has(id));
  return [...b.result.checks, ...dropped].flatMap(({ id }) => {
    const [before, after] = [told(a.checks.get(id)), told(b.checks.get(id))];
    const same = before?.verdict === after?.verdict && before?.outcome === after?.outcome;
    return same ? [] : [{ id, before, after }];
  });
}

function told(check: Check | undefined): CheckChange['before'] {
  return check === undefined ? null : { verdict: check.verdict, outcome: check.outcome };
}

function sideOf({ run, policy, summary }: Result): DiffSide {
  return { run: run.id, startedAt: run.startedAt, policyDigest: policy.digest, verdict: summary.verdict };
}

function byWeight(a: FindingBrief, b: FindingBrief): number {
  return bySeverity(a.severity, b.severity);
}
