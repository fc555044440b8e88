/**
 * Lines that say what they should and that iptables-restore refuses all the same, by their blanks: it loads nothing then, and what was there before
 * stays, on a machine that starts: nothing, which lets everything pass.
 *
 * Worked example: rules may be indented, but `  COMMIT`, `  :FORWARD DROP [0:0]`, `  *filter` and `  # mail` may not; nor may anything stand behind
 * `COMMIT`, not even a blank, or a line hold blanks alone. iptables-save prints none of them.
 *
 * @see iptables, iptables/iptables-restore.c, ip46tables_restore_main(): strcmp(buffer, "COMMIT\n")
 */
import { locate } from '../../model/source.ts';
import type { Problems } from '../problems.ts';

const REFUSED = /^(?:[ \t]+(?:(?:[*:#]|COMMIT(?!\S)).*)?|COMMIT[ \t].*)\r?$/m;

/** Tells of the first one. @returns why the file is never loaded as it stands; null where it is. */
export function refusedLine(problems: Problems): string | null {
  const { source } = problems;
  const ends = source.text.search(/\r\n/);
  if (ends >= 0) {
    const message =
      'Lines of this file end with a carriage return: iptables-restore refuses that. It is read as if none were there.';
    problems.warning({ start: ends, end: ends + 1 }, 'carriage-return', message);
  }
  const found = REFUSED.exec(source.text);
  if (found === null) return null;
  const message =
    'iptables-restore refuses this line: rules alone may be indented, nothing may stand behind COMMIT, and no line may be blanks alone.';
  problems.warning({ start: found.index, end: found.index + found[0].length }, 'refused-line', message);
  const { file, line } = locate(source, found.index);
  return `iptables-restore refuses line ${line} of ${file} for its blanks, and then loads nothing: before rules alone may blanks stand, behind COMMIT nothing, and in no line blanks alone. Take them away, or give what iptables-save prints.`;
}
