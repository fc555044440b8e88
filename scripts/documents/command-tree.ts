/** The commands as data, for the manual and the completions: what their modules tell yargs is written down instead of parsed with. */
import type { Argv } from 'yargs';
import type { Command } from '../../cmd/command.ts';
import { COMMANDS } from '../../cmd/commands.ts';

export interface Option {
  /** Without dashes. */
  readonly name: string;
  /** One letter; null where there is none. */
  readonly alias: string | null;
  /** Of the help, without its colon. */
  readonly group: string;
  readonly describe: string;
  readonly default: string | null;
  /** Whether a value follows; without one it is a switch. */
  readonly takesValue: boolean;
}

export interface Positional {
  readonly name: string;
  readonly describe: string;
  readonly default: string | null;
  readonly repeatable: boolean;
}

export interface CommandPage {
  readonly name: string;
  /** One line, from the overview. */
  readonly summary: string;
  /** As the help begins: lines that show how it is called, a blank line, prose. */
  readonly usage: string;
  readonly positionals: readonly Positional[];
  /** In the order of the help: by group, as the groups first appear. */
  readonly options: readonly Option[];
  readonly examples: readonly { readonly call: string; readonly describe: string }[];
  /** Exit codes, and what else the help ends with. */
  readonly epilogue: string;
  /** Words that the first operand may be, such as `lint`; none where it is something else. */
  readonly actions: readonly string[];
}

/** Every command, in the order of the overview. */
export async function commandTree(): Promise<readonly CommandPage[]> {
  return await Promise.all(
    Object.entries(COMMANDS).map(async ([name, { summary, load }]) => pageOf(name, summary, (await load()).command)),
  );
}

/** @throws {TypeError} where a command tells yargs something that would be missing in the documents. */
export function pageOf(name: string, summary: string, command: Pick<Command, 'build'>): CommandPage {
  const calls: Call[] = [];
  command.build(recorder(calls));
  const unknown = calls.find(({ method }) => !KNOWN.includes(method));
  if (unknown !== undefined) throw new TypeError(`${name} calls ${unknown.method}() of yargs, which no document tells of`);
  const all = (method: string): readonly Call['args'][] => calls.filter((call) => call.method === method).map(({ args }) => args);
  const usage = text(all('usage').at(-1)?.[0]);
  const positionals = all('positional').map(([positional, settings]) => positionalOf(text(positional), record(settings)));
  return {
    name,
    summary,
    usage,
    positionals,
    options: grouped(all('option').flatMap(([option, settings]) => optionOf(text(option), record(settings)))),
    examples: all('example').map(([call, describe]) => ({ call: text(call), describe: text(describe) })),
    epilogue: text(all('epilogue').at(-1)?.[0]),
    actions: positionals[0]?.name === 'action' ? actionsIn(usage, name) : [],
  };
}

interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
}

const KNOWN: readonly string[] = ['usage', 'positional', 'option', 'example', 'epilogue'];

/** Stands in for yargs: every method is there, writes its call down, and returns the same object. */
function recorder(calls: Call[]): Argv {
  const stand: unknown = new Proxy(
    {},
    {
      get:
        (_, method) =>
        (...args: readonly unknown[]) => {
          calls.push({ method: String(method), args });
          return stand;
        },
    },
  );
  return stand as Argv;
}

function optionOf(name: string, settings: Readonly<Record<string, unknown>>): Option[] {
  if (settings.hidden === true) return [];
  return [
    {
      name,
      alias: typeof settings.alias === 'string' ? settings.alias : null,
      group: text(settings.group ?? 'Options:').replace(/:$/, ''),
      describe: text(settings.describe),
      default: defaultOf(settings),
      takesValue: settings.boolean !== true && settings.type !== 'boolean',
    },
  ];
}

function positionalOf(name: string, settings: Readonly<Record<string, unknown>>): Positional {
  return { name, describe: text(settings.describe), default: defaultOf(settings), repeatable: settings.array === true };
}

function defaultOf(settings: Readonly<Record<string, unknown>>): string | null {
  return typeof settings.defaultDescription === 'string' ? settings.defaultDescription : null;
}

function grouped(options: readonly Option[]): readonly Option[] {
  const groups = [...new Set(options.map(({ group }) => group))];
  return groups.flatMap((group) => options.filter((option) => option.group === group));
}

/** `postern policy lint [POLICY]   every problem` has the action `lint`. */
function actionsIn(usage: string, command: string): readonly string[] {
  return [...usage.matchAll(new RegExp(`^postern ${command} ([a-z]+)(?= |$)`, 'gm'))].map(([, action = '']) => action);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${JSON.stringify(value)} is no text`);
}
