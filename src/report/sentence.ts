/** The verdict in one sentence: how many checks comply, violate, could not be judged. */
import { type Finding, SEVERITIES } from '../model/finding.ts';
import { listText } from '../model/list-text.ts';
import type { Result, Verdict } from '../model/result.ts';
import { count } from './words.ts';

/** `6 of 22 checks violate policy demo-office; 16 comply.` */
export function verdictSentence({ policy, checks, findings, vantages }: Result): string {
  const counted = (verdict: Verdict): number => checks.filter((check) => check.verdict === verdict && !check.waived).length;
  const total = checks.length;
  const [compliant, violation, inconclusive] = [counted('compliant'), counted('violation'), counted('inconclusive')];
  const named = `policy ${policy.name}`;
  const waived = checks.filter((check) => check.waived).length;
  const loose = findings.filter((finding) => finding.waiver === null && finding.checks.length === 0);
  const beside = loose.length === 0 ? '' : `(${severitiesText(loose)})`;
  const segments = [...new Set(vantages.map(({ segment }) => segment))];
  const none = `nothing was asked: ${named} has no question for ${listText(segments) || 'this host'}`;
  const parts = [
    total === 0 ? none : '',
    violation > 0 ? `${violation} of ${count(total, 'check')} ${violation === 1 ? 'violates' : 'violate'} ${named}` : '',
    inconclusive > 0 && violation > 0 ? `${inconclusive} could not be judged` : '',
    inconclusive > 0 && violation === 0 ? `${inconclusive} of ${count(total, 'check')} of ${named} could not be judged` : '',
    violation + inconclusive > 0 ? `${compliant === 0 ? 'none' : compliant} ${compliant > 1 ? 'comply' : 'complies'}` : '',
    violation + inconclusive === 0 && total > 0 ? `${complyingText(compliant, total, loose.length > 0)} with ${named}` : '',
    waived > 0 ? `${waived} waived` : '',
    loose.length > 0 ? `${count(loose.length, 'finding')} beside the checks ${beside}` : '',
  ];
  return `${parts.filter((part) => part !== '').join('; ')}.`;
}

/** Where something else is against the policy, "2 of 2 checks" would sound like the whole. */
function complyingText(compliant: number, total: number, more: boolean): string {
  const verb = compliant === 1 ? 'complies' : 'comply';
  if (more && compliant === total) return total === 1 ? `The one check ${verb}` : `All ${total} checks ${verb}`;
  return `${compliant} of ${count(total, 'check')} ${verb}`;
}

/** `8 critical, 19 high`. */
export function severitiesText(findings: readonly Pick<Finding, 'severity'>[]): string {
  const counts = SEVERITIES.map((severity) => ({
    severity,
    number: findings.filter((each) => each.severity === severity).length,
  }));
  return counts
    .filter(({ number }) => number > 0)
    .map(({ severity, number }) => `${number} ${severity}`)
    .join(', ');
}

/** What an interrupted run leaves to say beside its verdict; empty where it came to its end. */
export function interruption({ run }: Pick<Result, 'run'>): string {
  return run.interrupted ? 'The run was interrupted: what was not asked any more is not judged.' : '';
}
