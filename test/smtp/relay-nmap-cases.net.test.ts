/**
 * Servers over real sockets that other relay tests get wrong. The first six are those at which nmap 7.93's `smtp-open-relay` was seen to be wrong,
 * with what it said of each; then more of their kind.
 */
import { describe, expect, test } from 'vitest';
import { closed, type Policy, type Situation } from './fake-relay.ts';
import { judge } from './relay-listener.ts';

/** Takes strangers' mail as well as its own, and refuses what it should. */
const open: Policy = (situation) => {
  const answer = closed(situation);
  return /@relaytest\.org$/.test(situation.rcpt) && answer !== null ? '250 2.1.5 Ok' : answer;
};

const isRecipient = ({ verb }: Situation): boolean => verb === 'RCPT';

describe('six servers at which nmap is wrong', () => {
  test('“open relay (16/16 tests)”: one that says 250 to everything is no relay, but something that accepts all', async () => {
    const { outcome, reason, heard } = await judge(({ verb }) => (['EHLO', 'STARTTLS', 'QUIT'].includes(verb) ? null : '250 Ok'));
    expect(outcome).toBe('accept-all');
    expect(reason).toBe('It answers a command that does not exist with 250 Ok: what it accepts says nothing.');
    expect(heard).toEqual([['EHLO client.example.com', 'XPSTRN00c0ffee00', 'QUIT']]);
  });

  test('“isn’t an open relay, authentication needed”: a relay whose replies carry the queue id A15305F relays', async () => {
    const { outcome, reason, attempt } = await judge((situation) =>
      situation.verb === 'MAIL' ? '250 2.1.0 A15305F Ok' : (open(situation)?.replace('2.1.5 Ok', 'A15305F') ?? null),
    );
    expect(attempt('B02')).toMatchObject({ code: 250, text: 'A15305F', class: 'accepted' });
    expect(outcome).toBe('relay-accepted');
    expect(reason).toBe(
      'RCPT TO:<postern-00c0ffee00@relaytest.org> after MAIL FROM:<> was answered 250 A15305F (B01, null sender, as of bounces). It accepted B02 and B03 too. Delivery is not proven.',
    );
  });

  test('“doesn’t seem to be an open relay, all tests failed”: one that greylists is to be asked again', async () => {
    const { outcome, reason } = await judge((situation) =>
      isRecipient(situation) ? '451 4.7.1 Greylisted, please try again in 300 seconds' : null,
    );
    expect(outcome).toBe('deferred');
    expect(reason).toBe(
      'The plain shape (B02) is undecided: 451 4.7.1 Greylisted, please try again in 300 seconds. Ask again after 6 minutes at least.',
    );
  });

  test('“RSET: failed to receive data”: one that drops after three rejections is asked to the end', async () => {
    const { outcome, run } = await judge((situation) => (situation.rejections >= 3 ? 'close' : closed(situation)));
    expect(outcome).toBe('rejected');
    expect(run.failure).toBeNull();
    expect(run.attempts.filter(({ id, code }) => id.startsWith('B') && code === null).map(({ id }) => id)).toEqual(['B31']);
  });

  test('the same where it relays at the last shape only', async () => {
    const { outcome, reason } = await judge((situation) => {
      if (situation.rejections >= 3) return 'close';
      return situation.rcpt.endsWith('@relaytest.org@example.com') ? '250 2.1.5 Ok' : closed(situation);
    });
    expect(outcome).toBe('relay-accepted');
    expect(reason).toContain('(B25b, two at signs, the hosted domain)');
  });

  test('“authentication needed”: one that must be issued a STARTTLS command first is tested inside TLS, where it relays', async () => {
    const { outcome, run, attempt } = await judge((situation) =>
      situation.secure || ['EHLO', 'STARTTLS', 'QUIT'].includes(situation.verb)
        ? open(situation)
        : '530 5.7.0 Must issue a STARTTLS command first',
    );
    expect(outcome).toBe('relay-accepted');
    expect(attempt('B02')).toMatchObject({ secure: true, code: 250 });
    expect(run.transcript).toContain('-- TLSv1.3 TLS_AES_256_GCM_SHA384');
  });

  test('“5 of 16 variants with XXXXXXXA for a domain”: one behind a masking device relays, and what needs its name is not asked', async () => {
    const { outcome, run, heard } = await judge(
      (situation) => (situation.verb === 'EHLO' ? '250-XXXXXXXA\n250-SIZE 1000000\n250 XXXXXXXA' : open(situation)),
      { greeting: '220 ********************************' },
    );
    expect(outcome).toBe('relay-accepted');
    expect(run.serverName).toBeNull();
    expect(heard.flat().filter((line) => line.includes('XXXX'))).toEqual([]);
    expect(run.attempts.filter(({ reason }) => reason?.includes('no name of its own') ?? false).map(({ id }) => id)).toEqual([
      ...['C3b', 'B04', 'B20', 'B24'],
    ]);
  });
});

describe('others of their kind', () => {
  test('one that takes any local part of its own domain is no relay for it', async () => {
    const { outcome, reason } = await judge((situation) =>
      isRecipient(situation) && situation.rcpt.endsWith('@example.com') ? '250 2.1.5 Ok' : closed(situation),
    );
    expect(outcome).toBe('catch-all');
    expect(reason).toBe(
      'It takes B25a and B25b for mail for local mailboxes, of which it takes any. 9 of 11 shapes were refused, the plain one with 554 5.7.1 <postern-00c0ffee00@relaytest.org>: Relay access denied.',
    );
  });

  test('one that takes any local part, and strangers too, is a relay', async () => {
    const { outcome } = await judge((situation) =>
      isRecipient(situation) && situation.rcpt.endsWith('@example.com') ? '250 2.1.5 Ok' : open(situation),
    );
    expect(outcome).toBe('relay-accepted');
  });

  test('one that says 252 has said nothing', async () => {
    const { outcome, reason } = await judge((situation) =>
      isRecipient(situation) && situation.rcpt.endsWith('@relaytest.org') ? '252 2.0.0 Cannot VRFY user' : closed(situation),
    );
    expect(outcome).toBe('inconclusive');
    expect(reason).toContain('252 2.0.0 Cannot VRFY user. That neither takes the recipient nor refuses it.');
  });

  test('one that holds every rejection back is waited for', async () => {
    const { outcome, run } = await judge(closed, { tarpitMs: 40 });
    expect(outcome).toBe('rejected');
    expect(run.failure).toBeNull();
  });

  test('one that drops after a single rejection is asked one by one', async () => {
    const { outcome, run } = await judge((situation) => (situation.rejections >= 1 ? 'reset' : closed(situation)));
    expect(outcome).toBe('rejected');
    expect(run.failure).toBeNull();
  });

  test('one that denies relaying by 454 alone denies it', async () => {
    const { outcome, attempt } = await judge(
      (situation) => closed(situation)?.replace(/^554 5\.7\.1 .*/, '454 Relay access denied') ?? null,
    );
    expect(attempt('B02')).toMatchObject({ code: 454, class: 'deferred' });
    expect(outcome).toBe('rejected');
  });

  test('one that denies relaying by 454, and its own mail by 451, may only be busy', async () => {
    const { outcome } = await judge((situation) => {
      if (situation.rcpt === 'postmaster@example.com') return '451 4.3.0 Try again later';
      return closed(situation)?.replace(/^554 5\.7\.1 .*/, '454 4.7.1 Relay access denied') ?? null;
    });
    expect(outcome).toBe('deferred');
  });

  test('one that looks the domain up first has not said whether it relays', async () => {
    const { outcome, reason } = await judge((situation) =>
      isRecipient(situation) && situation.rcpt.endsWith('@relaytest.org')
        ? '550 5.1.2 Recipient address rejected: Domain not found'
        : closed(situation),
    );
    expect(outcome).toBe('inconclusive');
    expect(reason).toContain('name a probe domain of your own that resolves.');
  });

  test('one that drops the client by 421 for good has not been tested', async () => {
    const { outcome, reason } = await judge(({ connection, verb, ...situation }) =>
      connection > 1 && verb !== 'QUIT' ? '421 4.7.0 Too many connections' : closed({ verb, ...situation }),
    );
    expect(outcome).toBe('limited');
    expect(reason).toMatch(
      /^0 of 11 shapes were run\. Not run: 2 connections in a row came to nothing: The server answered 421 4\.7\.0/,
    );
  });
});
