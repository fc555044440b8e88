/**
 * The sentinel's side of a dialogue in memory: answers as it does, keeps every byte of either direction, and hashes them with code of its own.
 * What it says comes out in the pieces that a test asks for.
 */
import { createHash } from 'node:crypto';
import type { Address } from '../../src/model/address.ts';
import type { ReceiptExchange } from '../../src/model/dialogue.ts';
import type { Connection, ReadResult, TlsResult } from '../../src/model/outside.ts';
import { generateSigningKey } from '../../src/receipt/keys.ts';
import { openReceipt, signReceipt } from '../../src/receipt/receipt.ts';
import { readArgument, receiptArgument } from '../../src/receipt/request.ts';
import type { ReceiptRequests } from '../../src/smtp/receipts.ts';
import { at } from '../support/address.ts';
import { SESSION } from './scripted-connection.ts';

const KEY = generateSigningKey();
/** As a policy writes it. */
export const PUBLIC_KEY: string = KEY.publicKey.text;
export const EXPORTER: string = 'ab'.repeat(32);
const CHUNK = 400;

export interface FakeSentinelOptions {
  readonly mode: 'clear' | 'implicit';
  /** Reply to STARTTLS. */
  readonly starttls: string;
  /** Sizes of the pieces that are read, in turn. */
  readonly sizes: readonly number[];
  /** Port that it says the connection came in on; 25 unless told. */
  readonly port?: number;
  /** Sent behind the reply to the first command of this verb, by the sentinel itself: nobody asked for it. */
  readonly unasked?: { readonly verb: string; readonly bytes: string };
  /** Changes what the client gets, or what the sentinel gets, on the way. */
  readonly tamper?: { readonly down?: (text: string) => string; readonly up?: (text: string) => string };
}

/** Nonces 1, 2, 3 …, asked for with the fake sentinel's key. */
export function countingRequests(): ReceiptRequests {
  let count = 0;
  return {
    next: () => {
      const nonce = (++count).toString(16).padStart(32, '0');
      return { nonce, argument: receiptArgument(KEY.publicKey, nonce) };
    },
  };
}

export class FakeSentinel implements Connection {
  readonly commands: string[] = [];
  readonly #options: FakeSentinelOptions;
  readonly #sent: string[] = [];
  readonly #got: string[] = [];
  #out = '';
  #reads = 0;
  #secure: boolean;
  #quirk = true;

  constructor(options: FakeSentinelOptions) {
    this.#options = options;
    this.#secure = false;
    if (options.mode === 'clear') this.#say('220 probe.example.net ESMTP\r\n');
  }

  async read(): Promise<ReadResult> {
    if (this.#out === '') return { kind: 'timeout' };
    const { sizes } = this.#options;
    const size = sizes[this.#reads++ % sizes.length] ?? 1;
    const bytes = Buffer.from(this.#out.slice(0, size), 'latin1');
    this.#out = this.#out.slice(size);
    return { kind: 'data', bytes };
  }

  write(bytes: Uint8Array): void {
    const line = Buffer.from(bytes).toString('latin1');
    this.commands.push(line.trimEnd().replace(/^NOOP .*/, 'NOOP'));
    this.#got.push(this.#options.tamper?.up?.(line) ?? line);
    const verb = line.split(/[ \r]/)[0] ?? '';
    this.#say(this.#answer(verb, line.trimEnd()));
    const { unasked } = this.#options;
    if (unasked === undefined || unasked.verb !== verb || !this.#quirk) return;
    this.#quirk = false;
    this.#say(unasked.bytes);
  }

  async startTls(): Promise<TlsResult> {
    this.#secure = true;
    if (this.#options.mode === 'implicit') this.#say('220 probe.example.net ESMTP\r\n');
    return { kind: 'secure', session: SESSION };
  }

  binding(): string | null {
    return this.#secure ? EXPORTER : null;
  }

  local(): { readonly address: Address; readonly port: number } | null {
    return { address: at('10.20.0.5'), port: 40_000 };
  }

  close(): void {}

  #answer(verb: string, line: string): string {
    if (verb === 'EHLO') return '250-probe.example.net\r\n250-PIPELINING\r\n250 STARTTLS\r\n';
    if (verb === 'STARTTLS') return this.#options.starttls;
    if (verb.startsWith('XPSTRN')) return `500 5.5.1 Command unrecognized: "${verb}"\r\n`;
    if (verb === 'QUIT') return '221 2.0.0 Bye\r\n';
    const asked = readArgument(line.slice(5), [KEY]);
    if (verb !== 'NOOP' || asked === null) return '250 2.0.0 OK\r\n';
    const raw = signReceipt(
      {
        name: 'probe.example.net',
        nonce: asked.nonce,
        port: this.#options.port ?? 25,
        client: { address: at('10.20.0.5'), port: 50_000 },
        received: hashOf(this.#got),
        sent: hashOf(this.#sent),
        exporter: this.binding(),
        at: '2026-11-21T20:00:00.000Z',
        listening: [],
        sink: null,
        delivery: null,
      },
      KEY,
    );
    const texts = [
      '2.0.0 OK',
      ...Array.from({ length: Math.ceil(raw.length / CHUNK) }, (_, n) => raw.slice(n * CHUNK, (n + 1) * CHUNK)),
    ];
    return texts.map((text, index) => `250${index < texts.length - 1 ? '-' : ' '}${text}\r\n`).join('');
  }

  #say(text: string): void {
    this.#sent.push(text);
    this.#out += this.#options.tamper?.down?.(text) ?? text;
  }
}

/** Whether a receipt and the client's account of the same moment agree: upstream, downstream, channel binding. */
export function agreement({ receipt, nonce, sent, received, exporter }: ReceiptExchange): string {
  if (receipt === null) return 'no receipt';
  const opened = openReceipt(receipt, KEY.publicKey);
  if (opened.kind === 'refused') return opened.why;
  const { body } = opened;
  return [
    body.nonce === nonce ? 'fresh' : 'STALE',
    body.received === sent ? 'up' : 'UP',
    body.sent === received ? 'down' : 'DOWN',
    body.exporter === exporter ? 'bound' : 'UNBOUND',
  ].join(' ');
}

function hashOf(texts: readonly string[]): string {
  return createHash('sha256')
    .update(Buffer.from(texts.join(''), 'latin1'))
    .digest('hex');
}
