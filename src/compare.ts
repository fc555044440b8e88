/** `postern compare`: saved evidence against a policy → the result document. */
import { type CompareOptions, compare } from './compare/compare.ts';
import type { UnreadFile } from './compare/coverage.ts';
import { MAX_EVIDENCE_BYTES } from './host/evidence-file.ts';
import { readTextFile } from './host/files.ts';
import { sha256 } from './model/digest.ts';
import type { Evidence } from './model/evidence.ts';
import { decodeEvidence } from './model/evidence-codec.ts';
import type { Policy } from './model/policy.ts';
import { InputError } from './model/problem.ts';
import { RESULT_SCHEMA, type Result } from './model/result.ts';

export { type ExitOptions, exitCodeOf } from './compare/exit-code.ts';
export { type CompareOptions, compare };

export interface CompareSettings extends Omit<CompareOptions, 'unreadable'> {
  readonly tool: { readonly name: string; readonly version: string };
  /** The command whose result this is: `audit`, `compare`, `demo`. */
  readonly command: string;
  /** Told of each file that could be read, with the SHA-256 of its text, hex: for reports that name what they were made of. */
  readonly onEvidence?: (file: string, digest: string) => void;
}

/**
 * Reads and judges evidence files. One of several that cannot be read makes the result inconclusive; the only one is an error.
 *
 * @throws {InputError} with every problem where no file could be read, or where one was taken under another policy.
 */
export async function compareFiles(policy: Policy, files: readonly string[], settings: CompareSettings): Promise<Result> {
  const evidence: Evidence[] = [];
  const failures: { readonly file: string; readonly error: InputError }[] = [];
  for (const file of files) {
    try {
      const text = readTextFile(file, MAX_EVIDENCE_BYTES);
      evidence.push(decodeEvidence(text, file));
      settings.onEvidence?.(file, sha256(text));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      failures.push({ file, error });
    }
  }
  if (evidence.length === 0) throw new InputError(failures.flatMap(({ error }) => error.problems));
  const unreadable = failures.map(
    ({ file, error }): UnreadFile => ({
      file,
      why: error.problems.map(({ message }) => message).join(' '),
    }),
  );
  return compareEvidence(policy, evidence, settings, unreadable);
}

/** Judges evidence that is in memory. The run of the result spans the runs of the evidence. */
export function compareEvidence(
  policy: Policy,
  evidence: readonly Evidence[],
  settings: CompareSettings,
  unreadable: readonly UnreadFile[] = [],
): Result {
  const judgement = compare(policy, evidence, { ...settings, unreadable });
  return {
    schema: RESULT_SCHEMA,
    tool: settings.tool,
    policy: { name: policy.name, path: policy.path, digest: policy.digest },
    run: runOf(evidence, settings.command),
    vantages: evidence.flatMap(({ header: { vantage } }) =>
      vantage.legs.map((leg) => ({
        segment: leg.segment,
        address: leg.source,
        hostname: vantage.hostname,
        asserted: leg.asserted,
      })),
    ),
    ...judgement,
  };
}

function runOf(evidence: readonly Evidence[], command: string): Result['run'] {
  const headers = evidence.map(({ header }) => header);
  const starts = headers.map(({ run }) => Date.parse(run.startedAt));
  const startedAt = Math.min(...starts);
  const finishedAt = Math.max(...evidence.map(endOf));
  const ids = headers.map(({ run }) => run.id).sort();
  const shared = (values: readonly (string | null)[]): string | null =>
    [...new Set(values.filter((value) => value !== null))].join(', ') || null;
  return {
    id: ids.length === 1 ? (ids[0] ?? '') : sha256(ids.join('\n')).slice(0, 32),
    command,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    elapsedMs: finishedAt - startedAt,
    interrupted: evidence.some(({ trailer }) => trailer === null || trailer.interrupted),
    operator: shared(headers.map(({ operator }) => operator)),
    reference: shared(headers.map(({ reference }) => reference)),
  };
}

/** When a run ended; one that died ended, as far as is known, with its last record. */
function endOf({ header, records, trailer }: Evidence): number {
  return Date.parse(trailer?.finishedAt ?? records.at(-1)?.at ?? header.run.startedAt);
}
