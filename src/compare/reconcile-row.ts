/** One probe as the document tells of it. */
import { bracketed, endpointText } from '../model/address.ts';
import type { AttestationRecord, Evidence } from '../model/evidence.ts';
import type { ReconciledArrival, ReconciledRow } from '../model/reconciliation.ts';
import type { Arrival, ReceiptSeen } from './arrivals.ts';
import { readingOf, unexpectedSource } from './reading.ts';
import type { Scene } from './scene.ts';
import type { Try } from './tries.ts';

/** Empty for what is no probe. */
export function reconciledRow(one: Try, scene: Scene, evidence: readonly Evidence[]): ReconciledRow[] {
  const { record } = one;
  const run = evidence[one.run]?.header.run.id;
  if (run === undefined || (record.type !== 'observation' && record.type !== 'attestation')) return [];
  const { reading, reason, matched, arrived } = readingOf(one, scene);
  const { outcome, detail } = record;
  return [
    {
      id: record.type === 'observation' ? record.id : attestationId(record),
      record: record.type,
      pass: record.type === 'observation' ? record.pass : null,
      run,
      segment: record.segment,
      source: record.source,
      host: record.host,
      address: record.address,
      family: one.family,
      port: record.port,
      at: record.at,
      elapsedMs: Math.round(record.elapsedMs),
      client: {
        outcome,
        detail,
        reason: record.reason,
        asked: one.asked.length,
        genuine: one.asked.filter(({ receipt }) => receipt === 'genuine').length,
      },
      arrived: arrived.map(arrivalRow),
      matched,
      unexpectedSource: matched === 'nonce' ? unexpectedSource(arrived, scene) : null,
      reading,
      reason,
    },
  ];
}

function attestationId({ segment, source, sentinel, address, port }: AttestationRecord): string {
  return `${segment}/${bracketed(source)}>${sentinel}/${endpointText(address, port)}`;
}

function arrivalRow(arrival: Arrival | ReceiptSeen): ReconciledArrival {
  const at = new Date(arrival.atMs).toISOString();
  if ('arrival' in arrival) return { connection: arrival.connection, at, client: null, receipts: 1, end: null };
  const { connection, client, nonces, end } = arrival;
  return { connection, at, client, receipts: nonces.length, end };
}
