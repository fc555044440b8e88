/**
 * A text with a name: turns offsets into lines and columns, and shows the place of a problem.
 */

import type { Location } from './policy.ts';
import { printable } from './printable.ts';
import type { Problem } from './problem.ts';

export interface Source {
  /** As problems name it. */
  readonly path: string;
  /** Without a byte order mark. */
  readonly text: string;
  /** It began with a byte order mark. */
  readonly marked: boolean;
  /** Offset of the first character of each line; `\n`, `\r\n` and `\r` end one. @see YAML 1.2.2 section 5.4 */
  readonly lineStarts: readonly number[];
}

/** Offsets into a source, in UTF-16 units; the end is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Columns of source that a frame shows of one line; a longer line is cut to a window round the problem. */
const FRAME_COLUMNS = 100;

/** @param path  as problems name the file. */
export function sourceOf(path: string, text: string): Source {
  const marked = text.startsWith('\ufeff');
  const body = marked ? text.slice(1) : text;
  const lineStarts = [0];
  for (const match of body.matchAll(/\r\n|\n|\r/g)) lineStarts.push(match.index + match[0].length);
  return { path, text: body, marked, lineStarts };
}

/** The place of an offset, in time logarithmic in the number of lines. */
export function locate(source: Source, offset: number): Location {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { file: source.path, line: low + 1, column: offset - (source.lineStarts[low] ?? 0) + 1 };
}

/** A problem with its place and frame. @param span  what is marked; its start is the place. */
export function problemAt(
  source: Source,
  span: Span,
  code: string,
  message: string,
  severity: Problem['severity'] = 'error',
): Problem {
  const location = locate(source, span.start);
  return { severity, code, message, location, frame: frameAt(source, location, span.end - span.start) };
}

/**
 * The line, the one before it, and carets below what is wrong. Everything but printable ASCII is shown as an escape.
 *
 * @param width UTF-16 units to mark; at least one is, and none beyond the line.
 */
export function frameAt(source: Source, location: Location, width: number): string {
  const digits = String(location.line).length;
  const text = lineOf(source, location.line);
  const from = windowStart(text, location.column - 1);
  const [before, marked] = [location.column - 1, Math.min(Math.max(width, 1), Math.max(text.length - location.column + 1, 1))];
  const show = (line: string): string => printable(line.slice(from, from + FRAME_COLUMNS)).trimEnd();
  const indent = printable(text.slice(from, before)).length;
  const carets = printable(text.slice(before, Math.min(before + marked, from + FRAME_COLUMNS))).length;
  const rows: string[] = [];
  const previous = location.line > 1 ? show(lineOf(source, location.line - 1)) : '';
  if (previous !== '') rows.push(`  ${String(location.line - 1).padStart(digits)} | ${previous}`);
  rows.push(`> ${location.line} | ${show(text)}`);
  rows.push(`  ${' '.repeat(digits)} | ${' '.repeat(indent)}${'^'.repeat(Math.max(carets, 1))}`);
  return rows.join('\n');
}

function lineOf(source: Source, line: number): string {
  const start = source.lineStarts[line - 1] ?? source.text.length;
  const end = source.lineStarts[line] ?? source.text.length;
  return source.text.slice(start, end).replace(/[\r\n]+$/, '');
}

function windowStart(text: string, column: number): number {
  if (text.length <= FRAME_COLUMNS || column < FRAME_COLUMNS / 2) return 0;
  return Math.min(column - FRAME_COLUMNS / 2, Math.max(text.length - FRAME_COLUMNS, 0));
}
