/**
 * Elements that nft refuses beside each other, with the file as a whole: in a set of intervals without `auto-merge`, two that overlap and are not the
 * same; in a map, two for one value.
 *
 * Worked example: `{ 10.0.0.0/8, 10.0.0.1 }` in a set with `flags interval` is refused; in braces behind `ip saddr` it is loaded.
 *
 * @see nftables, src/intervals.c, set_overlap()
 */
import type { Interval } from '../ruleset.ts';
import { portNumber, protocolNumber } from '../services.ts';
import { networkOf } from './fields.ts';
import { type Token, textOf } from './lexer.ts';
import type { RawSet } from './tree.ts';
import { keyOf, split } from './values.ts';
import { numberIn } from './words.ts';

export interface Overlap {
  readonly first: readonly Token[];
  readonly second: readonly Token[];
}

/** Of the elements as they stand in the text; null where none overlap, or it cannot be told. */
export function overlapOf({ type, elements }: RawSet): Overlap | null {
  const read = READERS.get(textOf(type.slice(0, colonOf(type))));
  return read === undefined ? null : overlapIn(elements, read);
}

/**
 * Of the elements of a map, two for one value: with the same words before the colon, or, where one is a range, with values in common.
 *
 * @param subject  what is looked up, as `tcp dport`.
 */
export function ambiguityOf(subject: string, elements: readonly (readonly Token[])[]): Overlap | null {
  const given = new Map<string, readonly Token[]>();
  for (const element of elements) {
    const key = textOf(keyOf(element));
    const first = given.get(key);
    if (first !== undefined && textOf(first) !== textOf(element)) return { first, second: element };
    given.set(key, element);
  }
  const read = READERS.get(subject);
  return read === undefined ? null : overlapIn(elements, read);
}

function colonOf(type: readonly Token[]): number {
  const at = type.findIndex(({ kind, text }) => kind === 'sign' && text === ':');
  return at < 0 ? type.length : at;
}

type Read = (text: string) => Interval<bigint> | null;

function overlapIn(elements: readonly (readonly Token[])[], read: Read): Overlap | null {
  const spans = elements.flatMap((element) => {
    const span = spanOf(keyOf(element), read);
    return span === null ? [] : [{ element, ...span }];
  });
  spans.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.last > b.last ? -1 : a.last < b.last ? 1 : 0));
  // Sorted, the last that overlaps anything before it overlaps the one that reaches furthest.
  let furthest = spans[0];
  for (const span of spans.slice(1)) {
    if (furthest === undefined) break;
    const same = span.first === furthest.first && span.last === furthest.last;
    if (!same && span.first <= furthest.last) return { first: furthest.element, second: span.element };
    if (span.last > furthest.last) furthest = span;
  }
  return null;
}

function spanOf(key: readonly Token[], read: Read): Interval<bigint> | null {
  const [first, last = first, further] = split(key, '-').map((end) => read(end.map(({ text }) => text).join('')));
  return first === undefined || first === null || last === undefined || last === null || further !== undefined
    ? null
    : { first: first.first, last: last.last };
}

function numbered(read: (text: string) => number | null): Read {
  return (text) => {
    const number = numberIn(text) ?? read(text);
    return number === null ? null : { first: BigInt(number), last: BigInt(number) };
  };
}

const IPV4: Read = (text) => networkOf(text, 'ipv4');
const IPV6: Read = (text) => networkOf(text, 'ipv6');
const PORT = numbered(portNumber);
const PROTOCOL = numbered(protocolNumber);

const READERS: ReadonlyMap<string, Read> = new Map([
  ['ipv4_addr', IPV4],
  ['ip saddr', IPV4],
  ['ip daddr', IPV4],
  ['ipv6_addr', IPV6],
  ['ip6 saddr', IPV6],
  ['ip6 daddr', IPV6],
  ['inet_service', PORT],
  ...['tcp', 'udp', 'th', 'sctp', 'dccp', 'udplite'].flatMap((header): [string, Read][] => [
    [`${header} dport`, PORT],
    [`${header} sport`, PORT],
  ]),
  ['inet_proto', PROTOCOL],
  ['meta l4proto', PROTOCOL],
  ['mark', numbered(() => null)],
  ['meta mark', numbered(() => null)],
]);
