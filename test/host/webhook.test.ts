import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Request, Send } from '../../src/host/https.ts';
import { ping } from '../../src/host/ping.ts';
import { deliver, spool, type Webhook } from '../../src/host/webhook.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { memoryState } from '../support/memory-state.ts';

const HOOK: Webhook = { url: 'https://hooks.example.net/T0/secret', key: 'a key of enough characters' };
const EVENT = { id: 'a1', body: '{"schema":"postern.event/1"}' };
const DAY_MS = 86_400_000;

/** Answers one after the other, the last one for ever: a status, or an error. */
function receiver(...answers: readonly (number | Error | 'never')[]): { readonly send: Send; readonly got: Request[] } {
  const got: Request[] = [];
  const send: Send = (request, signal) => {
    const answer = answers[Math.min(got.push(request), answers.length) - 1];
    if (answer === 'never')
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    return typeof answer === 'number' ? Promise.resolve({ status: answer }) : Promise.reject(answer);
  };
  return { send, got };
}

function refused(): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) });
}

describe('a webhook', () => {
  it('gets the event once, signed over time and body, with a key against repetition', async () => {
    const [clock, files, { send, got }] = [fakeClock(), memoryState(), receiver(204)];
    spool(files, HOOK, EVENT, clock);
    spool(files, HOOK, EVENT, clock);
    expect(await clock.run(deliver(files, HOOK, { send, clock }))).toEqual({
      delivered: 1,
      waiting: 0,
      words: null,
      givenUp: [],
    });
    const seconds = Math.floor(clock.now() / 1000);
    const v1 = createHmac('sha256', HOOK.key ?? '')
      .update(`${seconds}.${EVENT.body}`)
      .digest('hex');
    expect(got).toEqual([
      {
        url: HOOK.url,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': 'a1',
          'postern-signature': `t=${seconds},v1=${v1}`,
        },
        body: EVENT.body,
      },
    ]);
    expect(files.list('outbox')).toEqual([]);
  });

  it('is unsigned without a key', async () => {
    const [clock, files, { send, got }] = [fakeClock(), memoryState(), receiver(200)];
    const hook = { ...HOOK, key: null };
    spool(files, hook, EVENT, clock);
    await clock.run(deliver(files, hook, { send, clock }));
    expect(got[0]?.headers).not.toHaveProperty('postern-signature');
  });

  it('is tried three times with pauses, then at the next run', async () => {
    const [clock, files, { send, got }] = [fakeClock(), memoryState(), receiver(500, refused(), 503, 200)];
    spool(files, HOOK, EVENT, clock);
    const before = clock.now();
    expect(await clock.run(deliver(files, HOOK, { send, clock }))).toEqual({
      delivered: 0,
      waiting: 1,
      words: 'it answered 503',
      givenUp: [],
    });
    expect([got.length, clock.now() - before]).toEqual([3, 5_000]);
    expect(await clock.run(deliver(files, HOOK, { send, clock }))).toMatchObject({ delivered: 1, waiting: 0 });
  });

  it('is not asked again in the same run where it does not want the event, nor for what waits behind it', async () => {
    const [clock, files, { send, got }] = [fakeClock(), memoryState(), receiver(401)];
    spool(files, HOOK, EVENT, clock);
    await clock.run(new Promise<void>((resolve) => void clock.after(1_000, resolve)));
    spool(files, HOOK, { ...EVENT, id: 'b2' }, clock);
    expect(await clock.run(deliver(files, HOOK, { send, clock }))).toMatchObject({ waiting: 2, words: 'it answered 401' });
    expect(got.map(({ headers }) => headers['idempotency-key'])).toEqual(['a1']);
  });

  it('does not follow a redirect: it counts as not taken', async () => {
    const [clock, files, { send }] = [fakeClock(), memoryState(), receiver(302)];
    spool(files, HOOK, EVENT, clock);
    expect(await clock.run(deliver(files, HOOK, { send, clock }))).toMatchObject({ waiting: 1, words: 'it answered 302' });
  });

  it('that never answers is left after 10 s a try', async () => {
    const [clock, files, { send }] = [fakeClock(), memoryState(), receiver('never')];
    spool(files, HOOK, EVENT, clock);
    const before = clock.now();
    expect(await clock.run(deliver(files, HOOK, { send, clock }))).toMatchObject({ waiting: 1, words: 'no answer in 10 s' });
    expect(clock.now() - before).toBe(35_000);
  });

  it('loses an event after 7 days, and says so without its URL', async () => {
    const [clock, files, { send }] = [fakeClock(), memoryState(), receiver(refused())];
    spool(files, HOOK, EVENT, clock);
    await clock.run(new Promise<void>((resolve) => void clock.after(7 * DAY_MS + 1, resolve)));
    const { givenUp, waiting } = await clock.run(deliver(files, HOOK, { send, clock }));
    expect([givenUp, waiting]).toEqual([
      [
        'The webhook at hooks.example.net did not take the event a1 of 2026-11-21T20:00:00.000Z in 7 days (ECONNREFUSED); it is given up.',
      ],
      0,
    ]);
    expect(files.list('outbox')).toEqual([]);
  });

  it('gets no event of another webhook', async () => {
    const [clock, files, { send, got }] = [fakeClock(), memoryState(), receiver(200)];
    spool(files, { ...HOOK, url: 'https://other.example.net/' }, EVENT, clock);
    expect(await clock.run(deliver(files, HOOK, { send, clock }))).toMatchObject({ delivered: 0, waiting: 0 });
    expect(got).toEqual([]);
  });

  it('takes no harm from a file that is no event', async () => {
    const [clock, files, { send }] = [fakeClock(), memoryState(), receiver(200)];
    files.create('outbox/0-x.json', Buffer.from('{"id":'));
    spool(files, HOOK, EVENT, clock);
    expect(await clock.run(deliver(files, HOOK, { send, clock }))).toEqual({
      delivered: 1,
      waiting: 0,
      words: null,
      givenUp: ['outbox/0-x.json holds no event; it was removed.'],
    });
  });
});

describe('a ping', () => {
  it.each([
    ['https://hc.example.net/1234', 'start', 'https://hc.example.net/1234/start'],
    ['https://hc.example.net/1234/', 3, 'https://hc.example.net/1234/3'],
    ['https://hc.example.net/1234?create=1', 0, 'https://hc.example.net/1234/0?create=1'],
  ] as const)('to %s with %s asks for %s', async (url, signal, asked) => {
    const [clock, { send, got }] = [fakeClock(), receiver(200)];
    expect(await clock.run(ping(url, signal, { send, clock }))).toBe(null);
    expect(got.map((one) => [one.method, one.url])).toEqual([['GET', asked]]);
  });

  it.each([
    [404, 'it answered 404'],
    [refused(), 'ECONNREFUSED'],
    ['never', 'no answer in 10 s'],
  ] as const)('that fails (%s) is a sentence', async (answer, words) => {
    const [clock, { send }] = [fakeClock(), receiver(answer)];
    expect(await clock.run(ping('https://hc.example.net/1234', 'start', { send, clock }))).toBe(
      `The ping to hc.example.net failed (${words}).`,
    );
  });
});
