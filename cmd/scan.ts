import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import type { EvidenceRecord } from '../src/model/evidence.ts';
import { renderProblem } from '../src/model/problem.ts';
import { openPolicy } from '../src/policy.ts';
import { createEvidenceFile, dryRun, reopenEvidenceFile, type ScanOutcome, scan } from '../src/scan.ts';
import { booleanFlag, type Command, EXIT, type Flags, fileFlag, policyFlag } from './command.ts';
import { logFlags, logRecord, openLog } from './log.ts';
import { requireDistinct } from './own-files.ts';
import { progressLine } from './progress.ts';
import type { Runtime } from './runtime.ts';
import { scanFlags, scanSettings } from './scan-flags.ts';
import { streamProblem, writeStream } from './stream.ts';

export const command: Command = { positionals: '[policy]', build, run };

function build(yargs: Argv): Argv {
  return logFlags(scanFlags(yargs))
    .usage(
      'postern scan [POLICY]\n\nProbes what the policy asks about, from this host, and writes evidence (JSON lines). Judges nothing: postern compare does.',
    )
    .positional('policy', { type: 'string', describe: 'a YAML file or a built-in name', defaultDescription: './postern.yaml' })
    .option('output', {
      group: 'Run:',
      string: true,
      requiresArg: true,
      describe: 'file for the evidence',
      defaultDescription: 'stdout',
    })
    .option('overwrite', { group: 'Run:', boolean: true, describe: 'replace the file of --output where there is one' })
    .option('resume', {
      group: 'Run:',
      string: true,
      requiresArg: true,
      conflicts: ['output', 'dry-run'],
      describe: 'go on with a run that was killed or interrupted, in its evidence file',
    })
    .example('postern scan --output office.jsonl', 'probe by ./postern.yaml, for every segment that this host has an address in')
    .example('postern scan postern.yaml --from relays --dry-run', 'print what would be sent for one segment')
    .example('postern scan --resume office.jsonl', 'complete a run that was killed')
    .epilogue(
      'Exit codes: 0 every question was asked; 2 nothing could be (arguments, policy, a host in no segment); 3 partial: interrupted, out of time, a name that did not resolve, an error of this host; 130 interrupted before anything was answered.',
    );
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const reference = policyFlag(flags);
  requireDistinct(runtime.cwd, [
    { role: 'the policy', file: reference ?? 'postern.yaml' },
    { role: 'the evidence', file: fileFlag(flags, 'output') ?? fileFlag(flags, 'resume') },
    { role: 'the log', file: fileFlag(flags, 'log-file') },
  ]);
  const { policy, problems } = await openPolicy(reference, { cwd: runtime.cwd });
  const quiet = booleanFlag(flags, 'quiet');
  if (!quiet) for (const problem of problems) runtime.stderr.write(`${renderProblem(problem)}\n`);
  const settings = scanSettings(flags, runtime, policy);
  const log = await openLog(flags, runtime);
  const still = { append: () => undefined, onRecord: () => undefined, onProgress: () => undefined, resume: null };
  if (booleanFlag(flags, 'dry-run')) {
    await writeStream(runtime.stdout, await dryRun({ ...settings, ...still, signal: runtime.interrupt }));
    return EXIT.compliant;
  }
  const sink = openSink(flags, runtime);
  const progress = progressLine(flags, runtime);
  log.info({ policy: policy.digest, path: policy.path }, 'scan starts');
  try {
    const outcome = await scan({
      ...settings,
      resume: sink.resume,
      append: sink.append,
      onRecord: (record) => logRecord(log, record),
      onProgress: progress.show,
      signal: AbortSignal.any([runtime.interrupt, sink.gone]),
    });
    log.info({ records: outcome.evidence.records.length, complete: outcome.complete }, 'scan ended');
    progress.end();
    if (!quiet) runtime.stderr.write(`${summary(outcome, policy.path, sink.file)}\n`);
    return exitCodeOf(outcome);
  } finally {
    progress.end();
    await sink.close();
  }
}

interface Sink {
  readonly append: (line: string) => void;
  readonly resume: { readonly file: string; readonly text: string } | null;
  /** Null: stdout. */
  readonly file: string | null;
  /** Aborts when whoever read stdout has gone away. */
  readonly gone: AbortSignal;
  readonly close: () => Promise<void>;
}

function openSink(flags: Flags, runtime: Runtime): Sink {
  const [output, resume] = [fileFlag(flags, 'output'), fileFlag(flags, 'resume')];
  const never = new AbortController().signal;
  if (resume !== null) {
    const file = reopenEvidenceFile(resolve(runtime.cwd, resume));
    const close = (): Promise<void> => Promise.resolve(file.close());
    return { append: file.append, resume: { file: resume, text: file.text }, file: resume, gone: never, close };
  }
  if (output === null || output === '-') return stdoutSink(runtime);
  const file = createEvidenceFile(resolve(runtime.cwd, output), booleanFlag(flags, 'overwrite'));
  return { append: file.append, resume: null, file: output, gone: never, close: () => Promise.resolve(file.close()) };
}

function stdoutSink({ stdout }: Runtime): Sink {
  const gone = new AbortController();
  let problem: Error | null = null;
  stdout.on('error', (error) => {
    problem ??= streamProblem(error);
    gone.abort();
  });
  return {
    append: (line) => {
      if (!gone.signal.aborted) stdout.write(line);
    },
    resume: null,
    file: null,
    gone: gone.signal,
    close: async () => {
      if (!gone.signal.aborted) await writeStream(stdout, '');
      if (problem !== null) throw problem;
    },
  };
}

function summary({ evidence, complete }: ScanOutcome, policy: string, file: string | null): string {
  const observations = evidence.records.filter((record) => record.type === 'observation').length;
  const head = `${observations} observation${observations === 1 ? '' : 's'}${complete ? '' : ', and not every question was asked or could be'}.${receiptText(evidence.records)}`;
  if (file === null) return head;
  const again = complete ? '' : ` Go on with: postern scan ${policy} --resume ${file}`;
  return `${head} Judge them with: postern compare ${policy} ${file}${again}`;
}

/** Of a sentinel that was spoken to: how many of the receipts that it was asked for came. What they show is for the comparison. */
function receiptText(records: readonly EvidenceRecord[]): string {
  const asked = records.flatMap((record) =>
    record.type === 'observation' || record.type === 'attestation' ? (record.dialogue?.receipts ?? []) : [],
  );
  const came = asked.filter(({ receipt }) => receipt !== null).length;
  return asked.length === 0 ? '' : ` ${came} of ${asked.length} receipt${asked.length === 1 ? '' : 's'} came.`;
}

function exitCodeOf({ complete, answered, evidence }: ScanOutcome): number {
  if (complete) return EXIT.compliant;
  return evidence.trailer?.interrupted === true && !answered ? EXIT.interrupted : EXIT.inconclusive;
}
