/**
 * The words of a line, as iptables-restore and ipset split it: at blanks; a double quote opens text that may hold blanks, in which a backslash
 * takes the next character as it is, and the closing quote ends the word. A single quote means nothing.
 *
 * Worked example: `-m comment --comment "a \"b\" -j DROP" -j ACCEPT` are six words, the fourth of them `a "b" -j DROP`.
 *
 * @see iptables, iptables/xshared.c, add_param_to_argv()
 */
import type { Source, Span } from '../../model/source.ts';

export interface Word extends Span {
  /** Without quotes and escapes. */
  readonly text: string;
  /** A quoted word is never an option's value left out, nor a `!`. */
  readonly quoted: boolean;
}

export interface Line extends Span {
  readonly words: readonly Word[];
  /** Where a quote was opened that no other closes; the words end before it. */
  readonly unclosed: Span | null;
}

/** Every line that is not blank, with its words; comments are lines as well, as one word without quotes. */
export function* linesOf(source: Source): Generator<Line> {
  for (const span of lineSpansOf(source)) yield lineAt(source, span);
}

/** Every line that is not blank, without the blanks around it. */
export function* lineSpansOf({ text, lineStarts }: Source): Generator<Span> {
  for (let index = 0; index < lineStarts.length; index++) {
    const span = trimmed(text, lineStarts[index] ?? 0, lineStarts[index + 1] ?? text.length);
    if (span.start < span.end) yield span;
  }
}

/** The words of one of these lines. */
export function lineAt({ text }: Source, { start, end }: Span): Line {
  if (text[start] === '#')
    return { start, end, words: [{ start, end, text: text.slice(start, end), quoted: false }], unclosed: null };
  const { words, unclosed } = splitWords(text, start, end);
  return { start, end, words, unclosed };
}

/** A part of a word, as a span of the source; of a quoted word the whole, because escapes shift its places. */
export function within(word: Word, offset: number, length: number): Span {
  return word.quoted ? word : { start: word.start + offset, end: word.start + offset + length };
}

/** The parts between commas, each with its place. */
export function commaParts(word: Word): readonly Word[] {
  return word.text.includes(',') ? splitAtCommas(word) : [word];
}

function splitAtCommas(word: Word): readonly Word[] {
  let offset = 0;
  return word.text.split(',').map((text) => {
    const { start, end } = within(word, offset, text.length);
    offset += text.length + 1;
    return { start, end, text, quoted: word.quoted };
  });
}

/** The words of a part of a text, which is one line. */
export function splitWords(text: string, start: number, end: number): Pick<Line, 'words' | 'unclosed'> {
  const words: Word[] = [];
  for (let at = start; at < end; ) {
    if (isBlank(text.charCodeAt(at))) at++;
    else {
      const word = readWord(text, at, end);
      if (word === null) return { words, unclosed: { start: text.indexOf('"', at), end } };
      words.push(word);
      at = word.end;
    }
  }
  return { words, unclosed: null };
}

function readWord(text: string, start: number, end: number): Word | null {
  let at = start;
  while (at < end && !isBlank(text.charCodeAt(at)) && text[at] !== '"') at++;
  if (text[at] !== '"' || at >= end) return { start, end: at, text: text.slice(start, at), quoted: false };
  let content = text.slice(start, at);
  for (at++; at < end && text[at] !== '"'; at++) {
    if (text[at] === '\\' && at + 1 < end) at++;
    content += text[at] ?? '';
  }
  return at < end ? { start, end: at + 1, text: content, quoted: true } : null;
}

function trimmed(text: string, from: number, to: number): Span {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return { start, end };
}

/** Blank, tab, and what ends a line. */
function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}
