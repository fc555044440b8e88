import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/model/digest.ts';
import { generateSigningKey } from '../../src/receipt/keys.ts';
import { newNonce, receiptArgument } from '../../src/receipt/request.ts';
import { CLIENT, KEY, NAME, NOW, receiptIn, talk } from './talk.ts';

const NONCE = '00112233445566778899aabbccddeeff';
const ASK = `NOOP ${receiptArgument(KEY.publicKey, NONCE)}\r\n`;
const EHLO = 'EHLO probe.example.com\r\n';
const EXPORTER = 'ab'.repeat(32);
const KEYWORDS = ['PIPELINING', 'SIZE 10240000', 'STARTTLS', 'ENHANCEDSTATUSCODES', '8BITMIME', 'DSN', 'SMTPUTF8'];

function ehloReply(...keywords: readonly string[]): string {
  const texts = [NAME, ...keywords];
  return texts.map((text, index) => `250${index < texts.length - 1 ? '-' : ' '}${text}\r\n`).join('');
}

describe('a stranger meets a dull mail server', () => {
  it('that greets, offers what it answers, and says goodbye', () => {
    const { say, sent, acts } = talk();
    expect(sent()).toBe(`220 ${NAME} ESMTP\r\n`);
    expect(say(EHLO)).toBe(ehloReply(...KEYWORDS));
    expect(say('quit\r\n')).toBe(`221 2.0.0 ${NAME} closing connection\r\n`);
    expect(acts).toEqual([{ kind: 'close', why: 'quit' }]);
    expect(say('NOOP\r\n')).toBe('');
  });

  it.each([
    ['HELO probe.example.com', `250 ${NAME}`],
    ['EHLO', '501 5.5.4 Syntax: EHLO hostname'],
    ['HELO ', '501 5.5.4 Syntax: HELO hostname'],
    ['NOOP', '250 2.0.0 OK'],
    ['NOOP anything at all', '250 2.0.0 OK'],
    ['RSET', '250 2.0.0 OK'],
    ['HELP', '214 2.0.0 See RFC 5321'],
    ['VRFY postmaster', '252 2.5.2 Cannot VRFY user, but will take mail and try to deliver it'],
    ['VRFY', '501 5.5.4 Syntax: VRFY address'],
    ['MAIL FROM:<a@example.com>', '503 5.5.1 Say EHLO first'],
    ['RCPT TO:<a@example.com>', '503 5.5.1 Need MAIL first'],
    ['DATA', '503 5.5.1 Need RCPT first'],
    ['STARTTLS now', '501 5.5.4 Syntax: STARTTLS takes no parameters'],
    ['DATA now', '501 5.5.4 Syntax: DATA takes no parameters'],
    ['', '500 5.5.1 Command unrecognized: ""'],
    [' NOOP', '500 5.5.1 Command unrecognized: ""'],
    ['XPROBE4f3a please', '500 5.5.1 Command unrecognized: "XPROBE4f3a"'],
    ['constructor', '500 5.5.1 Command unrecognized: "constructor"'],
    ['__proto__', '500 5.5.1 Command unrecognized: "__proto__"'],
    ['EXPN list', '500 5.5.1 Command unrecognized: "EXPN"'],
    ['BDAT 5 LAST', '500 5.5.1 Command unrecognized: "BDAT"'],
    ['AUTH PLAIN AGEAYg==', '500 5.5.1 Command unrecognized: "AUTH"'],
    ['GET / HTTP/1.1', '500 5.5.1 Command unrecognized: "GET"'],
    ['\0\x1b[31m\xff', '500 5.5.1 Command unrecognized: "\\x00\\x1b[31m\\xff"'],
    ['\x16\x03\x01\x02', '500 5.5.1 Command unrecognized: "\\x16\\x03\\x01\\x02"'],
  ])('%j is answered %j', (line, reply) => {
    expect(talk().say(`${line}\r\n`)).toBe(`${reply}\r\n`);
  });

  it.each([
    ['MAIL FROM:<a@example.com>', '250 2.1.0 Sender OK'],
    ['mail from:<>', '250 2.1.0 Sender OK'],
    ['MAIL FROM: <a@example.com>', '250 2.1.0 Sender OK'],
    ['MAIL FROM:<a@example.com> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x', '250 2.1.0 Sender OK'],
    ['MAIL FROM:<a@example.com> SIZE=10240001', '552 5.3.4 Message too big'],
    ['MAIL FROM:<a@example.com> AUTH=<>', '555 5.5.4 Unsupported option'],
    ['MAIL TO:<a@example.com>', '501 5.5.4 Syntax: MAIL FROM:<address>'],
    ['MAIL FROM:a@example.com', '501 5.5.4 Syntax: MAIL FROM:<address>'],
  ])('%j after EHLO is answered %j', (line, reply) => {
    const { say } = talk();
    say(EHLO);
    expect(say(`${line}\r\n`)).toBe(`${reply}\r\n`);
  });

  it.each([
    ['RCPT TO:<b@example.com>', '554 5.7.1 Relaying denied'],
    [`RCPT TO:<b@${NAME}>`, '554 5.7.1 Relaying denied'],
    ['RCPT TO:<postmaster>', '554 5.7.1 Relaying denied'],
    [`RCPT TO:<postern-${NONCE}@sink.example.com>`, '554 5.7.1 Relaying denied'],
    ['RCPT TO:<b@example.com> NOTIFY=NEVER ORCPT=rfc822;b@example.com', '554 5.7.1 Relaying denied'],
    ['RCPT TO:<b@example.com> X=1', '555 5.5.4 Unsupported option'],
    ['RCPT TO:b@example.com', '501 5.5.4 Syntax: RCPT TO:<address>'],
    ['MAIL FROM:<c@example.com>', '503 5.5.1 Sender given already'],
    ['DATA', '503 5.5.1 Need RCPT first'],
  ])('it relays nothing: %j after MAIL is answered %j', (line, reply) => {
    const { say, acts } = talk();
    say(`${EHLO}MAIL FROM:<a@example.com>\r\n`);
    expect(say(`${line}\r\n`)).toBe(`${reply}\r\n`);
    expect(acts).toEqual([]);
  });

  it('forgets a transaction with RSET, with EHLO, and takes the next', () => {
    const { say } = talk();
    for (const again of ['RSET\r\n', EHLO, 'HELO x\r\n']) {
      say(`${EHLO}MAIL FROM:<a@example.com>\r\n`);
      say(again);
      expect(say('RCPT TO:<b@example.com>\r\n')).toBe('503 5.5.1 Need MAIL first\r\n');
    }
  });

  it('answers many commands at once in their order, whatever the pieces and line ends', () => {
    const text = `${EHLO}MAIL FROM:<a@example.com>\nRCPT TO:<b@example.com>\r\nRSET\r\nQUIT\r\n`;
    const whole = talk();
    whole.say(text);
    const single = talk();
    for (const character of text) single.say(character);
    expect(single.sent()).toBe(whole.sent());
    expect(whole.sent().match(/^\d{3} /gm)).toEqual(['220 ', '250 ', '250 ', '554 ', '250 ', '221 ']);
  });

  it('echoes no word so long that the reply breaks the line limit', () => {
    for (const word of ['x'.repeat(1_000), '\xff'.repeat(1_000)]) {
      const reply = talk().say(`${word}\r\n`);
      expect(reply).toMatch(/^500 5\.5\.1 Command unrecognized: ".{200}"\r\n$/);
    }
  });

  it('gets 421 after twenty commands', () => {
    const { say, acts } = talk();
    for (let count = 0; count < 20; count++) expect(say('NOOP\r\n')).toBe('250 2.0.0 OK\r\n');
    expect(say('NOOP\r\nNOOP\r\n')).toBe(`421 4.7.0 ${NAME} Error: too many commands, closing connection\r\n`);
    expect(acts).toEqual([{ kind: 'close', why: 'limit:commands' }]);
  });

  it('may send lines of 1,024 bytes; longer ones are refused when they end, and a stream without end is cut off', () => {
    const { say, acts } = talk();
    expect(say(`NOOP ${'x'.repeat(1_017)}\r\n`)).toBe('250 2.0.0 OK\r\n');
    expect(say(`NOOP ${'x'.repeat(1_018)}\r\n`)).toBe('500 5.5.2 Line too long\r\n');
    expect(say('NOOP ')).toBe('');
    expect(say('x'.repeat(2_000))).toBe('');
    expect(say('x\nNOOP\r\n')).toBe('500 5.5.2 Line too long\r\n250 2.0.0 OK\r\n');
    expect(say('x'.repeat(40_000))).toBe('');
    expect(say('x'.repeat(40_000))).toBe(`421 4.7.0 ${NAME} Error: line too long, closing connection\r\n`);
    expect(acts).toEqual([{ kind: 'close', why: 'limit:line' }]);
  });
});

describe('a receipt', () => {
  it('tells what the sentinel saw, and digests both directions up to it', () => {
    const { say, sent, acts } = talk({
      premises: { attested: () => [{ port: 25, family: 'ipv4', at: '2026-11-21T19:00:00.000Z' }] },
    });
    say(EHLO);
    const before = sent();
    expect(receiptIn(say(ASK))).toEqual({
      key: KEY.publicKey.id,
      name: NAME,
      nonce: NONCE,
      port: 2525,
      client: CLIENT,
      received: sha256(`${EHLO}${ASK}`),
      sent: sha256(before),
      exporter: null,
      at: new Date(NOW).toISOString(),
      listening: [{ port: 25, family: 'ipv4', at: '2026-11-21T19:00:00.000Z' }],
      sink: null,
      delivery: null,
    });
    expect(acts).toEqual([{ kind: 'receipt', nonce: NONCE, key: KEY.publicKey.id }]);
  });

  it('is cut into lines of at most 512 octets, behind the words that a stranger gets', () => {
    const many = Array.from({ length: 20 }, (_, index) => ({
      port: index + 1,
      family: 'ipv6' as const,
      at: new Date(NOW).toISOString(),
    }));
    const lines = talk({ premises: { attested: () => many } })
      .say(ASK)
      .split('\r\n');
    expect(lines[0]).toBe('250-2.0.0 OK');
    expect(lines.length).toBeGreaterThan(5);
    expect(Math.max(...lines.map((line) => line.length + 2))).toBeLessThanOrEqual(512);
  });

  it('digests bytes that came in one piece with the request only in the next receipt', () => {
    const { say } = talk();
    const other = `NOOP ${receiptArgument(KEY.publicKey, newNonce())}\r\n`;
    const replies = say(`${EHLO}${ASK}RSET\r\n${other}`).split(/(?<=\r\n)(?=250-2\.0\.0 OK|250 2\.0\.0 OK)/);
    expect(receiptIn(replies[1] ?? '')?.received).toBe(sha256(`${EHLO}${ASK}`));
    expect(receiptIn(replies[3] ?? '')?.received).toBe(sha256(`${EHLO}${ASK}RSET\r\n${other}`));
  });

  it.each([
    ['a wrong tag', `NOOP ${NONCE}${'0'.repeat(16)}`],
    ['no tag', `NOOP ${NONCE}`],
    ['a tag that is too long', `${ASK.trim()}0`],
    ['two arguments', `${ASK.trim()} x`],
    ['another key', `NOOP ${receiptArgument(generateSigningKey().publicKey, NONCE)}`],
    ['another nonce', `NOOP ${'0'.repeat(32)}${ASK.slice(-18, -2)}`],
    ['another verb', ASK.trim().replace('NOOP', 'VRFY')],
  ])('is not given for %s', (_what, line) => {
    const { say, session, acts } = talk();
    expect(say(`${line}\r\n`)).toMatch(/^(250 2\.0\.0 OK|252 .*)\r\n$/);
    expect([session.known, acts]).toEqual([false, []]);
  });

  it('is given in upper case too, since devices on the way may change it', () => {
    expect(receiptIn(talk().say(ASK.toUpperCase()))?.nonce).toBe(NONCE);
  });

  it('is signed with the key that it was asked for with, while keys are exchanged', () => {
    const next = generateSigningKey();
    const keys = [KEY, next];
    const { say } = talk({ keys });
    expect(receiptIn(say(ASK))?.key).toBe(KEY.publicKey.id);
    expect(receiptIn(say(`NOOP ${receiptArgument(next.publicKey, NONCE)}\r\n`), next)?.key).toBe(next.publicKey.id);
    keys.splice(0, 1);
    expect(say(ASK)).toBe('250 2.0.0 OK\r\n');
  });

  it('lets its client go on for a hundred commands', () => {
    const { say, acts } = talk();
    for (let count = 0; count < 100; count++) expect(receiptIn(say(ASK))).not.toBeNull();
    expect(say(ASK)).toMatch(/^421 /);
    expect(acts.at(-1)).toEqual({ kind: 'close', why: 'limit:commands' });
  });
});

describe('STARTTLS', () => {
  it('asks for a handshake, after which everything begins anew inside it', () => {
    const { say, secured, acts, sent } = talk();
    say(`${EHLO}MAIL FROM:<a@example.com>\r\n`);
    expect(say('STARTTLS\r\n')).toBe('220 2.0.0 Ready to start TLS\r\n');
    expect(acts).toEqual([{ kind: 'secure' }]);
    secured(EXPORTER);
    expect(say('RCPT TO:<b@example.com>\r\n')).toBe('503 5.5.1 Need MAIL first\r\n');
    expect(say('MAIL FROM:<a@example.com>\r\n')).toBe('503 5.5.1 Say EHLO first\r\n');
    expect(say('STARTTLS\r\n')).toBe('503 5.5.1 TLS is active already\r\n');
    expect(say(EHLO)).toBe(ehloReply(...KEYWORDS.filter((keyword) => keyword !== 'STARTTLS')));
    const before = sent();
    const receipt = receiptIn(say(ASK));
    expect(receipt).toMatchObject({ exporter: EXPORTER, sent: sha256(before) });
  });

  it.each([
    ['a whole command', 'MAIL FROM:<evil@example.com>\r\n'],
    ['a request for a receipt', ASK],
    ['half a line', 'MAIL FROM:<evil@exa'],
    ['what would end the connection', 'QUIT\r\n'],
    ['a long line', 'x'.repeat(5_000)],
  ])('drops %s that came in clear text behind it, and the next receipt shows it', (_what, injected) => {
    const { say, secured, acts } = talk();
    expect(say(`${EHLO}STARTTLS\r\n${injected}`)).toMatch(/220 2\.0\.0 Ready to start TLS\r\n$/);
    expect(acts).toEqual([{ kind: 'secure' }]);
    secured(EXPORTER);
    expect(say(EHLO)).toMatch(/^250-/);
    expect(say('RCPT TO:<b@example.com>\r\n')).toBe('503 5.5.1 Need MAIL first\r\n');
    const honest = `${EHLO}STARTTLS\r\n${EHLO}RCPT TO:<b@example.com>\r\n${ASK}`;
    const received = receiptIn(say(ASK))?.received;
    expect(received).toBe(sha256(honest.replace('STARTTLS\r\n', `STARTTLS\r\n${injected}`)));
    expect(received).not.toBe(sha256(honest));
  });

  it('is an unknown verb without a certificate, and said again', () => {
    const { say } = talk({ offersTls: false });
    expect(say(EHLO)).toBe(ehloReply(...KEYWORDS.filter((keyword) => keyword !== 'STARTTLS')));
    expect(say('STARTTLS\r\n')).toBe('500 5.5.1 Command unrecognized: "STARTTLS"\r\n');
  });

  it('is not offered where the connection began with TLS', () => {
    const { say } = talk({ exporter: EXPORTER });
    expect(say(EHLO)).not.toContain('STARTTLS');
    expect(receiptIn(say(ASK))?.exporter).toBe(EXPORTER);
  });
});
