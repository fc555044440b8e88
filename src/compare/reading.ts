/**
 * What became of one probe, by what both ends wrote down. A receipt's nonce is known to nobody else: where the log has it, that very connection
 * arrived. Without one, time and source have to do (see `reading-by-time.ts`).
 */
import { listText } from '../model/list-text.ts';
import type { ReceiptSeen } from './arrivals.ts';
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
    reason: `${arrivalText(first.receipt)}${text}${sourceText(first.receipt, scene)}`,
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
function sourceText({ arrival }: ReceiptSeen, { author, sources }: Scene): string {
  const { expectedSources } = author.sentinel;
  if (arrival === null || expectedSources.length === 0) return '';
  const { address } = arrival.client;
  if (expectedSources.includes(address) || sources[arrival.family].own.has(address)) return '';
  return ` ${address} is none of the expected sources (${listText(expectedSources)}): something on the way connects in this host's place.`;
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
