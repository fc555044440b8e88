/**
 * What a sentinel writes down, one JSON object a line, append-only: enough to join it with evidence later (`postern reconcile`). Other
 * fields (`level`, `time`, `msg` …) may stand beside these.
 */
import type { Address, Family } from './address.ts';

interface Event {
  /** The sentinel's clock, ISO 8601 in UTC. */
  readonly at: string;
}

export type SentinelEvent =
  /** It listens from now on; nothing before this line in the file, back to the last `stopped`, was seen. */
  | (Event & {
      readonly event: 'listening';
      readonly name: string;
      readonly keys: readonly string[];
      readonly ports: readonly number[];
    })
  /** Once a minute: a gap between two of these is a time that nobody watched. */
  | (Event & { readonly event: 'alive'; readonly connections: number })
  | (Event & { readonly event: 'stopped' })
  /** A TCP handshake was completed. */
  | (Event & {
      readonly event: 'connected';
      /** Unique in the log. */
      readonly connection: string;
      readonly port: number;
      readonly family: Family;
      readonly client: { readonly address: Address; readonly port: number };
    })
  /** It was closed at once: too many connections or too fast. */
  | (Event & {
      readonly event: 'turned-away';
      readonly port: number;
      readonly family: Family;
      readonly client: { readonly address: Address; readonly port: number };
      readonly why: string;
    })
  | (Event & { readonly event: 'receipt'; readonly connection: string; readonly nonce: string; readonly key: string })
  /** A message for the sink's domain came, and was thrown away. */
  | (Event & { readonly event: 'delivery'; readonly connection: string; readonly nonce: string })
  | (Event & {
      readonly event: 'closed';
      readonly connection: string;
      /** Bytes from and to the client, outside of TLS and inside. */
      readonly received: number;
      readonly sent: number;
      /** `quit`, `client`, `reset`, `idle`, `limit:commands`, `limit:line`, `limit:time`, `tls`, `stopped`. */
      readonly why: string;
      readonly elapsedMs: number;
    });
