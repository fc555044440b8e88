/**
 * What the policy asks of a firewall's configuration: segment × destination × port × family, each a region of packets. The inspector answers
 * these questions, the comparator judges the answers, and both get them from here.
 *
 * No name is looked up. Names without `networks` in the policy are in no region: they are listed in `names`.
 *
 * Worked example: workstations (10.20.0.0/16) may reach provider (192.0.2.0/24) on 587; internet is public. `workstations>provider:587` is to be
 * allowed for all of 192.0.2.0/24; `workstations>internet:587` is to be denied for public without 192.0.2.0/24, since permission is decided by
 * address; `workstations>*:587` is to be denied for every other address.
 *
 * Where a segment has no networks of a family, what its hosts may have there is asked of every address that no segment has: `*>*:25/ipv6`.
 */
import { type AddressRange, FAMILIES, type Family, parseAddress } from './address.ts';
import {
  type AddressSet,
  ANY,
  addressesOf,
  addressSet,
  EMPTY_SET,
  intersect,
  isEmpty,
  subtract,
  UNUSABLE,
  union,
} from './address-set.ts';
import { probedHosts } from './permits.ts';
import type { Destination, Firewall, Policy, Rule, Segment } from './policy.ts';
import { ascending } from './ports.ts';
import { remembered } from './remembered.ts';

/** The destination of whatever no destination of the policy holds; as a segment, whoever is in none. */
export const ELSEWHERE = '*';

export interface ConfigurationQuestion {
  /** `config:edge:workstations>internet:25/ipv4`. */
  readonly id: string;
  readonly firewall: string;
  /** A segment's name; `ELSEWHERE` for addresses of no segment, of a family in which some segment has no networks. */
  readonly segment: string;
  /** A destination's or segment's name, or `ELSEWHERE`. */
  readonly destination: string;
  readonly port: number;
  readonly family: Family;
  readonly expect: 'allow' | 'deny';
  /** The rules that permit it, in file order; empty for `deny`. */
  readonly rules: readonly Rule[];
  /** Sorted, disjoint, of that family; never empty. */
  readonly sources: readonly AddressRange[];
  /** The same; empty where the destination has nothing but names. */
  readonly destinations: readonly AddressRange[];
  /** `allow`: names of the destination whose addresses are not known here. `deny`: names to which the policy permits the port, wherever they are. */
  readonly names: readonly string[];
  /** Names of interfaces; null: any. */
  readonly in: readonly string[] | null;
  readonly out: readonly string[] | null;
}

/** By segment, destination, port, family, each in the policy's order; `ELSEWHERE` last. Ids are unique. */
export function configurationQuestions(policy: Policy, firewall: Firewall): readonly ConfigurationQuestion[] {
  const destinations = destinationsOf(policy);
  const ofSegments = policy.segments.flatMap((segment) => {
    const sources = segmentAddresses(policy, segment);
    return destinations
      .filter(({ name }) => name !== segment.name)
      .flatMap((destination) =>
        auditedPorts(policy).flatMap((port) =>
          FAMILIES.flatMap((family) => question({ policy, firewall, segment, sources }, destination, port, family)),
        ),
      );
  });
  return [...ofSegments, ...FAMILIES.flatMap((family) => ownerlessQuestions(policy, firewall, family))];
}

/** Segments that have networks, but none of this family: which addresses their hosts have in it nobody knows. */
export function segmentsWithout(policy: Policy, family: Family): readonly Segment[] {
  return policy.segments.filter((segment) => {
    const addresses = segmentAddresses(policy, segment);
    return !isEmpty(addresses) && addresses[family].length === 0;
  });
}

function ownerlessQuestions(policy: Policy, firewall: Firewall, family: Family): ConfigurationQuestion[] {
  const without = segmentsWithout(policy, family);
  if (without.length === 0) return [];
  const owned = union(...policy.segments.map((segment) => segmentAddresses(policy, segment)));
  const others = subtract(ANY, union(owned, UNUSABLE))[family];
  const interfaces = without.map(({ name }) => firewall.interfaces.get(name) ?? null);
  return auditedPorts(policy).map((port) => ({
    id: `config:${firewall.name}:${ELSEWHERE}>${ELSEWHERE}:${port}/${family}`,
    firewall: firewall.name,
    segment: ELSEWHERE,
    destination: ELSEWHERE,
    port,
    family,
    expect: 'deny',
    rules: [],
    sources: others,
    destinations: others,
    names: [],
    in: interfaces.includes(null) ? null : [...new Set(interfaces.flatMap((names) => names ?? []))],
    out: null,
  }));
}

/** Every port that the policy audits or permits, ascending. */
export function auditedPorts({ audit, rules }: Policy): readonly number[] {
  return ascending([...audit.ports, ...rules.flatMap(({ ports }) => ports)]);
}

/** The addresses that belong to a segment: its own without those that a more specific segment has. */
export function segmentAddresses(policy: Policy, segment: Segment): AddressSet {
  const others = policy.segments.filter((other) => other !== segment);
  const parts = segment.networks.map((network) => {
    const smaller = others.flatMap((other) =>
      other.networks
        .filter((range) => range.family === network.family && sizeOf(range) < sizeOf(network))
        .map((range) => intersect(other.addresses, addressSet([range]))),
    );
    return subtract(intersect(segment.addresses, addressSet([network])), union(...smaller));
  });
  return union(...parts);
}

export interface Permission {
  readonly addresses: AddressSet;
  /** Names that the rules permit as well, wherever they are. */
  readonly names: readonly string[];
  readonly rules: readonly Rule[];
}

/** Where a segment may go on a port. */
export function permission(policy: Policy, segment: string, port: number): Permission {
  const rules = policy.rules.filter((rule) => rule.from.includes(segment) && rule.ports.includes(port));
  const targets = rules.flatMap(({ to }) => (to === 'any' ? [EVERYWHERE] : to.map((name) => placeNamed(policy, name))));
  return {
    addresses: union(...targets.map(({ addresses }) => addresses)),
    names: [...new Set(targets.flatMap(({ names }) => names))],
    rules,
  };
}

/** What a name of a destination or segment means without DNS. */
export interface Place {
  readonly name: string;
  readonly addresses: AddressSet;
  readonly names: readonly string[];
}

const EVERYWHERE: Place = { name: 'any', addresses: ANY, names: [] };

/** The policy's destinations, the segments that some rule leads to, and everything else; by these a flow is named. Worked out once. */
export function destinationsOf(policy: Policy): readonly Place[] {
  return remembered(DESTINATIONS, policy, () => placesOf(policy));
}

const DESTINATIONS = new WeakMap<Policy, readonly Place[]>();

function placesOf(policy: Policy): readonly Place[] {
  const led = policy.segments.filter(({ name }) => policy.rules.some(({ to }) => to !== 'any' && to.includes(name)));
  const named = [...policy.destinations, ...led].map(({ name }) => placeNamed(policy, name));
  const rest = subtract(ANY, union(...named.map(({ addresses }) => addresses)));
  return [...named, { name: ELSEWHERE, addresses: rest, names: [] }];
}

interface Asking {
  readonly policy: Policy;
  readonly firewall: Firewall;
  readonly segment: Segment;
  readonly sources: AddressSet;
}

function question(asking: Asking, place: Place, port: number, family: Family): ConfigurationQuestion[] {
  const { policy, firewall, segment, sources } = asking;
  const permitted = permission(policy, segment.name, port);
  // No firewall lies inside a segment, and nobody connects to an address that is nobody's.
  const region = subtract(place.addresses, union(sources, UNUSABLE));
  const naming = permitted.rules.filter(({ to }) => to === 'any' || to.includes(place.name));
  const denied = subtract(region, permitted.addresses);
  const allow = naming.length > 0 || (denied[family].length === 0 && region[family].length > 0);
  const destinations = allow ? region[family] : denied[family];
  const names = allow ? place.names : permitted.names;
  if (sources[family].length === 0 || (destinations.length === 0 && !(allow && names.length > 0))) return [];
  return [
    {
      id: `config:${firewall.name}:${segment.name}>${place.name}:${port}/${family}`,
      firewall: firewall.name,
      segment: segment.name,
      destination: place.name,
      port,
      family,
      expect: allow ? 'allow' : 'deny',
      rules: !allow ? [] : naming.length > 0 ? naming : permitted.rules,
      sources: sources[family],
      destinations,
      names,
      in: firewall.interfaces.get(segment.name) ?? null,
      out: firewall.interfaces.get(place.name) ?? null,
    },
  ];
}

function placeNamed(policy: Policy, name: string): Place {
  const segment = policy.segments.find((one) => one.name === name);
  if (segment !== undefined) return { name, addresses: segmentAddresses(policy, segment), names: [] };
  const destination = policy.destinations.find((one) => one.name === name);
  if (destination === undefined) return { name, addresses: EMPTY_SET, names: [] };
  return { name, ...membersOf(policy, destination) };
}

/** Beside networks only written addresses count: names are what the networks stand for. */
function membersOf(policy: Policy, destination: Destination): Pick<Place, 'addresses' | 'names'> {
  const { hosts, mx, networks } = destination;
  const written = networks === null ? [...hosts, ...probedHosts(policy, destination)] : hosts;
  const literals = written.flatMap((host) => parseAddress(host) ?? []);
  const addresses = union(networks ?? EMPTY_SET, addressesOf(...literals));
  const names =
    networks === null ? [...written.filter((host) => parseAddress(host) === null), ...mx.map((one) => `mx:${one}`)] : [];
  return { addresses, names: [...new Set(names)] };
}

function sizeOf({ first, last }: AddressRange): bigint {
  return last - first;
}
