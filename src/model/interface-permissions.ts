/**
 * What whoever comes in by an interface may send, by the policy: what every segment may that comes in there.
 *
 * Worked example: dev is at br-dev and may reach provider (192.0.2.0/24) on 465. Hosts of no segment that come in by br-dev may as well: who else than
 * dev is there. Where dmz is at br-dev too and may not, nobody knows which of the two they are like. Nor where some segment has no interface: it may
 * come in by any.
 */
import { type AddressSet, intersect, isEmpty } from './address-set.ts';
import { auditedPorts, permission } from './configuration-question.ts';
import { groupBy } from './group-by.ts';
import type { Firewall, Policy, Segment } from './policy.ts';

export interface InterfacePermission {
  readonly interfaces: readonly string[];
  readonly segments: readonly string[];
  readonly port: number;
  /** Never empty; what names mean is not in it. */
  readonly addresses: AddressSet;
}

export function interfacePermissions(policy: Policy, firewall: Firewall): readonly InterfacePermission[] {
  const mapped = new Set(policy.segments.flatMap(({ name }) => firewall.interfaces.get(name) ?? []));
  const places = [...mapped].map((one) => ({ one, segments: policy.segments.filter((segment) => isAt(firewall, segment, one)) }));
  const alike = groupBy(places, ({ segments }) => JSON.stringify(segments.map(({ name }) => name)));
  return [...alike.values()].flatMap((group) => {
    const segments = group[0]?.segments.map(({ name }) => name) ?? [];
    const interfaces = group.map(({ one }) => one);
    return auditedPorts(policy).flatMap((port) => ofPort(policy, interfaces, segments, port));
  });
}

function isAt({ interfaces }: Firewall, { name }: Segment, one: string): boolean {
  return interfaces.get(name)?.includes(one) ?? true;
}

function ofPort(
  policy: Policy,
  interfaces: readonly string[],
  segments: readonly string[],
  port: number,
): readonly InterfacePermission[] {
  const [first, ...others] = segments.map((name) => permission(policy, name, port));
  if (first === undefined) return [];
  const addresses = others.reduce((common, one) => intersect(common, one.addresses), first.addresses);
  return isEmpty(addresses) ? [] : [{ interfaces, segments, port, addresses }];
}
