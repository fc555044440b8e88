import type { Family } from '../model/address.ts';
import type { Attested } from '../receipt/receipt.ts';

/**
 * For each port and family the last TCP connection that was completed from outside: not from loopback nor from an address of this host
 * (unless a lab says so), whatever was said on it, also where it was turned away.
 *
 * The asking client's own connections count as well. That it once came through to a port says at least as much about what holds it up
 * there now as a stranger's connection does: whatever stands before the sentinel may treat the two differently.
 */
export class Attestations {
  readonly #last = new Map<string, Attested>();

  /** @param earlier  of a run before this one. */
  constructor(earlier: readonly Attested[] = []) {
    for (const one of earlier) this.#last.set(keyOf(one), one);
  }

  note(port: number, family: Family, now: number): void {
    this.#last.set(keyOf({ port, family }), { port, family, at: new Date(now).toISOString() });
  }

  /** By port, IPv4 first. */
  list(): Attested[] {
    return [...this.#last.values()].sort((a, b) => a.port - b.port || (a.family < b.family ? -1 : 1));
  }
}

function keyOf({ port, family }: Pick<Attested, 'port' | 'family'>): string {
  return `${port}/${family}`;
}
