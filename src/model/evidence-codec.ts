/**
 * Evidence as text: one JSON value a line, each line ended by a line feed. Written line by line, so that a run that is killed keeps what
 * it saw; read back with every field checked, since a file may come from anywhere.
 */
import { createHash } from 'node:crypto';
import { EVIDENCE_SCHEMA, type Evidence, type EvidenceHeader, type EvidenceRecord, type EvidenceTrailer } from './evidence.ts';
import { HEADER, RECORDS, TRAILER } from './evidence-shape.ts';
import { InputError } from './problem.ts';
import { isObject, type Shape } from './shape.ts';

/** Writes evidence in order and keeps what the trailer has to say: the number of records and the hash of every line before it. */
export interface EvidenceWriter {
  header(header: EvidenceHeader): void;
  record(record: EvidenceRecord): void;
  trailer(end: { readonly finishedAt: string; readonly interrupted: boolean }): EvidenceTrailer;
}

/**
 * @param append  gets one whole line at a time, with its line feed.
 * @param before  the lines that stand already, when a run goes on: header and records, no trailer.
 */
export function evidenceWriter(append: (line: string) => void, before = ''): EvidenceWriter {
  const hash = createHash('sha256').update(before, 'utf8');
  let count = before === '' ? 0 : before.split('\n').length - 2;
  const put = (line: string): void => {
    hash.update(line, 'utf8');
    append(line);
  };
  return {
    header: (header) => put(encode(header)),
    record: (record) => {
      count++;
      put(encode(record));
    },
    trailer: (end) => {
      const trailer: EvidenceTrailer = { type: 'trailer', count, sha256: hash.digest('hex'), ...end };
      append(encode(trailer));
      return trailer;
    },
  };
}

/**
 * Reads evidence back. A last line without its line feed is what a killed run leaves: it is dropped, and there is no trailer then.
 *
 * @param file  its name, for messages.
 * @throws {InputError} `evidence-empty`, `evidence-syntax`, `evidence-schema`, `evidence-shape`, `evidence-order`, `evidence-count` or
 *   `evidence-hash`, with file and line.
 */
export function decodeEvidence(text: string, file: string): Evidence {
  const lines = linesOf(text);
  const fail = failure(file);
  const [first] = lines;
  if (first === undefined) throw fail(1, 'evidence-empty', 'there is no evidence in this file, not even its header.');
  const header = decodeHeader(first, fail);
  const records: EvidenceRecord[] = [];
  let trailer: EvidenceTrailer | null = null;
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue;
    if (trailer !== null)
      throw fail(index + 1, 'evidence-order', 'something stands behind the trailer, which must be the last line.');
    const value = decodeRecord(parseLine(line, index + 1, fail), index + 1, fail);
    if (value.type === 'trailer') trailer = value;
    else records.push(value);
  }
  if (trailer !== null) verify(trailer, lines, fail);
  return { header, records, trailer };
}

/** Header and records that are whole, without trailer and torn last line: what a resumed run goes on from. */
export function resumableText(text: string): string {
  const lines = linesOf(text);
  if (lines.at(-1)?.startsWith('{"type":"trailer"')) lines.pop();
  return lines.map((line) => `${line}\n`).join('');
}

type Fail = (line: number, code: string, message: string) => InputError;

/** ASCII only, so that a file cut at any byte is still text. */
function encode(value: EvidenceHeader | EvidenceRecord | EvidenceTrailer): string {
  const asciiOf = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value).replace(/[\u007f-\uffff]/g, asciiOf)}\n`;
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  lines.pop();
  return lines;
}

function failure(file: string): Fail {
  return (line, code, message) =>
    new InputError([{ severity: 'error', code, message, location: { file, line, column: 1 }, frame: null }]);
}

function decodeHeader(line: string, fail: Fail): EvidenceHeader {
  const value = parseLine(line, 1, fail);
  const schema = isObject(value) ? value.schema : undefined;
  if (schema !== EVIDENCE_SCHEMA) {
    throw fail(1, 'evidence-schema', `this is not evidence that this version reads: its schema is not ${EVIDENCE_SCHEMA}.`);
  }
  requireShape<EvidenceHeader>(value, HEADER, (problem) => fail(1, 'evidence-shape', `${problem}.`));
  return value;
}

function parseLine(line: string, number: number, fail: Fail): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw fail(number, 'evidence-syntax', 'this line is not JSON; only the last line of a killed run may be torn.');
  }
}

function decodeRecord(value: unknown, line: number, fail: Fail): EvidenceRecord | EvidenceTrailer {
  const type = isObject(value) ? value.type : undefined;
  const shape = type === 'trailer' ? TRAILER : typeof type === 'string' ? RECORDS.get(type) : undefined;
  if (shape === undefined) throw fail(line, 'evidence-shape', `type must be one of trailer, ${[...RECORDS.keys()].join(', ')}.`);
  requireShape<EvidenceRecord | EvidenceTrailer>(value, shape, (problem) => fail(line, 'evidence-shape', `${problem}.`));
  return value;
}

/** The shape decides what the value is: shape and type say the same, field by field. */
function requireShape<T>(value: unknown, shape: Shape, errorOf: (problem: string) => InputError): asserts value is T {
  const problem = shape(value, '');
  if (problem !== null) throw errorOf(problem);
}

function verify(trailer: EvidenceTrailer, lines: readonly string[], fail: Fail): void {
  const count = lines.length - 2;
  if (trailer.count !== count) {
    throw fail(lines.length, 'evidence-count', `the trailer tells of ${trailer.count} records, but ${count} are here.`);
  }
  const hash = createHash('sha256');
  for (const line of lines.slice(0, -1)) hash.update(`${line}\n`, 'utf8');
  if (hash.digest('hex') !== trailer.sha256) {
    throw fail(
      lines.length,
      'evidence-hash',
      'the lines above are not those that were written: their SHA-256 differs from the trailer.',
    );
  }
}
