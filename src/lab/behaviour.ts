/** What the lab's servers do, as data: one process serves a list of these. */

export interface Listener {
  readonly address: string;
  readonly port: number;
  readonly behaviour: Behaviour;
}

export type Behaviour = MailServer | Talker | Middlebox;

/** A mail server that keeps to the protocol, or leaves it at the point that it is told to. @see RFC 5321, RFC 3207, RFC 4954 */
export interface MailServer {
  readonly kind: 'mail';
  /** Its own name, in the greeting. */
  readonly name: string;
  /** `implicit`: TLS from the first byte, on whatever port it is. */
  readonly tls: 'starttls' | 'implicit' | 'none';
  /** Where AUTH PLAIN LOGIN is offered. With any offer, MAIL wants AUTH first (530). */
  readonly auth: 'never' | 'inside-tls' | 'always';
  readonly certificate?: CertificateFiles;
  /** The newest TLS that it speaks. */
  readonly newestTls?: 'TLSv1.1' | 'TLSv1.2';
  /** Lines of the greeting, instead of one with its name; the pause falls before the last one. */
  readonly greeting?: readonly string[];
  readonly pauseMs?: number;
  /** Breaks off with RST where this arrives. */
  readonly resetAt?: 'ehlo' | 'starttls' | 'client-hello';
  /** Bytes (Latin-1) in answer to a ClientHello, before it closes: an alert record, or no TLS at all. */
  readonly answersHello?: string;
  /** Its answer to a command that it does not know; `%s` stands for the line as it came. */
  readonly unknown?: string;
  /** Keywords of its EHLO reply beside STARTTLS and AUTH, instead of the usual ones. */
  readonly keywords?: readonly string[];
}

/** Something that says its piece whoever connects. */
export interface Talker {
  readonly kind: 'talk';
  /** Sent on connect, bytes as in Latin-1; empty for a server that waits. */
  readonly says: string;
  /** Pause between single bytes; absent: all at once. */
  readonly stutterMs?: number;
  /** Sent once the other side has spoken. */
  readonly answers?: string;
  /** What follows the last byte said or, where it answers, the answer. */
  readonly afterwards: 'wait' | 'close' | 'reset';
}

/** A device on the way: a firewall redirects to it what was meant for others. */
export type Middlebox = { readonly kind: 'middlebox' } & (ForwardingBox | TlsBox | SinkBox);

/**
 * `relay` passes every byte. `strip` takes STARTTLS out of the reply to EHLO, and passes STARTTLS itself. `inspect` does as a Cisco ASA
 * does with `inspect esmtp`: the greeting and unknown keywords are overwritten on the way down, unknown commands on the way up.
 */
export interface ForwardingBox {
  readonly does: 'relay' | 'strip' | 'inspect';
  readonly upstream: Upstream;
}

/** Ends TLS with a certificate of its own and begins another session upstream; what is said inside is passed byte by byte. */
export interface TlsBox {
  readonly does: 'intercept-tls';
  readonly upstream: Upstream;
  /** `starttls`: passes clear text until STARTTLS has been answered with 220. */
  readonly tls: 'starttls' | 'implicit';
  readonly certificate: CertificateFiles;
}

/** Takes everything and sends nothing on: 250 to every command, STARTTLS and nonsense included. */
export interface SinkBox {
  readonly does: 'accept-all';
  readonly name: string;
}

/** Where it goes on to; null: nowhere, so that it takes the connection and closes it again. */
export type Upstream = { readonly address: string; readonly port: number } | null;

/** PEM files. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A well kept mail server with that certificate, but for what is told: STARTTLS, AUTH inside TLS only. */
export function mailServer(name: string, certificate: CertificateFiles, more: Partial<MailServer> = {}): MailServer {
  return { kind: 'mail', name, tls: 'starttls', auth: 'inside-tls', certificate, ...more };
}

/** Takes connections and never says a word: what a control needs. */
export const ACCEPTS_ONLY: Talker = { kind: 'talk', says: '', afterwards: 'wait' };
