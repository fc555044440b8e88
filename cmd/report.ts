import type { Argv } from 'yargs';
import { FORMAT_NAMES, render } from '../src/report/report.ts';
import { resultFrom } from '../src/report-result.ts';
import { type Command, EXIT, type Flags, textFlag, UsageError } from './command.ts';
import { checkOutputs, outputFlags, planOutputs, writeOutputs } from './output.ts';
import type { Runtime } from './runtime.ts';

export const command: Command = { positionals: '[result]', build, run };

function build(yargs: Argv): Argv {
  return outputFlags(yargs, FORMAT_NAMES)
    .usage(
      'postern report RESULT.json\n\nRenders a saved result in another format. Asks nothing again, and judges nothing again.',
    )
    .positional('result', { type: 'string', describe: 'a file that --format json wrote; standard input is /dev/stdin' })
    .example('postern report result.json', 'as text, as the command that made it showed it')
    .example(
      'postern report result.json --format junit=audit.xml --format sarif=audit.sarif',
      'two more formats, and text on stdout',
    )
    .example('postern report result.json --format markdown --output comment.md', 'for a pull request')
    .epilogue('Exit codes: 0 rendered, whatever the verdict; 2 no such file, no result, or wrong arguments.');
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const outputs = planOutputs(flags, FORMAT_NAMES);
  const reference = textFlag(flags, 'result');
  if (reference === null || reference === '') throw new UsageError('Name the result: postern report RESULT.json');
  await checkOutputs(outputs, runtime, [{ role: 'the result', file: reference }]);
  const result = resultFrom(reference, { cwd: runtime.cwd });
  await writeOutputs({ outputs, flags, runtime, render: (format, options) => render(format, result, options) });
  return EXIT.compliant;
}
