/**
 * Postern as a library: load a policy, scan from this host, judge evidence, render the result.
 *
 *     const { policy } = await openPolicy('postern.yaml', { cwd, packageRoot });
 *     const result = await compareFiles(policy, ['office.jsonl', 'relay.jsonl'], settings);
 *     process.stdout.write(render('text', result, options));
 */
export {
  type CompareOptions,
  type CompareSettings,
  compare,
  compareEvidence,
  compareFiles,
  type ExitOptions,
  exitCodeOf,
} from './compare.ts';
export type { Address, Family } from './model/address.ts';
export type { Evidence, EvidenceRecord, Observation } from './model/evidence.ts';
export type { Finding, FindingCode, Severity } from './model/finding.ts';
export type { Outcome } from './model/outcome.ts';
export type { Policy } from './model/policy.ts';
export { InputError, type Problem } from './model/problem.ts';
export type { Question } from './model/question.ts';
export type { Check, Judgement, Result, Verdict } from './model/result.ts';
export { openPolicy } from './policy.ts';
export { type Format, render } from './report/report.ts';
