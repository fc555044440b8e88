import { networkInterfaces } from 'node:os';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { generateSigningKey } from '../../src/receipt/keys.ts';
import { newNonce, receiptArgument } from '../../src/receipt/request.ts';
import { startSentinel } from '../../src/sentinel.ts';
import { at } from '../support/address.ts';
import { certificate, closedPort } from '../support/server.ts';
import { TestClient } from './client.ts';
import { ask, start, steppedClock } from './start.ts';
import { KEY, NAME, NOW } from './talk.ts';

function bindingOf(socket: TLSSocket): string {
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('hex');
}

async function greeted(port: number, host?: string): Promise<TestClient> {
  const client = await TestClient.dial(port, host);
  expect(await client.reply()).toEqual({ code: 220, texts: [`${NAME} ESMTP`] });
  await client.say('EHLO probe.example.com');
  return client;
}

describe('a receipt', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'tells of clear text and of %s after STARTTLS what the client knows',
    async (version) => {
      const { port, seen } = await start();
      const client = await greeted(port);
      const clear = await ask(client);
      expect(clear.body).toMatchObject({ name: NAME, nonce: clear.nonce, port, exporter: null, sink: null, delivery: null });
      expect(clear.body.client).toEqual({ address: '127.0.0.1', port: client.stream.localPort });
      expect([clear.body.received, clear.body.sent]).toEqual([clear.sent, clear.received]);
      expect((await client.say('STARTTLS')).code).toBe(220);
      const secure = await client.startTls({ minVersion: version, maxVersion: version });
      expect(secure.getProtocol()).toBe(version);
      await client.say('EHLO probe.example.com');
      const inside = await ask(client);
      expect([inside.body.received, inside.body.sent]).toEqual([inside.sent, inside.received]);
      expect(inside.body.exporter).toBe(bindingOf(secure));
      expect((await client.say('QUIT')).code).toBe(221);
      expect(await client.ended()).toBe(true);
      const [closed] = await seen('closed');
      expect(closed).toMatchObject({ why: 'quit', received: client.bytesSent, sent: client.bytesReceived });
    },
  );

  it('is given where TLS begins with the first byte', async () => {
    const { port } = await start({ ports: [], tlsPorts: [0] });
    const client = await TestClient.dialTls(port);
    expect((await client.reply()).code).toBe(220);
    const { body, sent, received } = await ask(client);
    expect([body.received, body.sent]).toEqual([sent, received]);
    expect(body.exporter).toBe(bindingOf(client.secure()));
    expect((await client.say('STARTTLS')).code).toBe(503);
  });

  it('tells of IPv6 as the client knows it, beside IPv4 on the same port', async () => {
    const { sentinel, port } = await start({ addresses: [at('::1')] });
    const both = await start({ addresses: [at('127.0.0.1')], ports: [port] });
    const client = await greeted(port, '::1');
    expect((await ask(client)).body.client).toEqual({ address: '::1', port: client.stream.localPort });
    expect(sentinel.attested()).toMatchObject([{ port, family: 'ipv6' }]);
    await greeted(port, '127.0.0.1');
    expect(both.sentinel.attested()).toMatchObject([{ port, family: 'ipv4' }]);
  });

  it('attests ports that were reached from outside, not what this host did itself', async () => {
    const clock = steppedClock();
    const { sentinel, port } = await start({ ports: [0, 0], clock });
    const [other = 0] = sentinel.ports.filter((one) => one !== port);
    await greeted(other);
    clock.advance(5_000);
    const { body } = await ask(await greeted(port));
    expect(body.listening).toEqual([
      { port, family: 'ipv4', at: new Date(NOW + 5_000).toISOString() },
      { port: other, family: 'ipv4', at: new Date(NOW).toISOString() },
    ]);
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const addresses = own.flatMap(({ family, address }) => (family === 'IPv4' ? [at(address)] : []));
    const outside = await start({ addresses: [...new Set(addresses)], countLoopback: false });
    for (const { address, port: bound } of outside.sentinel.doors) await greeted(bound, address);
    expect(outside.sentinel.attested()).toEqual([]);
  });

  it('has room for every port that a sentinel may have', async () => {
    const ports = Array.from({ length: 64 }, () => 0);
    const attested = ports.flatMap((_, index) =>
      (['ipv4', 'ipv6'] as const).map((family) => ({ port: 60_000 + index, family, at: new Date(NOW).toISOString() })),
    );
    const { port } = await start({ ports, attested });
    expect((await ask(await greeted(port))).body.listening).toHaveLength(129);
    await expect(start({ ports: [...ports, 0] })).rejects.toThrow(
      'A sentinel listens on up to 64 ports, not on 65: each receipt names all of them.',
    );
  });

  it('is signed with new keys after they were read again, in connections that were there too', async () => {
    const next = generateSigningKey();
    const { sentinel, port } = await start();
    const client = await greeted(port);
    sentinel.reload({ keys: [KEY, next], certificate: certificate('good-ec') });
    expect((await ask(client, next)).body.key).toBe(next.publicKey.id);
    expect((await ask(client)).body.key).toBe(KEY.publicKey.id);
    sentinel.reload({ keys: [next], certificate: null });
    expect(await client.say(`NOOP ${receiptArgument(KEY.publicKey, newNonce())}`)).toEqual({ code: 250, texts: ['2.0.0 OK'] });
    const fresh = await greeted(port);
    await fresh.say('STARTTLS');
    const secure = await fresh.startTls();
    expect(secure.getPeerCertificate().asn1Curve).toBe('prime256v1');
  });
});

describe('a message for the sink', () => {
  it('comes from a relay, and is told to whoever has its nonce', async () => {
    const nonce = newNonce();
    const { port, seen } = await start({ sink: 'Sink.example.com' });
    const relay = await greeted(port);
    await relay.say('MAIL FROM:<>');
    expect((await relay.say(`RCPT TO:<postern-${nonce}@sink.example.com>`)).code).toBe(250);
    expect((await relay.say('DATA')).code).toBe(354);
    relay.write('Received: from x\r\n\r\nbody\r\n');
    expect((await relay.say('.')).code).toBe(250);
    expect(await seen('delivery')).toMatchObject([{ nonce }]);
    const { body } = await ask(await greeted(port), KEY, nonce);
    expect(body).toMatchObject({ sink: 'sink.example.com', delivery: { client: '127.0.0.1' } });
  });
});

describe('what does not belong to the dialogue', () => {
  it('is dropped where it was said in clear text behind STARTTLS', async () => {
    const { port } = await start();
    const client = await greeted(port);
    client.write('STARTTLS\r\nMAIL FROM:<evil@example.com>\r\n');
    expect((await client.reply()).code).toBe(220);
    await client.startTls();
    await client.say('EHLO probe.example.com');
    expect(await client.say('RCPT TO:<b@example.com>')).toEqual({ code: 503, texts: ['5.5.1 Need MAIL first'] });
    const { body, sent } = await ask(client);
    expect(body.received).toBe(sent);
  });

  it('ends the handshake where a client speaks clear text to TLS, and the other way round nothing worse happens', async () => {
    const { sentinel, port, seen } = await start({ ports: [0], tlsPorts: [0] });
    const tls = sentinel.doors.find((door) => door.tls === 'implicit')?.port ?? 0;
    const clear = await TestClient.dial(tls);
    clear.write('EHLO probe.example.com\r\n');
    expect(await clear.replyOrEnd()).toBeNull();
    expect((await seen('closed')).map(({ why }) => why)).toEqual(['tls']);
    const starttls = sentinel.doors.find((door) => door.tls === 'starttls')?.port ?? port;
    await expect(TestClient.dialTls(starttls)).rejects.toThrow();
  });

  it('has no key exchange by which somebody between could give two sessions one binding', async () => {
    const { port } = await start();
    const client = await greeted(port);
    await client.say('STARTTLS');
    await expect(client.startTls({ maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' })).rejects.toThrow();
  });

  it('is refused where the client wants another handshake in the same session', async () => {
    const { port } = await start();
    const client = await greeted(port);
    await client.say('STARTTLS');
    const secure = await client.startTls({ maxVersion: 'TLSv1.2' });
    const refused = new Promise<Error>((resolve) => secure.once('error', resolve));
    secure.renegotiate({}, () => undefined);
    expect((await refused).message).toContain('no renegotiation');
  });

  it.each([
    ['before the greeting is read', async (client: TestClient) => void client],
    ['in the dialogue', (client: TestClient) => client.say('EHLO x')],
    [
      'in the handshake',
      async (client: TestClient) => {
        await client.reply();
        await client.say('STARTTLS');
        client.write(Buffer.from('160301', 'hex'));
      },
    ],
    [
      'inside TLS',
      async (client: TestClient) => {
        await client.reply();
        await client.say('STARTTLS');
        await client.startTls();
      },
    ],
  ])('is borne: a reset %s', async (_when, until) => {
    const { sentinel, port, seen } = await start();
    const client = await TestClient.dial(port);
    await until(client);
    client.reset();
    const [closed] = await seen('closed');
    expect(closed?.why).toMatch(/^(?:reset|tls|client)$/);
    expect((await ask(await greeted(port))).body.port).toBe(port);
    expect(sentinel.connections).toBe(1);
  });
});

describe('a sentinel that ends', () => {
  it('says so to who is there, and last of all in its log', async () => {
    const { sentinel, port, events } = await start();
    const client = await greeted(port);
    const closing = sentinel.close();
    expect(await client.reply()).toEqual({ code: 421, texts: [`4.3.2 ${NAME} Service shutting down`] });
    client.close();
    await closing;
    expect(events.map(({ event }) => event)).toEqual(['listening', 'connected', 'closed', 'stopped']);
    await expect(TestClient.dial(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('waits for nobody', async () => {
    const clock = steppedClock();
    const { sentinel, port, events } = await start({ clock });
    const client = await greeted(port);
    client.stream.pause();
    const closing = sentinel.close();
    clock.advance(1_000);
    await closing;
    expect(events.at(-1)?.event).toBe('stopped');
  });
});

describe('a sentinel that is told of no address', () => {
  it('listens on every one of both families, each for itself', async () => {
    const port = await closedPort();
    const sentinel = await startSentinel({ name: NAME, keys: [KEY], ports: [port] });
    onTestFinished(() => sentinel.close());
    expect(sentinel.doors.map(({ address, family }) => [address, family])).toEqual([
      ['0.0.0.0', 'ipv4'],
      ['::', 'ipv6'],
    ]);
    for (const address of ['127.0.0.1', '::1'])
      expect((await ask(await greeted(port, address))).body.client.address).toBe(address);
  });
});

describe('a sentinel that cannot listen', () => {
  it('names every door, and opens none', async () => {
    const { port } = await start();
    const free = await start();
    await free.sentinel.close();
    const ports = [port, free.port];
    const attempt = startSentinel({ name: NAME, keys: [KEY], ports, addresses: [at('127.0.0.1'), at('192.0.2.1')] });
    await expect(attempt).rejects.toThrow(
      [
        `error cannot-listen: 127.0.0.1:${port} cannot be opened: something else listens there (ss -ltnp shows what). Stop it, or leave the port out with --listen.`,
        ...ports.map(
          (one) =>
            `error cannot-listen: 192.0.2.1:${one} cannot be opened: this host has no such address (ip address shows those that it has).`,
        ),
      ].join('\n'),
    );
    await expect(TestClient.dial(free.port)).rejects.toThrow('ECONNREFUSED');
  });
});
