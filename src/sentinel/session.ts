/**
 * One connection to the sentinel as a state machine: bytes in, acts out; it opens nothing and waits for nothing. On the wire it is a dull
 * mail server that relays nothing, and to a NOOP with the right tag it answers with a signed receipt:
 *
 *   S: 220 NAME ESMTP · C: EHLO · S: 250-NAME, keywords · C: NOOP NONCE+TAG · S: 250-2.0.0 OK, 250-CHUNK … 250 CHUNK · [STARTTLS, handshake,
 *   everything again inside] · QUIT
 *
 * A receipt's text is cut into chunks that are joined without anything between. Its digests are over the SMTP of the whole connection, clear
 * text first and then what TLS carried: `received` up to and including the line end of the NOOP, `sent` up to the reply that holds it.
 *
 * @see RFC 5321 section 4 (commands, replies), RFC 3207 section 4.2 (what STARTTLS forgets)
 */
import type { Address } from '../model/address.ts';
import { type RunningDigest, runningDigest } from '../model/digest.ts';
import type { SigningKey } from '../receipt/keys.ts';
import { type Attested, type ReceiptBody, signReceipt } from '../receipt/receipt.ts';
import { readArgument } from '../receipt/request.ts';
import { type Answer, answerTo, type Talk, type Terms } from './answer.ts';
import { Incoming } from './incoming.ts';

/** What all connections share; it may change while one lasts. */
export interface Premises {
  /** The sentinel's own name, as greetings and receipts give it. */
  readonly name: string;
  keys(): readonly SigningKey[];
  attested(): readonly Attested[];
  readonly sink: SinkDoor | null;
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
}

/** Where mail for the sink's domain goes; see sink.ts. */
export interface SinkDoor {
  readonly domain: string;
  /** Whether there is room for one more of this client's. */
  hasRoom(client: Address): boolean;
  deliver(nonce: string, client: Address): void;
  find(nonce: string): ReceiptBody['delivery'];
}

export interface SessionSetup {
  readonly premises: Premises;
  readonly port: number;
  readonly client: { readonly address: Address; readonly port: number };
  readonly offersTls: boolean;
  /** Channel binding where the connection began with TLS, hex; null where it begins in clear text. */
  readonly exporter: string | null;
}

export type Act =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  /** Shake hands, then `secured`; nothing may be handed to `receive` until then. */
  | { readonly kind: 'secure' }
  | { readonly kind: 'receipt'; readonly nonce: string; readonly key: string }
  | { readonly kind: 'delivery'; readonly nonce: string }
  | { readonly kind: 'close'; readonly why: string };

/**
 * Commands before 421. A stranger needs eight to deliver a message into the sink; who asked for a receipt has shown that it knows the public
 * key, and asks up to four times a connection.
 */
const MAX_COMMANDS = { stranger: 20, known: 100 } as const;

/** Longest piece of a receipt on one line: with code and line end it stays within the 512 octets of RFC 5321 section 4.5.3.1.5. */
const CHUNK = 400;

export class Session {
  readonly #setup: SessionSetup;
  readonly #terms: Terms;
  readonly #incoming = new Incoming();
  readonly #receivedDigest: RunningDigest = runningDigest();
  readonly #sentDigest: RunningDigest = runningDigest();
  #state: 'talking' | 'message' | 'handshake' | 'over' = 'talking';
  #talk: Talk;
  #exporter: string | null;
  #commands = 0;
  #known = false;
  #received = 0;
  #sent = 0;

  constructor(setup: SessionSetup) {
    const { premises, offersTls, exporter } = setup;
    this.#setup = setup;
    this.#terms = { name: premises.name, sink: premises.sink?.domain ?? null };
    this.#exporter = exporter;
    this.#talk = newTalk(offersTls && exporter === null, exporter !== null);
  }

  /** It has asked for a receipt as only somebody who knows the public key can. */
  get known(): boolean {
    return this.#known;
  }

  /** Bytes of SMTP, outside of TLS and inside. */
  get received(): number {
    return this.#received;
  }

  get sent(): number {
    return this.#sent;
  }

  /** The greeting; inside TLS where the connection began with it. */
  greet(): Act[] {
    return [this.#send([`220 ${this.#terms.name} ESMTP`])];
  }

  /** Takes what came, in whatever pieces. After a `close` or `secure` what stands behind it is dropped: it was said before TLS. */
  receive(bytes: Uint8Array): Act[] {
    this.#received += bytes.length;
    const acts: Act[] = [];
    let rest = bytes;
    while (rest.length > 0 && (this.#state === 'talking' || this.#state === 'message')) {
      const { taken, event } = this.#state === 'talking' ? this.#incoming.line(rest) : this.#incoming.message(rest);
      this.#receivedDigest.add(rest.subarray(0, taken));
      rest = rest.subarray(taken);
      if (event !== null) acts.push(...this.#act(event));
    }
    // Whoever put these bytes there shows in the next receipt: the client's own digest does not hold them.
    this.#receivedDigest.add(rest);
    return acts;
  }

  /** The handshake is done: everything that was said before is forgotten, but for the digests. @see RFC 3207 section 4.2 */
  secured(exporter: string): Act[] {
    this.#exporter = exporter;
    this.#talk = newTalk(false, true);
    this.#state = 'talking';
    return [];
  }

  /** Says that the service ends, in the words of RFC 5321 section 3.8; nothing may be said in mid-handshake. */
  dismiss(why: string, words: string): Act[] {
    if (this.#state === 'over') return [];
    const silent = this.#state === 'handshake';
    this.#state = 'over';
    return [...(silent ? [] : [this.#send([`421 ${words}`])]), { kind: 'close', why }];
  }

  #act(event: Exclude<ReturnType<Incoming['line']>['event'], null>): Act[] {
    const { name } = this.#terms;
    switch (event.kind) {
      case 'flood':
        return this.dismiss('limit:line', `4.7.0 ${name} Error: line too long, closing connection`);
      case 'too-large':
        this.#state = 'over';
        return [this.#send(['552 5.3.4 Message too big']), { kind: 'close', why: 'limit:message' }];
      case 'message':
        return this.#deliver();
      case 'overlong':
      case 'line':
        this.#commands++;
        if (this.#commands > (this.#known ? MAX_COMMANDS.known : MAX_COMMANDS.stranger))
          return this.dismiss('limit:commands', `4.7.0 ${name} Error: too many commands, closing connection`);
        return event.kind === 'line' ? this.#command(event.text) : [this.#send(['500 5.5.2 Line too long'])];
    }
  }

  #command(line: string): Act[] {
    const asked = this.#asked(line);
    if (asked !== null) return this.#receipt(asked.nonce, asked.key);
    const answer = answerTo(line, this.#talk, this.#terms);
    this.#talk = answer.talk;
    const { nonce } = answer.talk;
    if (answer.next === 'message' && nonce !== null && this.#setup.premises.sink?.hasRoom(this.#setup.client.address) !== true) {
      return [this.#send(['452 4.3.1 Insufficient system storage'])];
    }
    return [this.#send(answer.lines), ...this.#goOn(answer.next)];
  }

  #goOn(next: Answer['next']): Act[] {
    switch (next) {
      case 'command':
        return [];
      case 'message':
        this.#state = 'message';
        return [];
      case 'handshake':
        this.#state = 'handshake';
        return [{ kind: 'secure' }];
      case 'quit':
        this.#state = 'over';
        return [{ kind: 'close', why: 'quit' }];
    }
  }

  /** What a message said is gone already; that it came for this nonce is what counts. */
  #deliver(): Act[] {
    const { nonce } = this.#talk;
    this.#state = 'talking';
    this.#talk = { ...this.#talk, sender: false, nonce: null };
    if (nonce === null) throw new Error('a message without a recipient');
    this.#setup.premises.sink?.deliver(nonce, this.#setup.client.address);
    return [this.#send(['250 2.0.0 Message accepted']), { kind: 'delivery', nonce }];
  }

  #asked(line: string): ReturnType<typeof readArgument<SigningKey>> {
    const argument = /^NOOP +(\S+) *$/i.exec(line)?.[1];
    return argument === undefined ? null : readArgument(argument, this.#setup.premises.keys());
  }

  #receipt(nonce: string, key: SigningKey): Act[] {
    const { premises, port, client } = this.#setup;
    this.#known = true;
    const receipt = signReceipt(
      {
        name: premises.name,
        nonce,
        port,
        client,
        received: this.#receivedDigest.hex(),
        sent: this.#sentDigest.hex(),
        exporter: this.#exporter,
        at: new Date(premises.now()).toISOString(),
        listening: premises.attested(),
        sink: premises.sink?.domain ?? null,
        delivery: premises.sink?.find(nonce) ?? null,
      },
      key,
    );
    return [this.#send(multiline(['2.0.0 OK', ...chunksOf(receipt)])), { kind: 'receipt', nonce, key: key.publicKey.id }];
  }

  #send(lines: readonly string[]): Act {
    const bytes = Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1');
    this.#sentDigest.add(bytes);
    this.#sent += bytes.length;
    return { kind: 'send', bytes };
  }
}

function newTalk(offersTls: boolean, secure: boolean): Talk {
  return { offersTls, secure, greeted: false, sender: false, nonce: null };
}

function multiline(texts: readonly string[]): string[] {
  return texts.map((text, index) => `250${index < texts.length - 1 ? '-' : ' '}${text}`);
}

function chunksOf(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / CHUNK) }, (_, index) => text.slice(index * CHUNK, (index + 1) * CHUNK));
}
