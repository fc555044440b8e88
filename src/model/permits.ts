/**
 * What the policy says of one flow, by address: which segment an address belongs to, and which rules let it reach another.
 */
import { type Address, type AddressRange, familyOf, numberOf, parseAddress } from './address.ts';
import { contains } from './address-set.ts';
import type { Destination, Policy, Rule, Segment } from './policy.ts';
import { remembered } from './remembered.ts';
import type { Resolution } from './resolution.ts';

/** The segment whose smallest network contains the address; null where none does. */
export function segmentOf(policy: Policy, address: Address): Segment | null {
  let best: { segment: Segment; size: bigint } | null = null;
  for (const segment of policy.segments) {
    if (!contains(segment.addresses, address)) continue;
    const size = smallestNetwork(segment.networks, address);
    if (size !== null && (best === null || size < best.size)) best = { segment, size };
  }
  return best?.segment ?? null;
}

/** Every rule that permits the flow, in file order; none: the policy denies it. Rules only allow, so their order never matters. */
export function permits(
  policy: Policy,
  resolution: Resolution,
  flow: { readonly segment: string; readonly address: Address; readonly port: number },
): readonly Rule[] {
  return policy.rules.filter(
    (rule) =>
      rule.from.includes(flow.segment) &&
      rule.ports.includes(flow.port) &&
      (rule.to === 'any' || rule.to.some((name) => belongs(policy, resolution, name, flow.address))),
  );
}

/** Whether the address is of the destination or segment of that name. */
function belongs(policy: Policy, resolution: Resolution, name: string, address: Address): boolean {
  if (policy.segments.some((segment) => segment.name === name)) return segmentOf(policy, address)?.name === name;
  const destination = policy.destinations.find((candidate) => candidate.name === name);
  return destination !== undefined && inDestination(policy, resolution, destination, address);
}

/**
 * By its networks where the policy gives them, and by what its hosts, exchangers and probes resolve to. Addresses that a policy writes
 * beside networks belong, whatever the networks say; names do not, they can change.
 */
export function inDestination(policy: Policy, resolution: Resolution, destination: Destination, address: Address): boolean {
  if (destination.networks !== null && contains(destination.networks, address)) return true;
  return membersOf(policy, resolution, destination).has(address);
}

/** The hosts of a destination's probes, a sentinel's among them, as the policy writes them. */
export function probedHosts(policy: Policy, { probes }: Destination): readonly string[] {
  return probes.flatMap((probe) =>
    probe.kind === 'host' ? [probe.host] : policy.sentinels.filter(({ name }) => name === probe.sentinel).map(({ host }) => host),
  );
}

/** A destination may have thousands of hosts and is asked about for each of them: worked out once for each resolution. */
const MEMBERS = new WeakMap<Resolution, WeakMap<Destination, ReadonlySet<string>>>();

function membersOf(policy: Policy, resolution: Resolution, destination: Destination): ReadonlySet<string> {
  const known = remembered(MEMBERS, resolution, () => new WeakMap<Destination, ReadonlySet<string>>());
  return remembered(known, destination, () => {
    const names = destination.networks === null ? namesOf(policy, resolution, destination) : destination.hosts;
    const literals = names.flatMap((name) => parseAddress(name) ?? []);
    const resolved = destination.networks === null ? names.flatMap((name) => resolution.addresses(name)) : [];
    return new Set<string>([...literals, ...resolved]);
  });
}

function namesOf(policy: Policy, resolution: Resolution, destination: Destination): string[] {
  const exchangers = destination.mx.flatMap((domain) => resolution.exchangers(domain));
  return [...destination.hosts, ...exchangers, ...probedHosts(policy, destination)];
}

function smallestNetwork(networks: readonly AddressRange[], address: Address): bigint | null {
  const number = numberOf(address);
  const sizes = networks
    .filter((range) => range.family === familyOf(address) && range.first <= number && number <= range.last)
    .map((range) => range.last - range.first);
  return sizes.length === 0 ? null : sizes.reduce((a, b) => (a < b ? a : b));
}
