/** A session without sockets, spoken to in text; each byte is one character. */
import type { Address } from '../../src/model/address.ts';
import { generateSigningKey, type SigningKey } from '../../src/receipt/keys.ts';
import { openReceipt, type ReceiptBody } from '../../src/receipt/receipt.ts';
import { type Act, type Premises, Session } from '../../src/sentinel/session.ts';
import { Sink } from '../../src/sentinel/sink.ts';
import { at } from '../support/address.ts';

export const KEY: SigningKey = generateSigningKey();
export const NAME: string = 'sentinel.example.net';
export const NOW: number = Date.parse('2026-11-21T20:00:00.000Z');
export const CLIENT: { readonly address: Address; readonly port: number } = { address: at('203.0.113.7'), port: 40_001 };

export interface Setting {
  readonly keys?: readonly SigningKey[];
  readonly sink?: string;
  readonly offersTls?: boolean;
  readonly exporter?: string;
  readonly premises?: Partial<Premises>;
}

export interface Talking {
  readonly session: Session;
  /** Says it, and returns what is answered. */
  say(text: string): string;
  /** The handshake that STARTTLS asked for. */
  secured(exporter: string): void;
  /** Everything but what was sent, since the beginning. */
  readonly acts: readonly Exclude<Act, { kind: 'send' }>[];
  /** Everything that was sent, the greeting included. */
  readonly sent: () => string;
}

export function talk({ keys = [KEY], sink, offersTls = true, exporter, premises }: Setting = {}): Talking {
  const session = new Session({
    premises: {
      name: NAME,
      keys: () => keys,
      attested: () => [],
      sink: sink === undefined ? null : new Sink(sink, () => NOW),
      now: () => NOW,
      ...premises,
    },
    port: 2525,
    client: CLIENT,
    offersTls,
    exporter: exporter ?? null,
  });
  const acts: Exclude<Act, { kind: 'send' }>[] = [];
  let sent = '';
  const perform = (list: readonly Act[]): string => {
    let text = '';
    for (const act of list) {
      if (act.kind === 'send') text += Buffer.from(act.bytes).toString('latin1');
      else acts.push(act);
    }
    sent += text;
    return text;
  };
  perform(session.greet());
  return {
    session,
    acts,
    sent: () => sent,
    say: (text) => perform(session.receive(Buffer.from(text, 'latin1'))),
    secured: (binding) => void perform(session.secured(binding)),
  };
}

/** The receipt in a reply; null where it holds none. */
export function receiptIn(reply: string, key: SigningKey = KEY): ReceiptBody | null {
  const lines = reply.split('\r\n').slice(1, -1);
  const opened = openReceipt(lines.map((line) => line.slice(4)).join(''), key.publicKey);
  return opened.kind === 'genuine' ? opened.body : null;
}
