/**
 * What is said to one SMTP server, to learn how it is reached and what it offers. On the wire, in this order:
 *
 *   mode clear:     (the greeting is waited for) · EHLO name (HELO name where EHLO is refused) · [unknown verb | NOOP for a receipt] ·
 *                   STARTTLS, offered or not · after 220: TLS handshake, EHLO again · [NOOP for a receipt] ·
 *                   [MAIL FROM, RCPT TO, RSET, where asked for] · QUIT
 *   mode implicit:  TLS handshake · (greeting) · EHLO · [NOOP for a receipt] · [MAIL FROM, RCPT TO, RSET] · QUIT
 *
 * A server that greets with 4xx or 5xx is sent QUIT alone. Never sent: DATA, AUTH, VRFY, EXPN, two commands at once, anything
 * before the greeting. STARTTLS is sent even where it is not offered, because a device on the way may have taken the offer
 * out; that costs one error, well below what servers tolerate. An unknown verb goes to own servers only, once, in clear text:
 * a device that masks what it does not know shows in the echo. NOOP with an argument goes to sentinels only, each time after
 * what a device might have touched: EHLO, STARTTLS and what came of it.
 *
 * @see RFC 5321 section 3 (procedures), RFC 3207 (STARTTLS), RFC 8314 (implicit TLS)
 */
import type { Dialogue, ReceiptExchange, Reply } from '../model/dialogue.ts';
import type { Clock, Connection, TlsOptions } from '../model/outside.ts';
import { Exchange, isPositive, type SocketError } from './exchange.ts';
import { keywordsOf, offers } from './keywords.ts';
import { type Account, newAccount, type ReceiptRequests, receiptIn } from './receipts.ts';

export interface DialogueSetup {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly mode: 'clear' | 'implicit';
  /** The name given with EHLO. */
  readonly ehlo: string;
  /** Reverse path to try without AUTH; null: no MAIL is sent. */
  readonly mail: string | null;
  /** Forward path to try after MAIL was taken; null: no RCPT is sent. */
  readonly rcpt: string | null;
  /** An unknown verb to send in clear text, for its echo; null: none is sent, and none beside receipts. */
  readonly verb: string | null;
  /** Makes requests for receipts; null: the server is no sentinel, none is asked for. */
  readonly receipts: ReceiptRequests | null;
  readonly tls: TlsOptions;
  /** Milliseconds, each from the start of its stage. */
  readonly limits: { readonly greetingMs: number; readonly replyMs: number; readonly tlsMs: number };
  /** End of everything, on `clock.monotonic`. */
  readonly deadline: number;
}

export interface DialogueRun {
  readonly dialogue: Dialogue;
  /** Bytes of SMTP that came from the server. */
  readonly received: number;
  /** Start of what was no SMTP reply; printable. */
  readonly unreadable: string | null;
  readonly error: SocketError | null;
  readonly aborted: boolean;
}

type Draft = { -readonly [Key in keyof Dialogue]: Dialogue[Key] };

/** One dialogue under way: what it is held with, what it was told, what it has come to. */
interface Talk {
  readonly exchange: Exchange;
  readonly setup: DialogueSetup;
  readonly account: Account | null;
  readonly draft: Draft;
}

/**
 * Speaks to one server and closes the connection. Never rejects for what the server does.
 *
 * `ehlo` of the dialogue is the reply that counted: HELO's where EHLO was refused.
 */
export async function converse(setup: DialogueSetup): Promise<DialogueRun> {
  const account = setup.receipts === null ? null : newAccount();
  const exchange = new Exchange(setup.connection, setup.clock, setup.deadline, account);
  const draft = emptyDialogue(setup.mode);
  try {
    await speak({ exchange, setup, account, draft });
    if (!exchange.broken && draft.greeting !== null) await exchange.quit(setup.limits.replyMs);
  } finally {
    setup.connection.close();
  }
  const { received, unreadable, error, aborted } = exchange;
  const dialogue = { ...draft, failure: exchange.failure, transcript: exchange.transcript.lines };
  return { dialogue, received, unreadable, error, aborted };
}

async function speak(talk: Talk): Promise<void> {
  const { exchange, setup, draft } = talk;
  if (setup.mode === 'implicit' && !(await secure(talk))) return;
  draft.greeting = await exchange.reply('greeting', setup.limits.greetingMs);
  if (draft.greeting === null) return;
  if (draft.greeting.code >= 300) return exchange.refuse('greeting', draft.greeting);
  draft.ehlo = await greet(talk, 'ehlo');
  if (draft.ehlo === null || exchange.failure !== null) return;
  if (setup.mode === 'implicit') {
    draft.keywordsTls = keywordsOf(draft.ehlo);
    if (setup.receipts !== null && !(await askReceipt(talk, setup.receipts, 'tls'))) return;
  } else {
    draft.keywords = keywordsOf(draft.ehlo);
    if (setup.receipts !== null && !(await askReceipt(talk, setup.receipts, 'clear'))) return;
    if (setup.receipts === null && setup.verb !== null && !(await sayUnknown(talk, setup.verb))) return;
    if (!(await upgrade(talk))) return;
  }
  if (setup.mail !== null) await tryMail(talk, setup.mail);
}

/** EHLO, or HELO where EHLO gets 5xx (RFC 5321 section 3.2); a server that takes neither refuses the dialogue. */
async function greet({ exchange, setup }: Talk, stage: 'ehlo' | 'ehlo-tls'): Promise<Reply | null> {
  const { ehlo, limits } = setup;
  let reply = await exchange.command(stage, `EHLO ${ehlo}`, limits.replyMs);
  if (reply !== null && reply.code >= 500) reply = await exchange.command(stage, `HELO ${ehlo}`, limits.replyMs);
  if (reply !== null && !isPositive(reply)) exchange.refuse(stage, reply);
  return reply;
}

/** False where the dialogue cannot go on. */
async function sayUnknown({ exchange, setup, draft }: Talk, verb: string): Promise<boolean> {
  const reply = await exchange.command('verb', verb, setup.limits.replyMs);
  draft.echo = { verb, reply };
  return reply !== null && exchange.failure === null;
}

/** Asks, and takes down what this end knows of the connection up to there; false where the dialogue cannot go on. */
async function askReceipt(talk: Talk, receipts: ReceiptRequests, when: ReceiptExchange['when']): Promise<boolean> {
  const { exchange, setup, account, draft } = talk;
  if (account === null) throw new TypeError('receipts are asked for, and nothing was counted');
  const { nonce, argument } = receipts.next();
  const received = account.received.hex();
  const own = { exporter: setup.connection.binding(), local: setup.connection.local() };
  const reply = await exchange.command('receipt', `NOOP ${argument}`, setup.limits.replyMs);
  const receipt = reply === null ? null : receiptIn(reply);
  draft.receipts = [...draft.receipts, { when, nonce, receipt, sent: account.sent.hex(), received, ...own }];
  return reply !== null && exchange.failure === null;
}

/** STARTTLS whatever EHLO says; false where the dialogue cannot go on. */
async function upgrade(talk: Talk): Promise<boolean> {
  const { exchange, setup, draft } = talk;
  const reply = await exchange.command('starttls', 'STARTTLS', setup.limits.replyMs);
  draft.starttls = { offered: offers(draft.keywords, 'STARTTLS'), reply };
  if (reply === null || exchange.failure !== null) return false;
  if (reply.code !== 220) return setup.receipts === null || askReceipt(talk, setup.receipts, 'refused-tls');
  draft.injected = await exchange.drain();
  if (!(await secure(talk))) return false;
  const inside = await greet(talk, 'ehlo-tls');
  if (inside === null || exchange.failure !== null) return false;
  draft.keywordsTls = keywordsOf(inside);
  return setup.receipts === null || askReceipt(talk, setup.receipts, 'tls');
}

async function secure({ exchange, setup, draft }: Talk): Promise<boolean> {
  const session = await exchange.secure(setup.tls, setup.limits.tlsMs);
  const failed = { version: null, cipher: null, serverName: setup.tls.serverName, certificate: null, problems: [] };
  draft.tls = session ?? failed;
  return session !== null;
}

/** MAIL without AUTH, RCPT only where asked for, then RSET: a transaction that never becomes a message. */
async function tryMail({ exchange, setup, draft }: Talk, mail: string): Promise<void> {
  const { limits, rcpt } = setup;
  draft.mail = await exchange.command('mail', `MAIL FROM:<${mail}>`, limits.replyMs);
  if (draft.mail === null || !isPositive(draft.mail)) return;
  if (rcpt !== null) draft.rcpt = await exchange.command('rcpt', `RCPT TO:<${rcpt}>`, limits.replyMs);
  if (!exchange.broken && exchange.failure === null) {
    await exchange.command(rcpt === null ? 'mail' : 'rcpt', 'RSET', limits.replyMs);
  }
}

function emptyDialogue(mode: Dialogue['mode']): Draft {
  return {
    mode,
    greeting: null,
    ehlo: null,
    keywords: [],
    starttls: null,
    tls: null,
    keywordsTls: [],
    mail: null,
    rcpt: null,
    failure: null,
    injected: null,
    echo: null,
    receipts: [],
    transcript: [],
  };
}
