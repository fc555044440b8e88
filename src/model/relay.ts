/**
 * Relay tests: may a stranger send through this server? The words that scanner, comparator and reports share. A test is a list of
 * attempts: controls (C0 to C4), which tell what the server's 2xx and 5xx mean, and shapes of addresses (B01 to B34).
 *
 * @see RFC 5321 section 3.6 (relaying), RFC 2505 section 2.1 (a server must be able to refuse)
 */

/** What a whole test says about a server; never a bare "open". */
export const RELAY_OUTCOMES = [
  'relay-confirmed',
  'relay-accepted',
  'accept-all',
  'catch-all',
  'rejected',
  'auth-required',
  'tls-required',
  'deferred',
  'limited',
  'inconclusive',
] as const;
export type RelayOutcome = (typeof RELAY_OUTCOMES)[number];

/**
 * What one reply says. `unknown`: 252, or a reply that decides nothing. `inconclusive`: refused for a reason that comes before the relay
 * decision (a recipient domain that does not resolve). `skipped`: not sent; `reason` says why.
 */
export const ATTEMPT_CLASSES = [
  'accepted',
  'rejected',
  'auth-required',
  'tls-required',
  'deferred',
  'limited',
  'unknown',
  'inconclusive',
  'skipped',
] as const;
export type AttemptClass = (typeof ATTEMPT_CLASSES)[number];

export interface RelayAttempt {
  /** `C0` … `C4`, `B01` … `B34`; a variant has a letter behind it (`C3b`, `B25a`). */
  readonly id: string;
  /** What this shape catches, in words. */
  readonly about: string;
  /** Reverse path without angle brackets; null where no MAIL was sent (C0, or a shape that could not be made). */
  readonly mailFrom: string | null;
  /** Forward path without angle brackets; null where no RCPT was sent: MAIL was refused, or there was none. */
  readonly rcptTo: string | null;
  /** Name given with EHLO, where the shape is about it; null: the usual one. */
  readonly ehlo: string | null;
  /** Which command the reply below belongs to; null where nothing was answered. */
  readonly stage: 'verb' | 'mail' | 'rcpt' | 'data' | null;
  readonly code: number | null;
  /** `5.7.1`. @see RFC 3463 */
  readonly enhanced: string | null;
  /** Lines of the reply, joined with blanks; printable. */
  readonly text: string | null;
  readonly class: AttemptClass;
  /** The reply came inside TLS. */
  readonly secure: boolean;
  /** Which connection of the test it was said on, from 1; 0 where nothing was sent. */
  readonly connection: number;
  /** Why it was skipped, or what the class hangs on; null where the reply says it all. */
  readonly reason: string | null;
}

/** How far a test goes: recipients only, DATA broken off before its end, or one message to the user's own sink. */
export type RelayLevel = 'envelope' | 'data-abort' | 'confirm';

export type RelayBattery = 'core' | 'all';
