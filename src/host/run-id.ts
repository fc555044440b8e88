import { randomUUID } from 'node:crypto';

/** A random UUID. @see RFC 9562 section 5.4 */
export function newRunId(): string {
  return randomUUID();
}
