/**
 * The configurations that lie directly in a folder.
 *
 * Worked example: of a folder with `nftables.conf` (which includes zones.nft), `zones.nft`, `README.md` and `old/` it is `nftables.conf`; a note says
 * that README.md and old/ were not read. A folder of which each file is included is not among these.
 */
import { posix } from 'node:path';
import { includedBy, MAX_CONFIGURATION_BYTES } from './configuration-includes.ts';
import { isProse } from './configuration-unread.ts';
import { detectFormat } from './firewall/detect.ts';
import type { FileTree } from './host/file-tree.ts';
import { listText } from './model/list-text.ts';
import type { ConfigurationFormat } from './model/policy.ts';
import { InputError, inputError } from './model/problem.ts';
import { sourceOf } from './model/source.ts';

/** Names of what was not read that a note tells. */
const MOST_NAMED = 10;

interface Looked {
  readonly name: string;
  readonly path: string;
  /** Null: it is none, or cannot be read as text. */
  readonly configuration: string | null;
}

/**
 * @param how  `format` of all of them, where it is told.
 * @throws {InputError} `no-configuration` where there is none, `unreadable-file` where one may be one and cannot be read.
 */
export function filesIn(
  tree: FileTree,
  folder: string,
  how: { readonly format: ConfigurationFormat | null; readonly disk: boolean },
): { readonly found: readonly string[]; readonly notes: readonly string[] } {
  const names = tree.list(folder).filter((name) => !name.startsWith('.'));
  const looked = names
    .filter((name) => !name.endsWith('/'))
    .map((name) => lookAt(tree, { name, path: posix.join(folder, name) }, how.format));
  const included = new Set(
    looked.flatMap(({ path, configuration }) => includedBy({ tree, path, disk: how.disk }, configuration ?? '')),
  );
  const found = looked.filter(
    ({ path, configuration }) => configuration !== null && !included.has(tree.realOf(tree.nameOf(path))),
  );
  const read = (name: string): boolean => {
    const below = tree.list(posix.join(folder, name));
    return below.length > 0 && below.every((one) => included.has(tree.realOf(tree.nameOf(posix.join(folder, name, one)))));
  };
  const others = [
    ...names.filter((name) => name.endsWith('/') && !read(name)),
    ...looked.filter(({ configuration }) => configuration === null).map(({ name }) => name),
  ];
  const told = listText([
    ...others.slice(0, MOST_NAMED),
    ...(others.length > MOST_NAMED ? [`${others.length - MOST_NAMED} others`] : []),
  ]);
  const shown = tree.nameOf(folder);
  if (found.length === 0) {
    throw inputError(
      'no-configuration',
      `The folder ${shown} ${others.length === 0 ? 'is empty' : `holds no firewall configuration, but ${told}`}.`,
    );
  }
  const notes =
    others.length === 0 ? [] : [`Not read in ${shown}, since they are folders or look like no firewall configuration: ${told}.`];
  return { found: found.map(({ path }) => path), notes };
}

function lookAt(tree: FileTree, { name, path }: Pick<Looked, 'name' | 'path'>, format: ConfigurationFormat | null): Looked {
  if (isProse(name)) return { name, path, configuration: null };
  try {
    const text = tree.read(path, MAX_CONFIGURATION_BYTES);
    const looks = format !== null || !NONE.has(codeOf(sourceOf(name, text)));
    return { name, path, configuration: looks ? text : null };
  } catch (error) {
    // A picture, a link that leads nowhere: told as not read. What may be a configuration is not left out because it cannot be read.
    if (!(error instanceof InputError)) throw error;
    if (tree.kindOf(path) !== null && !error.problems.some(({ code }) => code === 'not-text')) throw error;
    return { name, path, configuration: null };
  }
}

/** What else is refused is a configuration with something wrong: that is told when it is read. */
const NONE: ReadonlySet<string> = new Set(['unknown-format', 'other-format', 'not-text', 'empty']);

function codeOf(source: ReturnType<typeof sourceOf>): string {
  const detected = detectFormat(source);
  return detected.kind === 'refused' ? detected.code : '';
}
