/**
 * Words of nftables made out of JSON; each stands where its value stands.
 *
 * Worked example: `"dport"` gives the word `dport`, `"eth0"` of a comparison the string `"eth0"`, `"@mail"` the sign `@` and a name. What the JSON holds
 * in a place of a value is never a word of the language: an interface may be called drop.
 */
import type { Span } from '../../model/source.ts';
import type { JsonNode } from './json-syntax.ts';
import type { Token } from './lexer.ts';

export type Tokens = readonly Token[];

/** Words of the language, at one place. @param text  with blanks between them. */
export function words(text: string, { start, end }: Span): Token[] {
  return text.split(' ').map((word) => ({ kind: SIGN.test(word) ? 'sign' : 'word', text: word, start, end }));
}

const SIGN = /^[^\w"-]+$|^-$/;

/** A name or a value, whatever it holds. */
export function quoted(text: string, { start, end }: Span): Token {
  return { kind: 'string', text, start, end };
}

/** With a sign between them; null where one of them is null. */
export function between(sign: string, parts: readonly (Tokens | null)[], span: Span): Tokens | null {
  const known = parts.filter((part) => part !== null);
  if (known.length < parts.length) return null;
  return known.flatMap((part, at) => (at === 0 ? part : [...words(sign, span), ...part]));
}

/** In their order; null where one of them is null. */
export function sequence(...parts: readonly (Tokens | null)[]): Tokens | null {
  const known = parts.filter((part) => part !== null);
  return known.length < parts.length ? null : known.flat();
}

/** A value of an object; null where it has none, or is no object. */
export function at(node: JsonNode, key: string): JsonNode | null {
  return node.kind === 'object' ? (node.entries.get(key) ?? null) : null;
}

export function stringAt(node: JsonNode, key: string): string | null {
  const value = at(node, key);
  return value?.kind === 'string' ? value.value : null;
}

export function numberAt(node: JsonNode, key: string): number | null {
  const value = at(node, key);
  return value?.kind === 'number' ? value.value : null;
}

export function isTrue(node: JsonNode, key: string): boolean {
  const value = at(node, key);
  return value?.kind === 'boolean' && value.value;
}

/** A list, or one value that stands for it. */
export function itemsOf(node: JsonNode): readonly JsonNode[] {
  return node.kind === 'array' ? node.items : [node];
}

/** Strings of a list or of one; nothing where it is absent. */
export function stringsAt(node: JsonNode, key: string): readonly string[] {
  const value = at(node, key);
  return value === null ? [] : itemsOf(value).flatMap((item) => (item.kind === 'string' ? [item.value] : []));
}

/** The one key of an object, with its value. */
export function onlyEntry(node: JsonNode): readonly [string, JsonNode] | null {
  const [first, ...more] = node.kind === 'object' ? node.entries : [];
  return first === undefined || more.length > 0 ? null : first;
}

/** As nft prints a time: `1h30m`. @param seconds  whole. */
export function timeText(seconds: number): string {
  const parts = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  const text = parts.map((part, unit) => (part === 0 ? '' : `${part}${'dhms'[unit]}`)).join('');
  return text === '' ? '0s' : text;
}
