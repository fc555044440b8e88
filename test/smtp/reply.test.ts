import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reply } from '../../src/model/dialogue.ts';
import { printable } from '../../src/model/printable.ts';
import { type Parsed, ReplyParser } from '../../src/smtp/reply.ts';

function parse(...chunks: readonly string[]): { readonly parsed: Parsed | null; readonly parser: ReplyParser } {
  const parser = new ReplyParser();
  let parsed: Parsed | null = null;
  for (const chunk of chunks) {
    parser.push(Buffer.from(chunk, 'latin1'));
    parsed ??= parser.next();
  }
  return { parsed, parser };
}

function replyOf(...chunks: readonly string[]): Reply | null {
  const { parsed } = parse(...chunks);
  return parsed?.kind === 'reply' ? parsed.reply : null;
}

describe('a whole reply', () => {
  test.each<[string, string, Reply]>([
    ['one line', '220 mx.example.net ESMTP\r\n', { code: 220, enhanced: null, lines: ['mx.example.net ESMTP'] }],
    ['several lines', '250-a\r\n250-b c\r\n250 d\r\n', { code: 250, enhanced: null, lines: ['a', 'b c', 'd'] }],
    ['a keyword in the last line', '250-a\r\n250 STARTTLS\r\n', { code: 250, enhanced: null, lines: ['a', 'STARTTLS'] }],
    ['bare line feeds', '250-a\n250 b\n', { code: 250, enhanced: null, lines: ['a', 'b'] }],
    ['a code without text', '250\r\n', { code: 250, enhanced: null, lines: [''] }],
    ['a hyphen without text', '250-\r\n250 \r\n', { code: 250, enhanced: null, lines: ['', ''] }],
    ['a masked banner', '220 ****0**2\r\n', { code: 220, enhanced: null, lines: ['****0**2'] }],
    ['an enhanced code', '550 5.7.1 Relaying denied\r\n', { code: 550, enhanced: '5.7.1', lines: ['5.7.1 Relaying denied'] }],
    ['an enhanced code alone', '250 2.0.0\r\n', { code: 250, enhanced: '2.0.0', lines: ['2.0.0'] }],
    ['an enhanced code of another class', '550 2.7.1 x\r\n', { code: 550, enhanced: null, lines: ['2.7.1 x'] }],
    [
      'an address that looks like an enhanced code',
      '220 2.2.2.2 hello\r\n',
      { code: 220, enhanced: null, lines: ['2.2.2.2 hello'] },
    ],
    ['a code inside the text', '250 530 5.7.0\r\n', { code: 250, enhanced: null, lines: ['530 5.7.0'] }],
    ['a NUL and bytes above 127', '220 a\0b\xe9\r\n', { code: 220, enhanced: null, lines: ['a\\x00b\\xe9'] }],
    ['terminal escape codes', '220 \x1b[2Jx\rY\r\n', { code: 220, enhanced: null, lines: ['\\x1b[2Jx\\rY'] }],
  ])('%s', (_title, text, reply) => {
    expect(replyOf(text)).toEqual(reply);
  });

  test('a line longer than 4 KiB is a reply, its text cut', () => {
    const reply = replyOf(`220 ${'x'.repeat(20_000)}\r\n`);
    expect(reply?.code).toBe(220);
    expect(reply?.lines[0]).toHaveLength(4_092);
  });

  test('replies behind one another come one at a time', () => {
    const { parsed, parser } = parse('220 a\r\n250-b\r\n250 c\r\n2');
    expect(parsed).toMatchObject({ reply: { code: 220, lines: ['a'] } });
    expect(parser.next()).toMatchObject({ reply: { code: 250, lines: ['b', 'c'] } });
    expect(parser.next()).toBeNull();
    expect(parser.discard()).toBe('2');
  });
});

describe('what is no reply', () => {
  test.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n', 'HTTP/1.1 400 Bad Request\\r'],
    ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n', 'SSH-2.0-OpenSSH_9.6\\r'],
    ['an empty line', '\r\n', '\\r'],
    ['a code of six hundred', '600 x\r\n', '600 x\\r'],
    ['a code of one hundred', '100 x\r\n', '100 x\\r'],
    ['four digits', '2200 x\r\n', '2200 x\\r'],
    ['a word behind the code', '220hello\r\n', '220hello\\r'],
    ['a line of two digits', '22\n', '22'],
    ['another code in the second line', '250-a\r\n220 b\r\n', '220 b\\r'],
    ['a continuation without code', '250-a\r\nb\r\n', 'b\\r'],
  ])('%s is malformed', (_title, text, seen) => {
    expect(parse(text).parsed).toMatchObject({ kind: 'malformed', seen });
  });

  test('a malformed line is doomed from its first wrong byte, and shown when nothing more comes', () => {
    const { parsed, parser } = parse('\x15\x03\x01');
    expect(parsed).toBeNull();
    expect(parser.doomed).toBe(true);
    expect(parser.giveUp()).toMatchObject({ kind: 'malformed', seen: '\\x15\\x03\\x01' });
  });

  test('a malformed line without end is given up after 300 bytes', () => {
    const { parsed } = parse('<'.repeat(10_000));
    expect(parsed).toMatchObject({ kind: 'malformed', seen: '<'.repeat(300) });
  });

  test('a line of 1 MB is the limit', () => {
    expect(parse(`220 ${'x'.repeat(1_000_000)}\r\n`).parsed).toMatchObject({ kind: 'limit' });
  });

  test('a reply of 257 lines is the limit, one of 256 is not', () => {
    expect(parse(`${'250-x\r\n'.repeat(256)}250 x\r\n`).parsed).toMatchObject({ kind: 'limit' });
    expect(replyOf(`${'250-x\r\n'.repeat(255)}250 x\r\n`)?.lines).toHaveLength(256);
  });
});

describe('chunks', () => {
  const text = fc.string({ unit: fc.constantFrom(...'aZ09-. \t\0\x1b\x7f\x80\xff'), maxLength: 60 });
  const reply = fc.record({ code: fc.integer({ min: 200, max: 599 }), lines: fc.array(text, { minLength: 1, maxLength: 8 }) });
  const cuts = fc.array(fc.nat(500), { maxLength: 12 });

  test('any cutting of any reply gives that reply', () => {
    fc.assert(
      fc.property(reply, cuts, fc.constantFrom('\r\n', '\n'), ({ code, lines }, positions, eol) => {
        const bytes = lines.map((line, index) => `${code}${index < lines.length - 1 ? '-' : ' '}${line}${eol}`).join('');
        expect(replyOf(...cut(bytes, positions))).toMatchObject({ code, lines: lines.map(printable) });
      }),
    );
  });

  test('any cutting of any bytes gives what the whole gives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), cuts, fc.boolean(), (bytes, positions, prefixed) => {
        const whole = (prefixed ? '250-' : '') + Buffer.from(bytes).toString('latin1');
        expect(parse(...cut(whole, positions)).parsed).toEqual(parse(whole).parsed);
      }),
    );
  });
});

function cut(text: string, positions: readonly number[]): string[] {
  const sorted = [0, ...positions.map((position) => position % (text.length + 1)).sort((a, b) => a - b), text.length];
  return sorted.slice(1).map((end, index) => text.slice(sorted[index], end));
}
