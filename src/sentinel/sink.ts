/**
 * The sink's memory: which nonces a message came for, when and from where. The messages themselves are gone as they come. It is bounded:
 * per source, so that one sender cannot crowd out the others, and in all.
 */
import type { Address } from '../model/address.ts';
import type { ReceiptBody } from '../receipt/receipt.ts';
import type { SinkDoor } from './session.ts';
import { sourceOf } from './sources.ts';

interface Delivery {
  readonly time: number;
  readonly client: Address;
}

/** A relay that greylists comes back within minutes; the test that waits for it has long ended after this. */
const KEPT_MS = 3_600_000;
/** Some 200 bytes each. */
const MAX_KEPT = 16_384;
const MAX_PER_SOURCE = 256;

export class Sink implements SinkDoor {
  readonly domain: string;
  readonly #now: () => number;
  /** In the order in which they came. */
  readonly #deliveries = new Map<string, Delivery>();
  readonly #perSource = new Map<string, number>();

  /** @param now  milliseconds since 1970-01-01 UTC. */
  constructor(domain: string, now: () => number) {
    this.domain = domain.toLowerCase();
    this.#now = now;
  }

  hasRoom(client: Address): boolean {
    this.#forgetOld();
    return (this.#perSource.get(sourceOf(client)) ?? 0) < MAX_PER_SOURCE;
  }

  /** The first message counts: a relay may deliver twice. */
  deliver(nonce: string, client: Address): void {
    if (this.#deliveries.has(nonce)) return;
    const source = sourceOf(client);
    this.#deliveries.set(nonce, { time: this.#now(), client });
    this.#perSource.set(source, (this.#perSource.get(source) ?? 0) + 1);
    if (this.#deliveries.size > MAX_KEPT) this.#forgetFirst();
  }

  find(nonce: string): ReceiptBody['delivery'] {
    this.#forgetOld();
    const found = this.#deliveries.get(nonce);
    return found === undefined ? null : { at: new Date(found.time).toISOString(), client: found.client };
  }

  #forgetOld(): void {
    for (const { time } of this.#deliveries.values()) {
      if (this.#now() - time <= KEPT_MS) return;
      this.#forgetFirst();
    }
  }

  #forgetFirst(): void {
    for (const [nonce, { client }] of this.#deliveries) {
      this.#deliveries.delete(nonce);
      const source = sourceOf(client);
      const left = (this.#perSource.get(source) ?? 0) - 1;
      if (left > 0) this.#perSource.set(source, left);
      else this.#perSource.delete(source);
      return;
    }
  }
}
