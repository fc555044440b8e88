/** The files of one command are different files: no document replaces the policy, the evidence or the log that belong to it. */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileErrorText } from '../src/host/files.ts';
import type { Policy } from '../src/model/policy.ts';
import { UsageError } from './command.ts';

export interface OwnFile {
  /** As the user calls it: `--output`, `the policy`. */
  readonly role: string;
  /** As given; null where there is none. */
  readonly file: string | null;
  /** Nothing may be written anywhere in it. */
  readonly folder?: true;
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

/**
 * That no document replaces a file, by whatever path either is named. A document that is written takes the place of a link; what is read by a link is
 * what that leads to.
 *
 * @throws {UsageError} naming both.
 */
export function requireUntouched(cwd: string, own: readonly OwnFile[], documents: readonly OwnFile[]): void {
  for (const { role, file } of documents) {
    if (file === null) continue;
    const place = placeOf(resolve(cwd, file));
    const hit = own.find((one) => one.file !== null && covers(resolve(cwd, one.file), one.folder === true, place));
    if (hit === undefined) continue;
    if (hit.folder) throw new UsageError(`${file} lies in ${hit.role}, which is Postern's alone; write ${role} elsewhere.`);
    throw new UsageError(`${file} would be ${hit.role} and ${role} at once; name a file for each.`);
  }
}

/** Files that a policy names. What it reads networks from is not among them: the policy does not keep their names. */
export function policyFiles({ audit, destinations, firewalls }: Policy, reference: string): readonly OwnFile[] {
  const beside = (file: string): string => (isAbsolute(file) ? file : join(dirname(reference), file));
  const anchors = [...audit.trust, ...destinations.flatMap(({ ca }) => ca ?? [])];
  return [
    ...anchors.map((file) => ({ role: 'a trust anchor of the policy', file: beside(file) })),
    ...firewalls.flatMap(({ name, files }) =>
      files.map(({ path }) => ({ role: `a configuration of the firewall ${name}`, file: beside(path) })),
    ),
  ];
}

function covers(own: string, folder: boolean, place: string): boolean {
  const places = [own, placeOf(own), realOf(own)];
  return places.some((one) => one === place || (folder && place.startsWith(`${one}${sep}`)));
}

/** Where a file would be put: its folder's real path. */
function placeOf(path: string): string {
  return join(realOf(dirname(path)), basename(path));
}

/** As far as there is something. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (fileErrorText(error) === null) throw error;
    const above = dirname(path);
    return above === path ? path : join(realOf(above), basename(path));
  }
}
