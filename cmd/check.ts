import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { type CheckSettings, check, createEvidenceFile } from '../src/check.ts';
import { here, NODE_BUDGET } from '../src/inspected.ts';
import { renderProblem } from '../src/model/problem.ts';
import type { Result } from '../src/model/result.ts';
import { DEFAULT_POLICY, openPolicy } from '../src/policy.ts';
import { FORMAT_NAMES, type Format } from '../src/report/report.ts';
import { booleanFlag, type Command, type Flags, fileFlag, listFlag, policyFlag, textFlag } from './command.ts';
import { budgetFlag, configFlags, filesFlag, firewallFlags, givenFlags } from './config-flags.ts';
import { judgeFlags, judgeOptions, WORKED_OUT } from './judge-flags.ts';
import { type Output, outputFlags, planOutputs, refuseInputs } from './output.ts';
import { policyFiles } from './own-files.ts';
import { optimiseLate, type Runtime } from './runtime.ts';
import { checkKeptOutputs, keepFlags, runKept } from './state-flags.ts';

export const command: Command = { positionals: '[policy]', build, run };

function build(yargs: Argv): Argv {
  const value = { string: true, requiresArg: true } as const;
  const configured = yargs.option('config', {
    ...value,
    group: 'Configuration:',
    describe:
      'configuration: a file, a folder, or REV:path of a git revision (repeatable: together one firewall); in place of the files that the policy names',
  });
  return keepFlags(outputFlags(judgeFlags(firewallFlags(configFlags(configured)), WORKED_OUT), FORMAT_NAMES))
    .usage(
      'postern check [POLICY]\n\nVerifies firewall configurations against the policy: every packet that a new connection to a mail port may begin with, without sending one.',
    )
    .positional('policy', { type: 'string', describe: 'a YAML file or a built-in name', defaultDescription: './postern.yaml' })
    .option('from', {
      ...value,
      group: 'Run:',
      describe: 'ask only what this segment may send (repeatable)',
      defaultDescription: 'all',
    })
    .option('evidence', { ...value, group: 'Run:', describe: 'keep the answers in this file, for postern compare beside probes' })
    .option('overwrite', { group: 'Run:', boolean: true, describe: 'replace the file of --evidence where there is one' })
    .option('operator', { ...value, group: 'Run:', describe: 'who runs this, for the result' })
    .option('reference', { ...value, group: 'Run:', describe: 'ticket or audit that this belongs to, for the result' })
    .example('postern check', 'every firewall that ./postern.yaml names, from the files that it names')
    .example(
      'postern check least-privilege.yaml --config fw.v4 --config fw.v6 --config fw.sets',
      'iptables-save, ip6tables-save and ipset save of one firewall',
    )
    .example(
      'postern check --config edge.nft --interface workstations=eth1 --interface internet=eth0',
      'with the interfaces that the policy does not tell',
    )
    .example(
      'postern check --evidence edge.jsonl && postern compare postern.yaml office.jsonl edge.jsonl',
      'configuration and probes side by side',
    )
    .example(
      'postern check --cron --state /var/lib/postern-check',
      'every night: a mail only where a configuration does something else than the night before',
    )
    .epilogue(
      'Exit codes: 0 everything was judged and complies; 1 a violation at or above --fail-on; 2 nothing could be judged (arguments, policy, configurations); 3 something was inconclusive, or one firewall of several unreadable; 75 another run holds the state folder.',
    );
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  await optimiseLate();
  const outputs = planOutputs(flags, FORMAT_NAMES);
  const { requireProof, exit } = judgeOptions(flags);
  const reference = policyFlag(flags);
  const configurations = filesFlag(flags, 'config');
  const given = givenFlags(flags, { '--config': configurations.length });
  await checkKeptOutputs(outputs, { flags, runtime }, [
    { role: 'the policy', file: reference ?? DEFAULT_POLICY },
    { role: 'the evidence', file: fileFlag(flags, 'evidence') },
    ...[...new Set(configurations)].map((file) => ({ role: 'a configuration', file })),
  ]);
  const work = (): Promise<Result> => perform(flags, runtime, { reference, outputs, configurations, given, requireProof });
  return runKept({ command: 'check', reference, flags, runtime, outputs, exit, work });
}

interface Asked extends Pick<CheckSettings, 'configurations' | 'requireProof'> {
  readonly reference: string | null;
  readonly outputs: readonly Output<Format>[];
  readonly given: ReturnType<typeof givenFlags>;
}

async function perform(flags: Flags, runtime: Runtime, { reference, outputs, given, ...asked }: Asked): Promise<Result> {
  const { policy, problems } = await openPolicy(reference, { cwd: runtime.cwd });
  if (!booleanFlag(flags, 'cron')) for (const problem of problems) runtime.stderr.write(`${renderProblem(problem)}\n`);
  refuseInputs(outputs, runtime, policyFiles(policy, reference ?? DEFAULT_POLICY));
  const lines: string[] = [];
  const result = check(policy, {
    ...given,
    ...asked,
    tool: runtime.tool,
    cwd: runtime.cwd,
    policyFile: reference ?? DEFAULT_POLICY,
    from: listFlag(flags, 'from'),
    budget: budgetFlag(flags, NODE_BUDGET),
    host: here(),
    operator: textFlag(flags, 'operator'),
    reference: textFlag(flags, 'reference'),
    append: (line) => lines.push(line),
  });
  keepEvidence(flags, runtime, lines);
  return result;
}

/** Nothing is left of a check that failed: it takes seconds, and is made again. */
function keepEvidence(flags: Flags, runtime: Runtime, lines: readonly string[]): void {
  const name = fileFlag(flags, 'evidence');
  if (name === null) return;
  const file = createEvidenceFile(resolve(runtime.cwd, name), booleanFlag(flags, 'overwrite'));
  try {
    for (const line of lines) file.append(line);
  } finally {
    file.close();
  }
}
