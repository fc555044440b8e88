/**
 * What lies in a folder of configurations and may change a firewall all the same, though it is not read: configurations in folders below, scripts that
 * run a firewall's commands, links that lead nowhere. A change of one of these must not pass for a change of nothing.
 *
 * Worked example: of a folder with `edge.nft`, `README.md`, `flush.sh` (`nft flush ruleset`) and `old/edge.nft` these are `flush.sh` and `old/edge.nft`.
 */
import { extname, posix } from 'node:path';
import type { ConfigurationFolder } from './configuration-files.ts';
import { MAX_CONFIGURATION_BYTES } from './configuration-includes.ts';
import { detectFormat } from './firewall/detect.ts';
import type { FileTree } from './host/file-tree.ts';
import { sha256 } from './model/digest.ts';
import { InputError } from './model/problem.ts';
import { sourceOf } from './model/source.ts';

/** Files below a folder that are looked at. */
const MOST_FILES = 500;

/** By its path from the folder: a digest of what it holds. */
export type Unread = ReadonlyMap<string, string>;

/** @param read  names of files that were read, as their tree names them: those that others include are among them. */
export function unreadIn(folders: readonly ConfigurationFolder[], read: ReadonlySet<string>): Unread {
  return new Map(
    folders.flatMap(({ tree, path }) =>
      pathsBelow(tree, path)
        .filter((one) => !read.has(tree.nameOf(posix.join(path, one))))
        .flatMap((one): [string, string][] => {
          const digest = digestOf(tree, posix.join(path, one));
          return digest === null ? [] : [[one, digest]];
        }),
    ),
  );
}

/** In order, folder by folder, without what begins with a dot. */
function pathsBelow(tree: FileTree, folder: string): readonly string[] {
  const found: string[] = [];
  const waiting = [''];
  for (let at = 0; at < waiting.length && found.length < MOST_FILES; at++) {
    const below = waiting[at] ?? '';
    for (const name of tree.list(posix.join(folder, below))) {
      if (name.startsWith('.')) continue;
      if (name.endsWith('/')) waiting.push(`${below}${name}`);
      else found.push(`${below}${name}`);
    }
  }
  return found.slice(0, MOST_FILES);
}

/** Null where it changes no firewall. */
function digestOf(tree: FileTree, path: string): string | null {
  if (tree.kindOf(path) === null) return sha256('');
  try {
    const text = tree.read(path, MAX_CONFIGURATION_BYTES);
    return mayMatter(path, text) ? sha256(text) : null;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.some(({ code }) => code === 'not-text') ? null : sha256('');
  }
}

const PROSE: ReadonlySet<string> = new Set(['.md', '.rst', '.adoc', '.html']);
const COMMAND =
  /^\s*(sudo\s+)?(\S*\/)?(ip6?tables|nft|ipset|ebtables|arptables|firewall-cmd|ufw)(-\w+)*\s|^\s*"?\$\{?\w*(ipt|nft)\w*\}?"?\s/im;

function mayMatter(path: string, text: string): boolean {
  const detected = detectFormat(sourceOf(path, text));
  if (detected.kind !== 'refused') return true;
  if (detected.code === 'other-format') return !PROSE.has(extname(path)) && COMMAND.test(text);
  return !NONE.has(detected.code);
}

const NONE: ReadonlySet<string> = new Set(['unknown-format', 'not-text', 'empty']);
