/** What a sentinel attests, kept in a file from one run to the next. */
import { existsSync, statSync } from 'node:fs';
import { readRegularFile, writeFileAtomic } from './host/files.ts';
import { inputError } from './model/problem.ts';
import { instant, isObject, list, object, oneOf, port, type Shape } from './model/shape.ts';
import type { Attested } from './receipt/receipt.ts';

const SCHEMA = 'postern.sentinel-state/1';

const STATE: Shape = object({
  schema: oneOf(SCHEMA),
  attested: list(object({ port, family: oneOf('ipv4', 'ipv6'), at: instant })),
});

/**
 * Empty where there is no such file yet.
 *
 * @throws {InputError} where the file is another one, which must not be written over.
 */
export function loadState(path: string): readonly Attested[] {
  if (!existsSync(path)) return [];
  const state = parse(readRegularFile(path, 1_048_576).text);
  if (isState(state) && STATE(state, '') === null) return state.attested;
  throw inputError('not-a-state', `${path} is no state of a sentinel, and is left as it is; name another file with --state.`);
}

/** @throws {InputError} `unwritable-file`. */
export async function saveState(path: string, attested: readonly Attested[]): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify({ schema: SCHEMA, attested })}\n`);
}

/**
 * Saves again and again, and says so once where somebody else wrote the file in between: two sentinels would take each other's attestations away.
 *
 * @throws {InputError} `unwritable-file`, each time.
 */
export function stateSaver(path: string, warn: (message: string) => void): (attested: readonly Attested[]) => Promise<void> {
  let own: string | null = null;
  let told = false;
  return async (attested) => {
    const found = markOf(path);
    if (!told && own !== null && found !== null && found !== own) {
      told = true;
      warn(`${path} was written by somebody else: another sentinel may run with it. Give each a file of its own with --state.`);
    }
    await saveState(path, attested);
    own = markOf(path);
  };
}

/** Another one after each write, as that puts a new file in the old one's place; null where it cannot be looked at. */
function markOf(path: string): string | null {
  try {
    const { ino, mtimeNs } = statSync(path, { bigint: true });
    return `${ino} ${mtimeNs}`;
  } catch (error) {
    // The next write tells what is wrong.
    if (!(error instanceof Error && 'code' in error)) throw error;
    return null;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** Its fields are for the shape to say. */
function isState(value: unknown): value is { readonly attested: readonly Attested[] } {
  return isObject(value);
}
