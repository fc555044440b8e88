/** A relay test against any server at all: a function from paths to replies, with limits, hang-ups, greylists and TLS of its own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relayOutcome } from '../../src/model/relay-outcome.ts';
import { RELAY_SHAPES } from '../../src/smtp/relay-battery.ts';
import { type RelayRun, type RelaySetup, testRelay } from '../../src/smtp/relay-test.ts';
import { type Account, type FakeOptions, fakeRelay, type Policy, setupOf } from './fake-relay.ts';

const REFUSALS = [
  ...['554 5.7.1 Relay access denied', '550 5.7.1 Access denied', '550 no', '550 5.1.1 User unknown', '501 5.1.3 Bad syntax'],
  ...[
    '530 5.7.0 Authentication required',
    '451 4.7.1 Try again later',
    '454 4.7.1 Relay access denied',
    '550 5.1.2 Domain not found',
  ],
] as const;
const ACCEPTANCES = ['250 2.1.5 Ok', '251 will forward', '250 A15305F'] as const;
const ODD = ['252 Cannot verify', '354 Go ahead', '421 4.7.0 Bye', 'close', 'reset', 'silence', 'nonsense', '250-half'] as const;

type Reply = ReturnType<Policy>;

interface Server {
  readonly rcpt: (mail: string, rcpt: string) => Reply;
  readonly mail: (mail: string) => Reply;
  /** Rejections after which the server ends the connection, and how. */
  readonly limit: { readonly after: number; readonly how: Reply } | null;
  readonly reset: Reply;
  readonly ehlo: Reply;
  readonly verb: Reply;
  readonly data: Reply;
  readonly message: Reply;
  /** Wants STARTTLS before MAIL. */
  readonly insists: boolean;
  readonly starttls: Reply;
  readonly options: FakeOptions;
}

const often = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(usual, ...others) });
const refusal = fc.constantFrom<Reply>(...REFUSALS);
const anything = fc.oneof(refusal, fc.constantFrom<Reply>(...ACCEPTANCES), fc.constantFrom<Reply>(...ODD));
const limit = fc.option(
  fc.record({
    after: fc.integer({ min: 1, max: 6 }),
    how: fc.constantFrom<Reply>('close', 'reset', '421 4.7.0 Too many errors'),
  }),
);

const server: fc.Arbitrary<Server> = fc.record({
  rcpt: fc.func(anything),
  mail: fc.func(often<Reply>('250 2.1.0 Ok', '550 5.7.1 no', '451 4.7.1 later', 'close')),
  limit,
  reset: often<Reply>('250 2.0.0 Ok', '502 no', 'close', '421 4.7.0 bye'),
  ehlo: often<Reply>(null, '502 no', '250 XXXXXXXA', 'close'),
  verb: often<Reply>('502 5.5.2 Unknown', '250 Ok', '421 4.7.0 bye', 'close'),
  data: often<Reply>('354 Go ahead', '554 5.7.1 no', '451 4.7.1 later', 'close'),
  message: often<Reply>('250 2.0.0 Ok: queued', '554 5.7.1 no', 'silence'),
  insists: often(false, true),
  starttls: often<Reply>('220 Ready', '454 4.7.0 no', 'close'),
  options: fc.record({
    greeting: often('220 mx.example.com ESMTP', '554 no', '220 ***************'),
    tls: often<'good' | 'broken'>('good', 'broken'),
    reachable: often<(connection: number) => boolean>(
      () => true,
      (connection) => connection % 3 !== 0,
      () => false,
    ),
  }),
});

/** One that mostly refuses, and takes mail for its own: of these some are clean. */
const guarded: fc.Arbitrary<Server> = fc
  .record({
    told: server,
    answers: fc.func(
      fc.oneof({ weight: 60, arbitrary: fc.constantFrom<Reply>(...REFUSALS.slice(0, 2)) }, { weight: 1, arbitrary: anything }),
    ),
  })
  .map(({ told, answers }) => ({
    ...told,
    rcpt: (mail, rcpt) => (rcpt === 'postmaster@example.com' ? '250 2.1.5 Ok' : answers(mail, rcpt)),
    verb: '502 5.5.2 Unknown',
    insists: false,
    mail: () => '250 2.1.0 Ok',
  }));

const setup = fc.record<Partial<RelaySetup>>({
  battery: fc.constantFrom('core' as const, 'all' as const),
  level: fc.constantFrom('envelope' as const, 'data-abort' as const, 'confirm' as const),
  exhaustive: fc.boolean(),
  owned: fc.boolean(),
  hostedDomain: often<string | null>('example.com', null),
});

function policyOf(told: Server): Policy {
  return ({ verb, mail, rcpt, secure, rejections }) => {
    if (verb === 'QUIT') return null;
    if (told.limit !== null && rejections >= told.limit.after) return told.limit.how;
    if (verb === 'EHLO') return told.ehlo;
    if (verb === 'STARTTLS') return told.starttls;
    if (told.insists && !secure) return '530 5.7.0 Must issue a STARTTLS command first';
    if (verb === 'MAIL') return told.mail(mail);
    if (verb === 'RCPT') return told.rcpt(mail, rcpt);
    if (verb === 'RSET') return told.reset;
    if (verb === 'DATA') return told.data;
    if (verb === '<MESSAGE>') return told.message;
    return verb.startsWith('XPSTRN') ? told.verb : null;
  };
}

async function ask(
  told: Server,
  more: Partial<RelaySetup>,
): Promise<Account & { readonly run: RelayRun; readonly outcome: string }> {
  const relay = fakeRelay(policyOf(told), told.options);
  const run = await testRelay(setupOf(relay, more));
  return { ...relay.account(), run, outcome: relayOutcome(run.attempts, { port: 25 }).outcome };
}

const RUNS = { numRuns: 150 };

describe('whatever a server does', () => {
  it('no connection bears more than three rejections, and there are never two at once', async () => {
    await fc.assert(
      fc.asyncProperty(server, setup, async (told, more) => {
        const { rejections, peak, run, connections } = await ask(told, more);
        expect(Math.max(0, ...rejections)).toBeLessThanOrEqual(3);
        expect(peak).toBeLessThanOrEqual(1);
        expect(run.connections).toBe(connections.length);
      }),
      RUNS,
    );
  });

  it('every shape appears once, in the order of the battery, and is asked twice at most, in clear text and inside TLS', async () => {
    await fc.assert(
      fc.asyncProperty(server, setup, async (told, more) => {
        const { run, connections } = await ask(told, more);
        const expected = RELAY_SHAPES.filter(({ core }) => core || more.battery === 'all').map(({ id }) => id);
        expect(run.attempts.map(({ id }) => id)).toEqual(expected);
        const recipients = connections.flat().filter((line) => line.startsWith('RCPT TO:<"'));
        for (const line of new Set(recipients)) expect(recipients.filter((one) => one === line).length).toBeLessThanOrEqual(3);
      }),
      RUNS,
    );
  });

  it('nothing is sent that the level does not allow', async () => {
    await fc.assert(
      fc.asyncProperty(server, setup, async (told, more) => {
        const { connections, messages } = await ask(told, more);
        const verbs = new Set(connections.flat().map((line) => line.split(/[ :]/)[0]));
        const allowed = ['EHLO', 'HELO', 'STARTTLS', 'XPSTRN00c0ffee00', 'MAIL', 'RCPT', 'RSET', 'QUIT', 'DATA', '<message>'];
        expect([...verbs].filter((verb) => !allowed.includes(verb ?? ''))).toEqual([]);
        expect(verbs.has('DATA') && more.level === 'envelope').toBe(false);
        expect(messages.length).toBeLessThanOrEqual(more.level === 'confirm' && more.owned === true ? 1 : 0);
        for (const commands of connections.filter((one) => one.includes('DATA'))) {
          expect(commands.slice(commands.indexOf('DATA') + 1).filter((line) => line !== 'QUIT' && line !== '<message>')).toEqual(
            [],
          );
        }
      }),
      RUNS,
    );
  });

  it('a failure is told where something was left unasked, and only there', async () => {
    await fc.assert(
      fc.asyncProperty(server, setup, async (told, more) => {
        const { run } = await ask(told, more);
        const unrun = run.attempts.some(({ class: kind, connection }) => kind === 'limited' && connection === 0);
        if (unrun) expect(run.failure).not.toBeNull();
        if (run.failure === null) expect(unrun).toBe(false);
      }),
      RUNS,
    );
  });

  it('the verdict is clean only where the plain shape was refused, and no stranger was accepted', async () => {
    let clean = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(server, guarded), setup, async (told, more) => {
        const { run, outcome } = await ask(told, more);
        clean += outcome === 'rejected' || outcome === 'auth-required' ? 1 : 0;
        if (outcome !== 'rejected' && outcome !== 'auth-required') return;
        expect(run.failure).toBeNull();
        expect(run.attempts.find(({ id }) => id === 'B02')?.code).toBeGreaterThanOrEqual(400);
        expect(run.attempts.filter(({ id, class: kind }) => id.startsWith('B') && kind === 'accepted')).toEqual([]);
      }),
      RUNS,
    );
    expect(clean).toBeGreaterThan(5);
  });
});

describe('a server that refuses every recipient', () => {
  it('is never said to have accepted one', async () => {
    const refusing = server.chain((told) => fc.func(refusal).map((rcpt) => ({ ...told, rcpt, verb: '502 5.5.2 Unknown' })));
    await fc.assert(
      fc.asyncProperty(refusing, setup, async (told, more) => {
        const { outcome, messages } = await ask(told, more);
        expect(['relay-confirmed', 'relay-accepted', 'accept-all', 'catch-all']).not.toContain(outcome);
        expect(messages).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe('a server that takes the plain shape, and refuses nonsense', () => {
  it('is always found, whatever else it refuses, and however soon it hangs up', async () => {
    const relaying = fc.record({ refuse: fc.func(refusal), limit, insists: fc.boolean() }).map(
      ({ refuse, limit: after, insists }): Server => ({
        rcpt: (mail, rcpt) => {
          if (rcpt === '@@') return '501 5.1.3 Bad recipient address syntax';
          return mail === rcpt && mail !== '' ? '250 2.1.5 Ok' : refuse(mail, rcpt);
        },
        mail: () => null,
        limit: after,
        reset: null,
        ehlo: null,
        verb: '502 5.5.2 Unknown',
        data: null,
        message: null,
        insists,
        starttls: '220 Ready',
        options: {},
      }),
    );
    await fc.assert(
      fc.asyncProperty(relaying, setup, async (told, more) => {
        const { outcome } = await ask(told, more);
        expect(outcome).toBe('relay-accepted');
      }),
      RUNS,
    );
  });
});
