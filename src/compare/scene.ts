/** Everything that both ends know, arranged so that one probe can be looked up in it. */
import { type Address, endpointText, type Family, familyOf } from '../model/address.ts';
import { groupBy } from '../model/group-by.ts';
import type { Skew } from '../model/reconciliation.ts';
import type { Arrival, Arrivals } from './arrivals.ts';
import { skewOf } from './clock-skew.ts';
import type { LogAuthor } from './log-sentinel.ts';
import { type LogWatch, MAX_SILENCE_MS, momentText, type Span, unwatched } from './log-watch.ts';
import type { Try } from './tries.ts';

export interface Scene {
  readonly author: LogAuthor;
  readonly arrivals: Arrivals;
  readonly watch: LogWatch;
  /** Of each run, in the order of the evidence. */
  readonly skews: readonly Skew[];
  readonly sources: Readonly<Record<Family, Sources>>;
  /** Why what is not in the log proves nothing, as a clause; null where it does. */
  readonly distrust: string | null;
  /** Connections without a receipt, by port and family, in time. */
  readonly anonymous: ReadonlyMap<string, readonly Arrival[]>;
  readonly rivals: ReadonlyMap<string, readonly Try[]>;
  /** Probes by the address and port that they had at home. */
  readonly sockets: ReadonlyMap<string, readonly Try[]>;
}

export interface Sources {
  /** Where this network's connections come from: as the policy says, as the hosts call themselves, as was seen. */
  readonly known: ReadonlySet<Address>;
  /** Addresses of the hosts themselves: what comes from one of them is its own. */
  readonly own: ReadonlySet<Address>;
  /**
   * Nothing of this network comes from anywhere else: the policy says so, and what was seen does not gainsay it. That one host's connections
   * come untranslated says nothing of another's.
   */
  readonly complete: boolean;
}

/**
 * What lies between the end of a probe and what the sentinel writes of it: a packet's journey, a busy event loop. Wider only makes
 * more probes look alike.
 */
const SLACK_MS = 2_000;

export function sceneOf(
  author: LogAuthor,
  log: { readonly arrivals: Arrivals; readonly watch: LogWatch },
  tries: readonly Try[],
  clocks: { readonly runs: number; readonly assumedSkewMs: number },
): Scene {
  const { arrivals, watch } = log;
  const skews = Array.from({ length: clocks.runs }, (_, run) => skewOf(bracketsOf(tries, arrivals, run), clocks.assumedSkewMs));
  return {
    author,
    arrivals,
    watch,
    skews,
    sources: { ipv4: sourcesOf(author, tries, arrivals, 'ipv4'), ipv6: sourcesOf(author, tries, arrivals, 'ipv6') },
    distrust: whyDistrusted(tries, arrivals, watch),
    anonymous: groupBy(
      arrivals.connections.filter(({ nonces }) => nonces.length === 0),
      portKey,
    ),
    rivals: groupBy(tries.filter(mayHaveArrived), portKey),
    sockets: groupBy(
      tries.filter(({ asked }) => asked.length > 0),
      ({ asked }) => socketText(asked[0]?.exchange.local ?? null),
    ),
  };
}

/** By the sentinel's clock: when it can have arrived, where its clock did what both ends saw of it. */
export function windowOf({ skews }: Scene, { run, startMs, endMs }: Try): Span {
  const { lowestMs, highestMs } = skews[run] ?? { lowestMs: 0, highestMs: 0 };
  // Nothing arrives before it was sent; both times are rounded.
  return { fromMs: startMs + lowestMs - 1, toMs: endMs + highestMs + SLACK_MS };
}

/** The same, were a clock set or the sentinel stopped for a while: by no more than its log would show. */
export function wideWindowOf(scene: Scene, one: Try): Span {
  const { fromMs, toMs } = windowOf(scene, one);
  return { fromMs: fromMs - MAX_SILENCE_MS, toMs: toMs + MAX_SILENCE_MS };
}

export function within({ atMs }: Arrival, { fromMs, toMs }: Span): boolean {
  return fromMs <= atMs && atMs <= toMs;
}

/** Connections without a receipt on that port; a log of a year holds millions of them, and a probe's time some few. */
export function anonymousAt(
  scene: Scene,
  port: { readonly port: number; readonly family: Family },
  span: Span,
): readonly Arrival[] {
  const all = scene.anonymous.get(portKey(port)) ?? [];
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((all[middle]?.atMs ?? 0) < span.fromMs) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < all.length && (all[end]?.atMs ?? 0) <= span.toMs) end++;
  return all.slice(low, end);
}

export function portKey({ port, family }: { readonly port: number; readonly family: Family }): string {
  return `${port} ${family}`;
}

/** Whether the source of a connection, and its port where it is known, allow that it was this probe's. */
export function mayBeOf(scene: Scene, one: Try, arrival: Arrival): boolean {
  const { client, family } = arrival;
  const { known, own, complete } = scene.sources[family];
  if (complete && !known.has(client.address)) return false;
  if (!own.has(client.address)) return true;
  // A port of the host is used again in time.
  const owners = (scene.sockets.get(socketText(client)) ?? []).filter((owner) => within(arrival, wideWindowOf(scene, owner)));
  if (owners.length > 0) return owners.includes(one);
  return one.source === null || client.address === one.source;
}

export function socketText(end: { readonly address: string; readonly port: number } | null): string {
  return end === null ? '' : endpointText(end.address, end.port);
}

/** A probe that was stopped may have got as far as any other. */
function mayHaveArrived({ state, record }: Try): boolean {
  return state !== 'unsent' || (record.type !== 'relay' && record.outcome === 'aborted');
}

function bracketsOf(tries: readonly Try[], { receipts }: Arrivals, run: number): Parameters<typeof skewOf>[0] {
  return tries.flatMap((one) => {
    const seen = one.asked.flatMap(({ exchange }) => receipts.get(exchange.nonce) ?? []);
    if (one.run !== run || seen.length === 0) return [];
    const { startMs, endMs } = one;
    const times = seen.map(({ atMs }) => atMs);
    const answered = one.asked.filter(({ receipt, exchange }) => receipt === 'genuine' && receipts.has(exchange.nonce));
    const signed = answered.map(({ exchange }) => receipts.get(exchange.nonce)?.atMs ?? Number.NEGATIVE_INFINITY);
    return [
      {
        answered: answered.length > 0,
        startMs,
        endMs,
        arrivedMs: Math.min(...times, ...seen.flatMap(({ arrival }) => arrival?.atMs ?? [])),
        doneMs: Math.max(...(signed.length > 0 ? signed : times)),
      },
    ];
  });
}

function sourcesOf(author: LogAuthor, tries: readonly Try[], { receipts }: Arrivals, family: Family): Sources {
  const here = tries.filter((one) => one.family === family);
  const own = new Set(here.flatMap(({ source }) => source ?? []));
  const expected = author.sentinel.expectedSources.filter((address) => familyOf(address) === family);
  const seen = here.flatMap(({ asked }) =>
    asked.flatMap(({ exchange }) => receipts.get(exchange.nonce)?.arrival?.client.address ?? []),
  );
  return {
    known: new Set([...expected, ...own, ...seen]),
    own,
    complete: expected.length > 0 && seen.every((address) => expected.includes(address) || own.has(address)),
  };
}

/**
 * A log that lacks what it must have is not the whole log, or not that of the only machine with this key; one whose ports are not the ones that
 * were asked tells nothing of those.
 */
function whyDistrusted(tries: readonly Try[], { receipts }: Arrivals, watch: LogWatch): string | null {
  for (const { asked, port } of tries) {
    for (const { exchange, receipt, signedMs } of asked) {
      const seen = receipts.get(exchange.nonce);
      const arrived = seen?.arrival?.port;
      if (arrived !== undefined && arrived !== port) return `port ${port} is translated on the way: it arrived on ${arrived}`;
      if (seen !== undefined || receipt !== 'genuine' || signedMs === null) continue;
      if (unwatched(watch, port, { fromMs: signedMs, toMs: signedMs }) !== null) continue;
      return `the log is not whole: a genuine receipt of ${momentText(signedMs)} is not in it`;
    }
  }
  return null;
}
