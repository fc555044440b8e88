/**
 * How the connections of a relay test are rationed. One bears at most three rejections and eight shapes; then QUIT, a pause, and a new one. Exim
 * drops a client at its fourth syntax error and after ten RSETs (smtp_max_synprot_errors, smtp_accept_max_nonmail), Exchange at its fifth
 * error, smtp-server at the tenth command without AUTH; Postfix slows down after ten errors. A connection that the server ends (421, close,
 * reset, silence) halves the rejections, and what it cut off is asked once more at the end; after two such in a row the test is over. Where the
 * server wants STARTTLS first, the test begins anew inside TLS.
 */
import { awaitAbort, forgetAbort } from '../model/abort.ts';
import type { RelayAttempt, RelayLevel } from '../model/relay.ts';
import { answered, followed } from './relay-attempt.ts';
import { relayMessage } from './relay-message.ts';
import type { AskedShape } from './relay-plan.ts';
import { RelayProgress } from './relay-progress.ts';
import { RelaySession, type SessionKind, type SessionProblem } from './relay-session.ts';
import type { RelaySetup } from './relay-test.ts';

/** Rejections that one connection bears. */
const MAX_REJECTIONS = 3;
/** Shapes on one connection, whatever became of them: a RSET goes before each but the first. */
const MAX_SHAPES = 8;
/** Connections in a row that the server may end. */
const MAX_LOST = 2;

/** How a connection ended: by this end, in good order, or by the server, after so many rejections. */
type End = { readonly kind: 'done' } | { readonly kind: 'lost'; readonly message: string; readonly bore: number };

const DONE: End = { kind: 'done' };

export class RelayConductor {
  readonly progress: RelayProgress;
  readonly transcript: string[] = [];
  connections = 0;
  serverName: string | null = null;
  readonly #setup: RelaySetup;
  readonly #startedAt: number;
  /** Rejections after which a connection is ended. */
  #batch = MAX_REJECTIONS;
  /** Connections that the server ended, since one that it did not. */
  #lost = 0;
  #tls: boolean;
  /** Keywords as offered in clear text. */
  #keywords: readonly string[] | null = null;
  #messageSent = false;

  constructor(setup: RelaySetup) {
    const { nonce, probeDomain, otherDomain, hostedDomain, address, battery, port, mode, exhaustive, onProgress } = setup;
    const names = { nonce, probeDomain, otherDomain, hostedDomain, serverName: null, address };
    this.#setup = setup;
    this.#startedAt = setup.clock.monotonic();
    this.#tls = mode === 'implicit';
    const server = { names, battery, port, tls: this.#tls, clear: mode === 'clear' };
    this.progress = new RelayProgress(server, exhaustive, onProgress);
  }

  async run(): Promise<void> {
    for (let turn = 0; !this.#isOver(); turn++) {
      if (turn > 0) await pause(this.#setup);
      if (!this.#isOver()) await this.#connect();
    }
  }

  #isOver(): boolean {
    const { signal, clock, deadline } = this.#setup;
    if (this.progress.over) return true;
    if (signal.aborted) this.progress.fail('the test was stopped.');
    else if (clock.monotonic() >= deadline) {
      this.progress.fail(`the test was not done within ${Math.round(deadline - this.#startedAt)} ms.`);
    } else return false;
    return true;
  }

  async #connect(): Promise<void> {
    const connection = await this.#setup.open();
    if (typeof connection === 'string') {
      this.transcript.push(`-- no connection: ${connection}`);
      this.#count({ kind: 'lost', message: connection, bore: this.#batch });
      return;
    }
    this.transcript.push(`-- connection ${++this.connections}`);
    const session = new RelaySession(this.#setup, connection);
    try {
      const kind = this.#kindOf(this.progress.next);
      const problem = await session.begin(kind);
      if (problem === null) this.#plan(session);
      this.#count(problem === null ? await this.#converse(session, kind) : this.#without(session, problem));
      await session.end();
    } finally {
      connection.close();
      this.transcript.push(...session.transcript);
    }
  }

  #kindOf(planned: AskedShape | null): SessionKind {
    return { ehlo: planned?.ehlo ?? this.#setup.ehlo, tls: this.#tls || (planned?.tls ?? false) };
  }

  /** On the first connection, and again on the first one inside TLS. */
  #plan({ serverName, keywords }: RelaySession): void {
    if (this.progress.planned) return;
    const { nonce, probeDomain, otherDomain, hostedDomain, address } = this.#setup;
    this.serverName = serverName;
    this.#keywords ??= keywords;
    const names = { nonce, probeDomain, otherDomain, hostedDomain, serverName, address };
    this.progress.plan({ names, tls: this.#tls, keywords: this.#keywords });
  }

  /** No shape can be asked on this connection. */
  #without(session: RelaySession, { kind, message }: SessionProblem): End {
    if (kind === 'lost') return this.#lostOn(session);
    if (this.#tls) this.progress.fail(`the server wants STARTTLS first, and there is no TLS: ${message}`, 'skipped');
    else this.progress.skip((planned) => planned.tls, `There is no TLS: ${message}`);
    return DONE;
  }

  /** Asks one shape after the other, until the connection has borne enough or the next shape wants another kind. */
  async #converse(session: RelaySession, kind: SessionKind): Promise<End> {
    for (let asked = 0; !this.#isOver(); asked++) {
      const planned = this.progress.next;
      if (planned === null || !isSame(this.#kindOf(planned), kind)) break;
      if (asked > 0) {
        if (session.rejections >= this.#batch || asked >= MAX_SHAPES) break;
        const reset = await session.reset();
        if (reset === 'lost') return this.#lostOn(session);
        if (reset === 'refused') break;
      }
      const end = await this.#ask(session, planned);
      if (end !== null) return end;
    }
    return DONE;
  }

  /** Null where the connection can go on. */
  async #ask(session: RelaySession, planned: AskedShape): Promise<End | null> {
    const answer = await session.ask(planned);
    const attempt = answered(planned, answer, { connection: this.connections, secure: session.secure });
    if (answer.kind === 'lost') {
      this.progress.cutOff(planned, attempt);
      return this.#lostOn(session);
    }
    if (isAboutSender(planned, attempt)) {
      this.progress.changeSender();
      return null;
    }
    this.progress.record(attempt);
    if (attempt.class === 'tls-required' && !session.secure) {
      this.#tls = true;
      this.progress.restart();
      return DONE;
    }
    const end = this.progress.isRelay(attempt.id) ? await this.#data(session, planned, attempt) : null;
    this.progress.settle();
    return end;
  }

  /** As far as the level goes; null where it ends with the recipient. */
  async #data(session: RelaySession, planned: AskedShape, attempt: RelayAttempt): Promise<End | null> {
    const level = this.#level(planned);
    if (level === 'envelope') return null;
    const reply = await session.data();
    if (reply === null || reply.code === 421) {
      this.progress.record({ ...attempt, reason: `DATA was not answered: ${session.loss}` });
      return this.#lostOn(session);
    }
    if (reply.code !== 354) {
      this.progress.record(followed(attempt, reply, 'DATA was refused.'));
      return DONE;
    }
    if (level === 'confirm') return await this.#send(session, attempt);
    this.progress.record(followed(attempt, reply, 'The connection was broken off before a message.'));
    session.abandon();
    return DONE;
  }

  /** One message in a whole test, to a domain of the user's own. */
  #level(planned: AskedShape): RelayLevel {
    const { level, owned } = this.#setup;
    if (level !== 'confirm') return level;
    // Nor where it would go to a mailbox of the server as well.
    if (!owned || (planned.kind === 'mail' && planned.first !== null)) return 'data-abort';
    return this.#messageSent ? 'envelope' : 'confirm';
  }

  async #send(session: RelaySession, attempt: RelayAttempt): Promise<End> {
    const { nonce, probeDomain: domain, clock, exhaustive } = this.#setup;
    this.#messageSent = true;
    const reply = await session.message(relayMessage({ nonce, domain, at: clock.now() }));
    if (reply === null) {
      this.progress.record({ ...attempt, reason: `A message was sent: ${session.loss}` });
      return this.#lostOn(session);
    }
    this.progress.record(followed(attempt, reply, 'A message was sent.'));
    if (reply.code < 300 && !exhaustive) this.progress.stop('the message was taken.');
    return DONE;
  }

  #lostOn(session: RelaySession): End {
    return { kind: 'lost', message: session.loss, bore: session.rejections };
  }

  /** The next connection bears half of what was meant for this one, and no more than this one bore. */
  #count(end: End): void {
    if (end.kind === 'done') {
      this.#lost = 0;
      return;
    }
    this.#batch = Math.max(1, Math.min(Math.floor(this.#batch / 2), end.bore));
    this.#lost++;
    if (this.#lost < MAX_LOST) return;
    const began = this.#keywords === null ? '' : `${MAX_LOST} connections in a row came to nothing: `;
    this.progress.fail(`${began}${end.message}`);
  }
}

/** The sender was refused, for his own sake, though the shape is about the recipient: it is asked again with another one. */
function isAboutSender(planned: AskedShape, { stage, class: kind }: RelayAttempt): boolean {
  const refused = kind === 'rejected' || kind === 'inconclusive' || kind === 'deferred';
  return refused && stage === 'mail' && planned.kind === 'mail' && planned.otherMail !== null;
}

function isSame(a: SessionKind, b: SessionKind): boolean {
  return a.ehlo === b.ehlo && a.tls === b.tls;
}

/** Until the time is over, the test is, or somebody stops it. */
function pause({ clock, signal, pauseMs, deadline }: RelaySetup): Promise<void> {
  return new Promise((resolve) => {
    const waiter = { abort: () => done() };
    const done = (): void => {
      cancel();
      forgetAbort(signal, waiter);
      resolve();
    };
    const cancel = clock.after(Math.max(0, Math.min(pauseMs, deadline - clock.monotonic())), done);
    awaitAbort(signal, waiter);
  });
}
