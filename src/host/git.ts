/**
 * One revision of a git repository, read by git itself. Nothing is checked out, fetched or written: the commands are rev-parse, ls-tree, cat-file
 * and for-each-ref, none of which runs a hook or a filter, and no transport is allowed, so that a partial clone stays partial.
 */
import { spawnSync } from 'node:child_process';
import { posix } from 'node:path';
import { nearest } from '../model/nearest.ts';
import { printable } from '../model/printable.ts';
import { type InputError, inputError } from '../model/problem.ts';
import type { FileTree } from './file-tree.ts';
import { textOf } from './files.ts';

/** Paths count from the root of the repository, with slashes. */
export interface Revision extends FileTree {
  /** As given: `origin/main`, `HEAD~3`. */
  readonly name: string;
  /** Full hash: a branch that moves on while it is read changes nothing. */
  readonly commit: string;
  /** The folder of the working tree; null in a bare repository. */
  readonly top: string | null;
  /** Where the caller stands inside it: `network/`, or nothing. */
  readonly prefix: string;
  /** The submodule that a path is or leads into; null: none. */
  submoduleOf(path: string): string | null;
}

/** Bytes that a list of names may take. */
const MAX_LIST = 64 * 1024 * 1024;
/** Symbolic links in a row; a circle ends there. */
const MAX_LINKS = 8;

/**
 * @param cwd   a folder of the repository.
 * @param name  whatever git takes for a commit.
 * @throws {InputError} `git-missing`, `no-repository`, `unknown-revision` with the nearest branch or tag.
 */
export function openRevision(cwd: string, name: string): Revision {
  if (name === '' || name.startsWith('-')) throw inputError('unknown-revision', `"${printable(name)}" is no name of a revision.`);
  requireRepository(cwd, name);
  const found = git(cwd, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
  if (found.status !== 0) throw unknownRevision(cwd, name);
  const commit = found.text().trim();
  const [top, prefix] = ['--show-toplevel', '--show-prefix'].map((what) => {
    const { status, text } = git(cwd, ['rev-parse', what]);
    return status === 0 ? text().replace(/\n$/, '') : null;
  });
  const nameOf = (path: string): string => `${name}:${path}`;
  const at = (path: string): Entry | null => entryAt(cwd, commit, inside(path));
  const bytesOf = (path: string, limitBytes: number): Uint8Array =>
    readBlob({ cwd, entry: at(path), name: nameOf(path), limitBytes });
  return {
    name,
    commit,
    top: top ?? null,
    prefix: prefix ?? '',
    submoduleOf: (path) => foldersOf(inside(path)).find((folder) => at(folder)?.type === 'commit') ?? null,
    nameOf,
    realOf: (file) => file,
    pointerOf: (path) => {
      const entry = at(path);
      return entry?.type === 'commit' ? entry.object : null;
    },
    kindOf: (path) => {
      const type = at(path)?.type;
      return type === 'blob' ? 'file' : type === 'tree' ? 'folder' : null;
    },
    read: (path, limitBytes) => textOf(nameOf(path), bytesOf(path, limitBytes)),
    bytesOf,
    list: (path) => listTree(cwd, at(path), nameOf(path)),
  };
}

/** @returns whether git knows a repository here, and the revision: for a text that may be something else. */
export function isRevision(cwd: string, name: string): boolean {
  if (name === '' || name.startsWith('-') || git(cwd, ['rev-parse', '--git-dir']).status !== 0) return false;
  return git(cwd, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`]).status === 0;
}

interface Entry {
  /** `160000` is a submodule, `120000` a symbolic link. */
  readonly mode: string;
  readonly type: string;
  readonly object: string;
}

interface Ended {
  readonly status: number | null;
  readonly bytes: Uint8Array;
  readonly complaint: string;
  text(): string;
}

function git(cwd: string, args: readonly string[], maxBytes: number = MAX_LIST): Ended {
  const { error, status, stdout, stderr } = spawnSync('git', ['-c', 'protocol.allow=never', ...args], {
    cwd,
    maxBuffer: maxBytes,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  if (error !== undefined) throw unusable(error);
  const complaint = printable(stderr.toString('utf8').trim().split('\n')[0] ?? '');
  return { status, bytes: stdout, complaint, text: () => stdout.toString('utf8') };
}

function unusable(error: Error): Error {
  const code = 'code' in error ? error.code : null;
  if (code === 'ENOENT')
    return inputError('git-missing', 'git is needed to read a revision, and there is none in PATH.', { cause: error });
  return error;
}

function requireRepository(cwd: string, name: string): void {
  const { status, complaint } = git(cwd, ['rev-parse', '--git-dir']);
  if (status === 0) return;
  const why = /safe\.directory|dubious/.test(complaint)
    ? `git does not trust the repository here (${complaint})`
    : 'this folder is in no git repository';
  throw inputError('no-repository', `The revision ${printable(name)} cannot be read: ${why}.`);
}

/** The nearest branch or tag; null where none is near, or there is no repository. */
export function revisionLike(cwd: string, name: string): string | null {
  const refs = git(cwd, ['for-each-ref', '--format=%(refname:short)', 'refs/heads', 'refs/tags', 'refs/remotes']);
  return refs.status === 0 ? nearest(name, refs.text().split('\n')) : null;
}

/**
 * What to name in place of a range of revisions; null where it is none.
 *
 * @see gitrevisions(7), SPECIFYING RANGES
 */
export function rangeText(cwd: string, name: string): string | null {
  const [, first = '', dots, last = ''] = /^(.*?)(\.{2,3})(.*)$/s.exec(name) ?? [];
  const [from, to] = [first || 'HEAD', last || 'HEAD'];
  if (dots === undefined || !isRevision(cwd, from) || !isRevision(cwd, to)) return null;
  const start = dots === '...' ? `"$(git merge-base ${from} ${to})"` : from;
  return `${printable(name)} is a range of revisions, and one revision is asked for: where it begins is ${printable(start)}, where it ends ${printable(to)}.`;
}

function unknownRevision(cwd: string, name: string): InputError {
  const range = rangeText(cwd, name);
  if (range !== null) return inputError('unknown-revision', range);
  const meant = revisionLike(cwd, name);
  const shallow = git(cwd, ['rev-parse', '--is-shallow-repository']).text().trim() === 'true';
  const advice = [
    meant === null ? '' : `Did you mean ${meant}?`,
    shallow
      ? 'This clone is shallow: it holds the latest commits only. Fetch the others: git fetch --unshallow, or fetch-depth: 0 in CI.'
      : '',
  ];
  const message = [`There is no revision ${printable(name)} in this repository.`, ...advice]
    .filter((part) => part !== '')
    .join(' ');
  return inputError('unknown-revision', message);
}

/** From the root, without dots; null where it leads out of the repository. */
function inside(path: string): string | null {
  const normal = posix.normalize(path).replace(/^\/+|\/+$/g, '');
  if (normal === '..' || normal.startsWith('../')) return null;
  return normal === '.' ? '' : normal;
}

/** `a/b/c` → `a`, `a/b`, `a/b/c` */
function foldersOf(path: string | null): readonly string[] {
  const parts = path === null || path === '' ? [] : path.split('/');
  return parts.map((_, last) => parts.slice(0, last + 1).join('/'));
}

function entryAt(cwd: string, commit: string, path: string | null, links = 0): Entry | null {
  if (path === null || links > MAX_LINKS) return null;
  if (path === '') return { mode: '040000', type: 'tree', object: commit };
  const row = git(cwd, ['ls-tree', '-z', '--full-tree', commit, '--', path]).text().split('\0')[0] ?? '';
  const [, mode = '', type = '', object = '', found = ''] = /^(\d+) (\w+) ([0-9a-f]+)\t(.*)$/s.exec(row) ?? [];
  if (found !== path) return null;
  if (mode !== '120000') return { mode, type, object };
  const target = git(cwd, ['cat-file', 'blob', object]).text();
  return posix.isAbsolute(target) ? null : entryAt(cwd, commit, inside(posix.join(posix.dirname(path), target)), links + 1);
}

interface Reading {
  readonly cwd: string;
  readonly entry: Entry | null;
  readonly name: string;
  readonly limitBytes: number;
}

function readBlob({ cwd, entry, name, limitBytes }: Reading): Uint8Array {
  const fail = (why: string): InputError => inputError('unreadable-file', `${name} cannot be read: ${why}.`);
  if (entry === null) throw fail('there is no such file in that revision');
  if (entry.type !== 'blob') throw fail(entry.type === 'tree' ? 'it is a folder, not a file' : 'it is a submodule, not a file');
  const size = git(cwd, ['cat-file', '-s', entry.object]);
  if (size.status !== 0) throw fail(`git does not have it here (${size.complaint})`);
  if (Number(size.text()) > limitBytes) throw inputError('unreadable-file', `${name} is larger than ${limitBytes} bytes.`);
  const { status, bytes, complaint } = git(cwd, ['cat-file', 'blob', entry.object], limitBytes + 1);
  if (status !== 0) throw fail(`git does not have it here (${complaint})`);
  return bytes;
}

function listTree(cwd: string, entry: Entry | null, name: string): readonly string[] {
  if (entry?.type !== 'tree')
    throw inputError('unreadable-file', `${name} cannot be read: there is no such folder in that revision.`);
  const rows = git(cwd, ['ls-tree', '-z', '--full-tree', entry.object]).text().split('\0');
  return rows
    .flatMap((row) => {
      const [, type, path] = /^\d+ (\w+) [0-9a-f]+\t(.*)$/s.exec(row) ?? [];
      return path === undefined ? [] : [type === 'tree' ? `${path}/` : path];
    })
    .sort();
}
