/**
 * A field under a mask.
 *
 * Worked example: `ip saddr & 255.255.0.0 == 10.1.0.0` is the network 10.1.0.0/16, `ip saddr & 0.0.0.255 == 0.0.0.1` every address that ends in .1.
 * `ip frag-off & 0x1fff != 0` is a later
 * fragment, which the first packet of a connection is not.
 */
import type { Family } from '../../model/address.ts';
import { allOf, anyOf, signed } from '../conditions.ts';
import { ALWAYS, type Condition, NEVER } from '../ruleset.ts';
import type { Cursor } from './cursor.ts';
import { type Field, fieldAt, networkOf } from './fields.ts';
import { type Token, textOf } from './lexer.ts';
import { inside, listed } from './tree.ts';

/** Null, with the cursor anywhere, where this is another match, or one that is not read. */
export function maskedAt(cursor: Cursor): Condition | null {
  const masked = maskedField(cursor);
  if (masked === null || !cursor.taken('&', 'and')) return null;
  const mask = masked.number(textOf([cursor.token() ?? NOTHING]));
  cursor.at += 1;
  if (mask === null) return null;
  const operator = cursor.taken('!=') ? '!=' : cursor.taken('==') ? '==' : '';
  const value = cursor.value();
  const values = (value[0]?.text === '{' ? listed(inside(value)) : [value]).map((one) => masked.number(textOf(one)));
  const known = values.filter((one) => one !== null);
  if (known.length < values.length || known.length === 0) return null;
  const of = known.map((one) => masked.holds(mask, one));
  const read = of.filter((one) => one !== null);
  return read.length < of.length ? null : allOf([masked.needs, signed(anyOf(read), operator === '!=')]);
}

const NOTHING: Token = { kind: 'end', text: ';', start: 0, end: 0 };

interface Masked {
  readonly needs: Condition;
  readonly number: (text: string) => bigint | null;
  /** (field & mask) == value; null where that is not known. */
  readonly holds: (mask: bigint, value: bigint) => Condition | null;
}

function maskedField(cursor: Cursor): Masked | null {
  if (cursor.peek() === 'ip' && cursor.peek(1) === 'frag-off') {
    cursor.at += 2;
    return { needs: { kind: 'family', family: 'ipv4' }, number: numberOf, holds: unfragmented };
  }
  const field = fieldAt([cursor.peek(), cursor.peek(1)]);
  if (field === null) return null;
  cursor.at += field.words;
  return field.kind === 'address' ? address(field) : null;
}

function address({ text, dependency }: Field): Masked {
  const family: Family = text.startsWith('ip6') ? 'ipv6' : 'ipv4';
  const end = text.endsWith('saddr') ? 'source' : 'destination';
  const number = (one: string): bigint | null => {
    const network = one.includes('/') ? null : networkOf(one, family);
    return network?.first ?? numberOf(one);
  };
  return { needs: dependency, number, holds: (mask, value) => bits(family, end, mask, value) };
}

function bits(family: Family, end: 'source' | 'destination', mask: bigint, value: bigint): Condition {
  const highest = (1n << (family === 'ipv4' ? 32n : 128n)) - 1n;
  if ((value & ~mask) !== 0n || mask > highest) return NEVER;
  const hosts = highest ^ mask;
  // A mask of leading ones is a network.
  if ((hosts & (hosts + 1n)) !== 0n) return { kind: 'address-bits', end, family, mask, value };
  return { kind: 'address', end, family, ranges: [{ first: value, last: value | hosts }] };
}

/** Of the 16 bits only "do not fragment" (0x4000) may be set. */
function unfragmented(mask: bigint, value: bigint): Condition | null {
  if ((mask & 0x4000n) !== 0n) return null;
  return value === 0n ? ALWAYS : NEVER;
}

function numberOf(text: string): bigint | null {
  return /^(0x[\da-f]+|0|[1-9]\d*)$/i.test(text) ? BigInt(text) : null;
}
