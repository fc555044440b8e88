/** A small mail server that delivers nothing: enough SMTP to be audited, and the faults that a behaviour asks for. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type TLSSocketOptions } from 'node:tls';
import type { MailServer } from './behaviour.ts';

/** One connection; what it says next hangs on these. */
interface Session {
  readonly server: MailServer;
  readonly raw: Socket;
  /** The socket itself, or the secure one over it. */
  stream: Socket;
  secure: boolean;
  pending: string;
}

/** Serves one connection to its end; errors of the socket are the caller's to hear. */
export function serveMail(server: MailServer, raw: Socket): void {
  const session: Session = { server, raw, stream: raw, secure: false, pending: '' };
  if (server.tls !== 'implicit') {
    attach(session);
    greet(session);
  } else secure(session, () => greet(session));
}

function greet({ server, stream }: Session): void {
  const lines = server.greeting ?? [`220 ${server.name} ESMTP`];
  const last = lines.at(-1) ?? '';
  for (const line of lines.slice(0, -1)) stream.write(`${line}\r\n`);
  const timer = setTimeout(() => stream.write(`${last}\r\n`), server.pauseMs ?? 0);
  stream.once('close', () => clearTimeout(timer));
}

function attach(session: Session): void {
  const { stream } = session;
  stream.setEncoding('latin1');
  stream.on('data', (text: string) => {
    session.pending += text;
    for (let end = session.pending.indexOf('\n'); end >= 0 && session.stream === stream; end = session.pending.indexOf('\n')) {
      const line = session.pending.slice(0, end).replace(/\r$/, '');
      session.pending = session.pending.slice(end + 1);
      command(session, line);
    }
    // RFC 5321 section 4.5.3.1.4 allows a command line 512 octets; more than this is no client of ours.
    if (session.pending.length > 4_096) stream.destroy();
  });
  stream.on('end', () => stream.end());
}

function command(session: Session, line: string): void {
  const { server, stream, raw } = session;
  const verb = (line.split(' ')[0] ?? '').toUpperCase();
  if (verb === 'EHLO' && server.resetAt === 'ehlo') raw.resetAndDestroy();
  else if (verb === 'STARTTLS' && offersStarttls(session)) startTls(session);
  else if (verb === 'QUIT') stream.end(`221 2.0.0 ${server.name} closing connection\r\n`);
  else stream.write(answer(session, verb, line));
}

function answer(session: Session, verb: string, line: string): string {
  const { server } = session;
  switch (verb) {
    case 'EHLO':
      return multiline([`250 ${server.name}`, ...keywords(session).map((keyword) => `250 ${keyword}`)]);
    case 'HELO':
      return `250 ${server.name}\r\n`;
    case 'MAIL':
      return server.auth === 'never' ? '250 2.1.0 Ok\r\n' : '530 5.7.0 Authentication required\r\n';
    case 'RCPT':
      return '554 5.7.1 Relay access denied\r\n';
    case 'DATA':
      return '554 5.5.1 No valid recipients\r\n';
    case 'AUTH':
      return keywords(session).some((keyword) => keyword.startsWith('AUTH'))
        ? '535 5.7.8 Authentication credentials invalid\r\n'
        : '503 5.5.1 AUTH not available\r\n';
    case 'RSET':
    case 'NOOP':
      return '250 2.0.0 Ok\r\n';
    default:
      return `${(server.unknown ?? '502 5.5.2 Command not recognised').replace('%s', () => line)}\r\n`;
  }
}

function keywords(session: Session): string[] {
  const { auth, keywords: own } = session.server;
  const offersAuth = auth === 'always' || (auth === 'inside-tls' && session.secure);
  return [
    ...(own ?? ['PIPELINING', 'SIZE 10485760']),
    ...(offersStarttls(session) ? ['STARTTLS'] : []),
    ...(offersAuth ? ['AUTH PLAIN LOGIN'] : []),
    ...(own === undefined ? ['ENHANCEDSTATUSCODES', '8BITMIME'] : []),
  ];
}

function offersStarttls({ server, secure }: Session): boolean {
  return server.tls === 'starttls' && !secure;
}

/** `250-a`, `250-b`, `250 c`. @see RFC 5321 section 4.2.1 */
function multiline(lines: readonly string[]): string {
  return lines.map((line, index) => `${index < lines.length - 1 ? line.replace(' ', '-') : line}\r\n`).join('');
}

function startTls(session: Session): void {
  const { server, raw } = session;
  if (server.resetAt === 'starttls') {
    raw.resetAndDestroy();
    return;
  }
  raw.removeAllListeners('data');
  // What came in clear text is forgotten with its state. @see RFC 3207 section 4.2
  session.pending = '';
  raw.write('220 2.0.0 Ready to start TLS\r\n');
  secure(session, () => undefined);
}

function secure(session: Session, then: () => void): void {
  const { raw, server } = session;
  if (server.resetAt === 'client-hello' || server.answersHello !== undefined) {
    raw.once('data', () => spoil(server, raw));
    return;
  }
  const stream = new TLSSocket(raw, tlsOptions(server));
  stream.on('error', () => raw.destroy());
  stream.once('secure', () => {
    session.stream = stream;
    session.secure = true;
    attach(session);
    then();
  });
}

function spoil({ answersHello }: MailServer, raw: Socket): void {
  if (answersHello === undefined) raw.resetAndDestroy();
  else raw.end(answersHello, 'latin1');
}

function tlsOptions({ certificate, newestTls, name }: MailServer): TLSSocketOptions {
  if (certificate === undefined) throw new TypeError(`${name} has no certificate`);
  const files = { cert: readFileSync(certificate.certificate), key: readFileSync(certificate.key) };
  // OpenSSL 3 signs with SHA-1, as TLS 1.1 does, only at security level 0.
  const old = newestTls === 'TLSv1.1' ? { minVersion: 'TLSv1' as const, ciphers: 'DEFAULT@SECLEVEL=0' } : {};
  return {
    isServer: true,
    secureContext: createSecureContext({ ...files, ...old, ...(newestTls === undefined ? {} : { maxVersion: newestTls }) }),
  };
}
