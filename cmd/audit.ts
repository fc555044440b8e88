import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { audit } from '../src/audit.ts';
import type { EvidenceRecord } from '../src/model/evidence.ts';
import { renderProblem } from '../src/model/problem.ts';
import type { Result } from '../src/model/result.ts';
import { openPolicy } from '../src/policy.ts';
import { FORMAT_NAMES, type Format } from '../src/report/report.ts';
import { createEvidenceFile, dryRun, type ScanOptions } from '../src/scan.ts';
import { booleanFlag, type Command, EXIT, type Flags, fileFlag, policyFlag, UsageError } from './command.ts';
import { type JudgeOptions, judgeFlags, judgeOptions } from './judge-flags.ts';
import { logFlags, logRecord, openLog } from './log.ts';
import { checkOutputs, type Output, outputFlags, planOutputs, writeOutputs } from './output.ts';
import { progressLine } from './progress.ts';
import type { Runtime } from './runtime.ts';
import { scanFlags, scanSettings } from './scan-flags.ts';
import { keepFlags, runKept } from './state-flags.ts';

export const command: Command = { positionals: '[policy]', build, run };

function build(yargs: Argv): Argv {
  return logFlags(keepFlags(judgeFlags(outputFlags(scanFlags(yargs), FORMAT_NAMES))))
    .usage(
      'postern audit [POLICY]\n\nProbes what the policy asks about, from this host, judges what was seen, and reports. Sends no mail: what it sends is in --dry-run.',
    )
    .positional('policy', { type: 'string', describe: 'a YAML file or a built-in name', defaultDescription: './postern.yaml' })
    .option('evidence', {
      group: 'Run:',
      string: true,
      requiresArg: true,
      describe: 'keep the evidence in this file, line by line as it comes; it survives a kill',
    })
    .option('overwrite', { group: 'Run:', boolean: true, describe: 'replace the file of --evidence where there is one' })
    .example('postern audit', 'audit this host by ./postern.yaml')
    .example('postern audit least-privilege --from workstations', 'a built-in policy; this host counts as a workstation')
    .example(
      'postern audit --evidence office.jsonl --format json=office.json',
      'the report on stdout, evidence and result as files',
    )
    .example(
      'postern audit --cron --state /var/lib/postern --remind 24h',
      'in a crontab: a mail only where something changed, or once a day what is still open',
    )
    .epilogue(
      'Exit codes: 0 everything was judged and complies; 1 a violation at or above --fail-on; 2 nothing could be judged (arguments, policy, a host in no segment); 3 something was inconclusive, or interrupted; 75 another run holds the state folder; 130 interrupted before anything was judged. Ctrl-C keeps and judges what was seen.',
    );
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const outputs = planOutputs(flags, FORMAT_NAMES);
  const { requireProof, exit } = judgeOptions(flags);
  const reference = policyFlag(flags);
  await checkOutputs(outputs, runtime, [
    { role: 'the policy', file: reference ?? 'postern.yaml' },
    { role: 'the evidence', file: fileFlag(flags, 'evidence') },
    { role: 'the log', file: fileFlag(flags, 'log-file') },
  ]);
  const work = (): Promise<Result> => perform(flags, runtime, { reference, requireProof });
  if (booleanFlag(flags, 'dry-run')) return tellPlan(flags, runtime, { reference, outputs });
  return runKept({ command: 'audit', reference, flags, runtime, outputs, exit, work });
}

interface Reading {
  readonly reference: string | null;
}

async function options(flags: Flags, runtime: Runtime, { reference }: Reading): Promise<ScanOptions> {
  const { policy, problems } = await openPolicy(reference, { cwd: runtime.cwd, packageRoot: runtime.packageRoot });
  const quiet = booleanFlag(flags, 'quiet') || booleanFlag(flags, 'cron');
  if (!quiet) for (const problem of problems) runtime.stderr.write(`${renderProblem(problem)}\n`);
  return {
    ...scanSettings(flags, runtime, policy),
    resume: null,
    append: (): void => undefined,
    onRecord: (): void => undefined,
    onProgress: (): void => undefined,
    signal: runtime.interrupt,
  };
}

async function tellPlan(
  flags: Flags,
  runtime: Runtime,
  { reference, outputs }: Reading & { readonly outputs: readonly Output<Format>[] },
): Promise<number> {
  requireText(outputs);
  const plan = await dryRun(await options(flags, runtime, { reference }));
  await writeOutputs({ outputs, flags, runtime, render: () => plan });
  return EXIT.compliant;
}

async function perform(
  flags: Flags,
  runtime: Runtime,
  { reference, requireProof }: Reading & Pick<JudgeOptions, 'requireProof'>,
): Promise<Result> {
  const scanning = await options(flags, runtime, { reference });
  const log = await openLog(flags, runtime);
  const evidence = openEvidence(flags, runtime);
  const progress = progressLine(flags, runtime);
  log.info({ policy: scanning.policy.digest, path: scanning.policy.path }, 'audit starts');
  try {
    const observed = {
      append: evidence.append,
      onRecord: (record: EvidenceRecord) => logRecord(log, record),
      onProgress: progress.show,
    };
    const result = await audit({ ...scanning, ...observed }, { requireProof });
    log.info({ verdict: result.summary.verdict, checks: result.summary.checks }, 'audit ended');
    return result;
  } finally {
    progress.end();
    evidence.close();
  }
}

function requireText(outputs: readonly Output<Format>[]): void {
  const other = outputs.find(({ format }) => format !== 'text');
  if (other === undefined) return;
  throw new UsageError(`--dry-run judges nothing: it prints its plan as text, and has no ${other.format} document.`);
}

function openEvidence(flags: Flags, runtime: Runtime): { readonly append: (line: string) => void; readonly close: () => void } {
  const file = fileFlag(flags, 'evidence');
  if (file === null) return { append: () => undefined, close: () => undefined };
  return createEvidenceFile(resolve(runtime.cwd, file), booleanFlag(flags, 'overwrite'));
}
