/** What of a firewall's configuration cannot be judged as a whole, by its policy: of one reading, and of the two sides of a change. */

import type { ReadFirewall } from './configuration-reading.ts';
import type { Unread } from './configuration-unread.ts';
import { interfaceDoubts, type MappedInterface, textDoubts } from './firewall/doubts.ts';
import type { Ruleset } from './firewall/ruleset.ts';
import type { Doubt } from './model/configuration.ts';
import { auditedPorts, destinationsOf } from './model/configuration-question.ts';
import { sha256 } from './model/digest.ts';
import { GIVEN } from './model/firewall-text.ts';
import { listText } from './model/list-text.ts';
import type { Firewall, Policy } from './model/policy.ts';

export function doubtsOf(policy: Policy, firewall: Firewall, ruleset: Ruleset): readonly Doubt[] {
  return [...textDoubts(ruleset, doubtingOf(policy, firewall)), ...mappedDoubts(policy, firewall, [ruleset])];
}

/** Of a change: chains that are not looked at are one where they differ; what says the same before and after is a note. */
export function changeDoubts(
  policy: Policy,
  firewall: Firewall,
  { before, after }: { readonly before: Ruleset; readonly after: Ruleset },
): { readonly doubts: readonly Doubt[]; readonly notes: readonly string[] } {
  const doubting = doubtingOf(policy, firewall);
  const [old, fresh] = [textDoubts(before, doubting), textDoubts(after, doubting)];
  const same = ({ about, key }: Doubt, others: readonly Doubt[]): boolean =>
    about === 'hooks' && others.some((other) => other.key === key);
  const gone = old.filter((one) => !same(one, fresh) && !fresh.some(({ about }) => about === one.about));
  const doubts = [
    ...fresh.filter((one) => !same(one, old)),
    ...gone.map((one) => ({ ...one, text: `Before the change: ${one.text}` })),
    ...mappedDoubts(policy, firewall, [before, after]),
  ];
  const notes = fresh.filter((one) => same(one, old)).map(({ text }) => `The same before and after the change: ${text}`);
  return { doubts, notes };
}

function doubtingOf(policy: Policy, { name, hook }: Firewall): Parameters<typeof textDoubts>[1] {
  return { name, hook, ports: auditedPorts(policy) };
}

/** Packets come in by a segment's interface, and leave by that of their destination, which may be a segment. */
function mappedDoubts(policy: Policy, firewall: Firewall, rulesets: readonly Ruleset[]): readonly Doubt[] {
  const segments = policy.segments.map(({ name }) => name);
  const destinations = destinationsOf(policy).map(({ name }) => name);
  const mapped = [...firewall.interfaces].flatMap(([of, names]) =>
    names.flatMap((name): readonly MappedInterface[] => [
      ...(segments.includes(of) ? [{ of, interface: name, side: 'in' } as const] : []),
      ...(destinations.includes(of) ? [{ of, interface: name, side: 'out' } as const] : []),
    ]),
  );
  const where = firewall.name === GIVEN ? '--interface' : `firewalls.${firewall.name}.interfaces`;
  return interfaceDoubts(rulesets, mapped, firewall, where);
}

/**
 * What one side of a change lacks, or what of a folder changed without being read: the sides say the same, and what is in force may not be.
 *
 * Worked example: a change moves fw/old.v6 to fw/edge.v6 and opens it. By the policy fw/edge.v6 is the file, which was not there before: nothing
 * described IPv6, so that nothing is newly open.
 */
export function fileDoubts(before: ReadFirewall, after: ReadFirewall, others: ReadonlySet<string>): readonly Doubt[] {
  const [old, fresh] = [before.unread(others), after.unread(others)];
  const touched = touchedIn(old.files, fresh.files);
  const cut = [...new Set([...old.cut, ...fresh.cut])];
  const texts = [
    ...before.missing.map((text) => `${text} What was in force before the change is not known: name the file that held it.`),
    ...after.missing.map((text) => `${text} What is in force after the change is not known: name the file that holds it.`),
    ...(touched.length === 0 ? [] : [touchedText(touched)]),
    ...cut.map(cutText),
  ];
  return texts.length === 0 ? [] : [{ about: 'files', text: texts.join(' '), key: sha256(JSON.stringify([texts, touched])) }];
}

/**
 * What lies in a folder of configurations and was not read, though it may be about a firewall.
 *
 * @param others  names of files that belong to other firewalls of the policy.
 */
export function unreadDoubts(read: ReadFirewall, others: ReadonlySet<string>): readonly Doubt[] {
  const { files, cut } = read.unread(others);
  const texts = [...(files.size === 0 ? [] : [unreadText([...files.values()].map(({ name }) => name))]), ...cut.map(cutText)];
  if (texts.length === 0) return [];
  const content = [...files].map(([path, { digest }]) => [path, digest]);
  return [{ about: 'files', text: texts.join(' '), key: sha256(JSON.stringify(['files', content, cut])) }];
}

function unreadText(names: readonly string[]): string {
  const [lies, was, does] = names.length === 1 ? ['lies', 'was', 'it does'] : ['lie', 'were', 'they do'];
  return `${namedOf(names)} ${lies} in the folder of this firewall, may be about a firewall and ${was} not read: of a folder Postern reads the configurations that lie directly in it, and what these include. What ${does} to mail is not known: name what counts in files of the policy (or with --config), or include it; keep the rest elsewhere, or waive this row with the reason.`;
}

function cutText(folder: string): string {
  return `${folder} holds too many files to look at each: name the configurations that count, or a folder of their own.`;
}

interface Touched {
  readonly name: string;
  /** Digests: a waiver of the row is of this change of it alone. Null: it is not there, or nobody knows what it holds. */
  readonly was: string | null;
  readonly is: string | null;
}

function touchedIn(before: Unread['files'], after: Unread['files']): readonly Touched[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .map((name) => ({ name, was: before.get(name)?.digest ?? null, is: after.get(name)?.digest ?? null }))
    .filter(({ was, is }) => was !== is || was === null);
}

/** Names that are told. */
const MOST_NAMED = 5;

function namedOf(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED;
  return listText(rest > 1 ? [...names.slice(0, MOST_NAMED), `${rest} others`] : names);
}

function touchedText(touched: readonly Touched[]): string {
  const [were, does] = touched.length === 1 ? ['was', 'it does'] : ['were', 'they do'];
  const touches = touched.some(({ was, is }) => was === is) ? 'touches, or may touch,' : 'touches';
  return `The change ${touches} ${namedOf(touched.map(({ name }) => name))} in the folder of this firewall, which may be about a firewall and ${were} not read: what ${does} to mail is not known. Look at it yourself and waive this row with the reason, or have the policy name the configurations that count.`;
}
