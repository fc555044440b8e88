import { describe, expect, it } from 'vitest';
import { newNonce, receiptArgument } from '../../src/receipt/request.ts';
import { Sink } from '../../src/sentinel/sink.ts';
import { at } from '../support/address.ts';
import { CLIENT, KEY, NOW, receiptIn, type Talking, talk } from './talk.ts';

const DOMAIN = 'sink.example.com';
const NONCE = '00112233445566778899aabbccddeeff';
const BEGIN = `EHLO relay.example.com\r\nMAIL FROM:<a@example.com>\r\n`;
const RCPT = `RCPT TO:<postern-${NONCE}@${DOMAIN}>\r\n`;

function ask(nonce: string): string {
  return `NOOP ${receiptArgument(KEY.publicKey, nonce)}\r\n`;
}

/** Ready for the message. */
function inData(): Talking {
  const talking = talk({ sink: DOMAIN });
  expect(talking.say(`${BEGIN}${RCPT}DATA\r\n`)).toMatch(/250 2\.1\.5 Recipient OK\r\n354 .*\r\n$/);
  return talking;
}

describe('the sink', () => {
  it('takes a message for a nonce, throws it away, and the receipt for that nonce tells of it', () => {
    const { say, acts } = inData();
    expect(say('Subject: test\r\n\r\n..\r\nQUIT\r\n.\r\n')).toBe('250 2.0.0 Message accepted\r\n');
    expect(acts).toEqual([{ kind: 'delivery', nonce: NONCE }]);
    expect(receiptIn(say(ask(NONCE)))).toMatchObject({
      sink: DOMAIN,
      delivery: { at: new Date(NOW).toISOString(), client: CLIENT.address },
    });
    expect(receiptIn(say(ask(newNonce())))).toMatchObject({ sink: DOMAIN, delivery: null });
  });

  it.each([
    ['a message of nothing', '.\r\n'],
    ['a message without a last line end of its own', 'x\r\n.\r\n'],
    ['dots that stand for themselves', '..\r\n.x\r\n\n.\n\r.\r\n.\n\r\n.\r\n'],
  ])('knows the end of %s, in one piece and byte by byte', (_what, message) => {
    const whole = inData();
    expect(whole.say(`${message}RSET\r\n`)).toBe('250 2.0.0 Message accepted\r\n250 2.0.0 OK\r\n');
    const single = inData();
    for (const character of `${message}RSET\r\n`) single.say(character);
    expect(single.sent()).toBe(whole.sent());
  });

  it('takes the next message in the same connection', () => {
    const { say, acts } = inData();
    say('.\r\n');
    expect(say('DATA\r\n')).toBe('503 5.5.1 Need RCPT first\r\n');
    const other = newNonce();
    say(`MAIL FROM:<>\r\nRCPT TO:<POSTERN-${other.toUpperCase()}@${DOMAIN.toUpperCase()}>\r\nDATA\r\nx\r\n.\r\n`);
    expect(acts).toEqual([
      { kind: 'delivery', nonce: NONCE },
      { kind: 'delivery', nonce: other },
    ]);
  });

  it.each([
    `a@${DOMAIN}`,
    `postmaster@${DOMAIN}`,
    `postern-${NONCE}@example.com`,
    `postern-${NONCE}@x.${DOMAIN}`,
    `postern-${NONCE}@${DOMAIN}.`,
    `postern-${NONCE}0@${DOMAIN}`,
    `postern-${NONCE.slice(1)}@${DOMAIN}`,
    `postern-${NONCE}@example.org@${DOMAIN}`,
    `b%example.org@${DOMAIN}`,
    `@${DOMAIN}:b@example.org`,
    `"postern-${NONCE}"@${DOMAIN}`,
  ])('takes nothing for %s', (recipient) => {
    const { say } = talk({ sink: DOMAIN });
    say(BEGIN);
    expect(say(`RCPT TO:<${recipient}>\r\n`)).toBe('554 5.7.1 Relaying denied\r\n');
    expect(say('DATA\r\n')).toBe('503 5.5.1 Need RCPT first\r\n');
  });

  it('takes one nonce a message', () => {
    const { say } = talk({ sink: DOMAIN });
    say(`${BEGIN}${RCPT}`);
    expect(say(RCPT)).toBe('250 2.1.5 Recipient OK\r\n');
    expect(say(`RCPT TO:<postern-${newNonce()}@${DOMAIN}>\r\n`)).toBe('452 4.5.3 Too many recipients\r\n');
  });

  it('takes messages of 64 KiB; a larger one ends the connection', () => {
    const { say } = inData();
    expect(say(`${'x'.repeat(65_531)}\r\n.\r\n`)).toBe('250 2.0.0 Message accepted\r\n');
    const large = inData();
    expect(large.say('x'.repeat(60_000))).toBe('');
    expect(large.say('x'.repeat(6_000))).toBe('552 5.3.4 Message too big\r\n');
    expect(large.acts).toEqual([{ kind: 'close', why: 'limit:message' }]);
    const { say: declare } = talk({ sink: DOMAIN });
    expect(declare('EHLO x\r\n')).toContain('250-SIZE 65536\r\n');
    expect(declare('MAIL FROM:<> SIZE=65537\r\n')).toBe('552 5.3.4 Message too big\r\n');
  });

  it('remembers for an hour, and the first of several', () => {
    let now = NOW;
    const sink = new Sink(DOMAIN, () => now);
    sink.deliver(NONCE, at('203.0.113.7'));
    now += 3_600_000;
    sink.deliver(NONCE, at('203.0.113.8'));
    expect(sink.find(NONCE)).toEqual({ at: new Date(NOW).toISOString(), client: '203.0.113.7' });
    now += 1;
    expect(sink.find(NONCE)).toBeNull();
  });

  it('lets no source have more than its share', () => {
    let now = NOW;
    const sink = new Sink(DOMAIN, () => now);
    const nonceOf = (number: number): string => number.toString(16).padStart(32, '0');
    const greedy = [at('2001:db8::1'), at('2001:db8::2')];
    for (let count = 0; count < 256; count++) sink.deliver(nonceOf(count), greedy[count % 2] ?? at('::'));
    expect(greedy.map((address) => sink.hasRoom(address))).toEqual([false, false]);
    expect(sink.hasRoom(at('2001:db8:0:1::1'))).toBe(true);
    const { say } = talk({ premises: { sink } });
    expect(say(`${BEGIN}${RCPT}DATA\r\n`)).toMatch(/354 .*\r\n$/);
    const full = talk({
      premises: { sink: { domain: DOMAIN, hasRoom: () => false, deliver: () => undefined, find: () => null } },
    });
    expect(full.say(`${BEGIN}${RCPT}DATA\r\n`)).toMatch(/452 4\.3\.1 Insufficient system storage\r\n$/);
    expect(full.say('DATA\r\n')).toBe('452 4.3.1 Insufficient system storage\r\n');
    now += 3_600_001;
    expect(sink.hasRoom(at('2001:db8::1'))).toBe(true);
  });

  it('forgets the oldest of 16,384', () => {
    const sink = new Sink(DOMAIN, () => NOW);
    const nonceOf = (number: number): string => number.toString(16).padStart(32, '0');
    for (let count = 0; count <= 16_384; count++) sink.deliver(nonceOf(count), at(`10.0.${count >> 8}.${count & 255}`));
    expect([sink.find(nonceOf(0)), sink.find(nonceOf(1))?.client]).toEqual([null, '10.0.0.1']);
  });
});
