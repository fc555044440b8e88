/**
 * How a sentinel is asked for a receipt, and how its answer is told from any other server's: a NOOP whose argument only somebody who knows
 * its public key can make, and a 250 of several lines, the first of which is an ordinary one.
 *
 * @see RFC 5321 section 4.1.1.9 (NOOP may have an argument), section 4.2.1 (replies of several lines)
 */
import type { Reply } from '../model/dialogue.ts';
import { type RunningDigest, runningDigest } from '../model/digest.ts';
import { RECEIPT_FORMAT } from '../model/receipt-format.ts';

/** A fresh nonce each time. */
export interface ReceiptRequests {
  next(): { readonly nonce: string; readonly argument: string };
}

/** The receipt that a reply carries, its lines joined, as it came; null where it carries none. Nothing of it is verified. */
export function receiptIn({ code, lines }: Reply): string | null {
  const joined = lines.slice(1).join('');
  return code === 250 && joined.startsWith(`${RECEIPT_FORMAT}.`) ? joined : null;
}

/**
 * Every byte of SMTP that went over one connection, either way: in clear text, then inside TLS, one after the other. The records of TLS and its
 * handshake are not among them.
 *
 * What counts as received before a receipt is what had been read when it was asked for: replies, and bytes that nobody asked for, which are
 * passed over but were received all the same. On an untouched path there are none of these: the other end has sent its replies, each of
 * them was read to its end before the next command, and so both ends count the same bytes, however they were cut into packets. What
 * arrives after the request belongs to the answer; put in by somebody on the way, it stands before the receipt's first line, and the
 * answer is then no receipt.
 */
export interface Account {
  readonly sent: RunningDigest;
  readonly received: RunningDigest;
}

export function newAccount(): Account {
  return { sent: runningDigest(), received: runningDigest() };
}
