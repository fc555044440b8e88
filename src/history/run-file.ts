/**
 * One run, one file, never changed: a line of JSON that says what it is, then the result in the run's encoding. Each names the digest of the
 * file before it, so that no run can be changed or taken out of the middle without the rest showing it.
 */
import { runningDigest, sha256 } from '../model/digest.ts';
import { type RunEntry, seriesOf } from '../model/history.ts';
import type { Result } from '../model/result.ts';
import { hex256, integer, isObject, nullable, object, oneOf, text } from '../model/shape.ts';
import { type Apart, joinText, takeApart } from './apart.ts';
import { decodeRun, encodeRun, RUN_ENCODING } from './run-codec.ts';

export interface RunHeader {
  readonly schema: 'postern.run/1';
  readonly sequence: number;
  readonly id: string;
  /** SHA-256 of the file of the run before it; null: the first one. */
  readonly previous: string | null;
  /** Sequence of the run that this one is the difference to; null: it is whole. */
  readonly base: number | null;
  /** SHA-256 of the result's JSON. */
  readonly sha256: string;
  readonly encoding: typeof RUN_ENCODING;
}

/** A header is shorter than this, bytes. */
const MAX_HEADER_BYTES = 4096;

const NAME = /^(\d{8,})-[0-9TZ]+-[0-9A-Za-z]+\.run$/;

const LAST_SEQUENCE = Number.MAX_SAFE_INTEGER;

const HEADER = object({
  schema: oneOf('postern.run/1'),
  sequence: integer(1, LAST_SEQUENCE),
  id: text,
  previous: nullable(hex256),
  base: nullable(integer(1, LAST_SEQUENCE)),
  sha256: hex256,
  encoding: oneOf(RUN_ENCODING),
});

/** Where a run stands among the others. */
export interface Place {
  readonly sequence: number;
  readonly previous: string | null;
  readonly base: { readonly sequence: number; readonly apart: Apart } | null;
}

/** The file of a run: its header, and the result whole or as the difference to `base`. */
export function runBytes(result: Result, { sequence, previous, base }: Place): Uint8Array {
  const header: RunHeader = {
    schema: 'postern.run/1',
    sequence,
    id: result.run.id,
    previous,
    base: base?.sequence ?? null,
    sha256: sha256(JSON.stringify(result)),
    encoding: RUN_ENCODING,
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), encodeRun(takeApart(result), base?.apart ?? null)]);
}

/** Null where the bytes do not begin like a run. */
export function headerOf(bytes: Uint8Array): RunHeader | null {
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf(0x0a);
  if (end < 0) return null;
  try {
    const header: unknown = JSON.parse(Buffer.from(bytes.subarray(0, end)).toString('utf8'));
    return isHeader(header) ? header : null;
  } catch {
    return null;
  }
}

/** What a run's file holds. */
export interface ReadRun {
  readonly apart: Apart;
  /** Parsed each time: who only goes by the run has no use for it. */
  result(): Result;
}

/**
 * What a file holds; null where it is damaged.
 *
 * @param base  of a difference: what the run that it goes by holds.
 */
export function runIn(bytes: Uint8Array, base: Apart | null): ReadRun | null {
  const header = headerOf(bytes);
  if (header === null) return null;
  try {
    const apart = decodeRun(bytes.subarray(bytes.indexOf(0x0a) + 1), base);
    const json = joinText(apart);
    return sha256(json) === header.sha256 ? { apart, result: () => JSON.parse(json) } : null;
  } catch {
    return null;
  }
}

/** `00000012-20261121T203800Z-0f3a9c41.run`. */
export function runFileName(sequence: number, { startedAt, id }: Result['run']): string {
  const time = startedAt.replace(/\.\d+/, '').replace(/[^0-9TZ]/g, '');
  const short = id.replace(/[^0-9A-Za-z]/g, '').slice(0, 8);
  return `${`${sequence}`.padStart(8, '0')}-${time === '' ? '0' : time}-${short === '' ? '0' : short}.run`;
}

/** Null where it is no name of a run. */
export function sequenceIn(name: string): number | null {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The index's line of a run. */
export function entryOf(
  result: Result,
  { sequence, file, bytes }: { readonly sequence: number; readonly file: string; readonly bytes: Uint8Array },
): RunEntry {
  const { run, policy, summary } = result;
  return {
    sequence,
    id: run.id,
    series: seriesOf(result),
    command: run.command,
    policy: { name: policy.name, digest: policy.digest },
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    verdict: summary.verdict,
    checks: summary.checks,
    findings: summary.findings,
    interrupted: run.interrupted,
    file,
    sha256: digestOf(bytes),
  };
}

/** SHA-256 of a file's bytes, lower-case hex. */
export function digestOf(bytes: Uint8Array): string {
  const digest = runningDigest();
  digest.add(bytes);
  return digest.hex();
}

function isHeader(value: unknown): value is RunHeader {
  return isObject(value) && HEADER(value, '') === null && goesBack(value);
}

/** A run that went by itself, or by a later one, would be read for ever. */
function goesBack({ sequence, base }: Readonly<Record<string, unknown>>): boolean {
  return base === null || (typeof base === 'number' && typeof sequence === 'number' && base < sequence);
}
