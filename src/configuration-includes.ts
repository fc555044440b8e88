/**
 * What `include` of an nftables text means: files of the same disk or of the same revision.
 *
 * Worked example: `/srv/fw/edge.nft` holds `include "zones/*.nft"`: the files of /srv/fw/zones that end in .nft, in order. In a revision `include
 * "/etc/nftables.d/*.nft"` cannot mean this machine's /etc: it is looked for as etc/nftables.d and nftables.d beside the file that includes it and
 * beside the one that was named. A name that is not absolute is read from beside as well, since repositories are laid out so, and it is said where
 * nft looks for it.
 */
import { posix } from 'node:path';
import type { Include, IncludedFile } from './firewall/nftables/include.ts';
import type { FileTree } from './host/file-tree.ts';

/** Bytes; the largest configuration of one file. */
export const MAX_CONFIGURATION_BYTES: number = 64 * 1024 * 1024;

export interface Including {
  readonly tree: FileTree;
  /** The file that was named, as the tree knows it. */
  readonly top: string;
  /** The tree is this machine's disk: an absolute path is what it says. */
  readonly disk: boolean;
  /** Told of every file that is read. */
  readonly onRead: (file: IncludedFile) => void;
  /** Told, as a sentence, where a pattern matches nothing or is looked up elsewhere than it says. */
  readonly onNote: (note: string) => void;
}

/** Where nft looks for names that are not absolute. @see nft(8), -I */
const DEFAULT_FOLDER = '/etc';

/** A pattern may match nothing; of a name without wildcards there is a file, or null. */
export function includesOf({ tree, top, disk, onRead, onNote }: Including): Include {
  const paths = new Map([[tree.nameOf(top), top]]);
  const read = (path: string): IncludedFile => {
    const file = { file: tree.nameOf(path), text: tree.read(path, MAX_CONFIGURATION_BYTES) };
    paths.set(file.file, path);
    onRead(file);
    return file;
  };
  const told = new Set<string>();
  return (pattern, from) => {
    const folders = [...new Set([paths.get(from) ?? top, top].map((path) => posix.dirname(path)))];
    for (const candidate of candidatesOf(pattern, folders, disk)) {
      const found = filesOf(tree, candidate);
      if (found.length === 0) continue;
      if (pattern.startsWith('/') && candidate !== pattern)
        onNote(`${from} includes ${pattern}: ${tree.nameOf(candidate)} is read for it.`);
      const looked = placesOf(pattern);
      if (looked !== null && !(disk && candidate === `${DEFAULT_FOLDER}/${pattern}`) && !told.has(`${looked} ${from}`)) {
        told.add(`${looked} ${from}`);
        onNote(`include "${pattern}" was read from beside ${from}; nft looks for it ${looked}, and ${NOTHING}`);
      }
      return found.map(read);
    }
    if (!WILDCARD.test(pattern)) return null;
    onNote(`${from} includes ${pattern}, and there is no such file: nothing is read for it.`);
    return [];
  };
}

/** Files that an nftables text includes, and those that these include, itself apart, as `realOf` of its tree has them. */
export function includedBy(
  { tree, path, disk }: Pick<Including, 'tree' | 'disk'> & { readonly path: string },
  text: string,
): readonly string[] {
  if (!/^\s*include\s/m.test(text)) return [];
  const include = includesOf({ tree, top: path, disk, onRead: () => undefined, onNote: () => undefined });
  const found = new Set<string>();
  const waiting = [{ file: tree.nameOf(path), text }];
  for (const one of waiting) {
    for (const [, pattern = ''] of one.text.matchAll(/^\s*include\s+"([^"\n]+)"/gm)) {
      const further = (include(pattern, one.file) ?? []).filter(({ file }) => !found.has(tree.realOf(file)));
      for (const { file } of further) found.add(tree.realOf(file));
      waiting.push(...further);
    }
  }
  found.delete(tree.realOf(tree.nameOf(path)));
  return [...found];
}

const NOTHING = 'a pattern that matches nothing there loads nothing.';

/**
 * Where nft looks for a name; null: at the absolute path.
 *
 * @see nft(8), INCLUDE FILES; nftables, src/scanner.l, search_in_include_path()
 */
function placesOf(pattern: string): string | null {
  if (pattern.startsWith('/')) return null;
  return /^\.\.?\//.test(pattern)
    ? 'in the folder in which it is started'
    : `in ${DEFAULT_FOLDER} or where -I says (from 1.1 on also beside the file that -f names)`;
}

const WILDCARD = /[*?[]/;

/** In the order in which they are tried. */
function candidatesOf(pattern: string, folders: readonly string[], disk: boolean): readonly string[] {
  const beside = (path: string): readonly string[] => folders.map((folder) => posix.join(folder, path));
  if (!pattern.startsWith('/')) return [...beside(pattern), ...(disk ? [`${DEFAULT_FOLDER}/${pattern}`] : [])];
  const parts = pattern.split('/').filter((part) => part !== '');
  // The name of a file alone, or a pattern of names, would match what is not meant.
  const ends = parts.slice(0, -1).map((_, from) => parts.slice(from).join('/'));
  return [...(disk ? [pattern] : []), ...ends.flatMap(beside), ...(disk ? [] : [parts.join('/')])];
}

/** The files that a pattern matches, as the shell does it: by part, in order, none that begins with a dot. @see glob(7) */
function filesOf(tree: FileTree, pattern: string): readonly string[] {
  if (!WILDCARD.test(pattern)) return tree.kindOf(pattern) === 'file' ? [pattern] : [];
  const parts = pattern.split('/');
  const from = parts.findIndex((part) => WILDCARD.test(part));
  let found = [parts.slice(0, from).join('/') || (pattern.startsWith('/') ? '/' : '.')];
  for (const part of parts.slice(from)) {
    found = found.flatMap((folder) =>
      namesIn(tree, folder)
        .filter(nameMatcher(part))
        .map((name) => posix.join(folder, name)),
    );
  }
  return found.filter((path) => tree.kindOf(path) === 'file');
}

function namesIn(tree: FileTree, folder: string): readonly string[] {
  return tree.kindOf(folder) === 'folder' ? tree.list(folder).map((name) => name.replace(/\/$/, '')) : [];
}

function nameMatcher(part: string): (name: string) => boolean {
  const tokens = [...part.matchAll(/\*+|\[[!^]?\]?[^\]]*\]|./gsu)].map(([token]) => token);
  return (name) => (part.startsWith('.') || !name.startsWith('.')) && matches(tokens, [...name]);
}

/** Where the last star took too little it takes one character more: never more work than pattern × name. */
function matches(tokens: readonly string[], name: readonly string[]): boolean {
  let [token, at, star, taken] = [0, 0, -1, 0];
  while (at < name.length) {
    if (tokens[token]?.startsWith('*') === true) [star, taken, token] = [token, at, token + 1];
    else if (isOf(tokens[token], name[at] ?? '')) [token, at] = [token + 1, at + 1];
    else if (star < 0) return false;
    else [token, taken, at] = [star + 1, taken + 1, taken + 1];
  }
  return tokens.slice(token).every((rest) => rest.startsWith('*'));
}

function isOf(token: string | undefined, character: string): boolean {
  if (token === undefined || token === '?') return token === '?';
  if (token.length < 3 || !token.startsWith('[')) return token === character;
  const [, negated = '', set = ''] = /^\[([!^]?)(.*)\]$/su.exec(token) ?? [];
  const characters = [...set];
  const held = characters.some((one, at) => {
    const last = characters[at + 1] === '-' ? characters[at + 2] : undefined;
    return last === undefined ? one === character : one <= character && character <= last;
  });
  return held === (negated === '');
}
