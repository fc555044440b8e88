/** `pruned.json`: what is left of the runs that went. */
import type { StateFiles } from '../host/state-files.ts';
import type { HistoryState } from '../model/history.ts';
import { hasTypes, readDocument, replaceDocument } from './journal.ts';

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

/** Null where nothing was pruned yet. */
export function readPruned(files: StateFiles): PrunedMark | null {
  const document = readDocument(files, PRUNED);
  return isPruned(document) ? document : null;
}

/** @throws {InputError} `state-unwritable`. */
export function writePruned(files: StateFiles, mark: Omit<PrunedMark, 'schema'>): PrunedMark {
  const document: PrunedMark = { schema: SCHEMA, ...mark };
  replaceDocument(files, PRUNED, document);
  return document;
}

function isPruned(value: unknown): value is PrunedMark {
  return hasTypes(value, { schema: 'string', through: 'number', sha256: 'string', state: 'object' }) && value.schema === SCHEMA;
}
