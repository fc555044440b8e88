/**
 * Postern as a library: load a policy, scan from this host (`scan`, or `audit` to judge at once), judge evidence, read firewall configurations (`check`,
 * `review`, `openTrace`), look at earlier runs (`history`, `diff`, `earlierResult`), render the result.
 *
 *     const { policy } = await openPolicy('postern.yaml', { cwd });
 *     const result = await compareFiles(policy, ['office.jsonl', 'relay.jsonl'], settings);
 *     process.stdout.write(render('text', result, options));
 *
 * What the user's input lacks is thrown as one `InputError`; what the network does is in the evidence, never an exception.
 */
export { type AuditSettings, audit } from './audit.ts';
export { type CheckSettings, check } from './check.ts';
export {
  type CompareOptions,
  type CompareSettings,
  compare,
  compareEvidence,
  compareFiles,
  type ExitOptions,
  exitCodeOf,
} from './compare.ts';
export { diff, type EarlierResult, type EarlierSettings, earlierResult, type HistorySettings, history } from './history.ts';
export { type GivenFirewall, type Here, here, NODE_BUDGET } from './inspected.ts';
export type { Address, Family } from './model/address.ts';
export type { Evidence, EvidenceRecord, Observation } from './model/evidence.ts';
export type { Finding, FindingCode, Severity } from './model/finding.ts';
export type { ResultDiff, RunEntry, Transition } from './model/history.ts';
export type { HistoryDocument } from './model/history-document.ts';
export type { Outcome } from './model/outcome.ts';
export type { Policy } from './model/policy.ts';
export { InputError, type Problem } from './model/problem.ts';
export type { Question } from './model/question.ts';
export type { Reconciliation } from './model/reconciliation.ts';
export type { RelayAttempt, RelayOutcome } from './model/relay.ts';
export type { Check, Judgement, Result, Verdict } from './model/result.ts';
export type { TraceDocument, TracedPacket, TraceTarget, TraceVerdict } from './model/trace.ts';
export { openPolicy, openPolicyAt } from './policy.ts';
export { generateSigningKey, parseSigningKey, type SigningKey } from './receipt/keys.ts';
export { exitCodeOfReconciliation, type ReconcileSettings, reconcileFiles } from './reconcile.ts';
export { parseRelayHosts, type RelayHost, type RelayOptions, relay } from './relay.ts';
export { renderReconciliation } from './report/reconciliation.ts';
export { type Annex, type EarlierRun, type EvidenceFile, type Format, type RenderOptions, render } from './report/report.ts';
export { renderTrace } from './report/trace.ts';
export { type ReviewSettings, review } from './review.ts';
export { resultFrom } from './saved-result.ts';
export { DEFAULT_LIMITS, type MachineOptions, machine, type ScanHost, type ScanOptions, type ScanOutcome, scan } from './scan.ts';
export {
  DEFAULT_SENTINEL_LIMITS,
  type Sentinel,
  type SentinelEvent,
  type SentinelLimits,
  type SentinelSetup,
  startSentinel,
} from './sentinel.ts';
export { openTrace, parsePacket, type Tracer, type TraceSettings } from './trace.ts';
