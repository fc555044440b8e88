/** 100,000 dialogues of verbs, garbage and split points: nothing throws, no line is too long, and who has no tag gets no receipt. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newNonce, receiptArgument } from '../../src/receipt/request.ts';
import { KEY, receiptIn, type Talking, talk } from './talk.ts';

const DIALOGUES = 100_000;
const SEED = Number(process.env.POSTERN_SEED ?? Date.now() % 2 ** 31);
const DOMAIN = 'sink.example.com';
const NONCE = newNonce();
const ARGUMENT = receiptArgument(KEY.publicKey, NONCE);
const REPLY_LINE = /^[2345]\d\d[ -][\x20-\x7e]{0,506}$/;

type Random = (below: number) => number;

/** A linear congruential generator: the same dialogues for the same seed. @see Numerical Recipes */
function random(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const LINES: readonly ((next: Random) => string)[] = [
  () => 'EHLO probe.example.com',
  () => 'helo x',
  () => 'NOOP',
  (next) => (next(3) === 0 ? `NOOP ${ARGUMENT}` : 'HELP'),
  (next) => `NOOP ${ARGUMENT.slice(0, next(48))}${next(10)}${ARGUMENT.slice(0, next(3))}`,
  (next) => `NOOP ${ARGUMENT.slice(0, 47)}${next(10)}`,
  () => 'STARTTLS',
  () => 'MAIL FROM:<a@example.com> SIZE=100',
  () => 'RCPT TO:<b@example.com>',
  () => `RCPT TO:<postern-${NONCE}@${DOMAIN}>`,
  () => 'DATA',
  () => '.',
  () => 'RSET',
  () => 'VRFY root',
  (next) => garbage(next, next(40)),
  (next) => garbage(next, next(next(4) === 0 ? 300 : 9)),
  (next) => 'A'.repeat(next(next(6) === 0 ? 1_500 : 30)),
  (next) => `MAIL FROM:<${garbage(next, next(20))}>${' SIZE=9'.repeat(next(5))}`,
  (next) => `\0${' '.repeat(next(30))}\r`,
];
const ENDS = ['\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n', '\n\r', ''];

function garbage(next: Random, length: number): string {
  return String.fromCharCode(...Array.from({ length }, () => next(256)));
}

function pick<T>(next: Random, list: readonly T[]): T {
  const item = list[next(list.length)];
  if (item === undefined) throw new Error('an empty list');
  return item;
}

/** What the client says, in the pieces in which it arrives. */
function* dialogue(next: Random): Generator<string> {
  let text = Array.from({ length: 1 + next(12) }, () => `${pick(next, LINES)(next)}${pick(next, ENDS)}`).join('');
  while (text !== '') {
    const length = next(4) === 0 ? 1 + next(4) : 1 + next(400);
    yield text.slice(0, length);
    text = text.slice(length);
  }
}

/** Every reply is made of whole lines, and what is signed is what was said. */
function problemOf(talking: Talking, replies: string, said: string): string | null {
  const lines = replies.split('\r\n');
  if (lines.pop() !== '') return 'a reply without its end';
  const wrong = lines.find((line) => !REPLY_LINE.test(line));
  if (wrong !== undefined) return `no line of a reply: ${JSON.stringify(wrong)}`;
  if (!replies.includes('250-')) return null;
  const parts = replies.split(/^(?=250-2\.0\.0 OK\r\n)/m).filter((part) => part.startsWith('250-2.0.0 OK\r\n'));
  for (const part of parts) {
    const receipt = receiptIn(part.split(/(?<=^250 .*\r\n)/m)[0] ?? '');
    if (receipt === null) return 'a receipt that does not verify';
    if (!talking.session.known || receipt.nonce !== NONCE) return 'a receipt for a stranger';
    const ends = [...said.matchAll(new RegExp(`${ARGUMENT} *\\r?\\n`, 'g'))].map(({ index, 0: { length } }) => index + length);
    if (!ends.some((end) => digestOf(said.slice(0, end)) === receipt.received)) return 'a receipt for other bytes';
  }
  return null;
}

function digestOf(said: string): string {
  return createHash('sha256').update(said, 'latin1').digest('hex');
}

describe('a hostile client', () => {
  it(`says what it likes, ${DIALOGUES} times, from seed ${SEED}`, () => {
    const next = random(SEED);
    for (let count = 0; count < DIALOGUES; count++) {
      const talking = talk({ sink: DOMAIN, offersTls: next(2) === 0 });
      let said = '';
      let handshakes = 0;
      for (const piece of dialogue(next)) {
        said += piece;
        const problem = problemOf(talking, talking.say(piece), said);
        if (problem !== null) expect.fail(`${problem}, dialogue ${count} of seed ${SEED}: ${JSON.stringify(said)}`);
        const due = talking.acts.filter(({ kind }) => kind === 'secure').length;
        if (due > handshakes) {
          handshakes = due;
          talking.secured('cd'.repeat(32));
        }
      }
    }
  }, 120_000);
});
