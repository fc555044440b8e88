/**
 * The commands of a line of a shell script: split where one ends, without comments and without output that is thrown away.
 *
 * Worked example: `if ! nft -c -f a.nft 2>&1; then echo "no; stop" | tee log; fi # why` is `if ! nft -c -f a.nft`, `then echo "no; stop"` (piped),
 * `tee log` and `fi`.
 */
export interface ShellCommand {
  readonly text: string;
  /** What it prints is what the next one reads. */
  readonly piped: boolean;
}

/** A quoted string, what a command in `$( )` prints, a sign of its own, a comment, or anything else. */
const PART =
  /"(?:[^"\\]|\\.)*"|'[^']*'|\$\((?:[^()"]|"[^"]*")*\)|\$\{[^}]*\}|(?<sent>\s*(?:[012]?>>?\s*(?:&[012-]|\/dev\/\w+)|&>>?\s*\/dev\/\w+))|(?<end>\|\||&&|;+|[|&(){}](?=\s|$|[^\s]))|(?<comment>(?<=^|\s)#.*$)|(?<open>["'])|\\?./gsu;

/** Where a quotation mark is left open, the line is one command. */
export function commandsOf(line: string): readonly ShellCommand[] {
  const found: ShellCommand[] = [];
  let text = '';
  for (const { 0: part, groups } of line.matchAll(PART)) {
    if (groups?.open !== undefined) return [{ text: line.trim(), piped: false }];
    if (groups?.end !== undefined) {
      found.push({ text: text.trim(), piped: part === '|' });
      text = '';
    } else if (groups?.sent === undefined && groups?.comment === undefined) text += part;
  }
  return [...found, { text: text.trim(), piped: false }].filter((one) => one.text !== '');
}

const ASSIGNED = /^(?:(?:export|readonly|local|declare)\s+(?:-\w+\s+)?)?(\w+)=(?:"([^"$`]*)"|'([^']*)'|([^\s"'$`()]*))$/;

/** The variable that a command sets to a word that hangs on nothing; null: it does something else. */
export function assignmentIn(command: string): { readonly name: string; readonly value: string } | null {
  const [, name, double, single, bare] = ASSIGNED.exec(command) ?? [];
  return name === undefined ? null : { name, value: double ?? single ?? bare ?? '' };
}

/** With the values of variables put in. */
export function withValues(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced?: string, bare?: string) => values.get(braced ?? bare ?? '') ?? all);
}
