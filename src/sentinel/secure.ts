/** The sentinel's side of TLS. */
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { Certificate } from './options.ts';

/**
 * Another handshake in the same session would change the keys that receipts speak of, and cost work at the client's will; TLSSocket's own
 * way to refuse it does nothing without a tls.Server.
 */
export function contextOf({ cert, key }: Certificate): SecureContext {
  return createSecureContext({ cert, key, secureOptions: constants.SSL_OP_NO_RENEGOTIATION });
}

/** The same 32 bytes as the client's end takes. @see RFC 9266 */
export function bindingOf(stream: TLSSocket): string {
  return stream.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('hex');
}
