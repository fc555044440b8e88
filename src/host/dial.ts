/**
 * TCP connection attempts. On the wire: one SYN, and what the kernel makes of the answer; no byte of data.
 *
 * Thousands are pending at once in a sweep, so that until the handshake is done an attempt is one socket, one timer and one
 * promise; streams and deadlines of the dialogue come only with the connection.
 */
import { connect, type Socket } from 'node:net';
import { nextTick } from 'node:process';
import { awaitAbort, forgetAbort, type Waiter } from '../model/abort.ts';
import { familyOf } from '../model/address.ts';
import type { Clock, Dial, DialResult, DialTarget } from '../model/outside.ts';
import { SocketConnection } from './connection.ts';
import { createTrustStore, type TrustStore } from './trust-store.ts';

/**
 * Dials by the machine's sockets: `family` pinned, happy eyeballs off, the source bound, never a name.
 *
 * A connect error that connect() itself returned (no route, a prohibit route, a full file table) is `immediate`; one that
 * the network brought is not. A socket connected to itself, which a port of this host inside the ephemeral range can bring
 * about (RFC 9293 section 3.5, simultaneous open), is the failure `SELF_CONNECT`.
 *
 * @returns a dial that never rejects.
 */
export function createDial(clock: Clock): Dial {
  const trust = createTrustStore();
  return (target, timeoutMs, signal) =>
    signal.aborted
      ? Promise.resolve({ kind: 'aborted', elapsedMs: 0 })
      : new Promise((resolve) => new Attempt({ clock, trust, signal }, resolve).start(target, timeoutMs));
}

interface Outside {
  readonly clock: Clock;
  readonly trust: TrustStore;
  readonly signal: AbortSignal;
}

/** Milliseconds between two looks at a socket that says `connect` and has no peer. */
const DOUBT_MS = 5;

/** One pending socket. A class with few closures, because a sweep makes tens of thousands and the collector pays for each. */
class Attempt implements Waiter {
  readonly #outside: Outside;
  readonly #resolve: (result: DialResult) => void;
  readonly #startedAt: number;
  #socket: Socket | null = null;
  #cancelTimer: (() => void) | null = null;
  #immediate = false;
  #settled = false;
  #doubtful = false;

  constructor(outside: Outside, resolve: (result: DialResult) => void) {
    this.#outside = outside;
    this.#resolve = resolve;
    this.#startedAt = outside.clock.monotonic();
  }

  start(target: DialTarget, timeoutMs: number): void {
    const socket = open(target);
    this.#socket = socket;
    socket.on('connect', () => this.#connected(socket));
    // Stays for the socket's life: a late error of one that is being closed has nobody left to tell.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      this.#failed(error.code ?? 'UNKNOWN', this.#doubtful ? 'connect' : (error.syscall ?? null)),
    );
    // Node calls connect() in a tick of its own, queued before this one: a socket already destroyed never left the host.
    nextTick(checkImmediate, this);
    // An answer may lie in the kernel while this process was busy: the loop polls once more before silence is concluded.
    this.#cancelTimer = this.#outside.clock.after(timeoutMs, () => setImmediate(giveUp, this));
    awaitAbort(this.#outside.signal, this);
  }

  abort(): void {
    this.#settle({ kind: 'aborted', elapsedMs: this.#elapsed() });
  }

  checkImmediate(): void {
    this.#immediate = this.#socket?.destroyed ?? false;
  }

  giveUp(): void {
    this.#settle({ kind: 'timeout', elapsedMs: this.#elapsed() });
  }

  #connected(socket: Socket): void {
    if (this.#settled) return;
    const elapsedMs = this.#elapsed();
    if (socket.remoteAddress === undefined) this.#doubt(socket);
    else if (isSelfConnected(socket)) this.#failed('SELF_CONNECT', null);
    else this.#settle({ kind: 'connected', connection: new SocketConnection(socket, this.#outside), elapsedMs });
  }

  /**
   * Now and then (once in some 5,000 rejections on a busy machine) an ICMP error wakes the poll while SO_ERROR has nothing to
   * tell yet: Node then says `connect`, and the first read brings the error. A socket without a peer is not connected
   * (getpeername(2), ENOTCONN): what comes of it is waited for, and an error then is one of connecting. A reset just
   * behind the handshake looks the same, and is one as well.
   */
  #doubt(socket: Socket): void {
    this.#doubtful = true;
    if (socket.destroyed) this.#failed('ENOTCONN', 'connect');
    else this.#outside.clock.after(DOUBT_MS, () => this.#connected(socket));
  }

  #failed(code: string, syscall: string | null): void {
    this.#settle({ kind: 'failed', code, syscall, immediate: this.#immediate, elapsedMs: this.#elapsed() });
  }

  #settle(result: DialResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#cancelTimer?.();
    forgetAbort(this.#outside.signal, this);
    if (result.kind !== 'connected') this.#socket?.destroy();
    this.#resolve(result);
  }

  #elapsed(): number {
    return this.#outside.clock.monotonic() - this.#startedAt;
  }
}

function checkImmediate(attempt: Attempt): void {
  attempt.checkImmediate();
}

function giveUp(attempt: Attempt): void {
  attempt.giveUp();
}

function open(target: DialTarget): Socket {
  return connect({
    host: target.address,
    port: target.port,
    family: familyOf(target.address) === 'ipv4' ? 4 : 6,
    autoSelectFamily: false,
    ...(target.source === null ? {} : { localAddress: target.source }),
  });
}

/** Both ends of the connection are this very socket. */
export function isSelfConnected(socket: Socket): boolean {
  return socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
}
