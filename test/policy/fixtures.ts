/** Reads the policies of fixtures/policies; which test uses which is told there by folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Policy } from '../../src/model/policy.ts';
import { InputError, type Problem } from '../../src/model/problem.ts';
import { type LoadedPolicy, loadPolicy } from '../../src/policy/load.ts';

export const root: string = join(dirname(fileURLToPath(import.meta.url)), '../..');

export function names(folder: 'valid' | 'invalid'): string[] {
  return readdirSync(join(root, 'fixtures/policies', folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.replace(/\.yaml$/, ''))
    .sort();
}

export function textOf(folder: 'valid' | 'invalid', name: string): string {
  return readFileSync(join(root, 'fixtures/policies', folder, name), 'utf8');
}

/** Loads a text as if it stood in a folder of fixtures. */
export function load(text: string, path = 'test.yaml', folder: 'valid' | 'invalid' = 'valid'): LoadedPolicy {
  return loadPolicy({
    path,
    text,
    readFile: (relative) => {
      try {
        return readFileSync(join(root, 'fixtures/policies', folder, relative), 'utf8');
      } catch {
        return { error: `${relative} cannot be read: there is no such file.` };
      }
    },
  });
}

export function policyOf(text: string): Policy {
  return load(text).policy;
}

/** What loading complains of; fails where it does not. */
export function problemsOf(text: string): readonly Problem[] {
  try {
    load(text);
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  throw new Error('the policy was accepted');
}

/** A policy with one segment and one destination, and whatever is added or replaced. */
export function policyText(parts: Readonly<Record<string, string>> = {}): string {
  const sections: Record<string, string> = {
    version: '1',
    name: 'test',
    segments: '{ staff: { networks: [10.20.0.0/16] } }',
    destinations: '{ provider: { hosts: [smtp.example.net], listening: [465, 587] } }',
    rules: '[{ name: submit, from: staff, to: provider, ports: [465, 587] }]',
    ...parts,
  };
  return Object.entries(sections)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}
