/** Saved results: read back with every field checked, to be rendered again. */
import { resolve } from 'node:path';
import { readTextFile } from './host/files.ts';
import { InputError, inputError } from './model/problem.ts';
import { RESULT_SCHEMA, type Result } from './model/result.ts';
import { RESULT } from './model/result-shape.ts';
import { isObject, type Shape } from './model/shape.ts';

/** A result of 100,000 checks takes some 100 MB. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * The result that a reference names: a file that `--format json` wrote.
 *
 * @throws {InputError} `unreadable-file`, `result-syntax`, `result-schema` (another document), `result-shape` with the field that is wrong.
 */
export function resultFrom(reference: string, { cwd }: { readonly cwd: string }): Result {
  return decodeResult(readTextFile(resolve(cwd, reference), MOST_BYTES, reference), reference);
}

/** @param name  of the file, for messages. */
export function decodeResult(text: string, name: string): Result {
  const value = parse(text, name);
  const schema = isObject(value) ? value.schema : undefined;
  if (schema !== RESULT_SCHEMA) throw inputError('result-schema', otherDocument(name, schema));
  requireShape<Result>(value, RESULT, (problem) => inputError('result-shape', `${name} is no whole result: ${problem}.`));
  return value;
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw syntaxError(text, name, error);
  }
}

function syntaxError(text: string, name: string, error: SyntaxError): InputError {
  if (text.startsWith('{"type":"header"')) {
    return inputError('result-schema', otherDocument(name, 'postern.evidence/'));
  }
  const message = `this is not JSON, or not all of it: ${text.trim() === '' ? 'the file is empty' : 'it cannot be parsed here'}.`;
  const offset = Number(/position (\d+)/.exec(error.message)?.[1] ?? text.length);
  const before = text.slice(0, offset).split('\n');
  const location = { file: name, line: before.length, column: (before.at(-1) ?? '').length + 1 };
  return new InputError([{ severity: 'error', code: 'result-syntax', message, location, frame: null }], { cause: error });
}

function otherDocument(name: string, schema: unknown): string {
  if (typeof schema === 'string' && schema.startsWith('postern.evidence/'))
    return `${name} is evidence, which is not judged yet: postern compare [POLICY] ${name} makes a result of it.`;
  const told = typeof schema === 'string' ? `its schema is ${JSON.stringify(schema.slice(0, 60))}` : 'it has no schema';
  return `${name} is no result that this version reads: ${told}, not "${RESULT_SCHEMA}". Give a file that --format json of audit, compare, check, review or relay wrote.`;
}

/** Shape and type say the same, field by field. */
function requireShape<T>(value: unknown, shape: Shape, errorOf: (problem: string) => InputError): asserts value is T {
  const problem = shape(value, '');
  if (problem !== null) throw errorOf(problem);
}
