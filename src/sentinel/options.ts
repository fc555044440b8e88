/** What a sentinel is told, and what it offers. */
import type { Clock } from '../model/outside.ts';
import type { SentinelEvent } from '../model/sentinel-log.ts';
import type { SigningKey } from '../receipt/keys.ts';
import type { Attested } from '../receipt/receipt.ts';
import type { Door, OpenDoor } from './doors.ts';

export interface SentinelOptions {
  /** Its own name, in greetings and receipts. */
  readonly name: string;
  readonly doors: readonly Door[];
  /** Live keys; each receipt is signed with the one that it was asked for with. */
  readonly keys: readonly SigningKey[];
  /** PEM; null: STARTTLS is not offered, and no door may be `implicit`. */
  readonly certificate: Certificate | null;
  /** Domain whose mail is taken for `postern-NONCE@` and thrown away; null: none. */
  readonly sink: string | null;
  readonly limits: SentinelLimits;
  /** Connections from this host count as connections from outside: for labs. */
  readonly countLoopback: boolean;
  /** What a run before this one attested. */
  readonly attested: readonly Attested[];
  readonly clock: Clock;
  tell(event: SentinelEvent): void;
  /** What the operator should look at; a sentence. */
  warn(message: string): void;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface SentinelLimits {
  /** Connections in all. */
  readonly connections: number;
  /** Of one IPv4 address or IPv6 /64. */
  readonly atOnce: number;
  readonly perMinute: number;
  readonly idleMs: number;
  readonly sessionMs: number;
  readonly handshakeMs: number;
}

/**
 * `connections`: two crowds of 2,000 leave room, at some 20 KB each. `atOnce`, `perMinute`: twenty vantages behind one address, each with
 * five ports, two connections at once and a confirm pass, stay below them.
 */
export const DEFAULT_SENTINEL_LIMITS: SentinelLimits = {
  connections: 4_096,
  atOnce: 64,
  perMinute: 300,
  idleMs: 30_000,
  sessionMs: 120_000,
  handshakeMs: 10_000,
};

export interface Sentinel {
  /** Where it listens, port 0 replaced by what the kernel gave. */
  readonly doors: readonly OpenDoor[];
  /** Their ports, each once, ascending. */
  readonly ports: readonly number[];
  readonly connections: number;
  attested(): readonly Attested[];
  /** Prometheus's text format. */
  metrics(residentBytes: number): string;
  /** From now on; connections that are there keep their TLS, receipts are signed with the new keys. */
  reload(secrets: { readonly keys: readonly SigningKey[]; readonly certificate: Certificate | null }): void;
  /** Stops listening, says 421 to who is there, and resolves when everybody is gone: within two seconds. */
  close(): Promise<void>;
}
