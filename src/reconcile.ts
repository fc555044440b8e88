/** `postern reconcile`: a sentinel's log and saved evidence → what became of each probe, by both ends. */
import { ASSUMED_SKEW_MS, reconcile } from './compare/reconcile.ts';
import { MAX_EVIDENCE_BYTES } from './host/evidence-file.ts';
import { readTextFile } from './host/files.ts';
import type { Evidence } from './model/evidence.ts';
import { decodeEvidence } from './model/evidence-codec.ts';
import type { Policy } from './model/policy.ts';
import { InputError } from './model/problem.ts';
import { OPEN_READINGS, RECONCILIATION_SCHEMA, type Reconciliation } from './model/reconciliation.ts';
import { decodeSentinelLog } from './model/sentinel-log-codec.ts';

export { ASSUMED_SKEW_MS };

/** The largest log that is read, bytes: some two million connections. */
const MAX_LOG_BYTES = 512 * 1024 * 1024;

export interface ReconcileSettings {
  readonly tool: { readonly name: string; readonly version: string };
  /** How far apart the clocks may be where nothing measures it, milliseconds either way. */
  readonly assumedSkewMs: number;
}

/**
 * Reads a log and evidence files, and joins them. Evidence that cannot be read is told in the document while there is other; the only one is an
 * error, and so is the log.
 *
 * @throws {InputError} with every problem.
 */
export async function reconcileFiles(
  policy: Policy,
  log: string,
  files: readonly string[],
  settings: ReconcileSettings,
): Promise<Reconciliation> {
  const problems: InputError[] = [];
  const unreadable: { readonly file: string; readonly why: string }[] = [];
  const read = <T>(file: string, decode: () => T): T | null => {
    try {
      return decode();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(error);
      unreadable.push({ file, why: error.problems.map(({ message }) => message).join(' ') });
      return null;
    }
  };
  const decoded = read(log, () => decodeSentinelLog(readTextFile(log, MAX_LOG_BYTES), log));
  const evidence = files.flatMap(
    (file): Evidence[] => read(file, () => [decodeEvidence(readTextFile(file, MAX_EVIDENCE_BYTES), file)]) ?? [],
  );
  if (decoded === null || evidence.length === 0) throw new InputError(problems.flatMap((problem) => problem.problems));
  const { sentinel, log: summary, runs, rows, notes, ...rest } = reconcile(policy, decoded, evidence, settings);
  return {
    schema: RECONCILIATION_SCHEMA,
    tool: settings.tool,
    policy: { name: policy.name, path: policy.path, digest: policy.digest },
    sentinel,
    log: { file: log, ...summary },
    runs,
    summary: rest.summary,
    rows,
    unreadable,
    notes,
  };
}

/** 1: somebody else answered; 3: of some probe nothing can be told, or evidence could not be read; 0: of every probe it is known. */
export function exitCodeOfReconciliation(
  { rows, summary, unreadable }: Pick<Reconciliation, 'rows' | 'summary' | 'unreadable'>,
  options: { readonly allowInconclusive: boolean },
): 0 | 1 | 3 {
  if (summary.stranger > 0) return 1;
  const told = rows.some(({ reading }) => !OPEN_READINGS.has(reading));
  const open = unreadable.length > 0 || rows.some(({ reading }) => OPEN_READINGS.has(reading));
  return told && (!open || options.allowInconclusive) ? 0 : 3;
}
