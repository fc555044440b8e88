/** How the lines of a transcript are marked: the scanner writes them so, and the comparator tells by the marks whether anything is left out. */

/** `C` what the client sent, `S` what the server sent, `--` what happened. */
export type Speaker = 'C' | 'S' | '--';

const CUT = ' ...';
const OMITTED = ' more lines are not shown';

/** @param length  most characters of it, its marks included. */
export function transcriptLine(speaker: Speaker, text: string, length: number): string {
  const line = speaker === '--' ? `-- ${text}` : `${speaker}: ${text}`;
  return line.length <= length ? line : `${line.slice(0, length - CUT.length)}${CUT}`;
}

/** The last line of a transcript that is full. */
export function omittedLine(count: number): string {
  return `-- ${count}${OMITTED}`;
}

/** What the client sent, line by line without its CRLF; null where lines are left out, or cut. */
export function sentLines(transcript: readonly string[]): readonly string[] | null {
  const sent = transcript.filter((line) => line.startsWith('C: '));
  const isOmitted = transcript.some((line) => line.startsWith('-- ') && line.endsWith(OMITTED));
  if (isOmitted || sent.some((line) => line.endsWith(CUT))) return null;
  return sent.map((line) => line.slice('C: '.length));
}
