/**
 * JSON with the place of every value.
 *
 * Worked example: of `{"nftables": [25]}` the number is a node from offset 14 to 16. A key that stands twice is an error: readers do not agree on which
 * of the two counts.
 *
 * @see RFC 8259
 */
import type { Span } from '../../model/source.ts';
import type { Problems } from '../problems.ts';

export type JsonNode = Span &
  (
    | { readonly kind: 'object'; readonly entries: ReadonlyMap<string, JsonNode> }
    | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'null' }
  );

/** Of braces in braces; nft prints some ten. */
const MAX_DEPTH = 200;

/** @throws {InputError} with the first place that is no JSON. */
export function parseJson(problems: Problems): JsonNode {
  const reader = new Reader(problems);
  const node = reader.value(0);
  reader.end();
  problems.throwErrors();
  return node;
}

const BLANK = /[ \t\r\n]*/y;
const STRING = /"[^"\\]*(?:\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})[^"\\]*)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const NAME = /true|false|null/y;

class Reader {
  readonly #problems: Problems;
  readonly #text: string;
  #at = 0;

  constructor(problems: Problems) {
    this.#problems = problems;
    this.#text = problems.source.text;
  }

  value(depth: number): JsonNode {
    this.#take(BLANK);
    const start = this.#at;
    const next = this.#text[start];
    if (depth > MAX_DEPTH) return this.#fail('This is nested too deep to be a ruleset.');
    if (next === '{') return this.#object(start, depth);
    if (next === '[') return this.#array(start, depth);
    const string = this.#take(STRING);
    if (string !== null) return this.#string(string, start);
    const number = this.#take(NUMBER);
    if (number !== null) return { kind: 'number', value: Number(number), start, end: this.#at };
    const name = this.#take(NAME);
    if (name === 'null') return { kind: 'null', start, end: this.#at };
    if (name !== null) return { kind: 'boolean', value: name === 'true', start, end: this.#at };
    return this.#fail(
      next === undefined ? 'The JSON ends here, where a value is expected.' : 'A value of JSON is expected here.',
    );
  }

  end(): void {
    this.#take(BLANK);
    if (this.#at < this.#text.length) this.#fail('Nothing is expected behind the end of the JSON.');
  }

  #string(written: string, start: number): JsonNode {
    const strange = [...written].findIndex((character) => character < ' ');
    const at = start + strange;
    if (strange >= 0)
      return this.#fail('A control character stands in a string without being escaped.', { start: at, end: at + 1 });
    return { kind: 'string', value: String(JSON.parse(written)), start, end: this.#at };
  }

  #object(start: number, depth: number): JsonNode {
    const entries = new Map<string, JsonNode>();
    this.#list('}', () => {
      const key = this.value(depth + 1);
      if (key.kind !== 'string') return this.#fail('A key in quotes is expected here.', key);
      if (entries.has(key.value)) this.#problems.error(key, 'json', `The key ${key.value} stands here twice.`);
      this.#take(BLANK);
      if (this.#text[this.#at] !== ':') return this.#fail('A colon is expected here.');
      this.#at += 1;
      return entries.set(key.value, this.value(depth + 1));
    });
    return { kind: 'object', entries, start, end: this.#at };
  }

  #array(start: number, depth: number): JsonNode {
    const items: JsonNode[] = [];
    this.#list(']', () => items.push(this.value(depth + 1)));
    return { kind: 'array', items, start, end: this.#at };
  }

  #list(close: '}' | ']', element: () => unknown): void {
    this.#at += 1;
    this.#take(BLANK);
    if (this.#text[this.#at] === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      element();
      this.#take(BLANK);
      const sign = this.#text[this.#at];
      if (sign !== ',' && sign !== close) this.#fail(`A comma or ${close} is expected here.`);
      this.#at += 1;
      if (sign === close) return;
      this.#take(BLANK);
    }
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return null;
    this.#at += match[0].length;
    return match[0];
  }

  #fail(message: string, span: Span = { start: this.#at, end: this.#at + 1 }): never {
    this.#problems.error(span, 'json', message);
    this.#problems.throwErrors();
    throw new Error('errors are thrown');
  }
}
