/** Writing to a standard stream: what was handed over is written, and a stream that fails is the user's news, not a bug. */
import type { Writable } from 'node:stream';
import { type InputError, inputError } from '../src/model/problem.ts';

/**
 * Resolves when the stream has taken the text, with its back-pressure.
 *
 * @returns false where nobody reads on (EPIPE).
 * @throws {InputError} `output-unwritable` (a full disk).
 */
export function writeStream(stream: Writable, text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let failure: Error | null = null;
    const settle = (): void => {
      stream.off('error', note);
      const problem = failure === null ? null : streamProblem(failure);
      if (problem === null) resolve(failure === null);
      else reject(problem);
    };
    const note = (error: Error): void => {
      failure ??= error;
    };
    stream.on('error', note);
    stream.write(text, (error) => {
      failure ??= error ?? null;
      // The event of a failed write follows its callback; without a listener it would end the process.
      setImmediate(settle);
    });
  });
}

export interface LineWriter {
  /** @returns false where nobody reads on. @throws {InputError} as `writeStream` does. */
  line(text: string): Promise<boolean>;
  /** What is left. */
  end(): Promise<void>;
}

/** Characters that are kept before they are written, whatever comes next. */
const MOST_KEPT = 65_536;

/** Many short lines in few writes; none waits for the next one where that is not at hand: whoever asks line by line is answered line by line. */
export function lineWriter(stream: Writable): LineWriter {
  let [kept, open] = ['', true];
  let idle: NodeJS.Immediate | null = null;
  let writing: Promise<void> = Promise.resolve();
  const flush = (): Promise<void> => {
    if (idle !== null) clearImmediate(idle);
    idle = null;
    writing = writing.then(async () => {
      const text = kept;
      kept = '';
      if (text !== '' && open) open = await writeStream(stream, text);
    });
    // Told by the next line, or at the end.
    writing.catch(() => undefined);
    return writing;
  };
  return {
    line: async (text) => {
      kept += `${text}\n`;
      if (kept.length > MOST_KEPT) await flush();
      else idle ??= setImmediate(flush);
      return open;
    },
    end: flush,
  };
}

/** Null where a reader has gone away (`| head`), which is no problem; anything but a system error is a bug, and returned as it is. */
export function streamProblem(error: Error): Error | InputError | null {
  if (!('code' in error) || typeof error.code !== 'string') return error;
  if (error.code === 'EPIPE') return null;
  return inputError('output-unwritable', `stdout cannot be written (${error.message}).`, { cause: error });
}
