/**
 * What a policy expects of one segment, target and port, before any name is looked up. Permission is decided by address: a rule
 * for one destination permits the same addresses under every other name.
 *
 * Worked example: `internet` is `public`, and staff may reach `provider` (192.0.2.0/24) on 587. Then staff → internet:587 is
 * mixed: denied, but for 192.0.2.0/24. With relays → internet:25, relays → provider:25 is allowed, since all of it is public.
 */
import { parseAddress } from '../model/address.ts';
import {
  type AddressSet,
  addressesOf,
  addressSet,
  EMPTY_SET,
  intersect,
  isEmpty,
  subtract,
  toNetworks,
  union,
} from '../model/address-set.ts';
import type { Endpoint } from '../model/endpoint.ts';
import { listText } from '../model/list-text.ts';
import type { Policy, Rule, Segment } from '../model/policy.ts';

export interface Target {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  /** Addresses that are surely of it. */
  readonly addresses: AddressSet;
  /** Names that mean further addresses, known at run time only: hosts, and exchangers of domains (`mx of …`). */
  readonly names: readonly string[];
}

export interface Expectation {
  readonly expect: 'allow' | 'deny' | 'mixed';
  readonly rules: readonly Rule[];
  readonly note: string | null;
}

/** @param all  every endpoint of the policy. */
export function targetOf(policy: Policy, name: string, all: readonly Endpoint[]): Target {
  const endpoints = all.filter(({ destination }) => destination === name);
  const destination = policy.destinations.find((candidate) => candidate.name === name);
  const segment = policy.segments.find((candidate) => candidate.name === name);
  const literals = endpoints.flatMap(({ written }) => parseAddress(written) ?? []);
  // Where a destination has networks, its names must resolve into them: they add no address.
  const open = segment === undefined && (destination === undefined || destination.networks === null);
  const names = open
    ? endpoints
        .filter(({ written }) => parseAddress(written) === null)
        .map(({ kind, written }) => (kind === 'mx' ? `mx of ${written}` : written))
    : [];
  const networks = destination?.networks ?? (segment === undefined ? EMPTY_SET : addressesOfSegment(policy, segment));
  return { name, endpoints, addresses: segment === undefined ? union(networks, addressesOf(...literals)) : networks, names };
}

/** Without what belongs to a segment with a smaller network. */
function addressesOfSegment(policy: Policy, segment: Segment): AddressSet {
  const others = policy.segments.filter((other) => other !== segment);
  const parts = segment.networks.map((network) => {
    const smaller = others.map((other) =>
      intersect(
        addressSet(other.networks.filter((inner) => inner.last - inner.first < network.last - network.first)),
        other.addresses,
      ),
    );
    return subtract(addressSet([network]), union(...smaller));
  });
  return intersect(union(...parts), segment.addresses);
}

/** @param targets every destination and segment of the policy, by name. */
export function expectationOf(
  policy: Policy,
  targets: ReadonlyMap<string, Target>,
  cell: { readonly segment: string; readonly target: Target; readonly port: number },
): Expectation {
  const { segment, target, port } = cell;
  const candidates = policy.rules.filter((rule) => rule.from.includes(segment) && rule.ports.includes(port));
  const direct = candidates.filter((rule) => rule.to === 'any' || rule.to.includes(target.name));
  if (direct.length > 0) return { expect: 'allow', rules: direct, note: null };
  const permitted = candidates.flatMap((rule) =>
    (rule.to === 'any' ? [] : rule.to).flatMap((name): Permitted[] => {
      const other = targets.get(name);
      return other === undefined ? [] : [{ rule, target: other }];
    }),
  );
  return byAddress(target, permitted);
}

interface Permitted {
  readonly rule: Rule;
  readonly target: Target;
}

/** Rules for other destinations: how much of this one do their addresses hold? */
function byAddress(target: Target, permitted: readonly Permitted[]): Expectation {
  const overlapping = permitted.filter((other) => meets(target, other.target));
  if (overlapping.length === 0) return { expect: 'deny', rules: [], note: null };
  const rules = [...new Set(overlapping.map(({ rule }) => rule))];
  const through = listText([...new Set(overlapping.map((other) => `"${other.target.name}"`))]);
  const known = union(...overlapping.map((other) => other.target.addresses));
  if (target.names.length === 0 && isEmpty(subtract(target.addresses, known))) {
    return { expect: 'allow', rules, note: `all of it lies in ${through}` };
  }
  const shared = intersect(target.addresses, known);
  const parts = [
    isEmpty(shared) ? null : `allowed for ${networkList(shared)}, which ${through} holds`,
    target.names.length === 0 ? null : `${listText(target.names)}: allowed where the address lies in ${through}`,
    ...overlapping.map((other) => nameNote(target, other.target)),
  ];
  return { expect: 'mixed', rules, note: parts.filter((part) => part !== null).join('; ') };
}

/** Whether some address may belong to both. */
function meets(target: Target, other: Target): boolean {
  if (!isEmpty(intersect(target.addresses, other.addresses))) return true;
  if (target.names.some((name) => other.names.includes(name))) return true;
  const namesMeetNetworks = (a: Target, b: Target): boolean => a.names.length > 0 && isWide(b.addresses);
  return namesMeetNetworks(target, other) || namesMeetNetworks(other, target);
}

/** Networks, not single addresses: what a name resolves to may well lie inside. */
function isWide(set: AddressSet): boolean {
  return [...set.ipv4, ...set.ipv6].some(({ first, last }) => last > first);
}

function nameNote(target: Target, other: Target): string | null {
  if (other.names.length === 0 || target.names.length > 0) return null;
  return `allowed for the addresses of ${listText(other.names)}`;
}

function networkList(set: AddressSet): string {
  const networks = toNetworks(set);
  return networks.length <= 3
    ? listText(networks)
    : `${networks.slice(0, 2).join(', ')} and ${networks.length - 2} more networks`;
}
