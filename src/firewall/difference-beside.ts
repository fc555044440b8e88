/**
 * What a change newly lets through by interfaces that the policy does not give: it is in no region that is looked at, and must not pass for nothing.
 *
 * Worked example: internet is at ppp0, and the change adds `-s 172.20.16.0/24 -o wwan0 -j ACCEPT`: nothing changes at ppp0, and mail leaves by wwan0
 * wherever a route leads there.
 */
import { ANY, subtract, UNUSABLE, union } from '../model/address-set.ts';
import { permission, segmentAddresses } from '../model/configuration-question.ts';
import type { Segment } from '../model/policy.ts';
import { type Bdd, EMPTY, NodeBudgetError } from './bdd.ts';
import { interfacesOf, type SegmentRegion } from './difference-region.ts';
import type { Comparing } from './difference-rows.ts';
import { interfacesIn } from './interface-values.ts';
import { interfacesOn } from './region.ts';
import { strangers, type WayLine } from './unmapped-ways.ts';

/** @param newly  what is newly let through, with what is not known. Null where that takes more nodes than there are. */
export function allowedBeside(comparing: Comparing, newly: Bdd, regions: readonly SegmentRegion[]): readonly WayLine[] | null {
  try {
    return linesBeside(comparing, newly, regions);
  } catch (error) {
    if (!(error instanceof NodeBudgetError)) throw error;
    return null;
  }
}

function linesBeside(comparing: Comparing, newly: Bdd, regions: readonly SegmentRegion[]): readonly WayLine[] {
  const { space, after, reviewed } = comparing;
  const { policy, firewall } = reviewed;
  const { manager } = space;
  if (firewall.interfaces.size === 0) return [];
  const set = manager.orAll(
    policy.segments.flatMap((segment) => {
      const region = regions.find((one) => one.segment === segment.name);
      return region === undefined ? [] : besideOf(comparing, newly, segment, region);
    }),
  );
  if (set === EMPTY) return [];
  const strange = strangers(space, reviewed.hook, interfacesOf(firewall));
  return after.deciding(set).map(({ place, set: own }) => {
    const part = manager.and(own, set);
    const usual = manager.diff(part, strange);
    return { place, interfaces: usual === EMPTY ? interfacesIn(space, 'in', part) : interfacesIn(space, 'out', usual) };
  });
}

/** Of one segment: by any way out, from its own interfaces, and from those that are nobody's to whom the policy calls others. */
function besideOf({ space, reviewed }: Comparing, newly: Bdd, segment: Segment, { ports, comes }: SegmentRegion): Bdd[] {
  const { policy, firewall, hook } = reviewed;
  const { manager, family } = space;
  const owned = union(...policy.segments.map((one) => segmentAddresses(policy, one)));
  const own = segmentAddresses(policy, segment);
  const to = (left: typeof owned): Bdd => space.within('destination', subtract(ANY, union(left, UNUSABLE))[family]);
  const strange = firewall.interfaces.has(segment.name)
    ? manager.and(strangers(space, hook, interfacesOf(firewall)), to(owned))
    : EMPTY;
  const from = [
    newly,
    space.within('source', own[family]),
    interfacesOn(space, hook, 'out', null),
    manager.or(manager.and(comes, to(own)), strange),
  ].reduce((a, b) => manager.and(a, b));
  return ports.map(({ port, set }) => {
    const permitted = space.within('destination', permission(policy, segment.name, port).addresses[family]);
    const beside = manager.diff(manager.and(from, space.portSet([port])), manager.or(set, permitted));
    // Of what is newly let through where it is looked for as well there is a row.
    return beside === EMPTY ? EMPTY : manager.diff(beside, space.anyOf(['in', 'out'], manager.and(newly, set)));
  });
}
