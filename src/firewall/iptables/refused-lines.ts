/**
 * What says what it should and what iptables-restore refuses all the same, by its blanks and ends of lines: it loads nothing then, and what was there
 * before stays, on a machine that starts: nothing, which lets everything pass.
 *
 * Worked example: rules may be indented, but `  COMMIT`, `  :FORWARD DROP [0:0]`, `  *filter` and `  # mail` may not; nor may anything stand behind
 * `COMMIT`, not even a blank, or a line hold blanks alone. A carriage return becomes a part of the last word, `DROP\r`, which is harmless in a comment
 * and behind counters; a byte order mark a part of the first. iptables-legacy-restore takes `COMMIT` for one only with a line feed behind it.
 * iptables-save prints none of them.
 *
 * @see iptables, iptables/iptables-restore.c, ip46tables_restore_main(): strcmp(buffer, "COMMIT\n")
 */
import { locate, type Span } from '../../model/source.ts';
import type { Problems } from '../problems.ts';

interface Refusal {
  /** What tells it from others of a file; also the code of its warning. */
  readonly code: string;
  readonly span: Span;
  readonly message: string;
  /** Why the file is not loaded as it stands, and what settles it. */
  readonly doubt: string;
}

/** Warns of each. @returns why the file is not loaded as it stands, by what tells it from others. */
export function refusedLines(problems: Problems): ReadonlyMap<string, string> {
  const found = [markOf(problems), returnsOf(problems), blanksOf(problems), endOf(problems)].filter((one) => one !== null);
  for (const { code, span, message } of found) problems.warning(span, code, message);
  return new Map(found.map(({ code, doubt }) => [code, doubt]));
}

function markOf({ source: { marked, path } }: Problems): Refusal | null {
  if (!marked) return null;
  return {
    code: 'byte-order-mark',
    span: { start: 0, end: 1 },
    message: 'A byte order mark stands before this: iptables-restore refuses the line. It is read as if none were there.',
    doubt: `${path} begins with a byte order mark: iptables-restore refuses its first line, and then loads nothing. Save it as UTF-8 without one, or give what iptables-save prints.`,
  };
}

/** Of a line that is no comment, and no chain with counters. */
const RETURN = /(?<=^|\n)(?!#|:[^\n]*\]\r\n)[^\n]*\r\n/;

function returnsOf({ source }: Problems): Refusal | null {
  const found = RETURN.exec(source.text);
  if (found === null) return null;
  const end = found.index + found[0].length - 1;
  const { file, line } = locate(source, found.index);
  return {
    code: 'carriage-return',
    span: { start: end - 1, end },
    message: 'Lines of this file end with a carriage return: iptables-restore refuses that. It is read as if none were there.',
    doubt: `Line ${line} of ${file} ends with a carriage return, and others may: iptables-restore takes it for a part of the last word, and then loads nothing. Write line feeds alone; where git makes the others, *.v4 text eol=lf in .gitattributes keeps it from that.`,
  };
}

const BLANKS = /^(?:[ \t]+(?:(?:[*:#]|COMMIT(?!\S)).*)?|COMMIT[ \t].*)\r?$/m;

function blanksOf({ source }: Problems): Refusal | null {
  const found = BLANKS.exec(source.text);
  if (found === null) return null;
  const { file, line } = locate(source, found.index);
  return {
    code: 'refused-line',
    span: { start: found.index, end: found.index + found[0].length },
    message:
      'iptables-restore refuses this line: rules alone may be indented, nothing may stand behind COMMIT, and no line may be blanks alone.',
    doubt: `iptables-restore refuses line ${line} of ${file} for its blanks, and then loads nothing: before rules alone may blanks stand, behind COMMIT nothing, and in no line blanks alone. Take them away, or give what iptables-save prints.`,
  };
}

function endOf({ source: { text, path } }: Problems): Refusal | null {
  if (!/(?:^|\n)COMMIT$/.test(text)) return null;
  return {
    code: 'no-line-feed',
    span: { start: text.length - 'COMMIT'.length, end: text.length },
    message: 'No line feed stands behind this COMMIT: iptables-legacy-restore refuses it. It is read as if one did.',
    doubt: `No line feed stands behind the last COMMIT of ${path}: iptables-legacy-restore refuses it and does not load that table, iptables-nft-restore loads it. End the file with a line feed.`,
  };
}
