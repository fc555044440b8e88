/**
 * YAML text → tree, or what is wrong with the text. YAML 1.2, one document, no anchors, aliases, merge keys or tags: each
 * makes a policy mean something other than what a reviewer reads.
 */
import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml';
import { printable } from '../model/printable.ts';
import type { Problem } from '../model/problem.ts';
import { locate, problemAt, type Source, type Span } from '../model/source.ts';
import type { Entry, Node, ScalarNode } from './node.ts';
import { slipAt, TAB } from './yaml-slips.ts';

type ScalarEvent = Extract<Event, { readonly valueStart: number }>;
type Properties = Pick<ScalarEvent, 'anchorStart' | 'anchorEnd' | 'tagStart' | 'tagEnd'>;

export interface ParsedYaml {
  /** Null where the text holds no document that can be read further. */
  readonly root: Node | null;
  readonly problems: readonly Problem[];
}

/** Bytes of a policy; the largest in use have some hundred kilobytes. */
const MAX_BYTES = 4 * 1024 * 1024;
/** What YAML lets stand in a text. @see YAML 1.2.2 section 5.1 */
const FORBIDDEN = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Never throws for a text. What is refused but can be read past (an alias) is a problem beside the tree. */
export function parseYaml(source: Source): ParsedYaml {
  const unfit = unfitText(source);
  if (unfit !== null) return { root: null, problems: [unfit] };
  let events: readonly Event[];
  try {
    events = parseEvents(source.text, {});
  } catch (error) {
    return { root: null, problems: [syntaxProblem(source, error)] };
  }
  return new TreeBuilder(source, events).build();
}

function unfitText(source: Source): Problem | null {
  const { text } = source;
  if (text.length > MAX_BYTES || new TextEncoder().encode(text).length > MAX_BYTES) {
    const message = `This file is larger than 4 MiB, which no policy needs to be. Put long lists of networks into a file of their own: { file: blocks.txt }.`;
    return { ...problemAt(source, { start: 0, end: 1 }, 'too-large', message), frame: null };
  }
  const index = text.search(FORBIDDEN);
  if (index !== -1) {
    const character = printable(String.fromCodePoint(text.codePointAt(index) ?? 0));
    return problemAt(
      source,
      { start: index, end: index + 1 },
      'not-text',
      `This is not text: it holds the character ${character}.`,
    );
  }
  return null;
}

/** What js-yaml says, in a policy author's words where its own would puzzle. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['tab characters must not be used in indentation', TAB],
  [
    'bad indentation of a mapping entry',
    'This does not line up with the lines before it, or a ":" inside the text needs quotes round the whole text.',
  ],
  ['bad indentation of a sequence entry', 'This list item does not line up with the one before it.'],
  ['deficient indentation', 'Something opened before this line is not closed: a quote, a [ or a {.'],
  ['missed comma between flow collection entries', 'A comma, or a closing bracket, is missing before this.'],
  ['unexpected end of the stream within a flow collection', 'The text ends inside [ ] or { }: a closing bracket is missing.'],
  ['unexpected end of the stream within a double quoted scalar', 'The text ends inside quotes: a closing " is missing.'],
  ['unexpected end of the stream within a single quoted scalar', "The text ends inside quotes: a closing ' is missing."],
  ['unknown escape sequence', "A backslash in double quotes begins an escape, and this is none; use single quotes (') instead."],
  ["expected ':' after a mapping key", 'A ":" is missing after this key.'],
  [
    'can not read a block mapping entry; a multiline key may not be an implicit key',
    'A ":" is missing after this key, or this text should be indented.',
  ],
]);

/** js-yaml advises to catch whatever it throws: its position where it has one, else the beginning. */
function syntaxProblem(source: Source, error: unknown): Problem {
  const mark = error instanceof YAMLException ? error.mark : undefined;
  const reason = error instanceof YAMLException ? error.reason : String(error);
  const start = Math.min(mark?.position ?? 0, Math.max(source.text.trimEnd().length - 1, 0));
  const nested = /^nesting exceeded/.test(reason);
  const slip = nested ? null : slipAt(source.text, start);
  if (slip !== null) return problemAt(source, slip.span, slip.code, slip.message);
  const message = nested
    ? 'This is nested more than 100 levels deep.'
    : (ADVICE.get(reason) ?? `This is not valid YAML: ${printable(reason)}.`);
  return problemAt(
    source,
    { start, end: start + 1 },
    nested ? 'too-deep' : reason.startsWith('tab ') ? 'tab' : 'syntax',
    message,
  );
}

/** Walks the flat event stream; keeps the place, since an empty value has none of its own. */
class TreeBuilder {
  readonly #source: Source;
  readonly #events: readonly Event[];
  readonly #problems: Problem[] = [];
  #index = 0;
  #lastEnd = 0;

  constructor(source: Source, events: readonly Event[]) {
    this.#source = source;
    this.#events = events;
  }

  build(): ParsedYaml {
    let root: Node | null = null;
    const [document] = this.#events;
    if (document?.type === EVENT_ID.DOCUMENT) {
      this.#index = 1;
      root = this.#node();
      this.#index++;
      this.#refuseSecondDocument();
    }
    if (root === null || (root.kind === 'scalar' && root.value === null)) {
      const message = 'This policy is empty. `postern policy init` writes one to start from.';
      return { root: null, problems: [problemAt(this.#source, { start: 0, end: 1 }, 'empty', message)] };
    }
    return { root, problems: this.#problems };
  }

  #node(): Node {
    const event = this.#events[this.#index++];
    if (event === undefined) throw new TypeError('the event stream ends inside a node');
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.#from(this.#refuseProperties(event), this.#scalar(event));
      case EVENT_ID.SEQUENCE:
        return this.#from(this.#refuseProperties(event), this.#list(event.start));
      case EVENT_ID.MAPPING:
        return this.#from(this.#refuseProperties(event), this.#map(event.start));
      case EVENT_ID.ALIAS:
        return this.#alias({ start: event.anchorStart - 1, end: event.anchorEnd });
      default:
        throw new TypeError(`unexpected event ${event.type}`);
    }
  }

  #scalar(event: ScalarEvent): ScalarNode {
    if (event.valueStart < 0) return { kind: 'scalar', value: null, start: this.#lastEnd, end: this.#lastEnd };
    const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    const text = getScalarValue(this.#source.text, event);
    const [start, end] = quoted ? [event.valueStart - 1, event.valueEnd + 1] : [event.valueStart, event.valueEnd];
    this.#lastEnd = end;
    return { kind: 'scalar', value: event.style === SCALAR_STYLE.PLAIN ? resolvePlain(text) : text, start, end };
  }

  #list(start: number): Node {
    const items: Node[] = [];
    this.#lastEnd = start;
    while (this.#events[this.#index]?.type !== EVENT_ID.POP) items.push(this.#node());
    this.#index++;
    return { kind: 'list', items, start, end: this.#lastEnd };
  }

  #map(start: number): Node {
    const entries = new Map<string, Entry>();
    this.#lastEnd = start;
    while (this.#events[this.#index]?.type !== EVENT_ID.POP) {
      const keyEvent = this.#events[this.#index];
      const key = this.#node();
      const value = this.#node();
      const name = keyEvent?.type === EVENT_ID.SCALAR ? this.#keyName(keyEvent) : null;
      const before = name === null ? undefined : entries.get(name);
      if (name === null) {
        this.#problem(key, 'bad-key', 'A key is a name; lists and mappings cannot be keys.');
      } else if (name === '<<' && key.end - key.start === 2) {
        this.#problem(key, 'merge-key', 'Merge keys (<<) are not used in policies: write the keys out.');
      } else if (before !== undefined) {
        const line = this.#lineOf(before.key);
        this.#problem(
          key,
          'duplicate-key',
          `The key "${printable(name)}" stands here a second time; the first is on line ${line}.`,
        );
      } else entries.set(name, { name, key, value });
    }
    this.#index++;
    return { kind: 'map', entries, start, end: this.#lastEnd };
  }

  #keyName(event: ScalarEvent): string {
    return event.valueStart < 0 ? '' : getScalarValue(this.#source.text, event);
  }

  #alias(span: Span): Node {
    this.#problem(span, 'alias', 'Aliases (*name) are not used in policies: write the value out.');
    this.#lastEnd = span.end;
    return { kind: 'scalar', value: null, ...span };
  }

  /** A refused tag or anchor is where its value begins: what else is wrong with that value is no second problem. */
  #from(start: number | null, node: Node): Node {
    return start === null ? node : { ...node, start };
  }

  /** @returns where the first of them stands; null without any. */
  #refuseProperties(event: Properties): number | null {
    if (event.anchorStart >= 0) {
      const span = { start: event.anchorStart - 1, end: event.anchorEnd };
      this.#problem(span, 'anchor', 'Anchors (&name) are not used in policies; quote the text where it begins with "&".');
    }
    if (event.tagStart >= 0) {
      const span = { start: event.tagStart, end: event.tagEnd };
      this.#problem(span, 'tag', 'Tags (!name) are not used in policies; put quotes round a text, or remove the tag.');
    }
    const starts = [event.anchorStart - 1, event.tagStart].filter((start) => start >= 0);
    return starts.length === 0 ? null : Math.min(...starts);
  }

  #refuseSecondDocument(): void {
    const second = this.#events[this.#index];
    if (second === undefined) return;
    const from = this.#source.text.indexOf('\n---', Math.max(this.#lastEnd - 1, 0));
    const start = from === -1 ? this.#lastEnd : from + 1;
    this.#problem(
      { start, end: start + 3 },
      'several-documents',
      'A second document begins here (---); a policy is one document.',
    );
  }

  #problem(span: Span, code: string, message: string): void {
    this.#problems.push(problemAt(this.#source, span, code, message));
  }

  #lineOf(span: Span): number {
    return locate(this.#source, span.start).line;
  }
}

const NUMBERS: readonly RegExp[] = [
  /^[-+]?\d+$/,
  /^0o[0-7]+$/,
  /^0x[\da-fA-F]+$/,
  /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/,
];

/** What an unquoted text means by the core schema. @see YAML 1.2.2 section 10.3.2 */
export function resolvePlain(text: string): ScalarNode['value'] {
  if (/^(?:~|null|Null|NULL|)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  const isNumber = NUMBERS.some((numbers) => numbers.test(text));
  // What no number is as large as is a text.
  if (isNumber) return Number.isFinite(Number(text)) ? Number(text) : text;
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return Number.NaN;
  return text;
}
