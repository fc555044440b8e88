import type { Argv } from 'yargs';
import { earlierResult } from '../src/history.ts';
import { FORMAT_NAMES, render } from '../src/report/report.ts';
import { type Command, EXIT, type Flags, textFlag, UsageError } from './command.ts';
import { checkOutputs, outputFlags, planOutputs, writeOutputs } from './output.ts';
import type { Runtime } from './runtime.ts';
import { stateFlag, stateFolder } from './state-flags.ts';

export const command: Command = { positionals: '[result]', build, run };

function build(yargs: Argv): Argv {
  return outputFlags(stateFlag(yargs, 'folder in which runs are kept'), FORMAT_NAMES)
    .usage(
      'postern report RESULT\n\nRenders a saved result in another format. Asks nothing again, and judges nothing again. RESULT is a file that --format json wrote, or a run of the state folder (an id or its beginning, #12, latest, latest~1, 2026-11-21).',
    )
    .positional('result', { type: 'string', describe: 'a file (standard input is /dev/stdin) or a run' })
    .example('postern report result.json', 'as text, as the command that made it showed it')
    .example(
      'postern report result.json --format junit=audit.xml --format sarif=audit.sarif',
      'two more formats, and text on stdout',
    )
    .example('postern report latest --state /var/lib/postern', 'the last run that was kept')
    .example('postern report latest --format html=audit.html', 'to file and print: with the runs before it')
    .example('postern report result.json --format markdown --output comment.md', 'for a pull request')
    .epilogue('Exit codes: 0 rendered, whatever the verdict; 2 no such file or run, no result, or wrong arguments.');
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const outputs = planOutputs(flags, FORMAT_NAMES);
  const reference = textFlag(flags, 'result');
  if (reference === null || reference === '') throw new UsageError('Name the result: postern report RESULT.json');
  await checkOutputs(outputs, runtime, [{ role: 'the result', file: reference }]);
  const { result, before } = earlierResult(reference, { cwd: runtime.cwd, folder: () => stateFolder(flags, runtime) });
  await writeOutputs({
    outputs,
    flags,
    runtime,
    render: (format, options) => render(format, result, options, { history: before }),
  });
  return EXIT.compliant;
}
