/** A sentinel in its own process, with thousands of clients that only want to be in the way. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openReceipt } from '../../src/receipt/receipt.ts';
import { newNonce, receiptArgument } from '../../src/receipt/request.ts';
import { TestClient } from './client.ts';
import { type Crowd, type Guarded, gather, startGuarded, whyNoCrowd } from './crowd.ts';

const CLI = join(import.meta.dirname, '../../dist/postern.js');
const WHY_NOT = whyNoCrowd();
const MAX_RESIDENT_MB = 200;

/** A probe that nobody helps: it dials, asks, and holds the receipt against its own account. */
async function probe({ port, publicKey }: Guarded): Promise<void> {
  const client = await TestClient.dial(port);
  expect((await client.reply()).code).toBe(220);
  expect((await client.say('EHLO probe.example.com')).code).toBe(250);
  const [nonce, received] = [newNonce(), client.received.hex()];
  const { texts } = await client.say(`NOOP ${receiptArgument(publicKey, nonce)}`);
  const opened = openReceipt(texts.slice(1).join(''), publicKey);
  expect(opened).toMatchObject({ kind: 'genuine', body: { nonce, sent: received, received: client.sent.hex() } });
  expect((await client.say('QUIT')).code).toBe(221);
}

async function guarded(openFiles?: number): Promise<Guarded> {
  const sentinel = await startGuarded(CLI, openFiles);
  onTestFinished(async () => void (await sentinel.stop()));
  return sentinel;
}

async function crowdAround(port: number, first: number, idle: number, stuttering: number): Promise<Crowd> {
  const crowd = await gather(port, first, idle, stuttering);
  onTestFinished(() => crowd.leave());
  return crowd;
}

describe('a sentinel in a crowd', () => {
  if (WHY_NOT !== null) {
    // Said as a skip on a developer's machine; where everything has to be tested it is a failure.
    it.skipIf(process.env.CI !== 'true')(`cannot be tested: ${WHY_NOT}`, () => expect.fail(WHY_NOT));
    return;
  }

  it('of 2,000 idle and 2,000 stuttering clients answers a probe, in less than 200 MB', { timeout: 120_000 }, async () => {
    const sentinel = await guarded();
    const crowd = await crowdAround(sentinel.port, 0, 2_000, 2_000);
    await probe(sentinel);
    const flood = await TestClient.dial(sentinel.port, '127.0.0.1', '127.2.0.1');
    flood.write(Buffer.alloc(1_000_000, 0xa5));
    await flood.ended();
    await probe(sentinel);
    expect(crowd.sockets.length).toBe(4_000);
    // Now it is full, and every newcomer takes the place of the one who has been there longest.
    await crowdAround(sentinel.port, 5_000, 300, 0);
    await probe(sentinel);
    expect(sentinel.residentMb()).toBeLessThan(MAX_RESIDENT_MB);
    expect(await sentinel.stop()).toBe(0);
    const ends = sentinel.log.flatMap((line) => /"why":"([a-z:]+)"/.exec(line)?.[1] ?? []);
    // On a machine that is slow enough some of them have been idle for too long by then.
    expect(ends.filter((why) => why === 'evicted' || why === 'idle').length).toBeGreaterThan(200);
    expect(ends.filter((why) => !['evicted', 'idle', 'quit', 'limit:line', 'client', 'stopped'].includes(why))).toEqual([]);
  });

  it('with few open files lets in fewer at once, says so, and answers a probe', { timeout: 60_000 }, async () => {
    const sentinel = await guarded(200);
    expect(sentinel.log.join('\n')).toContain('Only 200 files may be open at once: at most 72 connections, not 4096.');
    await crowdAround(sentinel.port, 0, 300, 0);
    await probe(sentinel);
    expect(sentinel.log.join('\n')).not.toContain('EMFILE');
    expect(await sentinel.stop()).toBe(0);
  });
});
