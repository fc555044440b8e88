/**
 * The TLS handshake on a connected socket. On the wire: a ClientHello that offers TLS 1.0 to 1.3, with SNI where the host
 * has a name; the server's certificate is looked at, never enforced: what is wrong with it is evidence.
 */
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { awaitAbort, forgetAbort } from '../model/abort.ts';
import type { Clock, TlsOptions, TlsResult } from '../model/outside.ts';
import { printable } from '../model/printable.ts';
import { inspectCertificate } from './certificate.ts';
import type { TrustStore } from './trust-store.ts';

export interface HandshakeSetup {
  readonly options: TlsOptions;
  /** On `clock.monotonic`. */
  readonly deadline: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly trust: TrustStore;
}

/**
 * Shakes hands; never rejects. The signal must not have aborted yet.
 *
 * @returns the secure socket and the session, or the failure as OpenSSL or the kernel named it. A peer that closed before
 *   the end is `ECONNRESET` without a syscall (Node's own error), one that reset is `ECONNRESET` with syscall `read`.
 */
export function secure(plain: Socket, setup: HandshakeSetup): Promise<{ readonly socket: Socket; readonly result: TlsResult }> {
  const { options, clock, deadline, signal, trust } = setup;
  return new Promise((resolve) => {
    const socket = connect({
      socket: plain,
      secureContext: trust.context(options.trust.anchors),
      rejectUnauthorized: false,
      // Names are judged beside every other problem of the certificate, not here.
      checkServerIdentity: () => undefined,
      ...(options.serverName === null ? {} : { servername: options.serverName }),
    });
    let settled = false;
    const settle = (result: TlsResult): void => {
      if (settled) return;
      settled = true;
      cancelTimer();
      forgetAbort(signal, waiter);
      socket.off('secureConnect', onSecure).off('error', onError).on('error', ignore);
      resolve({ socket, result });
    };
    const onSecure = (): void => settle({ kind: 'secure', session: describeSession(socket, setup) });
    const onError = (error: NodeJS.ErrnoException): void => settle(failure(error));
    plain.on('error', ignore);
    const cancelTimer = clock.after(Math.max(0, deadline - clock.monotonic()), () => setImmediate(settle, { kind: 'timeout' }));
    const waiter = { abort: () => settle({ kind: 'aborted' }) };
    awaitAbort(signal, waiter);
    socket.on('secureConnect', onSecure).on('error', onError);
  });
}

/** 32 bytes, hex. The empty context is not the same as none before TLS 1.3. @see RFC 9266 section 2, RFC 5705 section 4 */
export function bindingOf(socket: TLSSocket): string {
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('hex');
}

function describeSession(socket: TLSSocket, setup: HandshakeSetup): Extract<TlsResult, { kind: 'secure' }>['session'] {
  const { options, clock, trust } = setup;
  const { certificate, problems } = inspectCertificate(socket, {
    options,
    now: clock.now(),
    anchors: () => trust.anchors(options.trust.anchors),
  });
  return {
    version: socket.getProtocol(),
    cipher: socket.getCipher().standardName,
    serverName: options.serverName,
    certificate,
    problems,
  };
}

function failure(error: NodeJS.ErrnoException): TlsResult {
  return {
    kind: 'failed',
    code: error.code ?? 'UNKNOWN',
    syscall: error.syscall ?? null,
    message: printable(error.message).slice(0, 300),
    problems: [],
  };
}

function ignore(): void {
  // What follows a handshake that already failed, or a close of ours, changes nothing.
}
