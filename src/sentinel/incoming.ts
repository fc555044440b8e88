/**
 * Bytes from a client, in whatever pieces, as lines and as the body of a message, with a bound on everything: at most one line's bytes are
 * ever kept, of a message none.
 *
 * @see RFC 5321 section 4.5.3.1 (sizes), section 4.5.2 (the dot that ends a message)
 */

/** What stands at the front of the bytes: `taken` of them are used up; null: more are needed. */
export interface Taken {
  readonly taken: number;
  readonly event: Incident | null;
}

export type Incident =
  /** Without its line end; each byte is one character. */
  | { readonly kind: 'line'; readonly text: string }
  /** A line was longer than allowed, and is over. */
  | { readonly kind: 'overlong' }
  /** A line went on and on. */
  | { readonly kind: 'flood' }
  /** The dot came. */
  | { readonly kind: 'message' }
  | { readonly kind: 'too-large' };

/** Octets of a command line, its end included: twice what RFC 5321 asks for, since MAIL's parameters may add to it. */
const MAX_LINE = 1_024;
/** Octets of one overlong line that are thrown away before the connection is. */
const MAX_DISCARDED = 65_536;
/** Octets of a message. A relay test's message has some hundred; what relays add to it are trace headers. */
export const MAX_MESSAGE = 65_536;

const LF = 0x0a;
const CR = 0x0d;
/** Before and within the body of a message the end is looked for as if a line end had just come: a message may be empty. */
const END = '\r\n.\r\n';
const BODY_STARTS = '\r\n';

export class Incoming {
  /** The line so far. Its own memory: a piece of what Node read would keep all of that alive. */
  #line: Uint8Array = new Uint8Array(0);
  #discarded = 0;
  #tail = BODY_STARTS;
  #message = 0;

  /** Bytes up to and including the next LF; a CR before it belongs to the line end. */
  line(bytes: Uint8Array): Taken {
    const end = bytes.indexOf(LF);
    const taken = end < 0 ? bytes.length : end + 1;
    if (this.#discarded > 0 || this.#line.length + taken > MAX_LINE) return this.#discard(taken, end >= 0);
    const line = joined(this.#line, bytes.subarray(0, taken));
    this.#line = end < 0 ? line : new Uint8Array(0);
    if (end < 0) return { taken, event: null };
    const length = line.at(-2) === CR ? line.length - 2 : line.length - 1;
    return { taken, event: { kind: 'line', text: Buffer.from(line.buffer, line.byteOffset, length).toString('latin1') } };
  }

  /** Bytes up to the end of the message. Only CRLF is a line end here: a message must not end at what another server takes for text. */
  message(bytes: Uint8Array): Taken {
    // The tail makes the end found that two pieces share.
    const text = this.#tail + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const end = text.indexOf(END);
    const taken = end < 0 ? bytes.length : end + END.length - this.#tail.length;
    this.#message += taken;
    if (this.#message > MAX_MESSAGE) return { taken, event: { kind: 'too-large' } };
    this.#tail = end < 0 ? text.slice(1 - END.length) : BODY_STARTS;
    if (end < 0) return { taken, event: null };
    this.#message = 0;
    return { taken, event: { kind: 'message' } };
  }

  #discard(taken: number, ended: boolean): Taken {
    this.#discarded += this.#line.length + taken;
    this.#line = new Uint8Array(0);
    if (this.#discarded > MAX_DISCARDED) return { taken, event: { kind: 'flood' } };
    if (!ended) return { taken, event: null };
    this.#discarded = 0;
    return { taken, event: { kind: 'overlong' } };
  }
}

function joined(begun: Uint8Array, more: Uint8Array): Uint8Array {
  if (begun.length === 0) return Uint8Array.from(more);
  const whole = new Uint8Array(begun.length + more.length);
  whole.set(begun);
  whole.set(more, begun.length);
  return whole;
}
