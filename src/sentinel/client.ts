/**
 * A session on a socket: what the session says is done, TLS is put under it, deadlines are kept, and every end is told once. Nothing that
 * a peer or the kernel does to the socket gets out of here as an exception.
 */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Family } from '../model/address.ts';
import type { Clock } from '../model/outside.ts';
import type { SentinelEvent } from '../model/sentinel-log.ts';
import type { Peer } from './peer.ts';
import { bindingOf } from './secure.ts';
import { type Act, type Premises, Session } from './session.ts';

export interface ClientSetup {
  /** Unique in the log. */
  readonly id: string;
  readonly socket: Socket;
  readonly port: number;
  readonly family: Family;
  readonly peer: Peer;
  readonly implicitTls: boolean;
  /** Null: TLS is not offered. */
  readonly secureContext: SecureContext | null;
  readonly premises: Premises;
  readonly clock: Clock;
  readonly limits: ClientLimits;
  tell(event: SentinelEvent): void;
  /** It asked for a receipt as only somebody who knows the public key can. */
  onKnown(client: Client): void;
  /** It wants TLS; false: there is no room for it. */
  onHandshake(client: Client): boolean;
  /** The socket is closed. */
  onGone(client: Client): void;
}

/** Milliseconds. */
export interface ClientLimits {
  /** Without a byte from the client. A prober that is slow to look up or to hash is far below it. */
  readonly idleMs: number;
  /** From the first byte to the last, whoever it is: a stutterer is never idle. Postern's own dialogue takes some seconds. */
  readonly sessionMs: number;
  readonly handshakeMs: number;
}

/** Bytes that the client has not read yet, in the kernel or beyond: no dialogue of ours asks for a tenth of it before it reads. */
const MAX_UNREAD = 65_536;
/** How long a client may take to hear the last words, while what it still sends is thrown away: a close at once would reset them. */
const LINGER_MS = 1_500;

export class Client {
  readonly id: string;
  readonly peer: Peer;
  readonly #setup: ClientSetup;
  readonly #startedAt: number;
  #stream: Socket;
  #session: Session | null = null;
  #heardAt: number;
  /** Null: not in a handshake. */
  #shakingSince: number | null = null;
  #finishedAt: number | null = null;

  constructor(setup: ClientSetup) {
    this.id = setup.id;
    this.peer = setup.peer;
    this.#setup = setup;
    this.#stream = setup.socket;
    this.#startedAt = setup.clock.monotonic();
    this.#heardAt = this.#startedAt;
  }

  begin(): void {
    const { socket, implicitTls } = this.#setup;
    socket.once('close', () => {
      this.#finish('client');
      this.#setup.onGone(this);
    });
    socket.on('error', this.#onError);
    if (implicitTls) this.#secure();
    else {
      this.#listen();
      this.#openSession(null);
    }
  }

  /** Ends what has lasted too long; called about once a second. */
  expire(now: number): void {
    const { idleMs, sessionMs, handshakeMs } = this.#setup.limits;
    const { name } = this.#setup.premises;
    if (this.#finishedAt !== null) {
      if (now - this.#finishedAt >= LINGER_MS) this.#setup.socket.destroy();
    } else if (this.#shakingSince !== null && now - this.#shakingSince >= handshakeMs) this.cut('tls');
    else if (now - this.#startedAt >= sessionMs) this.dismiss('limit:time', `4.4.2 ${name} Error: session too long`);
    else if (now - this.#heardAt >= idleMs) this.dismiss('idle', `4.4.2 ${name} Error: timeout exceeded`);
  }

  /** Says 421 and closes; in mid-handshake it closes without a word. */
  dismiss(why: string, words: string): void {
    if (this.#session === null) this.cut(why);
    else this.#perform(this.#session.dismiss(why, words));
  }

  /** Closes at once, whatever is still unsaid. */
  cut(why: string): void {
    this.#finish(why);
    this.#setup.socket.destroy();
  }

  #openSession(exporter: string | null): void {
    const { premises, port, peer, secureContext } = this.#setup;
    this.#session = new Session({ premises, port, client: peer, offersTls: secureContext !== null, exporter });
    this.#perform(this.#session.greet());
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#heardAt = this.#setup.clock.monotonic();
    if (this.#session !== null) this.#perform(this.#session.receive(bytes));
  };
  readonly #onEnd = (): void => this.#finish('client');
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.#finish(this.#shakingSince !== null || error.syscall === undefined ? 'tls' : 'reset');
  };

  #perform(acts: readonly Act[]): void {
    const { tell, onKnown, premises } = this.#setup;
    for (const act of acts) {
      const event = { at: new Date(premises.now()).toISOString(), connection: this.id };
      if (act.kind === 'send') this.#write(act.bytes);
      else if (act.kind === 'secure') this.#secure();
      else if (act.kind === 'close') this.#finish(act.why);
      else if (act.kind === 'delivery') tell({ ...event, event: 'delivery', nonce: act.nonce });
      else {
        tell({ ...event, event: 'receipt', nonce: act.nonce, key: act.key });
        onKnown(this);
      }
    }
  }

  #write(bytes: Uint8Array): void {
    if (this.#finishedAt !== null || !this.#stream.writable) return;
    this.#stream.write(bytes);
    if (this.#stream.writableLength > MAX_UNREAD) this.cut('unread');
  }

  #listen(): void {
    this.#stream.on('data', this.#onData).on('end', this.#onEnd);
  }

  #secure(): void {
    const { socket, secureContext, clock, onHandshake } = this.#setup;
    if (secureContext === null || socket.destroyed || !onHandshake(this)) {
      this.cut('tls');
      return;
    }
    socket.off('data', this.#onData).off('end', this.#onEnd);
    socket.pause();
    this.#shakingSince = clock.monotonic();
    const stream = new TLSSocket(socket, { isServer: true, secureContext });
    stream.on('error', this.#onError);
    stream.once('close', () => socket.destroy());
    stream.once('secure', () => this.#secured(stream));
  }

  #secured(stream: TLSSocket): void {
    if (this.#finishedAt !== null) return;
    this.#shakingSince = null;
    this.#heardAt = this.#setup.clock.monotonic();
    this.#stream = stream;
    const exporter = bindingOf(stream);
    this.#listen();
    if (this.#session === null) this.#openSession(exporter);
    else this.#perform(this.#session.secured(exporter));
  }

  #finish(why: string): void {
    if (this.#finishedAt !== null) return;
    const { clock, premises, tell } = this.#setup;
    this.#finishedAt = clock.monotonic();
    tell({
      at: new Date(premises.now()).toISOString(),
      event: 'closed',
      connection: this.id,
      received: this.#session?.received ?? 0,
      sent: this.#session?.sent ?? 0,
      why,
      elapsedMs: Math.round(this.#finishedAt - this.#startedAt),
    });
    this.#stream.off('data', this.#onData);
    this.#stream.end();
    this.#stream.resume();
  }
}
