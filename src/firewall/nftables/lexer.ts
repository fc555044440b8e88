/**
 * The words of an nftables text.
 *
 * Worked example: `tcp dport 22-25 accept # mail` is `tcp`, `dport`, `22`, `-`, `25`, `accept` and the end of a statement. A backslash at the end of
 * a line goes on with the next one; `;` ends a statement as a line does.
 *
 * @see nft(8), LEXICAL CONVENTIONS; nftables, src/scanner.l
 */
import type { Source, Span } from '../../model/source.ts';
import type { Problems } from '../problems.ts';
import { numberText } from './words.ts';

export interface Token extends Span {
  readonly kind: 'word' | 'string' | 'sign' | 'end';
  /** Of a string without its quotes; of an `end` always `;`. */
  readonly text: string;
}

/** The words, and the comments that stand behind one on its line, by the end of that word. */
export interface Words {
  readonly tokens: readonly Token[];
  readonly comments: ReadonlyMap<number, string>;
}

/** @param from  what the offsets are increased by: see Problems.further. */
export function wordsOf({ text }: Source, problems: Problems, from = 0): Words {
  const tokens: Token[] = [];
  const comments = new Map<number, string>();
  let at = 0;
  while (at < text.length) {
    const token = tokenAt(text, at);
    if (token === null) {
      problems.error({ start: from + at, end: from + at + 1 }, 'stray-character', 'This character has no meaning here.');
      at += 1;
    } else {
      const [start, end] = [from + token.start, from + token.end];
      const before = tokens.at(-1);
      const comment = token.kind === 'blank' ? token.text.indexOf('#') : -1;
      if (token.kind !== 'blank') tokens.push({ text: token.text, kind: token.kind, start, end });
      else if (comment >= 0 && before !== undefined) comments.set(before.end, token.text.slice(comment + 1).trim());
      at = token.end;
    }
  }
  return { tokens, comments };
}

/**
 * As one reads them: `tcp dport { 25, 587 }`. The same statement has the same text, however it was spaced or quoted, and in whatever base its
 * numbers were written.
 */
export function textOf(tokens: readonly Token[]): string {
  return tokens
    .map(({ kind, text }) => (kind === 'string' ? quoted(text) : kind === 'word' ? numberText(text) : text))
    .join(' ')
    .replace(/ ([,/]) ?/g, (_, sign: string) => (sign === ',' ? ', ' : '/'))
    .replace(/ - /g, '-')
    .replace(/@ /g, '@');
}

function quoted(text: string): string {
  return /^[\w.:-]+\*?$/.test(text) ? text : `"${text}"`;
}

const BLANK = /(?:[ \t\f\v]|\\(?:\r\n|\n|\r)|#[^\r\n]*)+/y;
const END = /\r\n|\n|\r|;/y;
/** It may go over several lines. */
const STRING = /"([^"]*)"(\*?)/y;
/** IPv6 and hardware addresses; IPv4 addresses; numbers and durations; units before a slash; names, which may have one, with a `*` at the end. */
const WORD =
  /(?:[0-9A-Fa-f]{0,4}:){2,7}(?:\d+\.\d+\.\d+\.\d+|[0-9A-Fa-f]{0,4})|\d+(?:\.\d+){3}|\d\w*|(?:[kmg]?bytes|packets)(?=\/)|[A-Za-z_][\w./-]*\*?/y;
const SIGN = /==|!=|<=|>=|<<|>>|[{}()[\],=<>&|^!@$:.\-/*+~]/y;

const KINDS: readonly (readonly [RegExp, Token['kind'] | 'blank'])[] = [
  [BLANK, 'blank'],
  [END, 'end'],
  [STRING, 'string'],
  [WORD, 'word'],
  [SIGN, 'sign'],
];

function tokenAt(text: string, start: number): (Span & { readonly kind: Token['kind'] | 'blank'; readonly text: string }) | null {
  for (const [pattern, kind] of KINDS) {
    pattern.lastIndex = start;
    const match = pattern.exec(text);
    if (match === null) continue;
    const end = start + match[0].length;
    if (kind === 'string') return { kind, text: `${match[1]}${match[2]}`, start, end };
    return { kind, text: kind === 'end' ? ';' : match[0], start, end };
  }
  return null;
}
