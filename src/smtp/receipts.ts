/** How a sentinel is asked for a receipt: a NOOP whose argument only somebody who knows its public key can make. */

/** A fresh nonce each time. */
export interface ReceiptRequests {
  next(): { readonly nonce: string; readonly argument: string };
}
