/**
 * How much one source may ask of the sentinel: connections at once, and in a minute. A source is an IPv4 address or an IPv6 /64, since
 * anybody has a /64 to himself (RFC 6177).
 */
import { type Address, familyOf, numberOf } from '../model/address.ts';

export interface SourceLimits {
  readonly atOnce: number;
  readonly perMinute: number;
}

export type Refused = 'at-once' | 'per-minute';

const WINDOW_MS = 60_000;
/** Sources that are counted in a minute, some 100 bytes each. When there are more, the ones counted longest are forgotten. */
const MAX_COUNTED = 65_536;

export class Sources {
  readonly #limits: SourceLimits;
  readonly #open = new Map<string, number>();
  readonly #counted = new Map<string, number>();
  #windowEnds = 0;

  constructor(limits: SourceLimits) {
    this.#limits = limits;
  }

  /**
   * Counts a connection in, or says why it is one too many; `leave` takes back one that was counted.
   *
   * @param now  on a clock that never steps.
   */
  enter(address: Address, now: number): Refused | null {
    const source = sourceOf(address);
    if (now >= this.#windowEnds) {
      this.#counted.clear();
      this.#windowEnds = now + WINDOW_MS;
    }
    const counted = (this.#counted.get(source) ?? 0) + 1;
    if (counted > this.#limits.perMinute) return 'per-minute';
    const open = (this.#open.get(source) ?? 0) + 1;
    if (open > this.#limits.atOnce) return 'at-once';
    this.#counted.set(source, counted);
    this.#open.set(source, open);
    if (this.#counted.size > MAX_COUNTED) this.#forgetFirst();
    return null;
  }

  leave(address: Address): void {
    const source = sourceOf(address);
    const open = (this.#open.get(source) ?? 0) - 1;
    if (open > 0) this.#open.set(source, open);
    else this.#open.delete(source);
  }

  #forgetFirst(): void {
    for (const source of this.#counted.keys()) {
      this.#counted.delete(source);
      return;
    }
  }
}

/** The address, or the first 64 bits of an IPv6 one. */
export function sourceOf(address: Address): string {
  return familyOf(address) === 'ipv4' ? address : (numberOf(address) >> 64n).toString(16);
}
