import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { request, systemSend, type Way } from '../../src/host/https.ts';
import { closedPort } from '../support/server.ts';

const WAY: Way = { send: systemSend, clock: systemClock };

interface Got {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function receiver(status: number, headers: Readonly<Record<string, string>> = {}) {
  const got: Got[] = [];
  const server = createServer((message, answer) => {
    let body = '';
    message.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    message.on('end', () => {
      got.push({ method: message.method, url: message.url, headers: message.headers, body });
      answer.writeHead(status, headers).end('whatever it says '.repeat(10_000));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

describe('a request to a webhook', () => {
  it('carries method, headers and body, and takes the status from the answer alone', async () => {
    const { url, got } = await receiver(201);
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'a1' };
    const answer = await request({ url: `${url}/hook?x=1`, method: 'POST', headers, body: '{"a":"ä"}' }, WAY);
    expect(answer).toEqual({ kind: 'status', status: 201 });
    expect(got).toMatchObject([{ method: 'POST', url: '/hook?x=1', headers, body: '{"a":"ä"}' }]);
  });

  it('follows no redirect: what is signed for one host is not carried to another', async () => {
    const elsewhere = await receiver(200);
    const { url } = await receiver(307, { location: elsewhere.url });
    expect(await request({ url, method: 'POST', headers: {}, body: 'x' }, WAY)).toEqual({
      kind: 'status',
      status: 307,
    });
    expect(elsewhere.got).toEqual([]);
  });

  it('that cannot be sent says so without the URL, which is a secret', async () => {
    const ask = (url: string) => request({ url, method: 'GET', headers: {}, body: null }, WAY);
    const answers = [await ask('http://user:PW@127.0.0.1:9/TOKEN'), await ask('TOKEN'), await ask('http://127.0.0.1:25/TOKEN')];
    expect(answers).toEqual([
      { kind: 'failed', words: 'it could not be sent' },
      { kind: 'failed', words: 'ERR_INVALID_URL' },
      { kind: 'failed', words: 'Node sends nothing to that port' },
    ]);
  });

  it('that nobody takes says why', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    expect(await request({ url, method: 'GET', headers: {}, body: null }, WAY)).toEqual({
      kind: 'failed',
      words: 'ECONNREFUSED',
    });
  });
});
