/** A sentinel on loopback, in this process, gone when the test is over. */
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/model/outside.ts';
import type { SentinelEvent } from '../../src/model/sentinel-log.ts';
import { openReceipt, type ReceiptBody } from '../../src/receipt/receipt.ts';
import { newNonce, receiptArgument } from '../../src/receipt/request.ts';
import { type Sentinel, type SentinelSetup, startSentinel } from '../../src/sentinel.ts';
import { at } from '../support/address.ts';
import { certificate } from '../support/server.ts';
import type { TestClient } from './client.ts';
import { KEY, NAME, NOW } from './talk.ts';

export interface Started {
  readonly sentinel: Sentinel;
  readonly port: number;
  readonly events: readonly SentinelEvent[];
  readonly warnings: readonly string[];
  /** Waits until an event of this kind is there, and returns all of them. */
  seen<E extends SentinelEvent['event']>(event: E, count?: number): Promise<Extract<SentinelEvent, { readonly event: E }>[]>;
}

export async function start(setup: Partial<SentinelSetup> = {}): Promise<Started> {
  const events: SentinelEvent[] = [];
  const warnings: string[] = [];
  let wake: () => void = () => undefined;
  const sentinel = await startSentinel({
    name: NAME,
    keys: [KEY],
    ports: [0],
    addresses: [at('127.0.0.1')],
    certificate: certificate('good'),
    countLoopback: true,
    warn: (message) => warnings.push(message),
    tell(event) {
      events.push(event);
      wake();
    },
    ...setup,
  });
  onTestFinished(() => sentinel.close());
  const [port = 0] = sentinel.ports;
  return {
    sentinel,
    port,
    events,
    warnings,
    async seen(event, count = 1) {
      for (;;) {
        const found = events.filter(
          (one): one is Extract<SentinelEvent, { readonly event: typeof event }> => one.event === event,
        );
        if (found.length >= count) return found;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

export interface Asked {
  readonly body: ReceiptBody;
  readonly nonce: string;
  /** The client's own account. */
  readonly sent: string;
  readonly received: string;
}

/** Asks for a receipt, and verifies its signature. */
export async function ask(client: TestClient, key: typeof KEY = KEY, nonce: string = newNonce()): Promise<Asked> {
  const received = client.received.hex();
  const { texts } = await client.say(`NOOP ${receiptArgument(key.publicKey, nonce)}`);
  const opened = openReceipt(texts.slice(1).join(''), key.publicKey);
  if (opened.kind !== 'genuine') throw new Error(opened.message);
  return { body: opened.body, nonce, sent: client.sent.hex(), received };
}

/** Time that passes when the test says so; `advance` runs what falls due, in order. */
export function steppedClock(): Clock & { advance(ms: number): void } {
  const timers = new Set<{ readonly due: number; readonly callback: () => void }>();
  let elapsed = 0;
  return {
    now: () => NOW + elapsed,
    monotonic: () => elapsed,
    after(delayMs, callback) {
      const timer = { due: elapsed + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const until = elapsed + ms;
      for (;;) {
        const [next] = [...timers].filter(({ due }) => due <= until).sort((a, b) => a.due - b.due);
        if (next === undefined) break;
        timers.delete(next);
        elapsed = Math.max(elapsed, next.due);
        next.callback();
      }
      elapsed = until;
    },
  };
}
