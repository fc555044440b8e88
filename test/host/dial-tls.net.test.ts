import type { TLSSocketOptions } from 'node:tls';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { createDial } from '../../src/host/dial.ts';
import type { Clock, Connection, TlsOptions, TlsResult } from '../../src/model/outside.ts';
import { at } from '../support/address.ts';
import { certificate, fixture, listen, serveTls, type TestServer } from '../support/server.ts';

const LOOPBACK = at('127.0.0.1');
const CA = fixture('ca.pem');
const TRUSTED: TlsOptions = { serverName: 'mail.example.net', address: LOOPBACK, trust: { anchors: [CA], pins: [] } };

async function dialTo(server: TestServer, clock: Clock = systemClock): Promise<Connection> {
  const result = await createDial(clock)(
    { address: LOOPBACK, port: server.port, source: null },
    2_000,
    new AbortController().signal,
  );
  if (result.kind !== 'connected') throw new Error(result.kind);
  onTestFinished(() => result.connection.close());
  return result.connection;
}

async function shake(options: TLSSocketOptions, more: Partial<TlsOptions> = {}, clock: Clock = systemClock): Promise<TlsResult> {
  const server = await listen((socket) => serveTls(socket, options));
  const connection = await dialTo(server, clock);
  return connection.startTls({ ...TRUSTED, ...more }, clock.monotonic() + 5_000);
}

function problemsOf(result: TlsResult): readonly string[] {
  return result.kind === 'secure' ? result.session.problems.map(({ code }) => code) : [result.kind];
}

/** The machine's clock, set to another date. */
function clockAt(date: string): Clock {
  return { ...systemClock, now: () => Date.parse(date) };
}

describe('a certificate', () => {
  test.each([
    ['good', []],
    ['good-ec', []],
    ['by-intermediate', []],
    ['expired', ['expired']],
    ['not-yet-valid', ['not-yet-valid']],
    ['wrong-name', ['wrong-name']],
    ['self-signed', ['self-signed']],
    ['expired-self-signed', ['expired', 'self-signed']],
    ['untrusted', ['untrusted']],
    ['untrusted-expired-wrong-name', ['wrong-name', 'expired', 'untrusted']],
  ])('%s has exactly its problems: %j', async (name, problems) => {
    expect(problemsOf(await shake(certificate(name)))).toEqual(problems);
  });

  test('is described: names, dates, issuer, fingerprint, pin, chain', async () => {
    const result = await shake(certificate('by-intermediate'));
    const session = result.kind === 'secure' ? result.session : null;
    expect(session).toMatchObject({ version: 'TLSv1.3', serverName: 'mail.example.net', problems: [] });
    expect(session?.certificate).toMatchObject({
      subject: 'CN=mail.example.net, O=Postern tests',
      issuer: 'CN=Postern test intermediate, O=Postern tests',
      notAfter: '2056-01-01T00:00:00.000Z',
      chain: ['CN=Postern test intermediate, O=Postern tests', 'CN=Postern test authority, O=Postern tests'],
    });
    expect(session?.certificate?.names).toEqual(expect.arrayContaining(['mx2.example.org', '127.0.0.1', '0:0:0:0:0:0:0:1']));
    expect(session?.certificate?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(session?.certificate?.pin).toMatch(/^sha256\/[A-Za-z0-9+/]{43}=$/);
  });

  test('without a name has to hold the address', async () => {
    expect(problemsOf(await shake(certificate('good'), { serverName: null }))).toEqual([]);
    expect(problemsOf(await shake(certificate('wrong-name'), { serverName: null }))).toEqual(['wrong-name']);
  });

  test('of an authority that is not among the usual anchors is untrusted', async () => {
    expect(problemsOf(await shake(certificate('good'), { trust: { anchors: null, pins: [] } }))).toEqual(['untrusted']);
    expect(problemsOf(await shake(certificate('good'), { trust: { anchors: [], pins: [] } }))).toEqual(['untrusted']);
  });

  test('that an intermediate signed is untrusted where the intermediate is not sent', async () => {
    const { cert, key } = certificate('by-intermediate');
    const leaf = cert.slice(0, cert.indexOf('-----END CERTIFICATE-----') + 26);
    expect(problemsOf(await shake({ cert: leaf, key }))).toEqual(['untrusted']);
  });

  test('is held to the clock that was given, not to the machine', async () => {
    expect(problemsOf(await shake(certificate('good'), {}, clockAt('2057-01-01T00:00:00Z')))).toEqual(['expired', 'expired']);
    expect(problemsOf(await shake(certificate('expired'), {}, clockAt('2015-06-01T00:00:00Z')))).toEqual(['not-yet-valid']);
  });

  test('that is self-signed is trusted where it is the anchor', async () => {
    const own = certificate('self-signed');
    expect(problemsOf(await shake(own, { trust: { anchors: [own.cert], pins: [] } }))).toEqual([]);
  });

  test('that is self-signed and expired has no other problem where it is the anchor', async () => {
    const own = certificate('expired-self-signed');
    expect(problemsOf(await shake(own, { trust: { anchors: [own.cert], pins: [] } }))).toEqual(['expired']);
  });

  test('is held to every anchor of a file', async () => {
    const trust = { anchors: [`${fixture('unknown-ca.pem')}\n${CA}`], pins: [] };
    expect(problemsOf(await shake(certificate('good'), { trust }))).toEqual([]);
    expect(problemsOf(await shake(certificate('expired'), { trust }))).toEqual(['expired']);
    expect(problemsOf(await shake(certificate('untrusted'), { trust }))).toEqual([]);
  });

  test('is compared with pins: any one is enough', async () => {
    const seen = await shake(certificate('good'));
    const pin = (seen.kind === 'secure' ? seen.session.certificate?.pin : null) ?? '';
    const other = `sha256/${'A'.repeat(43)}=`;
    expect(problemsOf(await shake(certificate('good'), { trust: { anchors: [CA], pins: [other, pin] } }))).toEqual([]);
    expect(problemsOf(await shake(certificate('good'), { trust: { anchors: [CA], pins: [other] } }))).toEqual(['pin-mismatch']);
    expect(problemsOf(await shake(certificate('good-ec'), { trust: { anchors: [CA], pins: [pin] } }))).toEqual(['pin-mismatch']);
  });
});

describe('a handshake', () => {
  test.each(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const)('with %s alone comes up, and says so', async (version) => {
    const result = await shake({ ...certificate('good'), minVersion: version, maxVersion: version });
    expect(result).toMatchObject({ kind: 'secure', session: { version } });
  });

  test('sends the name as SNI, and none for an address', async () => {
    const names: string[] = [];
    const options: TLSSocketOptions = {
      ...certificate('good'),
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    };
    await shake(options);
    await shake(options, { serverName: null });
    expect(names).toEqual(['mail.example.net']);
  });

  test('that the server answers with an alert fails with its name', async () => {
    const result = await shake({ ...certificate('good'), maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' });
    expect(result).toMatchObject({ kind: 'failed', code: expect.stringMatching(/ALERT_HANDSHAKE_FAILURE$/), syscall: null });
  });

  test('that the server answers in clear text fails as no TLS', async () => {
    const server = await listen((socket) => socket.once('data', () => socket.write('554 5.5.1 Error: no TLS here\r\n')));
    const connection = await dialTo(server);
    const result = await connection.startTls(TRUSTED, systemClock.monotonic() + 2_000);
    expect(result).toMatchObject({ kind: 'failed', code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
  });

  test('is not begun where the server has spoken already', async () => {
    let written = false;
    const server = await listen((socket) => {
      socket.write('220 mx\r\n', () => {
        written = true;
      });
    });
    const connection = await dialTo(server);
    await vi.waitFor(() => expect(written).toBe(true));
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    const result = await connection.startTls(TRUSTED, systemClock.monotonic() + 2_000);
    expect(result).toMatchObject({ kind: 'failed', code: 'SPOKE_FIRST', syscall: null });
    expect(server.sockets[0]?.bytesRead).toBe(0);
  });

  test('that the server closes is a reset without a syscall, one that it resets has one', async () => {
    const closing = await listen((socket) => socket.once('data', () => socket.end()));
    const resetting = await listen((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const deadline = systemClock.monotonic() + 2_000;
    expect(await (await dialTo(closing)).startTls(TRUSTED, deadline)).toMatchObject({ code: 'ECONNRESET', syscall: null });
    expect(await (await dialTo(resetting)).startTls(TRUSTED, deadline)).toMatchObject({ code: 'ECONNRESET', syscall: 'read' });
  });

  test('that stutters ends at its deadline, and the socket with it', async () => {
    const server = await listen((socket) => {
      const record = Buffer.concat([Buffer.from([0x16, 0x03, 0x03, 0x40, 0x00]), Buffer.alloc(0x4000)]);
      let sent = 0;
      const timer = setInterval(() => socket.write(record.subarray(sent, ++sent)), 10);
      socket.on('close', () => clearInterval(timer));
    });
    const connection = await dialTo(server);
    expect(await connection.startTls(TRUSTED, systemClock.monotonic() + 200)).toEqual({ kind: 'timeout' });
    await vi.waitFor(() => expect(server.sockets[0]?.destroyed).toBe(true));
  });

  test('leaves a stream that reads and writes inside TLS', async () => {
    const server = await listen((socket) => {
      const secure = serveTls(socket, certificate('good'));
      secure.on('data', (chunk) => secure.end(`you said ${chunk}`));
    });
    const connection = await dialTo(server);
    await connection.startTls(TRUSTED, systemClock.monotonic() + 2_000);
    connection.write(Buffer.from('EHLO'));
    const read = await connection.read(systemClock.monotonic() + 2_000);
    expect(read.kind === 'data' && Buffer.from(read.bytes).toString()).toBe('you said EHLO');
    expect(await connection.read(systemClock.monotonic() + 2_000)).toEqual({ kind: 'end' });
  });
});
