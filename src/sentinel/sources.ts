/**
 * How much one source may ask of the sentinel: connections at once, and in a minute. A source is an IPv4 address or an IPv6 /64, since
 * anybody has a /64 to himself (RFC 6177).
 */
import { type Address, familyOf, numberOf } from '../model/address.ts';

export interface SourceLimits {
  readonly atOnce: number;
  readonly perMinute: number;
}

/** `flood`: this one, and every further one of this source until the minute is over; `unlisted`: such a further one. */
export type Refused = 'at-once' | 'per-minute' | 'flood' | 'unlisted';

const WINDOW_MS = 60_000;
/** Sources that are counted in a minute, some 100 bytes each. When there are more, the ones counted longest are forgotten. */
const MAX_COUNTED = 65_536;
/** Refusals of one source that are told one by one in a minute: a log that anybody can fill at the speed of his line is no log for long. */
const MAX_LISTED = 100;

export class Sources {
  readonly #limits: SourceLimits;
  readonly #open = new Map<string, number>();
  readonly #tried = new Map<string, number>();
  #windowEnds = 0;

  constructor(limits: SourceLimits) {
    this.#limits = limits;
  }

  /**
   * Counts a connection in, or says why it is one too many; `leave` takes back one that was counted in.
   *
   * @param now  on a clock that never steps.
   */
  enter(address: Address, now: number): Refused | null {
    const source = sourceOf(address);
    const { atOnce, perMinute } = this.#limits;
    const tried = this.#try(source, now);
    if (tried > perMinute + MAX_LISTED) return tried === perMinute + MAX_LISTED + 1 ? 'flood' : 'unlisted';
    if (tried > perMinute) return 'per-minute';
    const open = (this.#open.get(source) ?? 0) + 1;
    if (open > atOnce) return 'at-once';
    this.#open.set(source, open);
    return null;
  }

  leave(address: Address): void {
    const source = sourceOf(address);
    const open = (this.#open.get(source) ?? 0) - 1;
    if (open > 0) this.#open.set(source, open);
    else this.#open.delete(source);
  }

  /** How often it has tried in this minute, now included. */
  #try(source: string, now: number): number {
    if (now >= this.#windowEnds) {
      this.#tried.clear();
      this.#windowEnds = now + WINDOW_MS;
    }
    const tried = (this.#tried.get(source) ?? 0) + 1;
    this.#tried.set(source, tried);
    const [first = source] = this.#tried.size > MAX_COUNTED ? this.#tried.keys() : [];
    if (first !== source) this.#tried.delete(first);
    return tried;
  }
}

/** The address, or the first 64 bits of an IPv6 one. */
export function sourceOf(address: Address): string {
  return familyOf(address) === 'ipv4' ? address : (numberOf(address) >> 64n).toString(16);
}
