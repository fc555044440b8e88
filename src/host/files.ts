/** Files: reading text with a limit, and writing so that a reader never sees half of it. */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { inputError } from '../model/problem.ts';

/**
 * A file's text, UTF-8.
 *
 * @param limitBytes a larger file is refused unread.
 * @param name       as problems name it.
 * @throws {InputError} `unreadable-file` in words: no such file, a directory, no permission, too large, not UTF-8; `not-text` of what no text holds.
 */
export function readTextFile(path: string, limitBytes: number, name: string = path): string {
  return textOf(name, readFileBytes(path, limitBytes, name));
}

/**
 * The same as its bytes, whatever they say.
 *
 * @throws {InputError} `unreadable-file`.
 */
export function readFileBytes(path: string, limitBytes: number, name: string = path): Uint8Array {
  try {
    // Whatever it is: a policy may come through a pipe.
    const file = openSync(path, 'r');
    try {
      return readBytes(name, file, limitBytes);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadable(name, error);
  }
}

/**
 * The same of a regular file alone, with the mode of the very file that was read. A pipe without a writer is refused too: opened in the
 * usual way it would hold the process in a call that no signal handler interrupts.
 *
 * @throws {InputError} `unreadable-file`.
 */
export function readRegularFile(path: string, limitBytes: number): { readonly text: string; readonly mode: number } {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = fstatSync(file);
      if (!found.isFile() && !found.isDirectory()) {
        throw inputError('unreadable-file', `${path} is no regular file; name one.`);
      }
      return { text: textOf(path, readBytes(path, file, limitBytes)), mode: found.mode };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** @throws {InputError} `unreadable-file` where it is no UTF-8, `not-text` where it also holds a NUL byte, as pictures and archives do. */
export function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw inputError(bytes.includes(0) ? 'not-text' : 'unreadable-file', `${path} is not UTF-8 text.`, { cause: error });
  }
}

/** Reads at most one byte more than allowed: a device or a growing file has no size to ask for beforehand. */
function readBytes(path: string, file: number, limitBytes: number): Uint8Array {
  const buffer = Buffer.alloc(Math.min(limitBytes, Math.max(fstatSync(file).size, 4096)) + 1);
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) {
    chunks.push(Uint8Array.prototype.slice.call(buffer, 0, count));
    total += count;
    if (total > limitBytes) throw inputError('unreadable-file', `${path} is larger than ${limitBytes} bytes.`);
  }
  return Buffer.concat(chunks, total);
}

/** Why a file could not be written, as a clause; null for errors that are none of the file system. */
export function writeErrorText(path: string, error: unknown): string | null {
  return codeOf(error) === 'ENOENT' ? `there is no folder ${dirname(path)}` : fileErrorText(error);
}

/** What an error of the file system means, as a clause; null for errors that are none. */
export function fileErrorText(error: unknown): string | null {
  const code = codeOf(error);
  if (code === null) return null;
  return WORDS[code] ?? `${code}`;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is no folder',
  EEXIST: 'there is something else of that name',
  EISDIR: 'it is a folder, not a file',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  EDQUOT: 'the disk quota is used up',
  EMFILE: 'too many files are open',
  ENXIO: 'it is no file that can be read',
};

function unreadable(path: string, error: unknown): unknown {
  const text = fileErrorText(error);
  return text === null ? error : inputError('unreadable-file', `${path} cannot be read: ${text}.`, { cause: error });
}

/**
 * Writes a file so that whoever reads it sees the old text or the new, whatever dies in between: a temporary file in the same
 * folder, fsync, rename (POSIX: atomic). An existing file's permissions are kept; a symbolic link is replaced by the file.
 * A device or a pipe is refused: the rename would put a plain file in its place, and root may do that to /dev/null.
 *
 * @throws {InputError} `unwritable-file` in words.
 */
export async function writeFileAtomic(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const mode = await existingMode(path);
    const file = await open(temporary, 'wx', mode ?? 0o666);
    try {
      await file.writeFile(text, 'utf8');
      // The mode given to open() is subject to the umask.
      if (mode !== null) await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const words = writeErrorText(path, error);
    if (words === null) throw error;
    throw inputError('unwritable-file', `${path} cannot be written: ${words}.`, { cause: error });
  }
}

async function existingMode(path: string): Promise<number | null> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw inputError('unwritable-file', `${path} is no regular file; name one.`);
    return found.mode & 0o7777;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && 'syscall' in error && typeof error.code === 'string' ? error.code : null;
}
