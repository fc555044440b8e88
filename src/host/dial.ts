/**
 * TCP connection attempts. On the wire: one SYN, and what the kernel makes of the answer; no byte of data.
 *
 * Thousands are pending at once in a sweep, so that until the handshake is done an attempt is one socket, one timer and one
 * promise; streams and deadlines of the dialogue come only with the connection.
 */
import { connect, type Socket } from 'node:net';
import { nextTick } from 'node:process';
import { familyOf } from '../model/address.ts';
import type { Clock, Dial, DialResult, DialTarget } from '../model/outside.ts';
import { onAbort } from './abort.ts';
import { SocketConnection } from './connection.ts';
import { createTrustStore } from './trust-store.ts';

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
    new Promise((resolve) => {
      const startedAt = clock.monotonic();
      if (signal.aborted) {
        resolve({ kind: 'aborted', elapsedMs: 0 });
        return;
      }
      const socket = open(target);
      let immediate = false;
      // Node calls connect() in a tick of its own, queued before this one: a socket already destroyed never left the host.
      nextTick(() => {
        immediate = socket.destroyed;
      });
      const settle = (result: DialResult): void => {
        cancelTimer();
        withdraw();
        socket.removeListener('connect', onConnect);
        socket.removeListener('error', onError);
        socket.on('error', ignore);
        if (result.kind !== 'connected') socket.destroy();
        resolve(result);
      };
      const elapsed = (): number => clock.monotonic() - startedAt;
      const onConnect = (): void => {
        if (isSelfConnected(socket)) settle(failure('SELF_CONNECT', null, false, elapsed()));
        else {
          const connection = new SocketConnection(socket, { clock, signal, trust });
          settle({ kind: 'connected', connection, elapsedMs: elapsed() });
        }
      };
      const onError = (error: NodeJS.ErrnoException): void =>
        settle(failure(error.code ?? 'UNKNOWN', error.syscall ?? null, immediate, elapsed()));
      // An answer may lie in the kernel while this process was busy: the loop polls once more before silence is concluded.
      const cancelTimer = clock.after(timeoutMs, () => {
        setImmediate(() => {
          if (socket.connecting) settle({ kind: 'timeout', elapsedMs: elapsed() });
        });
      });
      const withdraw = onAbort(signal, () => settle({ kind: 'aborted', elapsedMs: elapsed() }));
      socket.on('connect', onConnect);
      socket.on('error', onError);
    });
}

function open(target: DialTarget): Socket {
  return connect({
    host: target.address,
    port: target.port,
    family: familyOf(target.address) === 'ipv4' ? 4 : 6,
    autoSelectFamily: false,
    noDelay: true,
    ...(target.source === null ? {} : { localAddress: target.source }),
  });
}

function failure(code: string, syscall: string | null, immediate: boolean, elapsedMs: number): DialResult {
  return { kind: 'failed', code, syscall, immediate, elapsedMs };
}

/** Both ends of the connection are this very socket. */
export function isSelfConnected(socket: Socket): boolean {
  return socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
}

function ignore(): void {
  // An error after the outcome is known (a late reset of a socket that is being closed) has nobody left to tell.
}
