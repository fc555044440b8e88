/** The sentinel's keys: Ed25519, private as PKCS #8 PEM, public as `ed25519:` and the base64 of its 32 bytes. @see RFC 8032, RFC 8410 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface PublicKey {
  /** First 16 hex digits of the SHA-256 of its 32 bytes. */
  readonly id: string;
  /** `ed25519:` + base64, as policies write it. */
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly key: KeyObject;
}

export interface SigningKey {
  readonly publicKey: PublicKey;
  readonly privateKey: KeyObject;
}

/** What stands before the 32 bytes in a SubjectPublicKeyInfo. @see RFC 8410 section 4 */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Null where the text is no key. */
export function parsePublicKey(text: string): PublicKey | null {
  const base64 = /^ed25519:([A-Za-z0-9+/]{43}=)$/.exec(text)?.[1];
  if (base64 === undefined) return null;
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? publicKeyOf(bytes) : null;
}

/** Null where the text is no private key in PEM, or not an Ed25519 one. */
export function parseSigningKey(pem: string): SigningKey | null {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (error) {
    // OpenSSL's decoder errors are many; each of them says that this is no key.
    if (!(error instanceof Error)) throw error;
    return null;
  }
  return privateKey.asymmetricKeyType === 'ed25519' ? signingKeyOf(privateKey) : null;
}

/** A new key from the system's random numbers. */
export function generateSigningKey(): SigningKey & { readonly pem: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { ...signingKeyOf(privateKey), pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() };
}

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey: publicKeyOf(spki.subarray(SPKI_PREFIX.length)) };
}

function publicKeyOf(bytes: Buffer): PublicKey {
  return {
    id: createHash('sha256').update(bytes).digest('hex').slice(0, 16),
    text: `ed25519:${bytes.toString('base64')}`,
    bytes,
    key: createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytes]), format: 'der', type: 'spki' }),
  };
}
