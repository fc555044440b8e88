/**
 * Collects what is wrong with one text, so that all of it is told at once.
 *
 * Worked example: a file with `--dport stmp` in line 4 and `-j nosuch` in line 9 is refused by one InputError with both, in that order.
 */
import { nearest } from '../model/nearest.ts';
import { InputError, type Problem } from '../model/problem.ts';
import { problemAt, type Source, type Span } from '../model/source.ts';

export class Problems {
  readonly source: Source;
  readonly #all: Problem[] = [];
  readonly #asked = new WeakMap<readonly string[], Map<string, string | null>>();

  constructor(source: Source) {
    this.source = source;
  }

  get all(): readonly Problem[] {
    return this.#all;
  }

  error(span: Span, code: string, message: string): void {
    this.#all.push(problemAt(this.source, span, code, message));
  }

  warning(span: Span, code: string, message: string): void {
    this.#all.push(problemAt(this.source, span, code, message, 'warning'));
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
    if (this.#all.some(({ severity }) => severity === 'error')) throw new InputError(inOrder(this.#all));
  }

  /** In the order of the text. */
  inOrder(): readonly Problem[] {
    return inOrder(this.#all);
  }
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const place = ({ location }: Problem): readonly [number, number] => [location?.line ?? 0, location?.column ?? 0];
  return [...problems].sort((a, b) => {
    const [[lineA, columnA], [lineB, columnB]] = [place(a), place(b)];
    return lineA - lineB || columnA - columnB;
  });
}
