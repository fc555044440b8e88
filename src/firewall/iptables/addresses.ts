/**
 * Addresses as iptables takes them: with a prefix length or a mask, cut short, in lists, as names.
 *
 * Worked example: `-s 10/8` is 10.0.0.0/8, `-s 10.1.0.5/255.255.0.0` is 10.1.0.0/16, and `-d 10.0.7.0/255.0.255.0` are the addresses whose
 * first octet is 10 and whose third is 7. A name means what it resolved to on the machine that loaded the file: nobody knows here.
 *
 * @see iptables, libxtables/xtables.c, xtables_ipparse_multiple()
 */
import { type Family, familyName, familyOf, parseAddress, parseNumber } from '../../model/address.ts';
import { anyOf, mergeAddresses } from '../conditions.ts';
import { ALWAYS, type Condition, type Interval } from '../ruleset.ts';
import type { Context } from './context.ts';
import { commaParts, type Word } from './words.ts';

export type AddressText =
  | { readonly kind: 'range'; readonly range: Interval<bigint>; readonly prefix: number }
  /** A mask with holes. */
  | { readonly kind: 'bits'; readonly mask: bigint; readonly value: bigint }
  | { readonly kind: 'name' }
  | { readonly kind: 'problem'; readonly message: string };

export const ADDRESS_BITS: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };

/**
 * The condition of `-s` or `-d`; an address list holds where one of its addresses does, as the rules that iptables makes of it. One object for each
 * text: most addresses stand in several rules.
 */
export function addressCondition(word: Word, end: 'source' | 'destination', context: Context): Condition {
  const known = context.addressConditions[end].get(word.text);
  if (known !== undefined) return known;
  const complaints = context.problems.all.length;
  const condition = readAddresses(word, end, context);
  if (context.problems.all.length === complaints) context.addressConditions[end].set(word.text, condition);
  return condition;
}

function readAddresses(word: Word, end: 'source' | 'destination', context: Context): Condition {
  const { family } = context;
  const ranges: Interval<bigint>[] = [];
  const others: Condition[] = [];
  for (const part of commaParts(word)) {
    const read = readAddress(part.text, family);
    if (read.kind === 'range') ranges.push(read.range);
    else if (read.kind === 'bits') others.push({ kind: 'address-bits', end, family, mask: read.mask, value: read.value });
    else if (read.kind === 'name') others.push(context.named(part.text, `${end === 'source' ? '-s' : '-d'} ${part.text}`));
    else context.problems.error(part, 'bad-address', read.message);
  }
  return anyOf([...(ranges.length === 0 ? [] : [rangesCondition(ranges, end, family)]), ...others]);
}

/** @param ranges  in any order; at least one. */
export function rangesCondition(ranges: readonly Interval<bigint>[], end: 'source' | 'destination', family: Family): Condition {
  const merged = mergeAddresses(ranges);
  const [first] = merged;
  const all = first !== undefined && first.first === 0n && first.last === highest(family);
  return all ? ALWAYS : { kind: 'address', end, family, ranges: merged };
}

/** @param text  one address, with or without a mask. */
export function readAddress(text: string, family: Family): AddressText {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const number = readNumber(address, family);
  if (number === null) return notAnAddress(address, family);
  const maskText = slash < 0 ? String(ADDRESS_BITS[family]) : text.slice(slash + 1);
  const mask = readMask(maskText, family);
  if (mask === null)
    return problem(`${maskText} is no mask: write a length from 0 to ${ADDRESS_BITS[family]}, or a mask as an address.`);
  const { ones, zeros, prefix } = mask;
  const value = number & ones;
  return prefix === null
    ? { kind: 'bits', mask: ones, value }
    : { kind: 'range', prefix, range: { first: value, last: value | zeros } };
}

/** Both ends of `10.0.0.1-10.0.0.9`; a single address is both. Null where it is neither; the first may be the higher one. */
export function readRange(text: string, family: Family): Interval<bigint> | null {
  const [from = '', to = from, ...rest] = text.split('-');
  const [first, last] = [readNumber(from, family), readNumber(to, family)];
  return first === null || last === null || rest.length > 0 ? null : { first, last };
}

export function highest(family: Family): bigint {
  return HIGHEST[family];
}

const HIGHEST: Readonly<Record<Family, bigint>> = { ipv4: 0xffff_ffffn, ipv6: (1n << 128n) - 1n };

/** An address's number; IPv4 may be cut short: `10` is 10.0.0.0. Numbers with a leading zero, which would be octal, are refused. */
function readNumber(text: string, family: Family): bigint | null {
  const number = parseNumber(text, family);
  if (number !== null || family === 'ipv6' || !/^\d+(\.\d+){0,2}$/.test(text)) return number;
  return parseNumber(`${text}${'.0'.repeat(4 - text.split('.').length)}`, family);
}

interface Mask {
  readonly ones: bigint;
  readonly zeros: bigint;
  /** Null for a mask with holes. */
  readonly prefix: number | null;
}

/** Those with a length, which most addresses share. */
const MASKS: Readonly<Record<Family, Map<string, Mask>>> = { ipv4: new Map(), ipv6: new Map() };

function readMask(text: string, family: Family): Mask | null {
  const known = MASKS[family].get(text);
  if (known !== undefined) return known;
  const bits = ADDRESS_BITS[family];
  if (!/^(0|[1-9]\d{0,2})$/.test(text)) {
    const ones = parseNumber(text, family);
    return ones === null ? null : { ones, zeros: highest(family) ^ ones, prefix: prefixOf(ones, family) };
  }
  const prefix = Number(text);
  if (prefix > bits) return null;
  const zeros = (1n << BigInt(bits - prefix)) - 1n;
  const mask = { ones: highest(family) ^ zeros, zeros, prefix };
  MASKS[family].set(text, mask);
  return mask;
}

/** Ones at the top, zeros below; null for a mask with holes. */
function prefixOf(mask: bigint, family: Family): number | null {
  const hosts = highest(family) ^ mask;
  if ((hosts & (hosts + 1n)) !== 0n) return null;
  return ADDRESS_BITS[family] - (hosts === 0n ? 0 : hosts.toString(2).length);
}

function notAnAddress(text: string, family: Family): AddressText {
  const other = parseAddress(text);
  if (other !== null)
    return problem(`${text} is an ${familyName(familyOf(other))} address, where ${familyName(family)} is meant.`);
  if (/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text) && /[A-Za-z]/.test(text)) return { kind: 'name' };
  return problem(`${text === '' ? 'Nothing' : text} is no ${familyName(family)} address.`);
}

function problem(message: string): AddressText {
  return { kind: 'problem', message };
}
