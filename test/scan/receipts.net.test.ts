/** Receipts of the real sentinel on loopback: on an untouched path both ends account for the same bytes, and for the same TLS session. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ReceiptExchange } from '../../src/model/dialogue.ts';
import type { ProbeReport } from '../../src/model/evidence.ts';
import { generateSigningKey } from '../../src/receipt/keys.ts';
import { reachOf } from '../../src/receipt/reach.ts';
import { openReceipt } from '../../src/receipt/receipt.ts';
import { newNonce, receiptArgument } from '../../src/receipt/request.ts';
import { DEFAULT_LIMITS } from '../../src/scan/target.ts';
import { startSentinel } from '../../src/sentinel.ts';
import { certificate } from '../support/server.ts';
import { LOOPBACK, probeOf } from './loopback.ts';

const KEY = generateSigningKey();

interface Case {
  readonly mode: 'clear' | 'implicit';
  readonly tls: 'TLSv1.2' | 'TLSv1.3' | null;
  /** What the client believes the sentinel's key to be. */
  readonly key?: typeof KEY;
}

async function asked({ mode, tls, key = KEY }: Case): Promise<{ readonly report: ProbeReport; readonly port: number }> {
  const secure = tls === null ? null : { ...certificate('good'), minVersion: tls, maxVersion: tls };
  const sentinel = await startSentinel({
    name: 'probe.example.net',
    keys: [KEY],
    ports: mode === 'clear' ? [0] : [],
    tlsPorts: mode === 'clear' ? [] : [0],
    addresses: [LOOPBACK],
    certificate: secure,
  });
  onTestFinished(() => sentinel.close());
  const port = sentinel.ports[0] ?? 0;
  const next = (): { readonly nonce: string; readonly argument: string } => {
    const nonce = newNonce();
    return { nonce, argument: receiptArgument(key.publicKey, nonce) };
  };
  const target = { port, mode, source: LOOPBACK, receipts: { next } };
  return { report: await probeOf(target, { limits: DEFAULT_LIMITS }), port };
}

function accounts(receipts: readonly ReceiptExchange[]): unknown[] {
  return receipts.map(({ when, receipt, nonce, sent, received, exporter, local }) => {
    const opened = receipt === null ? null : openReceipt(receipt, KEY.publicKey);
    if (opened?.kind !== 'genuine') return [when, opened?.why ?? 'no receipt'];
    const { body } = opened;
    return [
      when,
      body.nonce === nonce,
      body.received === sent,
      body.sent === received,
      body.exporter === exporter,
      exporter === null ? null : exporter.length,
      body.client.address === local?.address && body.client.port === local.port,
    ];
  });
}

const EQUAL = [true, true, true, true] as const;

describe('an untouched path', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('with STARTTLS and %s', async (tls) => {
    const { report } = await asked({ mode: 'clear', tls });
    expect(report.dialogue?.tls?.version).toBe(tls);
    expect(accounts(report.dialogue?.receipts ?? [])).toEqual([
      ['clear', ...EQUAL, null, true],
      ['tls', ...EQUAL, 64, true],
    ]);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('with TLS from the first byte, %s', async (tls) => {
    const { report } = await asked({ mode: 'implicit', tls });
    expect(report.dialogue?.tls?.version).toBe(tls);
    expect(accounts(report.dialogue?.receipts ?? [])).toEqual([['tls', ...EQUAL, 64, true]]);
  });

  test('without TLS: the second receipt covers the refused STARTTLS', async () => {
    const { report } = await asked({ mode: 'clear', tls: null });
    expect(report.dialogue?.starttls?.reply?.code).not.toBe(220);
    expect(accounts(report.dialogue?.receipts ?? [])).toEqual([
      ['clear', ...EQUAL, null, true],
      ['refused-tls', ...EQUAL, null, true],
    ]);
  });

  test('is direct', async () => {
    const startedAt = Date.now();
    const { report, port } = await asked({ mode: 'clear', tls: 'TLSv1.3' });
    const reach = reachOf(report.dialogue?.receipts ?? [], {
      publicKey: KEY.publicKey,
      port,
      at: startedAt,
      expectedSources: [],
    });
    expect(reach).toMatchObject({ level: 'direct', changed: [], refused: [] });
  });
});

test('who asks with another key gets what every stranger gets', async () => {
  const { report } = await asked({ mode: 'clear', tls: 'TLSv1.3', key: generateSigningKey() });
  expect(report.dialogue?.receipts.map(({ when, receipt }) => [when, receipt])).toEqual([
    ['clear', null],
    ['tls', null],
  ]);
  expect(report.dialogue?.transcript).toContain('S: 250 2.0.0 OK');
  expect(report.dialogue?.failure).toBeNull();
});
