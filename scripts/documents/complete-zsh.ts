/** Completion for zsh: what `compinit` finds as `_postern` in a folder of `$fpath`. */
import type { CommandPage, Option, Positional } from './command-tree.ts';
import { type Values, valuesAt, valuesOf } from './values.ts';

export function zshCompletion(pages: readonly CommandPage[]): string {
  return `#compdef postern
# zsh completion for postern. Generated from its commands: do not edit.

_postern() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  local -a commands=(
${pages.map(({ name, summary }) => `    ${quote(`${name}:${summary.replaceAll(':', '\\:')}`)}`).join('\n')}
  )
  _arguments -C '(- *)'{-h,--help}'[show help]' '(- *)--version[show the version]' '1: :->command' '*:: :->words'
  case $state in
    command) _describe -t commands command commands ;;
    words)
      case $words[1] in
${pages.map(commandCase).join('\n')}
      esac
      ;;
  esac
}

if [ "$funcstack[1]" = _postern ]; then _postern "$@"; else compdef _postern postern; fi
`;
}

function commandCase(page: CommandPage): string {
  const specifications = [
    ...page.options.map(optionSpecification),
    quote('(- *)--help[show help]'),
    ...page.positionals.map((positional, index) => operandSpecification(page, positional, index + 1)),
  ];
  return [
    `        ${page.name})`,
    `          _arguments -s \\`,
    `            ${specifications.join(' \\\n            ')}`,
    '          ;;',
  ].join('\n');
}

/** Each may be repeated: which may not, the command itself says. */
function optionSpecification(option: Option): string {
  const names = option.alias === null ? '' : `{-${option.alias},--${option.name}}`;
  const value = option.takesValue
    ? `:${escapeField(option.name)}:${action(option.name === 'format' ? format(option) : valuesOf(option))}`
    : '';
  const rest = `${option.takesValue && option.alias === null ? '=' : ''}[${escapeField(option.describe)}]${value}`;
  return option.alias === null ? quote(`*--${option.name}${rest}`) : `'*'${names}${quote(rest)}`;
}

/** FORMAT=FILE: the file is left to whoever types it. */
function format(option: Option): Values {
  return { ...valuesOf(option), files: false };
}

function operandSpecification(page: CommandPage, positional: Positional, place: number): string {
  const values = action(valuesAt(page, positional));
  return quote(`${positional.repeatable ? '*' : place}:${escapeField(positional.describe)}:${values}`);
}

function action({ words, files }: Values): string {
  if (words.length === 0) return files ? '_files' : ' ';
  const choices = words.join(' ');
  return files ? `{_alternative "words\\:word\\:(${choices})" "files\\:file\\:_files"}` : `(${choices})`;
}

/** In a specification a colon ends a field and a bracket the description. */
function escapeField(text: string): string {
  return text.replace(/[\\:[\]]/g, '\\$&');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
