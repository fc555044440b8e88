/** What every step of a run shares: what is asked of whom, how, and where the answers go. */
import type { Address } from '../model/address.ts';
import type { EvidenceRecord, Observation, ProbeReport, Vantage } from '../model/evidence.ts';
import type { Clock } from '../model/outside.ts';
import type { Policy } from '../model/policy.ts';
import type { Question } from '../model/question.ts';
import type { RelayQuestion } from '../model/relay-question.ts';
import type { Resolution } from '../model/resolution.ts';
import type { Speech } from './plan.ts';
import type { RelayManner } from './relay.ts';
import type { RelayReport, RelayTarget } from './relay-probe.ts';
import type { Obstacle } from './routes.ts';
import type { ProbeLimits, ProbeTarget } from './target.ts';

export type ConnectTarget = Pick<ProbeTarget, 'address' | 'port' | 'source'>;

/** How one target is asked. None ever rejects. */
export interface Probers {
  readonly probe: (target: ProbeTarget, limits: ProbeLimits, signal: AbortSignal) => Promise<ProbeReport>;
  /** TCP only, closed at once. */
  readonly connect: (target: ConnectTarget, limits: ProbeLimits, signal: AbortSignal) => Promise<ProbeReport>;
  /** Whether a server relays; `onProgress` hears of each shape that was tried. */
  readonly relay: (
    target: RelayTarget,
    limits: ProbeLimits,
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ) => Promise<RelayReport>;
}

export interface Run {
  readonly policy: Policy;
  readonly vantage: Vantage;
  readonly resolution: Resolution;
  readonly questions: readonly Question[];
  /** Own servers to test for relaying, and how; null: none is tested. */
  readonly relay: { readonly questions: readonly RelayQuestion[]; readonly manner: RelayManner } | null;
  readonly speech: Speech;
  readonly obstacle: (source: Address, target: Address) => Obstacle;
  readonly clock: Clock;
  readonly probers: Probers;
  readonly limits: ProbeLimits;
  readonly concurrency: number;
  /** Awaited before each start of the sweep. */
  readonly pace: (signal: AbortSignal) => Promise<void>;
  /** The user's interrupt, or the end of the run's time: nothing more is asked. Its reason is a sentence. */
  readonly stop: AbortSignal;
  /** The user's interrupt alone. */
  readonly interrupt: AbortSignal;
  readonly journal: Journal;
  readonly onProgress: (progress: Progress) => void;
}

export interface Progress {
  readonly phase: 'controls' | 'scan' | 'confirm' | 'relay';
  readonly done: number;
  readonly total: number;
  /** What is being asked, where that takes long. */
  readonly about?: string;
}

/** What a run has seen so far, earlier parts of a resumed one included. Every record goes to the sink as soon as it is known. */
export interface Journal {
  readonly records: readonly EvidenceRecord[];
  write(record: EvidenceRecord): void;
  /** The answer that counts: the last one to the question. */
  answer(id: string): Observation | null;
  /** The last answer that the first pass got. */
  firstAnswer(id: string): Observation | null;
}

/** @param before  records of an earlier part of the run; they are not handed to the sink again. */
export function createJournal(before: readonly EvidenceRecord[], sink: (record: EvidenceRecord) => void): Journal {
  const records: EvidenceRecord[] = [...before];
  const last = new Map<string, Observation>();
  const first = new Map<string, Observation>();
  const keep = (record: EvidenceRecord): void => {
    if (record.type !== 'observation') return;
    last.set(record.id, record);
    if (record.pass === 'scan') first.set(record.id, record);
  };
  before.forEach(keep);
  return {
    records,
    write: (record) => {
      records.push(record);
      keep(record);
      sink(record);
    },
    answer: (id) => last.get(id) ?? null,
    firstAnswer: (id) => first.get(id) ?? null,
  };
}

/** Now, as evidence writes it: ISO 8601 in UTC, with milliseconds. */
export function isoTime(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}

/** @param at  when the probe started, ISO 8601. */
export function observationOf(question: Question, pass: Observation['pass'], at: string, report: ProbeReport): Observation {
  const { id, segment, source, destination, host, address, port } = question;
  return { type: 'observation', id, pass, segment, source, destination, host, address, port, at, ...report };
}

/** The report of something that was not probed. */
export function unasked(outcome: ProbeReport['outcome'], detail: string | null, reason: string): ProbeReport {
  return { outcome, detail, reason, error: null, elapsedMs: 0, connectMs: null, dialogue: null };
}
