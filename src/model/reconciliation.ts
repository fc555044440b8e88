/** What both ends of a path say of it: the document of `postern reconcile` (`postern.reconciliation/1`). Times are ISO 8601 in UTC. */
import type { Address, Family } from './address.ts';
import type { Outcome } from './outcome.ts';

export const RECONCILIATION_SCHEMA = 'postern.reconciliation/1';

/**
 * What became of one probe. `answered`: the request for a receipt arrived and the receipt came back. `answer-lost`: it arrived, and what the
 * sentinel said did not come back. `arrived-silent`: a connection arrived, and nothing of what was to be said on it. `never-arrived`: no
 * connection came about at the sentinel. `stranger`: this host was answered, and nothing arrived there. `not-covered`: the log does not tell
 * of that time. `ambiguous`: what arrived cannot be told apart from other connections, or does not fit. `untried`: the probe never left.
 */
export const READINGS = [
  'stranger',
  'answer-lost',
  'arrived-silent',
  'never-arrived',
  'ambiguous',
  'not-covered',
  'untried',
  'answered',
] as const;
export type Reading = (typeof READINGS)[number];

/** Readings that leave open what became of the probe. */
export const OPEN_READINGS: ReadonlySet<Reading> = new Set<Reading>(['ambiguous', 'not-covered', 'untried']);

export interface Reconciliation {
  readonly schema: typeof RECONCILIATION_SCHEMA;
  readonly tool: { readonly name: string; readonly version: string };
  readonly policy: { readonly name: string; readonly path: string; readonly digest: string };
  readonly sentinel: {
    /** As the policy names it. */
    readonly name: string;
    readonly host: string;
    /** Null where the policy gives no public key: then no receipt can be verified. */
    readonly key: string | null;
    readonly expectedSources: readonly Address[];
  };
  readonly log: LogSummary;
  readonly runs: readonly ReconciledRun[];
  readonly summary: { readonly total: number } & Readonly<Record<Reading, number>>;
  /** By port, family, segment, source, time. */
  readonly rows: readonly ReconciledRow[];
  /** Evidence that could not be read. */
  readonly unreadable: readonly { readonly file: string; readonly why: string }[];
  /** What a reader must know to read the rows. */
  readonly notes: readonly string[];
}

/** Times of the sentinel's clock. */
export interface LogSummary {
  readonly file: string;
  /** Names and keys that the sentinel gave itself when it began to listen; empty where the log begins later. */
  readonly names: readonly string[];
  readonly keys: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly events: number;
  /** Connections that were completed, those turned away included. */
  readonly connections: number;
  readonly receipts: number;
  /** Lines that could not be read, were somebody else's, or stood there twice. */
  readonly unreadable: number;
  readonly foreign: number;
  readonly repeated: number;
  readonly torn: boolean;
  /** When it was watched, and on which ports: at any other time nothing can be told from what is not in the log. */
  readonly watched: readonly { readonly from: string; readonly to: string; readonly ports: readonly number[] }[];
}

export interface ReconciledRun {
  readonly id: string;
  readonly hostname: string;
  readonly startedAt: string;
  readonly skew: Skew;
}

/** How far the sentinel's clock is ahead of the host's, milliseconds; negative: behind. */
export interface Skew {
  /** By what arrived and says whose it is; or taken for granted, for want of that. */
  readonly kind: 'measured' | 'assumed';
  readonly lowestMs: number;
  readonly highestMs: number;
  /** Probes that it was measured by. */
  readonly probes: number;
}

export interface ReconciledRow {
  /** The question's id; of an attestation the flow, written like one. */
  readonly id: string;
  readonly record: 'observation' | 'attestation';
  readonly pass: 'scan' | 'confirm' | null;
  /** Id of the run. */
  readonly run: string;
  readonly segment: string;
  readonly source: Address;
  readonly host: string;
  readonly address: Address | null;
  readonly family: Family;
  readonly port: number;
  /** The host's clock. */
  readonly at: string;
  readonly elapsedMs: number;
  readonly client: {
    readonly outcome: Outcome;
    readonly detail: string | null;
    readonly reason: string;
    /** Receipts asked for, and those that came and are genuine. */
    readonly asked: number;
    readonly genuine: number;
  };
  /** What arrived of it, as far as can be told; empty: nothing. */
  readonly arrived: readonly ReconciledArrival[];
  /** What ties both ends together: the nonce of a receipt; address and port of the client; time and source alone; null: nothing does. */
  readonly matched: 'nonce' | 'socket' | 'time' | null;
  /** Where the request for a receipt came from, if that is neither one of `expected-sources` nor the host's own; else null. */
  readonly unexpectedSource: Address | null;
  readonly reading: Reading;
  readonly reason: string;
}

export interface ReconciledArrival {
  /** As the log names it; null where it was turned away, or where the log begins in the middle of it. */
  readonly connection: string | null;
  /** The sentinel's clock. */
  readonly at: string;
  /** Null where the log begins in the middle of it. */
  readonly client: { readonly address: Address; readonly port: number } | null;
  readonly receipts: number;
  /** Bytes of SMTP from and to the client, and why it ended; null where the log does not tell the end. */
  readonly end: { readonly received: number; readonly sent: number; readonly why: string } | null;
}
