import type { Argv } from 'yargs';
import { exitCodeOf } from '../src/compare.ts';
import { here, NODE_BUDGET } from '../src/inspected.ts';
import { renderProblem } from '../src/model/problem.ts';
import { DEFAULT_POLICY, openPolicy, openPolicyAt } from '../src/policy.ts';
import { FORMAT_NAMES, render } from '../src/report/report.ts';
import { review } from '../src/review.ts';
import { type Command, type Flags, policyFlag, textFlag, UsageError } from './command.ts';
import { budgetFlag, configFlags, filesFlag, firewallFlags, givenFlags } from './config-flags.ts';
import { judgeFlags, judgeOptions, WORKED_OUT } from './judge-flags.ts';
import { checkOutputs, outputFlags, planOutputs, writeOutputs } from './output.ts';
import { optimiseLate, type Runtime } from './runtime.ts';

export const command: Command = { positionals: '[policy]', build, run };

function build(yargs: Argv): Argv {
  const value = { string: true, requiresArg: true } as const;
  const sides = yargs
    .option('before', {
      ...value,
      group: 'Configuration:',
      describe:
        'configuration before the change: files (repeatable: together one firewall), one folder, or a git revision (REV, REV:path)',
    })
    .option('after', {
      ...value,
      group: 'Configuration:',
      describe: 'the same after the change',
      defaultDescription: "the files of the policy's firewalls, as they are on disk",
    });
  return outputFlags(judgeFlags(firewallFlags(configFlags(sides, ['--before', '--after'])), WORKED_OUT), FORMAT_NAMES)
    .usage(
      'postern review [POLICY] --before F [--after F]\n\nWhat a change of firewall configurations newly allows, blocks or redirects, packet by packet whatever its text, judged by the policy. What was so before is no matter of it.',
    )
    .positional('policy', { type: 'string', describe: 'a YAML file or a built-in name', defaultDescription: './postern.yaml' })
    .option('policy-from', {
      ...value,
      group: 'Judgement:',
      describe: 'read the policy as it is in this git revision: a change cannot loosen its own judge',
    })
    .option('operator', { ...value, group: 'Run:', describe: 'who runs this, for the result' })
    .option('reference', { ...value, group: 'Run:', describe: 'ticket or change that this belongs to, for the result' })
    .example('postern review --before old.nft --after new.nft', 'two files, by ./postern.yaml')
    .example('postern review --before origin/main', "the policy's firewalls: as they are in that revision, and on disk")
    .example(
      'postern review --before origin/main --policy-from origin/main --format github',
      'in a pull request, by the policy that was agreed on',
    )
    .example('postern review --before fw.v4 --before fw.v6 --after new/fw.v4 --after new/fw.v6', 'IPv4 and IPv6 of one firewall')
    .epilogue(
      'Exit codes: 0 the change complies, or has no effect on mail; 1 it violates the policy at or above --fail-on; 2 nothing could be judged (arguments, policy, a configuration with mistakes); 3 something was inconclusive, or one firewall of several unreadable.',
    );
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  await optimiseLate();
  const outputs = planOutputs(flags, FORMAT_NAMES);
  const { requireProof, exit } = judgeOptions(flags);
  const reference = policyFlag(flags);
  const [before, after] = [filesFlag(flags, 'before'), filesFlag(flags, 'after')];
  if (before.length === 0) throw new UsageError('Name what was before the change: --before FILE, FOLDER or git revision.');
  await checkOutputs(outputs, runtime, [
    { role: 'the policy', file: reference ?? DEFAULT_POLICY },
    ...[...new Set([...before, ...after])].map((file) => ({ role: 'a configuration', file })),
  ]);
  const where = { cwd: runtime.cwd };
  const revision = textFlag(flags, 'policy-from');
  const { policy, problems } = revision === null ? await openPolicy(reference, where) : openPolicyAt(revision, reference, where);
  for (const problem of problems) runtime.stderr.write(`${renderProblem(problem)}\n`);
  const result = review(policy, {
    ...givenFlags(flags, { '--before': before.length, '--after': after.length }),
    tool: runtime.tool,
    cwd: runtime.cwd,
    policyFile: reference ?? DEFAULT_POLICY,
    before,
    after,
    budget: budgetFlag(flags, NODE_BUDGET),
    host: here(),
    operator: textFlag(flags, 'operator'),
    reference: textFlag(flags, 'reference'),
    requireProof,
  });
  await writeOutputs({ outputs, flags, runtime, render: (format, options) => render(format, result, options) });
  return exitCodeOf(result, exit);
}
