/**
 * By which interface each probe would leave. Binding a source address does not choose the interface; a probe that leaves by another one is
 * filtered by rules for another segment, or dropped by a reverse-path filter, and its silence would look like a block.
 */
import { type Address, bracketed, familyOf } from '../model/address.ts';
import { contains, LOOPBACK } from '../model/address-set.ts';
import type { ProbeReport } from '../model/evidence.ts';
import type { HostNetwork, LocalAddress, Route } from '../model/outside.ts';

/** Lookups asked for at once: the host answers a batch with one process. */
const BATCH = 1_024;

/** What the kernel answers for an `unreachable`, a `prohibit` and a `blackhole` route: somebody on this host forbids it. @see ip-route(8) */
const LOCAL_BLOCK = /permission denied|invalid argument|no route to host|of type (?:unreachable|prohibit|blackhole)/i;

/** What stands in the way of a probe on this very host; null where nothing does. */
export type Obstacle = Pick<ProbeReport, 'outcome' | 'detail' | 'reason'> | null;

export interface Flow {
  readonly source: Address;
  readonly target: Address;
}

/** Looks every distinct flow up once. Flows within loopback need no route. */
export async function findRoutes(
  network: HostNetwork,
  flows: Iterable<Flow>,
): Promise<(source: Address, target: Address) => Obstacle> {
  const local = network.addresses();
  const pairs = new Map<string, Flow>();
  for (const { source, target } of flows) {
    if (!contains(LOOPBACK, target) || !contains(LOOPBACK, source)) pairs.set(keyOf(source, target), { source, target });
  }
  const obstacles = new Map<string, Obstacle>();
  const all = [...pairs];
  for (let start = 0; start < all.length; start += BATCH) {
    await Promise.all(
      all.slice(start, start + BATCH).map(async ([key, { source, target }]) => {
        obstacles.set(key, obstacleOf(await network.route(target, source), source, target, local));
      }),
    );
  }
  return (source, target) => obstacles.get(keyOf(source, target)) ?? null;
}

function keyOf(source: Address, target: Address): string {
  return `${source}>${target}`;
}

function obstacleOf(route: Route, source: Address, target: Address, local: readonly LocalAddress[]): Obstacle {
  if (route.kind === 'unknown') return null;
  if (route.kind === 'none') {
    const outcome = LOCAL_BLOCK.test(route.message) ? 'local-block' : 'no-route';
    return {
      outcome,
      detail: null,
      reason: `This host does not route ${source} to ${target}: ${route.message}. Nothing was sent.`,
    };
  }
  const owners = local.filter(({ address }) => address === source);
  // An address on the loopback interface belongs to the whole host (RFC 1122 section 3.3.4.2, weak model), unless it is loopback's own.
  const roaming = !contains(LOOPBACK, source) && owners.some(({ internal }) => internal);
  if (roaming || owners.some((owner) => owner.interface === route.interface)) return null;
  return { outcome: 'probe-error', detail: 'wrong-interface', reason: wrongInterface(route.interface, source, target, owners) };
}

function wrongInterface(leaves: string, source: Address, target: Address, owners: readonly LocalAddress[]): string {
  const owner = owners[0]?.interface ?? 'none';
  const ip = familyOf(source) === 'ipv6' ? 'ip -6' : 'ip';
  return (
    `Packets from ${bracketed(source)} to ${bracketed(target)} would leave by ${leaves}, but ${source} belongs to ${owner}. ` +
    `Nothing was sent. Route them by their source: ${ip} route add default via GATEWAY dev ${owner} table 100; ` +
    `${ip} rule add from ${source} lookup 100.`
  );
}
