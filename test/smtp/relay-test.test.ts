import { describe, expect, it, test } from 'vitest';
import type { RelayAttempt } from '../../src/model/relay.ts';
import { relayOutcome } from '../../src/model/relay-outcome.ts';
import { type RelayRun, type RelaySetup, testRelay } from '../../src/smtp/relay-test.ts';
import { at } from '../support/address.ts';
import { type Account, closed, type FakeOptions, fakeRelay, type Policy, type Situation, setupOf } from './fake-relay.ts';

interface Tested extends Account {
  readonly run: RelayRun;
  readonly outcome: string;
  readonly reason: string;
  /** Virtual time that it took. */
  readonly elapsedMs: number;
}

async function ask(policy: Policy, more: Partial<RelaySetup> = {}, options: FakeOptions = {}): Promise<Tested> {
  const server = fakeRelay(policy, options);
  const startedAt = server.clock.monotonic();
  const run = await testRelay(setupOf(server, more));
  const { outcome, reason } = relayOutcome(run.attempts, { port: more.port ?? 25 });
  return { ...server.account(), run, outcome, reason, elapsedMs: server.clock.monotonic() - startedAt };
}

function attempt({ run }: Tested, id: string): RelayAttempt {
  const found = run.attempts.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

function classes({ run }: Tested): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { class: kind } of run.attempts) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Takes strangers' mail as well. */
const open: Policy = (situation) => {
  const answer = closed(situation);
  return answer?.includes('Relay access denied') ? (/@relaytest\.org$/.test(situation.rcpt) ? '250 2.1.5 Ok' : answer) : answer;
};

/** As another policy, with the reply to one shape's RCPT or to one verb replaced. */
function but(policy: Policy, when: (situation: Situation) => boolean, answer: ReturnType<Policy>): Policy {
  return (situation) => (when(situation) ? answer : policy(situation));
}

const isPlain = ({ mail, rcpt }: Situation): boolean => rcpt !== '' && mail === rcpt;

describe('a server that relays for nobody', () => {
  it('is asked everything, three rejections a connection', async () => {
    const tested = await ask(closed);
    expect(tested).toMatchObject({ outcome: 'rejected', peak: 1, messages: [], brokenOff: 0 });
    expect(tested.run).toMatchObject({ connections: 15, serverName: 'mx.example.com', failure: null });
    expect(tested.rejections).toEqual([3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 1, 1, 1, 2]);
    expect(classes(tested)).toEqual({ accepted: 1, inconclusive: 1, rejected: 37, skipped: 3 });
  });

  it('hears a RSET between two transactions, and a QUIT at the end of each connection', async () => {
    const { connections } = await ask(closed, { battery: 'core' });
    expect(connections[0]).toEqual([
      'EHLO client.example.com',
      'XPSTRN00c0ffee00',
      'MAIL FROM:<postern-00c0ffee00@relaytest.org>',
      'RCPT TO:<postmaster@example.com>',
      'RSET',
      'MAIL FROM:<postern-00c0ffee00@relaytest.org>',
      'RCPT TO:<postern-00c0ffee00@example.com>',
      'RSET',
      'MAIL FROM:<postern-00c0ffee00@relaytest.org>',
      'RCPT TO:<postern-00c0ffee00@[198.51.100.7]>',
      'QUIT',
    ]);
    expect(connections.map((commands) => commands.at(-1))).toEqual(Array(6).fill('QUIT'));
  });

  it('hears no DATA, AUTH, VRFY or EXPN', async () => {
    const verbs = new Set((await ask(closed)).connections.flat().map((line) => line.split(/[ :]/)[0]));
    expect([...verbs].sort()).toEqual(['EHLO', 'MAIL', 'QUIT', 'RCPT', 'RSET', 'STARTTLS', 'XPSTRN00c0ffee00']);
  });

  it('has a pause between two connections', async () => {
    const slow = await ask(closed, { battery: 'core', pauseMs: 60_000 });
    const fast = await ask(closed, { battery: 'core', pauseMs: 1_000 });
    expect(slow.elapsedMs - fast.elapsedMs).toBe(59_000 * (slow.run.connections - 1));
  });

  it('is greeted with the names that two shapes are about', async () => {
    const { connections } = await ask(closed);
    expect(connections.slice(-3).map(([first]) => first)).toEqual([
      'EHLO mx.example.com',
      'EHLO [127.0.0.1]',
      'EHLO client.example.com',
    ]);
  });

  it('is asked over IPv6 in its own literals', async () => {
    const { connections } = await ask(closed, { address: at('2001:db8:f::25') });
    expect(connections.flat()).toContain('RCPT TO:<postern-00c0ffee00%relaytest.org@[IPv6:2001:db8:f::25]>');
  });

  it('has its progress told, up to the end', async () => {
    const told: string[] = [];
    await ask(closed, { battery: 'core', onProgress: (done, total) => told.push(`${done}/${total}`) });
    expect(told).toEqual(Array.from({ length: 17 }, (_, index) => `${index + 1}/17`));
  });
});

describe('a server that relays', () => {
  it('is left alone after three accepted shapes', async () => {
    const tested = await ask(open);
    expect(tested.outcome).toBe('relay-accepted');
    expect(tested.run.attempts.filter(({ class: kind }) => kind === 'accepted').map(({ id }) => id)).toEqual([
      'C1',
      'B01',
      'B02',
      'B03',
    ]);
    expect(attempt(tested, 'B04')).toMatchObject({
      class: 'skipped',
      connection: 0,
      reason: 'Not run: 3 shapes were accepted already.',
    });
    expect(tested.run.failure).toBeNull();
  });

  it('is asked everything where everything is wanted', async () => {
    const tested = await ask(open, { exhaustive: true });
    expect(classes(tested)).toMatchObject({ accepted: 18, skipped: 3 });
  });

  describe('for who has told it one of its own recipients first', () => {
    /** Haraka's relay plugin with dest_domains, which forgets with the transaction. */
    const lax = (): Policy => {
      let trusted = false;
      return (situation) => {
        const { verb, rcpt } = situation;
        if (verb !== 'RCPT') trusted = false;
        const answer = trusted ? '250 2.1.5 Ok' : closed(situation);
        if (rcpt === 'postmaster@example.com') trusted = true;
        return verb === 'RCPT' ? answer : closed(situation);
      };
    };

    it('is found by the shape with two recipients', async () => {
      const tested = await ask(lax());
      expect(tested.outcome).toBe('relay-accepted');
      expect(attempt(tested, 'B34')).toMatchObject({
        class: 'accepted',
        rcptTo: 'postern-00c0ffee00@relaytest.org',
        reason: 'RCPT TO:<postmaster@example.com> was accepted before it.',
      });
      expect(attempt(tested, 'B02')).toMatchObject({ class: 'rejected' });
    });

    it('is sent no message, which would go to that one too', async () => {
      const tested = await ask(lax(), { level: 'confirm' });
      expect(tested).toMatchObject({ outcome: 'relay-accepted', messages: [], brokenOff: 1 });
    });
  });

  it('that takes no mail of its own is not asked for a second recipient', async () => {
    const tested = await ask(but(closed, ({ rcpt }) => rcpt === 'postmaster@example.com', '554 5.7.1 Not you'));
    expect(attempt(tested, 'B34')).toMatchObject({
      class: 'skipped',
      code: null,
      reason: 'RCPT TO:<postmaster@example.com> before it was refused.',
    });
  });

  it('is asked eight shapes a connection, whatever it accepts', async () => {
    const { connections } = await ask(({ rcpt }) => (rcpt === '@@' ? '501 5.1.3 Bad syntax' : null), { exhaustive: true });
    const shapes = connections.map((lines) => lines.filter((line) => line.startsWith('RCPT')).length);
    expect(shapes).toEqual([7, 8, 8, 8, 4, 1, 1, 2]);
  });

  it('with an answer of digits is found all the same', async () => {
    const tested = await ask(but(but(open, isPlain, '250 A15305F'), ({ verb }) => verb === 'MAIL', '250 2.1.0 A15305F 530 Ok'));
    expect(attempt(tested, 'B02')).toMatchObject({ class: 'accepted', text: 'A15305F' });
    expect(tested.outcome).toBe('relay-accepted');
  });

  it('at no shape but one is found by that one', async () => {
    const tested = await ask(but(closed, ({ mail }) => mail === 'postern-00c0ffee00@localhost', '250 2.1.5 Ok'));
    expect(tested).toMatchObject({ outcome: 'relay-accepted' });
    expect(tested.reason).toContain('(B07, sender at localhost)');
  });
});

describe('a server that accepts nonsense', () => {
  it('as a command is asked nothing more, however much is wanted', async () => {
    const tested = await ask(({ verb }) => (['EHLO', 'QUIT'].includes(verb) ? null : '250 Ok'), { exhaustive: true });
    expect(tested.outcome).toBe('accept-all');
    expect(tested.connections).toEqual([['EHLO client.example.com', 'XPSTRN00c0ffee00', 'QUIT']]);
    expect(classes(tested)).toEqual({ accepted: 1, skipped: 41 });
  });

  it('as a recipient is asked nothing more', async () => {
    const tested = await ask(({ verb }) => (verb === 'RCPT' ? '250 Ok' : null));
    expect(tested.outcome).toBe('accept-all');
    expect(tested.connections.flat().at(-2)).toBe('RCPT TO:<@@>');
  });
});

describe('a server that turns clients away', () => {
  it('after two rejections is asked by one at a time, and tells everything', async () => {
    const tested = await ask((situation) => (situation.rejections >= 2 ? 'close' : closed(situation)), { battery: 'core' });
    expect(tested).toMatchObject({ outcome: 'rejected', peak: 1 });
    expect(tested.rejections).toEqual([2, ...Array(14).fill(1)]);
    expect(tested.run.failure).toBeNull();
  });

  it('after one rejection is asked one by one', async () => {
    const tested = await ask(
      (situation) => (situation.rejections >= 1 ? '421 4.7.0 Error: too many errors' : closed(situation)),
      {
        battery: 'core',
      },
    );
    expect(tested).toMatchObject({ outcome: 'rejected' });
    expect(tested.run.failure).toBeNull();
    expect(Math.max(...tested.rejections.slice(1))).toBe(1);
  });

  it('twice in a row is left alone, and the rest is not run', async () => {
    const tested = await ask(
      (situation) => (situation.connection > 1 ? 'reset' : situation.rejections >= 2 ? 'close' : closed(situation)),
      {
        battery: 'core',
      },
    );
    expect(tested).toMatchObject({ outcome: 'limited' });
    expect(tested.run).toMatchObject({
      connections: 2,
      failure: '2 connections in a row came to nothing: The reply to EHLO did not come: the connection failed (ECONNRESET).',
    });
    expect(tested.reason).toBe(`0 of 11 shapes were run. Not run: ${tested.run.failure}`);
    expect(attempt(tested, 'B02')).toMatchObject({ class: 'limited', code: null, connection: 0 });
  });

  it('at one shape is asked for it once more, after the others', async () => {
    const tested = await ask(
      but(closed, ({ rcpt }) => rcpt === '@@', 'reset'),
      { battery: 'core' },
    );
    expect(tested.outcome).toBe('rejected');
    expect(attempt(tested, 'C4')).toMatchObject({
      class: 'limited',
      rcptTo: '@@',
      connection: tested.run.connections,
      reason: 'The reply to RCPT did not come: the connection failed (ECONNRESET).',
    });
    expect(tested.connections.flat().filter((line) => line === 'RCPT TO:<@@>')).toHaveLength(2);
  });

  it('by 421 in place of an answer gives that answer later', async () => {
    let busy = true;
    const tested = await ask((situation) => {
      if (!busy || !isPlain(situation)) return closed(situation);
      busy = false;
      return '421 4.3.2 Try again';
    });
    expect(attempt(tested, 'B02')).toMatchObject({ class: 'rejected', code: 554 });
    expect(tested.outcome).toBe('rejected');
  });

  it('that says nothing any more is not waited for again and again', async () => {
    const tested = await ask(({ verb }) => (verb === 'MAIL' ? 'silence' : null));
    expect(tested.run.connections).toBe(2);
    expect(tested).toMatchObject({ outcome: 'limited' });
  });

  it('at the greeting is asked nothing', async () => {
    const tested = await ask(closed, {}, { greeting: '554 5.7.1 No SMTP service here' });
    expect(tested).toMatchObject({ outcome: 'inconclusive', connections: [['QUIT'], ['QUIT']] });
    expect(tested.run.failure).toBe('The server answered 554 5.7.1 No SMTP service here.');
  });

  it('by not being there is asked nothing', async () => {
    const tested = await ask(closed, {}, { reachable: () => false });
    expect(tested).toMatchObject({ outcome: 'inconclusive', connections: [] });
    expect(tested.run).toMatchObject({ connections: 0, serverName: null, failure: '198.51.100.7:25 refused the connection.' });
    expect(tested.run.attempts).toHaveLength(42);
  });

  it('by not being there once is asked all', async () => {
    const tested = await ask(closed, {}, { reachable: (connection) => connection !== 2 });
    expect(tested).toMatchObject({ outcome: 'rejected' });
    expect(tested.run.failure).toBeNull();
  });
});

describe('a server that refuses RSET', () => {
  it('loses that connection, not the test', async () => {
    const tested = await ask(
      but(closed, ({ verb }) => verb === 'RSET', '502 5.5.1 Not implemented'),
      { battery: 'core' },
    );
    expect(tested).toMatchObject({ outcome: 'rejected' });
    expect(tested.run.failure).toBeNull();
    expect(Math.max(...tested.rejections)).toBeLessThanOrEqual(4);
  });
});

describe('a server that takes no senders at addresses', () => {
  const strict = (then: Policy) =>
    but(then, ({ verb, mail }) => verb === 'MAIL' && mail.endsWith(']'), '501 domain literals not allowed');

  it('is asked about the forms of recipients all the same, with another sender', async () => {
    const tested = await ask(strict(but(closed, ({ rcpt }) => rcpt.includes('%relaytest.org@['), '250 2.1.5 Ok')));
    expect(tested.outcome).toBe('relay-accepted');
    expect(attempt(tested, 'B06')).toMatchObject({ stage: 'mail', code: 501, rcptTo: null });
    expect(attempt(tested, 'B10')).toMatchObject({ mailFrom: 'postern-00c0ffee00@relaytest.org', class: 'accepted' });
    expect(Math.max(...tested.rejections)).toBeLessThanOrEqual(4);
  });

  it('refuses that sender once for them all', async () => {
    const { connections } = await ask(strict(closed));
    expect(connections.flat().filter((line) => line === 'MAIL FROM:<postern-00c0ffee00@[198.51.100.7]>')).toHaveLength(2);
  });
});

describe('a server that wants STARTTLS first', () => {
  const insisting =
    (inside: Policy): Policy =>
    (situation) =>
      situation.secure || ['EHLO', 'STARTTLS', 'QUIT'].includes(situation.verb)
        ? inside(situation)
        : '530 5.7.0 Must issue a STARTTLS command first';

  it('is tested inside TLS, from the controls on', async () => {
    const tested = await ask(insisting(open));
    expect(tested.outcome).toBe('relay-accepted');
    expect(tested.connections[0]).toEqual(['EHLO client.example.com', 'XPSTRN00c0ffee00', 'QUIT']);
    expect(tested.connections[1]?.slice(0, 4)).toEqual([
      'EHLO client.example.com',
      'STARTTLS',
      'EHLO client.example.com',
      'XPSTRN00c0ffee00',
    ]);
    expect(tested.run.attempts.filter(({ code }) => code !== null).every(({ secure }) => secure)).toBe(true);
    expect(attempt(tested, 'B30a')).toMatchObject({ class: 'skipped', reason: 'The whole test is inside TLS.' });
  });

  it('for MAIL only is asked for the controls again, inside TLS', async () => {
    const tested = await ask((situation) =>
      situation.verb === 'MAIL' && !situation.secure ? '530 5.7.0 Must issue STARTTLS' : closed(situation),
    );
    expect(tested.outcome).toBe('rejected');
    expect(attempt(tested, 'C0')).toMatchObject({ secure: true, connection: 2 });
  });

  it('and refuses it, is not judged', async () => {
    const tested = await ask(insisting(but(closed, ({ verb }) => verb === 'STARTTLS', '454 4.7.0 TLS not available')));
    expect(tested.outcome).toBe('tls-required');
    expect(tested.run.failure).toBe(
      'The server wants STARTTLS first, and there is no TLS: STARTTLS was answered 454 4.7.0 TLS not available.',
    );
    expect(tested.reason).toContain('It wants STARTTLS first: 530 5.7.0 Must issue a STARTTLS command first.');
  });

  it('and cannot shake hands, is not judged', async () => {
    const tested = await ask(insisting(closed), {}, { tls: 'broken' });
    expect(tested).toMatchObject({ outcome: 'tls-required' });
    expect(tested.run.failure).toContain('The TLS handshake failed: no shared cipher.');
  });
});

describe('TLS', () => {
  it('is asked for only where two shapes are about it', async () => {
    const tested = await ask(but(closed, ({ secure, mail }) => secure && mail.endsWith('@example.com'), '250 2.1.5 Ok'));
    expect(tested.run.attempts.filter(({ secure }) => secure).map(({ id }) => id)).toEqual(['B30a', 'B30b']);
    expect(tested).toMatchObject({ outcome: 'relay-accepted' });
  });

  it('that is refused leaves those out, and nothing else', async () => {
    const tested = await ask(but(closed, ({ verb }) => verb === 'STARTTLS', '502 5.5.1 Not implemented'));
    expect(tested.outcome).toBe('rejected');
    expect(attempt(tested, 'B30b')).toMatchObject({
      class: 'skipped',
      reason: 'There is no TLS: STARTTLS was answered 502 5.5.1 Not implemented.',
    });
    expect(tested.run.failure).toBeNull();
  });

  it('from the first byte holds the whole test', async () => {
    const tested = await ask(closed, { mode: 'implicit', port: 465, battery: 'core' }, { implicit: true });
    expect(tested.outcome).toBe('rejected');
    expect(tested.connections.flat()).not.toContain('STARTTLS');
    expect(tested.run.attempts.filter(({ code }) => code !== null).every(({ secure }) => secure)).toBe(true);
    expect(attempt(tested, 'B09').code).toBe(554);
  });

  it('that cannot be had on its own port is no answer', async () => {
    const tested = await ask(closed, { mode: 'implicit', port: 465 }, { implicit: true, tls: 'broken' });
    expect(tested).toMatchObject({ outcome: 'inconclusive' });
    expect(tested.run.failure).toBe('The TLS handshake failed: no shared cipher.');
  });
});

describe('a server whose name is masked', () => {
  it('is asked no shape that needs it', async () => {
    const tested = await ask(
      but(closed, ({ verb }) => verb === 'EHLO', '250-XXXXXXXA\n250 SIZE'),
      {},
      { greeting: '220 ****************' },
    );
    expect(tested.run.serverName).toBeNull();
    expect(attempt(tested, 'B20')).toMatchObject({
      class: 'skipped',
      reason: 'The server tells no name of its own that can be used.',
    });
    expect(tested.outcome).toBe('rejected');
  });

  it('and that knows no EHLO is greeted with HELO', async () => {
    const tested = await ask(
      but(closed, ({ verb }) => verb === 'EHLO', '500 5.5.1 Unknown'),
      { battery: 'core' },
    );
    expect(tested.connections[0]?.slice(0, 2)).toEqual(['EHLO client.example.com', 'HELO client.example.com']);
    expect(tested.outcome).toBe('rejected');
    expect(tested.rejections).toEqual([3, 3, 3, 3, 3, 3]);
  });
});

describe('at the level of DATA', () => {
  it('an accepted shape is taken up to 354, and broken off without the end of a message', async () => {
    const tested = await ask(open, { level: 'data-abort' });
    expect(tested).toMatchObject({ outcome: 'relay-accepted', messages: [], brokenOff: 3 });
    const ended = tested.connections.filter((commands) => commands.includes('DATA'));
    expect(ended.map((commands) => commands.at(-1))).toEqual(['DATA', 'DATA', 'DATA']);
    expect(attempt(tested, 'B02')).toMatchObject({
      stage: 'data',
      code: 354,
      class: 'accepted',
      reason: 'RCPT was answered 250 2.1.5 Ok. The connection was broken off before a message.',
    });
  });

  it('a server that refuses there relays nothing', async () => {
    const tested = await ask(
      but(open, ({ verb }) => verb === 'DATA', '554 5.7.1 Relay access denied'),
      { level: 'data-abort' },
    );
    expect(tested).toMatchObject({ outcome: 'rejected', brokenOff: 0 });
    expect(attempt(tested, 'B02')).toMatchObject({ stage: 'data', code: 554, class: 'rejected' });
  });

  it('a server that hangs up there is not acquitted', async () => {
    const tested = await ask(
      but(open, ({ verb }) => verb === 'DATA', 'close'),
      { level: 'data-abort' },
    );
    expect(tested.outcome).toBe('relay-accepted');
    expect(attempt(tested, 'B01')).toMatchObject({
      stage: 'rcpt',
      class: 'accepted',
      reason: 'DATA was not answered: The reply to DATA did not come: the server closed the connection.',
    });
  });

  it('shapes that prove nothing are not taken that far', async () => {
    const tested = await ask((situation) => closed(situation)?.replace(/^550 .*/, '250 2.1.5 Ok') ?? null, {
      level: 'data-abort',
    });
    expect(attempt(tested, 'C2').class).toBe('accepted');
    expect(tested.connections.flat()).not.toContain('DATA');
  });
});

describe('at the level of a message', () => {
  it('one whole message goes to the sink, and that is the end', async () => {
    const tested = await ask(open, { level: 'confirm' });
    expect(tested.messages).toEqual([
      [
        'Date: Sat, 21 Nov 2026 00:00:03 +0000',
        'From: <postern-00c0ffee00@relaytest.org>',
        'To: <postern-00c0ffee00@relaytest.org>',
        'Message-ID: <postern-00c0ffee00@relaytest.org>',
        'Subject: Postern relay test',
        'Auto-Submitted: auto-generated',
        'X-Postern-Nonce: 00c0ffee00',
        '',
        'A relay test of a mail server, by the people in charge of it.',
        'No answer is needed.',
      ],
    ]);
    expect(attempt(tested, 'B01')).toMatchObject({
      stage: 'data',
      code: 250,
      class: 'accepted',
      reason: 'RCPT was answered 250 2.1.5 Ok. A message was sent.',
    });
    expect(attempt(tested, 'B02')).toMatchObject({ class: 'skipped', reason: 'Not run: the message was taken.' });
    expect(tested.connections.at(-1)?.at(-1)).toBe('QUIT');
    expect(relayOutcome(tested.run.attempts, { delivered: true }).reason).toBe(
      'The message that it was given (B01, null sender, as of bounces) arrived outside.',
    );
  });

  it('there is no second message, whatever becomes of the first', async () => {
    for (const answer of ['554 5.7.1 no', '250 2.0.0 Ok', 'close'] as const) {
      const tested = await ask(
        but(open, ({ verb }) => verb === '<MESSAGE>', answer),
        { level: 'confirm', exhaustive: true },
      );
      expect(tested.messages).toHaveLength(1);
    }
  });

  it('there is none to a domain that is not the user’s own', async () => {
    const tested = await ask(open, { level: 'confirm', owned: false });
    expect(tested).toMatchObject({ messages: [], brokenOff: 3 });
  });
});

describe('a test that is stopped', () => {
  it('by the user says QUIT, and how far it came', async () => {
    const controller = new AbortController();
    const tested = await ask(
      (situation) => {
        if (situation.rcpt === '@@') controller.abort();
        return closed(situation);
      },
      { signal: controller.signal },
    );
    expect(tested.connections.at(-1)?.slice(-2)).toEqual(['RCPT TO:<@@>', 'QUIT']);
    expect(tested.run.failure).toBe('The test was stopped.');
    expect(attempt(tested, 'B02')).toMatchObject({ class: 'limited', reason: 'Not run: the test was stopped.' });
    expect(tested).toMatchObject({ outcome: 'limited' });
  });

  it('before it began connects to nothing', async () => {
    const tested = await ask(closed, { signal: AbortSignal.abort() });
    expect(tested.connections).toEqual([]);
    expect(tested.run.failure).toBe('The test was stopped.');
  });

  test.each([1, 30_000, 95_000])('by its time of %i ms is over by then, and not clean', async (ms) => {
    const server = fakeRelay(({ verb }) => (verb === 'RCPT' ? 'silence' : null));
    const startedAt = server.clock.monotonic();
    const run = await testRelay(setupOf(server, { deadline: startedAt + ms }));
    expect(server.clock.monotonic() - startedAt).toBeLessThanOrEqual(ms);
    expect(run.failure).not.toBeNull();
    expect(['limited', 'inconclusive']).toContain(relayOutcome(run.attempts).outcome);
  });
});

describe('the transcript', () => {
  it('has every connection, and is bounded', async () => {
    const tested = await ask(closed);
    expect(tested.run.transcript.slice(0, 4)).toEqual([
      '-- connection 1',
      'S: 220 mx.example.com ESMTP',
      'C: EHLO client.example.com',
      'S: 250-mx.example.com',
    ]);
    expect(tested.run.transcript.filter((line) => line.startsWith('-- connection'))).toHaveLength(15);
    const long = await ask(but(closed, ({ verb }) => verb === 'RSET', `250-${'x\n250-'.repeat(150)}\n250 Ok`));
    expect(long.run.transcript.length).toBeLessThanOrEqual(1_001);
  });
});
