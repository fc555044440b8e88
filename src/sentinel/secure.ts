/** The sentinel's side of TLS. */
import { constants } from 'node:crypto';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext, type TLSSocket } from 'node:tls';
import type { Certificate } from './options.ts';

/**
 * Without key exchange by RSA alone: there the client chooses the secret, so that somebody between two sessions of TLS 1.2 can give both the
 * same one, and with it the same channel binding. @see RFC 7627 section 1 (triple handshake)
 */
const CIPHERS = `${DEFAULT_CIPHERS}:!kRSA`;

/**
 * Another handshake in the same session would change the keys that receipts speak of, and cost work at the client's will; TLSSocket's own
 * way to refuse it does nothing without a tls.Server.
 */
export function contextOf({ cert, key }: Certificate): SecureContext {
  return createSecureContext({ cert, key, ciphers: CIPHERS, secureOptions: constants.SSL_OP_NO_RENEGOTIATION });
}

/** The same 32 bytes as the client's end takes. @see RFC 9266 */
export function bindingOf(stream: TLSSocket): string {
  return stream.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('hex');
}
