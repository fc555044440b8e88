/** Completion for fish: one line for each command, option and operand. */
import type { CommandPage, Option } from './command-tree.ts';
import { valuesAt, valuesOf } from './values.ts';

export function fishCompletion(pages: readonly CommandPage[]): string {
  const first = 'test (count (commandline -opc)) -eq 1';
  return `${[
    '# fish completion for postern. Generated from its commands: do not edit.',
    'complete -c postern -f',
    line(first, '-s h -l help', 'show help'),
    line(first, '-l version', 'show the version'),
    ...pages.map(({ name, summary }) => line(first, `-a ${name}`, summary)),
    ...pages.flatMap(commandLines),
  ].join('\n')}\n`;
}

function commandLines(page: CommandPage): readonly string[] {
  const here = `set -l words (commandline -opc); test "$words[2]" = ${page.name}`;
  const operands = page.positionals.map((positional) => valuesAt(page, positional));
  const words = operands.flatMap((values) => values.words);
  return [
    ...(operands.some(({ files }) => files) ? [`complete -c postern -n ${quote(here)} -F`] : []),
    ...(words.length === 0 ? [] : [`complete -c postern -n ${quote(here)} -a ${quote(words.join(' '))}`]),
    ...page.options.map((option) => line(here, flagsOf(option), option.describe)),
  ];
}

function flagsOf(option: Option): string {
  const names = `${option.alias === null ? '' : `-s ${option.alias} `}-l ${option.name}`;
  if (!option.takesValue) return names;
  const { words, files } = valuesOf(option);
  if (words.length > 0) return `${names} -x -a ${quote(words.join(' '))}`;
  return `${names} ${files ? '-r -F' : '-x'}`;
}

function line(condition: string, what: string, describe: string): string {
  return `complete -c postern -n ${quote(condition)} ${what} -d ${quote(describe)}`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
