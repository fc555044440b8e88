/** One SMTP dialogue as it is written down: what was said, what was offered, how it ended. Text from the network is printable. */
import type { Address } from './address.ts';

/** A whole SMTP reply. @see RFC 5321 section 4.2 */
export interface Reply {
  readonly code: number;
  /** `5.7.1`; null where the reply carries none. @see RFC 3463 */
  readonly enhanced: string | null;
  /** Text of each line without code and separator, printable. */
  readonly lines: readonly string[];
}

export type DialogueStage =
  | 'greeting'
  | 'ehlo'
  | 'verb'
  | 'receipt'
  | 'starttls'
  | 'tls'
  | 'ehlo-tls'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'quit';

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
  /** An unknown verb with a nonce in it, sent in clear text to own servers only, and what came back; null: none was sent. */
  readonly echo: { readonly verb: string; readonly reply: Reply | null } | null;
  /** Receipts that a sentinel was asked for, in their order; empty with every other server. */
  readonly receipts: readonly ReceiptExchange[];
  /** `S: 220 …`, `C: EHLO …`, `-- TLSv1.3 …`; bounded, printable. */
  readonly transcript: readonly string[];
}

/** One receipt asked for, with this end's own account of the connection up to then. */
export interface ReceiptExchange {
  /** After EHLO in clear text; after STARTTLS was asked for and led to no TLS; inside TLS. */
  readonly when: 'clear' | 'refused-tls' | 'tls';
  /** 128 random bits of this end, hex. */
  readonly nonce: string;
  /** As it came, lines joined, without reply codes; null where the answer was no receipt. */
  readonly receipt: string | null;
  /** SHA-256 of every byte of SMTP that this end sent since connecting, the request for this receipt included; hex. */
  readonly sent: string;
  /** SHA-256 of every byte of SMTP that this end received before the receipt; hex. */
  readonly received: string;
  /** Channel binding of the TLS session as this end sees it, hex; null outside of TLS. @see RFC 9266 (tls-exporter) */
  readonly exporter: string | null;
  /** This end of the connection, before any translation on the way. */
  readonly local: { readonly address: Address; readonly port: number } | null;
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
