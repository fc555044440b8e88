import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { audit } from '../src/audit.ts';
import { exitCodeOf } from '../src/compare.ts';
import { renderProblem } from '../src/model/problem.ts';
import { openPolicy } from '../src/policy.ts';
import { FORMAT_NAMES, render } from '../src/report/report.ts';
import { createEvidenceFile, dryRun } from '../src/scan.ts';
import { booleanFlag, type Command, EXIT, type Flags, textFlag, UsageError } from './command.ts';
import { judgeFlags, judgeOptions } from './judge-flags.ts';
import { logFlags, logRecord, openLog } from './log.ts';
import { checkOutputs, outputFlags, planOutputs, writeOutputs, writeStream } from './output.ts';
import { progressLine } from './progress.ts';
import type { Runtime } from './runtime.ts';
import { scanFlags, scanSettings } from './scan-flags.ts';

export const command: Command = { positionals: '[policy]', build, run };

function build(yargs: Argv): Argv {
  return logFlags(judgeFlags(outputFlags(scanFlags(yargs))))
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
    .epilogue(
      'Exit codes: 0 everything was judged and complies; 1 a violation at or above --fail-on; 2 nothing could be judged (arguments, policy, a host in no segment); 3 something was inconclusive, or interrupted; 130 interrupted before anything was judged. Ctrl-C keeps and judges what was seen.',
    );
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const outputs = planOutputs(flags, FORMAT_NAMES);
  const { requireProof, exit } = judgeOptions(flags);
  await checkOutputs(outputs, runtime);
  const { policy, problems } = await openPolicy(textFlag(flags, 'policy'), {
    cwd: runtime.cwd,
    packageRoot: runtime.packageRoot,
  });
  if (!booleanFlag(flags, 'quiet')) for (const problem of problems) runtime.stderr.write(`${renderProblem(problem)}\n`);
  const log = await openLog(flags, runtime);
  const options = {
    ...scanSettings(flags, runtime, policy),
    resume: null,
    append: (): void => undefined,
    onRecord: (): void => undefined,
    onProgress: (): void => undefined,
    signal: runtime.interrupt,
  };
  if (booleanFlag(flags, 'dry-run')) {
    await writeStream(runtime.stdout, await dryRun(options));
    return EXIT.compliant;
  }
  const evidence = openEvidence(flags, runtime);
  const progress = progressLine(flags, runtime);
  log.info({ policy: policy.digest, path: policy.path }, 'audit starts');
  try {
    const result = await audit(
      { ...options, append: evidence.append, onRecord: (record) => logRecord(log, record), onProgress: progress.show },
      { requireProof },
    );
    progress.end();
    log.info({ verdict: result.summary.verdict, checks: result.summary.checks }, 'audit ended');
    await writeOutputs({ outputs, flags, runtime, render: (format, drawing) => render(format, result, drawing) });
    return exitCodeOf(result, exit);
  } finally {
    progress.end();
    evidence.close();
  }
}

function openEvidence(flags: Flags, runtime: Runtime): { readonly append: (line: string) => void; readonly close: () => void } {
  const file = textFlag(flags, 'evidence');
  if (file === null) return { append: () => undefined, close: () => undefined };
  if (file === '') throw new UsageError('--evidence takes the name of a file.');
  return createEvidenceFile(resolve(runtime.cwd, file), booleanFlag(flags, 'overwrite'));
}
