/** A place that holds files: this machine's disk, or one revision of a git repository. What reads configurations does not care which. */
import { readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { inputError } from '../model/problem.ts';
import { fileErrorText, readFileBytes, readTextFile } from './files.ts';

export interface FileTree {
  /** `file` is whatever can be read, a pipe too; null: there is nothing of that name. Links are followed. */
  kindOf(path: string): 'file' | 'folder' | null;
  /** @throws {InputError} `unreadable-file`, also where it is larger than the limit, or no UTF-8; `not-text`. */
  read(path: string, limitBytes: number): string;
  /** What it holds, in whatever encoding. @throws {InputError} `unreadable-file`, also where it is larger than the limit. */
  bytesOf(path: string, limitBytes: number): Uint8Array;
  /** Names of what lies in a folder, in order; folders end in a slash. @throws {InputError} `unreadable-file`. */
  list(path: string): readonly string[];
  /** As places and problems name a file of it: `firewall/edge.nft`, `origin/main:firewall/edge.nft`. */
  nameOf(path: string): string;
  /** Of a file as `nameOf` names it: the same for all names of one file. */
  realOf(name: string): string;
  /** The commit that a submodule of a revision points to, whose files are not there; null: it is none. */
  pointerOf(path: string): string | null;
}

/** Paths are relative to a folder, or absolute. */
export function diskTree(cwd: string): FileTree {
  return {
    kindOf: (path) => {
      const found = statOf(resolve(cwd, path));
      return found === null ? null : found.isDirectory() ? 'folder' : 'file';
    },
    read: (path, limitBytes) => readTextFile(resolve(cwd, path), limitBytes, path),
    bytesOf: (path, limitBytes) => readFileBytes(resolve(cwd, path), limitBytes, path),
    list: (path) => listOf(resolve(cwd, path), path),
    nameOf: (path) => path,
    realOf: (name) => realPath(resolve(cwd, name)),
    pointerOf: () => null,
  };
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (fileErrorText(error) === null) throw error;
    return path;
  }
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    // A part of the path is a file, a name is too long, a folder is closed: what cannot be looked at is not there to be read.
    if (fileErrorText(error) === null) throw error;
    return null;
  }
}

function listOf(folder: string, name: string): readonly string[] {
  try {
    return readdirSync(folder)
      .map((entry) => (statOf(resolve(folder, entry))?.isDirectory() === true ? `${entry}/` : entry))
      .sort();
  } catch (error) {
    const words = fileErrorText(error);
    if (words === null) throw error;
    throw inputError('unreadable-file', `${name} cannot be read: ${words}.`, { cause: error });
  }
}
