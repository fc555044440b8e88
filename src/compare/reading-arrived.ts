/** How far a probe got whose connection arrived, by the bytes that both ends counted. */
import { listText } from '../model/list-text.ts';
import type { Reading } from '../model/reconciliation.ts';
import { sentLines } from '../model/transcript.ts';
import type { Arrival } from './arrivals.ts';
import { momentText } from './log-watch.ts';
import { type Ruling, unsure } from './ruling.ts';
import { type Scene, socketText } from './scene.ts';
import type { Try } from './tries.ts';

/** A probe that meets silence speaks to the port in the other mode as well. */
const MOST_CONNECTIONS = 2;

/** @param mine  connections that can be nobody else's. */
export function readArrived(one: Try, scene: Scene, mine: readonly Arrival[]): Ruling {
  const { own, complete } = scene.sources[one.family];
  const strange = complete ? [] : mine.filter(({ client }) => !own.has(client.address));
  if (strange.length > 0) {
    return unsure(
      mine,
      `${arrivedText(mine)}; whether that is an address of this network the policy does not say (\`expected-sources\`).`,
    );
  }
  if (mine.length > MOST_CONNECTIONS) return unsure(mine, `${arrivedText(mine)}: more than one probe makes.`);
  if (one.state === 'sent' || one.state === 'unsent') {
    const text = `${arrivedText(mine)}, although no handshake was completed here: a device on the way opened it in this host's place, or somebody else did.`;
    return unsure(mine, text);
  }
  if (mine.some(({ end }) => end === null)) {
    return { reading: 'not-covered', reason: `${arrivedText(mine)}; the log does not tell how it ended.`, ...tie(one, mine) };
  }
  const { reading, text } = readTurnedAway(mine) ?? (one.state === 'heard' ? readHeard(one, mine) : readUnheard(mine));
  return { reading, reason: `${arrivedText(mine)}${text}`, ...tie(one, mine) };
}

interface Told {
  readonly reading: Reading;
  /** Continues the sentence that says what arrived. */
  readonly text: string;
}

/** Too many connections, or too fast: the sentinel closes at once, and says so where that takes no TLS. */
function readTurnedAway(mine: readonly Arrival[]): Told | null {
  const away = mine.find(({ connection }) => connection === null);
  if (away?.end == null) return null;
  return { reading: 'arrived-silent', text: `, and the sentinel closed it at once (${away.end.why}): scan more slowly.` };
}

/** Nothing was heard here: whatever the sentinel said is lost. A sentinel greets first, so that it says something where TCP and TLS let it. */
function readUnheard(mine: readonly Arrival[]): Told {
  const [received, sent] = [sumOf(mine, 'received'), sumOf(mine, 'sent')];
  if (sent === 0) return { reading: 'arrived-silent', text: `, with ${bytes(received)} of SMTP; the sentinel said nothing.` };
  return { reading: 'answer-lost', text: `; the sentinel sent ${bytes(sent)}, and not one came back here.` };
}

/** Somebody answered, and a connection arrived, but the request for a receipt did not. */
function readHeard(one: Try, mine: readonly Arrival[]): Told {
  const received = Math.max(...mine.map(({ end }) => end?.received ?? 0));
  const sent = sentBy(one);
  const failure = one.dialogue?.failure ?? null;
  const cut = failure !== null && ['timeout', 'reset', 'closed'].includes(failure.kind) && failure.stage !== 'tls';
  if (sumOf(mine, 'sent') === 0) return { reading: 'arrived-silent', text: '; the sentinel said nothing.' };
  if (received === 0 && sent !== 0) return { reading: 'arrived-silent', text: '; of what this host said not a byte did.' };
  if (cut && sent !== null && received >= sent) {
    const text = `, with all ${bytes(sent)} that this host sent; what the sentinel answered to the last of them did not come back.`;
    return { reading: 'answer-lost', text };
  }
  if (cut && sent !== null) {
    return {
      reading: 'ambiguous',
      text: `, with ${received} of the ${bytes(sent)} that this host sent: it was cut off on the way there.`,
    };
  }
  const text =
    one.asked.length === 0
      ? ', and this host was answered; without a receipt nothing says that these two belong together.'
      : ', and this host was answered, but without a receipt: something on the way answers, or takes the request out.';
  return { reading: 'ambiguous', text };
}

function tie(one: Try, mine: readonly Arrival[]): Pick<Ruling, 'matched' | 'arrived'> {
  const local = socketText(one.asked[0]?.exchange.local ?? null);
  return { matched: mine.some(({ client }) => socketText(client) === local) ? 'socket' : 'time', arrived: mine };
}

/** `A connection from 198.51.100.20 arrived at …`, `3 connections from … arrived, the first at …`. */
export function arrivedText(arrivals: readonly Arrival[]): string {
  const from = listText([...new Set(arrivals.map(({ client }) => client.address))]);
  const at = momentText(arrivals[0]?.atMs ?? 0);
  return arrivals.length === 1
    ? `A connection from ${from} arrived at ${at}`
    : `${arrivals.length} connections from ${from} arrived, the first at ${at}`;
}

function sumOf(arrivals: readonly Arrival[], key: 'received' | 'sent'): number {
  return arrivals.reduce((sum, { end }) => sum + (end?.[key] ?? 0), 0);
}

function bytes(number: number): string {
  return `${number} ${number === 1 ? 'byte' : 'bytes'}`;
}

/** Bytes of SMTP that this host sent, by its transcript; null where that does not hold all of it. */
function sentBy({ dialogue }: Try): number | null {
  const lines = sentLines(dialogue?.transcript ?? []);
  return lines?.reduce((sum, line) => sum + line.length + '\r\n'.length, 0) ?? null;
}
