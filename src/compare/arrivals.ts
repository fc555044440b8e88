/** What arrived at a sentinel, by its log: connections with what became of them, and receipts by their nonce. */
import type { Address, Family } from '../model/address.ts';
import type { SentinelEvent } from '../model/sentinel-log.ts';

export interface Arrival {
  /** Null where it was turned away before it got a name. */
  readonly connection: string | null;
  /** Milliseconds since 1970 UTC, by the sentinel's clock. */
  readonly atMs: number;
  readonly port: number;
  readonly family: Family;
  readonly client: { readonly address: Address; readonly port: number };
  /** Of the receipts that it got, in order. */
  readonly nonces: readonly string[];
  /** Null where the log does not tell its end. */
  readonly end: { readonly received: number; readonly sent: number; readonly why: string } | null;
}

export interface ReceiptSeen {
  readonly atMs: number;
  readonly connection: string;
  /** Null where the log begins after its connection did. */
  readonly arrival: Arrival | null;
}

export interface Arrivals {
  /** By time. */
  readonly connections: readonly Arrival[];
  /** A nonce that came again is not news: whoever saw it on the way may repeat it. */
  readonly receipts: ReadonlyMap<string, ReceiptSeen>;
}

interface Draft extends Omit<Arrival, 'nonces' | 'end'> {
  nonces: string[];
  end: Arrival['end'];
}

/** @param events  in the file's order: what belongs to a connection stands behind its beginning. */
export function arrivalsOf(events: readonly SentinelEvent[]): Arrivals {
  const connections: Draft[] = [];
  const receipts = new Map<string, ReceiptSeen>();
  /** By name; a name that comes again is another connection. */
  const known = new Map<string, Draft>();
  const arrive = (draft: Draft): void => {
    connections.push(draft);
    if (draft.connection !== null) known.set(draft.connection, draft);
  };
  for (const event of events) {
    const atMs = Date.parse(event.at);
    if (event.event === 'connected') {
      const { connection, port, family, client } = event;
      arrive({ connection, atMs, port, family, client, nonces: [], end: null });
    } else if (event.event === 'turned-away') {
      const { port, family, client, why } = event;
      arrive({
        connection: null,
        atMs,
        port,
        family,
        client,
        nonces: [],
        end: { received: 0, sent: 0, why: `turned away: ${why}` },
      });
    } else if (event.event === 'receipt') {
      const arrival = known.get(event.connection) ?? null;
      arrival?.nonces.push(event.nonce);
      if (!receipts.has(event.nonce)) receipts.set(event.nonce, { atMs, connection: event.connection, arrival });
    } else if (event.event === 'closed') {
      const { received, sent, why } = event;
      const arrival = known.get(event.connection);
      if (arrival !== undefined) arrival.end = { received, sent, why };
    }
  }
  return { connections: connections.sort((a, b) => a.atMs - b.atMs), receipts };
}
