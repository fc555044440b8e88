import type { Argv } from 'yargs';
import { explain } from '../src/explain.ts';
import { renderPages } from '../src/report/page.ts';
import { type Command, EXIT, type Flags, textFlag } from './command.ts';
import { outputFlags, planOutputs, writeOutputs } from './output.ts';
import type { Runtime } from './runtime.ts';

const FORMAT_NAMES = ['text', 'json'] as const;

export const command: Command = { positionals: '[code]', build, run };

function build(yargs: Argv): Argv {
  return outputFlags(yargs)
    .usage('postern explain [CODE]\n\nWhat a finding means, why it matters, and how to fix it. Without CODE: the list of all.')
    .positional('code', { type: 'string', describe: 'a finding code, such as egress-open' })
    .example('postern explain', 'every code with its severity and title')
    .example('postern explain starttls-stripped', 'one page: meaning, risk, fix, references')
    .example('postern explain egress-open --format json', 'the same as JSON')
    .epilogue('Exit codes: 0 explained; 2 no such code, or wrong arguments.');
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const outputs = planOutputs(flags, FORMAT_NAMES);
  const pages = explain(textFlag(flags, 'code'));
  await writeOutputs({ outputs, flags, runtime, render: (format, options) => renderPages(format, pages, options) });
  return EXIT.compliant;
}
