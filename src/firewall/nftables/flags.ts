/**
 * `tcp flags`, in all its ways.
 *
 * Worked example: `tcp flags syn` asks for that bit, `tcp flags == syn` for it alone, `tcp flags & (fin|syn|rst|ack) == syn` and the same written as
 * `tcp flags syn / fin,syn,rst,ack` for it among the four. The first packet of a connection that may tell of congestion has two flags more (`ecn`,
 * `cwr`), which is the sender's choice: `tcp flags == syn` holds only without them.
 *
 * @see nft(8), TCP HEADER EXPRESSION; RFC 3168 section 6.1.1
 */
import { allOf, anyOf, not, signed } from '../conditions.ts';
import type { Condition } from '../ruleset.ts';
import type { Context } from './context.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import { inside, listed } from './tree.ts';
import { numberIn } from './words.ts';

/** Null, with the cursor anywhere, where this is another match, or one that is not read. */
export function flagsAt(cursor: Cursor, context: Context): Condition | null {
  if (!cursor.taken('tcp') || !cursor.taken('flags')) return null;
  const condition = comparison(cursor, context);
  return condition === null ? null : allOf([{ kind: 'protocol', ranges: [{ first: 6, last: 6 }] }, condition]);
}

function comparison(cursor: Cursor, context: Context): Condition | null {
  if (cursor.taken('!')) return noneOf(cursor);
  if (cursor.taken('&')) {
    const mask = maskAt(cursor);
    const operator = cursor.peek() === '==' || cursor.peek() === '!=' ? cursor.take() : '';
    const value = cursor.token()?.kind === 'sign' && cursor.peek() !== '(' ? null : bitsAt(cursor);
    return mask === null || value === null ? null : signed({ kind: 'flags', mask, value }, operator === '!=');
  }
  const operator = cursor.peek() === '==' || cursor.peek() === '!=' ? cursor.take() : '';
  if (cursor.peek() === '{') {
    const values = listed(inside(cursor.value())).map(bitsOf);
    const known = values.filter((value) => value !== null);
    return known.length < values.length ? null : signed(anyOf(known.map((value) => exactly(value, context))), operator === '!=');
  }
  const value = bitsAt(cursor);
  if (value === null) return null;
  if (cursor.taken('/')) {
    const mask = bitsAt(cursor);
    return mask === null ? null : signed({ kind: 'flags', mask, value }, operator === '!=');
  }
  return operator === '' ? not({ kind: 'flags', mask: value, value: 0 }) : signed(exactly(value, context), operator === '!=');
}

/** `! fin,rst`: none of these bits. */
function noneOf(cursor: Cursor): Condition | null {
  const mask = bitsAt(cursor);
  return mask === null || cursor.peek() === '/' ? null : { kind: 'flags', mask, value: 0 };
}

const ALL = 63;

function exactly(value: number, context: Context): Condition {
  const flags: Condition = { kind: 'flags', mask: ALL, value };
  return value === BITS.syn ? allOf([flags, context.functional('tcp flags without ecn and cwr')]) : flags;
}

/** `syn`, `syn,ack`, `syn | ack`, `(syn | ack)`, `0x2` */
function bitsAt(cursor: Cursor): number | null {
  const start = cursor.at;
  const round = cursor.taken('(');
  cursor.at += 1;
  while (cursor.peek() === ',' || cursor.peek() === '|') cursor.at += 2;
  if (round && !cursor.taken(')')) return null;
  return bitsOf(cursor.tokens.slice(start, cursor.at));
}

/** In parentheses, or of one bit: `flags & syn | ack` is ack, and syn where that is set. */
function maskAt(cursor: Cursor): number | null {
  const round = cursor.peek() === '(';
  const mask = bitsAt(cursor);
  return round || !['|', ','].includes(cursor.token(-2)?.text ?? '') ? mask : null;
}

const BITS: Readonly<Record<string, number>> = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 };

const SEPARATORS: ReadonlySet<string> = new Set([',', '|', '(', ')']);

/** Null with the bits of congestion notices, which no condition holds. */
function bitsOf(tokens: readonly Token[]): number | null {
  let bits = 0;
  for (const { kind, text } of tokens) {
    if (kind === 'sign' && SEPARATORS.has(text)) continue;
    const value = numberIn(text) ?? BITS[text];
    if (value === undefined || value > ALL) return null;
    bits |= value;
  }
  return bits;
}
