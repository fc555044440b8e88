/**
 * The shapes of a relay test, as data. Each control and each shape is one transaction: MAIL and RCPT with the paths below, in which stand
 *
 *   {u} postern-<nonce>   {R} the foreign domain   {R2} a second one   {D} a domain that the server hosts
 *   {H} the server's own name   {T} its address as a literal   {N} the nonce
 *
 * A shape whose names are not known is skipped, and says why. Controls come first: they tell what a 2xx and a 5xx of this server mean. The
 * forms of recipients have a sender at the server's own address, which some trust; where that is refused before the recipient is told (Exim
 * takes no address literals unless it is told to: allow_domain_literals), they are asked with the sender of the controls.
 *
 * @see RFC 5321 section 4.1.2 (paths), appendix C (source routes), RFC 2505 section 2.1
 */

import { CORE_SHAPES } from '../model/relay-gaps.ts';

export interface RelayShape {
  readonly id: string;
  /** What it asks, or what it would catch. */
  readonly about: string;
  /** Part of the battery that is fit for a timer. */
  readonly core: boolean;
  /** Template of the reverse path, without angle brackets; null where no MAIL is sent. */
  readonly mail: string | null;
  /** Template of the forward path; null where no RCPT is sent. */
  readonly rcpt: string | null;
  /** Template of a recipient that is told before it, and has to be accepted; null: none. */
  readonly first: string | null;
  /** Template of a command that is sent instead of MAIL and RCPT. */
  readonly verb: string | null;
  /** Template of a name for EHLO; null: the usual one. */
  readonly ehlo: string | null;
  /** Only inside TLS. */
  readonly tls: boolean;
  /** Where it means anything; `note`: nowhere is anything sent for it. */
  readonly only: 'submission' | 'ipv6' | 'note' | null;
}

export const RELAY_SHAPES: readonly RelayShape[] = [
  { ...shape('C0', 'a command that does not exist', null, null), verb: 'XPSTRN{N}' },
  shape('C1', 'mail for the server itself', '{u}@{R}', 'postmaster@{D}'),
  shape('C2', 'an unknown user of its own domain', '{u}@{R}', '{u}@{D}'),
  shape('C3', 'an unknown user at its address', '{u}@{R}', '{u}@{T}'),
  shape('C3b', 'an unknown user at its name', '{u}@{R}', '{u}@{H}'),
  shape('C4', 'a recipient that is no address', '{u}@{R}', '@@'),
  shape('B01', 'null sender, as of bounces', '', '{u}@{R}'),
  shape('B02', 'plain relay', '{u}@{R}', '{u}@{R}'),
  shape('B03', 'plain relay between two foreign domains', '{u}@{R2}', '{u}@{R}'),
  shape('B04', "sender at the server's name", '{u}@{H}', '{u}@{R}'),
  shape('B05', 'sender at the hosted domain', '{u}@{D}', '{u}@{R}'),
  shape('B06', "sender at the server's address", '{u}@{T}', '{u}@{R}'),
  shape('B07', 'sender at localhost', '{u}@localhost', '{u}@{R}'),
  shape('B08', 'sender without a domain', '{u}', '{u}@{R}'),
  shape('B09', 'role account of the hosted domain as sender', 'postmaster@{D}', '{u}@{R}'),
  shape('B10', 'percent hack at the address', '{u}@{T}', '{u}%{R}@{T}'),
  shape('B11', 'percent hack at the name', '{u}@{T}', '{u}%{R}@{H}'),
  shape('B12', 'percent hack without a domain', '{u}@{T}', '{u}%{R}'),
  shape('B13', 'quoted at sign', '{u}@{T}', '"{u}@{R}"'),
  shape('B14', 'quoted percent sign', '{u}@{T}', '"{u}%{R}"'),
  shape('B15', 'two at signs, the address', '{u}@{T}', '{u}@{R}@{T}'),
  shape('B16', 'quoted address at the address', '{u}@{T}', '"{u}@{R}"@{T}'),
  shape('B17', 'two at signs, the name', '{u}@{T}', '{u}@{R}@{H}'),
  shape('B18', 'quoted address at the name', '{u}@{T}', '"{u}@{R}"@{H}'),
  shape('B19', 'source route by the address', '{u}@{T}', '@{T}:{u}@{R}'),
  shape('B20', 'source route by the name', '{u}@{T}', '@{H}:{u}@{R}'),
  shape('B21', 'source route of two hops', '{u}@{T}', '@{H},@{T}:{u}@{R}'),
  shape('B22', 'bang path', '{u}@{T}', '{R}!{u}'),
  shape('B23', 'bang path at the address', '{u}@{T}', '{R}!{u}@{T}'),
  shape('B24', 'bang path at the name', '{u}@{T}', '{R}!{u}@{H}'),
  shape('B25a', 'percent hack at the hosted domain', '{u}@{R2}', '{u}%{R}@{D}'),
  shape('B25b', 'two at signs, the hosted domain', '{u}@{R2}', '{u}@{R}@{D}'),
  shape('B26', 'trailing dot', '{u}@{R2}', '{u}@{R}.'),
  shape('B27', 'a name under the hosted domain', '{u}@{R2}', '{u}@{N}.{D}'),
  { ...shape('B28', 'plain relay, EHLO with its own name', '{u}@{R}', '{u}@{R}'), ehlo: '{H}' },
  { ...shape('B29', 'plain relay, EHLO with the loopback address', '{u}@{R}', '{u}@{R}'), ehlo: '[127.0.0.1]' },
  { ...shape('B30a', 'plain relay after STARTTLS', '{u}@{R}', '{u}@{R}'), tls: true },
  { ...shape('B30b', 'sender at the hosted domain after STARTTLS', '{u}@{D}', '{u}@{R}'), tls: true },
  { ...shape('B31', 'submission without AUTH', null, null), only: 'submission' },
  { ...shape('B32', 'percent hack at the IPv6 address', '{u}@{R}', '{u}%{R}@{T}'), only: 'ipv6' },
  { ...shape('B33', 'what EHLO offers beside', null, null), only: 'note' },
  // Haraka's relay plugin, with dest_domains: who has told it one of its own may relay for the rest of the transaction.
  { ...shape('B34', 'a foreign recipient behind one of its own', '{u}@{R}', '{u}@{R}'), first: 'postmaster@{D}' },
];

function shape(id: string, about: string, mail: string | null, rcpt: string | null): RelayShape {
  return { id, about, core: CORE_SHAPES.includes(id), mail, rcpt, first: null, verb: null, ehlo: null, tls: false, only: null };
}
