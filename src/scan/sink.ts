/**
 * The user's own sink: a sentinel that takes mail for a domain, and says in its receipts which message came. On the wire: an ordinary dialogue
 * with NOOP for a receipt (see `smtp/dialogue.ts`), about the message with that nonce.
 */
import type { Address } from '../model/address.ts';
import type { Dialogue } from '../model/dialogue.ts';
import { isName } from '../model/endpoint.ts';
import type { Clock } from '../model/outside.ts';
import { DEFAULT_AUDIT_PORTS, SUBMISSION_PORTS, sentinelModeOn } from '../model/ports.ts';
import type { PublicKey } from '../receipt/keys.ts';
import { openReceipt, type ReceiptBody } from '../receipt/receipt.ts';
import { receiptArgument } from '../receipt/request.ts';
import { USUAL_TRUST } from './plan.ts';
import type { Probers } from './run.ts';
import type { ProbeLimits, ProbeTarget } from './target.ts';
import { wait } from './wait.ts';

export interface Sink {
  readonly host: string;
  readonly addresses: readonly Address[];
  readonly port: number;
  readonly key: PublicKey;
  readonly ehlo: string;
}

export interface SinkContext {
  readonly probers: Probers;
  readonly limits: ProbeLimits;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export type SinkAnswer =
  | { readonly kind: 'receipt'; readonly raw: string; readonly body: ReceiptBody }
  | { readonly kind: 'none'; readonly why: string };

/** No policy says which of its ports are mail ports. */
const MAIL_PORTS: readonly number[] = [...DEFAULT_AUDIT_PORTS, ...SUBMISSION_PORTS];

/** Milliseconds. A relay that has taken the message delivers it at once, or queues it for many minutes. */
const DELIVERY_MS = 60_000;
const ASK_EVERY_MS = 3_000;

/** What the sink says of the message with this nonce; the first of its addresses that signs counts. */
export async function askSink(sink: Sink, nonce: string, { probers, limits, signal }: SinkContext): Promise<SinkAnswer> {
  let why = `${sink.host} has no address`;
  for (const address of sink.addresses) {
    const { dialogue, reason } = await probers.probe(sinkTarget(sink, address, nonce), limits, signal);
    const raw = dialogue?.receipts.findLast(({ receipt }) => receipt !== null)?.receipt ?? null;
    const opened = raw === null ? null : openReceipt(raw, sink.key);
    if (raw !== null && opened?.kind === 'genuine' && opened.body.nonce === nonce)
      return { kind: 'receipt', raw, body: opened.body };
    why =
      opened === null
        ? `it signed nothing${hasHeard(dialogue) ? ` for the key ${sink.key.id}, which may be another sentinel's` : ''}. ${reason}`
        : opened.kind === 'refused'
          ? opened.message
          : 'its receipt is about another request';
  }
  return { kind: 'none', why };
}

/** It answered the request, and not as one whose key it is for: to a stranger's a sentinel says what any server would. */
function hasHeard(dialogue: Dialogue | null): boolean {
  return dialogue !== null && dialogue.receipts.length > 0;
}

/** What one of its addresses is asked of the message with this nonce. */
export function sinkTarget({ host, port, key, ehlo }: Sink, address: Address, nonce: string): ProbeTarget {
  const argument = receiptArgument(key, nonce);
  return {
    address,
    port,
    source: null,
    serverName: isName(host) ? host : null,
    mode: sentinelModeOn(port, MAIL_PORTS),
    ehlo,
    mail: null,
    rcpt: null,
    verb: null,
    receipts: { next: () => ({ nonce, argument }) },
    trust: USUAL_TRUST,
  };
}

/** The receipt that tells of the message; null where it did not arrive in a minute. */
export async function awaitDelivery(sink: Sink, nonce: string, context: SinkContext): Promise<string | null> {
  const { clock, signal } = context;
  const end = clock.monotonic() + DELIVERY_MS;
  while (!signal.aborted) {
    const answer = await askSink(sink, nonce, context);
    if (answer.kind === 'receipt' && answer.body.delivery !== null) return answer.raw;
    if (clock.monotonic() + ASK_EVERY_MS > end) return null;
    await wait(clock, ASK_EVERY_MS, signal);
  }
  return null;
}
