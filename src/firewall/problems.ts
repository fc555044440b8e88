/**
 * Collects what is wrong with one text, so that all of it is told at once.
 *
 * Worked example: a file with `--dport stmp` in line 4 and `-j nosuch` in line 9 is refused by one InputError with both, in that order.
 */
import { nearest } from '../model/nearest.ts';
import type { Location } from '../model/policy.ts';
import { InputError, type Problem } from '../model/problem.ts';
import { locate, problemAt, type Source, type Span } from '../model/source.ts';

const RETURN =
  'A carriage return stands here without a line feed: it looks like a new line and is none to what loads this file. Put a line feed in its place, or take it out.';

export class Problems {
  readonly source: Source;
  /** The text, and those that it includes: each with the offset at which it begins among all of them. */
  readonly #texts: { readonly source: Source; readonly from: number }[];
  readonly #all: Problem[] = [];
  readonly #asked = new WeakMap<readonly string[], Map<string, string | null>>();

  constructor(source: Source) {
    this.source = source;
    this.#texts = [{ source, from: 0 }];
  }

  /** The text, and those that it includes, in order. */
  get texts(): readonly Source[] {
    return this.#texts.map(({ source }) => source);
  }

  /** A further text. @returns what its offsets are increased by, so that a span says which text it is of. */
  further(source: Source): number {
    const last = this.#texts.at(-1);
    const from = last === undefined ? 0 : last.from + last.source.text.length + 1;
    this.#texts.push({ source, from });
    this.refuseReturns();
    return from;
  }

  /**
   * Of the text that came last: a carriage return alone. Editors begin a line behind one, and no program that loads a configuration does, so that what
   * looks like a rule is the end of a comment.
   */
  refuseReturns(): void {
    const { source, from } = this.#texts.at(-1) ?? { source: this.source, from: 0 };
    const at = source.text.search(/\r(?!\n)/);
    if (at >= 0) this.error({ start: from + at, end: from + at + 1 }, 'carriage-return', RETURN);
  }

  placeOf({ start }: Span): Location {
    const { source, from } = this.#textAt(start);
    return locate(source, start - from);
  }

  wordsOf({ start, end }: Span): string {
    const { source, from } = this.#textAt(start);
    return source.text.slice(start - from, end - from);
  }

  get all(): readonly Problem[] {
    return this.#all;
  }

  error(span: Span, code: string, message: string): void {
    this.#push(span, code, message, 'error');
  }

  warning(span: Span, code: string, message: string): void {
    this.#push(span, code, message, 'warning');
  }

  /**
   * A message about a name that is not known, with the nearest one that is, or else with other advice. A text may hold one mistake ten thousand
   * times: what was asked before is not worked out again, as long as `names` is the same array.
   */
  advised(message: string, name: string, names: readonly string[], otherwise = ''): string {
    const asked = this.#asked.get(names) ?? new Map<string, string | null>();
    this.#asked.set(names, asked);
    const before = asked.get(name);
    const meant = before === undefined ? nearest(name, names) : before;
    asked.set(name, meant);
    return [message, meant === null ? otherwise : `Did you mean ${meant}?`].filter((part) => part !== '').join(' ');
  }

  /** @throws {InputError} with every problem, in the order of the text, where one of them is an error. */
  throwErrors(): void {
    if (this.#all.some(({ severity }) => severity === 'error')) throw new InputError(this.inOrder());
  }

  #push({ start, end }: Span, code: string, message: string, severity: Problem['severity']): void {
    const { source, from } = this.#textAt(start);
    this.#all.push(problemAt(source, { start: start - from, end: end - from }, code, message, severity));
  }

  #textAt(offset: number): { readonly source: Source; readonly from: number } {
    return this.#texts.findLast(({ from }) => from <= offset) ?? { source: this.source, from: 0 };
  }

  /** In the order of the text, and of those that it includes. */
  inOrder(): readonly Problem[] {
    const rank = new Map(this.#texts.map(({ source }, at) => [source.path, at]));
    const placeIn = ({ location }: Problem): readonly number[] => [
      rank.get(location?.file ?? '') ?? 0,
      location?.line ?? 0,
      location?.column ?? 0,
    ];
    return [...this.#all].sort((a, b) => {
      const [there, here] = [placeIn(b), placeIn(a)];
      return here.map((number, at) => number - (there[at] ?? 0)).find((distance) => distance !== 0) ?? 0;
    });
  }
}
