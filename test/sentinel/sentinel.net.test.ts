import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SentinelEvent } from '../../src/model/sentinel-log.ts';
import { generateSigningKey } from '../../src/receipt/keys.ts';
import { openReceipt, type ReceiptBody } from '../../src/receipt/receipt.ts';
import { newNonce, receiptArgument } from '../../src/receipt/request.ts';
import { type Sentinel, type SentinelSetup, startSentinel } from '../../src/sentinel.ts';
import { at } from '../support/address.ts';
import { certificate } from '../support/server.ts';
import { TestClient } from './client.ts';

const KEY = generateSigningKey();
const NAME = 'sentinel.example.net';

async function start(setup: Partial<SentinelSetup> = {}): Promise<Sentinel & { readonly events: SentinelEvent[] }> {
  const events: SentinelEvent[] = [];
  const sentinel = await startSentinel({
    name: NAME,
    keys: [KEY],
    ports: [0],
    addresses: [at('127.0.0.1')],
    certificate: certificate('good'),
    countLoopback: true,
    tell: (event) => events.push(event),
    ...setup,
  });
  onTestFinished(() => sentinel.close());
  return Object.assign(sentinel, { events });
}

function portOf({ ports: [port = 0] }: Sentinel): number {
  return port;
}

/** Asks for a receipt, and has it verified. */
async function ask(client: TestClient): Promise<{ body: ReceiptBody; sent: string; received: string; nonce: string }> {
  const nonce = newNonce();
  const received = client.received.hex();
  const { code, texts } = await client.say(`NOOP ${receiptArgument(KEY.publicKey, nonce)}`);
  expect([code, texts[0]]).toEqual([250, '2.0.0 OK']);
  const opened = openReceipt(texts.slice(1).join(''), KEY.publicKey);
  if (opened.kind !== 'genuine') throw new Error(opened.message);
  return { body: opened.body, sent: client.sent.hex(), received, nonce };
}

function bindingOf(socket: TLSSocket): string {
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('hex');
}

describe('a receipt', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'tells of clear text and of %s after STARTTLS what the client knows',
    async (version) => {
      const sentinel = await start();
      const client = await TestClient.dial(portOf(sentinel));
      expect(await client.reply()).toEqual({ code: 220, texts: [`${NAME} ESMTP`] });
      await client.say('EHLO probe.example.com');
      const clear = await ask(client);
      expect(clear.body).toMatchObject({ name: NAME, nonce: clear.nonce, port: portOf(sentinel), exporter: null, sink: null });
      expect(clear.body.client).toEqual({ address: '127.0.0.1', port: client.stream.localPort });
      expect([clear.body.received, clear.body.sent]).toEqual([clear.sent, clear.received]);
      expect((await client.say('STARTTLS')).code).toBe(220);
      const secure = await client.startTls({ minVersion: version, maxVersion: version });
      expect(secure.getProtocol()).toBe(version);
      await client.say('EHLO probe.example.com');
      const inside = await ask(client);
      expect([inside.body.received, inside.body.sent]).toEqual([inside.sent, inside.received]);
      expect(inside.body.exporter).toBe(bindingOf(secure));
      expect((await client.say('QUIT')).code).toBe(221);
      expect(await client.ended()).toBe(true);
    },
  );
});
