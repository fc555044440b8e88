/**
 * The priority of a base chain: a number, a name, or a name with an offset.
 *
 * Worked example: `filter`, `0` and `mangle + 150` are one priority; `dstnat - 5` is −105, and `010`, which is octal, 8.
 *
 * @see nft(8), CHAINS, standard priority names
 */
import { type Token, textOf } from './lexer.ts';
import { numberIn } from './words.ts';

const NAMES: ReadonlyMap<string, number> = new Map([
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100],
]);

const OF_BRIDGES: ReadonlyMap<string, number> = new Map([
  ['dstnat', -300],
  ['filter', -200],
  ['out', 100],
  ['srcnat', 300],
]);

/** One spelling for all. */
export function priorityText(tokens: readonly Token[], family: string): string {
  return String(numberOf(tokens, family === 'bridge' ? OF_BRIDGES : NAMES) ?? textOf(tokens));
}

/** Null where it is none, and of families that are not looked at. */
export function priorityOf(tokens: readonly Token[], family: string): number | null {
  return ['ip', 'ip6', 'inet'].includes(family) ? numberOf(tokens, NAMES) : null;
}

function numberOf(tokens: readonly Token[], names: ReadonlyMap<string, number>): number | null {
  // A number of JSON is one word with its sign.
  const words = tokens.flatMap(({ text }) => (/^-./.test(text) ? ['-', text.slice(1)] : [text]));
  const named = names.get(words[0] ?? '');
  if (named !== undefined && words.length === 1) return named;
  const signed = named === undefined ? words : words.slice(1);
  const [sign, size = sign] = signed;
  const known = sign === '-' || (sign === '+' && named !== undefined);
  const number = signed.length === (known ? 2 : 1) && (known || named === undefined) ? numberIn(size ?? '') : null;
  return number === null ? null : (named ?? 0) + number * (sign === '-' ? -1 : 1);
}
