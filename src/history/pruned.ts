/** `pruned.json`: what is left of the runs that went. */
import type { StateFiles } from '../host/state-files.ts';
import type { HistoryState } from '../model/history.ts';
import { hasTypes, readSealed, replaceSealed } from './journal.ts';

const PRUNED = 'pruned.json';
const SCHEMA = 'postern.pruned/1';

/** What pruning left behind: where the chain goes on, and how things stood there. */
export interface PrunedMark {
  readonly schema: typeof SCHEMA;
  /** The last run that went. */
  readonly through: number;
  /** SHA-256 of its file. */
  readonly sha256: string;
  readonly state: HistoryState;
}

/** Null where nothing was pruned yet, or where that is not known any more: that is a problem. */
export function readPruned(files: StateFiles, problems: string[]): PrunedMark | null {
  const found = readSealed(files, PRUNED);
  if (found.kind === 'whole' && isPruned(found.document)) return found.document;
  if (found.kind !== 'none')
    problems.push(`${files.folder}/${PRUNED} is not as it was written: what it said of earlier runs is lost.`);
  return null;
}

/** @throws {InputError} `state-unwritable`. */
export function writePruned(files: StateFiles, mark: Omit<PrunedMark, 'schema'>): PrunedMark {
  const document: PrunedMark = { schema: SCHEMA, ...mark };
  replaceSealed(files, PRUNED, document);
  return document;
}

function isPruned(value: unknown): value is PrunedMark {
  return hasTypes(value, { schema: 'string', through: 'number', sha256: 'string', state: 'object' }) && value.schema === SCHEMA;
}
