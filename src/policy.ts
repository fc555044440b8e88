/** The policy commands: where a policy comes from, and what is said of it. */
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import { fileErrorText, readTextFile, writeFileAtomic } from './host/files.ts';
import { openRevision } from './host/git.ts';
import type { Expectations } from './model/expectations.ts';
import { LINT_SCHEMA, type LintReport } from './model/lint.ts';
import { nearest } from './model/nearest.ts';
import type { Policy } from './model/policy.ts';
import { InputError, inputError, type Problem } from './model/problem.ts';
import { frameAt, sourceOf } from './model/source.ts';
import { explainPolicy } from './policy/explain.ts';
import { BUILT_IN_TEXTS, TEMPLATE_TEXT } from './policy/generated/policy-texts.ts';
import { lintPolicy } from './policy/lint.ts';
import { type LoadedPolicy, loadPolicy, type PolicySource } from './policy/load.ts';
import { parsePublicKey } from './receipt/keys.ts';

export interface Where {
  readonly cwd: string;
}

/** Bytes; a policy over its limit of 4 MiB is told so by its loader, anything larger is not even read. */
const MAX_BYTES = 8 * 1024 * 1024;
export const DEFAULT_POLICY = 'postern.yaml';
/** Before the name of a built-in policy, where problems and results name it. */
const BUILT_IN = 'built-in:';

/**
 * Opens a policy: a path, or the name of a built-in one; without either `./postern.yaml`.
 *
 * @throws {InputError} that says what to run where there is none; every problem where it is wrong.
 */
export async function openPolicy(reference: string | null, where: Where): Promise<LoadedPolicy> {
  return loadPolicy(read(find(reference, where)));
}

/** Opens the policy that lies there. @throws {InputError} with every problem. */
export function openPolicyFile(path: string, cwd: string): LoadedPolicy {
  return loadPolicy(read({ path, file: resolve(cwd, path) }));
}

/**
 * Opens a policy as it is in a git revision, with the files that it names there: a change that is reviewed cannot loosen its own judge.
 *
 * @param reference  a path from here, as `openPolicy` takes it; null is `./postern.yaml`.
 * @throws {InputError} `unknown-revision`, `no-policy`, and every problem where it is wrong.
 */
export function openPolicyAt(revisionName: string, reference: string | null, { cwd }: Where): LoadedPolicy {
  const revision = openRevision(cwd, revisionName);
  const name = reference ?? DEFAULT_POLICY;
  const top = revision.top ?? cwd;
  const path = relative(realpathSync(top), resolve(realpathSync(cwd), name))
    .split(sep)
    .join('/');
  if (revision.kindOf(path) !== 'file') {
    throw inputError('no-policy', `There is no policy ${revision.nameOf(path)}: ${revisionName} has no such file.`);
  }
  const readFile = (beside: string): string | { readonly error: string } =>
    attemptText(() => revision.read(posix.join(posix.dirname(path), beside), MAX_BYTES));
  return loadPolicy({ path: revision.nameOf(path), text: revision.read(path, MAX_BYTES), readFile });
}

/** Every problem of a policy, errors as well as hints: what `policy lint` prints. Never throws what a policy's author did. */
export function lint(reference: string | null, where: Where, now: Date): LintReport {
  let path = reference ?? DEFAULT_POLICY;
  try {
    const found = find(reference, where);
    path = found.path;
    const source = read(found);
    const { policy, problems } = loadPolicy(source);
    const hints = lintPolicy(policy, now.toISOString().slice(0, 10)).map((problem) => framed(source, problem));
    return lintReport(path, policy, [...problems, ...hints, ...missingFiles(policy, source, found)]);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return lintReport(path, null, error.problems);
  }
}

/** The expectation matrix. @throws {InputError} as `openPolicy` does. */
export function explain(reference: string | null, where: Where): Expectations {
  return explainPolicy(loadPolicy(read(find(reference, where))).policy, (text) => parsePublicKey(text)?.id ?? null);
}

/**
 * Writes a commented policy to start from.
 *
 * @param file as given; null is `./postern.yaml`.
 * @returns the file as given, or its default.
 * @throws {InputError} `file-exists` where there is one and `force` is false.
 */
export async function init(file: string | null, where: Where, options: { readonly force: boolean }): Promise<string> {
  const name = file ?? DEFAULT_POLICY;
  const target = resolve(where.cwd, name);
  if (existsSync(target) && !options.force) {
    throw inputError(
      'file-exists',
      `${name} is there already; nothing was written. Name another file, or overwrite it with --force.`,
    );
  }
  await writeFileAtomic(target, TEMPLATE_TEXT);
  return name;
}

interface Found {
  /** As problems and results name it. */
  readonly path: string;
  /** Null: it is a built-in one. */
  readonly file: string | null;
}

function read({ path, file }: Found): PolicySource {
  if (file === null) return builtInSource(path);
  return { path, text: readTextFile(file, MAX_BYTES), readFile: (relative) => readBeside(file, relative) };
}

/** A built-in policy is part of the program; it names no files. */
function builtInSource(path: string): PolicySource {
  const text = BUILT_IN_TEXTS[path.slice(BUILT_IN.length)];
  if (text === undefined) throw new TypeError(`there is no ${path}`);
  return { path, text, readFile: (name) => ({ error: `${name} cannot be read: a built-in policy has no folder.` }) };
}

/** The place of a problem that lint found in the policy itself, shown in its text: the word that stands there. */
function framed({ path, text }: PolicySource, problem: Problem): Problem {
  if (problem.location === null) return problem;
  const source = sourceOf(path, text);
  const { line, column } = problem.location;
  const start = (source.lineStarts[line - 1] ?? 0) + column - 1;
  const word = /^["']?[^\s:,"'{}[\]]+/.exec(source.text.slice(start, start + 80))?.[0] ?? '';
  return { ...problem, frame: frameAt(source, problem.location, word.length) };
}

/** Files that a run will want; not an error, since a policy can be judged on a machine that has none of them. */
function missingFiles(policy: Policy, source: PolicySource, { file }: Found): Problem[] {
  const anchors = [...policy.audit.trust, ...policy.destinations.flatMap(({ ca }) => ca ?? [])].flatMap((path) => {
    const content = source.readFile(path);
    return typeof content === 'string' ? [] : [missingFile(content.error, null)];
  });
  const configurations = policy.firewalls.flatMap(({ files, location }) =>
    files.flatMap(({ path }) => {
      const words = file === null ? null : unreadableBeside(file, path);
      return words === null ? [] : [framed(source, missingFile(`${path} cannot be read: ${words}.`, location))];
    }),
  );
  return [...new Map([...anchors, ...configurations].map((problem) => [problem.message, problem])).values()];
}

function missingFile(message: string, location: Problem['location']): Problem {
  return { severity: 'warning', code: 'missing-file', message, location, frame: null };
}

/** Why a configuration cannot be read, which may be a folder, and larger than a policy; null where it can. */
function unreadableBeside(file: string, path: string): string | null {
  try {
    accessSync(isAbsolute(path) ? path : join(dirname(file), path), constants.R_OK);
    return null;
  } catch (error) {
    const words = fileErrorText(error);
    if (words === null) throw error;
    return words;
  }
}

function lintReport(path: string, policy: Policy | null, unsorted: readonly Problem[]): LintReport {
  const lineOf = ({ location }: Problem): number => location?.line ?? Number.MAX_SAFE_INTEGER;
  const problems = [...unsorted].sort((a, b) => lineOf(a) - lineOf(b));
  const count = (severity: Problem['severity']): number => problems.filter((problem) => problem.severity === severity).length;
  const size = policy === null ? null : sizeOf(policy);
  return {
    schema: LINT_SCHEMA,
    path,
    policy: size,
    summary: { errors: count('error'), warnings: count('warning'), hints: count('hint') },
    problems: policy === null ? unsorted : problems,
  };
}

function sizeOf({ name, digest, segments, destinations, rules }: Policy): NonNullable<LintReport['policy']> {
  return { name, digest, segments: segments.length, destinations: destinations.length, rules: rules.length };
}

function find(reference: string | null, where: Where): Found {
  const builtIn = builtInPolicies();
  if (reference === null) {
    const file = join(where.cwd, DEFAULT_POLICY);
    if (!existsSync(file)) throw inputError('no-policy', noPolicy(builtIn));
    return { path: DEFAULT_POLICY, file };
  }
  if (builtIn.includes(reference) && !existsSync(resolve(where.cwd, reference))) {
    return { path: `${BUILT_IN}${reference}`, file: null };
  }
  const file = resolve(where.cwd, reference);
  if (!existsSync(file))
    throw inputError('no-policy', noSuchPolicy(reference, [...builtIn, ...policiesBeside(reference, file)], builtIn));
  return { path: reference, file };
}

/** Names of the built-in policies, in order. */
export function builtInPolicies(): readonly string[] {
  return Object.keys(BUILT_IN_TEXTS);
}

function noPolicy(builtIn: readonly string[]): string {
  return `There is no ${DEFAULT_POLICY} here. Write one with: postern policy init. Or name a policy: a path, or one of the built-in ones: ${builtIn.join(', ')}.`;
}

function noSuchPolicy(reference: string, known: readonly string[], builtIn: readonly string[]): string {
  const near = nearest(reference, known);
  const advice = near === null ? `Built-in policies: ${builtIn.join(', ')}.` : `Did you mean ${near}?`;
  return `There is no policy ${reference}: no such file, and no built-in policy of that name. ${advice}`;
}

/** YAML files in the folder that was named, as the user would write them. */
function policiesBeside(reference: string, file: string): readonly string[] {
  const before = reference.slice(0, reference.length - basename(file).length);
  return namesIn(dirname(file))
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => before + name);
}

/** Nothing of a folder that is none or may not be read: this is only for a suggestion. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (fileErrorText(error) === null) throw error;
    return [];
  }
}

function readBeside(file: string, relative: string): string | { readonly error: string } {
  try {
    return readTextFile(isAbsolute(relative) ? relative : join(dirname(file), relative), MAX_BYTES);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const words = fileErrorText(error.cause);
    return {
      error: words === null ? error.problems.map(({ message }) => message).join(' ') : `${relative} cannot be read: ${words}.`,
    };
  }
}

function attemptText(read: () => string): string | { readonly error: string } {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { error: error.problems.map(({ message }) => message).join(' ') };
  }
}
