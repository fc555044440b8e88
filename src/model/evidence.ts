/**
 * Evidence: what one run saw from one host, as a file of JSON lines. A header, then records in the order in which they
 * happened, then a trailer that says that the run is complete. Times are ISO 8601 in UTC, durations milliseconds. Text from
 * the network is already printable (see `printable`).
 */
import type { Address, Family } from './address.ts';
import type { Outcome } from './outcome.ts';

export const EVIDENCE_SCHEMA = 'postern.evidence/1';

export interface Evidence {
  readonly header: EvidenceHeader;
  readonly records: readonly EvidenceRecord[];
  /** Null where the run died: what is here was seen, but nothing says that it is all. */
  readonly trailer: EvidenceTrailer | null;
}

export interface EvidenceHeader {
  readonly type: 'header';
  readonly schema: typeof EVIDENCE_SCHEMA;
  readonly tool: { readonly name: string; readonly version: string };
  readonly policy: { readonly name: string; readonly digest: string };
  readonly run: { readonly id: string; readonly startedAt: string };
  readonly vantage: Vantage;
  /** Who ran it, and the ticket or audit that it belongs to: as told on the command line. */
  readonly operator: string | null;
  readonly reference: string | null;
  /** Settings that shape what can be seen. */
  readonly settings: { readonly timeoutMs: number; readonly concurrency: number; readonly ports: readonly number[] };
}

export interface Vantage {
  readonly hostname: string;
  readonly platform: string;
  /** Every address of the host, loopback and link-local ones included. */
  readonly addresses: readonly Address[];
  /** Segments that this run speaks for. */
  readonly segments: readonly string[];
  readonly legs: readonly Leg[];
  /** The host has a global IPv6 address and a default route for it. */
  readonly ipv6: boolean;
}

/** One source address that speaks for one segment. */
export interface Leg {
  readonly segment: string;
  readonly family: Family;
  readonly source: Address;
  /** The segment was told by `--from`, not found by the address. */
  readonly asserted: boolean;
}

export type EvidenceRecord = ResolutionRecord | ControlRecord | Observation;

/** What a name meant to this host. */
export interface ResolutionRecord {
  readonly type: 'resolution';
  readonly lookup: 'address' | 'mx';
  readonly name: string;
  /** For `address`: every A and AAAA. Empty for `mx`. */
  readonly addresses: readonly Address[];
  /** For `mx`: the exchangers by preference, each resolved by a record of its own. Empty for `address`. */
  readonly exchangers: readonly string[];
  /** Why there is none: `ENOTFOUND`, `EAI_AGAIN`, `null-mx` … */
  readonly error: string | null;
  readonly at: string;
}

/** One connection to a control: TCP only, closed at once. It answered where the outcome is an open one. */
export interface ControlRecord {
  readonly type: 'control';
  readonly phase: 'start' | 'middle' | 'end';
  readonly segment: string;
  readonly family: Family;
  readonly source: Address;
  readonly host: string;
  /** Null where the name has no address of this family or did not resolve; the outcome is then `unresolved`. */
  readonly address: Address | null;
  readonly port: number;
  /** Named by the policy (`controls`); otherwise an allowed flow that answered at the start. */
  readonly named: boolean;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly at: string;
  readonly elapsedMs: number;
}

/** One answer to one question; several to the same question where a later pass asked again. */
export interface Observation extends ProbeReport {
  readonly type: 'observation';
  /** The question's id. */
  readonly id: string;
  readonly pass: 'scan' | 'confirm';
  readonly segment: string;
  readonly source: Address;
  readonly destination: string;
  readonly host: string;
  readonly address: Address | null;
  readonly port: number;
  /** When the probe started. */
  readonly at: string;
}

export interface ProbeReport {
  readonly outcome: Outcome;
  /** A finer state than the outcome: `tarpit`, `dpi-reset:ehlo`, `plaintext-on-tls`, `config-error` … */
  readonly detail: string | null;
  /** One sentence: what happened, with numbers and units. */
  readonly reason: string;
  readonly error: { readonly code: string; readonly syscall: string | null } | null;
  readonly elapsedMs: number;
  /** Time until the TCP handshake completed; null where it did not. */
  readonly connectMs: number | null;
  readonly dialogue: Dialogue | null;
}

/** A whole SMTP reply. @see RFC 5321 section 4.2 */
export interface Reply {
  readonly code: number;
  /** `5.7.1`; null where the reply carries none. @see RFC 3463 */
  readonly enhanced: string | null;
  /** Text of each line without code and separator, printable. */
  readonly lines: readonly string[];
}

export type DialogueStage = 'greeting' | 'ehlo' | 'starttls' | 'tls' | 'ehlo-tls' | 'mail' | 'rcpt' | 'quit';

export interface Dialogue {
  /** How the port was spoken to in the end: `clear` (STARTTLS asked for) or TLS from the first byte. */
  readonly mode: 'clear' | 'implicit';
  readonly greeting: Reply | null;
  readonly ehlo: Reply | null;
  /** Keywords with their parameters as offered before TLS, upper case: `AUTH PLAIN LOGIN`. Empty in mode `implicit`. */
  readonly keywords: readonly string[];
  readonly starttls: { readonly offered: boolean; readonly reply: Reply | null } | null;
  readonly tls: TlsSession | null;
  /** Keywords as offered inside TLS. */
  readonly keywordsTls: readonly string[];
  readonly mail: Reply | null;
  readonly rcpt: Reply | null;
  /** Where and why the dialogue ended before QUIT was answered; null where it went through. */
  readonly failure: DialogueFailure | null;
  /** Bytes that stood behind the reply to STARTTLS, before the handshake: response injection. @see CVE-2011-0411 */
  readonly injected: string | null;
  /** `S: 220 …`, `C: EHLO …`, `-- TLSv1.3 …`; bounded, printable. */
  readonly transcript: readonly string[];
}

export interface DialogueFailure {
  readonly stage: DialogueStage;
  readonly kind: 'timeout' | 'reset' | 'closed' | 'limit' | 'malformed' | 'tls' | 'refused';
  readonly message: string;
}

export interface TlsSession {
  /** `TLSv1.3`; null where the handshake failed. */
  readonly version: string | null;
  readonly cipher: string | null;
  /** The name sent (SNI) and expected in the certificate; null where the host is an address. */
  readonly serverName: string | null;
  readonly certificate: Certificate | null;
  readonly problems: readonly CertificateProblem[];
}

export interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and addresses that it is for. */
  readonly names: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string;
  /** `sha256/` + base64 of the SHA-256 of the SubjectPublicKeyInfo. */
  readonly pin: string;
  /** Subjects of the path above the leaf: as sent, then the trust anchor where it leads to one. */
  readonly chain: readonly string[];
}

export interface CertificateProblem {
  readonly code: 'expired' | 'not-yet-valid' | 'self-signed' | 'untrusted' | 'wrong-name' | 'pin-mismatch' | 'missing';
  /** A sentence with the date, name or issuer. */
  readonly message: string;
}

export interface EvidenceTrailer {
  readonly type: 'trailer';
  /** Number of records between header and trailer. */
  readonly count: number;
  /** SHA-256 of every line before this one, each with its line feed; hex. */
  readonly sha256: string;
  readonly finishedAt: string;
  /** The user stopped it: complete as a file, not as a run. */
  readonly interrupted: boolean;
}
