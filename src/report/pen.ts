/**
 * Lines of styled text for a terminal: wrapping, marks, and the one place where a document becomes a string.
 *
 * Nothing else writes line feeds or escape codes: `draw` cleans every span before it styles it, so that text which came from
 * the network can neither move the cursor nor end a line.
 */
import { styleText } from 'node:util';
import type { Severity } from '../model/finding.ts';
import { printable, visible } from '../model/printable.ts';
import type { Verdict } from '../model/result.ts';
import type { RenderOptions } from './renderer.ts';

export type Style = 'good' | 'bad' | 'unsure' | 'strong' | 'faint';

export interface Span {
  readonly text: string;
  readonly style: Style | null;
}

export type Line = readonly Span[];

export interface Marks {
  readonly pass: string;
  readonly fail: string;
  readonly unsure: string;
  readonly arrow: string;
  readonly dot: string;
  readonly more: string;
}

export const UNICODE: Marks = { pass: '✓', fail: '✗', unsure: '?', arrow: '→', dot: '·', more: '…' };
const ASCII: Marks = { pass: 'ok', fail: '!!', unsure: '?', arrow: '->', dot: '-', more: '...' };

const FORMATS: Readonly<Record<Style, Parameters<typeof styleText>[0]>> = {
  good: 'green',
  bad: ['bold', 'red'],
  unsure: 'yellow',
  strong: 'bold',
  faint: 'dim',
};

/** How grave a finding looks, wherever it is shown. */
export const SEVERITY_STYLES: Readonly<Record<Severity, Style>> = {
  critical: 'bad',
  high: 'bad',
  medium: 'unsure',
  low: 'strong',
  info: 'faint',
};

/** The mark of a verdict. */
export function markOf(verdict: Verdict, options: RenderOptions): string {
  const { pass, fail, unsure } = marksOf(options);
  return verdict === 'compliant' ? pass : verdict === 'violation' ? fail : unsure;
}

export function marksOf(options: RenderOptions): Marks {
  return options.unicode ? UNICODE : ASCII;
}

/** The document: one line feed after each line, blank lines never doubled, no blanks at the end of a line. */
export function draw(lines: readonly Line[], options: RenderOptions): string {
  const drawn = lines.map((line) => drawLine(line, options));
  return drawn
    .filter((text, index) => text !== '' || (index > 0 && drawn[index - 1] !== ''))
    .join('\n')
    .concat('\n');
}

/** Foreign text without anything that a terminal would act on; without Unicode only printable ASCII. */
function clean(text: string, options: RenderOptions): string {
  return options.unicode ? visible(text) : printable(text);
}

export function span(text: string, style: Style | null = null): Span {
  return { text, style };
}

/** Columns that a text takes where every character takes one. */
export function widthOf(text: string): number {
  return [...text].length;
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

export interface Paragraph {
  /** In front of the first line; the others get as many blanks. */
  readonly lead: Line;
  readonly text: string;
  readonly style?: Style;
  /** At most so many lines; what is cut off shows as an ellipsis. */
  readonly maxLines?: number;
}

/** The text wrapped at blanks, behind its lead. A word that is longer than the width gets a line of its own. */
export function paragraph(given: Paragraph, options: RenderOptions): Line[] {
  const indent = given.lead.reduce((sum, part) => sum + widthOf(clean(part.text, options)), 0);
  const rows = wrap(clean(given.text, options), Math.max(20, options.width - indent));
  const { maxLines = rows.length } = given;
  const kept = rows.slice(0, maxLines);
  if (rows.length > kept.length) kept.push(marksOf(options).more);
  return kept.map((row, index) => [...(index === 0 ? given.lead : [span(' '.repeat(indent))]), span(row, given.style ?? null)]);
}

/** What is said under a name, indented below a headline; no lines where nothing is. */
export function field(
  name: string,
  text: string,
  options: RenderOptions,
  more: Pick<Paragraph, 'style' | 'maxLines'> = {},
): Line[] {
  if (text === '') return [];
  return paragraph({ lead: [span('   '), span(name.padEnd(5), 'faint'), span('  ')], text, ...more }, options);
}

/** One line, cut to the width. */
export function clipped(lead: Line, text: string, options: RenderOptions): Line {
  const { more } = marksOf(options);
  const room = Math.max(20, options.width - lead.reduce((sum, part) => sum + widthOf(part.text), 0));
  const characters = [...clean(text, options)];
  return [
    ...lead,
    span(characters.length <= room ? characters.join('') : characters.slice(0, room - widthOf(more)).join('') + more),
  ];
}

/** At least one row; blanks inside a row are kept single. */
export function wrap(text: string, width: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ').filter((part) => part !== '')) {
    if (row !== '' && widthOf(row) + 1 + widthOf(word) > width) {
      rows.push(row);
      row = word;
    } else row = row === '' ? word : `${row} ${word}`;
  }
  return [...rows, row];
}

function drawLine(line: Line, options: RenderOptions): string {
  const texts = line.map(({ text }) => clean(text, options));
  const first = texts.findIndex((text) => text.trim() !== '');
  const cleaned = line.map(({ style }, index) => ({
    text: index === first ? noCommand(texts[index] ?? '') : (texts[index] ?? ''),
    style,
  }));
  const last = cleaned.findLastIndex(({ text }) => text.trim() !== '');
  return cleaned
    .slice(0, last + 1)
    .map(({ text, style }, index) => paint(index === last ? text.trimEnd() : text, style, options))
    .join('');
}

/** A line of a job's output that begins with two colons is a command to GitHub's runner. @see actions/runner, ActionCommand.cs (TryParseV2) */
function noCommand(text: string): string {
  return text.replace(/^(\s*)::/, '$1\\x3a:');
}

function paint(text: string, style: Style | null, options: RenderOptions): string {
  if (style === null || !options.color || text.trim() === '') return text;
  return styleText(FORMATS[style], text, { validateStream: false });
}
