/**
 * How a receipt is asked for: `NOOP` with a nonce and a tag that only somebody who knows the sentinel's public key can make, so that
 * strangers get the same dull reply as everywhere. The tag is no secret worth stealing: it keeps the sentinel from being noticed, the
 * signature is what proves.
 *
 * On the wire: `NOOP ` + 32 hex digits of nonce + 16 hex digits of tag. A NOOP may have an argument, and inspecting devices let it pass.
 *
 * @see RFC 5321 section 4.1.1.9
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { RECEIPT_FORMAT } from '../model/receipt-format.ts';
import type { PublicKey } from './keys.ts';

const TAG_HEX = 16;

/** @param nonce  32 hex digits. */
export function receiptArgument(publicKey: PublicKey, nonce: string): string {
  return `${nonce}${tagOf(publicKey, nonce)}`;
}

/** 128 random bits, hex. */
export function newNonce(): string {
  return randomBytes(16).toString('hex');
}

/** The nonce, and the key that the other side goes by; null for a stranger's argument. Every key is tried, in the same time. */
export function readArgument<K extends { readonly publicKey: PublicKey }>(
  argument: string,
  keys: readonly K[],
): { readonly nonce: string; readonly key: K } | null {
  const [, nonce = '', tag = ''] = /^([0-9a-f]{32})([0-9a-f]{16})$/i.exec(argument)?.map((text) => text.toLowerCase()) ?? [];
  if (nonce === '') return null;
  const given = Buffer.from(tag, 'hex');
  const [key] = keys.filter(({ publicKey }) => timingSafeEqual(Buffer.from(tagOf(publicKey, nonce), 'hex'), given));
  return key === undefined ? null : { nonce, key };
}

function tagOf(publicKey: PublicKey, nonce: string): string {
  return createHmac('sha256', publicKey.bytes).update(`${RECEIPT_FORMAT} ${nonce}`, 'utf8').digest('hex').slice(0, TAG_HEX);
}
