/**
 * Whether the two sides of a change mean the same by a firewall as the policy that judges. A change may leave the files that were compared as they are
 * and let its own policy name others: then they say nothing of what is in force after it.
 *
 * Worked example: by the policy of main edge is fw/edge.nft, and the change adds fw/other.nft and names that instead. Nothing changes in fw/edge.nft,
 * and the review of edge is not judged.
 */
import { dirname, isAbsolute, join, posix, sep } from 'node:path';
import type { FirewallReview } from './compare/review.ts';
import type { Located } from './configuration-files.ts';
import { diskTree } from './host/file-tree.ts';
import { whyOf } from './inspected.ts';
import type { Doubt } from './model/configuration.ts';
import { sha256 } from './model/digest.ts';
import { listText } from './model/list-text.ts';
import type { Firewall, Policy } from './model/policy.ts';
import { InputError } from './model/problem.ts';
import { openPolicyAt, openPolicyFile } from './policy.ts';

export interface SidesOfPolicy {
  readonly cwd: string;
  /** As given. */
  readonly policyFile: string;
  readonly before: readonly Located[];
  readonly after: readonly Located[];
  /** Whether the files of each side were named: then no policy says which they are. */
  readonly named: boolean;
  /** Of the policy's firewalls only this one; null: all. */
  readonly only: string | null;
}

/** The reviews, with a doubt where a side's policy means something else by their firewall, and one for each firewall that was not looked at at all. */
export function withPolicyDoubts(
  policy: Policy,
  reviews: readonly FirewallReview[],
  sides: SidesOfPolicy,
): readonly FirewallReview[] {
  const others = [sideOf('before', sides), sideOf('after', sides)].filter((side) => side !== null);
  const own = reviews.map((review): FirewallReview => {
    const judging = policy.firewalls.find(({ name }) => name === review.firewall);
    const texts = judging === undefined ? [] : others.flatMap((side) => differenceIn(side, judging, sides.named));
    if (texts.length === 0) return review;
    return { ...review, doubts: [...(review.doubts ?? []), doubtOf([...new Set(texts)].join(' '))] };
  });
  const known = policy.firewalls.map(({ name }) => name);
  const left = sides.named ? [] : others.flatMap((side) => leftOut(side, known, sides.only));
  return [...own, ...left];
}

function doubtOf(text: string): Doubt {
  return { about: 'policy', text: `${text} ${SETTLES}`, key: sha256(JSON.stringify(['policy', text])) };
}

const SETTLES = 'Bring the policy in by a change of its own that somebody agrees to, then review the files by it.';

interface Side {
  readonly when: 'before' | 'after';
  /** A sentence where it cannot be read. */
  readonly policy: Policy | string;
}

/** Null where the side has no such policy. Files on disk that are named as what was before are of no known time. */
function sideOf(when: Side['when'], sides: SidesOfPolicy): Side | null {
  const { cwd, policyFile } = sides;
  const located = sides[when];
  const [first] = located;
  const revision = located.find((place) => place.revision !== null)?.revision ?? null;
  if (revision !== null) return attempt(when, () => openPolicyAt(revision.name, policyFile, { cwd }).policy);
  if (when === 'before' && first?.kind !== 'folder') return null;
  const places = first?.kind === 'folder' ? placesIn(first.path, policyFile) : [policyFile];
  const path = places.find((place) => diskTree(cwd).kindOf(place) === 'file');
  return path === undefined ? null : attempt(when, () => openPolicyFile(path, cwd).policy);
}

function placesIn(folder: string, policyFile: string): readonly string[] {
  const parts = posix
    .normalize(policyFile.split(sep).join('/'))
    .split('/')
    .filter((part) => part !== '' && part !== '..' && part !== '.');
  const within = parts.map((_, from) => join(folder, ...parts.slice(from)));
  return isAbsolute(policyFile) && dirname(policyFile) === folder ? [policyFile] : within;
}

function attempt(when: Side['when'], open: () => Policy): Side | null {
  try {
    return { when, policy: open() };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (error.problems.some(({ code }) => code === 'no-policy')) return null;
    return { when, policy: whyOf(error) };
  }
}

function differenceIn({ when, policy }: Side, judging: Firewall, named: boolean): readonly string[] {
  const { name } = judging;
  if (typeof policy === 'string')
    return [`What the policy ${when} the change means by ${name} is not known, since it cannot be read: ${policy}`];
  const other = policy.firewalls.find((one) => one.name === name);
  // Before there were firewalls in the policy, nothing was meant by them.
  if (other === undefined && (named || (when === 'before' && policy.firewalls.length === 0))) return [];
  if (other === undefined) return [`${policy.path}, the policy ${when} the change, names no firewall ${name}.`];
  const differences = aspectsOf(other)
    .filter(([aspect]) => !named || aspect === 'hook' || aspect === 'interfaces')
    .flatMap(([aspect, value]) => {
      const judged = aspectsOf(judging).find(([one]) => one === aspect)?.[1] ?? '';
      return judged === value ? [] : [`the ${aspect} ${value} instead of ${judged}`];
    });
  if (differences.length === 0) return [];
  return [
    `${policy.path}, the policy ${when} the change, gives ${name} ${listText(differences)}: what was compared is not what it means by ${name}.`,
  ];
}

function aspectsOf({ files, format, hook, interfaces }: Firewall): readonly (readonly [string, string])[] {
  const paths = files.map((file) => {
    const own = file.format ?? format;
    return `${posix.normalize(file.path.split(sep).join('/'))}${own === null ? '' : ` (${own})`}`;
  });
  const mapped = [...interfaces].map(([name, names]) => `${name}: ${[...names].sort().join(', ')}`).sort();
  return [
    ['files', listText(paths)],
    ['hook', hook],
    ['interfaces', mapped.length === 0 ? 'none' : mapped.join('; ')],
  ];
}

function leftOut({ when, policy }: Side, known: readonly string[], only: string | null): readonly FirewallReview[] {
  if (typeof policy === 'string') return [];
  return policy.firewalls
    .filter(({ name }) => !known.includes(name) && (only === null || only === name))
    .map(({ name, files }) => ({
      firewall: name,
      changes: [],
      problem: `${policy.path}, the policy ${when} the change, names the firewall ${name} (${listText(files.map(({ path }) => path))}), and the policy that judges does not: it was not looked at. ${SETTLES}`,
      notes: [],
    }));
}
