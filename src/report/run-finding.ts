/** A run that leaves something open and has no finding that says so. */
import { pageOf } from '../catalogue/catalogue.ts';
import { type Finding, fingerprintOf } from '../model/finding.ts';
import type { Result } from '../model/result.ts';
import { interruption, verdictSentence } from './sentence.ts';

/**
 * Who reads findings alone takes an empty list for "all is well", and closes what it was told earlier. So a run that was interrupted, or judged
 * nothing, tells that as a finding.
 *
 * @returns null where the result's own findings say that something is open, or nothing is.
 */
export function runFinding(result: Result): Finding | null {
  const { run, summary, findings } = result;
  const open = run.interrupted || summary.verdict === 'inconclusive';
  if (!open || findings.some(({ code, waiver }) => code === 'not-judged' && waiver === null)) return null;
  const nobody = {
    segment: null,
    destination: null,
    host: null,
    port: null,
    family: null,
    server: null,
    firewall: null,
  } as const;
  const { title, severity, fix, references } = pageOf('not-judged');
  return {
    code: 'not-judged',
    severity,
    fingerprint: fingerprintOf({ code: 'not-judged', ...nobody, row: 'run' }),
    ...nobody,
    title,
    detail: [interruption(result), verdictSentence(result)].filter((part) => part !== '').join(' '),
    remediation: fix[0] ?? '',
    references: references.map(({ label }) => label),
    check: null,
    checks: [],
    location: null,
    evidence: {},
    waiver: null,
  };
}
