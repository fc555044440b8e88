import { isGraver, type Severity } from '../model/finding.ts';
import type { Result } from '../model/result.ts';

export interface ExitOptions {
  /** The least severity that counts as a violation. */
  readonly failOn: Exclude<Severity, 'info'>;
  /** Inconclusive checks are no failure where anything was judged. */
  readonly allowInconclusive: boolean;
}

/**
 * The exit code of a result: 1 a violation at or above `failOn`; 3 none, but something could not be judged; 130 interrupted
 * before anything was judged; 0 everything was judged and complies.
 */
export function exitCodeOf(result: Pick<Result, 'checks' | 'findings' | 'run'>, options: ExitOptions): 0 | 1 | 3 | 130 {
  const violated = result.findings.some(
    ({ code, severity, waiver }) => waiver === null && code !== 'not-judged' && !isGraver(options.failOn, severity),
  );
  if (violated) return 1;
  const judged = result.checks.some(({ verdict }) => verdict !== 'inconclusive');
  if (!judged) return result.run.interrupted ? 130 : 3;
  const open = result.run.interrupted || result.checks.some(({ verdict, waived }) => verdict === 'inconclusive' && !waived);
  return open && !options.allowInconclusive ? 3 : 0;
}
