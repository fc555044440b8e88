/**
 * Where a command speaks from that has no policy: one address of this host for each family of its targets, as the host itself would choose it.
 * Nothing is sent; routes are looked up in the host's own tables.
 */
import { type Address, FAMILIES, type Family, familyName, familyOf, parseAddress } from '../model/address.ts';
import { contains, LOOPBACK } from '../model/address-set.ts';
import type { Leg } from '../model/evidence.ts';
import type { HostNetwork } from '../model/outside.ts';
import { inputError } from '../model/problem.ts';
import { defaultSource } from './vantage.ts';

/** The segment that this host counts as. */
export const HERE = 'here';

export interface HereOptions {
  /** The address to speak from; null: the host's choice. */
  readonly source: Address | null;
  readonly families: readonly Family[];
}

/**
 * At least one leg, also where no target can be reached.
 *
 * @throws {InputError} `source-not-local`, `many-sources` (one run speaks from one address of each family) or `no-source`.
 */
export async function legsHere(
  network: HostNetwork,
  targets: readonly Address[],
  { source, families }: HereOptions,
): Promise<readonly Leg[]> {
  const addresses = network.addresses().map(({ address }) => address);
  if (source !== null) {
    if (addresses.includes(source)) return [legOf(source)];
    throw inputError('source-not-local', `--source ${source} is no address of this host; it has ${addresses.join(', ')}.`);
  }
  const legs: Leg[] = [];
  for (const family of FAMILIES.filter((one) => families.includes(one))) {
    const wanted = targets.filter((target) => familyOf(target) === family && (isLoopback(target) || !addresses.includes(target)));
    const found = await sourceFor(network, family, wanted, addresses);
    if (found !== null) legs.push(legOf(found));
  }
  return legs.length > 0 ? legs : [legOf(await anySource(network, families, addresses))];
}

async function sourceFor(
  network: HostNetwork,
  family: Family,
  targets: readonly Address[],
  addresses: readonly Address[],
): Promise<Address | null> {
  const chosen = new Map<Address, Address>();
  const fallback = targets.length === 0 ? null : await defaultSource(network, family, addresses);
  await Promise.all(
    targets.map(async (target) => {
      const source = isLoopback(target) ? loopbackOf(family, addresses) : await routeSource(network, target, addresses);
      if (source !== null && !chosen.has(source)) chosen.set(source, target);
    }),
  );
  if (chosen.size > 1) {
    const pairs = [...chosen].map(([source, target]) => `${target} from ${source}`).join(', ');
    throw inputError(
      'many-sources',
      `One run speaks from one ${familyName(family)} address, and this host would reach ${pairs}. Test them in a run each, or name one address with --source.`,
    );
  }
  return [...chosen.keys()][0] ?? fallback;
}

/** Null where the host has no route, or cannot say. */
async function routeSource(network: HostNetwork, target: Address, addresses: readonly Address[]): Promise<Address | null> {
  const route = await network.route(target, null);
  return route.kind === 'route' && route.source !== null && addresses.includes(route.source) ? route.source : null;
}

async function anySource(network: HostNetwork, families: readonly Family[], addresses: readonly Address[]): Promise<Address> {
  for (const family of families) {
    const source = (await defaultSource(network, family, addresses)) ?? loopbackOf(family, addresses);
    if (source !== null) return source;
  }
  throw inputError('no-source', `This host has no ${families.map(familyName).join(' or ')} address to speak from.`);
}

function isLoopback(address: Address): boolean {
  return contains(LOOPBACK, address);
}

function loopbackOf(family: Family, addresses: readonly Address[]): Address | null {
  const usual = parseAddress(family === 'ipv4' ? '127.0.0.1' : '::1');
  return usual !== null && addresses.includes(usual) ? usual : null;
}

function legOf(source: Address): Leg {
  return { segment: HERE, family: familyOf(source), source, asserted: false };
}
