import type { Argv } from 'yargs';
import { diff } from '../src/history.ts';
import { renderDiff } from '../src/report/diff.ts';
import { type Command, EXIT, type Flags, textFlag, UsageError } from './command.ts';
import { checkOutputs, outputFlags, planOutputs, writeOutputs } from './output.ts';
import type { Runtime } from './runtime.ts';
import { stateFlag, stateFolder } from './state-flags.ts';

const FORMAT_NAMES = ['text', 'json'] as const;

export const command: Command = { positionals: '[a] [b]', build, run };

function build(yargs: Argv): Argv {
  return outputFlags(stateFlag(yargs, 'folder in which runs are kept'), FORMAT_NAMES)
    .usage(
      'postern diff A B\n\nWhat B has that A has not, and the other way round: findings, and checks that came out otherwise. A and B are runs (an id or its beginning, #12, latest, latest~1, 2026-11-21 for the last run of that day) or files that --format json wrote.',
    )
    .positional('a', { type: 'string', describe: 'the earlier run or result' })
    .positional('b', { type: 'string', describe: 'the later one' })
    .example('postern diff latest~1 latest', 'the last two runs')
    .example("postern diff 2026-11-20 '#712' --state /var/lib/postern", 'the last run of a day, and a run by its number')
    .example('postern diff before.json after.json', 'two files, without a state folder')
    .epilogue('Exit codes: 0 nothing changed; 1 something did; 2 no such run or file, or wrong arguments.');
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const outputs = planOutputs(flags, FORMAT_NAMES);
  const [a, b] = [textFlag(flags, 'a'), textFlag(flags, 'b')];
  if (a === null || b === null || a === '' || b === '') {
    throw new UsageError('Name two runs or results: postern diff A B, such as postern diff latest~1 latest');
  }
  await checkOutputs(outputs, runtime);
  const document = diff(a, b, { cwd: runtime.cwd, folder: () => stateFolder(flags, runtime) });
  await writeOutputs({ outputs, flags, runtime, render: (format, options) => renderDiff(format, document, options) });
  return document.changed ? EXIT.violation : EXIT.compliant;
}
