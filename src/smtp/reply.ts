/**
 * SMTP replies from bytes, in whatever pieces they come. Puts nothing on the wire.
 *
 * A reply is one or more lines `CODE SEPARATOR TEXT`: three digits, `-` where another line follows, a space or nothing where
 * none does; every line has the same code, and the last line may carry a keyword like any other. What cannot become a reply
 * is `malformed`; what would need more memory than a reply deserves is `limit`.
 *
 * @see RFC 5321 section 4.2 (replies), section 4.5.3.1.5 (512 octets a line; longer ones are tolerated), RFC 3463
 */
import type { Reply } from '../model/dialogue.ts';
import { printable } from '../model/printable.ts';

/** Text kept of one line, bytes; a line may be longer, up to the limit of the whole reply. */
const MAX_LINE = 4_096;
const MAX_REPLY = 65_536;
const MAX_LINES = 256;
/** Bytes of a malformed line that are waited for and shown. */
const MAX_SEEN = 300;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DASH = 0x2d;

export type Parsed =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'limit'; readonly message: string; readonly seen: string }
  | { readonly kind: 'malformed'; readonly message: string; readonly seen: string };

/** Takes bytes, gives at most one reply at a time; bytes behind it wait for the next. */
export class ReplyParser {
  #pending: Uint8Array = new Uint8Array(0);
  #line: number[] = [];
  #dropped = 0;
  #total = 0;
  #code = '';
  #lines: string[] = [];
  #malformed: string | null = null;

  /** Lines of the reply that is not complete yet, and what has come of the next line: printable. */
  get partial(): readonly string[] {
    const whole = this.#lines.map((text) => `${this.#code}-${text}`);
    return this.#line.length === 0 ? whole : [...whole, textOf(this.#line.slice(0, MAX_SEEN))];
  }

  /** The bytes so far can no longer become a reply; only the rest of the line is still awaited. */
  get doomed(): boolean {
    return this.#malformed !== null;
  }

  push(bytes: Uint8Array): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
  }

  /** The next reply, or why there is none; null: more bytes are needed. After a failure the parser is of no further use. */
  next(): Parsed | null {
    for (let index = 0; index < this.#pending.length; index++) {
      const parsed = this.#take(this.#pending[index] ?? 0);
      if (parsed === null) continue;
      this.#pending = this.#pending.subarray(index + 1);
      return parsed;
    }
    this.#pending = new Uint8Array(0);
    return null;
  }

  /** What a doomed line amounts to when nothing more comes. */
  giveUp(): Parsed | null {
    return this.#malformed === null ? null : this.#fail('malformed', this.#malformed);
  }

  /** Takes away every byte that no reply has used, printable: what came without being asked for. */
  discard(): string {
    const rest = textOf([...this.#line, ...this.#pending.subarray(0, MAX_SEEN)]);
    this.#reset();
    this.#pending = new Uint8Array(0);
    return rest;
  }

  #take(byte: number): Parsed | null {
    this.#total++;
    if (this.#total > MAX_REPLY) return this.#fail('limit', `the reply is longer than ${MAX_REPLY} bytes`);
    if (byte === LF) return this.#malformed === null ? this.#endLine() : this.#fail('malformed', this.#malformed);
    if (this.#line.length < MAX_LINE) this.#line.push(byte);
    else this.#dropped++;
    if (this.#malformed === null) this.#malformed = this.#wrong(this.#line.length - 1, byte);
    else if (this.#line.length >= MAX_SEEN) return this.#fail('malformed', this.#malformed);
    return null;
  }

  /** Looks at the fixed positions only: the digits of the code, and what stands behind them. */
  #wrong(index: number, byte: number): string | null {
    if (index < 3) {
      const digit = index === 0 ? byte >= 0x32 && byte <= 0x35 : byte >= 0x30 && byte <= 0x39;
      if (!digit) return 'a line does not start with a reply code';
      const other = this.#code !== '' && this.#code.charCodeAt(index) !== byte;
      return other ? `a line's code is not ${this.#code} like that of the lines before it` : null;
    }
    if (index > 3 || byte === SPACE || byte === DASH || byte === CR) return null;
    return 'a reply code is followed by neither a space nor a hyphen';
  }

  #endLine(): Parsed | null {
    const line = this.#line.at(-1) === CR && this.#dropped === 0 ? this.#line.slice(0, -1) : this.#line;
    if (line.length < 3) return this.#fail('malformed', 'a line is shorter than a reply code');
    this.#code = String.fromCharCode(...line.slice(0, 3));
    this.#lines.push(textOf(line.slice(4)));
    const last = line[3] !== DASH;
    this.#line = [];
    this.#dropped = 0;
    if (last) return this.#endReply();
    return this.#lines.length < MAX_LINES ? null : this.#fail('limit', `the reply has more than ${MAX_LINES} lines`);
  }

  #endReply(): Parsed {
    const reply: Reply = {
      code: Number(this.#code),
      enhanced: enhancedCode(this.#code, this.#lines[0] ?? ''),
      lines: this.#lines,
    };
    this.#reset();
    return { kind: 'reply', reply };
  }

  #fail(kind: 'limit' | 'malformed', message: string): Parsed {
    const seen = textOf(this.#line.slice(0, MAX_SEEN));
    this.#reset();
    this.#pending = new Uint8Array(0);
    return { kind, message, seen };
  }

  #reset(): void {
    this.#line = [];
    this.#dropped = 0;
    this.#total = 0;
    this.#code = '';
    this.#lines = [];
    this.#malformed = null;
  }
}

/** `5.7.1` at the start of the text, of the reply's own class. @see RFC 2034 section 4 */
function enhancedCode(code: string, text: string): string | null {
  const match = /^([245])\.\d{1,3}\.\d{1,3}(?= |$)/.exec(text);
  return match !== null && match[1] === code[0] ? match[0] : null;
}

/** Bytes one by one: what is no printable ASCII is written as `\xNN`, whatever character set the server meant. */
function textOf(bytes: readonly number[]): string {
  return printable(Buffer.from(bytes).toString('latin1'));
}
