#!/usr/bin/env node
/**
 * The entry: finds the command, loads only its module, and turns whatever happens into one of the exit codes.
 */
import type { Argv } from 'yargs';
import { InputError } from '../src/model/problem.ts';
import { type Command, EXIT, type Flags, UsageError } from './command.ts';
import { COMMANDS } from './commands.ts';
import { finish, processRuntime, type Runtime } from './runtime.ts';
import { writeStream } from './stream.ts';

export async function main(runtime: Runtime): Promise<number> {
  const [name = ''] = runtime.args;
  try {
    if (runtime.args.length === 1 && name === '--version') {
      await writeStream(runtime.stdout, `${runtime.tool.version}\n`);
      return EXIT.compliant;
    }
    return await dispatch(name, runtime);
  } catch (error) {
    return explainFailure(error, name, runtime);
  }
}

/** What stands behind "--" is a name, also where it begins with a dash: yargs would leave it out of the positionals. */
function withOperands(args: readonly string[]): string[] {
  const cut = args.indexOf('--');
  if (cut < 0) return [...args];
  return [...args.slice(0, cut), ...args.slice(cut + 1).map((name) => (name.startsWith('-') ? `./${name}` : name))];
}

async function dispatch(name: string, runtime: Runtime): Promise<number> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return entry === undefined ? overview(runtime) : runCommand(name, (await entry.load()).command, runtime);
}

/** One command is all that its parser knows: with the others beside it yargs would write the whole help at every start. */
async function runCommand(name: string, command: Command, runtime: Runtime): Promise<number> {
  let exitCode: number = EXIT.compliant;
  const parser = (await parserFor(runtime)).command(
    command.positionals === undefined ? name : `${name} ${command.positionals}`,
    false,
    (inner) => command.build(inner),
    async (flags) => {
      refuseValues(runtime.args, flags);
      exitCode = await command.run(flags, runtime);
    },
  );
  try {
    await parse(parser, runtime);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { withNearestFlag } = await import('./unknown-flag.ts');
    throw await withNearestFlag(error, command);
  }
  return exitCode;
}

/** To yargs a switch with any value but "true" is off: `--dry-run=yes` would send. */
function refuseValues(args: readonly string[], flags: Flags): void {
  for (const arg of args) {
    const [, name = '', value = ''] = /^--?([^=]+)=(.*)$/.exec(arg) ?? [];
    if (typeof flags[name] === 'boolean' && value !== 'true' && value !== 'false') {
      throw new UsageError(`${arg.slice(0, arg.indexOf('='))} is there or not; it takes no value such as "${value}".`);
    }
  }
}

/** No command, or none that there is. */
async function overview(runtime: Runtime): Promise<number> {
  let parser = (await parserFor(runtime))
    .usage('$0 tells whether mail can leave a network only the way its policy says.')
    .recommendCommands()
    .demandCommand(1, `Name a command: ${Object.keys(COMMANDS).join(', ')}.`)
    .epilogue(
      [
        'Exit codes: 0 everything was judged and complies; 1 a violation; 2 nothing could be judged (arguments, policy, evidence); 3 something could not be judged; 4 a bug in Postern; 75 another run holds the state folder; 130 interrupted before anything was judged. `postern COMMAND --help` has those of a command.',
        '',
        'Start with: postern demo · postern policy init · postern check (saved rules of a firewall) or postern audit (probes)',
      ].join('\n'),
    );
  for (const [command, { summary }] of Object.entries(COMMANDS)) parser = parser.command(command, summary);
  await parse(parser, runtime);
  return EXIT.compliant;
}

async function parserFor(runtime: Runtime): Promise<Argv> {
  const { default: yargs } = await import('yargs');
  return yargs(withOperands(runtime.args), runtime.cwd)
    .scriptName('postern')
    .locale('en')
    .parserConfiguration({ 'parse-numbers': false, 'duplicate-arguments-array': true })
    .strict()
    .exitProcess(false)
    .version(runtime.tool.version)
    .help()
    .alias('help', 'h')
    .wrap(Math.min(runtime.stdout.columns ?? 100, 120))
    .fail((message, error) => {
      // yargs throws an error of its own where a flag has no value.
      throw error === undefined || error === null || error.name === 'YError' ? new UsageError(wordsOf(message)) : error;
    });
}

function wordsOf(message: string): string {
  const flag = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  return flag === undefined ? message : `--${flag} takes a value.`;
}

/** With a callback yargs hands over what it would print, so that nothing but the runtime's streams is written to. */
async function parse(parser: Argv, runtime: Runtime): Promise<void> {
  let help = '';
  await parser.parseAsync(withOperands(runtime.args), {}, (_error: unknown, _argv: unknown, output: string) => {
    help = output;
  });
  if (help !== '') await writeStream(runtime.stdout, `${help}\n`);
}

function explainFailure(error: unknown, name: string, runtime: Runtime): number {
  if (error instanceof UsageError) {
    const help = Object.hasOwn(COMMANDS, name) ? `postern ${name} --help` : 'postern --help';
    runtime.stderr.write(`postern: ${error.message}\nSee: ${help}\n`);
    return EXIT.unusable;
  }
  if (error instanceof InputError) {
    runtime.stderr.write(`${error.message}\n`);
    return EXIT.unusable;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  runtime.stderr.write(
    `postern: this is a bug in Postern ${runtime.tool.version}. Please report it with the lines below and the command that you ran.\n${stack}\n`,
  );
  return EXIT.bug;
}

finish(await main(processRuntime()));
