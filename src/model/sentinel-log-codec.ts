/**
 * A sentinel's log as text: one JSON object a line, with whatever fields its writer adds. Files that were rotated and joined again, torn by a
 * crash or mixed with other programs' lines are read as far as they can be; what could not be read is told, with its place, because a
 * line that is missing may be the very one that says that something arrived.
 */
import { InputError, type Problem } from './problem.ts';
import type { SentinelEvent } from './sentinel-log.ts';
import { address, duration, family, hex128, instant, integer, isObject, list, object, port, type Shape, text } from './shape.ts';

export interface SentinelLog {
  /** Each once, in the file's order. */
  readonly events: readonly SentinelEvent[];
  /** Lines that cannot be read, by place; `before`: how many of the events stand in front of it. */
  readonly gaps: readonly { readonly before: number; readonly problem: Problem }[];
  /** JSON that is none of these events: of another program, or of a later version. */
  readonly foreign: number;
  /** Lines that stand there more than once, as in files that overlap. */
  readonly repeated: number;
  /** Its last line is cut off: it was being written, or the writer died. */
  readonly torn: boolean;
}

/** Problems that are told of a file that is no log. */
const MAX_PROBLEMS = 20;
/** Places in a torn line where another one may begin; an event and its writer's fields have a handful of objects. */
const MAX_STARTS = 50;

const client = object({ address, port: integer(0, 65_535) });
const octets = integer(0, Number.MAX_SAFE_INTEGER);

const EVENTS: ReadonlyMap<SentinelEvent['event'], Shape> = new Map([
  ['listening', object({ at: instant, name: text, keys: list(text), ports: list(port) })],
  ['alive', object({ at: instant, connections: octets })],
  ['stopped', object({ at: instant })],
  ['connected', object({ at: instant, connection: text, port, family, client })],
  ['turned-away', object({ at: instant, port, family, client, why: text })],
  ['receipt', object({ at: instant, connection: text, nonce: hex128, key: text })],
  ['delivery', object({ at: instant, connection: text, nonce: hex128 })],
  ['closed', object({ at: instant, connection: text, received: octets, sent: octets, why: text, elapsedMs: duration })],
]);

const NAMES: ReadonlySet<string> = new Set(EVENTS.keys());

/**
 * @param file  its name, for messages.
 * @throws {InputError} `log-empty`, or every problem (`log-syntax`, `log-shape`, `log-foreign`) where no line is a sentinel's.
 */
export function decodeSentinelLog(content: string, file: string): SentinelLog {
  const events: SentinelEvent[] = [];
  const gaps: { before: number; problem: Problem }[] = [];
  const seen = new Set<string>();
  let [foreign, repeated, torn] = [0, 0, false];
  for (const { line, number, whole } of linesOf(content)) {
    if (line.trim() === '') continue;
    if (seen.has(line)) {
      repeated++;
      continue;
    }
    seen.add(line);
    const read = readLine(line);
    if (read.event !== null) events.push(read.event);
    else if (read.fault === null) foreign++;
    if (read.fault === null) continue;
    if (!whole && read.event === null) torn = true;
    else gaps.push({ before: events.length - (read.event === null ? 0 : 1), problem: problemOf(read.fault, file, number) });
  }
  if (events.length === 0) throw new InputError(whyNone(gaps, foreign, content, file));
  return { events, gaps, foreign, repeated, torn };
}

interface Fault {
  readonly code: 'log-syntax' | 'log-shape';
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
}

/** What a line holds: an event, something that cannot be read, both (a torn line with the next one behind it), or neither. */
interface Read {
  readonly event: SentinelEvent | null;
  readonly fault: Fault | null;
}

function* linesOf(content: string): Generator<{ readonly line: string; readonly number: number; readonly whole: boolean }> {
  // A byte order mark is what an editor leaves.
  let start = content.startsWith('\ufeff') ? 1 : 0;
  for (let number = 1; start < content.length; number++) {
    const end = content.indexOf('\n', start);
    yield { line: content.slice(start, end < 0 ? undefined : end), number, whole: end >= 0 };
    start = end < 0 ? content.length : end + 1;
  }
}

function readLine(line: string): Read {
  const value = parse(line);
  if (value === undefined) return { event: behindTear(line), fault: notJson };
  if (!isEventLike(value)) return { event: null, fault: null };
  const problem = EVENTS.get(value.event)?.(value, '') ?? null;
  if (problem !== null)
    return { event: null, fault: { code: 'log-shape', column: columnOf(line, problem), message: `${problem}.` } };
  return { event: isEvent(value) ? value : null, fault: null };
}

const notJson: Fault = {
  code: 'log-syntax',
  column: 1,
  message: 'this line is not JSON: it was torn or changed, or this is no log of a sentinel.',
};

/**
 * A writer that died in mid-line leaves no line feed, and the next one goes on behind it: often with `listening`. Inside of JSON text a quote is
 * escaped, so that what begins with `{"` and is whole was written as a line of its own.
 */
function behindTear(line: string): SentinelEvent | null {
  let tries = 0;
  for (let at = line.indexOf('{"', 1); at >= 0 && tries < MAX_STARTS; at = line.indexOf('{"', at + 1)) {
    tries++;
    const value = parse(line.slice(at));
    if (isEventLike(value) && EVENTS.get(value.event)?.(value, '') === null && isEvent(value)) return value;
  }
  return null;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function isEventLike(value: unknown): value is { readonly event: SentinelEvent['event'] } {
  return isObject(value) && typeof value.event === 'string' && NAMES.has(value.event);
}

/** The shape has been checked: shape and type say the same, field by field. */
function isEvent(value: unknown): value is SentinelEvent {
  return isObject(value);
}

/** Where the field of a shape's problem stands; the line's start where it is missing. */
function columnOf(line: string, problem: string): number {
  const field = /^[A-Za-z]+/.exec(problem)?.[0] ?? '';
  return Math.max(line.indexOf(`"${field}"`), 0) + 1;
}

function problemOf({ code, column, message }: Fault, file: string, line: number): Problem {
  return { severity: 'error', code, message, location: { file, line, column }, frame: null };
}

function whyNone(gaps: SentinelLog['gaps'], foreign: number, content: string, file: string): Problem[] {
  const one = (code: string, message: string): Problem => ({
    severity: 'error',
    code,
    message,
    location: { file, line: 1, column: 1 },
    frame: null,
  });
  if (content.slice(0, 200).includes('"postern.evidence/')) {
    return [one('log-foreign', "this is evidence of a scan; the sentinel's log comes first: postern reconcile LOG EVIDENCE...")];
  }
  const problems = gaps.slice(0, MAX_PROBLEMS).map(({ problem }) => problem);
  const more = gaps.length - problems.length;
  const rest = more > 0 ? [one('log-foreign', `${more} more lines of it cannot be read; this is no log of a sentinel.`)] : [];
  if (foreign > 0) problems.push(one('log-foreign', `none of its ${foreign} lines of JSON is an event of a sentinel.`));
  if (problems.length + rest.length > 0) return [...problems, ...rest];
  return [one('log-empty', 'there is no event of a sentinel in this file, not even that it listens.')];
}
