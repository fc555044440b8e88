/**
 * What lies in a folder of configurations and may change a firewall all the same, though it is not read: configurations in folders below, scripts that
 * run a firewall's commands, links that lead nowhere, submodules of a revision. A firewall is not judged as if these were not there, nor a change of one as a change of nothing.
 *
 * Worked example: of a folder with `edge.nft`, `README.md`, `flush.sh` (`nft flush ruleset`) and `old/edge.nft` these are `flush.sh` and `old/edge.nft`. A
 * script that only loads edge.nft is none of them.
 */
import { extname, posix } from 'node:path';
import type { ConfigurationFolder } from './configuration-files.ts';
import { MAX_CONFIGURATION_BYTES } from './configuration-includes.ts';
import { changesFirewall } from './configuration-scripts.ts';
import { detectFormat } from './firewall/detect.ts';
import type { FileTree } from './host/file-tree.ts';
import { sha256 } from './model/digest.ts';
import { InputError } from './model/problem.ts';
import { sourceOf } from './model/source.ts';

/** Files below a folder that are looked at. */
const MOST_FILES = 2_000;

export interface Unread {
  /** By its path from the folder. */
  readonly files: ReadonlyMap<string, UnreadFile>;
  /** Folders that hold more files than are looked at, as their tree names them. */
  readonly cut: readonly string[];
}

export interface UnreadFile {
  /** As its tree names it; where several folders have one of that path, the first. */
  readonly name: string;
  /** Of what it holds; null: it is closed or too large, so that nobody knows. */
  readonly digest: string | null;
}

/** @param read  names of files that were read, as their tree names them: those that others include are among them. */
export function unreadIn(folders: readonly ConfigurationFolder[], read: ReadonlySet<string>): Unread {
  const loaded = new Set([...read].map((name) => posix.basename(name)));
  const files = new Map<string, UnreadFile>();
  const cut: string[] = [];
  for (const { tree, path } of folders) {
    const below = pathsBelow(tree, path);
    const real = new Set([...read].map((name) => tree.realOf(name)));
    if (below.length > MOST_FILES) cut.push(tree.nameOf(path));
    for (const one of below.slice(0, MOST_FILES)) {
      const place = posix.join(path, one);
      const name = tree.nameOf(place);
      const content = real.has(tree.realOf(name)) ? null : contentOf(tree, place, loaded);
      if (content === null) continue;
      const before = files.get(one);
      files.set(
        one,
        before === undefined ? { name, ...content } : { ...before, digest: together(before.digest, content.digest) },
      );
    }
  }
  return { files, cut };
}

/** In order, folder by folder, without what begins with a dot; one more than are looked at shows that there are more. */
function pathsBelow(tree: FileTree, folder: string): readonly string[] {
  const found: string[] = [];
  const waiting = [''];
  for (let at = 0; at < waiting.length && found.length <= MOST_FILES; at++) {
    const below = waiting[at] ?? '';
    for (const name of tree.list(posix.join(folder, below))) {
      if (name.startsWith('.')) continue;
      if (name.endsWith('/')) waiting.push(`${below}${name}`);
      else found.push(`${below}${name}`);
    }
  }
  return found;
}

function together(one: string | null, other: string | null): string | null {
  return one === null || other === null ? null : sha256(`${one} ${other}`);
}

/** Null where it changes no firewall. */
function contentOf(tree: FileTree, path: string, loaded: ReadonlySet<string>): Pick<UnreadFile, 'digest'> | null {
  if (isProse(path)) return null;
  if (tree.kindOf(path) === null) return { digest: sha256(tree.pointerOf(path) ?? '') };
  const bytes = bytesOf(tree, path);
  if (bytes === null) return { digest: null };
  // The words that are looked for are ASCII: a script may have its comments in any encoding.
  const text = Buffer.from(bytes).toString('utf8');
  return mayMatter(path, text, loaded) ? { digest: sha256(bytes) } : null;
}

/** Null where it is closed or too large. */
function bytesOf(tree: FileTree, path: string): Uint8Array | null {
  try {
    return tree.bytesOf(path, MAX_CONFIGURATION_BYTES);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** Nothing loads it, whatever examples it shows. */
export function isProse(path: string): boolean {
  return PROSE.has(extname(path).toLowerCase());
}

const PROSE: ReadonlySet<string> = new Set(['.md', '.rst', '.adoc', '.html']);

function mayMatter(path: string, text: string, loaded: ReadonlySet<string>): boolean {
  const detected = detectFormat(sourceOf(path, text));
  if (detected.kind !== 'refused') return true;
  if (detected.code === 'other-format') return changesFirewall(text, loaded);
  return !NONE.has(detected.code);
}

const NONE: ReadonlySet<string> = new Set(['unknown-format', 'not-text', 'empty']);
