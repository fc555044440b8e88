/** What one probe is told: where to connect from and to, how to speak, how long to wait. */
import type { Address } from '../model/address.ts';
import type { ProbeReport } from '../model/evidence.ts';
import type { Clock, Dial, Trust } from '../model/outside.ts';
import type { ReceiptRequests } from '../smtp/receipts.ts';

export interface ProbeTarget {
  readonly address: Address;
  readonly port: number;
  /** Bound before connecting; null leaves the choice to the kernel. */
  readonly source: Address | null;
  /** SNI and the name that the certificate must be for; null where the policy writes an address. */
  readonly serverName: string | null;
  /** How the port is spoken to first; where it turns out to speak the other mode, that is tried on a second connection. */
  readonly mode: 'clear' | 'implicit';
  /** The name given with EHLO. */
  readonly ehlo: string;
  /** Reverse path to try without AUTH (a rule asks for `auth: required`); null: no MAIL is sent. */
  readonly mail: string | null;
  /** Forward path to try after MAIL was taken, on own servers whose domain the policy names; null: no RCPT is sent. */
  readonly rcpt: string | null;
  /** An unknown verb to send in clear text, on own servers, for the echo of it; null: none is sent. */
  readonly verb: string | null;
  /** Makes the requests for receipts, where the target is a sentinel with a public key; null: an ordinary server. */
  readonly receipts: ReceiptRequests | null;
  readonly trust: Trust;
}

/** Absolute bounds, milliseconds, each from the start of its stage; `targetMs` from the first connection. */
export interface ProbeLimits {
  /** TCP handshake. Below 3,500 an absent host, which the kernel reports after about 3.1 s, looks like silence. */
  readonly connectMs: number;
  /** Whole greeting: a server may hold it back on purpose (RFC 5321 section 4.5.3.2.1 allows 5 minutes; 30 s find all but tarpits). */
  readonly greetingMs: number;
  /** Whole reply to one command. */
  readonly replyMs: number;
  /** TLS handshake. */
  readonly tlsMs: number;
  /** Everything, the second connection included. */
  readonly targetMs: number;
}

export const DEFAULT_LIMITS: ProbeLimits = {
  connectMs: 8_000,
  greetingMs: 30_000,
  replyMs: 10_000,
  tlsMs: 10_000,
  targetMs: 60_000,
};

export interface ProbeContext {
  readonly dial: Dial;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly limits: ProbeLimits;
  /** How often a connect that was not answered in time is tried again; 0 leaves it to the kernel's own SYN retransmissions. */
  readonly retries: number;
}

/** Never rejects: what the network does is a value. */
export type Probe = (target: ProbeTarget, context: ProbeContext) => Promise<ProbeReport>;
