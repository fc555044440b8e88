/** Every connection that evidence tells of to one sentinel: what may have arrived there, and whose it was. */
import type { Address, Family } from '../model/address.ts';
import { familyOf } from '../model/address.ts';
import type { Dialogue, ReceiptExchange } from '../model/dialogue.ts';
import type { AttestationRecord, ControlRecord, Evidence, EvidenceRecord, Observation, RelayRecord } from '../model/evidence.ts';
import { classOf } from '../model/outcome.ts';
import type { Policy } from '../model/policy.ts';
import { resolutionOf } from '../model/resolution.ts';
import { sentinelAt } from '../model/sentinel-at.ts';
import { openReceipt } from '../receipt/receipt.ts';
import type { LogAuthor } from './log-sentinel.ts';

export interface Try {
  /** Place of its run among the evidence. */
  readonly run: number;
  readonly record: Observation | AttestationRecord | ControlRecord | RelayRecord;
  readonly source: Address | null;
  readonly family: Family;
  readonly port: number;
  /** Milliseconds since 1970 UTC, by the host's clock. */
  readonly startMs: number;
  readonly endMs: number;
  /**
   * `unsent`: it never left, or says nothing. `sent`: no handshake was completed. `connected`: one was, and nothing was heard. `heard`: somebody
   * answered.
   */
  readonly state: 'unsent' | 'sent' | 'connected' | 'heard';
  readonly asked: readonly Asked[];
  readonly dialogue: Dialogue | null;
}

export interface Asked {
  readonly exchange: ReceiptExchange;
  /** `genuine`: signed with the policy's key, for this nonce. `unverified`: there is none to verify it with, or it names another key. */
  readonly receipt: 'genuine' | 'unverified' | 'refused' | 'none';
  /** When it was signed, where it is genuine: milliseconds, by the sentinel's clock. */
  readonly signedMs: number | null;
}

/** @param index  place of the run among the evidence. */
export function triesOf(policy: Policy, author: LogAuthor, { records }: Evidence, index: number): readonly Try[] {
  const addresses = resolutionOf(records).addresses(author.sentinel.host);
  return records.flatMap((record): Try[] => {
    if (!isConnection(record)) return [];
    const here = record.host === author.sentinel.host || (record.address !== null && addresses.includes(record.address));
    if (!here || !isOfAuthor(policy, author, record.port)) return [];
    return [tryOf(record, author, index)];
  });
}

/** The probes that are told of: those that asked the sentinel itself, by its name in the policy. */
export function isProbe(policy: Policy, author: LogAuthor, { record }: Try): boolean {
  if (record.type === 'attestation') return record.sentinel === author.sentinel.name;
  return record.type === 'observation' && record.host === author.sentinel.host && isOfAuthor(policy, author, record.port);
}

function isConnection(record: EvidenceRecord): record is Try['record'] {
  const { type } = record;
  return type === 'observation' || type === 'attestation' || type === 'control' || type === 'relay';
}

/** Another sentinel may stand at the same host, with ports of its own. */
function isOfAuthor(policy: Policy, { sentinel }: LogAuthor, port: number): boolean {
  return sentinelAt(policy, sentinel.host, port)?.name === sentinel.name;
}

function tryOf(record: Try['record'], author: LogAuthor, run: number): Try {
  const dialogue = record.type === 'observation' || record.type === 'attestation' ? record.dialogue : null;
  const startMs = Date.parse(record.at);
  const asked = (dialogue?.receipts ?? []).map((exchange) => askedOf(exchange, author));
  return {
    run,
    record,
    source: record.source,
    family: familyOfRecord(record),
    port: record.port,
    startMs,
    endMs: startMs + record.elapsedMs,
    state: stateOf(record, dialogue),
    asked,
    dialogue,
  };
}

function familyOfRecord(record: Try['record']): Family {
  if (record.type === 'control') return record.family;
  const { address, source } = record;
  return address !== null ? familyOf(address) : source === null ? 'ipv4' : familyOf(source);
}

function stateOf(record: Try['record'], dialogue: Dialogue | null): Try['state'] {
  if (record.type === 'relay') return record.connections > 0 ? 'heard' : 'sent';
  const spoken =
    dialogue !== null && (dialogue.tls?.version != null || dialogue.transcript.some((line) => line.startsWith('S: ')));
  if (spoken) return 'heard';
  const kind = classOf(record.outcome);
  if (kind === 'mute' && record.outcome !== 'host-down') return 'unsent';
  return kind === 'open' ? 'connected' : 'sent';
}

function askedOf(exchange: ReceiptExchange, { key }: LogAuthor): Asked {
  const raw = exchange.receipt;
  if (raw === null) return { exchange, receipt: 'none', signedMs: null };
  if (key === null) return { exchange, receipt: 'unverified', signedMs: null };
  const opened = openReceipt(raw, key);
  if (opened.kind === 'refused') {
    return { exchange, receipt: opened.why === 'other-key' ? 'unverified' : 'refused', signedMs: null };
  }
  // An old receipt that somebody plays back is genuine, and answers another request.
  if (opened.body.nonce !== exchange.nonce) return { exchange, receipt: 'refused', signedMs: null };
  return { exchange, receipt: 'genuine', signedMs: Date.parse(opened.body.at) };
}
