/**
 * A connected socket as a byte stream with absolute deadlines: what a server sends is kept in a bounded queue, so that
 * bytes which came before a reset are still read before the reset is.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { awaitAbort, forgetAbort } from '../model/abort.ts';
import { type Address, parseAddress } from '../model/address.ts';
import type { Clock, Connection, ReadResult, TlsOptions, TlsResult } from '../model/outside.ts';
import { bindingOf, secure } from './tls.ts';
import type { TrustStore } from './trust-store.ts';

/** Bytes kept unread; then the socket is paused and the peer's window fills. One read of Node may add 64 KiB to it. */
const MAX_QUEUED = 32_768;

/** Code of a handshake that was not begun because the server had already said something in clear text. */
const SPOKE_FIRST = 'SPOKE_FIRST';

export interface ConnectionSetup {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly trust: TrustStore;
}

/** Takes a connected socket over; nobody else may read from it, write to it or close it. */
export class SocketConnection implements Connection {
  #socket: Socket;
  readonly #setup: ConnectionSetup;
  readonly #queue: Buffer[] = [];
  #queued = 0;
  /** What ended the stream; told once the queue is empty. */
  #finished: ReadResult | null = null;
  #wake: (() => void) | null = null;

  constructor(socket: Socket, setup: ConnectionSetup) {
    this.#socket = socket;
    this.#setup = setup;
    // One line at a time is said: waiting to fill a segment (Nagle) would only add to what is measured.
    socket.setNoDelay(true);
    this.#attach();
  }

  async read(deadline: number): Promise<ReadResult> {
    return this.#next() ?? (await this.#wait(deadline)) ?? this.#next() ?? { kind: 'timeout' };
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  async startTls(options: TlsOptions, deadline: number): Promise<TlsResult> {
    const hopeless = this.#beforeTls();
    if (hopeless !== null) return hopeless;
    this.#detach();
    const { socket, result } = await secure(this.#socket, { options, deadline, ...this.#setup });
    this.#socket = socket;
    if (result.kind === 'secure') this.#attach();
    else this.close();
    return result;
  }

  binding(): string | null {
    const socket = this.#socket;
    return socket instanceof TLSSocket && !socket.destroyed ? bindingOf(socket) : null;
  }

  local(): { readonly address: Address; readonly port: number } | null {
    const { localAddress, localPort } = this.#socket;
    const address = localAddress === undefined ? null : parseAddress(localAddress);
    return address === null || localPort === undefined ? null : { address, port: localPort };
  }

  close(): void {
    this.#finish({ kind: 'end' });
    this.#socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    if (this.#queued >= MAX_QUEUED) this.#socket.pause();
    this.#wake?.();
  };
  readonly #onEnd = (): void => this.#finish({ kind: 'end' });
  readonly #onError = (error: NodeJS.ErrnoException): void =>
    this.#finish({ kind: 'error', code: error.code ?? 'UNKNOWN', syscall: error.syscall ?? null });

  /** In TLS the client speaks first: unread bytes before the ClientHello are clear text, and whoever sends it awaits no TLS. */
  #beforeTls(): TlsResult | null {
    if (this.#setup.signal.aborted) return { kind: 'aborted' };
    if (this.#queued > 0) {
      return { kind: 'failed', code: SPOKE_FIRST, syscall: null, message: 'the server spoke before the handshake', problems: [] };
    }
    const error = this.#finished;
    if (error === null) return null;
    const { code, syscall } = error.kind === 'error' ? error : { code: 'ECONNRESET', syscall: null };
    return { kind: 'failed', code, syscall, message: 'the connection ended before the handshake', problems: [] };
  }

  #attach(): void {
    const socket = this.#socket;
    // Listeners for the end come first: attaching one for data may deliver both.
    socket.on('error', this.#onError).on('end', this.#onEnd).on('close', this.#onEnd).on('data', this.#onData);
    if (socket.destroyed) this.#onEnd();
  }

  #detach(): void {
    this.#socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd).off('error', this.#onError);
    this.#socket.pause();
  }

  #finish(result: ReadResult): void {
    this.#finished ??= result;
    this.#wake?.();
  }

  #next(): ReadResult | null {
    if (this.#queued === 0) return this.#setup.signal.aborted ? { kind: 'aborted' } : this.#finished;
    const bytes = this.#queue.length === 1 ? (this.#queue.pop() ?? Buffer.alloc(0)) : Buffer.concat(this.#queue.splice(0));
    this.#queued = 0;
    this.#socket.resume();
    return { kind: 'data', bytes };
  }

  /** Until something arrives, the signal aborts, or the deadline passes and one more turn of the loop brought nothing. */
  #wait(deadline: number): Promise<null> {
    const { clock, signal } = this.#setup;
    return new Promise((resolve) => {
      const wake = (): void => {
        // The turn after the deadline may come when another read already waits.
        if (this.#wake !== wake) return;
        this.#wake = null;
        cancelTimer();
        forgetAbort(signal, waiter);
        resolve(null);
      };
      const cancelTimer = clock.after(Math.max(0, deadline - clock.monotonic()), () => setImmediate(wake));
      const waiter = { abort: wake };
      awaitAbort(signal, waiter);
      this.#wake = wake;
    });
  }
}
