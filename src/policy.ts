/** The policy commands: where a policy comes from, and what is said of it. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { readTextFile } from './host/files.ts';
import { InputError, inputError } from './model/problem.ts';
import { type LoadedPolicy, loadPolicy } from './policy/load.ts';
import { nearest } from './policy/nearest.ts';

export interface Where {
  readonly cwd: string;
  /** The folder of package.json: built-in policies lie in its `policies`. */
  readonly packageRoot: string;
}

/** Bytes; a policy over its limit of 4 MiB is told so by its loader, anything larger is not even read. */
const MAX_BYTES = 8 * 1024 * 1024;
const DEFAULT_POLICY = 'postern.yaml';

/**
 * Opens a policy: a path, or the name of a built-in one; without either `./postern.yaml`.
 *
 * @throws {InputError} that says what to run where there is none; every problem where it is wrong.
 */
export async function openPolicy(reference: string | null, where: Where): Promise<LoadedPolicy> {
  const { path, file } = find(reference, where);
  return loadPolicy({ path, text: readTextFile(file, MAX_BYTES), readFile: (relative) => readBeside(file, relative) });
}

interface Found {
  /** As problems and results name it. */
  readonly path: string;
  readonly file: string;
}

function find(reference: string | null, where: Where): Found {
  const builtIn = builtInPolicies(where);
  if (reference === null) {
    const file = join(where.cwd, DEFAULT_POLICY);
    if (!existsSync(file)) throw inputError('no-policy', noPolicy(builtIn));
    return { path: DEFAULT_POLICY, file };
  }
  if (builtIn.includes(reference) && !existsSync(resolve(where.cwd, reference))) {
    return { path: `built-in:${reference}`, file: join(where.packageRoot, 'policies', `${reference}.yaml`) };
  }
  const file = resolve(where.cwd, reference);
  if (!existsSync(file)) throw inputError('no-policy', noSuchPolicy(reference, builtIn));
  return { path: reference, file };
}

/** Names of the built-in policies, in order. */
export function builtInPolicies({ packageRoot }: Where): readonly string[] {
  return readdirSync(join(packageRoot, 'policies'))
    .filter((name) => name.endsWith('.yaml') && name !== 'template.yaml')
    .map((name) => basename(name, '.yaml'))
    .sort();
}

function noPolicy(builtIn: readonly string[]): string {
  return `There is no ${DEFAULT_POLICY} here. Write one with: postern policy init. Or name a policy: a path, or one of the built-in ones: ${builtIn.join(', ')}.`;
}

function noSuchPolicy(reference: string, builtIn: readonly string[]): string {
  const near = nearest(reference, builtIn);
  const advice = near === null ? `Built-in policies: ${builtIn.join(', ')}.` : `Did you mean the built-in policy "${near}"?`;
  return `There is no policy ${reference}: no such file, and no built-in policy of that name. ${advice}`;
}

function readBeside(file: string, relative: string): string | { readonly error: string } {
  try {
    return readTextFile(isAbsolute(relative) ? relative : join(dirname(file), relative), MAX_BYTES);
  } catch (error) {
    if (error instanceof InputError) return { error: error.problems.map(({ message }) => message).join(' ') };
    throw error;
  }
}
