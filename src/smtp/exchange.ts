/**
 * One connection in the middle of a dialogue: sends a command, waits for the whole reply, remembers why it ended. Never
 * sends two commands without the reply to the first: pipelining before it is offered gets clients banned (RFC 2920).
 */
import type { DialogueFailure, DialogueStage, Reply, TlsSession } from '../model/dialogue.ts';
import type { Clock, Connection, ReadResult, TlsOptions, TlsResult } from '../model/outside.ts';
import { printable } from '../model/printable.ts';
import { type Account, receiptIn } from './receipts.ts';
import { type Parsed, ReplyParser } from './reply.ts';
import { Transcript } from './transcript.ts';

export interface SocketError {
  readonly code: string;
  readonly syscall: string | null;
}

/** How long the rest of a line that is no reply is waited for, so that it can be shown. */
const REST_OF_LINE_MS = 500;
/** How long a server may take to answer QUIT: nothing hangs on it. */
const QUIT_MS = 2_000;
/** Bytes that may stand behind the reply to STARTTLS before reading them is given up. */
const MAX_INJECTED = 4_096;

const NAMES: Readonly<Record<DialogueStage, string>> = {
  greeting: 'The greeting',
  ehlo: 'The reply to EHLO',
  verb: 'The reply to an unknown verb',
  receipt: 'The receipt',
  starttls: 'The reply to STARTTLS',
  tls: 'The TLS handshake',
  'ehlo-tls': 'The reply to EHLO inside TLS',
  mail: 'The reply to MAIL',
  rcpt: 'The reply to RCPT',
  data: 'The reply to DATA',
  quit: 'The reply to QUIT',
};

/** Whether the command was taken. @see RFC 5321 section 4.2.1 (2yz) */
export function isPositive({ code }: Reply): boolean {
  return code >= 200 && code < 300;
}

/** State of one dialogue; after `broken` nothing more may be sent. */
export class Exchange {
  readonly transcript: Transcript = new Transcript();
  /** The first failure; later ones follow from it. */
  failure: DialogueFailure | null = null;
  error: SocketError | null = null;
  aborted = false;
  /** Bytes of SMTP from the server, inside or outside TLS. */
  received = 0;
  /** Start of what was no reply; printable. */
  unreadable: string | null = null;
  readonly #connection: Connection;
  readonly #clock: Clock;
  /** Of the whole target, on `clock.monotonic`. */
  readonly #deadline: number;
  /** Hashes what goes over the connection; null where nobody asks for it, since it costs time. */
  readonly #account: Account | null;
  readonly #parser = new ReplyParser();
  #broken = false;

  constructor(connection: Connection, clock: Clock, deadline: number, account: Account | null = null) {
    this.#connection = connection;
    this.#clock = clock;
    this.#deadline = deadline;
    this.#account = account;
  }

  /** Nothing more can be said: the stream ended, or what came was no SMTP. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Sends one line and waits for the reply to it; null where none came. */
  async command(stage: DialogueStage, line: string, timeoutMs: number): Promise<Reply | null> {
    return await this.#say(stage, [line], timeoutMs);
  }

  async quit(timeoutMs: number): Promise<Reply | null> {
    return await this.command('quit', 'QUIT', Math.min(QUIT_MS, timeoutMs));
  }

  /** After 354: sends a message with its end, dots at the start of lines doubled. @see RFC 5321 section 4.5.2 */
  async message(lines: readonly string[], timeoutMs: number): Promise<Reply | null> {
    const stuffed = lines.map((line) => (line.startsWith('.') ? `.${line}` : line));
    return await this.#say('data', [...stuffed, '.'], timeoutMs);
  }

  /** Waits for a whole reply; null where none came. A 421 is a reply, and the end of the dialogue (RFC 5321 section 3.8). */
  async reply(stage: DialogueStage, timeoutMs: number): Promise<Reply | null> {
    const startedAt = this.#clock.monotonic();
    const deadline = this.#deadlineIn(timeoutMs);
    let parsed = this.#parser.next();
    while (parsed === null) {
      const rest = this.#parser.doomed ? Math.min(deadline, this.#clock.monotonic() + REST_OF_LINE_MS) : deadline;
      const read = await this.#connection.read(rest);
      if (read.kind === 'data') {
        this.#count(read.bytes);
        this.#parser.push(read.bytes);
        parsed = this.#parser.next();
      } else {
        parsed = this.#parser.giveUp();
        if (parsed === null) return this.#noReply(stage, read, Math.round(deadline - startedAt));
      }
    }
    return this.#accept(stage, parsed);
  }

  /** Before TLS: takes away what stands behind the last reply, also what the kernel still holds, and notes it; null: nothing, as it should be. */
  async drain(): Promise<string | null> {
    let text = this.#parser.discard();
    for (let read = await this.#connection.read(0); read.kind === 'data'; read = await this.#connection.read(0)) {
      this.#count(read.bytes);
      text += printable(Buffer.from(read.bytes).toString('latin1'));
      if (text.length > MAX_INJECTED) break;
    }
    if (text === '') return null;
    const injected = text.slice(0, MAX_INJECTED);
    this.transcript.add('--', `injected before TLS, not used: ${injected}`);
    return injected;
  }

  /** Shakes hands. What was said before has to be drained. */
  async secure(options: TlsOptions, timeoutMs: number): Promise<TlsSession | null> {
    const startedAt = this.#clock.monotonic();
    const deadline = this.#deadlineIn(timeoutMs);
    const result = await this.#connection.startTls(options, deadline);
    if (result.kind === 'secure') {
      const { version, cipher, problems } = result.session;
      this.transcript.add('--', `${version ?? 'TLS'} ${cipher ?? ''}`.trim());
      for (const problem of problems) this.transcript.add('--', `certificate: ${problem.message}`);
      return result.session;
    }
    this.#broken = true;
    if (result.kind === 'aborted') this.#abort('tls');
    else this.#noTls(result, Math.round(deadline - startedAt));
    return null;
  }

  /** The server said no; QUIT is still sent. */
  refuse(stage: DialogueStage, reply: Reply): void {
    this.failure ??= { stage, kind: 'refused', message: `The server answered ${[reply.code, ...reply.lines].join(' ')}.` };
  }

  async #say(stage: DialogueStage, lines: readonly string[], timeoutMs: number): Promise<Reply | null> {
    const wrong = lines.find((line) => /[^\x20-\x7e]/.test(line));
    if (wrong !== undefined) throw new TypeError(`not a line of SMTP: ${printable(wrong)}`);
    const unasked = this.#parser.discard();
    if (unasked !== '') this.transcript.add('--', `unasked bytes are passed over: ${unasked}`);
    for (const line of lines) this.transcript.add('C', line);
    const bytes = Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1');
    this.#account?.sent.add(bytes);
    this.#connection.write(bytes);
    return await this.reply(stage, timeoutMs);
  }

  #count(bytes: Uint8Array): void {
    this.received += bytes.length;
    this.#account?.received.add(bytes);
  }

  #accept(stage: DialogueStage, parsed: Parsed): Reply | null {
    if (parsed.kind === 'reply') {
      const { code, lines } = parsed.reply;
      const receipt = stage === 'receipt' ? receiptIn(parsed.reply) : null;
      const shown = receipt === null ? lines : [`${lines[0] ?? ''} (receipt of ${receipt.length} characters)`];
      shown.forEach((text, index) => {
        this.transcript.add('S', `${code}${index < shown.length - 1 ? '-' : ' '}${text}`);
      });
      if (code === 421) this.refuse(stage, parsed.reply);
      return parsed.reply;
    }
    this.#broken = true;
    this.unreadable = parsed.seen;
    this.transcript.add('S', parsed.seen);
    this.#fail(stage, parsed.kind, `${NAMES[stage]} is no SMTP reply: ${parsed.message}.`);
    return null;
  }

  #noReply(stage: DialogueStage, read: Exclude<ReadResult, { kind: 'data' }>, withinMs: number): null {
    this.#broken = true;
    const begun = this.#parser.partial;
    for (const line of begun) this.transcript.add('S', line);
    const came = begun.length > 0 ? `${NAMES[stage]} began, but was not complete` : `${NAMES[stage]} did not come`;
    if (read.kind === 'aborted') this.#abort(stage);
    else if (read.kind === 'timeout') this.#fail(stage, 'timeout', `${came} within ${withinMs} ms.`);
    else if (read.kind === 'end') this.#fail(stage, 'closed', `${came}: the server closed the connection.`);
    else {
      this.error = { code: read.code, syscall: read.syscall };
      this.#fail(stage, kindOf(read.code, read.syscall), `${came}: the connection failed (${read.code}).`);
    }
    return null;
  }

  #noTls(result: Exclude<TlsResult, { kind: 'secure' | 'aborted' }>, withinMs: number): void {
    if (result.kind === 'timeout') {
      this.#fail('tls', 'timeout', `The TLS handshake was not complete within ${withinMs} ms.`);
      return;
    }
    this.error = { code: result.code, syscall: result.syscall };
    this.#fail('tls', kindOf(result.code, result.syscall), `The TLS handshake failed: ${result.message}.`);
  }

  #fail(stage: DialogueStage, kind: DialogueFailure['kind'], message: string): void {
    this.transcript.add('--', message);
    this.failure ??= { stage, kind, message };
  }

  #abort(stage: DialogueStage): void {
    this.aborted = true;
    this.#fail(stage, 'closed', 'The run was stopped.');
  }

  #deadlineIn(timeoutMs: number): number {
    return Math.min(this.#deadline, this.#clock.monotonic() + timeoutMs);
  }
}

/** `ECONNRESET` without a syscall is Node's word for a peer that closed inside the handshake; TLS's own errors have none. */
function kindOf(code: string, syscall: string | null): DialogueFailure['kind'] {
  if (code === 'ECONNRESET') return syscall === null ? 'closed' : 'reset';
  if (code === 'EPIPE' || code === 'ECONNABORTED') return 'reset';
  if (code === 'ETIMEDOUT') return 'timeout';
  return syscall === null || code === 'EPROTO' ? 'tls' : 'closed';
}
