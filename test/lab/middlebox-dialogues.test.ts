import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as secureOver } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ForwardingBox, type Middlebox, mailServer, type TlsBox } from '../../src/lab/behaviour.ts';
import { serve } from '../../src/lab/servers.ts';
import { startServers } from '../../src/lab/start-servers.ts';
import { onLines } from '../support/server.ts';
import { askOpenssl, runHere } from './openssl-client.ts';
import { certificate, serveCommand } from './postern.ts';

const HOST = '127.0.0.1';
const SERVER = mailServer('mx.example.org', certificate('good'), { unknown: '500 5.5.1 Command unrecognized: "%s"' });
const GREETING = '220 mx.example.org ESMTP';
const EHLO = [
  '250-mx.example.org',
  '250-PIPELINING',
  '250-SIZE 10485760',
  '250-STARTTLS',
  '250-ENHANCEDSTATUSCODES',
  '250 8BITMIME',
];
const INSIDE = [...EHLO.slice(0, 3), '250-AUTH PLAIN LOGIN', ...EHLO.slice(4)];
const QUIT = '221 2.0.0 mx.example.org closing connection';

describe('between a client and a mail server', () => {
  const running: Awaited<ReturnType<typeof serve>>[] = [];
  let [clear, implicit] = [0, 0];

  beforeAll(async () => {
    const servers = await serve(
      [SERVER, { ...SERVER, tls: 'implicit' as const }].map((behaviour) => ({ address: HOST, port: 0, behaviour })),
    );
    running.push(servers);
    [clear = 0, implicit = 0] = servers.ports;
  });
  afterAll(() => {
    for (const each of running) each.close();
  });

  const put = async (box: Middlebox): Promise<number> => {
    const boxes = await serve([{ address: HOST, port: 0, behaviour: box }]);
    running.push(boxes);
    return boxes.ports[0] ?? 0;
  };
  const forwarding = (does: ForwardingBox['does']): Promise<number> =>
    put({ kind: 'middlebox', does, upstream: { address: HOST, port: clear } });
  const tlsBox = (tls: TlsBox['tls']): Promise<number> =>
    put({
      kind: 'middlebox',
      does: 'intercept-tls',
      tls,
      upstream: { address: HOST, port: tls === 'implicit' ? implicit : clear },
      certificate: certificate('untrusted'),
    });

  it('a relay changes nothing', async () => {
    const told = ['EHLO a', 'STARTTLS', 'EHLO a', 'NONSENSE 1', 'QUIT'];
    expect(await dialogue(await forwarding('relay'), told)).toEqual(await dialogue(clear, told));
  });

  it('a stripper hides STARTTLS and nothing else, and passes it where it is asked for', async () => {
    const lines = await dialogue(await forwarding('strip'), ['EHLO a', 'STARTTLS', 'EHLO a', 'NOOP x', 'QUIT']);
    expect(lines).toEqual([
      GREETING,
      ...EHLO.filter((line) => !line.includes('STARTTLS')),
      '220 2.0.0 Ready to start TLS',
      ...INSIDE,
      '250 2.0.0 Ok',
      QUIT,
    ]);
  });

  it('a stripper mends the separator where STARTTLS was the last line', async () => {
    const { ports, close } = await serve([
      {
        address: HOST,
        port: 0,
        behaviour: { kind: 'talk', says: '220 a\r\n', answers: '250-a\r\n250 STARTTLS\r\n', afterwards: 'close' },
      },
    ]);
    const port = await put({ kind: 'middlebox', does: 'strip', upstream: { address: HOST, port: ports[0] ?? 0 } });
    expect(await dialogue(port, ['EHLO a'])).toEqual(['220 a', '250 a']);
    close();
  });

  it('an inspecting device masks greeting and keywords, and overwrites what it does not know, STARTTLS first', async () => {
    const lines = await dialogue(await forwarding('inspect'), ['EHLO a', 'STARTTLS', 'BDAT 12 LAST', 'NOOP 20', 'QUIT']);
    expect(lines).toEqual([
      '220 ************** *****',
      ...EHLO.map((line) => line.replace('STARTTLS', 'XXXXXXXA')),
      '500 5.5.1 Command unrecognized: "XXXXXXXX"',
      '500 5.5.1 Command unrecognized: "XXXXXXXXXXXX"',
      '250 2.0.0 Ok',
      QUIT,
    ]);
  });

  it('a sink says yes to everything and reaches nobody', async () => {
    const port = await put({ kind: 'middlebox', does: 'accept-all', name: 'filter' });
    const lines = await dialogue(port, ['EHLO a', 'STARTTLS', 'NONSENSE', 'RCPT TO:<a@example.net>', 'QUIT']);
    expect(lines).toEqual(['220 filter ESMTP', '250-filter', '250 8BITMIME', '250 OK', '250 OK', '250 OK', '221 filter closing']);
  });

  it.each(['starttls', 'implicit'] as const)(
    'a TLS interceptor shows its own certificate (%s), and passes what is said inside',
    async (tls) => {
      const port = await tlsBox(tls);
      const own = await askOpenssl({ address: HOST, port, tls, serverName: 'mx.example.org' }, runHere);
      expect(own).toMatchObject({
        kind: 'secure',
        session: { certificate: { issuer: expect.stringContaining('nobody trusts') } },
      });
      const told = [...(tls === 'starttls' ? ['EHLO a', 'STARTTLS'] : []), 'EHLO a', 'NONSENSE', 'QUIT'];
      const direct = await dialogue(tls === 'starttls' ? clear : implicit, told, tls);
      expect(await dialogue(port, told, tls)).toEqual(direct);
    },
  );

  it.each(['relay', 'strip', 'inspect'] as const)(
    'what is redirected to a device (%s) that finds nobody behind it is taken and closed',
    async (does) => {
      expect(await dialogue(await put({ kind: 'middlebox', does, upstream: null }), [])).toEqual([]);
      const nobody = { address: HOST, port: await put({ kind: 'middlebox', does, upstream: null }) };
      running.pop()?.close();
      expect(await dialogue(await put({ kind: 'middlebox', does, upstream: nobody }), [])).toEqual([]);
    },
  );
  it('a device whose clients hang up in the midst of it lets go of the server', async () => {
    const behaviour: Middlebox = { kind: 'middlebox', does: 'relay', upstream: { address: HOST, port: clear } };
    const device = await startServers('this machine', serveCommand, [{ address: HOST, port: 0, behaviour }]);
    for (let client = 0; client < 60; client++) {
      const hasty = connect({ host: HOST, port: device.ports[0] ?? 0 });
      await once(hasty, client % 2 === 0 ? 'connect' : 'data');
      // The server answers, and hangs up as well, while the client is gone.
      hasty.write('EHLO a\r\nQUIT\r\n', () => hasty.destroy());
      await once(hasty, 'close');
    }
    // Its process ends when nothing is open any more.
    await device.stop();
  });
});

/** Says the commands one after the other, each when the reply before it is whole; shakes hands after STARTTLS and 220. */
async function dialogue(port: number, commands: readonly string[], tls: TlsBox['tls'] = 'starttls'): Promise<string[]> {
  const raw = connect({ host: HOST, port });
  const lines: string[] = [];
  const waiting = [...commands];
  let last = '';
  const secure = (): void => {
    const stream = secureOver({ socket: raw, rejectUnauthorized: false });
    stream.on('error', () => raw.destroy());
    speak(stream);
    if (tls === 'starttls') stream.once('secureConnect', () => next(stream));
  };
  const next = (stream: Socket): void => {
    last = waiting.shift() ?? '';
    if (last !== '') stream.write(`${last}\r\n`);
  };
  const speak = (stream: Socket): void =>
    onLines(stream, (line) => {
      lines.push(line);
      if (/^\d{3}-/.test(line)) return;
      if (last !== 'STARTTLS' || !line.startsWith('220')) return next(stream);
      raw.removeAllListeners('data');
      return secure();
    });
  if (tls === 'implicit') secure();
  else speak(raw);
  await once(raw, 'close');
  return lines;
}
