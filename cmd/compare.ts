import type { Argv } from 'yargs';
import { compareFiles } from '../src/compare.ts';
import type { Result } from '../src/model/result.ts';
import { openPolicy } from '../src/policy.ts';
import { type EvidenceFile, FORMAT_NAMES } from '../src/report/report.ts';
import { booleanFlag, type Command, type Flags, listFlag, UsageError } from './command.ts';
import { judgeFlags, judgeOptions } from './judge-flags.ts';
import { outputFlags, planOutputs, refuseInputs } from './output.ts';
import { policyFiles } from './own-files.ts';
import type { Runtime } from './runtime.ts';
import { checkKeptOutputs, keepFlags, runKept } from './state-flags.ts';

export const command: Command = { positionals: '[inputs..]', build, run };

function build(yargs: Argv): Argv {
  return keepFlags(judgeFlags(outputFlags(yargs, FORMAT_NAMES)))
    .usage(
      'postern compare [POLICY] EVIDENCE...\n\nJudges saved evidence against the policy, from one vantage or many. Sends nothing.',
    )
    .positional('inputs', { type: 'string', array: true, describe: 'a policy (YAML file or built-in name), then evidence files' })
    .option('allow-other-policy', {
      group: 'Judgement:',
      boolean: true,
      describe: 'judge evidence that was taken under another policy; the result says so',
    })
    .example(
      'postern compare postern.yaml office.jsonl relay.jsonl',
      'judge two vantages together: each vouches for what the other blocks',
    )
    .example('postern compare office.jsonl --format json', 'with ./postern.yaml, as one JSON document')
    .example('postern compare postern.yaml office.jsonl --format html=report.html', 'the text, and a report to file and print')
    .epilogue(
      'Exit codes: 0 all complies; 1 a violation at or above --fail-on; 2 nothing could be judged (arguments, policy, evidence); 3 something was inconclusive, or one file of several unreadable; 75 another run holds the state folder.',
    );
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const outputs = planOutputs(flags, FORMAT_NAMES);
  const { reference, files } = splitInputs(listFlag(flags, 'inputs'));
  const { requireProof, exit } = judgeOptions(flags);
  await checkKeptOutputs(outputs, { flags, runtime }, [
    { role: 'the policy', file: reference ?? 'postern.yaml' },
    ...[...new Set(files)].map((file) => ({ role: 'evidence', file })),
  ]);
  const evidence: EvidenceFile[] = [];
  const work = async (): Promise<Result> => {
    const { policy } = await openPolicy(reference, { cwd: runtime.cwd });
    refuseInputs(outputs, runtime, policyFiles(policy, reference ?? 'postern.yaml'));
    return compareFiles(policy, files, {
      tool: runtime.tool,
      command: 'compare',
      now: Date.now(),
      requireProof,
      allowOtherPolicy: booleanFlag(flags, 'allow-other-policy'),
      ...(outputs.some(({ format }) => format === 'html')
        ? { onEvidence: (file: string, digest: string) => void evidence.push({ file, sha256: digest }) }
        : {}),
    });
  };
  return runKept({ command: 'compare', reference, flags, runtime, outputs, exit, work, evidence });
}

/** The first input is a policy where it looks like one: a YAML file, or a name that is no file of evidence. */
function splitInputs(inputs: readonly string[]): { readonly reference: string | null; readonly files: readonly string[] } {
  const [first, ...rest] = inputs;
  if (first === undefined) throw new UsageError('Name the evidence to judge: postern compare [POLICY] EVIDENCE...');
  const evidenceFirst = /\.(?:jsonl|ndjson|evidence)$/i.test(first);
  if (evidenceFirst) return { reference: null, files: inputs };
  if (rest.length > 0) return { reference: first, files: rest };
  throw new UsageError(
    `Name the evidence to judge after the policy: postern compare ${first} EVIDENCE... (evidence without a policy before it must end in .jsonl)`,
  );
}
