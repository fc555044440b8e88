/**
 * One connection of a relay test. On the wire, each reply awaited:
 *
 *   [TLS handshake] · (greeting) · EHLO (HELO where EHLO is refused) · [STARTTLS · TLS handshake · EHLO] ·
 *   any of: XPSTRN<nonce> | MAIL FROM · RCPT TO · [DATA · broken off, or one message] · RSET between them · QUIT
 *
 * Never sent: AUTH, VRFY, EXPN, anything before the greeting, two commands at once.
 */
import type { DialogueStage, Reply } from '../model/dialogue.ts';
import type { Clock, Connection, TlsOptions } from '../model/outside.ts';
import { Exchange, isPositive } from './exchange.ts';
import { keywordsOf } from './keywords.ts';
import type { AskedShape } from './relay-plan.ts';
import { serverNameOf } from './server-name.ts';

export interface SessionSetup {
  readonly clock: Clock;
  readonly mode: 'clear' | 'implicit';
  readonly tls: TlsOptions;
  readonly limits: { readonly greetingMs: number; readonly replyMs: number; readonly tlsMs: number };
  /** On `clock.monotonic`. */
  readonly deadline: number;
}

export interface SessionKind {
  /** Name for EHLO. */
  readonly ehlo: string;
  /** STARTTLS is asked for; of no meaning in mode `implicit`. */
  readonly tls: boolean;
}

/** `lost`: the server ended it; `no-tls`: STARTTLS was refused, or led to no TLS. */
export interface SessionProblem {
  readonly kind: 'lost' | 'no-tls';
  readonly message: string;
}

/** `lost`: no reply, or 421; `stage` is the command that got none. `unasked`: what had to come before it was refused. */
export type Answer =
  | { readonly kind: 'unasked'; readonly message: string }
  | { readonly kind: 'reply'; readonly stage: 'verb' | 'mail' | 'rcpt'; readonly reply: Reply }
  | {
      readonly kind: 'lost';
      readonly stage: 'verb' | 'mail' | 'rcpt';
      readonly reply: Reply | null;
      readonly message: string;
    };

/** How long a server may take to close after QUIT, as it has to. @see RFC 5321 section 4.1.1.10 */
const LINGER_MS = 500;
/** How long a server may look into a message before it answers. @see RFC 5321 section 4.5.3.2.6, which allows 10 minutes */
const MESSAGE_MS = 60_000;

export class RelaySession {
  /** Inside TLS. */
  secure = false;
  /** Replies of 4xx and 5xx so far, the parting 421 left out: what servers count before they turn a client away. */
  rejections = 0;
  /** Keywords of the last EHLO. */
  keywords: readonly string[] = [];
  serverName: string | null = null;
  readonly #setup: SessionSetup;
  readonly #connection: Connection;
  readonly #exchange: Exchange;
  #transaction = false;
  #greeted = false;

  constructor(setup: SessionSetup, connection: Connection) {
    this.#setup = setup;
    this.#connection = connection;
    this.#exchange = new Exchange(connection, setup.clock, setup.deadline);
  }

  get transcript(): readonly string[] {
    return this.#exchange.transcript.lines;
  }

  /** Up to where shapes can be asked; null, or why that was not reached. */
  async begin({ ehlo, tls }: SessionKind): Promise<SessionProblem | null> {
    const { mode, limits } = this.#setup;
    if (mode === 'implicit' && !(await this.#handshake())) return this.#problem('lost');
    const greeting = this.#count(await this.#exchange.reply('greeting', limits.greetingMs));
    this.#greeted = greeting !== null;
    if (greeting !== null && greeting.code >= 300) this.#exchange.refuse('greeting', greeting);
    if (this.#ended || !(await this.#greet('ehlo', ehlo))) return this.#problem('lost');
    return tls && mode === 'clear' ? await this.#upgrade(ehlo) : null;
  }

  async ask(planned: AskedShape): Promise<Answer> {
    if (planned.kind === 'verb') return this.#answer('verb', await this.#send('verb', planned.verb));
    this.#transaction = true;
    const mail = this.#answer('mail', await this.#send('mail', `MAIL FROM:<${planned.mail}>`));
    if (mail.kind !== 'reply' || !isPositive(mail.reply)) return mail;
    if (planned.first !== null) {
      const first = this.#answer('rcpt', await this.#send('rcpt', `RCPT TO:<${planned.first}>`));
      if (first.kind !== 'reply') return first;
      if (!isPositive(first.reply)) return { kind: 'unasked', message: `RCPT TO:<${planned.first}> before it was refused.` };
    }
    return this.#answer('rcpt', await this.#send('rcpt', `RCPT TO:<${planned.rcpt}>`));
  }

  /** Asks to send a message. After 354 the connection must be broken off, or the message be sent. */
  async data(): Promise<Reply | null> {
    return await this.#send('data', 'DATA');
  }

  async message(lines: readonly string[]): Promise<Reply | null> {
    return this.#count(await this.#exchange.message(lines, Math.max(MESSAGE_MS, this.#setup.limits.replyMs)));
  }

  /** Clears the transaction; null, or why nothing more can be asked: `lost`, or `refused`. */
  async reset(): Promise<'lost' | 'refused' | null> {
    if (!this.#transaction) return null;
    const reply = await this.#send('rcpt', 'RSET');
    if (reply === null || this.#ended) return 'lost';
    this.#transaction = false;
    return isPositive(reply) ? null : 'refused';
  }

  /** Why the server ended it. */
  get loss(): string {
    return this.#exchange.failure?.message ?? 'The connection ended.';
  }

  /** After 354: breaks the connection off, without the end of a message, which so becomes none. @see RFC 5321 section 4.1.1.10 */
  abandon(): void {
    this.#greeted = false;
    this.#exchange.transcript.add('--', 'The connection is broken off: no message was sent.');
    this.#connection.close();
  }

  /** QUIT where that can still be said, and the end: the server's own, if it comes soon. What it says after ours would be answered by a reset. */
  async end(): Promise<void> {
    if (!this.#exchange.broken && this.#greeted) {
      const reply = await this.#exchange.quit(this.#setup.limits.replyMs);
      if (reply !== null) await this.#connection.read(this.#setup.clock.monotonic() + LINGER_MS);
    }
    this.#connection.close();
  }

  get #ended(): boolean {
    return this.#exchange.failure !== null;
  }

  async #greet(stage: 'ehlo' | 'ehlo-tls', name: string): Promise<boolean> {
    let reply = await this.#send(stage, `EHLO ${name}`);
    if (reply !== null && reply.code >= 500) reply = await this.#send(stage, `HELO ${name}`);
    if (reply === null || this.#ended) return false;
    if (!isPositive(reply)) this.#exchange.refuse(stage, reply);
    this.keywords = keywordsOf(reply);
    this.serverName = serverNameOf(reply);
    return isPositive(reply);
  }

  async #upgrade(name: string): Promise<SessionProblem | null> {
    const reply = await this.#send('starttls', 'STARTTLS');
    if (reply === null || this.#ended) return this.#problem('lost');
    if (reply.code !== 220) {
      return { kind: 'no-tls', message: `STARTTLS was answered ${[reply.code, ...reply.lines].join(' ')}.` };
    }
    await this.#exchange.drain();
    if (!(await this.#handshake())) return this.#problem('no-tls');
    return (await this.#greet('ehlo-tls', name)) ? null : this.#problem('lost');
  }

  async #handshake(): Promise<boolean> {
    this.secure = (await this.#exchange.secure(this.#setup.tls, this.#setup.limits.tlsMs)) !== null;
    return this.secure;
  }

  async #send(stage: DialogueStage, line: string): Promise<Reply | null> {
    return this.#count(await this.#exchange.command(stage, line, this.#setup.limits.replyMs));
  }

  #count(reply: Reply | null): Reply | null {
    if (reply !== null && reply.code >= 400 && reply.code !== 421) this.rejections++;
    return reply;
  }

  #answer(stage: 'verb' | 'mail' | 'rcpt', reply: Reply | null): Exclude<Answer, { kind: 'unasked' }> {
    if (reply === null || this.#ended) return { kind: 'lost', stage, reply, message: this.loss };
    return { kind: 'reply', stage, reply };
  }

  #problem(kind: SessionProblem['kind']): SessionProblem {
    return { kind, message: this.loss };
  }
}
