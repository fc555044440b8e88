import type { Argv } from 'yargs';
import { openPolicy } from '../src/policy.ts';
import { ASSUMED_SKEW_MS, exitCodeOfReconciliation, reconcileFiles } from '../src/reconcile.ts';
import { renderReconciliation } from '../src/report/reconciliation.ts';
import { booleanFlag, type Command, durationFlag, type Flags, fileFlag, listFlag, textFlag, UsageError } from './command.ts';
import { checkOutputs, outputFlags, planOutputs, writeOutputs } from './output.ts';
import type { Runtime } from './runtime.ts';

export const command: Command = { positionals: '[log] [evidence..]', build, run };

const FORMAT_NAMES = ['text', 'json'] as const;

function build(yargs: Argv): Argv {
  return outputFlags(yargs)
    .usage(
      "postern reconcile LOG EVIDENCE...\n\nJoins a sentinel's log with evidence of probes of it: what never arrived, what arrived and was not heard of again, what somebody else answered. Sends nothing.",
    )
    .positional('log', { type: 'string', describe: "the sentinel's log; of a rotated one all files, oldest first, joined" })
    .positional('evidence', { type: 'string', array: true, describe: 'evidence of scans that probed the sentinel' })
    .option('policy', {
      group: 'Judgement:',
      string: true,
      requiresArg: true,
      describe: 'policy that names the sentinel, its public-key and its expected-sources',
      defaultDescription: 'postern.yaml',
    })
    .option('clock-skew', {
      group: 'Judgement:',
      string: true,
      requiresArg: true,
      describe: 'how far apart the clocks may be, either way, where no receipt measures it',
      defaultDescription: '5m',
    })
    .option('allow-inconclusive', {
      group: 'Judgement:',
      boolean: true,
      describe: 'exit 0, not 3, where of some probes it is known what became of them',
    })
    .example('postern reconcile sentinel.log office.jsonl', 'with ./postern.yaml')
    .example(
      'zcat -f sentinel.log.2.gz sentinel.log.1 sentinel.log | postern reconcile /dev/stdin office.jsonl relay.jsonl',
      'a rotated log, two vantages',
    )
    .example('postern reconcile sentinel.log office.jsonl --clock-skew 2s', 'both clocks are kept by NTP, and nothing came back')
    .example('postern reconcile sentinel.log office.jsonl --format json', 'as one JSON document (postern.reconciliation/1)')
    .epilogue(
      'Exit codes: 0 of every probe it is known what became of it; 1 somebody else answered a probe, as both ends show; 2 nothing could be joined (arguments, policy, log, evidence); 3 of some probe nothing can be told, or one evidence file of several is unreadable.',
    );
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const outputs = planOutputs(flags, FORMAT_NAMES);
  const { log, files } = inputsOf(flags);
  const reference = fileFlag(flags, 'policy');
  const assumedSkewMs = durationFlag(flags, 'clock-skew') ?? ASSUMED_SKEW_MS;
  await checkOutputs(outputs, runtime, [
    { role: 'the policy', file: reference ?? 'postern.yaml' },
    { role: 'the log', file: log },
    ...[...new Set(files)].map((file) => ({ role: 'evidence', file })),
  ]);
  const { policy } = await openPolicy(reference, { cwd: runtime.cwd });
  const document = await reconcileFiles(policy, log, files, { tool: runtime.tool, assumedSkewMs });
  await writeOutputs({ outputs, flags, runtime, render: (format, options) => renderReconciliation(format, document, options) });
  return exitCodeOfReconciliation(document, { allowInconclusive: booleanFlag(flags, 'allow-inconclusive') });
}

function inputsOf(flags: Flags): { readonly log: string; readonly files: readonly string[] } {
  const log = textFlag(flags, 'log');
  const files = listFlag(flags, 'evidence');
  if (log === null || log === '')
    throw new UsageError("Name the sentinel's log, then the evidence: postern reconcile LOG EVIDENCE...");
  if (files.length === 0) throw new UsageError(`Name the evidence after the log: postern reconcile ${log} EVIDENCE...`);
  if (files.includes('')) throw new UsageError('EVIDENCE is empty: give the name of a file.');
  return { log, files };
}
