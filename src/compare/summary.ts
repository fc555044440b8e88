import { type Finding, SEVERITIES } from '../model/finding.ts';
import type { Check, Summary, Verdict } from '../model/result.ts';
import type { RunRows } from './rows.ts';

/**
 * Counts, and the verdict over everything that is not waived. Nothing judged is inconclusive, never compliant, whatever is waived; so is
 * a run that was interrupted, however good its rows look.
 */
export function summarise(
  checks: readonly Check[],
  findings: readonly Finding[],
  runs: readonly Pick<RunRows, 'leakProbes' | 'interrupted'>[],
): Summary {
  const count = (verdict: Verdict): number => checks.filter((check) => check.verdict === verdict).length;
  const inForce = findings.filter(({ waiver }) => waiver === null);
  const bySeverity = SEVERITIES.map(
    (severity) => [severity, inForce.filter((finding) => finding.severity === severity).length] as const,
  );
  return {
    verdict: verdictOf(
      checks,
      inForce,
      runs.some(({ interrupted }) => interrupted),
    ),
    checks: {
      total: checks.length,
      compliant: count('compliant'),
      violation: count('violation'),
      inconclusive: count('inconclusive'),
    },
    findings: {
      critical: 0,
      high: 0,
      medium: 0,
      low: 0,
      info: 0,
      ...Object.fromEntries(bySeverity),
      waived: findings.length - inForce.length,
    },
    leakProbes: {
      sent: runs.reduce((sum, { leakProbes }) => sum + leakProbes.sent, 0),
      open: runs.reduce((sum, { leakProbes }) => sum + leakProbes.open, 0),
    },
  };
}

function verdictOf(checks: readonly Check[], inForce: readonly Finding[], interrupted: boolean): Verdict {
  if (inForce.some(({ code }) => code !== 'not-judged')) return 'violation';
  const judged = checks.some(({ verdict }) => verdict !== 'inconclusive');
  const open = checks.some(({ verdict, waived }) => verdict === 'inconclusive' && !waived);
  return judged && !open && !interrupted ? 'compliant' : 'inconclusive';
}
