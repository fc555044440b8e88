/** `postern review`: what a change of firewall configurations newly allows, blocks and redirects, judged by the policy. */

import { type FirewallReview, judgeReview } from './compare/review.ts';
import type { CompareSettings } from './compare.ts';
import { changeDoubts, fileDoubts } from './configuration-doubts.ts';
import {
  type ConfigurationFile,
  type ConfigurationFiles,
  filesWithin,
  givenFiles,
  type Located,
  locate,
  policyFiles,
} from './configuration-files.ts';
import { namesOf, type ReadFirewall, readFirewall, unmetFamilies, warningsOf } from './configuration-reading.ts';
import { differences } from './firewall/difference.ts';
import {
  attempts,
  chosenFirewalls,
  firewallOfFiles,
  type GivenFirewall,
  type Here,
  policyPlace,
  refuseGiven,
  whyOf,
} from './inspected.ts';
import { listText } from './model/list-text.ts';
import type { ConfigurationFormat, Firewall, Policy } from './model/policy.ts';
import { InputError, inputError } from './model/problem.ts';
import { RESULT_SCHEMA, type Result } from './model/result.ts';
import { withPolicyDoubts } from './review-policies.ts';

export interface ReviewSettings extends Pick<CompareSettings, 'tool' | 'requireProof'>, GivenFirewall {
  readonly cwd: string;
  /** The policy's file as given: where its firewalls' files lie, also where the policy itself was read from a revision. */
  readonly policyFile: string;
  /** Files, folders or revisions. */
  readonly before: readonly string[];
  /** The same; empty: the files of the policy's firewalls, as they are on disk. */
  readonly after: readonly string[];
  /** One for each of `before`, then one for each of `after`; null: to be detected. */
  readonly formats: GivenFirewall['formats'];
  readonly budget: number;
  readonly host: Here;
  readonly operator: string | null;
  readonly reference: string | null;
}

/**
 * Reads both sides, compares and judges. A firewall of several that cannot be read is one inconclusive row.
 *
 * @throws {InputError} with every problem where none can be read.
 */
export function review(policy: Policy, settings: ReviewSettings): Result {
  const { host, tool, requireProof, operator, reference } = settings;
  const startedAt = host.clock.now();
  const reviews = reviewsOf(policy, settings);
  const judgement = judgeReview(policy, reviews, { now: host.clock.now(), requireProof });
  const finishedAt = host.clock.now();
  return {
    schema: RESULT_SCHEMA,
    tool,
    policy: { name: policy.name, path: policy.path, digest: policy.digest },
    run: {
      id: host.runId,
      command: 'review',
      startedAt: new Date(startedAt).toISOString(),
      finishedAt: new Date(finishedAt).toISOString(),
      elapsedMs: Math.max(0, finishedAt - startedAt),
      interrupted: false,
      operator,
      reference,
    },
    vantages: [],
    ...judgement,
  };
}

interface Sides {
  readonly before: ReadFirewall;
  readonly after: ReadFirewall;
}

function reviewsOf(policy: Policy, settings: ReviewSettings): readonly FirewallReview[] {
  const { cwd } = settings;
  const [before, after] = [settings.before, settings.after].map((names) => names.map((name) => locate(name, cwd)));
  const given = { before: before ?? [], after: after ?? [] };
  const firewalls = firewallsOf(policy, settings, given);
  const read = attempts(firewalls, (firewall) => bothSides(policy, firewall, settings, given));
  const others = namesOf(read.flatMap(({ value }) => (value === null ? [] : [value.before, value.after])));
  const reviews = read.map(({ firewall, value, error }) => {
    if (value !== null) return reviewOf(policy, firewall, { ...value, others }, settings.budget);
    return { firewall: firewall.name, changes: [], problem: error === null ? null : whyOf(error), notes: [] };
  });
  return withPolicyDoubts(policy, reviews, {
    ...given,
    cwd,
    policyFile: settings.policyFile,
    named: areNamed(policy, given),
    only: settings.firewall,
  });
}

interface Given {
  readonly before: readonly Located[];
  readonly after: readonly Located[];
}

/** A folder or revision holds the files of every firewall of the policy; files that are named are those of one. */
function firewallsOf(policy: Policy, settings: ReviewSettings, { before, after }: Given): readonly Firewall[] {
  const named = areNamed(policy, { before, after });
  if (named && after.length === 0 && policy.firewalls.length === 0) {
    throw inputError(
      'no-configuration',
      `--after is missing: ${policy.path} names no firewalls whose files on disk could be meant. Name the files after the change.`,
    );
  }
  if (named) return [firewallOfFiles(policy, settings)];
  refuseGiven(policy, settings);
  return chosenFirewalls(policy, settings.firewall);
}

function areNamed({ firewalls }: Policy, { before, after }: Given): boolean {
  return firewalls.length === 0 || ![before, after].every((side) => side.length === 0 || isTree(side));
}

function isTree([only, ...others]: readonly Located[]): boolean {
  return only?.kind === 'folder' && others.length === 0;
}

/** Reads both sides even where the first has problems: all of them are told. */
function bothSides(policy: Policy, firewall: Firewall, settings: ReviewSettings, given: Given): Sides {
  const problems: InputError[] = [];
  const read = (files: () => ConfigurationFiles): ReadFirewall | null => {
    try {
      return readFirewall(files());
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(error);
      return null;
    }
  };
  const { formats } = settings;
  const [old, fresh] = [formats.slice(0, given.before.length), formats.slice(given.before.length)];
  const before = read(() => filesOf(policy, firewall, settings, { places: given.before, formats: old }));
  const after = read(() => filesOf(policy, firewall, settings, { places: given.after, formats: fresh }));
  if (before === null || after === null) throw new InputError(problems.flatMap((error) => error.problems));
  return { before, after };
}

interface Side {
  readonly places: readonly Located[];
  /** One for each place; null: to be detected. */
  readonly formats: GivenFirewall['formats'];
}

function filesOf(policy: Policy, firewall: Firewall, settings: ReviewSettings, { places, formats }: Side): ConfigurationFiles {
  const { policyFile, cwd } = settings;
  if (places.length === 0) return policyFiles(firewall, policyFile, cwd);
  const [only] = places;
  const own = policy.firewalls.includes(firewall);
  if (only === undefined || !own || !isTree(places)) return withRevision(givenFiles(places, formats), places);
  const files = filesWithin(firewall, policyPlace(policyFile, cwd), only);
  return withRevision({ ...files, files: files.files.map((file) => withFormat(file, formats[0] ?? null)) }, places);
}

/** A file of the policy in a tree that was named, with the format that was given for that tree. */
function withFormat(file: ConfigurationFile, given: ConfigurationFormat | null): ConfigurationFile {
  if (given === null || file.format === null || file.format === given) return { ...file, format: file.format ?? given };
  const name = file.tree.nameOf(file.path);
  throw inputError('given-twice', `The policy says of ${name} that it is ${file.format}, --config-format that it is ${given}.`);
}

function withRevision(files: ConfigurationFiles, side: readonly Located[]): ConfigurationFiles {
  const revisions = new Map(side.flatMap(({ revision }) => (revision === null ? [] : [[revision.name, revision.commit]])));
  const notes = [...revisions].map(([name, commit]) => `${name} is commit ${commit}.`);
  return { ...files, notes: [...files.notes, ...notes] };
}

/** @param others  names of files that were read of any firewall. */
function reviewOf(
  policy: Policy,
  firewall: Firewall,
  { before, after, others }: Sides & { readonly others: ReadonlySet<string> },
  budget: number,
): FirewallReview {
  const { hook } = firewall;
  const found = differences({ policy, firewall, before: before.ruleset, after: after.ruleset, hook, budget });
  const doubted = changeDoubts(policy, firewall, { before: before.ruleset, after: after.ruleset });
  return {
    firewall: firewall.name,
    changes: found.changes,
    problem: found.problem,
    doubts: [...doubted.doubts, ...fileDoubts(before, after, others)],
    notes: [
      ...sideNotes(firewall, before, after),
      ...found.notes,
      ...doubted.notes,
      ...(found.dead !== null ? [] : ['Lines that can never match were not looked for: that takes more than --node-budget.']),
    ],
    ...(found.dead === null ? {} : { dead: found.dead }),
  };
}

/** What both sides say once, and what one of them says. */
function sideNotes({ hook }: Firewall, before: ReadFirewall, after: ReadFirewall): readonly string[] {
  const [old, fresh] = [before, after].map((side) => notesOf(side, hook));
  const [first, second] = [old ?? [], fresh ?? []];
  return [
    `Compared was ${filesText(before)} before the change with ${filesText(after)} after it, for packets at hook ${hook}.`,
    ...first.filter((note) => second.includes(note)),
    ...first.filter((note) => !second.includes(note)).map((note) => `Before: ${note}`),
    ...second.filter((note) => !first.includes(note)).map((note) => `After: ${note}`),
  ];
}

function notesOf({ ruleset, notes }: ReadFirewall, hook: Firewall['hook']): readonly string[] {
  return [...notes, ...ruleset.assumptions, ...unmetFamilies(ruleset, hook), ...warningsOf(ruleset)];
}

function filesText({ files }: ReadFirewall): string {
  return listText(files.map(({ file, format, lines }) => `${file} (${format}, ${lines} lines)`));
}
