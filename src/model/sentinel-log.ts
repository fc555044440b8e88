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
      /** Unique in the log: `RUN-NUMBER`, numbered from 1 in each run, so that a missing line shows. */
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
      /**
       * `at-once`, `per-minute` (of one source: an IPv4 address or IPv6 /64), `full`; `flood`: this one, and every further one of this source
       * for up to a minute, which are not listed.
       */
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
      /**
       * `quit`, `client` (it hung up), `reset`, `idle`, `limit:commands`, `limit:line`, `limit:message`, `limit:time`, `unread` (it did not take
       * what was sent), `tls` (no handshake), `evicted` (a stranger, to make room), `stopped`.
       */
      readonly why: string;
      readonly elapsedMs: number;
    });
