import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ATTEMPT_CLASSES, type RelayAttempt } from '../../src/model/relay.ts';
import { meaningOf } from '../../src/model/relay-reply.ts';
import { says, wordsOf } from '../../src/model/reply-words.ts';
import { ReplyParser } from '../../src/smtp/reply.ts';

interface Row {
  readonly server: string;
  readonly stage: 'verb' | 'mail' | 'rcpt' | 'data';
  /** As it comes, without the last CRLF. */
  readonly reply: string;
  readonly class: string;
  readonly ground: string | null;
}

const ROWS: readonly Row[] = JSON.parse(readFileSync(new URL('../../fixtures/relay-replies.json', import.meta.url), 'utf8'));

function read({ stage, reply }: Pick<Row, 'stage' | 'reply'>): Pick<RelayAttempt, 'stage' | 'code' | 'enhanced' | 'text'> {
  const parser = new ReplyParser();
  parser.push(Buffer.from(`${reply}\r\n`));
  const parsed = parser.next();
  if (parsed?.kind !== 'reply') throw new Error(`no reply: ${reply}`);
  const { code, enhanced, lines } = parsed.reply;
  return { stage, code, enhanced, text: lines.join(' ') };
}

describe('a reply to a relay test', () => {
  test.each(ROWS)('$server, $stage: $reply', (row) => {
    expect(meaningOf(read(row))).toMatchObject({ class: row.class, ground: row.ground });
  });

  it('that did not come is limited', () => {
    expect(meaningOf({ stage: null, code: null, enhanced: null, text: null }).class).toBe('limited');
  });

  it('is of every class somewhere in the table, except of the one without a reply', () => {
    const found = new Set(ROWS.map((row) => row.class));
    expect(ATTEMPT_CLASSES.filter((kind) => !found.has(kind))).toEqual(['skipped']);
  });
});

describe('digits and names in the text', () => {
  const foreign = fc.constantFrom(
    ...[
      'A15305F',
      '530',
      '554',
      '5.7.1x',
      'relays.example.net',
      '<u@relay.example.org>',
      '[192.0.2.53]',
      'id=5.7.10',
      'starttls.example.com',
    ],
    ...['mx-relay', 'relay2', 'u%relay.example@[192.0.2.1]', 'relay.example!u', 'authrelay', 'https://example.com/relay'],
  );

  it('never change what a 250 is', () => {
    fc.assert(
      fc.property(fc.array(foreign, { maxLength: 6 }), (words) => {
        const { class: kind } = meaningOf({ stage: 'rcpt', code: 250, enhanced: '2.1.5', text: `2.1.5 Ok ${words.join(' ')}` });
        expect(kind).toBe('accepted');
      }),
    );
  });

  it('never make a refusal speak of relaying, of TLS or of AUTH', () => {
    fc.assert(
      fc.property(fc.array(foreign, { maxLength: 6 }), fc.constantFrom('5.7.1', '5.1.1', null), (words, enhanced) => {
        const said = (text: string) => meaningOf({ stage: 'rcpt', code: 550, enhanced, text });
        expect(said(`${enhanced ?? ''} no ${words.join(' ')}`)).toEqual(said(`${enhanced ?? ''} no`));
      }),
    );
  });

  it('are no words', () => {
    expect(wordsOf('5.7.1 <u@relay.example.org>: Relay access denied (relay1, mx-relay).')).toBe(
      ' relay access denied relay1 mx-relay ',
    );
    expect(says(wordsOf('Relays: none'), ['relay'])).toBe(false);
    expect(says(wordsOf('we do not RELAY!'), ['relay'])).toBe(true);
  });

  it('are read in time that grows with the text, whatever it is', () => {
    for (const text of ['<'.repeat(60_000), '@'.repeat(60_000), 'a.'.repeat(30_000), 'a-'.repeat(30_000), '!a'.repeat(30_000)]) {
      expect(typeof wordsOf(text)).toBe('string');
    }
  });
});

it('reads any reply at all, and takes nothing but a 2xx, or 354 after DATA, for an acceptance', () => {
  const stage = fc.constantFrom('verb' as const, 'mail' as const, 'rcpt' as const, 'data' as const, null);
  const code = fc.option(fc.integer({ min: 0, max: 999 }));
  fc.assert(
    fc.property(stage, code, fc.option(fc.string()), fc.option(fc.string()), (at, number, enhanced, text) => {
      const { class: kind } = meaningOf({ stage: at, code: number, enhanced, text });
      expect(ATTEMPT_CLASSES).toContain(kind);
      if (kind === 'accepted')
        expect(number !== null && ((number >= 200 && number < 300) || (at === 'data' && number === 354))).toBe(true);
      if (kind === 'rejected') expect(number !== null && number >= 400 && number < 600).toBe(true);
    }),
  );
});
