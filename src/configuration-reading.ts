/** The files of one firewall → its ruleset, and what was read. */

import type { ConfigurationFile, ConfigurationFiles } from './configuration-files.ts';
import { includedBy, includesOf, MAX_CONFIGURATION_BYTES } from './configuration-includes.ts';
import { type Unread, unreadIn } from './configuration-unread.ts';
import { readConfiguration } from './firewall/configuration.ts';
import type { IncludedFile } from './firewall/nftables/include.ts';
import type { Ruleset } from './firewall/ruleset.ts';
import { FAMILIES, familyName } from './model/address.ts';
import type { ConfigurationSource } from './model/configuration.ts';
import { sha256 } from './model/digest.ts';
import { listText } from './model/list-text.ts';
import type { Firewall } from './model/policy.ts';
import { InputError, locationText, type Problem } from './model/problem.ts';

export interface ReadFirewall {
  readonly ruleset: Ruleset;
  readonly files: ConfigurationSource['files'];
  /** Of the files themselves: what was not read, or was found elsewhere. */
  readonly notes: readonly string[];
  /** Files that the policy names and that are not there: sentences. */
  readonly missing: readonly string[];
  /** What lies in its folders and was not read, nor is among `others`, though it may change a firewall; worked out where it is asked for. */
  readonly unread: (others: ReadonlySet<string>) => Unread;
}

/** @throws {InputError} with every problem of every file. */
export function readFirewall({ files, notes, folders = [], missing = [] }: ConfigurationFiles): ReadFirewall {
  const digests = new Map<string, string>();
  const included: IncludedFile[] = [];
  const problems: Problem[] = [];
  const found: string[] = [];
  const texts = files.flatMap((file): Text[] => {
    try {
      return [{ ...file, text: file.tree.read(file.path, MAX_CONFIGURATION_BYTES) }];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new InputError(problems);
  const inputs = counted(texts).map(({ tree, path, disk, format, text }) => {
    const file = tree.nameOf(path);
    digests.set(file, sha256(text));
    const [onRead, onNote] = [(one: IncludedFile) => included.push(one), (note: string) => found.push(note)];
    return { file, text, format, include: includesOf({ tree, top: path, disk, onRead, onNote }) };
  });
  const ruleset = readConfiguration(inputs);
  const sources = sourcesOf(ruleset, digests, included);
  return {
    ruleset,
    files: sources,
    notes: [...notes, ...new Set(found)],
    missing,
    unread: (others) => unreadIn(folders, new Set([...sources.map(({ file }) => file), ...others])),
  };
}

interface Text extends ConfigurationFile {
  readonly text: string;
}

/** Without those that others of them include, which would count twice. */
function counted(texts: readonly Text[]): readonly Text[] {
  if (texts.length < 2) return texts;
  const included = new Set(texts.flatMap((one) => includedBy(one, one.text)));
  const left = texts.filter(({ tree, path }) => !included.has(tree.realOf(tree.nameOf(path))));
  return left.length === 0 ? texts : left;
}

/** Names of all files that were read. */
export function namesOf(read: readonly Pick<ReadFirewall, 'files'>[]): ReadonlySet<string> {
  return new Set(read.flatMap(({ files }) => files.map(({ file }) => file)));
}

/** An included file may be among the ruleset's own, and may be included twice. */
function sourcesOf(
  ruleset: Ruleset,
  digests: ReadonlyMap<string, string>,
  included: readonly IncludedFile[],
): ConfigurationSource['files'] {
  const texts = new Map(included.map(({ file, text }) => [file, text]));
  const own = ruleset.files.map((one) => ({ ...one, sha256: digests.get(one.file) ?? sha256(texts.get(one.file) ?? '') }));
  const others = [...texts].filter(([file]) => !own.some((one) => one.file === file));
  return [
    ...own,
    ...others.map(([file, text]) => ({
      file,
      format: 'nftables' as const,
      lines: text.replace(/\n$/, '').split('\n').length,
      sha256: sha256(text),
    })),
  ];
}

/** `file:line:column: sentence`, as evidence keeps it. */
export function warningsOf({ problems }: Ruleset): readonly string[] {
  return problems.map(({ location, message }) => (location === null ? message : `${locationText(location)}: ${message}`));
}

const WAYS: Readonly<Record<Firewall['hook'], readonly string[]>> = {
  forward: ['prerouting', 'forward', 'postrouting'],
  input: ['prerouting', 'input'],
  output: ['output', 'postrouting'],
  prerouting: ['prerouting'],
  postrouting: ['postrouting'],
};

/** Families that files speak of, without a chain that any packet on that way meets. */
export function unmetFamilies({ bases, chains, families }: Ruleset, hook: Firewall['hook']): readonly string[] {
  return FAMILIES.filter((family) => families.includes(family)).flatMap((family) => {
    const met = bases.some((base) => WAYS[hook].includes(base.hook) && chains.get(base.chain)?.families.includes(family));
    const hooks = listText(WAYS[hook], 'or');
    return met
      ? []
      : [`No chain of ${familyName(family)} is attached to ${hooks}: no ${familyName(family)} packet is stopped there.`];
  });
}
