/**
 * What is said to one SMTP server, to learn how it is reached and what it offers. On the wire, in this order:
 *
 *   mode clear:     (the greeting is waited for) · EHLO name (HELO name where EHLO is refused) · STARTTLS, offered or not ·
 *                   after 220: TLS handshake, EHLO again · [MAIL FROM, RCPT TO, RSET, where asked for] · QUIT
 *   mode implicit:  TLS handshake · (greeting) · EHLO · [MAIL FROM, RCPT TO, RSET] · QUIT
 *
 * A server that greets with 4xx or 5xx is sent QUIT alone. Never sent: DATA, AUTH, VRFY, EXPN, unknown verbs, two commands at
 * once, anything before the greeting. STARTTLS is sent even where it is not offered, because a device on the way may have
 * taken the offer out; that costs one error, well below what servers tolerate.
 *
 * @see RFC 5321 section 3 (procedures), RFC 3207 (STARTTLS), RFC 8314 (implicit TLS)
 */
import type { Dialogue, Reply } from '../model/dialogue.ts';
import type { Clock, Connection, TlsOptions } from '../model/outside.ts';
import { Exchange, type SocketError } from './exchange.ts';
import { keywordsOf, offers } from './keywords.ts';

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

/** How long a server may take to answer QUIT: nothing hangs on it. */
const QUIT_MS = 2_000;

type Draft = { -readonly [Key in keyof Dialogue]: Dialogue[Key] };

/**
 * Speaks to one server and closes the connection. Never rejects for what the server does.
 *
 * `ehlo` of the dialogue is the reply that counted: HELO's where EHLO was refused.
 */
export async function converse(setup: DialogueSetup): Promise<DialogueRun> {
  const exchange = new Exchange(setup.connection, setup.clock, setup.deadline);
  const draft = emptyDialogue(setup.mode);
  try {
    await speak(exchange, setup, draft);
    if (!exchange.broken && draft.greeting !== null) await quit(exchange, setup);
  } finally {
    setup.connection.close();
  }
  const { received, unreadable, error, aborted } = exchange;
  const dialogue = { ...draft, failure: exchange.failure, transcript: exchange.transcript.lines };
  return { dialogue, received, unreadable, error, aborted };
}

async function speak(exchange: Exchange, setup: DialogueSetup, draft: Draft): Promise<void> {
  if (setup.mode === 'implicit' && !(await secure(exchange, setup, draft))) return;
  draft.greeting = await exchange.reply('greeting', setup.limits.greetingMs);
  if (draft.greeting === null) return;
  if (draft.greeting.code >= 300) return exchange.refuse('greeting', draft.greeting);
  draft.ehlo = await greet(exchange, setup, 'ehlo');
  if (draft.ehlo === null || exchange.failure !== null) return;
  if (setup.mode === 'implicit') draft.keywordsTls = keywordsOf(draft.ehlo);
  else {
    draft.keywords = keywordsOf(draft.ehlo);
    if (!(await upgrade(exchange, setup, draft))) return;
  }
  if (setup.mail !== null) await tryMail(exchange, setup, draft, setup.mail);
}

/** EHLO, or HELO where EHLO gets 5xx (RFC 5321 section 3.2); a server that takes neither refuses the dialogue. */
async function greet(exchange: Exchange, setup: DialogueSetup, stage: 'ehlo' | 'ehlo-tls'): Promise<Reply | null> {
  const { ehlo, limits } = setup;
  let reply = await exchange.command(stage, `EHLO ${ehlo}`, limits.replyMs);
  if (reply !== null && reply.code >= 500) reply = await exchange.command(stage, `HELO ${ehlo}`, limits.replyMs);
  if (reply !== null && !accepted(reply)) exchange.refuse(stage, reply);
  return reply;
}

/** STARTTLS whatever EHLO says; false where the dialogue cannot go on. */
async function upgrade(exchange: Exchange, setup: DialogueSetup, draft: Draft): Promise<boolean> {
  const reply = await exchange.command('starttls', 'STARTTLS', setup.limits.replyMs);
  draft.starttls = { offered: offers(draft.keywords, 'STARTTLS'), reply };
  if (reply === null || exchange.failure !== null) return false;
  if (reply.code !== 220) return true;
  draft.injected = await exchange.drain();
  if (draft.injected !== null) exchange.transcript.add('--', `injected before TLS, not used: ${draft.injected}`);
  if (!(await secure(exchange, setup, draft))) return false;
  const inside = await greet(exchange, setup, 'ehlo-tls');
  if (inside === null || exchange.failure !== null) return false;
  draft.keywordsTls = keywordsOf(inside);
  return true;
}

async function secure(exchange: Exchange, setup: DialogueSetup, draft: Draft): Promise<boolean> {
  const session = await exchange.secure(setup.tls, setup.limits.tlsMs);
  const failed = { version: null, cipher: null, serverName: setup.tls.serverName, certificate: null, problems: [] };
  draft.tls = session ?? failed;
  return session !== null;
}

/** MAIL without AUTH, RCPT only where asked for, then RSET: a transaction that never becomes a message. */
async function tryMail(exchange: Exchange, setup: DialogueSetup, draft: Draft, mail: string): Promise<void> {
  const { limits, rcpt } = setup;
  draft.mail = await exchange.command('mail', `MAIL FROM:<${mail}>`, limits.replyMs);
  if (draft.mail === null || !accepted(draft.mail)) return;
  if (rcpt !== null) draft.rcpt = await exchange.command('rcpt', `RCPT TO:<${rcpt}>`, limits.replyMs);
  if (!exchange.broken && exchange.failure === null) {
    await exchange.command(rcpt === null ? 'mail' : 'rcpt', 'RSET', limits.replyMs);
  }
}

async function quit(exchange: Exchange, setup: DialogueSetup): Promise<void> {
  await exchange.command('quit', 'QUIT', Math.min(QUIT_MS, setup.limits.replyMs));
}

function accepted(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 300;
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
