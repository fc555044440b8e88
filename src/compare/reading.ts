/**
 * What became of one probe, by what both ends wrote down. A receipt's nonce is known to nobody else: where the log has it, that very connection
 * arrived. Without one, time and source have to do (see `reading-by-time.ts`).
 */
import type { Address } from '../model/address.ts';
import { listText } from '../model/list-text.ts';
import type { Arrival, ReceiptSeen } from './arrivals.ts';
import { momentText } from './log-watch.ts';
import { readByTime } from './reading-by-time.ts';
import type { Ruling } from './ruling.ts';
import type { Scene } from './scene.ts';
import type { Asked, Try } from './tries.ts';

export function readingOf(one: Try, scene: Scene): Ruling {
  if (one.state === 'unsent' && one.asked.length === 0) {
    return { reading: 'untried', reason: 'Nothing is known to have left this host.', matched: null, arrived: [] };
  }
  return readByNonce(one, scene) ?? readByTime(one, scene);
}

interface Seen {
  readonly asked: Asked;
  readonly receipt: ReceiptSeen;
}

/** Null where no nonce ties the two ends together. */
function readByNonce(one: Try, scene: Scene): Ruling | null {
  const seen = one.asked.flatMap((asked): Seen[] => {
    const receipt = scene.arrivals.receipts.get(asked.exchange.nonce);
    return receipt === undefined ? [] : [{ asked, receipt }];
  });
  const [first] = seen;
  if (first === undefined) return readReceipts(one);
  const arrived = [...new Set(seen.map(({ receipt }) => receipt.arrival ?? receipt))];
  const say = (reading: Ruling['reading'], text: string): Ruling => ({
    reading,
    reason: `${arrivalText(first.receipt)}${text}${sourceText(arrived, scene)}`,
    matched: 'nonce',
    arrived,
  });
  if (seen.some(({ asked }) => asked.receipt === 'genuine'))
    return say('answered', ` and the receipt came back.${restText(one, scene)}`);
  if (seen.some(({ asked }) => asked.receipt === 'unverified')) {
    return say(
      'ambiguous',
      `; what came back cannot be verified: the policy has no public-key, or another one, for this sentinel.`,
    );
  }
  const refused = seen.some(({ asked }) => asked.receipt === 'refused');
  return say(
    'answer-lost',
    refused
      ? ' and the sentinel answered; what came back is no genuine receipt: it was changed on the way.'
      : ` and the sentinel answered; no receipt came back. ${one.dialogue?.failure?.message ?? ''}`.trimEnd(),
  );
}

/** Receipts that the log does not know. */
function readReceipts({ asked }: Try): Ruling | null {
  const open = { matched: null, arrived: [] } as const;
  if (asked.some(({ receipt }) => receipt === 'genuine')) {
    return {
      reading: 'not-covered',
      reason: 'A genuine receipt came back, so it arrived; this log does not have it: it is not the whole log.',
      ...open,
    };
  }
  if (!asked.some(({ receipt }) => receipt === 'unverified')) return null;
  return {
    reading: 'ambiguous',
    reason: 'A receipt came back that names a key which the policy does not have, and the log does not know of it.',
    ...open,
  };
}

function arrivalText({ atMs, arrival }: ReceiptSeen): string {
  const from = arrival === null ? '' : ` from ${arrival.client.address}`;
  return `The request for a receipt arrived at ${momentText(atMs)}${from}`;
}

/** A source that nobody expects: what arrived did not come straight from here. */
export function unexpectedSource(arrived: Ruling['arrived'], { author, sources }: Scene): Address | null {
  const { expectedSources } = author.sentinel;
  if (expectedSources.length === 0) return null;
  const strange = arrived.find(
    (one): one is Arrival =>
      'client' in one && !expectedSources.includes(one.client.address) && !sources[one.family].own.has(one.client.address),
  );
  return strange?.client.address ?? null;
}

function sourceText(arrived: Ruling['arrived'], scene: Scene): string {
  const source = unexpectedSource(arrived, scene);
  if (source === null) return '';
  return ` ${source} is none of the expected sources (${listText(scene.author.sentinel.expectedSources)}): something on the way connects in this host's place.`;
}

const WHENS: Readonly<Record<Asked['exchange']['when'], string>> = {
  clear: 'in clear text',
  'refused-tls': 'after STARTTLS was refused',
  tls: 'inside TLS',
};

/** Of several receipts asked for, those that did not come back. */
function restText({ asked }: Try, { arrivals }: Scene): string {
  return asked
    .filter(({ receipt }) => receipt !== 'genuine')
    .map(({ exchange, receipt }) => {
      const arrived = arrivals.receipts.has(exchange.nonce);
      const back = receipt === 'none' ? 'no receipt came back' : 'what came back is no genuine receipt';
      return ` The request ${WHENS[exchange.when]} ${arrived ? 'arrived' : 'did not arrive'}, and ${back}.`;
    })
    .join('');
}
