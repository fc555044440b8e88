/**
 * How a command hands over its documents: `--format`, `--output`, and how they are drawn.
 *
 * `--format FORMAT` chooses the document of stdout, or of `--output FILE`; `--format json=out.json` writes a further one and
 * may be repeated. A command calls, in this order:
 *
 *     outputFlags(yargs)                                      while it declares its flags
 *     const outputs = planOutputs(flags, FORMAT_NAMES)        before it does anything
 *     await checkOutputs(outputs, runtime, own)               before it does anything that takes long
 *     await writeOutputs({ outputs, flags, runtime, render: (format, options) => render(format, result, options) })
 */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { writeErrorText, writeFileAtomic } from '../src/host/files.ts';
import { listText } from '../src/model/list-text.ts';
import { nearest } from '../src/model/nearest.ts';
import { InputError, inputError, type Problem } from '../src/model/problem.ts';
import type { RenderOptions } from '../src/report/renderer.ts';
import { booleanFlag, type Flags, listFlag, textFlag, UsageError } from './command.ts';
import { type OwnFile, requireDistinct, requireUntouched } from './own-files.ts';
import type { Runtime } from './runtime.ts';
import { writeStream } from './stream.ts';

/** One document; `file` is as given, null for stdout. */
export interface Output<Format extends string> {
  readonly format: Format;
  readonly file: string | null;
}

/** Columns of a document that no terminal shows. */
const FILE_WIDTH = 100;
const MIN_WIDTH = 40;
/** Longer lines of prose are hard to follow, however wide the terminal is. */
const MAX_WIDTH = 120;

const COLOR_CHOICES = ['auto', 'always', 'never'] as const;

/** `--format`, `--output`, `--color`, `--ascii`, `--verbose`, in the group "Output". */
export function outputFlags(yargs: Argv, formats: readonly string[] = ['text', 'json']): Argv {
  return yargs
    .option('format', {
      group: 'Output:',
      string: true,
      requiresArg: true,
      describe: `document of stdout: ${listText(formats, 'or')}; FORMAT=FILE writes a further one (repeatable)`,
      defaultDescription: 'text',
    })
    .option('output', {
      group: 'Output:',
      string: true,
      requiresArg: true,
      describe: 'write the document to this file instead of stdout',
    })
    .option('color', {
      group: 'Output:',
      string: true,
      describe: 'auto, always or never; NO_COLOR and FORCE_COLOR are heard',
      defaultDescription: 'auto',
    })
    .option('ascii', { group: 'Output:', boolean: true, describe: 'no characters beyond ASCII' })
    .option('verbose', {
      group: 'Output:',
      boolean: true,
      alias: 'v',
      describe: 'every row, where the report counts and groups',
    });
}

/**
 * Which documents go where; the first one is that of stdout or `--output`.
 *
 * @throws {UsageError} for an unknown format, a second bare `--format`, or two documents in one file.
 */
export function planOutputs<Format extends string>(flags: Flags, formats: readonly Format[]): readonly Output<Format>[] {
  const [fallback] = formats;
  if (fallback === undefined) throw new TypeError('a command has at least one format');
  const given = listFlag(flags, 'format').map((text) => parseFormat(text, formats));
  const bare = given.filter((output) => output.file === null);
  if (bare.length > 1) {
    throw new UsageError(
      `--format was given ${bare.length} times without a file (${bare.map((output) => output.format).join(', ')}). ` +
        `stdout carries one document; write the others to files, such as --format ${bare[1]?.format}=FILE.`,
    );
  }
  const file = textFlag(flags, 'output');
  if (file === '') throw new UsageError('--output takes the name of a file.');
  const first: Output<Format> = { format: bare[0]?.format ?? fallback, file: file === '-' ? null : file };
  const outputs = [first, ...given.filter((output) => output.file !== null)];
  refuseSameFile(outputs);
  return outputs;
}

/**
 * Says before a long run what could not be written after it.
 *
 * @param own files that the command reads, or writes beside its documents: none of these may replace one of them.
 * @throws {UsageError} for a document in such a file.
 * @throws {InputError} naming every file whose folder is missing or closed, or which is no regular file.
 */
export async function checkOutputs(
  outputs: readonly Output<string>[],
  runtime: Pick<Runtime, 'cwd'>,
  own: readonly OwnFile[] = [],
): Promise<void> {
  refuseReplacing(outputs, runtime, own);
  await eachProblem(outputs, async ({ file }) => {
    if (file === null) return;
    const path = resolve(runtime.cwd, file);
    await refuseDevice(path);
    await access(dirname(path), constants.W_OK);
  });
}

/** As much of that as needs no look at the folders: a run that nobody watches tells of those beside what it found. */
export function refuseReplacing(
  outputs: readonly Output<string>[],
  { cwd }: Pick<Runtime, 'cwd'>,
  own: readonly OwnFile[],
): void {
  requireDistinct(cwd, [...own.filter(({ folder }) => !folder), ...documentsOf(outputs)]);
  refuseInputs(outputs, { cwd }, own);
}

/** Of files that a policy names, some of them more than once. @throws {UsageError} */
export function refuseInputs(
  outputs: readonly Output<string>[],
  { cwd }: Pick<Runtime, 'cwd'>,
  inputs: readonly OwnFile[],
): void {
  requireUntouched(cwd, inputs, documentsOf(outputs));
}

function documentsOf(outputs: readonly Output<string>[]): readonly OwnFile[] {
  return outputs.map(({ format, file }) => ({ role: `the ${format} document`, file }));
}

export interface Writing<Format extends string> {
  readonly outputs: readonly Output<Format>[];
  readonly render: (format: Format, options: RenderOptions) => string;
  readonly flags: Flags;
  readonly runtime: Pick<Runtime, 'cwd' | 'env' | 'stdout'>;
}

/**
 * Writes every document, and returns when the last byte is handed over. A reader of stdout that has gone away (`| head`) is
 * no error.
 *
 * @throws {InputError} naming every document that could not be written; the others are.
 */
export async function writeOutputs<Format extends string>(writing: Writing<Format>): Promise<void> {
  const { outputs, render, flags, runtime } = writing;
  await eachProblem(outputs, async ({ format, file }) => {
    const text = render(format, renderOptions(runtime, flags, file));
    if (file === null) await writeStream(runtime.stdout, text);
    else await writeFile(resolve(runtime.cwd, file), text);
  });
}

/** How a document is drawn, by flags, environment and terminal; a file is never a terminal. */
export function renderOptions(runtime: Pick<Runtime, 'env' | 'stdout'>, flags: Flags, file: string | null = null): RenderOptions {
  const terminal = file === null && runtime.stdout.isTTY === true;
  const columns = terminal ? (runtime.stdout.columns ?? FILE_WIDTH) : FILE_WIDTH;
  return {
    color: wantsColor(flags, runtime.env, terminal),
    unicode: !booleanFlag(flags, 'ascii') && isUnicode(runtime.env),
    width: Math.min(Math.max(columns, MIN_WIDTH), MAX_WIDTH),
    verbose: booleanFlag(flags, 'verbose'),
  };
}

function parseFormat<Format extends string>(text: string, formats: readonly Format[]): Output<Format> {
  const cut = text.indexOf('=');
  const name = cut < 0 ? text : text.slice(0, cut);
  const file = cut < 0 ? null : text.slice(cut + 1);
  const format = formats.find((candidate) => candidate === name);
  if (format === undefined) {
    const meant = nearest(name, formats);
    const hint = meant === null ? '' : ` Did you mean ${meant}?`;
    throw new UsageError(`--format ${text}: there is no format "${name}"; the formats are ${formats.join(', ')}.${hint}`);
  }
  if (file === '' || file === '-') throw new UsageError(`--format ${text} takes a file after "=", such as ${name}=out.${name}.`);
  return { format, file };
}

function refuseSameFile(outputs: readonly Output<string>[]): void {
  const seen = new Set<string>();
  for (const { file } of outputs) {
    if (file === null) continue;
    const place = resolve(file);
    if (seen.has(place)) throw new UsageError(`Two documents would be written to ${file}; name a file for each.`);
    seen.add(place);
  }
}

async function writeFile(path: string, text: string): Promise<void> {
  await refuseDevice(path);
  await writeFileAtomic(path, text);
}

/** The atomic rename would put a plain file in the place of a device: as root, `--output /dev/null` must not do that. */
async function refuseDevice(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (found !== null && !found.isFile()) throw inputError('output-unwritable', `${path} is no regular file; name one.`);
}

async function eachProblem<Format extends string>(
  outputs: readonly Output<Format>[],
  act: (output: Output<Format>) => Promise<void>,
): Promise<void> {
  const problems: Problem[] = [];
  for (const output of outputs) {
    try {
      await act(output);
    } catch (error) {
      if (error instanceof InputError) {
        problems.push(...error.problems);
        continue;
      }
      const words = writeErrorText(output.file ?? 'stdout', error);
      if (words === null) throw error;
      const message = `${output.file ?? 'stdout'} cannot be written: ${words}; the ${output.format} document was to go there.`;
      problems.push({ severity: 'error', code: 'output-unwritable', message, location: null, frame: null });
    }
  }
  if (problems.length > 0) throw new InputError(problems);
}

/** The code of a system error; null for anything else, which is a bug and not the user's. */
function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** @see https://no-color.org (a flag outranks the variable) */
function wantsColor(flags: Flags, env: Runtime['env'], terminal: boolean): boolean {
  const text = textFlag(flags, 'color') ?? 'auto';
  const choice = text === 'false' ? 'never' : text === '' || text === 'true' ? 'always' : text;
  if (!COLOR_CHOICES.some((candidate) => candidate === choice)) {
    throw new UsageError(`--color takes ${COLOR_CHOICES.join(', ')}, not "${text}".`);
  }
  if (choice !== 'auto') return choice === 'always';
  if ((env.NO_COLOR ?? '') !== '') return false;
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return terminal && env.TERM !== 'dumb';
}

/** @see locale(7): LC_ALL outranks LC_CTYPE, which outranks LANG */
function isUnicode(env: Runtime['env']): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}
