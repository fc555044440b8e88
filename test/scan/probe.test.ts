import { describe, expect, test } from 'vitest';
import type { ProbeReport } from '../../src/model/evidence.ts';
import type { Dial, DialResult } from '../../src/model/outside.ts';
import { connectOnly, probe } from '../../src/scan/probe.ts';
import { DEFAULT_LIMITS, type ProbeContext, type ProbeTarget } from '../../src/scan/target.ts';
import { ScriptedConnection, type Step, SteppingClock } from '../smtp/scripted-connection.ts';
import { at } from '../support/address.ts';

const TARGET: ProbeTarget = {
  address: at('198.51.100.7'),
  port: 25,
  source: at('10.20.0.5'),
  serverName: 'mx.example.net',
  mode: 'clear',
  ehlo: 'client.example.com',
  mail: null,
  rcpt: null,
  verb: null,
  receipts: null,
  trust: { anchors: null, pins: [] },
};
const SMTP: readonly Step[] = [
  { server: '220 mx\r\n' },
  { client: 'EHLO client.example.com' },
  { server: '250 mx\r\n' },
  { client: 'STARTTLS' },
  { server: '502 no\r\n' },
  { client: 'QUIT' },
  { server: '221 bye\r\n' },
];
const SMTPS: readonly Step[] = [{ tls: 'secure' }, ...SMTP.slice(0, 3), ...SMTP.slice(5)];
const NO_TLS: Step = { tls: { code: 'ERR_SSL_WRONG_VERSION_NUMBER', syscall: null } };

type Answer = readonly Step[] | 'silence' | 'refused' | 'aborted';

/** One answer for each connection, in order; how long each was allowed to wait. */
function network(answers: readonly Answer[]): {
  readonly context: ProbeContext;
  readonly timeouts: number[];
  readonly left: Answer[];
} {
  const clock = new SteppingClock();
  const timeouts: number[] = [];
  const left = [...answers];
  const dial: Dial = async (_target, timeoutMs) => {
    timeouts.push(timeoutMs);
    const answer = left.shift();
    if (answer === undefined) throw new TypeError('one connection too many');
    return resultOf(answer, clock, timeoutMs);
  };
  const context = { dial, clock, signal: new AbortController().signal, limits: DEFAULT_LIMITS, retries: 0 };
  return { context, timeouts, left };
}

function resultOf(answer: Answer, clock: SteppingClock, timeoutMs: number): DialResult {
  clock.time += answer === 'silence' ? timeoutMs : 20;
  if (answer === 'silence') return { kind: 'timeout', elapsedMs: timeoutMs };
  if (answer === 'aborted') return { kind: 'aborted', elapsedMs: 20 };
  if (answer === 'refused') return { kind: 'failed', code: 'ECONNREFUSED', syscall: 'connect', immediate: false, elapsedMs: 20 };
  return { kind: 'connected', connection: new ScriptedConnection(answer, clock), elapsedMs: 20 };
}

async function seen(answers: readonly Answer[], target: Partial<ProbeTarget> = {}, retries = 0): Promise<ProbeReport> {
  const { context, left } = network(answers);
  const report = await probe({ ...TARGET, ...target }, { ...context, retries });
  expect(left).toEqual([]);
  return report;
}

describe('silence', () => {
  test('is not tried again unless asked for', async () => {
    expect(await seen(['silence'])).toMatchObject({ outcome: 'dropped', elapsedMs: 8_000, connectMs: null, dialogue: null });
  });

  test('is tried again as often as asked for, and what answers then counts', async () => {
    expect(await seen(['silence', 'silence', SMTP], {}, 2)).toMatchObject({ outcome: 'open-smtp', connectMs: 20 });
  });

  test('in every attempt is dropped; the reason counts them', async () => {
    const report = await seen(['silence', 'silence'], {}, 1);
    expect(report).toMatchObject({ outcome: 'dropped', error: null, elapsedMs: 16_000 });
    expect(report.reason).toBe('198.51.100.7:25 did not answer within 8000 ms in the last of 2 attempts.');
  });

  test('is tried again only while the target has time left', async () => {
    const { context, timeouts } = network(['silence', 'silence']);
    const limits = { ...DEFAULT_LIMITS, targetMs: 10_000 };
    await probe(TARGET, { ...context, limits, retries: 9 });
    expect(timeouts).toEqual([8_000, 2_000]);
  });

  test('of a control is tried again just so', async () => {
    const { context } = network(['silence', SMTP]);
    expect(await connectOnly(TARGET, { ...context, retries: 1 })).toMatchObject({ outcome: 'open-silent', connectMs: 20 });
  });
});

test('a refusal is an answer: it is not tried again', async () => {
  expect(await seen(['refused'], {}, 5)).toMatchObject({
    outcome: 'refused',
    error: { code: 'ECONNREFUSED', syscall: 'connect' },
  });
});

describe('the other mode', () => {
  test('is tried where a clear-text port stays silent', async () => {
    const report = await seen([[{ silence: true }], SMTPS]);
    expect(report).toMatchObject({
      outcome: 'open-smtp',
      detail: 'tls-on-plaintext',
      dialogue: { mode: 'implicit' },
      connectMs: 20,
    });
    expect(report.reason).toContain('It speaks TLS from the first byte; clear text was expected.');
  });

  test('is tried where a clear-text port closes without a word', async () => {
    expect(await seen([[{ end: true }], SMTPS])).toMatchObject({ outcome: 'open-smtp', detail: 'tls-on-plaintext' });
  });

  test('that brings nothing leaves what the first connection saw', async () => {
    const report = await seen([[{ silence: true }], [{ tls: 'timeout' }]]);
    expect(report).toMatchObject({ outcome: 'open-silent', detail: null, dialogue: { mode: 'clear' } });
    expect(report.reason).toContain('A TLS ClientHello brought no more.');
  });

  test('that is refused leaves what the first connection saw', async () => {
    expect(await seen([[{ silence: true }], 'refused'])).toMatchObject({ outcome: 'open-silent', error: null });
  });

  test('tells that something else than SMTP listens', async () => {
    expect(await seen([[{ silence: true }], [NO_TLS]])).toMatchObject({ outcome: 'open-other', detail: 'not-smtp' });
  });

  test('tells TLS by its alert', async () => {
    const alert: Step = { tls: { code: 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', syscall: null } };
    expect(await seen([[{ silence: true }], [alert]])).toMatchObject({ outcome: 'open-other', detail: 'tls-on-plaintext' });
  });

  test('is tried where a TLS port answers in clear text', async () => {
    const report = await seen([[NO_TLS], SMTP], { mode: 'implicit' });
    expect(report).toMatchObject({ outcome: 'open-smtp', detail: 'plaintext-on-tls', dialogue: { mode: 'clear' } });
  });

  test('keeps that a TLS port spoke clear text where the second connection is silent', async () => {
    expect(await seen([[NO_TLS], [{ silence: true }]], { mode: 'implicit' })).toMatchObject({
      outcome: 'open-other',
      detail: 'plaintext-on-tls',
    });
  });

  test.each<[string, readonly Step[], ProbeTarget['mode']]>([
    ['a tarpit', [{ server: '2' }, { silence: true }], 'clear'],
    ['a reset', [{ reset: true }], 'clear'],
    ['garbage', [{ server: 'SSH-2.0-x\r\n' }], 'clear'],
    ['a refusal', [{ server: '554 no\r\n' }, { client: 'QUIT' }, { end: true }], 'clear'],
    ['a cut at EHLO', [{ server: '220 mx\r\n' }, { client: 'EHLO client.example.com' }, { end: true }], 'clear'],
    ['a silent TLS port', [{ tls: 'timeout' }], 'implicit'],
  ])('is not tried after %s', async (_title, script, mode) => {
    await seen([script], { mode });
  });

  test('is not tried once the time of the target is up', async () => {
    const { context, left } = network([[{ silence: true }], SMTPS]);
    const report = await probe(TARGET, { ...context, limits: { ...DEFAULT_LIMITS, targetMs: 20_000 } });
    expect(report).toMatchObject({ outcome: 'open-silent', elapsedMs: 20_000 });
    expect(left).toHaveLength(1);
  });
});

test('a stopped run is aborted, in whichever connection', async () => {
  expect(await seen(['aborted'])).toMatchObject({ outcome: 'aborted', dialogue: null });
  expect(await seen([[{ abort: true }]])).toMatchObject({ outcome: 'aborted' });
  expect(await seen([[{ silence: true }], 'aborted'])).toMatchObject({ outcome: 'aborted' });
  expect(await seen([[{ silence: true }], [{ tls: 'secure' }, { abort: true }]])).toMatchObject({ outcome: 'aborted' });
});

describe('an unknown verb', () => {
  const verb = 'XPSTRN0A1B2C3D';
  const said: readonly Step[] = [...SMTP.slice(0, 3), { client: verb }];
  const silent: readonly Step[] = [...said, { silence: true }];

  test('that is answered takes one connection', async () => {
    const answered: readonly Step[] = [...said, { server: `500 unknown: "${verb}"\r\n` }, ...SMTP.slice(3)];
    const { dialogue, reason } = await seen([answered], { verb });
    expect(dialogue).toMatchObject({ echo: { verb, reply: { code: 500 } }, starttls: { reply: { code: 502 } } });
    expect(reason).toBe('198.51.100.7:25 answered as an SMTP server, in clear text.');
  });

  test.each([
    ['reset', [...said, { reset: true }], 'The reply to an unknown verb did not come: the connection failed (ECONNRESET).'],
    ['silence', silent, 'The reply to an unknown verb did not come within 10000 ms.'],
    ['a 421', [...said, { server: '421 enough\r\n' }, { client: 'QUIT' }, { end: true }], 'The server answered 421 enough.'],
  ] satisfies [string, Step[] | readonly Step[], string][])(
    'that is followed by %s costs a second connection, where the rest is asked',
    async (_what, first, why) => {
      const report = await seen([first, SMTP], { verb });
      expect(report).toMatchObject({
        outcome: 'open-smtp',
        detail: null,
        dialogue: { failure: null, starttls: { reply: { code: 502 } } },
      });
      expect(report.dialogue?.echo?.verb).toBe(verb);
      expect(report.reason).toBe(
        `198.51.100.7:25 answered as an SMTP server, in clear text. An unknown command had ended a first connection: ${why}`,
      );
    },
  );

  test.each([
    ['refused', 'refused'],
    ['cut off as well', [...SMTP.slice(0, 1), { client: 'EHLO client.example.com' }, { reset: true }]],
  ] satisfies [string, Answer][])('leaves what the first connection saw where the second is %s', async (_what, second) => {
    const report = await seen([silent, second], { verb });
    expect(report).toMatchObject({
      outcome: 'open-smtp',
      detail: 'silent:verb',
      dialogue: { failure: { stage: 'verb' }, starttls: null },
    });
  });

  test('is not followed by a second connection when the run is stopped, or its time is over', async () => {
    expect(await seen([[...said, { abort: true }]], { verb })).toMatchObject({ outcome: 'aborted' });
    expect(await seen([silent, 'aborted'], { verb })).toMatchObject({ outcome: 'aborted' });
    const { context, left } = network([silent]);
    const limits = { ...DEFAULT_LIMITS, targetMs: 5_000 };
    expect(await probe({ ...TARGET, verb }, { ...context, limits })).toMatchObject({ detail: 'silent:verb' });
    expect(left).toEqual([]);
  });
});
