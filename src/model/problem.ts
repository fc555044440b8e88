/** What is wrong with an operator's input: every problem at once, each with its place and what to do. */
import type { Location } from './policy.ts';

export interface Problem {
  readonly severity: 'error' | 'warning' | 'hint';
  /** From a closed set of the part that found it: `unknown-key`, `host-bits` … */
  readonly code: string;
  /** One sentence; names the nearest valid name or an example. */
  readonly message: string;
  readonly location: Location | null;
  /** The source line, the one before it, and a marker below; null where there is no text. */
  readonly frame: string | null;
}

/** The operator's input is wrong: exit code 2. Holds every problem that was found. */
export class InputError extends Error {
  override readonly name: string = 'InputError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map(renderProblem).join('\n'), options);
    this.problems = problems;
  }
}

/** Wrong arguments: exit code 2, with the way to the help. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** One problem that has no place in a file: of arguments, files and hosts. */
export function inputError(code: string, message: string, options?: ErrorOptions): InputError {
  return new InputError([{ severity: 'error', code, message, location: null, frame: null }], options);
}

/** `postern.yaml:4:5 error unknown-key: …`, then the code frame. */
export function renderProblem(problem: Problem): string {
  const { location } = problem;
  const place = location === null ? '' : `${locationText(location)} `;
  const head = `${place}${problem.severity} ${problem.code}: ${problem.message}`;
  return problem.frame === null ? head : `${head}\n${problem.frame}`;
}

/** `postern.yaml:4:5`: as compilers and editors write a place. */
export function locationText({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}
