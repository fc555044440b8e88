/**
 * Which packets a review looks at: mail that leaves a segment, or addresses of the inside that are in none, by segment and by port, and which of
 * them the policy permits.
 *
 * Worked example: workstations (10.20.0.0/16, interface eth1) may reach provider on 587. Their packets are those that come in by eth1 from
 * 10.20.0.0/16 to any usable address but their own; of port 587 those to provider are permitted.
 */
import type { AddressRange, Family } from '../model/address.ts';
import { type AddressSet, networks, PRIVATE, subtract, UNUSABLE, union } from '../model/address-set.ts';
import { auditedPorts, destinationsOf, permission, segmentAddresses } from '../model/configuration-question.ts';
import { interfacePermissions } from '../model/interface-permissions.ts';
import type { Firewall, Policy, Rule } from '../model/policy.ts';
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import { lentSet } from './lent.ts';
import { LOOPBACK } from './mentioned.ts';
import type { PacketSpace } from './packet-space.ts';
import { interfacesOn } from './region.ts';
import type { Hook } from './ruleset.ts';

export interface SegmentRegion {
  /** Null: private addresses that are in no segment. */
  readonly segment: string | null;
  readonly ports: readonly PortRegion[];
  /** Interfaces by which its packets may come. */
  readonly comes: Bdd;
  /** Destinations, each with the interfaces by which it may be reached. */
  readonly ways: Bdd;
}

export interface PortRegion {
  readonly port: number;
  readonly set: Bdd;
  /** The part of it that the policy permits, whatever names mean; of no segment, that it permits every segment that comes in where they do. */
  readonly permitted: Bdd;
  readonly names: readonly string[];
  readonly rules: readonly Rule[];
}

export interface Reviewed {
  readonly policy: Policy;
  readonly firewall: Firewall;
  readonly hook: Hook;
}

/** By segment in the policy's order, addresses of no segment last; without those that have no address of this family. */
export function regionsOf(space: PacketSpace, reviewed: Reviewed): readonly SegmentRegion[] {
  const { policy } = reviewed;
  const segments = policy.segments.map((segment) => ({ name: segment.name, addresses: segmentAddresses(policy, segment) }));
  const unnamed = subtract(
    ownerless(segments.map(({ addresses }) => addresses)),
    union(...segments.map(({ addresses }) => addresses)),
  );
  return [...segments, { name: null, addresses: unnamed }]
    .filter(({ addresses }) => addresses[space.family].length > 0)
    .map(({ name, addresses }) => segmentRegion(space, reviewed, { name, addresses }));
}

/** Where a segment has no networks of IPv6, its hosts may have any global address (RFC 4291 section 2.4), and nobody knows which. */
function ownerless(segments: readonly AddressSet[]): AddressSet {
  return segments.some(({ ipv4, ipv6 }) => ipv4.length > 0 && ipv6.length === 0) ? union(PRIVATE, GLOBAL_IPV6) : PRIVATE;
}

const GLOBAL_IPV6: AddressSet = networks('2000::/3');

/**
 * A set of a region's packets in two: those of which every interface that leads to their destination is in it, without the interface, since that they
 * leave by one of these says nothing; and the others. Together they would hold packets that are in neither: whoever tells them by interface would
 * find the first ones at interfaces that do not lead there.
 */
export function byWays(space: PacketSpace, set: Bdd, { ways }: SegmentRegion): readonly Bdd[] {
  const { manager } = space;
  const { first, width } = space.bits('out');
  const [last, own] = [first + width - 1, manager.and(set, ways)];
  const some = manager.exists(own, first, last);
  const missed = space.may(manager.exists(manager.diff(manager.and(some, ways), own), first, last));
  return [manager.diff(some, missed), manager.and(own, missed)].filter((part) => part !== EMPTY);
}

/** Names of interfaces that the firewall's map gives, and the one that no packet of another host comes or leaves by. */
export function interfacesOf({ interfaces }: Firewall): readonly string[] {
  return [...new Set([...interfaces.values()].flat().concat(LOOPBACK))];
}

/** Of these ranges all addresses are put together that regions are cut by. */
export function addressesOf(policy: Policy, family: Family): readonly AddressRange[] {
  const segments = policy.segments.map((segment) => segmentAddresses(policy, segment));
  const places = destinationsOf(policy).map(({ addresses }) => addresses);
  return [...segments, ...places, PRIVATE, UNUSABLE, GLOBAL_IPV6].flatMap((set) => set[family]);
}

interface Sender {
  readonly name: string | null;
  readonly addresses: AddressSet;
}

function segmentRegion(space: PacketSpace, reviewed: Reviewed, { name, addresses }: Sender): SegmentRegion {
  const { policy, firewall, hook } = reviewed;
  const { manager } = space;
  const comes = interfacesOn(space, hook, 'in', name === null ? null : (firewall.interfaces.get(name) ?? null));
  const lent = name === null ? interfacePermissions(policy, firewall) : [];
  const ways = waysOf(space, reviewed, name === null ? UNUSABLE : union(addresses, UNUSABLE));
  const all = [comes, within(space, 'source', addresses), ways].reduce((a, b) => manager.and(a, b), FULL);
  const ports = auditedPorts(policy).map((port): PortRegion => {
    const set = manager.and(all, space.within('destination-port', [{ first: port, last: port }]));
    if (name === null) return { port, set, permitted: manager.and(set, lentSet(space, hook, lent)), names: [], rules: [] };
    const permitted = permission(policy, name, port);
    const allowed = manager.and(set, within(space, 'destination', permitted.addresses));
    return { port, set, permitted: allowed, names: permitted.names, rules: permitted.rules };
  });
  return { segment: name, ports, comes, ways };
}

/**
 * Usable destinations, by the interfaces that lead there. An address of several destinations may be reached by the interfaces of each. No firewall
 * lies inside a segment; what lies between private addresses of no segment nobody knows.
 */
function waysOf(space: PacketSpace, { policy, firewall, hook }: Reviewed, left: AddressSet): Bdd {
  const { manager } = space;
  return manager.orAll(
    destinationsOf(policy).map(({ name, addresses }) =>
      manager.and(
        interfacesOn(space, hook, 'out', firewall.interfaces.get(name) ?? null),
        within(space, 'destination', subtract(addresses, left)),
      ),
    ),
  );
}

function within(space: PacketSpace, field: 'source' | 'destination', addresses: AddressSet): Bdd {
  const ranges: readonly AddressRange[] = addresses[space.family];
  return space.within(field, ranges);
}
