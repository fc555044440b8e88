/** What scheduled runs remember of what they told, beside the runs: a document of the state folder. */
import { flag, instant, integer, isObject, list, named, nullable, object, oneOf, type Shape } from '../model/shape.ts';

export interface Memory {
  readonly schema: 'postern.told/1';
  readonly jobs: Readonly<Record<string, JobMemory>>;
  readonly series: Readonly<Record<string, SeriesMemory>>;
}

/** Of one scheduled command line. */
export interface JobMemory {
  /** Start of its last run. */
  readonly at: string;
  /** Null: the last run had a result. */
  readonly failure: Failure | null;
  /** Of the last `WINDOW_RUNS`, oldest first: whether it failed. */
  readonly outcomes: readonly boolean[];
  readonly unreliable: boolean;
  readonly troubles: Readonly<Record<string, { readonly since: string; readonly told: boolean }>>;
  /** Of its last run with a result, by what could not be done with that. */
  readonly faults: Readonly<Record<string, { readonly since: string; readonly toldAt: string }>>;
}

export interface Failure {
  readonly since: string;
  /** So many in a row. */
  readonly runs: number;
  readonly toldAt: string | null;
}

export interface SeriesMemory {
  /** Sequence of the last run whose changes are told. */
  readonly told: number;
  /** Start of the run that told anything last. */
  readonly toldAt: string | null;
  readonly sight: Sighted;
}

export interface Sighted {
  readonly status: 'seeing' | 'blind';
  readonly since: string;
  /** Start of the run that said otherwise, where it was the last one. */
  readonly pending: string | null;
}

const NO_MEMORY: Memory = { schema: 'postern.told/1', jobs: {}, series: {} };

/** Jobs that are not run any more are forgotten after this. */
const FORGET_MS = 90 * 86_400_000;

const count = integer(0, Number.MAX_SAFE_INTEGER);

const JOB = object({
  at: instant,
  failure: nullable(object({ since: instant, runs: count, toldAt: nullable(instant) })),
  outcomes: list(flag),
  unreliable: flag,
  troubles: named(object({ since: instant, told: flag })),
  faults: named(object({ since: instant, toldAt: instant })),
});

const SERIES = object({
  told: count,
  toldAt: nullable(instant),
  sight: object({ status: oneOf('seeing', 'blind'), since: instant, pending: nullable(instant) }),
});

/** Whatever is not as it was written is as if it were not there: what is open is then told again, which is better than not at all. */
export function memoryFrom(value: unknown): Memory {
  if (!isObject(value) || value.schema !== NO_MEMORY.schema) return NO_MEMORY;
  return {
    schema: NO_MEMORY.schema,
    jobs: entries<JobMemory>(value.jobs, JOB),
    series: entries<SeriesMemory>(value.series, SERIES),
  };
}

/** @param nowMs  milliseconds since 1970. */
export function withoutOldJobs(memory: Memory, nowMs: number): Memory {
  const jobs = Object.entries(memory.jobs).filter(([, { at }]) => nowMs - Date.parse(at) < FORGET_MS);
  return { ...memory, jobs: Object.fromEntries(jobs) };
}

function entries<Value>(value: unknown, shape: Shape): Readonly<Record<string, Value>> {
  const isWhole = (one: unknown): one is Value => shape(one, '') === null;
  const found = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(found.flatMap(([name, one]) => (isWhole(one) ? [[name, one]] : [])));
}
