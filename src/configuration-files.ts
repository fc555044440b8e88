/**
 * What `--config`, `--before` and `--after` name: a file, a folder, or a file, folder or whole tree of a git revision; and where a policy's firewalls
 * have their files in one of these.
 *
 * A name is that of something on disk wherever there is something; else it is `REV:path` or `REV`, a path counting from the root of the repository, or
 * from here where it begins with a dot, as git has it.
 */
import { basename, dirname, isAbsolute, join, posix, relative, sep } from 'node:path';
import { filesIn } from './configuration-folder.ts';
import { diskTree, type FileTree } from './host/file-tree.ts';
import { isRevision, openRevision, type Revision, rangeText, revisionLike } from './host/git.ts';
import { listText } from './model/list-text.ts';
import { nearest } from './model/nearest.ts';
import type { ConfigurationFormat, Firewall } from './model/policy.ts';
import { printable } from './model/printable.ts';
import { InputError, inputError, type Problem } from './model/problem.ts';

/** A file or folder, on disk or in a revision. */
export interface Located {
  readonly kind: 'file' | 'folder';
  /** As given. */
  readonly name: string;
  readonly tree: FileTree;
  readonly path: string;
  /** Null: on disk. */
  readonly revision: Revision | null;
}

/** One file that belongs to a firewall. */
export interface ConfigurationFile {
  readonly tree: FileTree;
  readonly path: string;
  readonly disk: boolean;
  readonly format: ConfigurationFormat | null;
}

/** A folder of which configurations were taken. */
export type ConfigurationFolder = Pick<ConfigurationFile, 'tree' | 'path'>;

export interface ConfigurationFiles {
  readonly files: readonly ConfigurationFile[];
  /** What a reader has to know: sentences. */
  readonly notes: readonly string[];
  /** Absent: none. */
  readonly folders?: readonly ConfigurationFolder[];
  /** Files that the policy names and that are not there: sentences. Absent: none. */
  readonly missing?: readonly string[];
}

/** @throws {InputError} `no-configuration` where there is neither a file nor a revision of that name. */
export function locate(name: string, cwd: string): Located {
  const disk = diskTree(cwd);
  const kind = disk.kindOf(name);
  if (kind !== null) return { kind, name, tree: disk, path: name, revision: null };
  const [, rev = '', path] = /^((?:[^:{]|\{[^}]*\})+)(?::(.*))?$/s.exec(name) ?? [];
  if (path === undefined && !isRevision(cwd, rev)) throw inputError('no-configuration', nothingNamed(name, disk, cwd));
  const revision = openRevision(cwd, rev);
  const inside = (/^\.{1,2}(\/|$)/.test(path ?? '') ? posix.join(revision.prefix, path ?? '') : (path ?? '')).replace(
    /(?<=.)\/$/,
    '',
  );
  const found = revision.kindOf(inside);
  if (found === null) throw inputError('no-configuration', nothingIn(revision, inside));
  return { kind: found, name, tree: revision, path: inside, revision };
}

/** Files that are given by name, or lie in a folder that is: together they describe one firewall. */
export function givenFiles(located: readonly Located[], formats: readonly (ConfigurationFormat | null)[]): ConfigurationFiles {
  const parts = located.map((place, index) => {
    const format = formats[index] ?? null;
    const files =
      place.kind === 'file'
        ? { found: [place.path], notes: [] }
        : filesIn(place.tree, place.path, { format, disk: place.revision === null });
    const disk = place.revision === null;
    return { files: files.found.map((path) => ({ tree: place.tree, path, disk, format })), notes: files.notes };
  });
  return {
    files: parts.flatMap(({ files }) => files),
    notes: parts.flatMap(({ notes }) => notes),
    folders: located.filter(({ kind }) => kind === 'folder'),
  };
}

/**
 * @param policy  the policy's file, as given.
 * @throws {InputError} `unreadable-file` with the place in the policy, of every file that is not there.
 */
export function policyFiles(firewall: Firewall, policy: string, cwd: string): ConfigurationFiles {
  const tree = diskTree(cwd);
  const located = firewall.files.map(({ path, format }) => {
    const place = isAbsolute(path) ? path : join(dirname(policy), path);
    return { tree, path: place, disk: true, format: format ?? firewall.format };
  });
  const absent = located.flatMap(({ path }) => absentFile(tree, path, firewall) ?? []);
  if (absent.length > 0) throw new InputError(absent);
  return expanded(located);
}

/** Null where there is something of that name; what else keeps it from being read is told by whoever reads it. */
function absentFile(tree: FileTree, path: string, { name, location }: Firewall): Problem | null {
  const folder = dirname(path);
  if (tree.kindOf(folder) !== 'folder') return null;
  const beside = tree.list(folder).map((one) => one.replace(/\/$/, ''));
  if (beside.includes(basename(path))) return null;
  const meant = nearest(basename(path), beside);
  const advice = meant === null ? `Correct the files of ${name} in the policy.` : `Did you mean ${meant}?`;
  const message = `${printable(path)} cannot be read: there is no such file. ${advice}`;
  return { severity: 'error', code: 'unreadable-file', message, location, frame: null };
}

/**
 * The files of a policy's firewall as they are in a folder or revision: by their path from the policy's place in the repository, then by their path
 * in that folder, else by the longest end of the path that is there.
 *
 * @param policy  where the policy lies, absolute.
 * @throws {InputError} `no-configuration` where none of them is there.
 */
export function filesWithin(firewall: Firewall, policy: string, place: Located): ConfigurationFiles {
  const [notes, missing]: [string[], string[]] = [[], []];
  const found = firewall.files.flatMap(({ path, format }) => {
    const [first = path, ...others] = placesOf(path, policy, place);
    const at = [first, ...others].find((candidate) => place.tree.kindOf(candidate) !== null);
    if (at === undefined)
      missing.push(`${place.name} has no ${path}: what it would describe is not in the rules of ${firewall.name} there.`);
    else if (at !== first) notes.push(`${path} of ${firewall.name} is ${place.tree.nameOf(at)}.`);
    return at === undefined
      ? []
      : [{ tree: place.tree, path: at, disk: place.revision === null, format: format ?? firewall.format }];
  });
  if (found.length > 0) {
    const all = expanded(found);
    return { ...all, notes: [...notes, ...all.notes], missing };
  }
  const names = listText(firewall.files.map(({ path }) => path));
  throw inputError('no-configuration', `${place.name} has no file of the firewall ${firewall.name} (${names}).`);
}

function placesOf(path: string, policy: string, { revision, path: base }: Located): readonly string[] {
  const parts = posix
    .normalize(path.split(sep).join('/'))
    .split('/')
    .filter((part) => part !== '' && part !== '..' && part !== '.');
  const ends = parts.map((_, from) => posix.join(base, ...parts.slice(from)));
  if (revision === null) return ends;
  // The whole tree: the policy has its place in it.
  const top = base === '' ? revision.top : null;
  const folder = top === null ? null : relative(top, dirname(policy)).split(sep).join('/');
  const own =
    folder === null || folder === '..' || folder.startsWith('../') || isAbsolute(path) ? [] : [posix.join(folder, path)];
  return [...own, ...ends];
}

/** A folder among the files stands for what lies in it. */
function expanded(files: readonly ConfigurationFile[]): ConfigurationFiles {
  const notes: string[] = [];
  const folders: ConfigurationFolder[] = [];
  const all = files.flatMap((file) => {
    if (file.tree.kindOf(file.path) !== 'folder') return [file];
    const inside = filesIn(file.tree, file.path, file);
    notes.push(...inside.notes);
    folders.push(file);
    return inside.found.map((path) => ({ ...file, path }));
  });
  return { files: all, notes, folders };
}

function nothingNamed(name: string, disk: FileTree, cwd: string): string {
  const range = rangeText(cwd, name);
  if (range !== null) return range;
  const folder = dirname(name);
  const beside = disk.kindOf(folder) === 'folder' ? disk.list(folder).map((one) => join(folder, one.replace(/\/$/, ''))) : [];
  const meant = nearest(name, beside) ?? revisionLike(cwd, name);
  return `There is no file ${printable(name)}, and no git revision of that name here.${meant === null ? '' : ` Did you mean ${meant}?`}`;
}

function nothingIn(revision: Revision, path: string): string {
  const module = revision.submoduleOf(path);
  if (module !== null)
    return `${printable(revision.nameOf(module))} is a submodule: its files are in another repository, which that revision only points to. Check it out and name the file or folder on disk, or run Postern in ${printable(module)} with a revision of that repository.`;
  const folder = posix.dirname(path);
  const names =
    revision.kindOf(folder) === 'folder' ? revision.list(folder).map((one) => posix.join(folder, one.replace(/\/$/, ''))) : [];
  const here = posix.join(revision.prefix, path);
  const meant = revision.prefix !== '' && revision.kindOf(here) !== null ? here : nearest(path, names);
  return `${printable(revision.nameOf(path))} is neither a file nor a folder of that revision.${meant === null ? '' : ` Did you mean ${revision.nameOf(meant)}?`}`;
}
