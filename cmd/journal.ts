/**
 * Lines for the journal of systemd, which reads a priority from the beginning of each: `<3>` an error, `<4>` a warning, `<5>` a notice, `<6>` what is
 * only said.
 *
 * @see sd-daemon(3); systemd.exec(5), $JOURNAL_STREAM
 */
import { fstatSync } from 'node:fs';
import { Writable } from 'node:stream';

export type Priority = 'error' | 'warning' | 'notice' | 'info';

const LEVELS: Readonly<Record<Priority, string>> = { error: '<3>', warning: '<4>', notice: '<5>', info: '<6>' };

/** Whether a descriptor is what `JOURNAL_STREAM` names: a pipe or a file behind it is none. */
export function isJournal(descriptor: number, stream: string | undefined): boolean {
  if (stream === undefined || !/^\d+:\d+$/.test(stream)) return false;
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return `${dev}:${ino}` === stream;
  } catch (error) {
    // A descriptor that is closed.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

/** A document: its first line as given, the others as a notice. */
export function journalDocument(text: string, first: Priority): string {
  return text.replace(/^(?=.)/gm, (_, at: number) => LEVELS[at === 0 ? first : 'notice']);
}

/** What is written to it goes on with priorities; text without a line feed is kept until there is one. */
export function journalStream(below: Writable): Writable {
  let rest = '';
  let priority: Priority = 'info';
  const take = (text: string): string => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    return lines
      .map((line) => {
        priority = priorityOf(line) ?? priority;
        return `${LEVELS[priority]}${line}\n`;
      })
      .join('');
  };
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => void below.write(take(chunk.toString()), done),
    final: (done) => void (rest === '' ? done() : below.write(take('\n'), done)),
  });
}

/** By how Postern writes its sentences; null: the line goes on with the one before (a code frame, a stack). */
function priorityOf(line: string): Priority | null {
  if (/\bwarning\b/.test(line)) return 'warning';
  if (/\berror [\w-]+:|^postern: /.test(line)) return 'error';
  return /^[\s|>]|^$/.test(line) ? null : 'info';
}
