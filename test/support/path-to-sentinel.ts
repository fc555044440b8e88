/** Dialogues with a sentinel over any kind of path, with the receipts that come of them: both ends keep books of their own. */
import { createHash } from 'node:crypto';
import type { Dialogue, ReceiptExchange, Reply } from '../../src/model/dialogue.ts';
import { generateSigningKey, type SigningKey } from '../../src/receipt/keys.ts';
import { type Attested, type ReceiptBody, signReceipt } from '../../src/receipt/receipt.ts';
import { at } from './address.ts';
import { dialogueOf, START } from './evidence.ts';

export const KEY: SigningKey = generateSigningKey();
/** Of another sentinel, or of this one in former times. */
export const OTHER_KEY: SigningKey = generateSigningKey();

export type Path = 'direct' | 'relay' | 'strip' | 'inspect' | 'tls' | 'sink';

export interface PathOptions {
  readonly path?: Path;
  /** When the receipts are signed by the sentinel's clock, milliseconds. */
  readonly clock?: number;
  readonly port?: number;
  readonly local?: string;
  /** Where the sentinel sees the client come from. */
  readonly from?: string;
  readonly signedBy?: SigningKey;
  readonly listening?: readonly Attested[];
  /** The sentinel has no certificate. */
  readonly plain?: boolean;
  /** Makes nonces differ from dialogue to dialogue. */
  readonly seed?: string;
}

const GREETING = '220 edge.example.net ESMTP';
const KEYWORDS = ['edge.example.net', 'PIPELINING', 'STARTTLS', 'SMTPUTF8'];

/** What a client and a sentinel say and hear, line by line; a path may change what passes. */
class Books {
  readonly clientSent: string[] = [];
  readonly clientGot: string[] = [];
  readonly sentinelSent: string[] = [];
  readonly sentinelGot: string[] = [];

  up(sent: string, got = sent): void {
    this.clientSent.push(sent);
    this.sentinelGot.push(got);
  }

  down(sent: string, got = sent): void {
    this.sentinelSent.push(sent);
    this.clientGot.push(got);
  }
}

const EXPORTER = { client: 'ab'.repeat(32), sentinel: 'cd'.repeat(32) };

export function sentinelDialogue(options: PathOptions = {}): Dialogue {
  const { path = 'direct', plain = false } = options;
  if (path === 'sink') return sinkDialogue(options);
  const books = new Books();
  const masked = (text: string): string => (path === 'inspect' ? `220 ${text.slice(4).replace(/[^20 ]/g, '*')}` : text);
  books.down(`${GREETING}\r\n`, `${masked(GREETING)}\r\n`);
  books.up('EHLO audit.example.com\r\n');
  const offered = KEYWORDS.filter((keyword) => !(plain && keyword === 'STARTTLS'));
  const seen = seenKeywords(path, offered);
  books.down(linesOf(offered), linesOf(seen));
  const receipts = [exchangeOf(books, options, 'clear')];
  const tls = !plain && path !== 'inspect';
  books.up('STARTTLS\r\n', path === 'inspect' ? 'XXXXXXXX\r\n' : 'STARTTLS\r\n');
  const quoted = path === 'inspect' ? 'XXXXXXXX' : 'STARTTLS';
  const reply = tls ? '220 2.0.0 Ready to start TLS' : `500 5.5.1 Command unrecognized: "${quoted}"`;
  books.down(`${reply}\r\n`);
  if (tls) {
    books.up('EHLO audit.example.com\r\n');
    books.down(linesOf(offered.filter((keyword) => keyword !== 'STARTTLS')));
  }
  receipts.push(exchangeOf(books, options, tls ? 'tls' : 'refused-tls'));
  return dialogueOf({
    greeting: replyOf(masked(GREETING)),
    ehlo: { code: 250, enhanced: null, lines: seen },
    keywords: seen.slice(1),
    starttls: { offered: seen.includes('STARTTLS'), reply: replyOf(reply) },
    ...(tls ? {} : { tls: null, keywordsTls: [] }),
    receipts,
  });
}

/** 250 to whatever is said, and no receipt. */
function sinkDialogue(options: PathOptions): Dialogue {
  const books = new Books();
  books.down('220 filter ESMTP\r\n');
  const ask = (when: ReceiptExchange['when']): ReceiptExchange => ({ ...exchangeOf(books, options, when), receipt: null });
  return dialogueOf({
    greeting: replyOf('220 filter ESMTP'),
    ehlo: { code: 250, enhanced: null, lines: ['filter', '8BITMIME'] },
    keywords: ['8BITMIME'],
    starttls: { offered: false, reply: replyOf('250 OK') },
    tls: null,
    keywordsTls: [],
    receipts: [ask('clear'), ask('refused-tls')],
  });
}

function seenKeywords(path: Path, offered: readonly string[]): string[] {
  if (path === 'strip') return offered.filter((keyword) => keyword !== 'STARTTLS');
  if (path !== 'inspect') return [...offered];
  return offered.map((keyword) => (keyword === 'STARTTLS' ? 'XXXXXXXA' : keyword === 'SMTPUTF8' ? 'XXXXXXXB' : keyword));
}

function exchangeOf(books: Books, options: PathOptions, when: ReceiptExchange['when']): ReceiptExchange {
  const { path = 'direct', clock = START + 60_000, port = 25, local = '10.20.0.5', from = local, seed = '' } = options;
  const nonce = sha(`${seed} ${when} ${port} ${local}`).slice(0, 32);
  const received = sha(books.clientGot.join(''));
  books.up(`NOOP ${nonce}0000000000000000\r\n`);
  const inTls = when === 'tls';
  const body: Omit<ReceiptBody, 'key'> = {
    name: 'edge.example.net',
    nonce,
    port,
    client: { address: at(from), port: 40_000 },
    received: sha(books.sentinelGot.join('')),
    sent: sha(books.sentinelSent.join('')),
    exporter: !inTls ? null : path === 'tls' ? EXPORTER.sentinel : EXPORTER.client,
    at: new Date(clock).toISOString(),
    listening: options.listening ?? [],
    sink: null,
    delivery: null,
  };
  const receipt = signReceipt(body, options.signedBy ?? KEY);
  books.down(linesOf(['2.0.0 OK', receipt]));
  return {
    when,
    nonce,
    receipt,
    sent: sha(books.clientSent.join('')),
    received,
    exporter: inTls ? EXPORTER.client : null,
    local: { address: at(local), port: 40_000 },
  };
}

function linesOf(texts: readonly string[]): string {
  return texts.map((text, index) => `250${index < texts.length - 1 ? '-' : ' '}${text}\r\n`).join('');
}

function replyOf(line: string): Reply {
  const enhanced = /^\d{3} (\d\.\d\.\d)/.exec(line)?.[1] ?? null;
  return { code: Number(line.slice(0, 3)), enhanced, lines: [line.slice(4)] };
}

function sha(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex');
}
