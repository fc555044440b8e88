/** Lines of a stream that may be larger than memory, one at a time. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileErrorText } from '../src/host/files.ts';
import { InputError, inputError } from '../src/model/problem.ts';

/** Characters; a packet takes some two hundred. */
const MAX_LINE = 65_536;

export interface NumberedLine {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Lines that are not blank; the last one may lack its line feed.
 *
 * @param input  a file, or a stream.
 * @param name   as problems name it.
 * @throws {InputError} `unreadable-file`, also for text that is no UTF-8; `packet` for a line that is too long.
 */
export async function* linesOf(input: string | Readable, name: string): AsyncGenerator<NumberedLine> {
  let line = 0;
  for await (const part of partsOf(input, name)) {
    for (const text of part) {
      line++;
      if (text.length > MAX_LINE) throw tooLong(name, line);
      if (text.trim() !== '') yield { text, line };
    }
  }
}

/** Whole lines, as many as a chunk brings. */
async function* partsOf(input: string | Readable, name: string): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  try {
    const chunks: AsyncIterable<Uint8Array> = typeof input === 'string' ? createReadStream(input) : input;
    for await (const chunk of chunks) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      // What has no end yet is a line already where it is too long.
      if (rest.length > MAX_LINE) {
        lines.push(rest);
        rest = '';
      }
      yield lines;
    }
    rest += decoder.decode();
  } catch (error) {
    throw unreadable(name, error);
  }
  yield [rest];
}

function tooLong(name: string, line: number): InputError {
  const message = `this line has more than ${MAX_LINE} characters.`;
  return new InputError([{ severity: 'error', code: 'packet', message, location: { file: name, line, column: 1 }, frame: null }]);
}

function unreadable(name: string, error: unknown): unknown {
  const words = fileErrorText(error);
  if (words !== null) return inputError('unreadable-file', `${name} cannot be read: ${words}.`, { cause: error });
  const invalid = error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
  return invalid ? inputError('unreadable-file', `${name} is not UTF-8 text.`, { cause: error }) : error;
}
