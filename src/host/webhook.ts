/**
 * Events to a webhook, told at least once: an event is a file in `outbox/` before it is sent, and goes only when it was taken or is given up.
 *
 *     POST URL
 *     Content-Type: application/json
 *     Idempotency-Key: ID                       the same whenever the event is sent again
 *     Postern-Signature: t=SECONDS,v1=HEX       HMAC-SHA256 over `SECONDS.BODY` with the key; only where there is one
 *
 * Three tries a run, a second and four seconds apart; where they fail, the rest waits for the next run, in the same order.
 */
import { createHmac } from 'node:crypto';
import { sha256 } from '../model/digest.ts';
import type { Clock } from '../model/outside.ts';
import { placeText, refusalOf, request, type Way } from './https.ts';
import { replaceFile, type StateFiles } from './state-files.ts';

export interface Webhook {
  readonly url: string;
  readonly key: string | null;
}

export interface WebhookEvent {
  /** Hex digits; the same for the same event. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

export interface Delivery {
  readonly delivered: number;
  readonly waiting: number;
  /** Why what waits was not taken; null where nothing waits. */
  readonly words: string | null;
  /** A sentence for each event that will never be told. */
  readonly givenUp: readonly string[];
}

const OUTBOX = 'outbox';
const PAUSES_MS: readonly number[] = [0, 1_000, 4_000];
const GIVE_UP_MS = 7 * 86_400_000;

/**
 * Puts an event where a kill does not reach it; one that waits already stays as it is.
 *
 * @throws {InputError} `state-unreadable`, `state-unwritable`.
 */
export function spool(files: StateFiles, { url }: Webhook, event: WebhookEvent, clock: Clock): void {
  if (files.list(OUTBOX).some((name) => name.endsWith(`-${event.id}.json`))) return;
  files.makeFolder(OUTBOX);
  const name = `${OUTBOX}/${String(clock.now()).padStart(14, '0')}-${event.id}.json`;
  const waiting: Waiting = { id: event.id, at: clock.now(), target: targetOf(url), body: event.body };
  replaceFile(files, name, Buffer.from(JSON.stringify(waiting)));
}

/**
 * Sends what waits for this webhook, oldest first, until one is not taken.
 *
 * @throws {InputError} `state-unreadable`, `state-unwritable`: of the outbox. What the network says is in the answer.
 */
export async function deliver(files: StateFiles, webhook: Webhook, way: Way): Promise<Delivery> {
  const names = files.list(OUTBOX).filter((name) => name.endsWith('.json'));
  const letters = names.map((name) => ({ name, letter: readWaiting(files, name) }));
  const own = letters.filter(({ letter }) => letter === null || letter.target === targetOf(webhook.url));
  const givenUp: string[] = [];
  let delivered = 0;
  let words: string | null = null;
  let waiting = 0;
  for (const { name, letter } of own) {
    words ??= letter === null ? null : await post(webhook, letter, way);
    const taken = letter !== null && words === null;
    const old = letter === null || way.clock.now() - letter.at > GIVE_UP_MS;
    if (taken) delivered++;
    else if (old) givenUp.push(lostText(webhook, name, letter, words));
    else waiting++;
    if (taken || old) files.remove(`${OUTBOX}/${name}`);
  }
  return { delivered, waiting, words: waiting === 0 ? null : words, givenUp };
}

/** Once, where nothing can wait for the next run. Null: it was taken; else a clause. */
export function sendAtOnce(webhook: Webhook, event: WebhookEvent, way: Way): Promise<string | null> {
  return post(webhook, event, way);
}

interface Waiting extends WebhookEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Which webhook it is for: the URL itself may be a secret. */
  readonly target: string;
}

/** Null: it was taken; else a clause. What the receiver does not want (4xx) is not asked again in this run. */
async function post({ url, key }: Webhook, { id, body }: WebhookEvent, way: Way): Promise<string | null> {
  const { clock } = way;
  let words: string | null = null;
  for (const pauseMs of PAUSES_MS) {
    if (pauseMs > 0) await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
    const headers = { 'content-type': 'application/json', 'idempotency-key': id, ...signature(key, body, clock.now()) };
    const answer = await request({ url, method: 'POST', headers, body }, way);
    words = refusalOf(answer);
    if (words === null) return null;
    if (answer.kind === 'status' && answer.status < 500 && ![408, 425, 429].includes(answer.status)) break;
  }
  return words;
}

function signature(key: string | null, body: string, now: number): Readonly<Record<string, string>> {
  if (key === null) return {};
  const seconds = Math.floor(now / 1000);
  const v1 = createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex');
  return { 'postern-signature': `t=${seconds},v1=${v1}` };
}

function targetOf(url: string): string {
  return sha256(url).slice(0, 16);
}

/** Null where it is no event: it was written in one piece, so that somebody else did that. */
function readWaiting(files: StateFiles, name: string): Waiting | null {
  const bytes = files.read(`${OUTBOX}/${name}`);
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes ?? []).toString('utf8'));
    if (typeof value !== 'object' || value === null) return null;
    if (!('id' in value && 'body' in value && 'at' in value && 'target' in value)) return null;
    const { id, body, at, target } = value;
    const whole = typeof id === 'string' && typeof body === 'string' && typeof at === 'number' && typeof target === 'string';
    return whole ? { id, body, at, target } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function lostText({ url }: Webhook, name: string, letter: Waiting | null, words: string | null): string {
  if (letter === null) return `outbox/${name} holds no event; it was removed.`;
  const at = new Date(letter.at).toISOString();
  return `The webhook at ${placeText(url)} did not take the event ${letter.id} of ${at} in 7 days (${words}); it is given up.`;
}
