/** Both ends of a path as a test tells them: what a host wrote down, what a sentinel wrote down. Times are seconds after START. */

import { ASSUMED_SKEW_MS, type Reconciled, reconcile } from '../../src/compare/reconcile.ts';
import { familyOf } from '../../src/model/address.ts';
import type { Dialogue, DialogueFailure, ReceiptExchange } from '../../src/model/dialogue.ts';
import type { AttestationRecord, Evidence, EvidenceRecord, Observation } from '../../src/model/evidence.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { Policy } from '../../src/model/policy.ts';
import type { ReconciledRow, Reconciliation } from '../../src/model/reconciliation.ts';
import type { SentinelEvent } from '../../src/model/sentinel-log.ts';
import { decodeSentinelLog } from '../../src/model/sentinel-log-codec.ts';
import { generateSigningKey, type SigningKey } from '../../src/receipt/keys.ts';
import { signReceipt } from '../../src/receipt/receipt.ts';
import { at } from '../support/address.ts';
import { dialogueOf, START } from '../support/evidence.ts';
import { policyOf } from '../support/policy.ts';

export const KEY: SigningKey = generateSigningKey();
export const SENTINEL = '192.0.2.7';
export const SENTINEL6 = '2001:db8:f::7';
export const NAT = '198.51.100.20';
export const HOST = '10.20.0.5';

/** @param sources  `expected-sources`. */
export function edgePolicy(sources: readonly string[] = [NAT], key: string | null = KEY.publicKey.text): Policy {
  return policyOf(`version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16, "2001:db8:20::/48"] } }
destinations: { internet: { networks: [public], probes: [{ sentinel: edge }] } }
rules: []
sentinels:
  edge: { host: ${SENTINEL}, ports: [25, 465, 587]${key === null ? '' : `, public-key: "${key}"`}${sources.length === 0 ? '' : `, expected-sources: [${sources.join(', ')}]`} }
`);
}

export function instant(seconds: number): string {
  return new Date(START + Math.round(seconds * 1000)).toISOString();
}

export interface Probed {
  /** 25 unless told. */
  readonly port?: number;
  /** Seconds, by the host's clock. */
  readonly at: number;
  /** Seconds. */
  readonly took?: number;
  readonly outcome: Outcome;
  readonly dialogue?: Dialogue | null;
  readonly source?: string;
  readonly pass?: 'scan' | 'confirm';
  readonly kind?: 'observation' | 'attestation';
}

/** One probe of the sentinel, or of its IPv6 address where the source is one. */
export function probed({
  port = 25,
  at: when,
  took = 1,
  outcome,
  dialogue = null,
  source = HOST,
  ...rest
}: Probed): Observation | AttestationRecord {
  const address = at(source.includes(':') ? SENTINEL6 : SENTINEL);
  const common = {
    segment: 'desks',
    source: at(source),
    host: SENTINEL,
    address,
    port,
    at: instant(when),
    outcome,
    detail: null,
    reason: `${address}:${port} was ${outcome}.`,
    error: null,
    elapsedMs: took * 1000,
    connectMs: outcome.startsWith('open') ? 3 : null,
    dialogue,
  };
  if (rest.kind === 'attestation') return { type: 'attestation', sentinel: 'edge', family: familyOf(address), ...common };
  const id = `desks/${source}>internet/${address}:${port}`;
  return { type: 'observation', id, pass: rest.pass ?? 'scan', destination: 'internet', ...common };
}

export function evidenceWith(policy: Policy, records: readonly EvidenceRecord[], id = 'run-1'): Evidence {
  return {
    header: {
      type: 'header',
      schema: 'postern.evidence/1',
      tool: { name: 'postern', version: '0.0.0' },
      policy: { name: policy.name, digest: policy.digest },
      run: { id, startedAt: instant(0) },
      vantage: { hostname: 'desk', platform: 'linux', addresses: [at(HOST)], segments: ['desks'], legs: [], ipv6: false },
      operator: null,
      reference: null,
      settings: { timeoutMs: 8000, concurrency: 32, ports: policy.audit.ports, relay: null },
    },
    records,
    trailer: { type: 'trailer', count: records.length, sha256: '0'.repeat(64), finishedAt: instant(9999), interrupted: false },
  };
}

/** 32 hex digits. */
export function nonceOf(number: number): string {
  return number.toString(16).padStart(32, '0');
}

export interface Exchanged {
  readonly nonce: string;
  /** Seconds by the sentinel's clock; null: no receipt came back. */
  readonly signed: number | null;
  readonly key?: SigningKey;
  readonly port?: number;
  readonly when?: ReceiptExchange['when'];
  readonly local?: { readonly address: string; readonly port: number } | null;
  /** What came back in the place of the receipt. */
  readonly raw?: string;
}

export function exchange({ nonce, signed, key = KEY, port = 25, when = 'clear', local = null, raw }: Exchanged): ReceiptExchange {
  const body = {
    name: 'edge',
    nonce,
    port,
    client: { address: at(NAT), port: 40_000 },
    received: '0'.repeat(64),
    sent: '0'.repeat(64),
    exporter: null,
    at: instant(signed ?? 0),
    listening: [],
    sink: null,
    delivery: null,
  };
  return {
    when,
    nonce,
    receipt: raw ?? (signed === null ? null : signReceipt(body, key)),
    sent: '0'.repeat(64),
    received: '0'.repeat(64),
    exporter: null,
    local: local === null ? null : { address: at(local.address), port: local.port },
  };
}

/** A dialogue that asked for receipts, and went through but for what is told. */
export function asking(receipts: readonly ReceiptExchange[], changes: Partial<Dialogue> = {}): Dialogue {
  const transcript = [
    'S: 220 edge ESMTP',
    'C: EHLO desk',
    'S: 250 edge',
    ...receipts.map(({ nonce }) => `C: NOOP ${nonce}0123456789abcdef`),
  ];
  return dialogueOf({ receipts, transcript, ...changes });
}

export function failedAt(stage: DialogueFailure['stage'], kind: DialogueFailure['kind'] = 'timeout'): DialogueFailure {
  return { stage, kind, message: 'It did not come within 10000 ms.' };
}

/** Nothing was heard: no greeting. */
export const MUTE: Dialogue = dialogueOf({
  greeting: null,
  ehlo: null,
  keywords: [],
  starttls: null,
  tls: null,
  failure: failedAt('greeting'),
  transcript: ['-- The greeting did not come within 30000 ms.'],
});

/** A greeting was heard, and nothing after EHLO. */
export const GREETED: Dialogue = dialogueOf({
  ehlo: null,
  keywords: [],
  starttls: null,
  tls: null,
  failure: failedAt('ehlo'),
  transcript: ['S: 220 edge ESMTP', 'C: EHLO desk', '-- The reply to EHLO did not come within 10000 ms.'],
});

export interface Arrived {
  /** Seconds, by the sentinel's clock. */
  readonly at: number;
  readonly from?: string;
  readonly fromPort?: number;
  readonly port?: number;
  readonly nonces?: readonly string[];
  /** Null: the log does not tell its end. */
  readonly bytes?: readonly [received: number, sent: number] | null;
  readonly why?: string;
}

/** The lines of one connection. */
export function arrived(
  number: number,
  { at: when, from = NAT, fromPort = 40_000, port = 25, nonces = [], bytes = [90, 400], why = 'quit' }: Arrived,
): SentinelEvent[] {
  const connection = `ab-${number}`;
  const client = { address: at(from), port: fromPort };
  return [
    { event: 'connected', at: instant(when), connection, port, family: familyOf(client.address), client },
    ...nonces.map(
      (nonce): SentinelEvent => ({ event: 'receipt', at: instant(when + 0.2), connection, nonce, key: KEY.publicKey.id }),
    ),
    ...(bytes === null
      ? []
      : [
          {
            event: 'closed',
            at: instant(when + 0.4),
            connection,
            received: bytes[0],
            sent: bytes[1],
            why,
            elapsedMs: 400,
          } as const,
        ]),
  ];
}

export function listening(seconds: number, ports: readonly number[] = [25, 465, 587], key: SigningKey = KEY): SentinelEvent {
  return { event: 'listening', at: instant(seconds), name: SENTINEL, keys: [key.publicKey.id], ports };
}

/** Every minute, both ends included. */
export function alive(from: number, to: number): SentinelEvent[] {
  const count = Math.floor((to - from) / 60) + 1;
  return Array.from({ length: count }, (_, index) => ({ event: 'alive', at: instant(from + index * 60), connections: 0 }));
}

export function stopped(seconds: number): SentinelEvent {
  return { event: 'stopped', at: instant(seconds) };
}

export function inTime(events: readonly SentinelEvent[]): SentinelEvent[] {
  return [...events].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

export function logText(events: readonly SentinelEvent[]): string {
  return events.map((event) => `${JSON.stringify({ level: 30, ...event })}\n`).join('');
}

/** A log that watched from ten minutes before START to an hour after it. */
export function steadyLog(...connections: readonly Arrived[]): SentinelEvent[] {
  return inTime([listening(-600), ...alive(-540, 3600), ...connections.flatMap((one, index) => arrived(index + 1, one))]);
}

export function reconciled(
  policy: Policy,
  log: string,
  evidence: readonly Evidence[],
  assumedSkewMs: number = ASSUMED_SKEW_MS,
): Reconciled {
  return reconcile(policy, decodeSentinelLog(log, 'sentinel.log'), evidence, { assumedSkewMs });
}

/** The rows, short: `25 never-arrived`. */
export function readings({ rows }: Pick<Reconciliation, 'rows'>): string[] {
  return rows.map((row: ReconciledRow) => `${row.port} ${row.reading}`);
}
