/**
 * When a sentinel's log can be asked what did not arrive: only while it listened on that port and kept saying so.
 *
 * Worked example: `listening` at 10:00 on 25 and 587, `alive` every minute until 10:30, the next line at 10:50, the last one at 11:05. It watched
 * both ports from 10:00 to 10:30 and from 10:50 to 11:05: a connection at 10:40 may have been lost with whatever stopped the writing.
 */
import type { SentinelEvent } from '../model/sentinel-log.ts';
import type { SentinelLog } from '../model/sentinel-log-codec.ts';

/** Milliseconds since 1970 UTC, both inclusive, by the sentinel's clock. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Watched extends Span {
  readonly ports: readonly number[];
}

export interface LogWatch extends Span {
  /** By time. */
  readonly watched: readonly Watched[];
  /** The log tells these times twice: its clock was set back, or two sentinels wrote to it. */
  readonly twice: readonly Span[];
  /** Lines of these times are missing: the numbers of connections skip some. */
  readonly lost: readonly Span[];
  /** Refusals of these times are not listed, because one source brought too many. */
  readonly flooded: readonly Span[];
}

/**
 * The longest silence of a log that is alive. `alive` comes every 60 s: this lets one of them be late by as much again and half, since a busy
 * machine is no dead one; a longer one is a time that nobody watched.
 */
export const MAX_SILENCE_MS = 150_000;

/** After a `flood` line the sentinel leaves further refusals of that source out of its log, for a minute at most. */
const FLOOD_MS = 60_000;

/** Lines of one process stand in the order of their times; a clock that is being slewed may step back by less than this. */
const DISORDER_MS = 1_000;

export function watchOf(log: Pick<SentinelLog, 'events' | 'gaps'>): LogWatch {
  const pieces = piecesOf(log);
  const twice = overlapsOf(pieces);
  const walk = new Walk();
  for (const { moments } of pieces) {
    for (const { event, atMs, unread } of moments) walk.step(event, atMs, unread);
  }
  return {
    fromMs: pieces[0]?.fromMs ?? 0,
    toMs: pieces.reduce((last, { toMs }) => Math.max(last, toMs), 0),
    watched: without(walk.end(), joined([...twice, ...walk.lost, ...walk.flooded])),
    twice,
    lost: walk.lost,
    flooded: walk.flooded,
  };
}

/** Null where the port was watched all that time; else why it was not, as a clause. */
export function unwatched(watch: LogWatch, port: number, { fromMs, toMs }: Span): string | null {
  if (watch.watched.some((one) => one.fromMs <= fromMs && toMs <= one.toMs && one.ports.includes(port))) return null;
  if (watch.watched.length === 0) {
    return 'no line of the log says on which ports the sentinel listened: put the older log before it';
  }
  if (toMs > watch.toMs) return `the log ends at ${momentText(watch.toMs)}: fetch it again, later`;
  if (watch.twice.some((span) => span.fromMs <= toMs && fromMs <= span.toMs)) {
    return 'the log tells that time twice: its clock was set back, or two sentinels wrote to it';
  }
  if (watch.lost.some((span) => span.fromMs <= toMs && fromMs <= span.toMs)) return 'lines of that time are missing in the log';
  if (watch.flooded.some((span) => span.fromMs <= toMs && fromMs <= span.toMs)) {
    return 'one source was turned away so often then that the sentinel did not list each time: probe again';
  }
  const first = watch.watched[0];
  if (first !== undefined && fromMs < first.fromMs) return `the log says nothing before ${momentText(first.fromMs)}`;
  const around = watch.watched.filter((one) => one.fromMs <= toMs && fromMs <= one.toMs);
  if (around.length > 0 && around.every(({ ports }) => !ports.includes(port)))
    return `the sentinel did not listen on ${port} then`;
  const before = watch.watched.findLast((one) => one.toMs < toMs);
  const after = watch.watched.find((one) => one.fromMs > fromMs);
  const end = before === undefined ? '' : ` from ${momentText(before.toMs)}`;
  return `the sentinel kept no log${end}${after === undefined ? '' : ` to ${momentText(after.fromMs)}`}`;
}

/** `2026-11-21 20:38:01 UTC`. */
export function momentText(ms: number): string {
  return `${new Date(ms).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
}

interface Moment {
  readonly event: SentinelEvent;
  readonly atMs: number;
  /** A line that could not be read stands before it. */
  readonly unread: boolean;
}

interface Piece extends Span {
  readonly moments: readonly Moment[];
}

/** Cut where time goes back: files that were joined in another order, or a clock that was set. By time. */
function piecesOf({ events, gaps }: Pick<SentinelLog, 'events' | 'gaps'>): readonly Piece[] {
  const unread = new Set(gaps.map(({ before }) => before));
  const pieces: Moment[][] = [];
  let last = Number.POSITIVE_INFINITY;
  for (const [index, event] of events.entries()) {
    const told = Date.parse(event.at);
    const back = told < last - DISORDER_MS;
    const atMs = back ? told : Math.max(told, last);
    const moment = { event, atMs, unread: unread.has(index) };
    if (back) pieces.push([moment]);
    else pieces.at(-1)?.push(moment);
    last = atMs;
  }
  return pieces
    .map((moments) => ({ moments, fromMs: moments[0]?.atMs ?? 0, toMs: moments.at(-1)?.atMs ?? 0 }))
    .sort((a, b) => a.fromMs - b.fromMs);
}

function overlapsOf(pieces: readonly Piece[]): Span[] {
  const found: Span[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const { fromMs, toMs } of pieces) {
    if (fromMs < end) found.push({ fromMs, toMs: Math.min(end, toMs) });
    end = Math.max(end, toMs);
  }
  return found;
}

/** Goes through the events in time. */
class Walk {
  readonly lost: Span[] = [];
  readonly flooded: Span[] = [];
  readonly #watched: Watched[] = [];
  /** Number of the last connection, and when that was; null where the log began in the middle of a run. */
  #counted: { number: number; atMs: number } | null = null;
  #open: { ports: readonly number[]; fromMs: number; lastMs: number } | null = null;

  step(event: SentinelEvent, atMs: number, unread: boolean): void {
    this.#count(event, atMs);
    if (event.event === 'turned-away' && event.why === 'flood') this.flooded.push({ fromMs: atMs, toMs: atMs + FLOOD_MS });
    if (event.event === 'listening') {
      // Without a `stopped` the one before died at some time after its last line.
      this.#close();
      this.#open = { ports: event.ports, fromMs: atMs, lastMs: atMs };
      return;
    }
    if (this.#open === null) return;
    const { ports, lastMs } = this.#open;
    if (unread || atMs - lastMs > MAX_SILENCE_MS) {
      this.#close();
      this.#open = { ports, fromMs: atMs, lastMs: atMs };
    }
    this.#open.lastMs = atMs;
    if (event.event === 'stopped') this.#close();
  }

  end(): readonly Watched[] {
    this.#close();
    return this.#watched;
  }

  /** A sentinel numbers its connections from 1: a full disk, a copied and truncated file, a filter that somebody used show. */
  #count(event: SentinelEvent, atMs: number): void {
    if (event.event === 'listening') this.#counted = { number: 0, atMs };
    if (event.event !== 'connected') return;
    const digits = /-(\d{1,15})$/.exec(event.connection)?.[1];
    if (digits === undefined) return;
    const number = Number(digits);
    if (this.#counted !== null && number !== this.#counted.number + 1) {
      // From one piece to the next that overlaps it time goes back.
      const times = [this.#counted.atMs, atMs];
      this.lost.push({ fromMs: Math.min(...times), toMs: Math.max(...times) });
    }
    this.#counted = { number, atMs };
  }

  #close(): void {
    if (this.#open === null) return;
    const { ports, fromMs, lastMs } = this.#open;
    this.#watched.push({ fromMs, toMs: lastMs, ports });
    this.#open = null;
  }
}

/** Spans in order, those that touch as one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const whole: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of [...spans].sort(byTime)) {
    const last = whole.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else whole.push({ fromMs, toMs });
  }
  return whole;
}

/** In one pass, since a log that was thinned out has as many holes as lines. */
function without(watched: readonly Watched[], holes: readonly Span[]): readonly Watched[] {
  let next = 0;
  return [...watched]
    .sort(byTime)
    .flatMap(({ fromMs, toMs, ports }) => {
      while (next < holes.length && (holes[next]?.toMs ?? 0) < fromMs) next++;
      const parts: Watched[] = [];
      let start = fromMs;
      for (let at = next; at < holes.length; at++) {
        const hole = holes[at];
        if (hole === undefined || toMs < hole.fromMs) break;
        parts.push({ fromMs: start, toMs: hole.fromMs - 1, ports });
        start = hole.toMs + 1;
      }
      return [...parts, { fromMs: start, toMs, ports }].filter((part) => part.fromMs <= part.toMs);
    })
    .sort(byTime);
}

function byTime(a: Span, b: Span): number {
  return a.fromMs - b.fromMs;
}
