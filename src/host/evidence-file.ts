/**
 * Evidence on disk, line by line: each line is one write, so that what a killed run saw is in the file. The page cache outlives the process;
 * for a power failure the end of the run is synced as well.
 */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, type Stats, statSync, writeSync } from 'node:fs';
import { resumableText } from '../model/evidence-codec.ts';
import { type InputError, inputError } from '../model/problem.ts';
import { readTextFile, writeErrorText } from './files.ts';

/** The largest evidence file that is read, bytes: some 500,000 observations. */
export const MAX_EVIDENCE_BYTES: number = 512 * 1024 * 1024;

export interface EvidenceFile {
  /** One whole line. @throws {InputError} `evidence-unwritable` (a full disk), `evidence-shared` (another run writes here too). */
  append(line: string): void;
  /** Syncs and closes; idempotent. */
  close(): void;
}

/**
 * @param overwrite  whether a file of that name may be replaced.
 * @throws {InputError} `evidence-exists` where there is one and it may not: evidence is not lost by a repeated command.
 */
export function createEvidenceFile(path: string, overwrite = false): EvidenceFile {
  refuseIrregular(path);
  return writer(path, openFile(path, overwrite ? 'w' : 'wx'), 0);
}

/**
 * Opens the file of a run that stopped. Its trailer and a torn last line are cut off with the first line that is appended, not before.
 *
 * @throws {InputError} `unreadable-file`, `evidence-unwritable` where it is no file that could be gone on with.
 */
export function reopenEvidenceFile(path: string): EvidenceFile & { readonly text: string } {
  refuseIrregular(path);
  const text = readTextFile(path, MAX_EVIDENCE_BYTES);
  const kept = Buffer.byteLength(resumableText(text));
  let file: EvidenceFile | null = null;
  return {
    text,
    append: (line) => {
      if (file === null) {
        const descriptor = openFile(path, 'r+');
        if (fstatSync(descriptor).size !== Buffer.byteLength(text)) throw shared(path);
        ftruncateSync(descriptor, kept);
        file = writer(path, descriptor, kept);
      }
      file.append(line);
    },
    close: () => file?.close(),
  };
}

/** A device or a pipe keeps nothing that could be gone on with, and a pipe that nobody reads would never open. */
function refuseIrregular(path: string): void {
  const found = statOf(path);
  if (found === undefined || found.isFile()) return;
  throw inputError('evidence-unwritable', `${path} is ${found.isDirectory() ? 'a folder' : 'no regular file'}; name a file.`);
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unwritable(path, error);
  }
}

function openFile(path: string, flags: 'w' | 'wx' | 'r+'): number {
  try {
    return openSync(path, flags, 0o644);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      const message = `${path} is there already. Name another file, replace it with --overwrite, or go on with it where it is of a scan that stopped: scan --resume ${path}.`;
      throw inputError('evidence-exists', message, { cause: error });
    }
    throw unwritable(path, error);
  }
}

function writer(path: string, descriptor: number, start: number): EvidenceFile {
  let position = start;
  let open = true;
  return {
    append: (line) => {
      const bytes = Buffer.from(line, 'utf8');
      try {
        // Two runs in one file would leave a mixture that nothing can read.
        if (fstatSync(descriptor).size !== position) throw shared(path);
        for (let done = 0; done < bytes.length; ) {
          const count = writeSync(descriptor, bytes, done, bytes.length - done, position);
          done += count;
          position += count;
        }
      } catch (error) {
        throw unwritable(path, error);
      }
    },
    close: () => {
      if (!open) return;
      open = false;
      try {
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

function unwritable(path: string, error: unknown): unknown {
  const words = writeErrorText(path, error);
  return words === null ? error : inputError('evidence-unwritable', `${path} cannot be written: ${words}.`, { cause: error });
}

function shared(path: string): InputError {
  return inputError(
    'evidence-shared',
    `${path} was changed by somebody else while this run wrote to it: another run has the same file. Name a file of its own for each.`,
  );
}
