/** Files of JSON that can be made anew from the runs: lists with an item a line, and documents that are replaced as a whole. */
import { replaceFile, type StateFiles } from '../host/state-files.ts';
import { sha256 } from '../model/digest.ts';
import { isObject } from '../model/shape.ts';

export interface Lines<Item> {
  readonly items: readonly Item[];
  /** No line was torn, foreign or empty: the file may stay as it is. */
  readonly sound: boolean;
  /** Lines that no writer leaves, dying or not. */
  readonly foreign: number;
}

/** What can be read of it: a line that was being written when the process died is left out. */
export function readLines<Item>(files: StateFiles, name: string, isItem: (value: unknown) => value is Item): Lines<Item> {
  const bytes = files.read(name);
  if (bytes === null) return { items: [], sound: true, foreign: 0 };
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  const torn = lines.pop() !== '';
  const values = lines.map(parsed);
  const items = values.filter(isItem);
  const foreign = values.length - items.length;
  return { items, sound: !torn && foreign === 0, foreign };
}

/** @throws {InputError} `state-unwritable`. */
export function appendLines(files: StateFiles, name: string, items: readonly unknown[]): void {
  if (items.length > 0) files.append(name, linesOf(items));
}

/** @throws {InputError} `state-unwritable`. */
export function replaceLines(files: StateFiles, name: string, items: readonly unknown[]): void {
  replaceFile(files, name, linesOf(items));
}

/** Null where there is none, or none that is JSON. */
export function readDocument(files: StateFiles, name: string): unknown {
  const bytes = files.read(name);
  return bytes === null ? null : parsed(Buffer.from(bytes).toString('utf8'));
}

/** @throws {InputError} `state-unwritable`. */
export function replaceDocument(files: StateFiles, name: string, value: unknown): void {
  replaceFile(files, name, Buffer.from(`${JSON.stringify(value)}\n`));
}

/** `foreign`: it is not as it was written. */
export type Sealed =
  | { readonly kind: 'none' | 'foreign' }
  | { readonly kind: 'whole'; readonly document: Readonly<Record<string, unknown>> };

/** A document that nothing else is held against may be valid JSON and yet have lost a part: its digest stands in it. */
export function readSealed(files: StateFiles, name: string): Sealed {
  if (files.read(name) === null) return { kind: 'none' };
  const value = readDocument(files, name);
  if (!isObject(value)) return { kind: 'foreign' };
  const { seal, ...document } = value;
  return seal === sha256(JSON.stringify(document)) ? { kind: 'whole', document } : { kind: 'foreign' };
}

/** @throws {InputError} `state-unwritable`. */
export function replaceSealed(files: StateFiles, name: string, document: object): void {
  replaceDocument(files, name, { ...document, seal: sha256(JSON.stringify(document)) });
}

/**
 * Whether a value is an object with fields of these types. Enough to tell a line of ours from a torn or foreign one; they are many, and read at
 * every start.
 */
export function hasTypes(
  value: unknown,
  types: Readonly<Record<string, 'string' | 'number' | 'boolean' | 'object'>>,
): value is Readonly<Record<string, unknown>> {
  if (!isObject(value)) return false;
  for (const name in types) {
    const found = value[name];
    if (typeof found !== types[name] || found === null) return false;
  }
  return true;
}

function linesOf(items: readonly unknown[]): Uint8Array {
  return Buffer.from(items.map((item) => `${JSON.stringify(item)}\n`).join(''));
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
