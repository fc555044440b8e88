/** Rows become checks, and their drafts findings, with the waivers in force. */
import { type Finding, fingerprintOf } from '../model/finding.ts';
import type { Policy } from '../model/policy.ts';
import type { Check } from '../model/result.ts';
import { findingsOf } from './findings.ts';
import type { Draft, Row } from './row.ts';

/** @param loose  findings about no check. */
export function checksOf(
  policy: Policy,
  rows: readonly Row[],
  loose: readonly Draft[],
  now: number,
): { readonly checks: readonly Check[]; readonly findings: readonly Finding[] } {
  const findings = findingsOf(policy, rows, loose, now);
  const waived = new Set(findings.filter(({ waiver }) => waiver !== null).map(({ fingerprint }) => fingerprint));
  const checks = rows.map((row): Check => {
    const fingerprints = [...new Set(row.drafts.map(({ subject }) => fingerprintOf(subject)))];
    return {
      ...row.check,
      findings: fingerprints,
      waived: fingerprints.length > 0 && fingerprints.every((print) => waived.has(print)),
    };
  });
  return { checks, findings };
}
