/**
 * How far receipts show that a connection went: to the sentinel and by nobody else's hands, or not.
 *
 * A signature alone proves that bytes came to the sentinel, not that nobody stands in the middle. So each receipt is also held against this
 * end's own account of the connection: a fresh nonce, the bytes of either direction, the port, the source address, and what both ends of a
 * TLS session know. What six kinds of path show (the receipt in clear text, then the last one):
 *
 *   direct                     genuine, everything equal                                        direct
 *   passes TCP on              genuine, another source address                                  relayed
 *   removes STARTTLS           genuine, downstream differs (TLS works all the same)             modified
 *   inspects, masks            genuine, downstream differs; upstream too once STARTTLS was sent modified
 *   ends TLS itself            genuine; inside TLS another channel binding, or no receipt       tls-intercepted
 *   answers by itself          none                                                             stranger
 *
 * @see RFC 9266 (channel binding)
 */
import { type Address, familyOf } from '../model/address.ts';
import type { Dialogue, ReceiptExchange } from '../model/dialogue.ts';
import type { PublicKey } from './keys.ts';
import { openReceipt, type ReceiptBody } from './receipt.ts';

/** From what proves most to what proves least. */
export const REACH_LEVELS = ['direct', 'relayed', 'modified', 'tls-intercepted', 'stranger'] as const;
export type ReachLevel = (typeof REACH_LEVELS)[number];

export type Change = 'upstream' | 'downstream' | 'port' | 'source' | 'tls';

export interface Reach {
  readonly level: ReachLevel;
  /** Sentences, the most telling first. */
  readonly reasons: readonly string[];
  /** What differs between the two ends' accounts. */
  readonly changed: readonly Change[];
  /** What the sentinel signed, in the order in which it was asked. */
  readonly genuine: readonly ReceiptBody[];
  readonly refused: readonly RefusedReceipt[];
}

export interface RefusedReceipt {
  /** `no-receipt`: the answer was none; `replayed`: of another connection; `clock`: too far from this host's time. */
  readonly why: 'malformed' | 'forged' | 'other-key' | 'replayed' | 'clock' | 'no-receipt';
  readonly message: string;
}

export interface Asked {
  readonly publicKey: PublicKey;
  /** Port that was connected to. */
  readonly port: number;
  /** When the probe started, milliseconds since 1970 UTC. */
  readonly at: number;
  /** Addresses that the sentinel may see; of a family without any, this host's own is expected. */
  readonly expectedSources: readonly Address[];
  /** Nonces that stand in another exchange as well: receipts for these prove nothing. */
  readonly spent?: ReadonlySet<string>;
}

/** How far the two clocks may be apart, milliseconds. Isolated hosts drift; a receipt of another day is another day's. */
const CLOCK_MS = 60 * 60_000;

/** Without a last request that was never answered (the connection broke, or was ended with 421): it shows nothing of who is there. */
export function answeredReceipts({ receipts, failure }: Pick<Dialogue, 'receipts' | 'failure'>): readonly ReceiptExchange[] {
  const broken = failure?.stage === 'receipt' && failure.kind !== 'malformed' && receipts.at(-1)?.receipt === null;
  return broken ? receipts.slice(0, -1) : receipts;
}

/** Null where no receipt was asked for. The last exchange covers all that was said before it. */
export function reachOf(receipts: readonly ReceiptExchange[], asked: Asked): Reach | null {
  if (receipts.length === 0) return null;
  const judged = receipts.map((exchange) => judgeExchange(exchange, asked));
  const genuine = judged.flatMap((one) => (one.kind === 'genuine' ? [one.body] : []));
  const refused = judged.flatMap((one) => (one.kind === 'refused' ? [one] : []));
  const faults = judged.flatMap((one) => (one.kind === 'genuine' ? one.faults : []));
  const last = judged.at(-1);
  const lost = genuine.length > 0 && last?.kind === 'refused' ? lostFault(last) : [];
  const all = [...faults, ...lost].sort((a, b) => REACH_LEVELS.indexOf(b.level) - REACH_LEVELS.indexOf(a.level));
  const remarks = judged.flatMap((one) => (one.kind === 'genuine' ? one.remarks : []));
  return {
    level: genuine.length === 0 ? 'stranger' : (all[0]?.level ?? 'direct'),
    reasons: unique([...all.map(({ message }) => message), ...refused.map(({ message }) => message), ...remarks]),
    changed: unique(all.flatMap(({ change }) => change ?? [])),
    genuine,
    refused: refused.map(({ why, message }) => ({ why, message })),
  };
}

interface Fault {
  readonly level: Exclude<ReachLevel, 'direct' | 'stranger'>;
  readonly change: Change | null;
  readonly message: string;
}

type Judged =
  | {
      readonly kind: 'genuine';
      readonly body: ReceiptBody;
      readonly faults: readonly Fault[];
      /** What is no fault, and worth a word. */
      readonly remarks: readonly string[];
    }
  | (RefusedReceipt & { readonly kind: 'refused'; readonly when: ReceiptExchange['when'] });

const WHEN: Readonly<Record<ReceiptExchange['when'], string>> = {
  clear: 'in clear text',
  'refused-tls': 'after STARTTLS led to no TLS',
  tls: 'inside TLS',
};

function judgeExchange(exchange: ReceiptExchange, { publicKey, port, at, expectedSources, spent }: Asked): Judged {
  const refuse = (why: RefusedReceipt['why'], message: string): Judged => {
    return { kind: 'refused', when: exchange.when, why, message: `The receipt asked for ${WHEN[exchange.when]} ${message}.` };
  };
  if (exchange.receipt === null) return refuse('no-receipt', 'did not come: what came was none');
  const opened = openReceipt(exchange.receipt, publicKey);
  if (opened.kind === 'refused') return refuse(opened.why, `does not count: ${opened.message}`);
  const { body } = opened;
  if (body.nonce !== exchange.nonce || spent?.has(exchange.nonce) === true) {
    return refuse('replayed', 'does not count: it was given for another connection, and shown again here');
  }
  if (Math.abs(Date.parse(body.at) - at) > CLOCK_MS) {
    const times = `the sentinel's clock said ${body.at}, this host's ${new Date(at).toISOString()}`;
    return refuse('clock', `does not count: ${times}, more than an hour apart; set both clocks right`);
  }
  const { fault, remark } = sourceOf(body, exchange, expectedSources);
  return {
    kind: 'genuine',
    body,
    faults: [...byteFaults(body, exchange), ...tlsFaults(body, exchange), ...portFaults(body, port), ...fault],
    remarks: remark,
  };
}

function byteFaults(body: ReceiptBody, exchange: ReceiptExchange): Fault[] {
  const upstream: Fault = {
    level: 'modified',
    change: 'upstream',
    message: 'The sentinel received other bytes than this host sent: what is said to the server is changed on the way.',
  };
  const downstream: Fault = {
    level: 'modified',
    change: 'downstream',
    message: 'This host received other bytes than the sentinel sent: what the server says is changed on the way.',
  };
  return [...(body.received === exchange.sent ? [] : [upstream]), ...(body.sent === exchange.received ? [] : [downstream])];
}

/** Inside TLS a binding that this end could not work out (a session that has none) shows nothing. */
function tlsFaults(body: ReceiptBody, { when, exporter }: ReceiptExchange): Fault[] {
  if (body.exporter === exporter || (when === 'tls' && exporter === null && body.exporter !== null)) return [];
  const message =
    body.exporter === null
      ? 'This host speaks TLS, and the sentinel got clear text: something on the way ends the TLS session.'
      : exporter === null
        ? 'This host speaks in clear text, and the sentinel inside TLS: something on the way begins a TLS session of its own.'
        : 'The two ends are in two different TLS sessions (their channel bindings differ): something on the way decrypts, whatever certificate it shows.';
  return [{ level: 'tls-intercepted', change: 'tls', message }];
}

function portFaults(body: ReceiptBody, port: number): Fault[] {
  if (body.port === port) return [];
  const message = `Port ${port} was connected to, and the sentinel was reached on ${body.port}: something on the way redirects the port (a sentinel behind a redirection of its own host looks the same).`;
  return [{ level: 'relayed', change: 'port', message }];
}

/** An address that nobody translated is this host's own. Where none is listed, a translation cannot be told from a relay: no fault. */
function sourceOf(
  { client }: ReceiptBody,
  { local }: ReceiptExchange,
  expectedSources: readonly Address[],
): { readonly fault: readonly Fault[]; readonly remark: readonly string[] } {
  const expected = expectedSources.filter((address) => familyOf(address) === familyOf(client.address));
  if (expected.includes(client.address) || client.address === local?.address) return { fault: [], remark: [] };
  const seen = `The sentinel was reached from ${client.address}${local === null ? '' : `, this host connected from ${local.address}`}`;
  if (expected.length === 0) {
    const remark = `${seen}: an address translation, or a relay; with expected-sources in the policy the two can be told apart.`;
    return { fault: [], remark: [remark] };
  }
  const message = `${seen}, and expected-sources lists ${expected.join(', ')}: something passes the connection on, or that list lacks an address.`;
  return { fault: [{ level: 'relayed', change: 'source', message }], remark: [] };
}

/** The sentinel was there at first, and is not any more: whoever answers now took over in between, or changes what it says. */
function lostFault({ when, why }: RefusedReceipt & { readonly when: ReceiptExchange['when'] }): Fault[] {
  if (why === 'clock') return [];
  if (when === 'tls') {
    const message = 'In clear text the sentinel answered, inside TLS it did not: something on the way ends the TLS session.';
    return [{ level: 'tls-intercepted', change: 'tls', message }];
  }
  const message = 'The sentinel answered at first, and its later receipt did not come through: something on the way interferes.';
  return [{ level: 'modified', change: null, message }];
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
