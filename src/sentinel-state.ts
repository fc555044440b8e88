/** What a sentinel attests, kept in a file from one run to the next. */
import { existsSync } from 'node:fs';
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
