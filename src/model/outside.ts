/**
 * What lies outside the process, as the pure parts see it. `src/host` implements these for the machine; tests inject others.
 */
import type { Address, Family } from './address.ts';
import type { CertificateProblem, TlsSession } from './dialogue.ts';

export interface Clock {
  /** Milliseconds since 1970-01-01 UTC: for what is written down. */
  now(): number;
  /** Milliseconds on a clock that never steps: for what is measured. */
  monotonic(): number;
  /** Calls back after `delayMs`; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface DialTarget {
  readonly address: Address;
  readonly port: number;
  /** Bound before connecting; null leaves the choice to the kernel. */
  readonly source: Address | null;
}

export type DialResult =
  | { readonly kind: 'connected'; readonly connection: Connection; readonly elapsedMs: number }
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly syscall: string | null;
      /** connect() itself returned the error: it never left this host. */
      readonly immediate: boolean;
      readonly elapsedMs: number;
    }
  | { readonly kind: 'timeout'; readonly elapsedMs: number }
  | { readonly kind: 'aborted'; readonly elapsedMs: number };

/** One TCP connection attempt to one address: never a name, never happy eyeballs. Never rejects. */
export type Dial = (target: DialTarget, timeoutMs: number, signal: AbortSignal) => Promise<DialResult>;

/** A byte stream with absolute deadlines (on `Clock.monotonic`). No method rejects. */
export interface Connection {
  /** The next bytes that arrive, or what happened instead. */
  read(deadline: number): Promise<ReadResult>;
  write(bytes: Uint8Array): void;
  /**
   * Takes the stream over for TLS; the connection itself is then the secure stream. What the server said before has to be
   * read, or is a failure.
   */
  startTls(options: TlsOptions, deadline: number): Promise<TlsResult>;
  /**
   * What both ends of this TLS session know and no third party can choose, hex: 32 bytes of the exporter `EXPORTER-Channel-Binding` with an
   * empty context. Null outside of TLS. @see RFC 9266
   */
  binding(): string | null;
  /** This end; null once it is closed. */
  local(): { readonly address: Address; readonly port: number } | null;
  /** Ends it at once; idempotent. */
  close(): void;
}

export type ReadResult =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly code: string; readonly syscall: string | null }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' };

export interface TlsOptions {
  /** SNI, and the name that the certificate must be for; null where the host is an address (then `address` must be in it). */
  readonly serverName: string | null;
  readonly address: Address;
  readonly trust: Trust;
}

export interface Trust {
  /** PEM; null: the usual anchors that come with Node. */
  readonly anchors: readonly string[] | null;
  /** Any one matching is enough; empty: none asked for. */
  readonly pins: readonly string[];
}

export type TlsResult =
  | { readonly kind: 'secure'; readonly session: TlsSession }
  | {
      readonly kind: 'failed';
      /** `SPOKE_FIRST`: clear text was there before the handshake, which was then not begun. */
      readonly code: string;
      /** Null where OpenSSL or Node itself failed it; a peer that closed is `ECONNRESET` without a syscall. */
      readonly syscall: string | null;
      readonly message: string;
      readonly problems: readonly CertificateProblem[];
    }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' };

export interface Resolver {
  /** Every A and AAAA as the system's resolver sees them, /etc/hosts included. */
  addresses(name: string): Promise<{ readonly addresses: readonly Address[]; readonly error: string | null }>;
  /** Exchangers by preference, from DNS; `null-mx` is an error here. @see RFC 5321 section 5.1, RFC 7505 */
  exchangers(domain: string): Promise<{ readonly exchangers: readonly string[]; readonly error: string | null }>;
}

export interface LocalAddress {
  readonly address: Address;
  readonly family: Family;
  readonly interface: string;
  readonly internal: boolean;
}

/** Interface by which a packet would leave, or why none would; `unknown` where it cannot be looked up (no `ip` here). */
export type Route =
  | { readonly kind: 'route'; readonly interface: string; readonly source: Address | null }
  | { readonly kind: 'none'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

export interface HostNetwork {
  hostname(): string;
  addresses(): readonly LocalAddress[];
  route(target: Address, source: Address | null): Promise<Route>;
}
