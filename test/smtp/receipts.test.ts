import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dialogue } from '../../src/model/dialogue.ts';
import { converse } from '../../src/smtp/dialogue.ts';
import { receiptIn } from '../../src/smtp/receipts.ts';
import { agreement, countingRequests, EXPORTER, FakeSentinel, type FakeSentinelOptions } from './fake-sentinel.ts';
import { SteppingClock, setupOf } from './scripted-connection.ts';

const GO = '220 2.0.0 Ready to start TLS\r\n';
const NO = '454 4.7.0 TLS not available\r\n';
const PLAIN: FakeSentinelOptions = { mode: 'clear', starttls: GO, sizes: [65_536] };

async function talk(options: FakeSentinelOptions, verb?: string): Promise<{ dialogue: Dialogue; commands: readonly string[] }> {
  const clock = new SteppingClock();
  const connection = new FakeSentinel(options);
  const entry = { title: '', script: [], dialogue: {}, outcome: '', detail: null, mode: options.mode };
  const setup = setupOf(verb === undefined ? entry : { ...entry, verb }, connection, clock);
  const { dialogue } = await converse({ ...setup, receipts: countingRequests() });
  return { dialogue, commands: connection.commands };
}

function seen({ receipts }: Dialogue): string[] {
  return receipts.map((exchange) => `${exchange.when}: ${agreement(exchange)}`);
}

describe('the order of commands', () => {
  const hello = 'EHLO client.example.com';

  test('with STARTTLS: a receipt in clear text, and one inside TLS', async () => {
    const { dialogue, commands } = await talk(PLAIN);
    expect(commands).toEqual([hello, 'NOOP', 'STARTTLS', hello, 'NOOP', 'QUIT']);
    expect(seen(dialogue)).toEqual(['clear: fresh up down bound', 'tls: fresh up down bound']);
    expect(dialogue.receipts.map(({ exporter }) => exporter)).toEqual([null, EXPORTER]);
    expect(dialogue.receipts.map(({ local }) => local)).toEqual(Array(2).fill({ address: '10.20.0.5', port: 40_000 }));
  });

  test('where STARTTLS is refused: a second receipt in clear text', async () => {
    const { dialogue, commands } = await talk({ ...PLAIN, starttls: NO });
    expect(commands).toEqual([hello, 'NOOP', 'STARTTLS', 'NOOP', 'QUIT']);
    expect(seen(dialogue)).toEqual(['clear: fresh up down bound', 'refused-tls: fresh up down bound']);
  });

  test('with TLS from the first byte: one receipt', async () => {
    const { dialogue, commands } = await talk({ ...PLAIN, mode: 'implicit' });
    expect(commands).toEqual([hello, 'NOOP', 'QUIT']);
    expect(seen(dialogue)).toEqual(['tls: fresh up down bound']);
  });

  test('no unknown verb beside receipts', async () => {
    const { dialogue, commands } = await talk(PLAIN, 'XPSTRN0A1B2C3D');
    expect(commands).not.toContain('XPSTRN0A1B2C3D');
    expect(dialogue.echo).toBeNull();
  });
});

test('a receipt is one line of the transcript', async () => {
  const { dialogue } = await talk(PLAIN);
  const length = dialogue.receipts[0]?.receipt?.length ?? 0;
  expect(length).toBeGreaterThan(400);
  expect(dialogue.transcript.filter((line) => line.includes('receipt'))[0]).toBe(
    `S: 250 2.0.0 OK (receipt of ${length} characters)`,
  );
  expect(Math.max(...dialogue.transcript.map((line) => line.length))).toBeLessThan(100);
});

describe('what a reply carries', () => {
  const reply = (code: number, ...lines: string[]) => ({ code, enhanced: null, lines });

  test.each([
    ['a receipt in several lines', reply(250, '2.0.0 OK', 'postern-receipt/1.ab', 'cd.ef'), 'postern-receipt/1.abcd.ef'],
    ['whatever the first line says', reply(250, 'postern-receipt/1.zz', 'postern-receipt/1.ab.cd'), 'postern-receipt/1.ab.cd'],
    ['an ordinary OK', reply(250, '2.0.0 OK'), null],
    ['a receipt in the first line', reply(250, 'postern-receipt/1.ab.cd'), null],
    ['another code', reply(252, '2.0.0 OK', 'postern-receipt/1.ab.cd'), null],
    ['a receipt behind another line', reply(250, '2.0.0 OK', 'x', 'postern-receipt/1.ab.cd'), null],
  ])('%s', (_what, given, expected) => {
    expect(receiptIn(given)).toBe(expected);
  });
});

describe('a dialogue goes on, or ends, by the reply to the request', () => {
  async function noop(answer: string): Promise<{ dialogue: Dialogue; commands: readonly string[] }> {
    return talk({ ...PLAIN, tamper: { down: (text) => (text.startsWith('250-2.0.0 OK') ? answer : text) } });
  }

  test('a refusal is no receipt, and no end', async () => {
    const { dialogue, commands } = await noop('502 5.5.1 not implemented\r\n');
    expect(seen(dialogue)).toEqual(['clear: no receipt', 'tls: no receipt']);
    expect(commands.at(-1)).toBe('QUIT');
    expect(dialogue.failure).toBeNull();
  });

  test('421 is the end', async () => {
    const { dialogue, commands } = await noop('421 4.3.2 closing\r\n');
    expect(seen(dialogue)).toEqual(['clear: no receipt']);
    expect(commands).toEqual(['EHLO client.example.com', 'NOOP', 'QUIT']);
    expect(dialogue.failure).toMatchObject({ stage: 'receipt', kind: 'refused' });
  });

  test('silence is the end, and the request is on record', async () => {
    const { dialogue, commands } = await noop('');
    expect(seen(dialogue)).toEqual(['clear: no receipt']);
    expect(commands).toEqual(['EHLO client.example.com', 'NOOP']);
    expect(dialogue.failure).toMatchObject({
      stage: 'receipt',
      kind: 'timeout',
      message: 'The receipt did not come within 10000 ms.',
    });
  });
});

describe('what this end counts', () => {
  const path = fc.record({
    mode: fc.constantFrom('clear' as const, 'implicit' as const),
    starttls: fc.constantFrom(GO, NO, '220-one\r\n220 two\r\n'),
    sizes: fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 12 }),
  });

  test('is what the sentinel counts, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(path, async (options) => {
        const { dialogue } = await talk(options);
        const second = options.starttls === NO ? 'refused-tls' : 'tls';
        const whens = options.mode === 'implicit' ? ['tls'] : ['clear', second];
        expect(seen(dialogue)).toEqual(whens.map((when) => `${when}: fresh up down bound`));
      }),
    );
  });

  test.each([1, 2, 3, 7, 64, 1_000])('is so in pieces of %i bytes', async (size) => {
    expect(seen((await talk({ ...PLAIN, sizes: [size] })).dialogue)).toEqual([
      'clear: fresh up down bound',
      'tls: fresh up down bound',
    ]);
  });

  test('has in it what nobody asked for, if it came before the request, also half a line', async () => {
    for (const bytes of ['250 twice\r\n', '250-half', '\0\xff']) {
      const { dialogue } = await talk({ ...PLAIN, unasked: { verb: 'EHLO', bytes } });
      expect(seen(dialogue)).toEqual(['clear: fresh up down bound', 'tls: fresh up down bound']);
      expect(dialogue.transcript.some((line) => line.startsWith('-- unasked bytes are passed over'))).toBe(true);
    }
  });

  test.each([1, GO.length, 65_536])('has in it what stood behind the reply to STARTTLS, in pieces of %i bytes', async (size) => {
    const unasked = { verb: 'STARTTLS', bytes: '250 injected\r\n' };
    const { dialogue } = await talk({ ...PLAIN, sizes: [size], unasked });
    expect(dialogue.injected).toBe('250 injected\\r\\n');
    expect(seen(dialogue)).toEqual(['clear: fresh up down bound', 'tls: fresh up down bound']);
  });

  test('never agrees with another account than that of the same bytes: unasked ones that come late spoil the receipt', async () => {
    const whole = fc.constantFrom('250 twice\r\n', '250-more\r\n', '500 no\r\n', 'x\r\n');
    await fc.assert(
      fc.asyncProperty(path, whole, async (options, bytes) => {
        const { dialogue } = await talk({ ...options, mode: 'clear', unasked: { verb: 'EHLO', bytes } });
        for (const row of seen(dialogue)) expect(row).toMatch(/: (?:fresh up down bound|no receipt)$/);
      }),
    );
  });

  test('differs downstream where the way takes STARTTLS out of the reply to EHLO', async () => {
    const down = (text: string): string => text.replace('250-PIPELINING\r\n250 STARTTLS', '250 PIPELINING');
    const { dialogue } = await talk({ ...PLAIN, tamper: { down } });
    expect(seen(dialogue)).toEqual(['clear: fresh up DOWN bound', 'tls: fresh up DOWN bound']);
  });

  test('differs upstream, from then on, where the way rewrites a command', async () => {
    const up = (text: string): string => text.replace('STARTTLS', 'XXXXXXXX');
    const { dialogue } = await talk({ ...PLAIN, starttls: NO, tamper: { up } });
    expect(seen(dialogue)).toEqual(['clear: fresh up down bound', 'refused-tls: fresh UP down bound']);
  });

  test('differs where one byte was put in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: 27 }), async (index) => {
        let greeted = false;
        const down = (text: string): string => {
          if (greeted) return text;
          greeted = true;
          return `${text.slice(0, index)}*${text.slice(index)}`;
        };
        const { dialogue } = await talk({ ...PLAIN, tamper: { down } });
        expect(seen(dialogue)).toEqual(['clear: fresh up DOWN bound', 'tls: fresh up DOWN bound']);
      }),
    );
  });
});
