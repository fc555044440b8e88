import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/compare/exit-code.ts';
import { compareEvidence } from '../../src/compare.ts';
import type { Result } from '../../src/model/result.ts';
import { evidenceOf } from '../support/evidence.ts';
import { policyOf } from '../support/policy.ts';
import { ALLOWED_CASES } from './allowed.cases.ts';
import { DENIED_CASES } from './denied.cases.ts';
import { INTERFERENCE_CASES } from './interference.cases.ts';
import { RUN_CASES } from './runs.cases.ts';
import type { VerdictCase } from './verdict-case.ts';
import { WRONG_GREEN_CASES } from './wrong-green.cases.ts';

const CASES = [...DENIED_CASES, ...ALLOWED_CASES, ...RUN_CASES, ...WRONG_GREEN_CASES, ...INTERFERENCE_CASES];

const VERDICTS = new Map([
  [0, 'compliant'],
  [1, 'violation'],
]);

function resultOf(verdictCase: VerdictCase): Result {
  const policy = policyOf(verdictCase.policy);
  return compareEvidence(
    policy,
    verdictCase.runs.map((run) => evidenceOf(policy, run)),
    {
      tool: { name: 'postern', version: '0.0.0' },
      command: 'compare',
      now: Date.parse(verdictCase.now ?? '2026-11-21T21:00:00Z'),
      requireProof: verdictCase.requireProof ?? 'supported',
      allowOtherPolicy: false,
    },
  );
}

describe('the verdict table', () => {
  it.each(CASES.map((verdictCase) => [verdictCase.title, verdictCase] as const))('%s', (_title, verdictCase) => {
    const result = resultOf(verdictCase);
    const rows = result.checks.map(({ id, verdict, proof }) => {
      const key = Object.keys(verdictCase.rows).find((end) => id.endsWith(end)) ?? id;
      return [key, `${verdict}/${proof}`];
    });
    expect(Object.fromEntries(rows)).toEqual(verdictCase.rows);
    expect(rows).toHaveLength(Object.keys(verdictCase.rows).length);
    const findings = result.findings
      .filter(({ code }) => code !== 'not-judged')
      .map(({ severity, code, port, waiver }) => `${severity} ${code} ${port}${waiver === null ? '' : ' waived'}`);
    expect(findings).toEqual(verdictCase.findings ?? []);
    if (verdictCase.why !== undefined) {
      expect(result.checks.find(({ verdict }) => verdict === 'inconclusive')?.reason).toMatch(verdictCase.why);
    }
    expect(exitCodeOf(result, { failOn: 'low', allowInconclusive: false })).toBe(verdictCase.exit);
    expect(result.summary.verdict).toBe(VERDICTS.get(verdictCase.exit) ?? 'inconclusive');
  });

  it('gives every row that is not compliant a finding, and every finding its rows', () => {
    for (const verdictCase of CASES) {
      const { checks, findings } = resultOf(verdictCase);
      for (const check of checks) expect(check.findings.length > 0, check.id).toBe(check.verdict !== 'compliant');
      for (const finding of findings) {
        expect(checks.filter((check) => check.findings.includes(finding.fingerprint)).map(({ id }) => id)).toEqual(
          finding.checks,
        );
      }
    }
  });
});
