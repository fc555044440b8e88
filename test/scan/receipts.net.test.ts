/** Receipts of the real sentinel on loopback: on an untouched path both ends account for the same bytes, and for the same TLS session. */
import { connect, type Socket } from 'node:net';
import tls from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ReceiptExchange } from '../../src/model/dialogue.ts';
import type { ProbeReport } from '../../src/model/evidence.ts';
import { generateSigningKey } from '../../src/receipt/keys.ts';
import { reachOf } from '../../src/receipt/reach.ts';
import { openReceipt } from '../../src/receipt/receipt.ts';
import { newNonce, receiptArgument } from '../../src/receipt/request.ts';
import { DEFAULT_LIMITS } from '../../src/scan/target.ts';
import { startSentinel } from '../../src/sentinel.ts';
import { certificate, listen } from '../support/server.ts';
import { LOOPBACK, probeOf } from './loopback.ts';

const KEY = generateSigningKey();

interface Case {
  readonly mode: 'clear' | 'implicit';
  readonly tls: 'TLSv1.2' | 'TLSv1.3' | null;
  /** What the client believes the sentinel's key to be. */
  readonly key?: typeof KEY;
  /** Stands in front of the sentinel's port; its own port is connected to. */
  readonly between?: (port: number) => Promise<number>;
}

async function asked({
  mode,
  tls: version,
  key = KEY,
  between,
}: Case): Promise<{ readonly report: ProbeReport; readonly port: number }> {
  // The sentinel has no option for it: it takes the newest version that Node allows when it starts.
  const usual = tls.DEFAULT_MAX_VERSION;
  tls.DEFAULT_MAX_VERSION = version ?? usual;
  const sentinel = await startSentinel({
    name: 'probe.example.net',
    keys: [KEY],
    ports: mode === 'clear' ? [0] : [],
    tlsPorts: mode === 'clear' ? [] : [0],
    addresses: [LOOPBACK],
    certificate: version === null ? null : certificate('good'),
  }).finally(() => {
    tls.DEFAULT_MAX_VERSION = usual;
  });
  onTestFinished(() => sentinel.close());
  const port = (await between?.(sentinel.ports[0] ?? 0)) ?? sentinel.ports[0] ?? 0;
  const next = (): { readonly nonce: string; readonly argument: string } => {
    const nonce = newNonce();
    return { nonce, argument: receiptArgument(key.publicKey, nonce) };
  };
  const target = { port, mode, source: LOOPBACK, receipts: { next } };
  return { report: await probeOf(target, { limits: DEFAULT_LIMITS }), port };
}

/** Passes both directions on in small pieces, each written by itself, as slow links and small windows do. */
async function cutting(port: number, size: number): Promise<number> {
  const pass = (from: Socket, to: Socket): void => {
    from.on('data', (bytes: Buffer) => {
      for (let start = 0; start < bytes.length; start += size) to.write(bytes.subarray(start, start + size));
    });
    from.on('close', () => to.destroy());
  };
  const server = await listen((near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    far.on('error', () => near.destroy());
    near.setNoDelay(true);
    pass(near, far);
    pass(far, near);
  });
  return server.port;
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
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('with STARTTLS and %s', async (version) => {
    const { report } = await asked({ mode: 'clear', tls: version });
    expect(report.dialogue?.tls?.version).toBe(version);
    expect(accounts(report.dialogue?.receipts ?? [])).toEqual([
      ['clear', ...EQUAL, null, true],
      ['tls', ...EQUAL, 64, true],
    ]);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('with TLS from the first byte, %s', async (version) => {
    const { report } = await asked({ mode: 'implicit', tls: version });
    expect(report.dialogue?.tls?.version).toBe(version);
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

test.each([1, 7, 1_000])('a path that cuts the stream into pieces of %i bytes changes nothing', async (size) => {
  const { report } = await asked({ mode: 'clear', tls: 'TLSv1.3', between: (port) => cutting(port, size) });
  expect(accounts(report.dialogue?.receipts ?? [])).toEqual([
    ['clear', ...EQUAL, null, false],
    ['tls', ...EQUAL, 64, false],
  ]);
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
