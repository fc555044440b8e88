/** The files of one command are different files: no document replaces the policy, the evidence or the log that belong to it. */
import { resolve } from 'node:path';
import { UsageError } from './command.ts';

export interface OwnFile {
  /** As the user calls it: `--output`, `the policy`. */
  readonly role: string;
  /** As given; null where there is none. */
  readonly file: string | null;
}

/** @throws {UsageError} naming both roles of a file that has two. */
export function requireDistinct(cwd: string, own: readonly OwnFile[]): void {
  const roles = new Map<string, string>();
  for (const { role, file } of own) {
    if (file === null) continue;
    const place = resolve(cwd, file);
    const other = roles.get(place);
    if (other === role) throw new UsageError(`${file} was given as ${role} twice; give each file once.`);
    if (other !== undefined) throw new UsageError(`${file} would be ${other} and ${role} at once; name a file for each.`);
    roles.set(place, role);
  }
}
