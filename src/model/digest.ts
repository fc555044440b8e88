import { createHash } from 'node:crypto';

/** SHA-256 of bytes, or of a text's UTF-8 bytes, lower-case hex. @see FIPS 180-4 */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A SHA-256 that grows with what it is fed; `hex` may be read at any time between. */
export interface RunningDigest {
  add(bytes: Uint8Array): void;
  hex(): string;
}

export function runningDigest(): RunningDigest {
  const hash = createHash('sha256');
  return { add: (bytes) => void hash.update(bytes), hex: () => hash.copy().digest('hex') };
}
