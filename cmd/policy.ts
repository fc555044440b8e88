import type { Argv } from 'yargs';
import { nearest } from '../src/model/nearest.ts';
import { explain, init, lint } from '../src/policy.ts';
import { renderExpectations } from '../src/report/expectations.ts';
import { renderLint } from '../src/report/lint.ts';
import { booleanFlag, type Command, EXIT, type Flags, policyFlag, textFlag, UsageError } from './command.ts';
import { checkOutputs, type Output, outputFlags, planOutputs, writeOutputs } from './output.ts';
import type { Runtime } from './runtime.ts';
import { writeStream } from './stream.ts';

export const command: Command = { positionals: '[action] [policy]', build, run };

/** Of its own, and not those of a result: their renderers would double the time that a lint takes to start. */
const FORMAT_NAMES = ['text', 'json'] as const;

const ACTIONS: Readonly<Record<string, (flags: Flags, runtime: Runtime) => Promise<number>>> = {
  lint: runLint,
  explain: runExplain,
  init: runInit,
};

function build(yargs: Argv): Argv {
  return outputFlags(yargs)
    .usage(
      [
        'postern policy lint [POLICY]      every problem, located; what cannot be tested',
        'postern policy explain [POLICY]   the matrix: segment × destination × port',
        'postern policy init [FILE]        write a commented policy to start from',
        '',
        'POLICY is a path (default: postern.yaml) or a built-in policy: least-privilege,',
        'submission-only, implicit-tls, deny-all. Sends nothing.',
      ].join('\n'),
    )
    .positional('action', { type: 'string', describe: 'lint, explain or init' })
    .positional('policy', { type: 'string', describe: 'policy, or with init the file to write' })
    .option('force', { group: 'Init:', boolean: true, describe: 'overwrite the file where it is there already' })
    .example('postern policy init', 'write ./postern.yaml, to be filled in')
    .example('postern policy lint', 'check ./postern.yaml')
    .example('postern policy lint edge.yaml --format json', 'the same as one JSON document (postern.lint/1)')
    .example('postern policy explain least-privilege', 'the matrix of a built-in policy')
    .epilogue(
      'Exit codes: 0 done, and with lint: no errors (warnings and hints do not count); 2 errors in the policy, or wrong arguments.',
    );
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const action = textFlag(flags, 'action');
  if (action === null) throw new UsageError('Say what to do with the policy: postern policy lint, explain or init.');
  const chosen = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (chosen === undefined) {
    const meant = nearest(action, Object.keys(ACTIONS));
    throw new UsageError(
      `policy does not know "${action}": ${meant === null ? 'it can lint, explain and init' : `did you mean ${meant}`}.`.replace(
        /(did you mean \w+)\.$/,
        '$1?',
      ),
    );
  }
  if (action !== 'init' && booleanFlag(flags, 'force')) throw new UsageError('--force belongs to policy init.');
  return chosen(flags, runtime);
}

async function runLint(flags: Flags, runtime: Runtime): Promise<number> {
  const outputs = await plan(flags, runtime);
  const report = lint(policyFlag(flags), runtime, new Date());
  await writeOutputs({ outputs, flags, runtime, render: (format, options) => renderLint(format, report, options) });
  return report.summary.errors > 0 ? EXIT.unusable : EXIT.compliant;
}

async function runExplain(flags: Flags, runtime: Runtime): Promise<number> {
  const outputs = await plan(flags, runtime);
  const expectations = explain(policyFlag(flags), runtime);
  await writeOutputs({ outputs, flags, runtime, render: (format, options) => renderExpectations(format, expectations, options) });
  return EXIT.compliant;
}

async function plan(flags: Flags, runtime: Runtime): Promise<readonly Output<(typeof FORMAT_NAMES)[number]>[]> {
  const outputs = planOutputs(flags, FORMAT_NAMES);
  await checkOutputs(outputs, runtime, [{ role: 'the policy', file: policyFlag(flags) ?? 'postern.yaml' }]);
  return outputs;
}

async function runInit(flags: Flags, runtime: Runtime): Promise<number> {
  if (flags.format !== undefined || flags.output !== undefined) {
    throw new UsageError('policy init writes a policy and nothing else; name its file after it: postern policy init FILE.');
  }
  const file = await init(policyFlag(flags), runtime, { force: booleanFlag(flags, 'force') });
  const named = file === 'postern.yaml' ? '' : ` ${file}`;
  const text = [
    `Wrote ${file}. Every name and address in it is an example: put yours in their place. Then:`,
    `  postern policy lint${named}`,
    `  postern policy explain${named}`,
    `  postern audit${named}    probes from this host`,
    `  postern check${named}    reads saved rules of firewalls (firewalls: in the policy, or --config FILE); sends nothing`,
    '',
  ].join('\n');
  await writeStream(runtime.stdout, text);
  return EXIT.compliant;
}
