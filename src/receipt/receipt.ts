/**
 * The sentinel's receipts: what it saw of one connection, signed, so that anybody with the public key can verify it later and offline.
 *
 * Written `postern-receipt/1.BODY.SIGNATURE`, both base64url without padding; the signature (Ed25519) is over everything before its dot.
 * The body is JSON, checked field by field when it is read.
 *
 * @see RFC 8032 (Ed25519), RFC 4648 section 5 (base64url)
 */
import { sign, verify } from 'node:crypto';
import type { Address, Family } from '../model/address.ts';
import { RECEIPT_FORMAT } from '../model/receipt-format.ts';
import {
  address,
  family,
  hex128,
  hex256,
  instant,
  integer,
  isObject,
  list,
  nullable,
  object,
  pattern,
  port,
  type Shape,
  text,
} from '../model/shape.ts';
import type { PublicKey, SigningKey } from './keys.ts';

export interface ReceiptBody {
  /** Id of the key that signed it. */
  readonly key: string;
  /** The sentinel's own name. */
  readonly name: string;
  /** The request's, 32 hex digits. */
  readonly nonce: string;
  /** Port that the connection came in on, and where it came from, as the sentinel saw it. */
  readonly port: number;
  readonly client: { readonly address: Address; readonly port: number };
  /** SHA-256 of every byte of SMTP received since the connection, the request included; of every byte sent before the receipt; hex. */
  readonly received: string;
  readonly sent: string;
  /** RFC 9266 channel binding, hex; null outside of TLS. */
  readonly exporter: string | null;
  /** The sentinel's clock. */
  readonly at: string;
  /** For each port and family the last connection that was completed from outside. */
  readonly listening: readonly Attested[];
  /** Domain whose mail it takes and throws away, for relay tests; null: none. */
  readonly sink: string | null;
  /** When a message for this very nonce arrived there, and from where; null: none did. */
  readonly delivery: { readonly at: string; readonly client: Address } | null;
}

export interface Attested {
  readonly port: number;
  readonly family: Family;
  readonly at: string;
}

export type Opened =
  | { readonly kind: 'genuine'; readonly body: ReceiptBody }
  | { readonly kind: 'refused'; readonly why: Refusal; readonly message: string };

/** `other-key`: signed by a key that the policy does not name, such as a retired one. */
export type Refusal = 'malformed' | 'forged' | 'other-key';

/** Format, body, signature; what is signed is all before the signature's dot. */
const WRITTEN = new RegExp(`^(${RECEIPT_FORMAT}\\.([A-Za-z0-9_-]+))\\.([A-Za-z0-9_-]+)$`);
/** Characters. A receipt that names 64 ports in both families has some 11,000; one that names the usual five, some 1,600. */
const MAX_LENGTH = 16_384;

const BODY: Shape = object({
  key: pattern(/^[0-9a-f]{16}$/, 'the id of a key'),
  name: text,
  nonce: hex128,
  port,
  client: object({ address, port: integer(0, 65_535) }),
  received: hex256,
  sent: hex256,
  exporter: nullable(hex256),
  at: instant,
  listening: list(object({ port, family, at: instant })),
  sink: nullable(text),
  delivery: nullable(object({ at: instant, client: address })),
});

export function signReceipt(body: Omit<ReceiptBody, 'key'>, { privateKey, publicKey }: SigningKey): string {
  const json = JSON.stringify({ key: publicKey.id, ...body });
  const signed = `${RECEIPT_FORMAT}.${Buffer.from(json, 'utf8').toString('base64url')}`;
  return `${signed}.${sign(null, Buffer.from(signed, 'ascii'), privateKey).toString('base64url')}`;
}

/** Verifies form and signature; whether it fits the connection is for the caller. Never throws for what the text holds. */
export function openReceipt(raw: string, publicKey: PublicKey): Opened {
  const match = WRITTEN.exec(raw);
  if (match === null || raw.length > MAX_LENGTH)
    return refused('malformed', 'it is no whole receipt: cut off, or not one at all');
  const [, signed = '', encoded = '', signature = ''] = match;
  const body = parseBody(encoded);
  const bytes = Buffer.from(signature, 'base64url');
  // The last character of base64 has bits to spare: a receipt has one form, and every other text is none.
  const whole = bytes.length === 64 && bytes.toString('base64url') === signature;
  const genuine = whole && verify(null, Buffer.from(signed, 'ascii'), publicKey.key, bytes);
  if (genuine && typeof body !== 'string') return { kind: 'genuine', body };
  if (genuine) return refused('malformed', `its body is not one that this version reads: ${body}`);
  if (typeof body === 'string') return refused('malformed', `it is no whole receipt: ${body}`);
  if (body.key === publicKey.id)
    return refused('forged', 'its signature is not that of the key that it names: it was changed, cut off or forged');
  return refused(
    'other-key',
    `it names the key ${body.key}; the policy has ${publicKey.id}: a retired key, or not this sentinel's`,
  );
}

function parseBody(encoded: string): ReceiptBody | string {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return 'its body is not JSON';
  }
  const problem = BODY(value, 'body');
  if (problem !== null) return problem;
  return isBody(value) ? value : 'its body is no object';
}

/** The shape has been checked: shape and type say the same, field by field. */
function isBody(value: unknown): value is ReceiptBody {
  return isObject(value);
}

function refused(why: Refusal, message: string): Opened {
  return { kind: 'refused', why, message };
}
