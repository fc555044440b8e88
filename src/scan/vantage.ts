/**
 * Where a run speaks from: which of the host's addresses speak for which segments. Nothing is sent; routes are looked up in the host's own
 * tables.
 */
import { type Address, compareAddresses, FAMILIES, type Family, familyOf, parseAddress } from '../model/address.ts';
import { contains, networks, toNetworks, UNUSABLE } from '../model/address-set.ts';
import type { Leg, Vantage } from '../model/evidence.ts';
import { nearest } from '../model/nearest.ts';
import type { HostNetwork } from '../model/outside.ts';
import { segmentOf } from '../model/permits.ts';
import type { Policy } from '../model/policy.ts';
import { type InputError, inputError } from '../model/problem.ts';

export interface VantageOptions {
  /** Segments to speak for; empty: every segment that the host has an address in. */
  readonly from: readonly string[];
  /** The address to speak from; null: the segments' own. */
  readonly source: Address | null;
  readonly platform: string;
}

/** Addresses that stand for "anywhere outside" in a route lookup (RFC 5737, RFC 9637): nothing is ever sent to them. */
const ANYWHERE: Readonly<Record<Family, Address | null>> = {
  ipv4: parseAddress('192.0.2.1'),
  ipv6: parseAddress('3fff::1'),
};

/** Global unicast, so far as it was given out. @see RFC 4291 section 2.4 */
const GLOBAL_IPV6 = networks('2000::/3');
const LINK_LOCAL = networks('fe80::/10', '169.254.0.0/16');

/**
 * One leg for each segment and family: the host's first address of that segment, in the order of addresses.
 *
 * @throws {InputError} `unknown-segment`, `source-not-local`, `source-many-segments`, `not-in-segment`, `no-segment` or `no-source`.
 */
export async function findVantage(policy: Policy, network: HostNetwork, options: VantageOptions): Promise<Vantage> {
  const addresses = network
    .addresses()
    .map(({ address }) => address)
    .sort(compareAddresses);
  for (const name of options.from) requireSegment(policy, name);
  const legs =
    options.source === null
      ? await legsOfHost(policy, network, options.from, addresses)
      : legOfSource(policy, options, addresses);
  if (legs.length === 0) throw noSegment(policy, addresses);
  return {
    hostname: network.hostname(),
    platform: options.platform,
    addresses,
    segments: policy.segments.map(({ name }) => name).filter((name) => legs.some(({ segment }) => segment === name)),
    legs,
    ipv6: await hasIpv6(network, addresses),
  };
}

function requireSegment(policy: Policy, name: string): void {
  const names = policy.segments.map((segment) => segment.name);
  if (names.includes(name)) return;
  const meant = nearest(name, names);
  const hint = meant === null ? `The policy has ${names.join(', ')}.` : `Did you mean "${meant}"?`;
  throw inputError('unknown-segment', `--from names "${name}", which is no segment of ${policy.path}. ${hint}`);
}

function legOfSource(policy: Policy, options: VantageOptions, addresses: readonly Address[]): Leg[] {
  const { source, from } = options;
  if (source === null) return [];
  if (!addresses.includes(source)) {
    throw inputError('source-not-local', `--source ${source} is no address of this host; it has ${addresses.join(', ')}.`);
  }
  if (from.length > 1) {
    throw inputError(
      'source-many-segments',
      `--source gives one address, which can speak for one segment, not for ${from.join(', ')}.`,
    );
  }
  const own = segmentOf(policy, source)?.name ?? null;
  const segment = from[0] ?? own;
  return segment === null ? [] : [{ segment, family: familyOf(source), source, asserted: segment !== own }];
}

async function legsOfHost(
  policy: Policy,
  network: HostNetwork,
  from: readonly string[],
  addresses: readonly Address[],
): Promise<Leg[]> {
  const legs: Leg[] = [];
  for (const segment of policy.segments) {
    if (from.length > 0 && !from.includes(segment.name)) continue;
    const matched = FAMILIES.flatMap((family) => matchedLeg(policy, segment.name, family, addresses));
    if (matched.length > 0) legs.push(...matched);
    else if (from.length > 0) legs.push(...(await assertedLegs(policy, network, segment.name, addresses)));
  }
  return legs;
}

/** Link-local addresses are never a leg: they mean nothing without an interface, and no firewall sees their packets. */
function matchedLeg(policy: Policy, segment: string, family: Family, addresses: readonly Address[]): Leg[] {
  const source = addresses.find(
    (address) => familyOf(address) === family && !contains(LINK_LOCAL, address) && segmentOf(policy, address)?.name === segment,
  );
  return source === undefined ? [] : [{ segment, family, source, asserted: false }];
}

/** A segment without networks (of a built-in policy) is taken at the user's word: this host, by its default source. */
async function assertedLegs(policy: Policy, network: HostNetwork, name: string, addresses: readonly Address[]): Promise<Leg[]> {
  const segment = policy.segments.find((candidate) => candidate.name === name);
  if (segment !== undefined && segment.networks.length > 0) {
    const where = `${name} (${toNetworks(segment.addresses).join(', ')})`;
    throw inputError(
      'not-in-segment',
      `This host has no address in ${where}; it has ${addresses.join(', ')}. To speak for the segment all the same, name the address with --source.`,
    );
  }
  const legs: Leg[] = [];
  for (const family of FAMILIES) {
    const source = await defaultSource(network, family, addresses);
    if (source !== null) legs.push({ segment: name, family, source, asserted: true });
  }
  if (legs.length > 0) return legs;
  throw inputError(
    'no-source',
    `No route leads out of this host, so there is no address to speak for ${name} from. Name one with --source.`,
  );
}

/** The address that this host would use towards the outside; null where it has none of the family, or no way out. */
export async function defaultSource(
  network: HostNetwork,
  family: Family,
  addresses: readonly Address[],
): Promise<Address | null> {
  const anywhere = ANYWHERE[family];
  if (anywhere === null) return null;
  const route = await network.route(anywhere, null);
  if (route.kind === 'none') return null;
  const preferred = route.kind === 'route' ? route.source : null;
  const usable = addresses.filter((address) => familyOf(address) === family && !contains(UNUSABLE, address));
  return usable.find((address) => address === preferred) ?? usable[0] ?? null;
}

/** Where routes cannot be looked up (not Linux), a global address is taken for a sign of a default route: routers announce both. */
async function hasIpv6(network: HostNetwork, addresses: readonly Address[]): Promise<boolean> {
  const global = addresses.find((address) => contains(GLOBAL_IPV6, address));
  if (global === undefined || ANYWHERE.ipv6 === null) return false;
  const route = await network.route(ANYWHERE.ipv6, null);
  return route.kind !== 'none';
}

function noSegment(policy: Policy, addresses: readonly Address[]): InputError {
  const segments = policy.segments.map(
    ({ name, addresses: set, networks: given }) => `${name} (${given.length === 0 ? 'no networks' : toNetworks(set).join(', ')})`,
  );
  return inputError(
    'no-segment',
    `This host belongs to no segment of ${policy.path}. Its addresses: ${addresses.join(', ')}. The segments: ${segments.join('; ')}. ` +
      (policy.segments.some(({ networks: given }) => given.length === 0)
        ? 'Say with --from SEGMENT for which one it speaks.'
        : 'Run on a host of a segment, or say with --from SEGMENT --source ADDRESS for which one it speaks.'),
  );
}
