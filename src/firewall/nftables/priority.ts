/**
 * The priority of a base chain: a number, a name, or a name with an offset.
 *
 * Worked example: `filter`, `0` and `mangle + 150` are one priority; `dstnat - 5` is −105.
 *
 * @see nft(8), CHAINS, standard priority names
 */
import { type Token, textOf } from './lexer.ts';

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
  const match = /^(?:([a-z]+)|(-?)(0|[1-9]\d*))(?:([+-])(0|[1-9]\d*))?$/.exec(tokens.map(({ text }) => text).join(''));
  if (match === null) return null;
  const [, name, sign, number, direction, offset] = match;
  const start = name === undefined ? Number(number) * (sign === '-' ? -1 : 1) : names.get(name);
  if (start === undefined || (name === undefined && offset !== undefined)) return null;
  return start + Number(offset ?? 0) * (direction === '-' ? -1 : 1);
}
