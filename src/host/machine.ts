/** What a run needs of the machine beside sockets, names and files. */
import { randomUUID } from 'node:crypto';
import { rootCertificates } from 'node:tls';

/** A random UUID. @see RFC 9562 section 5.4 */
export function newRunId(): string {
  return randomUUID();
}

/** The trust anchors that come with Node (Mozilla's), PEM. */
export const USUAL_ANCHORS: readonly string[] = rootCertificates;
