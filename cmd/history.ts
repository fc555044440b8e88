import type { Argv } from 'yargs';
import { history } from '../src/history.ts';
import { renderHistory } from '../src/report/history.ts';
import { booleanFlag, type Command, EXIT, type Flags, numberFlag } from './command.ts';
import { outputFlags, planOutputs, writeOutputs } from './output.ts';
import type { Runtime } from './runtime.ts';
import { stateFlag, stateFolder } from './state-flags.ts';

const FORMAT_NAMES = ['text', 'json'] as const;
/** Lines that fit on a screen. */
const SHOWN_RUNS = 20;
const MOST_RUNS = 10_000_000;

export const command: Command = { build, run };

function build(yargs: Argv): Argv {
  const group = 'History:';
  return outputFlags(stateFlag(yargs, 'folder in which runs are kept'), FORMAT_NAMES)
    .usage('postern history\n\nThe runs that --state kept: verdict, counts, and what each of them confirmed to have changed.')
    .option('findings', { group, boolean: true, describe: 'what is open, and since when' })
    .option('transitions', { group, boolean: true, describe: 'every change that two runs agreed on' })
    .option('verify', { group, boolean: true, describe: 'read every run, and say whether any was changed or is missing' })
    .option('last', {
      group,
      string: true,
      requiresArg: true,
      describe: 'so many of the latest runs or changes',
      defaultDescription: `${SHOWN_RUNS}`,
    })
    .example('postern history --state /var/lib/postern', 'the last runs, by series')
    .example('postern history --state /var/lib/postern --findings', 'what is open, since when')
    .example('postern history --state /var/lib/postern --transitions --last 100 --format json', 'what changed, for a program')
    .epilogue('Exit codes: 0 shown; 2 no such folder, no run in it, damaged runs with --verify, or wrong arguments.');
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const outputs = planOutputs(flags, FORMAT_NAMES);
  const settings = {
    last: numberFlag(flags, 'last', { min: 1, max: MOST_RUNS, default: SHOWN_RUNS }),
    findings: booleanFlag(flags, 'findings'),
    transitions: booleanFlag(flags, 'transitions'),
    verify: booleanFlag(flags, 'verify'),
  };
  const document = history(stateFolder(flags, runtime), settings);
  await writeOutputs({ outputs, flags, runtime, render: (format, options) => renderHistory(format, document, options) });
  return (document.verification?.problems.length ?? 0) > 0 ? EXIT.unusable : EXIT.compliant;
}
