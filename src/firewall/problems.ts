/** Collects what is wrong with one text, so that all of it is told at once. */
import { InputError, type Problem } from '../model/problem.ts';
import { problemAt, type Source, type Span } from '../model/source.ts';

export class Problems {
  readonly source: Source;
  readonly #all: Problem[] = [];

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
