/** Whether networks are networks, each in one segment, exceptions inside them, and probes inside their destination. */
import { type AddressRange, parseAddress, parseNetwork } from '../model/address.ts';
import { type AddressSet, ANY, addressSet, contains, isEmpty, PRIVATE, PUBLIC, subtract, union } from '../model/address-set.ts';
import { printable } from '../model/printable.ts';
import type { Problem } from '../model/problem.ts';
import { locate, problemAt, type Source, type Span, sourceOf } from '../model/source.ts';
import { child, type Entry, entriesOf, itemsOf, type Node, type Text, textOf } from './node.ts';
import type { Reading } from './reading.ts';

export interface CheckedNetworks {
  readonly problems: readonly Problem[];
  /** What the files of networks hold, by path as written. */
  readonly files: ReadonlyMap<string, AddressSet>;
}

/** Networks that have a name. */
export const NAMED_NETWORKS: ReadonlyMap<string, AddressSet> = new Map([
  ['any', ANY],
  ['public', PUBLIC],
  ['private', PRIVATE],
]);

/** Reads the files of networks that the policy names, once each; what is wrong in them is placed there. */
export function checkNetworks(reading: Reading): CheckedNetworks {
  const files = readNetworkFiles(reading);
  const destinations = entriesOf(child(reading.root, 'destinations'));
  const known = new Map([...files].map(([path, file]) => [path, file.set]));
  const problems = [
    ...segmentProblems(reading),
    ...destinations
      .flatMap(({ value }) => itemsOf(child(value, 'networks')))
      .flatMap((item) => writtenProblem(reading.source, textOf(item), true)),
    ...[...files.values()].flatMap((file) => file.problems),
    ...destinations.flatMap((destination) => probesOutside(reading, destination, known)),
  ];
  return { problems, files: known };
}

function segmentProblems({ source, root }: Reading): Problem[] {
  const owners = new Map<string, { readonly segment: string; readonly span: Span }>();
  return entriesOf(child(root, 'segments')).flatMap(({ name, value }) => {
    const [networks, except] = [itemsOf(child(value, 'networks')), itemsOf(child(value, 'except'))];
    return [
      ...[...networks, ...except].flatMap((item) => writtenProblem(source, textOf(item), false)),
      ...networks.flatMap((item) => equalNetworks(source, name, item, owners)),
      ...exceptionsOutside(source, name, networks, except),
    ];
  });
}

function equalNetworks(
  source: Source,
  segment: string,
  item: Node,
  owners: Map<string, { segment: string; span: Span }>,
): Problem[] {
  const range = rangeOf(item);
  if (range === null) return [];
  const key = `${range.family}/${range.first}-${range.last}`;
  const owner = owners.get(key);
  owners.set(key, owner ?? { segment, span: item });
  if (owner === undefined) return [];
  const line = locate(source, owner.span.start).line;
  const text = textOf(item)?.text ?? '';
  const message =
    owner.segment === segment
      ? `${text} stands in the segment "${segment}" twice; the first is on line ${line}.`
      : `${text} is a network of the segment "${owner.segment}" too (line ${line}); an address can belong to one of them only.`;
  return [problemAt(source, item, 'equal-networks', message)];
}

function exceptionsOutside(source: Source, segment: string, networks: readonly Node[], except: readonly Node[]): Problem[] {
  const ranges = networks.map(rangeOf);
  // With a network that is none, nothing can be said of what lies outside.
  if (ranges.includes(null)) return [];
  const set = addressSet(ranges.filter((range) => range !== null));
  return except.flatMap((item) => {
    const range = rangeOf(item);
    if (range === null || isEmpty(subtract(addressSet([range]), set))) return [];
    const message = `${textOf(item)?.text} does not lie inside the networks of "${printable(segment)}", so it is no exception from them.`;
    return [problemAt(source, item, 'except-outside', message)];
  });
}

/** Literal probes (and sentinels by address) that the destination's own networks leave out. */
function probesOutside({ source, root }: Reading, { name, value }: Entry, files: ReadonlyMap<string, AddressSet>): Problem[] {
  const items = itemsOf(child(value, 'networks'));
  if (items.length === 0) return [];
  const sets = items.map((item) => networkSet(item, files));
  if (sets.includes(null)) return [];
  const set = union(...sets.filter((one) => one !== null));
  return itemsOf(child(value, 'probes')).flatMap((probe) => {
    const host = textOf(child(probe, 'host'));
    const sentinel = textOf(child(probe, 'sentinel'));
    const written = host ?? (sentinel === null ? null : textOf(child(root, 'sentinels', sentinel.text, 'host')));
    const address = written === null ? null : parseAddress(written.text);
    if (address === null || contains(set, address)) return [];
    const message = `${address} does not lie inside the networks of "${printable(name)}", so it cannot stand for it.`;
    return [problemAt(source, host ?? sentinel ?? probe, 'probe-outside', message)];
  });
}

/** What an entry of `networks` means; null where it is wrong. */
function networkSet(item: Node, files: ReadonlyMap<string, AddressSet>): AddressSet | null {
  const file = textOf(child(item, 'file'));
  if (file !== null) return files.get(file.text) ?? null;
  const range = rangeOf(item);
  return NAMED_NETWORKS.get(textOf(item)?.text ?? '') ?? (range === null ? null : addressSet([range]));
}

function rangeOf(item: Node): AddressRange | null {
  const text = textOf(item);
  const parsed = text === null ? null : parseNetwork(text.text);
  return parsed !== null && 'range' in parsed ? parsed.range : null;
}

function writtenProblem(source: Source, text: Text | null, namesAllowed: boolean): Problem[] {
  if (text === null) return [];
  if (NAMED_NETWORKS.has(text.text)) {
    if (namesAllowed) return [];
    const message = `A segment is a part of your own network: write its networks instead of "${text.text}".`;
    return [problemAt(source, text, 'bad-network', message)];
  }
  const parsed = parseNetwork(text.text);
  if ('range' in parsed) return [];
  const written = printable(text.text.slice(0, 80));
  if (parsed.problem === 'host-bits') {
    const message = `${written} has bits set beyond its prefix. Did you mean the network ${parsed.meant}, or the address ${written.split('/')[0]}?`;
    return [problemAt(source, text, 'host-bits', message)];
  }
  return [problemAt(source, text, 'bad-network', networkMessage(text.text, written, parsed.problem))];
}

function networkMessage(text: string, written: string, problem: 'syntax' | 'prefix-length'): string {
  const bits = text.includes(':') ? 128 : 32;
  if (/^[\d.]+\/\d+\.\d+/.test(text)) return `"${written}": write the netmask as a prefix length, such as /24 for 255.255.255.0.`;
  if (problem === 'prefix-length') return `"${written}": the prefix length must be a number from 0 to ${bits}.`;
  if (/^[\d.]+\s*-\s*[\d.]+$/.test(text)) return `"${written}" is a range; write it as networks such as 192.0.2.0/28.`;
  if (/\s/.test(text)) return `"${written}" holds a blank; is a comma missing?`;
  if (/[a-z]/i.test(text) && !text.includes(':'))
    return `"${written}" is no network, such as 10.20.0.0/16. Names of servers belong in "hosts".`;
  return `"${written}" is no network, such as 10.20.0.0/16, 2001:db8:20::/48 or 192.0.2.25.`;
}

interface NetworkFile {
  readonly set: AddressSet;
  readonly problems: readonly Problem[];
}

function readNetworkFiles({ source, root, readFile }: Reading): ReadonlyMap<string, NetworkFile> {
  const files = new Map<string, NetworkFile>();
  const written = entriesOf(child(root, 'destinations'))
    .flatMap(({ value }) => itemsOf(child(value, 'networks')))
    .flatMap((item) => textOf(child(item, 'file')) ?? []);
  for (const text of written) {
    if (files.has(text.text)) continue;
    const content = readFile(text.text);
    if (typeof content === 'string') {
      files.set(text.text, networkFile(sourceOf(beside(source.path, text.text), content)));
    } else {
      files.set(text.text, {
        set: addressSet([]),
        problems: [problemAt(source, text, 'unreadable-file', printable(content.error))],
      });
    }
  }
  return files;
}

/** The file as a reader finds it from where the policy was named. */
function beside(policy: string, relative: string): string {
  const folder = policy.slice(0, policy.lastIndexOf('/') + 1);
  return relative.startsWith('/') ? relative : `${folder}${relative.replace(/^\.\//, '')}`;
}

/** One network a line; `#` begins a comment. */
function networkFile(source: Source): NetworkFile {
  const ranges: AddressRange[] = [];
  const problems: Problem[] = [];
  source.lineStarts.forEach((start, index) => {
    const line = source.text.slice(start, source.lineStarts[index + 1] ?? source.text.length);
    const [, space = '', text = ''] = /^(\s*)([^#]*)/.exec(line) ?? [];
    const written = text.trimEnd();
    if (written === '') return;
    const parsed = parseNetwork(written);
    if ('range' in parsed) ranges.push(parsed.range);
    const span = { start: start + space.length, end: start + space.length + written.length };
    if (problems.length < 100) problems.push(...writtenProblem(source, { text: written, ...span }, false));
  });
  if (ranges.length === 0 && problems.length === 0) {
    problems.push(problemAt(source, { start: 0, end: 1 }, 'empty-file', 'This file holds no network; write one a line.'));
  }
  return { set: addressSet(ranges), problems };
}
