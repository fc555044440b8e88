/** Writing to a standard stream: what was handed over is written, and a stream that fails is the user's news, not a bug. */
import type { Writable } from 'node:stream';
import { type InputError, inputError } from '../src/model/problem.ts';

/**
 * Resolves when the stream has taken the text, with its back-pressure; EPIPE means that nobody reads on.
 *
 * @throws {InputError} `output-unwritable` (a full disk).
 */
export function writeStream(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: Error | null = null;
    const settle = (): void => {
      stream.off('error', note);
      const problem = failure === null ? null : streamProblem(failure);
      if (problem === null) resolve();
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

/** Null where a reader has gone away (`| head`), which is no problem; anything but a system error is a bug, and returned as it is. */
export function streamProblem(error: Error): Error | InputError | null {
  if (!('code' in error) || typeof error.code !== 'string') return error;
  if (error.code === 'EPIPE') return null;
  return inputError('output-unwritable', `stdout cannot be written (${error.message}).`, { cause: error });
}
