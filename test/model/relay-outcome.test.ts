import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ATTEMPT_CLASSES, RELAY_OUTCOMES, type RelayAttempt } from '../../src/model/relay.ts';
import { formOf } from '../../src/model/relay-attempts.ts';
import { type RelayCircumstances, relayOutcome } from '../../src/model/relay-outcome.ts';
import { RELAY_SHAPES } from '../../src/smtp/relay-battery.ts';

const DENIED = '554 5.7.1 <u@relaytest.org>: Relay access denied';
const UNKNOWN = '550 5.1.1 <u@example.com>: User unknown';
const GREY = '451 4.7.1 Please try again later';

const CONTROLS = {
  C0: '502 5.5.2 Unknown command',
  C1: '250 2.1.5 Ok',
  C2: UNKNOWN,
  C3: DENIED,
  C3b: DENIED,
  C4: '501 5.1.3 Bad syntax',
};
const IDS = ['B01', 'B02', 'B03', 'B05', 'B10', 'B20', 'B24', 'B25a'];

/** Replies by id: `CODE [X.Y.Z] TEXT`, at the stage of the recipient; `mail: ` and `data: ` before it for another; null was skipped, '' not answered, `-` not run. */
type Replies = Readonly<Record<string, string | null>>;

function attempts(controls: Replies, shapes: Replies, others: string | null = DENIED): readonly RelayAttempt[] {
  const ids = [...new Set([...IDS, ...Object.keys(shapes)])];
  const all = { ...CONTROLS, ...controls, ...Object.fromEntries(ids.map((id) => [id, others])), ...shapes };
  return Object.entries(all).map(([id, reply]) => attemptOf(id, reply));
}

function attemptOf(id: string, reply: string | null): RelayAttempt {
  const [, stage = id === 'C0' ? 'verb' : 'rcpt', code = '', text = ''] =
    /^(?:(mail|data): )?(\d*) ?(.*)$/.exec(reply ?? '') ?? [];
  const answered = code !== '';
  return {
    id,
    about: RELAY_SHAPES.find((shape) => shape.id === id)?.about ?? 'unheard of',
    mailFrom: 'u@relaytest.org',
    rcptTo: stage === 'mail' ? null : id === 'C4' ? '@@' : id === 'C2' ? 'u@example.com' : 'u@relaytest.org',
    ehlo: null,
    stage: answered ? (stage as 'rcpt') : null,
    code: answered ? Number(code) : null,
    enhanced: /^[245]\.\d+\.\d+/.exec(text)?.[0] ?? null,
    text: answered ? text : null,
    class: reply === null ? 'skipped' : 'limited',
    secure: false,
    connection: reply === null || reply === '-' ? 0 : 1,
    reason: answered ? null : reply === null ? 'It was skipped.' : 'Not run: The server hung up.',
  };
}

describe('a test of a server', () => {
  test.each<[string, string, Replies, Replies, (string | null)?, RelayCircumstances?]>([
    // Accepted.
    ['relay-accepted', 'that takes the plain shape', {}, { B02: '250 2.1.5 Ok' }],
    ['relay-accepted', 'that takes the plain shape with digits in its text', {}, { B02: '250 A15305F 554 5.7.1' }],
    ['relay-accepted', 'that takes a sender of its own domain', {}, { B05: '250 2.1.5 Ok' }],
    ['relay-accepted', 'that takes a source route', {}, { B20: '250 2.1.5 Ok' }],
    ['relay-accepted', 'that takes a percent hack, and refuses unknown users', {}, { B10: '250 2.1.5 Ok' }],
    ['relay-accepted', 'that takes a stranger, and greylists its own', { C1: GREY, C2: GREY }, { B02: '250 2.1.5 Ok' }, GREY],
    ['relay-accepted', 'that takes a stranger, and any user of its own', { C2: '250 2.1.5 Ok' }, { B03: '250 2.1.5 Ok' }],
    ['relay-accepted', 'that takes a stranger and DATA', {}, { B02: 'data: 354 Go ahead' }],
    ['relay-accepted', 'that takes a stranger before the test was cut off', {}, { B02: '250 2.1.5 Ok' }, '-'],
    ['relay-confirmed', 'whose message arrived', {}, { B02: 'data: 250 2.0.0 Ok: queued' }, DENIED, { delivered: true }],
    [
      'relay-confirmed',
      'that takes everything, whose message arrived',
      { C4: '250 Ok' },
      { B02: '250 2.1.5 Ok' },
      DENIED,
      { delivered: true },
    ],
    ['rejected', 'that takes a stranger, and not the message', {}, { B02: 'data: 554 5.7.1 Relay access denied' }],
    // A sender that was refused, so that the recipient was never told.
    [
      'rejected',
      'that takes no odd senders',
      {},
      {
        B06: 'mail: 501 Bad sender',
        B07: 'mail: 501 Bad sender',
        B08: 'mail: 501 Bad sender',
        B16: '252 Hm',
        B24: '252 Hm',
        B10: '252 Hm',
        B25a: '252 Hm',
      },
    ],
    [
      'inconclusive',
      'that takes no senders at its address, in most of the shapes',
      {},
      Object.fromEntries(
        ['B10', 'B16', 'B20', 'B24', 'B25a'].map((id) => [id, 'mail: 501 <u@[192.0.2.1]>: domain literals not allowed']),
      ),
    ],
    // Accepted, and worth nothing.
    ['accept-all', 'that takes a command that does not exist', { C0: '250 Ok' }, { B02: '250 Ok' }],
    ['accept-all', 'that takes a recipient that is no address', { C4: '250 2.1.5 Ok' }, { B02: '250 2.1.5 Ok' }],
    [
      'accept-all',
      'that takes nonsense, with all else skipped',
      { C0: '250 Ok', C1: null, C2: null, C3: null, C4: null },
      {},
      null,
    ],
    [
      'catch-all',
      'that takes any user of its own, percent hacks among them',
      { C2: '250 2.1.5 Ok' },
      { B10: '250 2.1.5 Ok', B24: '250 2.1.5 Ok' },
    ],
    ['catch-all', 'that takes any user at its address', { C3: '250 2.1.5 Ok' }, { B10: '250 2.1.5 Ok', B16: '250 2.1.5 Ok' }],
    ['catch-all', 'that takes any user at its name', { C3b: '250 2.1.5 Ok' }, { B24: '250 2.1.5 Ok' }],
    ['catch-all', 'that takes any name under its domain', {}, { B27: '250 2.1.5 Ok' }],
    ['inconclusive', 'that takes a percent hack, and nobody knows what else', { C3: GREY }, { B10: '250 2.1.5 Ok' }],
    ['inconclusive', 'that takes a stranger, where no control was answered', { C0: '', C4: '' }, { B02: '250 2.1.5 Ok' }],
    // Refused.
    ['rejected', 'that denies relaying', {}, {}],
    ['rejected', 'that denies relaying for now', {}, {}, '454 4.7.1 <u@relaytest.org>: Relay access denied'],
    ['rejected', 'that denies relaying for now, without an enhanced code', {}, {}, '454 Relay access denied'],
    ['rejected', 'that denies relaying in words, where no hosted domain is known', { C1: null, C2: null }, {}],
    ['rejected', 'that denies relaying in words, and refuses this client everything', { C1: '554 5.7.1 Access denied' }, {}],
    ['rejected', 'that denies relaying in words, and greylists its own', { C1: GREY }, {}],
    ['rejected', 'that says 5.7.1 and no more, and takes its own', {}, {}, '550 5.7.1 Access denied'],
    ['rejected', 'that says nothing, and takes its own', {}, {}, '550 Invalid recipient'],
    ['rejected', 'that takes some forms for unknown users', {}, { B10: UNKNOWN, B20: DENIED, B24: UNKNOWN, B25a: UNKNOWN }],
    ['rejected', 'that takes some forms for malformed', {}, { B10: '501 5.1.3 Bad syntax', B24: '501 5.1.3 Bad syntax' }],
    ['rejected', 'that left one shape undecided', {}, { B24: '252 Cannot verify' }],
    ['rejected', 'that hung up on one shape', {}, { B24: '' }],
    ['rejected', 'that takes any user of its own', { C2: '250 2.1.5 Ok' }, {}],
    [
      'auth-required',
      'that wants AUTH from everybody',
      { C1: '530 5.7.0 Authentication required' },
      {},
      'mail: 530 5.7.0 Authentication required',
    ],
    [
      'rejected',
      'on a submission port that refuses the client wholesale',
      { C1: '554 5.7.1 Client host rejected: Access denied' },
      {},
      '554 5.7.1 Client host rejected: Access denied',
      { port: 587 },
    ],
    // Not known.
    [
      'inconclusive',
      'on port 25 that refuses the client wholesale',
      { C1: '554 5.7.1 Client host rejected: Access denied' },
      {},
      '554 5.7.1 Client host rejected: Access denied',
      { port: 25 },
    ],
    [
      'inconclusive',
      'that says 5.7.1 to all, its own among them',
      { C1: '550 5.7.1 Access denied' },
      {},
      '550 5.7.1 Access denied',
    ],
    ['inconclusive', 'that says 5.7.1, where no hosted domain is known', { C1: null, C2: null }, {}, '550 5.7.1 Access denied'],
    [
      'inconclusive',
      'that finds the client in a block list, and takes mail for its postmaster',
      {},
      {},
      '554 5.7.1 Service unavailable; Client host blocked using zen.example.net',
    ],
    ['inconclusive', 'that looks at the domain first', {}, {}, '550 5.1.2 Domain not found'],
    ['inconclusive', 'that says 252 to everything', {}, {}, '252 Cannot VRFY user, but will accept message'],
    [
      'inconclusive',
      'that refuses only the plain shape, and leaves the others open',
      {},
      { B02: DENIED },
      '252 Cannot VRFY user',
    ],
    ['inconclusive', 'whose plain shape was skipped', {}, { B02: null }],
    ['inconclusive', 'whose plain shape is malformed to it', {}, { B02: '501 5.5.4 Syntax error' }],
    ['inconclusive', 'that was never reached', { C0: '-', C1: '-', C2: '-', C3: '-', C3b: '-', C4: '-' }, {}, '-'],
    ['deferred', 'that greylists', { C1: GREY, C2: GREY }, {}, GREY],
    ['deferred', 'that greylists strangers only', {}, {}, GREY],
    ['deferred', 'that cannot look the client up', {}, {}, '450 4.7.1 Relaying temporarily denied. Cannot resolve PTR record'],
    [
      'deferred',
      'that denies relaying for now, and its own as well',
      { C1: '450 4.7.1 Relay access denied' },
      {},
      '450 4.7.1 Relay access denied',
    ],
    // Refused, but for one: what it would make of that is open.
    ['deferred', 'that denies relaying, and greylists senders of its own domain', {}, { B05: '450 4.2.0 Greylisted' }],
    ['deferred', 'that denies relaying, and puts a sender off', {}, { B05: 'mail: 451 4.7.1 Try again later' }],
    ['deferred', 'that denies relaying, and greylists a source route', {}, { B20: GREY }],
    ['deferred', 'that denies relaying, and greylists at DATA', {}, { B05: 'data: 451 4.7.1 Try again later' }],
    ['deferred', 'whose relay is busy', {}, {}, '451 4.3.2 mail relay is busy'],
    ['inconclusive', 'that denies relaying, and says 252 to one stranger', {}, { B05: '252 2.1.5 Will try' }],
    ['limited', 'that denies relaying, and hung up on one stranger', {}, { B05: '' }],
    ['limited', 'that denies relaying, and said 421 to one stranger', {}, { B03: '421 4.7.0 Later' }],
    ['rejected', 'that denies relaying, and greylists what looks like its own', {}, { B10: GREY, B24: GREY, B25a: GREY }],
    ['rejected', 'that denies relaying, for now where the sender is its own', {}, { B05: '454 4.7.1 Relay access denied' }],
    ['inconclusive', 'that takes a stranger, and not this message', {}, { B02: 'data: 554 5.7.1 Looks like spam' }],
    ['inconclusive', 'that denies relaying, and takes one stranger until DATA', {}, { B05: 'data: 554 5.7.1 Access denied' }],
    ['limited', 'that hung up for good', {}, { B01: DENIED, B02: DENIED }, '-'],
    ['limited', 'that hung up on the plain shape', {}, { B02: '' }],
    ['tls-required', 'that wants STARTTLS, and had none', { C0: '530 5.7.0 Must issue a STARTTLS command first' }, {}, null],
    [
      'tls-required',
      'that wants STARTTLS even inside TLS',
      { C1: '530 5.7.0 Must issue STARTTLS' },
      {},
      'mail: 530 5.7.0 Must issue STARTTLS',
    ],
  ])('is %s: %s', (outcome, _title, controls, shapes, others = DENIED, circumstances = {}) => {
    expect(relayOutcome(attempts(controls, shapes, others), circumstances)).toMatchObject({ outcome });
  });

  it('is not judged by a probe domain that nobody has, where the refusal says nothing', () => {
    const bare = attempts({}, {}, '550 Invalid recipient').map((one) => ({
      ...one,
      rcptTo: one.rcptTo?.replace('relaytest.org', 'postern.invalid') ?? null,
    }));
    expect(relayOutcome(bare)).toMatchObject({ outcome: 'inconclusive' });
  });

  it('is not judged by a probe domain that the server may host', () => {
    const under = (shapes: Replies) =>
      attempts({}, shapes).map((one) => ({ ...one, rcptTo: one.rcptTo?.replace('relaytest.org', 'relay.Example.com') ?? null }));
    expect(relayOutcome(under({ B02: '250 2.1.5 Ok', B27: '250 2.1.5 Ok' })).outcome).toBe('inconclusive');
    expect(relayOutcome(under({ B02: '250 2.1.5 Ok', B27: UNKNOWN })).outcome).toBe('relay-accepted');
  });
});

describe('the reason', () => {
  const reasonOf = (...told: Parameters<typeof attempts>): string => relayOutcome(attempts(...told)).reason;

  it('names the shape, the paths and the reply of what was accepted', () => {
    expect(reasonOf({}, { B02: '250 2.1.5 Ok', B05: '250 2.1.5 Ok' })).toBe(
      'RCPT TO:<u@relaytest.org> after MAIL FROM:<u@relaytest.org> was answered 250 2.1.5 Ok (B02, plain relay). It accepted B05 too. Delivery is not proven.',
    );
  });

  it('counts what was refused, and names what was not decided', () => {
    expect(reasonOf({}, { B10: '252 Cannot verify', B24: '' })).toBe(
      '6 of 8 shapes were refused, the plain one with 554 5.7.1 <u@relaytest.org>: Relay access denied. Nothing was decided by B10 (252) and B24 (no answer). Mail for its own domain was accepted.',
    );
  });

  it('counts what was run', () => {
    expect(reasonOf({}, { B01: DENIED, B02: DENIED }, '-')).toBe('2 of 8 shapes were run. Not run: The server hung up.');
  });

  it('says what would settle it', () => {
    expect(reasonOf({}, {}, GREY)).toContain('Ask again after 6 minutes at least.');
    expect(reasonOf({}, {}, '550 5.1.2 Domain not found')).toContain('name a probe domain of your own that resolves.');
    expect(reasonOf({ C1: '554 5.7.1 Access denied' }, {}, '554 5.7.1 Access denied')).toContain(
      'It did not accept mail for its own domain either (554 5.7.1 Access denied)',
    );
  });

  it('stays short, whatever the server says', () => {
    expect(reasonOf({}, { B02: `250 ${'x'.repeat(5_000)}` }).length).toBeLessThan(500);
  });
});

/** Any attempts at all, as a file may hold them. */
const reply = fc.constantFrom(
  ...[
    '250 2.1.5 Ok',
    DENIED,
    UNKNOWN,
    GREY,
    '252 Cannot verify',
    '530 5.7.0 Must issue STARTTLS',
    '530 5.7.0 AUTH',
    '501 5.1.3 Bad',
  ],
  ...[
    '550 5.7.1 no',
    '550 no',
    '454 4.7.1 Relay access denied',
    '421 4.7.0 bye',
    '550 5.1.2 no',
    '',
    '-',
    null,
    'mail: 550 5.7.1 no',
    'data: 354 go',
  ],
);
const forged = fc
  .dictionary(fc.constantFrom('C0', 'C1', 'C2', 'C3', 'C3b', 'C4', ...IDS, 'B27', 'B99'), reply)
  .map((replies) => Object.entries(replies).map(([id, text]) => attemptOf(id, text)));

describe('attempts from a file', () => {
  it('are judged by their replies, whatever class they claim', () => {
    fc.assert(
      fc.property(forged, fc.constantFrom(...ATTEMPT_CLASSES.filter((kind) => kind !== 'skipped')), (told, claimed) => {
        const honest = told.filter(({ class: kind }) => kind !== 'skipped');
        expect(relayOutcome(honest.map((one) => ({ ...one, class: claimed })))).toEqual(relayOutcome(honest));
      }),
    );
  });

  it('are never clean without the plain shape refused, nor with any stranger accepted', () => {
    fc.assert(
      fc.property(forged, fc.constantFrom(25, 587), (told, port) => {
        const { outcome, reason } = relayOutcome(told, { port });
        expect(RELAY_OUTCOMES).toContain(outcome);
        expect(reason).not.toBe('');
        if (outcome !== 'rejected' && outcome !== 'auth-required') return;
        const plain = told.find(({ id }) => id === 'B02');
        expect(plain?.code ?? 0).toBeGreaterThanOrEqual(400);
        expect(told.filter(({ id, code }) => id.startsWith('B') && (code === 250 || code === 354))).toEqual([]);
        expect(
          told
            .filter(({ code, connection, class: kind }) => code === null && connection === 0 && kind !== 'skipped')
            .filter(({ id }) => id.startsWith('B')),
        ).toEqual([]);
      }),
    );
  });

  it('are never a relay where nothing was accepted', () => {
    fc.assert(
      fc.property(forged, (told) => {
        const none = told.filter(({ id, code }) => code !== 250 && code !== 354 && !(id === 'C0' && code === 252));
        expect(['relay-accepted', 'relay-confirmed', 'accept-all', 'catch-all']).not.toContain(relayOutcome(none).outcome);
      }),
    );
  });
});

describe('the form of a shape', () => {
  it('is what its forward path looks like', () => {
    for (const { id, rcpt } of RELAY_SHAPES.filter((shape) => shape.id.startsWith('B') && shape.rcpt !== null)) {
      expect([id, formOf(id)]).toEqual([id, looksLike(rcpt ?? '')]);
    }
  });
});

function looksLike(template: string): string {
  if (/^@.*:/.test(template)) return 'routed';
  const domain =
    template
      .replace(/"[^"]*"/g, 'quoted')
      .split('@')
      .at(-1) ?? '';
  if (!template.replace(/"[^"]*"/g, '').includes('@')) return 'bare';
  if (domain === '{T}') return 'literal';
  if (domain === '{H}') return 'name';
  if (domain === '{D}') return 'hosted';
  return domain.endsWith('.{D}') ? 'below' : 'foreign';
}
