/** The text of a policy → the policy, or every problem in it. */
import type { Location, Policy } from '../model/policy.ts';
import { InputError, type Problem } from '../model/problem.ts';
import { locate, type Source, sourceOf } from '../model/source.ts';
import { checkHosts } from './check-hosts.ts';
import { checkNames } from './check-names.ts';
import { checkNetworks } from './check-networks.ts';
import { checkShape } from './check-shape.ts';
import { checkValues } from './check-values.ts';
import { child, type Node } from './node.ts';
import { normalise } from './normalise.ts';
import { parseYaml } from './parse-yaml.ts';
import type { Reading } from './reading.ts';

export interface PolicySource {
  readonly text: string;
  /** As given, or `built-in:NAME`: the file that problems name. */
  readonly path: string;
  /** The text of a file that the policy names, relative to it; or why it cannot be read, as a sentence. */
  readFile(relative: string): string | { readonly error: string };
}

export interface LoadedPolicy {
  readonly policy: Policy;
  /** Warnings only. */
  readonly problems: readonly Problem[];
}

/** Problems thrown at once; a text with more is something else than a policy. */
const MAX_PROBLEMS = 1_000;

/**
 * Reads a policy: YAML 1.2, the shape by the published schema, then what a schema cannot say.
 *
 * @throws {InputError} with every problem in one go, by place: syntax problems alone (nothing further can be read), else those
 *   of shape and meaning together.
 */
export function loadPolicy(source: PolicySource): LoadedPolicy {
  const text = sourceOf(source.path, source.text);
  const { root, problems: unreadable } = parseYaml(text);
  if (root === null) throw new InputError(sorted(text, unreadable));
  const reading: Reading = { source: text, root, readFile: (relative) => source.readFile(relative) };
  const shape = checkShape(text, root);
  const networks = checkNetworks(reading);
  const meaning = [...checkNames(reading), ...networks.problems, ...checkHosts(reading), ...checkValues(reading)];
  const problems = sorted(text, [...unreadable, ...withoutRepeats(unreadable, shape.problems), ...meaning]);
  if (shape.document === null || problems.some(({ severity }) => severity === 'error')) throw new InputError(limited(problems));
  const locationOf = (section: string, entry: string | number): Location => locate(text, placeOf(root, section, entry));
  return { policy: normalise({ path: source.path, document: shape.document, files: networks.files, locationOf }), problems };
}

/** Where something is already wrong as YAML (an alias), its shape is no second problem. */
function withoutRepeats(known: readonly Problem[], problems: readonly Problem[]): readonly Problem[] {
  const places = new Set(known.map(placeKey));
  return problems.filter((problem) => !places.has(placeKey(problem)));
}

function placeKey({ location }: Problem): string {
  return `${location?.line}:${location?.column}`;
}

function sorted({ path }: Source, problems: readonly Problem[]): readonly Problem[] {
  const rank = (problem: Problem): number[] => [
    problem.location?.file === path ? 0 : 1,
    problem.location?.line ?? 0,
    problem.location?.column ?? 0,
  ];
  return problems
    .map((problem) => ({ problem, rank: rank(problem) }))
    .sort((a, b) => a.rank.reduce((order, number, index) => order || number - (b.rank[index] ?? 0), 0))
    .map(({ problem }) => problem);
}

function limited(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MAX_PROBLEMS) return problems;
  const message = `${problems.length - MAX_PROBLEMS} further problems are not shown.`;
  return [...problems.slice(0, MAX_PROBLEMS), { severity: 'error', code: 'too-many', message, location: null, frame: null }];
}

/** A named entry is placed at its name; an entry of a list where it begins. */
function placeOf(root: Node, section: string, entry: string | number): number {
  const node = child(root, section);
  if (node?.kind === 'list') return node.items[Number(entry)]?.start ?? node.start;
  return (node?.kind === 'map' ? node.entries.get(String(entry))?.key.start : undefined) ?? root.start;
}
