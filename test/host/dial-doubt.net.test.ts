import { EventEmitter } from 'node:events';
import { beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { createDial } from '../../src/host/dial.ts';
import { at } from '../support/address.ts';

/** What Node hands out where the kernel woke the poll before it had an error to tell. */
class DoubtfulSocket extends EventEmitter {
  connecting = false;
  destroyed = false;
  paused = false;
  remoteAddress: string | undefined = undefined;
  remotePort = 25;
  localAddress = '10.20.0.5';
  localPort = 40_000;
  destroy(): void {
    this.destroyed = true;
  }
  setNoDelay(): void {}
  pause(): void {}
  resume(): void {}
}

const made: DoubtfulSocket[] = [];

vi.mock('node:net', async (original) => ({
  ...(await original<typeof import('node:net')>()),
  connect: () => {
    const socket = new DoubtfulSocket();
    made.push(socket);
    return socket;
  },
}));

const target = { address: at('192.0.2.54'), port: 25, source: null };

beforeEach(() => {
  made.length = 0;
});

function dialled(): { readonly socket: DoubtfulSocket; readonly result: ReturnType<ReturnType<typeof createDial>> } {
  const result = createDial(systemClock)(target, 5_000, new AbortController().signal);
  const [socket] = made;
  if (socket === undefined) throw new Error('nothing was dialled');
  return { socket, result };
}

test('an error on the first read of a socket that never had a peer is one of connecting', async () => {
  const { socket, result } = dialled();
  socket.emit('connect');
  socket.emit('error', Object.assign(new Error('read EHOSTUNREACH'), { code: 'EHOSTUNREACH', syscall: 'read' }));
  expect(await result).toMatchObject({ kind: 'failed', code: 'EHOSTUNREACH', syscall: 'connect', immediate: false });
  expect(socket.destroyed).toBe(true);
});

test('a socket that gets its peer a moment later is connected', async () => {
  const { socket, result } = dialled();
  socket.emit('connect');
  socket.remoteAddress = '192.0.2.54';
  expect(await result).toMatchObject({ kind: 'connected' });
});

test('a socket that is gone without a peer and without an error is no open port', async () => {
  const { socket, result } = dialled();
  socket.emit('connect');
  socket.destroyed = true;
  expect(await result).toMatchObject({ kind: 'failed', code: 'ENOTCONN', syscall: 'connect' });
});
