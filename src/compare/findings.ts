/** Drafts become findings: one for each subject, with the catalogue's words, its waiver, and every check that shows it. */
import { pageOf, referencesOf, remediationOf } from '../catalogue/catalogue.ts';
import { bySeverity, type Finding, fingerprintOf } from '../model/finding.ts';
import type { Policy } from '../model/policy.ts';
import type { Draft, Row } from './row.ts';
import { waiverFor } from './waive.ts';

interface Gathered {
  readonly drafts: Draft[];
  readonly checks: string[];
}

/** Findings by severity, then by the order of the checks. `loose` are drafts about no check. */
export function findingsOf(policy: Policy, rows: readonly Row[], loose: readonly Draft[], now: number): readonly Finding[] {
  const gathered = new Map<string, Gathered>();
  const gather = (draft: Draft, check: string | null): void => {
    const fingerprint = fingerprintOf(draft.subject);
    const before = gathered.get(fingerprint) ?? { drafts: [], checks: [] };
    before.drafts.push(draft);
    if (check !== null && !before.checks.includes(check)) before.checks.push(check);
    gathered.set(fingerprint, before);
  };
  for (const { check, drafts } of rows) for (const draft of drafts) gather(draft, check.id);
  for (const draft of loose) gather(draft, null);
  return [...gathered]
    .map(([fingerprint, shown]) => findingOf(fingerprint, shown))
    .filter((finding) => finding !== null)
    .map((finding) => withWaiver(policy, finding, now))
    .sort((a, b) => bySeverity(a.severity, b.severity));
}

function findingOf(fingerprint: string, { drafts, checks }: Gathered): Omit<Finding, 'waiver'> | null {
  const worst = [...drafts].sort((a, b) => bySeverity(severityOf(a), severityOf(b)))[0];
  if (worst === undefined) return null;
  const { row: _row, ...subject } = worst.subject;
  return {
    ...subject,
    severity: severityOf(worst),
    fingerprint,
    title: pageOf(subject.code).title,
    detail: worst.detail,
    remediation: worst.remediation ?? remediationOf(subject.code),
    references: referencesOf(subject.code),
    check: checks[0] ?? null,
    checks,
    location: worst.location,
    evidence: worst.evidence,
  };
}

function withWaiver(policy: Policy, finding: Omit<Finding, 'waiver'>, now: number): Finding {
  const waiver = waiverFor(policy, finding, now);
  return { ...finding, waiver: waiver === null ? null : { until: waiver.until, reason: waiver.reason, owner: waiver.owner } };
}

function severityOf(draft: Draft): Finding['severity'] {
  return draft.severity ?? pageOf(draft.subject.code).severity;
}
