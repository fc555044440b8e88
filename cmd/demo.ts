import { basename, relative, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { type DemoOutcome, demo, LabError } from '../src/demo.ts';
import { demoEpilogue } from '../src/demo-epilogue.ts';
import { inputError } from '../src/model/problem.ts';
import { FORMAT_NAMES, type Format, render } from '../src/report/report.ts';
import { booleanFlag, type Command, EXIT, type Flags, textFlag, UsageError } from './command.ts';
import { checkOutputs, outputFlags, planOutputs, renderOptions, writeOutputs } from './output.ts';
import type { Runtime } from './runtime.ts';
import { writeStream } from './stream.ts';

export const command: Command = { build, run };

function build(yargs: Argv): Argv {
  const group = 'Demonstration:';
  return (
    outputFlags(yargs, FORMAT_NAMES)
      .usage(
        `postern demo

Builds a miniature network on this machine (workstations, a relay, a firewall, an outside with mail servers), plants faults in it, audits it from each segment, and shows what was found. Works without root where the kernel allows user namespaces; nothing outside them is touched. Elsewhere it makes do with servers on 127.0.0.1.`,
      )
      .option('keep', {
        group,
        string: true,
        requiresArg: true,
        describe: 'put policy, firewall rules and evidence into this folder',
        defaultDescription: 'a new temporary folder, which stays',
      })
      // Not for users: so it starts itself to play the lab's servers, on the hosts of its network.
      .option('serve', { boolean: true, hidden: true })
      .option('loopback', { group, boolean: true, describe: 'use 127.0.0.1 only, also where namespaces are possible' })
      .example('postern demo', 'the whole demonstration, in about 15 seconds')
      .example(
        'postern demo --keep /tmp/demo --format json',
        'the result as one JSON document; the files to look at in /tmp/demo',
      )
      .epilogue(
        'Exit codes: 0 it found exactly the faults that it planted; 1 it missed one, or found another; 2 it could not be built; 130 interrupted.',
      )
  );
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  if (booleanFlag(flags, 'serve')) {
    await import('../src/demo-servers.ts');
    return EXIT.compliant;
  }
  const outputs = planOutputs(flags, FORMAT_NAMES);
  await checkOutputs(outputs, runtime);
  const keep = textFlag(flags, 'keep');
  if (keep === '') throw new UsageError('--keep takes the name of a folder.');
  const outcome = await perform(keep === null ? null : resolve(runtime.cwd, keep), booleanFlag(flags, 'loopback'), runtime);
  if (outcome === 'interrupted') return EXIT.interrupted;
  const epilogue = demoEpilogue(outcome, nameOfSelf(runtime), renderOptions(runtime, flags));
  const draw = (format: Format, options: Parameters<typeof render>[2]): string =>
    render(format, outcome.result, options) + (format === 'text' ? epilogue : '');
  await writeOutputs({ outputs, flags, runtime, render: draw });
  if (!outputs.some(({ format, file }) => format === 'text' && file === null)) await writeStream(runtime.stderr, epilogue);
  return outcome.hunt.exact ? EXIT.compliant : EXIT.violation;
}

async function perform(keep: string | null, loopback: boolean, runtime: Runtime): Promise<DemoOutcome | 'interrupted'> {
  try {
    return await demo({
      tool: runtime.tool,
      self: runtime.self,
      keep,
      loopback,
      say: (line) => runtime.stderr.write(`${line}\n`),
      signal: runtime.interrupt,
    });
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    if (runtime.interrupt.aborted) return 'interrupted';
    throw inputError('demo-failed', `The demonstration broke off: ${error.message}`, { cause: error });
  }
}

/** How the reader runs this very program. */
function nameOfSelf(runtime: Runtime): string {
  const script = runtime.self.at(-1) ?? '';
  return basename(script) === 'postern' ? 'postern' : `node ${relative(runtime.cwd, script)}`;
}
