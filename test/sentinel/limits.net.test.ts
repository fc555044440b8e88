/** What a sentinel bears on the open internet; time passes when the tests say so. */
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SentinelEvent } from '../../src/model/sentinel-log.ts';
import { newNonce, receiptArgument } from '../../src/receipt/request.ts';
import { Client } from '../../src/sentinel/client.ts';
import { at } from '../support/address.ts';
import { TestClient } from './client.ts';
import { ask, start, steppedClock } from './start.ts';
import { KEY, NAME, NOW } from './talk.ts';

async function greeted(port: number, host: string = '127.0.0.1', from?: string): Promise<TestClient> {
  const client = await TestClient.dial(port, host, from);
  expect((await client.reply()).code).toBe(220);
  return client;
}

describe('time', () => {
  it('ends for a client that says nothing for 30 s', async () => {
    const clock = steppedClock();
    const { port, seen } = await start({ clock });
    const client = await greeted(port);
    clock.advance(29_000);
    await client.say('NOOP');
    clock.advance(29_000);
    expect((await client.say('NOOP')).code).toBe(250);
    clock.advance(30_000);
    expect(await client.reply()).toEqual({ code: 421, texts: [`4.4.2 ${NAME} Error: timeout exceeded`] });
    expect((await seen('closed')).map(({ why, elapsedMs }) => [why, elapsedMs])).toEqual([['idle', 88_000]]);
  });

  it('ends after 120 s for a client that sends a byte a second', async () => {
    const clock = steppedClock();
    const { port, seen, sentinel } = await start({ clock });
    const client = await greeted(port);
    for (let second = 0; second < 119; second++) {
      client.write('x');
      // Its byte has to be there before the next second begins.
      while (client.stream.bytesWritten > second + 1) await new Promise(setImmediate);
      await new Promise(setImmediate);
      clock.advance(1_000);
    }
    expect(sentinel.connections).toBe(1);
    clock.advance(1_000);
    expect((await client.reply()).code).toBe(421);
    expect((await seen('closed')).map(({ why }) => why)).toEqual(['limit:time']);
  });

  it('ends after 10 s for a client that does not shake hands', async () => {
    const clock = steppedClock();
    const { port, seen } = await start({ clock, ports: [], tlsPorts: [0] });
    const client = await TestClient.dial(port);
    await seen('connected');
    clock.advance(9_000);
    clock.advance(1_000);
    expect(await client.replyOrEnd()).toBeNull();
    expect((await seen('closed')).map(({ why }) => why)).toEqual(['tls']);
  });

  it('is told each minute while it listens', async () => {
    const clock = steppedClock();
    const { port, events } = await start({ clock });
    clock.advance(105_000);
    await greeted(port);
    clock.advance(15_000);
    expect(events.filter(({ event }) => event === 'alive')).toEqual([
      { event: 'alive', at: new Date(NOW + 60_000).toISOString(), connections: 0 },
      { event: 'alive', at: new Date(NOW + 120_000).toISOString(), connections: 1 },
    ]);
  });
});

describe('one source', () => {
  it('that is too fast is turned away until the minute is over', async () => {
    const clock = steppedClock();
    const { port, seen } = await start({ clock, limits: { perMinute: 2 } });
    for (let count = 0; count < 2; count++) (await greeted(port)).close();
    const client = await TestClient.dial(port);
    expect(await client.replyOrEnd()).toEqual({ code: 421, texts: [`4.7.0 ${NAME} Error: too many connections`] });
    expect(await client.replyOrEnd()).toBeNull();
    expect(await seen('turned-away')).toEqual([
      {
        event: 'turned-away',
        at: new Date(NOW).toISOString(),
        port,
        family: 'ipv4',
        client: { address: '127.0.0.1', port: expect.any(Number) },
        why: 'per-minute',
      },
    ]);
    await greeted(port, '127.0.0.1', '127.0.0.2');
    clock.advance(60_000);
    await greeted(port);
  });

  it('that has too many connections is turned away until one ends', async () => {
    const { port, seen } = await start({ limits: { atOnce: 1 } });
    const first = await greeted(port);
    const second = await TestClient.dial(port);
    expect((await second.reply()).code).toBe(421);
    expect((await seen('turned-away')).map(({ why }) => why)).toEqual(['at-once']);
    await first.say('QUIT');
    await first.ended();
    await seen('closed');
    await untilGreeted(port);
  });
});

/** The place of who has hung up is free a turn of the loop later. */
async function untilGreeted(port: number): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    const client = await TestClient.dial(port);
    if ((await client.reply()).code === 220) return;
  }
  throw new Error('never let in');
}

describe('a full house', () => {
  it('closes its oldest stranger for a newcomer, and nobody who has shown that it knows the key', async () => {
    const { port, sentinel, seen } = await start({ limits: { connections: 3 } });
    const known = await greeted(port);
    await ask(known);
    const [oldest, younger] = [await greeted(port), await greeted(port)];
    // Being heard of last does not help: whoever stutters is heard of all the time.
    await oldest.say('NOOP');
    await greeted(port);
    expect(await oldest.reply()).toEqual({ code: 421, texts: [`4.7.0 ${NAME} Error: too many connections`] });
    expect((await seen('closed')).map(({ why }) => why)).toEqual(['evicted']);
    expect([(await known.say('NOOP')).code, (await younger.say('NOOP')).code, sentinel.connections]).toEqual([250, 250, 3]);
  });

  it('turns newcomers away only where everybody in it knows the key', async () => {
    const { port, seen } = await start({ limits: { connections: 1 } });
    await ask(await greeted(port));
    expect((await (await TestClient.dial(port)).reply()).code).toBe(421);
    expect((await seen('turned-away')).map(({ why }) => why)).toEqual(['full']);
  });

  it('gives half of its places to TLS', async () => {
    const { port, sentinel, seen } = await start({ limits: { connections: 4 }, ports: [], tlsPorts: [0] });
    const clients = [await TestClient.dialTls(port), await TestClient.dialTls(port)];
    expect(sentinel.connections).toBe(2);
    clients.push(await TestClient.dialTls(port));
    expect((await seen('closed')).map(({ why }) => why)).toEqual(['evicted']);
    expect(sentinel.connections).toBe(2);
  });

  it('that runs out of descriptors closes its oldest strangers, and says so once a minute', async () => {
    const clock = steppedClock();
    const { port, sentinel, seen, warnings } = await start({ clock });
    await greeted(port);
    const [door] = sentinel.doors;
    for (let count = 0; count < 3; count++) door?.server.emit('error', new Error('accept EMFILE'));
    expect((await seen('closed')).map(({ why }) => why)).toEqual(['evicted']);
    expect(warnings).toEqual([
      'A connection could not be accepted (accept EMFILE); the oldest strangers were closed. Allow more open files.',
    ]);
    clock.advance(60_000);
    door?.server.emit('error', new Error('accept EMFILE'));
    expect(warnings).toHaveLength(2);
    await greeted(port);
  });
});

describe('a client that does not read', () => {
  it('is closed when more than 64 KiB wait for it', async () => {
    const clock = steppedClock();
    const events: SentinelEvent[] = [];
    const gone = new Promise<void>((resolve) => {
      const server = createServer((socket) => {
        // As if the peer's window and every buffer before it were full.
        socket.cork();
        const premises = { name: NAME, keys: () => [KEY], attested: () => [], sink: null, now: clock.now };
        const limits = { idleMs: 30_000, sessionMs: 120_000, handshakeMs: 10_000 };
        const peer = { address: at('127.0.0.1'), port: socket.remotePort ?? 0 };
        const tell = (event: SentinelEvent): void => void events.push(event);
        const hooks = { tell, onKnown: () => undefined, onHandshake: () => true, onGone: () => resolve() };
        const place = { id: 'x', socket, port: 25, family: 'ipv4', peer, implicitTls: false, secureContext: null } as const;
        new Client({ ...place, premises, clock, limits, ...hooks }).begin();
      });
      onTestFinished(() => void server.close());
      server.listen(0, '127.0.0.1', async () => {
        const bound = server.address();
        const client = await TestClient.dial(typeof bound === 'object' && bound !== null ? bound.port : 0);
        client.write(Array.from({ length: 99 }, () => `NOOP ${receiptArgument(KEY.publicKey, newNonce())}\r\n`).join(''));
      });
    });
    await gone;
    expect(events.filter(({ event }) => event === 'closed')).toMatchObject([{ why: 'unread' }]);
  });

  it('and stays after its last words is cut off', async () => {
    const clock = steppedClock();
    const { port, sentinel, seen } = await start({ clock });
    const client = await TestClient.dial(port);
    client.stream.pause();
    client.write('NOOP\r\n'.repeat(21));
    expect((await seen('closed')).map(({ why }) => why)).toEqual(['limit:commands']);
    clock.advance(1_000);
    expect(sentinel.connections).toBe(1);
    clock.advance(1_000);
    while (sentinel.connections > 0) await new Promise(setImmediate);
  });
});

describe('a million bytes of garbage', () => {
  it.each([
    ['without a line end', Buffer.alloc(1_000_000, 0xa5), 'limit:line'],
    ['of line ends', Buffer.alloc(1_000_000, 0x0a), 'limit:commands'],
    ['of zeros', Buffer.alloc(1_000_000, 0), 'limit:line'],
    [
      'that look like TLS',
      Buffer.concat(Array.from({ length: 4_000 }, () => Buffer.from(`160301ff${'a5'.repeat(246)}`, 'hex'))),
      'limit:line',
    ],
  ])('%s ends the connection and nothing else', async (_what, bytes, why) => {
    const { port, seen } = await start();
    const client = await greeted(port);
    client.write(bytes);
    expect((await seen('closed')).map((event) => event.why)).toEqual([why]);
    await ask(await greeted(port));
  });
});
