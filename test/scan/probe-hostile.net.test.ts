/** Servers that mean harm, or are merely broken: each probe of them ends, with little kept, and escaped. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ProbeTarget } from '../../src/scan/target.ts';
import { certificate, listen, onLines, serveTls, speakSmtp } from '../support/server.ts';
import { probeOf, SHORT } from './loopback.ts';

/** A report with everything of the worst server in it. */
const MAX_REPORT_BYTES = 200_000;
const CHUNK = Buffer.alloc(65_536, 'x');

interface Hostile {
  readonly title: string;
  readonly serve: (socket: Socket) => void;
  readonly target?: Partial<ProbeTarget>;
  readonly outcome: string;
  readonly detail: string | null;
}

const servers: readonly Hostile[] = [
  {
    title: 'a greeting line that never ends',
    serve: (socket) => pour(socket, '220 '),
    outcome: 'open-other',
    detail: 'limit:greeting',
  },
  {
    title: 'greeting lines that never end',
    serve: (socket) => repeat(socket, '220-x\r\n'),
    outcome: 'open-other',
    detail: 'limit:greeting',
  },
  {
    title: 'a greeting line of 1 MB',
    serve: (socket) => socket.write(`220 ${'x'.repeat(1_000_000)}\r\n`),
    outcome: 'open-other',
    detail: 'limit:greeting',
  },
  { title: 'a flood that is no SMTP', serve: (socket) => pour(socket, ''), outcome: 'open-other', detail: 'not-smtp' },
  {
    title: 'a flood of NUL bytes',
    serve: (socket) => pour(socket, Buffer.alloc(65_536)),
    outcome: 'open-other',
    detail: 'not-smtp',
  },
  { title: 'a greeting that stutters', serve: (socket) => stutter(socket, '220 '), outcome: 'open-silent', detail: 'tarpit' },
  {
    title: 'greeting lines that stutter',
    serve: (socket) => stutter(socket, '220-x\r\n'),
    outcome: 'open-silent',
    detail: 'tarpit',
  },
  {
    title: 'thousands of EHLO lines',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', { EHLO: `${'250-X\r\n'.repeat(5_000)}250 X\r\n` }),
    outcome: 'open-other',
    detail: 'limit:ehlo',
  },
  {
    title: 'an EHLO reply that stutters',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', { EHLO: (server) => stutter(server, '250-X\r\n') }),
    outcome: 'open-silent',
    detail: 'silent:ehlo',
  },
  {
    title: 'a flood behind the 220 of STARTTLS',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', { EHLO: '250 mx\r\n', STARTTLS: (server) => pour(server, '220 go\r\n') }),
    outcome: 'open-smtp',
    detail: 'plaintext-on-tls',
  },
  {
    title: 'garbage for a handshake',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', { EHLO: '250 mx\r\n', STARTTLS: (server) => garble(server) }),
    outcome: 'open-smtp',
    detail: 'tls-failed',
  },
  {
    title: 'a handshake that never ends',
    serve: (socket) => stutter(socket, '\x16\x03\x03\x40\x00\x02\x00\x3f\xfc', 40),
    target: { mode: 'implicit' },
    outcome: 'open-silent',
    detail: 'tls-timeout',
  },
  {
    title: 'a flood inside TLS',
    serve: (socket) => pour(serveTls(socket, certificate('good')), '220 '),
    target: { mode: 'implicit' },
    outcome: 'open-other',
    detail: 'limit:greeting',
  },
  {
    title: 'a flood for an answer to QUIT',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', { EHLO: '250 mx\r\n', QUIT: (server) => repeat(server, '221-x\r\n') }),
    outcome: 'open-smtp',
    detail: null,
  },
  {
    title: 'a flood behind 221',
    serve: (socket) => speakSmtp(socket, '220 mx\r\n', { EHLO: '250 mx\r\n', QUIT: (server) => pour(server, '221 bye\r\n') }),
    outcome: 'open-smtp',
    detail: null,
  },
  {
    title: 'a server that agrees to everything, over and over',
    serve: (socket) => {
      socket.write('220 mx\r\n');
      onLines(socket, () => socket.write('250 ok\r\n250 ok\r\n250 ok\r\n'));
    },
    target: { mail: 'a@example.com', rcpt: 'b@example.com' },
    outcome: 'open-smtp',
    detail: null,
  },
];

describe('a hostile server', () => {
  test.each(servers.map((server) => [server.title, server] as const))('%s', async (_title, server) => {
    const { port, sockets } = await listen(server.serve);
    const report = await probeOf({ port, ...server.target });
    expect({ outcome: report.outcome, detail: report.detail }).toEqual({ outcome: server.outcome, detail: server.detail });
    expect(JSON.stringify(report).length).toBeLessThan(MAX_REPORT_BYTES);
    expect(JSON.stringify(report)).toMatch(/^[\x20-\x7e]*$/);
    // Nothing stays open behind a probe, whatever the server still wants to say.
    await expect.poll(() => sockets.every((socket) => socket.destroyed)).toBe(true);
  });

  test('that stutters through every stage ends with the whole target, not with the sum of the stages', async () => {
    const slow = (text: string) => (socket: Socket) => slowly(socket, text, 250);
    const { port } = await listen((socket) => {
      speakSmtp(socket, '', {
        EHLO: slow('250 mx\r\n'),
        STARTTLS: slow('500 no\r\n'),
        MAIL: slow('250 ok\r\n'),
        RSET: slow('250 ok\r\n'),
      });
      slow('220 mx\r\n')(socket);
    });
    const limits = { ...SHORT, greetingMs: 600, replyMs: 600, targetMs: 700 };
    const report = await probeOf({ port, mail: 'a@example.com' }, { limits });
    // Each reply comes well within its own stage's time: only the end of the whole can cut them off.
    expect(report.dialogue?.failure?.kind).toBe('timeout');
  });

  test('cannot write to the terminal by way of the report', async () => {
    const evil = '220 \x1b[2J\x1b]0;owned\x07\x9b31m\0\u202e\r\n';
    const { port } = await listen((socket) =>
      speakSmtp(socket, evil, { EHLO: '250-\x1b[31m\r\n250 \x08\x08AUTH\r\n', QUIT: '221 \x1b\r\n' }),
    );
    const report = await probeOf({ port });
    expect(report.outcome).toBe('open-smtp');
    expect(JSON.stringify(report)).toMatch(/^[\x20-\x7e]*$/);
    expect(report.dialogue?.transcript[0]).toBe('S: 220 \\x1b[2J\\x1b]0;owned\\x07\\xc2\\x9b31m\\x00\\xe2\\x80\\xae');
    expect(report.dialogue?.keywords).toEqual(['\\X08\\X08AUTH']);
  });

  test('makes a hundred probes hold little: bytes that nobody asked for stay with the sender', async () => {
    const { port } = await listen((socket) => pour(socket, '220 '));
    const before = process.memoryUsage().arrayBuffers;
    const reports = await Promise.all(Array.from({ length: 100 }, () => probeOf({ port })));
    expect(new Set(reports.map(({ outcome }) => outcome))).toEqual(new Set(['open-other']));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1_048_576);
  });
});

/** As much as the socket takes, for ever. */
function pour(socket: Socket, first: string | Buffer): void {
  socket.write(first);
  const more = typeof first === 'string' ? CHUNK : first;
  const fill = (): void => {
    while (!socket.destroyed && socket.write(more));
  };
  socket.on('drain', fill);
  fill();
}

function repeat(socket: Socket, line: string): void {
  pour(socket, Buffer.from(line.repeat(1_000)));
}

/** A byte every few milliseconds, over and over. */
function stutter(socket: Socket, text: string, everyMs = 10): void {
  const bytes = Buffer.from(text, 'latin1');
  let sent = 0;
  const timer = setInterval(() => socket.write(bytes.subarray(sent % bytes.length, (sent++ % bytes.length) + 1)), everyMs);
  socket.on('close', () => clearInterval(timer));
}

function slowly(socket: Socket, text: string, ms: number): void {
  const timer = setTimeout(() => socket.write(text), ms);
  socket.on('close', () => clearTimeout(timer));
}

/** A TLS record of the right shape, full of nonsense. */
function garble(socket: Socket): void {
  socket.removeAllListeners('data');
  socket.write('220 go\r\n');
  socket.once('data', () => socket.write(Buffer.concat([Buffer.from([0x16, 0x03, 0x03, 0x00, 0x40]), Buffer.alloc(64, 0xff)])));
}
