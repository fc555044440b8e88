/**
 * Completion for bash 3.2 and newer, with and without the package bash-completion. A script of its own instead of yargs' one, which starts
 * Node at every TAB. To bash "=" is a word: `--format=json` is three of them.
 */
import type { CommandPage } from './command-tree.ts';
import { type Values, valuesAt, valuesOf } from './values.ts';

export function bashCompletion(pages: readonly CommandPage[]): string {
  return `# bash completion for postern. Generated from its commands: do not edit.

${RUNTIME}
_postern() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]} given=
  COMPREPLY=()
  if [ "$COMP_CWORD" -le 1 ]; then
    _postern_words ${quote([...pages.map(({ name }) => name), '--help', '--version'])}
    return
  fi
  case $command in
${pages.map(commandCase).join('\n')}
  esac
}

complete -F _postern postern
`;
}

const RUNTIME = `# The words that begin like the current one.
_postern_words() {
  local word
  for word in $1; do
    case $word in "$cur"*) COMPREPLY+=("$given$word") ;; esac
  done
}

# The files that do.
_postern_files() {
  local file
  compopt -o filenames 2>/dev/null
  while IFS= read -r file; do COMPREPLY+=("$given$file"); done < <(compgen -f -- "$cur")
}

# Sets before (the option whose value is asked for, or nothing) and operand (how many there are already).
# $1: the options that take a value.
_postern_place() {
  local i word glued='' text='' wants='' words=()
  for ((i = 2; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      = | :) text=$text$word glued=1 ;;
      *)
        if [ -z "$glued" ] && [ "$i" -gt 2 ]; then words+=("$text") text=; fi
        text=$text$word glued=
        ;;
    esac
  done
  before='' operand=0
  for word in \${words[@]+"\${words[@]}"}; do
    case \${wants:-$word} in
      --*=*) ;;
      --*) if [ -n "$wants" ]; then wants=; else case " $1 " in *" $word "*) wants=$word ;; esac; fi ;;
      -?*) ;;
      *) operand=$((operand + 1)) ;;
    esac
  done
  case $cur in = | :) cur= ;; esac
  case $text in --*=*) [ -n "$wants" ] || { before=\${text%%=*}; text=\${text#*=}; } ;; esac
  before=\${before:-$wants}
  case $before in --format) case $text in *=*) before=--format-file ;; esac ;; esac
  # Where "=" is no word of its own, what stands before it has to be given back.
  case $before in
    ?*) case $cur in *=*) given=\${cur%=*}= cur=\${cur##*=} ;; esac ;;
  esac
}
`;

function commandCase(page: CommandPage): string {
  const flags = page.options.flatMap(({ name, alias }) => [`--${name}`, ...(alias === null ? [] : [`-${alias}`])]);
  const valued = page.options.filter(({ takesValue }) => takesValue);
  return `    ${page.name})
      local before operand
      _postern_place ${quote(valued.map(({ name }) => `--${name}`))}
      case $before in
${[...valueCases(valued.map((option) => [`--${option.name}`, valuesOf(option)])), '        --format-file) _postern_files; return ;;'].join('\n')}
      esac
      case $cur in -*) _postern_words ${quote([...flags, '--help'])}; return ;; esac
${operandCases(page)}
      ;;`;
}

/** Options with the same values share a line. */
function valueCases(options: readonly (readonly [flag: string, Values])[]): readonly string[] {
  const byAction = new Map<string, string[]>();
  for (const [flag, values] of options) {
    const action = offer(values);
    byAction.set(action, [...(byAction.get(action) ?? []), flag]);
  }
  return [...byAction].map(([action, flags]) => `        ${flags.join(' | ')}) ${action}return ;;`);
}

function operandCases(page: CommandPage): string {
  const cases = page.positionals.map((positional, index) => {
    const action = offer(valuesAt(page, positional));
    return `        ${positional.repeatable ? '*' : index}) ${action === '' ? ':' : action.replace(/; $/, '')} ;;`;
  });
  return cases.length === 0 ? '      :' : ['      case $operand in', ...cases, '      esac'].join('\n');
}

function offer({ words, files }: Values): string {
  return `${words.length === 0 ? '' : `_postern_words ${quote(words)}; `}${files ? '_postern_files; ' : ''}`;
}

function quote(words: readonly string[]): string {
  return `'${words.join(' ')}'`;
}
