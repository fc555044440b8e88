/**
 * What the policy's names mean to this host, looked up once, before anything is probed. On the wire: DNS queries of the system's resolver,
 * and MX queries.
 */

import { isName } from '../model/endpoint.ts';
import type { ResolutionRecord } from '../model/evidence.ts';
import type { Clock, Resolver } from '../model/outside.ts';
import type { HostPort, Policy } from '../model/policy.ts';
import { runPool } from './pool.ts';
import { isoTime } from './run.ts';

/** getaddrinfo runs on libuv's four threads: more at once would only wait for each other, and count the wait as theirs. */
const CONCURRENCY = 4;

/** Milliseconds for one name: resolv.conf's usual two servers, two tries of 5 s each. What is lost beyond is a resolver that hangs. */
const LOOKUP_TIMEOUT_MS = 20_000;

/** The error of a lookup that the end of the run cut off; a resumed run looks up again. */
const LOOKUP_ABORTED = 'ABORTED';

export interface ResolveContext {
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What an earlier part of this run found; kept. */
  readonly known: readonly ResolutionRecord[];
}

/**
 * Every name of the policy that questions, permissions and controls depend on: exchangers first, then addresses.
 *
 * @returns records in a fixed order, one a name, without those known already.
 */
export async function resolveNames(policy: Policy, context: ResolveContext): Promise<readonly ResolutionRecord[]> {
  const known = context.known.filter(({ error }) => error !== LOOKUP_ABORTED);
  const domains = policy.destinations.flatMap(({ mx }) => mx);
  const mx = await lookUpAll('mx', domains, known, context);
  const exchangers = [...known, ...mx].flatMap((record) => record.exchangers);
  return [...mx, ...(await lookUpAll('address', [...hostsOf(policy), ...exchangers], known, context))];
}

/** Names and addresses that the policy writes as hosts; without exchangers, which its domains have. */
export function hostsOf(policy: Policy): string[] {
  const controls: HostPort[] = [...policy.audit.controls, ...policy.segments.flatMap((segment) => segment.controls)];
  return [
    ...policy.destinations.flatMap(({ hosts, probes }) => [
      ...hosts,
      ...probes.flatMap((probe) => (probe.kind === 'host' ? [probe.host] : [])),
    ]),
    ...policy.sentinels.map(({ host }) => host),
    ...policy.servers.map(({ host }) => host),
    ...controls.map(({ host }) => host),
  ];
}

async function lookUpAll(
  lookup: ResolutionRecord['lookup'],
  names: readonly string[],
  known: readonly ResolutionRecord[],
  context: ResolveContext,
): Promise<ResolutionRecord[]> {
  const done = new Set(known.filter((record) => record.lookup === lookup).map(({ name }) => name));
  const wanted = [...new Set(names)].filter((name) => !done.has(name) && (lookup === 'mx' || isName(name)));
  const found = new Map<string, ResolutionRecord>();
  const never = new AbortController().signal;
  await runPool(
    wanted,
    async (name) => {
      found.set(name, await lookUpOne(lookup, name, context));
    },
    { concurrency: CONCURRENCY, signal: never },
  );
  return wanted.flatMap((name) => found.get(name) ?? []);
}

async function lookUpOne(lookup: ResolutionRecord['lookup'], name: string, context: ResolveContext): Promise<ResolutionRecord> {
  const at = isoTime(context.clock);
  const nothing = { addresses: [], exchangers: [] };
  const answer = await withDeadline(context, async () =>
    lookup === 'mx'
      ? { ...nothing, ...(await context.resolver.exchangers(name)) }
      : { ...nothing, ...(await context.resolver.addresses(name)) },
  );
  return { type: 'resolution', lookup, name, ...(typeof answer === 'string' ? { ...nothing, error: answer } : answer), at };
}

/** A lookup cannot be called off; its answer is no longer waited for. */
function withDeadline<T>(context: ResolveContext, start: () => Promise<T>): Promise<T | string> {
  const { clock, signal } = context;
  if (signal.aborted) return Promise.resolve(LOOKUP_ABORTED);
  return new Promise((resolve, reject) => {
    const aborted = (): void => settle(LOOKUP_ABORTED);
    const cancel = clock.after(LOOKUP_TIMEOUT_MS, () => settle('ETIMEOUT'));
    const settle = (value: T | string): void => {
      cancel();
      signal.removeEventListener('abort', aborted);
      resolve(value);
    };
    signal.addEventListener('abort', aborted, { once: true });
    start().then(settle, reject);
  });
}
