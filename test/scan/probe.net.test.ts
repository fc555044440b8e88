/** Every state of a port after the handshake that a server on loopback can produce, seen through real sockets. */
import type { Socket } from 'node:net';
import type { TLSSocketOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { ProbeReport } from '../../src/model/evidence.ts';
import type { ProbeTarget } from '../../src/scan/target.ts';
import { type Answers, certificate, listen, serveTls, speakSmtp } from '../support/server.ts';
import { connectTo, LOOPBACK, probeOf } from './loopback.ts';

const OFFER = '250-mx\r\n250-STARTTLS\r\n250 SIZE 1000\r\n';
const CLEAR: Answers = { EHLO: '250-mx\r\n250 SIZE 1000\r\n', QUIT: (socket) => socket.end('221 bye\r\n') };

interface Row {
  readonly title: string;
  readonly serve: (socket: Socket, index: number) => void;
  readonly target?: Partial<ProbeTarget>;
  readonly outcome: ProbeReport['outcome'];
  readonly detail: string | null;
  readonly report?: Readonly<Record<string, unknown>>;
}

const rows: readonly Row[] = [
  {
    title: 'a server without TLS',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', CLEAR),
    outcome: 'open-smtp',
    detail: null,
  },
  {
    title: 'a server with STARTTLS',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', withStartTls(certificate('good'))),
    outcome: 'open-smtp',
    detail: null,
    report: { error: null, dialogue: { tls: { version: 'TLSv1.3', problems: [] }, keywordsTls: ['AUTH PLAIN'], failure: null } },
  },
  {
    title: 'a server with TLS 1.0 at most',
    serve: (socket) =>
      speakSmtp(socket, '220 mx\r\n', withStartTls({ ...certificate('good'), minVersion: 'TLSv1', maxVersion: 'TLSv1' })),
    outcome: 'open-smtp',
    detail: null,
    report: { dialogue: { tls: { version: 'TLSv1' }, failure: null } },
  },
  {
    title: 'implicit TLS',
    serve: (socket) => speakSmtp(serveTls(socket, certificate('good-ec')), '220 mx\r\n', CLEAR),
    target: { mode: 'implicit' },
    outcome: 'open-smtp',
    detail: null,
    report: { dialogue: { mode: 'implicit', tls: { version: 'TLSv1.3' }, keywordsTls: ['SIZE 1000'], failure: null } },
  },
  { title: 'a silent server', serve: () => undefined, outcome: 'open-silent', detail: null },
  { title: 'a server that closes at once', serve: (socket) => socket.end(), outcome: 'open-closed', detail: null },
  {
    title: 'a 554 greeting and an end',
    serve: (socket) => socket.end('554 5.7.1 blocked using zen.example.org\r\n'),
    outcome: 'open-refusing',
    detail: null,
    report: { dialogue: { greeting: { code: 554, enhanced: '5.7.1' } } },
  },
  { title: 'a 421 greeting', serve: (socket) => socket.end('421 4.3.2 busy\r\n'), outcome: 'open-refusing', detail: null },
  {
    title: 'HTTP that is pushed',
    serve: (socket) => socket.end('HTTP/1.1 302 Found\r\nLocation: http://portal.example.net/\r\n\r\n'),
    outcome: 'open-other',
    detail: 'not-smtp',
  },
  {
    title: 'HTTP that waits to be asked',
    serve: (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    outcome: 'open-other',
    detail: 'not-smtp',
  },
  { title: 'SSH', serve: (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'), outcome: 'open-other', detail: 'not-smtp' },
  {
    title: 'a reset upon EHLO',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', { EHLO: reset }),
    outcome: 'open-reset',
    detail: 'dpi-reset:ehlo',
    report: { error: { code: 'ECONNRESET', syscall: 'read' } },
  },
  {
    title: 'a reset upon STARTTLS',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', { EHLO: OFFER, STARTTLS: reset }),
    outcome: 'open-smtp',
    detail: 'dpi-reset:starttls',
  },
  {
    title: 'a reset upon ClientHello',
    serve: (socket) =>
      speakSmtp(socket, '220 mx\r\n', { EHLO: OFFER, STARTTLS: goOn((server) => server.once('data', () => reset(server))) }),
    outcome: 'open-smtp',
    detail: 'dpi-reset:tls',
  },
  {
    title: 'an end upon ClientHello',
    serve: (socket) =>
      speakSmtp(socket, '220 mx\r\n', { EHLO: OFFER, STARTTLS: goOn((server) => server.once('data', () => server.end())) }),
    outcome: 'open-smtp',
    detail: 'tls-reset',
  },
  {
    title: 'a reset upon EHLO inside TLS',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', withStartTls(certificate('good'), { EHLO: () => reset(socket) })),
    outcome: 'open-smtp',
    detail: 'dpi-reset:ehlo-tls',
  },
  {
    title: 'an alert behind STARTTLS',
    serve: (socket) =>
      speakSmtp(
        socket,
        '220 mx\r\n',
        withStartTls({ ...certificate('good'), maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }),
      ),
    outcome: 'open-smtp',
    detail: 'tls-alert:handshake-failure',
  },
  {
    title: 'clear text on a TLS port',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', CLEAR),
    target: { mode: 'implicit' },
    outcome: 'open-smtp',
    detail: 'plaintext-on-tls',
    report: { dialogue: { mode: 'clear', greeting: { code: 220 } } },
  },
  {
    title: 'a web server on a TLS port',
    serve: (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    target: { mode: 'implicit' },
    outcome: 'open-other',
    detail: 'plaintext-on-tls',
  },
  {
    title: 'TLS on a clear-text port',
    serve: (socket) => speakSmtp(serveTls(socket, certificate('good')), '220 mx\r\n', CLEAR),
    outcome: 'open-smtp',
    detail: 'tls-on-plaintext',
    report: { dialogue: { mode: 'implicit', tls: { version: 'TLSv1.3' } } },
  },
  {
    title: 'a TLS port that is tired of waiting for a ClientHello',
    serve: (socket, index) => {
      if (index === 0) socket.end(Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x50]));
      else speakSmtp(serveTls(socket, certificate('good')), '220 mx\r\n', CLEAR);
    },
    outcome: 'open-smtp',
    detail: 'tls-on-plaintext',
  },
  {
    title: 'a TLS port that closes upon ClientHello',
    serve: (socket) => socket.once('data', () => socket.end()),
    target: { mode: 'implicit' },
    outcome: 'open-closed',
    detail: 'tls-reset',
  },
  {
    title: 'a TLS port that resets upon ClientHello',
    serve: (socket) => socket.once('data', () => reset(socket)),
    target: { mode: 'implicit' },
    outcome: 'open-reset',
    detail: 'dpi-reset:tls',
  },
  {
    title: 'a TLS port that never answers',
    serve: () => undefined,
    target: { mode: 'implicit' },
    outcome: 'open-silent',
    detail: 'tls-timeout',
  },
  {
    title: 'an alert on a TLS port',
    serve: (socket) => serveTls(socket, { ...certificate('good'), maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }),
    target: { mode: 'implicit' },
    outcome: 'open-other',
    detail: 'tls-alert:handshake-failure',
  },
  {
    title: 'an injection behind the 220 of STARTTLS',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', withStartTls(certificate('good'), {}, '220 go\r\n250 injected\r\n')),
    outcome: 'open-smtp',
    detail: null,
    report: { dialogue: { injected: '250 injected\\r\\n', tls: { version: 'TLSv1.3' }, keywordsTls: ['AUTH PLAIN'] } },
  },
  {
    title: 'AUTH asked for before MAIL',
    serve: (socket) =>
      speakSmtp(socket, '220 mx\r\n', withStartTls(certificate('good'), { MAIL: '530 5.7.0 Authentication required\r\n' })),
    target: { mail: 'probe@client.example.com' },
    outcome: 'open-smtp',
    detail: null,
    report: { dialogue: { mail: { code: 530, enhanced: '5.7.0' }, rcpt: null } },
  },
];

describe('after the handshake', () => {
  test.each(rows.map((row) => [row.title, row] as const))('%s', async (_title, row) => {
    const { port } = await listen(row.serve);
    const report = await probeOf({ port, ...row.target });
    expect({ outcome: report.outcome, detail: report.detail }).toEqual({ outcome: row.outcome, detail: row.detail });
    expect(report).toMatchObject(row.report ?? {});
    expect(report.reason).toContain(`127.0.0.1:${port}`);
    expect(report.connectMs).not.toBeNull();
  });

  test('a reset right after the handshake', async () => {
    const { port } = await listen((socket) => reset(socket));
    const report = await probeOf({ port });
    expect(report).toMatchObject({ outcome: 'open-reset', detail: null, error: { code: 'ECONNRESET' } });
  });
});

describe('TCP only', () => {
  test('a control that answers is open, and nothing is said to it', async () => {
    const { port, sockets } = await listen((socket) => socket.write('220 mx\r\n'));
    const report = await connectTo(port);
    expect(report).toMatchObject({ outcome: 'open-silent', detail: null, error: null, dialogue: null });
    expect(report.reason).toMatch(/completed the TCP handshake in \d+ ms; only TCP was tried\.$/);
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    expect(sockets[0]?.bytesRead).toBe(0);
  });

  test('a control that refuses is refused', async () => {
    const { port, sockets } = await listen(() => undefined, '127.0.0.2');
    expect(await connectTo(port)).toMatchObject({
      outcome: 'refused',
      error: { code: 'ECONNREFUSED', syscall: 'connect' },
      connectMs: null,
    });
    expect(sockets).toHaveLength(0);
  });
});

test('a run that is stopped in the middle of a dialogue is aborted', async () => {
  const controller = new AbortController();
  const { port } = await listen((socket) => speakSmtp(socket, '220 mx\r\n', { EHLO: () => controller.abort() }));
  const report = await probeOf({ port, address: LOOPBACK }, { signal: controller.signal });
  expect(report).toMatchObject({ outcome: 'aborted', dialogue: { greeting: { code: 220 }, ehlo: null } });
});

function withStartTls(options: TLSSocketOptions, inside: Answers = {}, go = '220 go\r\n'): Answers {
  return {
    EHLO: OFFER,
    STARTTLS: (socket) => {
      socket.write(go);
      const secure = serveTls(socket, options);
      speakSmtp(secure, '', { EHLO: '250-mx\r\n250 AUTH PLAIN\r\n', QUIT: (server) => server.end('221 bye\r\n'), ...inside });
    },
  };
}

/** 220 to STARTTLS, and then no SMTP any more. */
function goOn(then: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    socket.removeAllListeners('data');
    socket.write('220 go\r\n');
    then(socket);
  };
}

function reset(socket: Socket): void {
  socket.resetAndDestroy();
}
