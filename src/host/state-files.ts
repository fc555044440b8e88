/**
 * The files of a state folder, so that what was acknowledged outlives the process, and with syncing also the power. Names are relative to the
 * folder, with `/`. Synchronous: nothing else of the process may run between the steps of one write.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { inputError } from '../model/problem.ts';
import { fileErrorText, writeErrorText } from './files.ts';

export interface StateFiles {
  /** As messages name it. */
  readonly folder: string;
  /** Names of files, and of links, in a folder (`''`: the state folder), sorted; empty where there is no such folder. */
  list(folder: string): readonly string[];
  /** Null where there is none. */
  read(name: string): Uint8Array | null;
  /** A new file with these bytes, synced. Fails where there is one of that name. */
  create(name: string, bytes: Uint8Array): void;
  /** Behind what the file holds, synced; the file is made where there is none. */
  append(name: string, bytes: Uint8Array): void;
  /** Replaces what has the new name. */
  rename(from: string, to: string): void;
  /** Nothing happens where there is none. */
  remove(name: string): void;
  /** What was created, renamed and removed in it is on the disk afterwards. */
  syncFolder(folder: string): void;
  /** With those above it; nothing happens where there is one. */
  makeFolder(folder: string): void;
}

/** @throws {InputError} each of its functions: `state-unreadable`, `state-unwritable`, in words. */
export function systemStateFiles(folder: string): StateFiles {
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    list: (name) => reading(path(name), () => filesIn(path(name))) ?? [],
    read: (name) => reading(path(name), () => readFileSync(path(name))),
    create: (name, bytes) => writing(path(name), () => writeSynced(path(name), 'wx', bytes)),
    append: (name, bytes) => writing(path(name), () => writeSynced(path(name), 'a', bytes)),
    rename: (from, to) => writing(path(to), () => renameSync(path(from), path(to))),
    remove: (name) => writing(path(name), () => remove(path(name))),
    syncFolder: (name) => writing(path(name), () => syncFolder(path(name))),
    makeFolder: (name) => writing(path(name), () => void mkdirSync(path(name), { recursive: true, mode: 0o750 })),
  };
}

/**
 * Makes a file, or puts another in its place. Whoever reads it, and whatever dies: the old bytes or the new ones.
 *
 * @throws {InputError} `state-unwritable`.
 */
export function replaceFile(files: StateFiles, name: string, bytes: Uint8Array): void {
  const temporary = `${name}.tmp`;
  files.remove(temporary);
  files.create(temporary, bytes);
  files.rename(temporary, name);
  files.syncFolder(name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : '');
}

function filesIn(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .sort();
}

/** Of a folder this says EISDIR: it is in the way, and never ours. */
function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function writeSynced(path: string, flags: 'wx' | 'a', bytes: Uint8Array): void {
  const file = openSync(path, flags, 0o640);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } catch (error) {
    // Some network file systems cannot sync a folder, and say so with EINVAL.
    if (codeOf(error) !== 'EINVAL') throw error;
  } finally {
    closeSync(folder);
  }
}

function reading<Value>(path: string, read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    const words = fileErrorText(error);
    throw words === null ? error : inputError('state-unreadable', `${path} cannot be read: ${words}.`, { cause: error });
  }
}

function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const words = writeErrorText(path, error);
    throw words === null ? error : inputError('state-unwritable', `${path} cannot be written: ${words}.`, { cause: error });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
