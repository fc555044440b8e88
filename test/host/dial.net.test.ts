import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { createDial, isSelfConnected } from '../../src/host/dial.ts';
import type { Connection, DialResult, DialTarget } from '../../src/model/outside.ts';
import { at } from '../support/address.ts';
import { closedPort, listen } from '../support/server.ts';

const LOOPBACK = at('127.0.0.1');
const dial = createDial(systemClock);
const never = new AbortController().signal;

async function connected(target: DialTarget, signal: AbortSignal = never): Promise<Connection> {
  const result = await dial(target, 2_000, signal);
  if (result.kind !== 'connected') throw new Error(`not connected: ${JSON.stringify(result)}`);
  onTestFinished(() => result.connection.close());
  return result.connection;
}

function soon(ms: number): number {
  return systemClock.monotonic() + ms;
}

async function readAll(connection: Connection): Promise<{ readonly text: string; readonly end: string }> {
  let text = '';
  for (;;) {
    const read = await connection.read(soon(2_000));
    if (read.kind !== 'data') return { text, end: read.kind };
    text += Buffer.from(read.bytes).toString('latin1');
  }
}

describe('dial', () => {
  test('connects, IPv4 and IPv6, from the source it is told', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const { port, sockets } = await listen((socket) => socket.write('hi'), host);
      const connection = await connected({ address: at(host), port, source: at(host) });
      expect(await connection.read(soon(2_000))).toMatchObject({ kind: 'data' });
      expect(sockets).toHaveLength(1);
    }
  });

  test('binds the source', async () => {
    const { port, sockets } = await listen((socket) => socket.write('hi'));
    const connection = await connected({ address: LOOPBACK, port, source: at('127.0.0.77') });
    await connection.read(soon(2_000));
    expect(sockets[0]?.remoteAddress).toBe('127.0.0.77');
  });

  test('a closed port refuses, and that came from the network', async () => {
    const port = await closedPort();
    const result = await dial({ address: LOOPBACK, port, source: null }, 2_000, never);
    expect(result).toMatchObject({ kind: 'failed', code: 'ECONNREFUSED', syscall: 'connect', immediate: false });
  });

  test('a source that is not on this host fails at once, by bind', async () => {
    const result = await dial({ address: LOOPBACK, port: 25, source: at('198.51.100.1') }, 2_000, never);
    expect(result).toMatchObject({ kind: 'failed', code: 'EADDRNOTAVAIL', syscall: 'bind', immediate: true });
  });

  test('a handshake that is not answered is a timeout after the time that was given', async () => {
    const port = await deafPort();
    const result = await dial({ address: LOOPBACK, port, source: null }, 200, never);
    expect(result.kind).toBe('timeout');
    expect(result.kind === 'timeout' && result.elapsedMs).toBeGreaterThanOrEqual(198);
  });

  test('an answer that came while the process was busy is no timeout', async () => {
    const { port } = await listen(() => undefined);
    const result = await whileBusy(() => dial({ address: LOOPBACK, port, source: null }, 20, never));
    expect(result.kind).toBe('connected');
    if (result.kind === 'connected') result.connection.close();
  });

  test('an aborted run gives up what is pending, and starts nothing', async () => {
    const port = await deafPort();
    const controller = new AbortController();
    const pending = Array.from({ length: 50 }, () => dial({ address: LOOPBACK, port, source: null }, 60_000, controller.signal));
    controller.abort();
    const results: readonly DialResult[] = await Promise.all(pending);
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['aborted']));
    expect(await dial({ address: LOOPBACK, port, source: null }, 60_000, controller.signal)).toMatchObject({ kind: 'aborted' });
  });

  test('a socket that is connected to itself is told from one that is not', async () => {
    const port = await closedPort();
    const self = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.1', localPort: port });
    onTestFinished(() => void self.destroy());
    await once(self, 'connect');
    expect(isSelfConnected(self)).toBe(true);
    const server = await listen(() => undefined);
    const other = connect({ host: '127.0.0.1', port: server.port });
    onTestFinished(() => void other.destroy());
    await once(other, 'connect');
    expect(isSelfConnected(other)).toBe(false);
  });
});

describe('connection', () => {
  test('bytes that came before the end are read before it', async () => {
    const { port } = await listen((socket) => socket.end('421 bye\r\n'));
    const connection = await connected({ address: LOOPBACK, port, source: null });
    expect(await readAll(connection)).toEqual({ text: '421 bye\r\n', end: 'end' });
  });

  test('a reset is an error of read', async () => {
    const { port } = await listen((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const connection = await connected({ address: LOOPBACK, port, source: null });
    connection.write(Buffer.from('x'));
    expect(await connection.read(soon(2_000))).toEqual({ kind: 'error', code: 'ECONNRESET', syscall: 'read' });
    connection.write(Buffer.from('writing on is harmless'));
    expect(await connection.read(soon(2_000))).toMatchObject({ kind: 'error' });
  });

  test('a deadline is absolute: a byte now and then does not move it', async () => {
    const { port } = await listen((socket) => {
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const connection = await connected({ address: LOOPBACK, port, source: null });
    const deadline = soon(200);
    let bytes = 0;
    for (;;) {
      const read = await connection.read(deadline);
      if (read.kind !== 'data') {
        expect(read.kind).toBe('timeout');
        break;
      }
      bytes += read.bytes.length;
    }
    expect(bytes).toBeGreaterThan(0);
  });

  test('bytes that came while the process was busy are no timeout', async () => {
    const { port, sockets } = await listen((socket) => socket.write('a'));
    const connection = await connected({ address: LOOPBACK, port, source: null });
    await connection.read(soon(2_000));
    const read = await whileBusy(() => {
      sockets[0]?.write('b');
      return connection.read(soon(20));
    });
    expect(read).toMatchObject({ kind: 'data' });
  });

  test('a flood that nobody reads stays with its sender', async () => {
    const chunk = Buffer.alloc(65_536, 'x');
    const { port, sockets } = await listen((socket) => {
      const pour = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', pour);
      pour();
    });
    const connection = await connected({ address: LOOPBACK, port, source: null });
    await turns(500);
    const read = await connection.read(soon(1_000));
    expect(read.kind === 'data' ? read.bytes.length : 0).toBeGreaterThan(0);
    expect(read.kind === 'data' ? read.bytes.length : 0).toBeLessThan(200_000);
    connection.close();
    expect(await connection.read(soon(0))).toMatchObject({ kind: expect.stringMatching(/^(data|end)$/) });
    await vi.waitFor(() => expect(sockets[0]?.destroyed).toBe(true));
  });

  test('an abort wakes who waits', async () => {
    const { port } = await listen(() => undefined);
    const controller = new AbortController();
    const connection = await connected({ address: LOOPBACK, port, source: null }, controller.signal);
    const waiting = connection.read(soon(60_000));
    controller.abort();
    expect(await waiting).toEqual({ kind: 'aborted' });
  });

  test('what is closed can be closed again, and has ended', async () => {
    const { port } = await listen(() => undefined);
    const connection = await connected({ address: LOOPBACK, port, source: null });
    connection.close();
    connection.close();
    expect(await connection.read(soon(1_000))).toEqual({ kind: 'end' });
  });
});

/** A port whose queue is full: a stopped process listens there, and Linux drops further SYNs. */
async function deafPort(): Promise<number> {
  const script = `const server = require('net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      process.stdout.write(server.address().port + '\\n', () => process.kill(process.pid, 'SIGSTOP'));
    });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [line] = await once(child.stdout, 'data');
  const port = Number(String(line));
  for (let full = false, tries = 0; !full; tries++) {
    if (tries > 20) throw new Error('the queue of a stopped process does not fill');
    const result = await dial({ address: LOOPBACK, port, source: null }, 100, never);
    full = result.kind === 'timeout';
    if (result.kind === 'connected') onTestFinished(() => result.connection.close());
  }
  return port;
}

/**
 * Starts something, lets Node call connect(), and stands still until the answer is there and the deadline has passed: the
 * loop then looks at its timers before it looks for answers.
 */
function whileBusy<T>(start: () => Promise<T>): Promise<T> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(start()));
    setImmediate(stall, 60);
  });
}

/** Lets the event loop turn. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function stall(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
