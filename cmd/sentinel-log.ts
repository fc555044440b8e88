/** The sentinel's log: its events as JSON lines of pino's, on stdout or in a file that is only ever added to. */
import { resolve } from 'node:path';
import { writeErrorText } from '../src/host/files.ts';
import { inputError } from '../src/model/problem.ts';
import type { SentinelEvent } from '../src/model/sentinel-log.ts';
import type { Runtime } from './runtime.ts';

export interface SentinelLog {
  tell(event: SentinelEvent): void;
  warn(message: string): void;
  /** Goes on in a new file of the same name, where logrotate has moved the old one away. */
  reopen(): void;
}

/** Bytes held back while the disk is full; what comes then is lost. */
const MAX_HELD = 1_048_576;

/** Clients' addresses are in it. */
const MODE = 0o640;

/**
 * Written synchronously: what happened is written down before the next thing does. A log that fails does not end the sentinel; that its
 * `alive` is missing tells `postern reconcile` of the gap.
 *
 * @param file  null: stdout.
 */
export async function openSentinelLog(file: string | null, runtime: Pick<Runtime, 'cwd' | 'stderr'>): Promise<SentinelLog> {
  const { default: pino } = await import('pino');
  try {
    const destination = pino.destination({
      dest: file === null ? 1 : resolve(runtime.cwd, file),
      sync: true,
      mode: MODE,
      maxLength: MAX_HELD,
    });
    let failed = false;
    destination.on('error', (error: Error) => {
      if (!failed)
        runtime.stderr.write(`postern: the log cannot be written (${error.message}); the sentinel goes on without it.\n`);
      failed = true;
    });
    // Each event has its own time.
    const log = pino({ base: null, timestamp: false }, destination);
    return {
      tell: (event) => log.info(event),
      warn: (message) => log.warn({ at: new Date().toISOString() }, message),
      reopen() {
        try {
          if (file !== null) destination.reopen();
        } catch (error) {
          runtime.stderr.write(`postern sentinel: ${problemOf(file, error).message} The old one is still written to.\n`);
        }
      },
    };
  } catch (error) {
    throw problemOf(file, error);
  }
}

/** @throws what is no error of a file. */
function problemOf(file: string | null, error: unknown): Error {
  const words = file === null ? null : writeErrorText(file, error);
  if (words === null) throw error;
  return inputError('log-unwritable', `--log-file ${file} cannot be written: ${words}.`, { cause: error });
}
