/**
 * Denied mail that gets through by interfaces which were not asked about: the policy gives a segment or a destination its interfaces, and so narrows
 * the question.
 *
 * Worked example: internet is at ppp0, and `-s 172.20.16.0/24 -o wwan0 -j ACCEPT` lets mail to it out by wwan0. Whether a route leads there nobody
 * knows; that nobody asked has to be told. What ppp0 lets out as well is an answer already, and is not told again.
 */

import type { AddressSet } from '../model/address-set.ts';
import { type ConfigurationQuestion, ELSEWHERE } from '../model/configuration-question.ts';
import { groupBy } from '../model/group-by.ts';
import { type Bdd, EMPTY } from './bdd.ts';
import { decidingLines } from './effective.ts';
import { type InterfaceValue, interfacesIn } from './interface-values.ts';
import { LOOPBACK } from './mentioned.ts';
import type { Onward } from './onward.ts';
import type { PacketSpace } from './packet-space.ts';
import { hasSide, interfacesOn, regionOf } from './region.ts';
import type { Hook, Place } from './ruleset.ts';

/** One family, as far as the questions look. */
export interface View {
  readonly onward: Onward;
  readonly hook: Hook;
  /** What gets through, with what is not known; without what is nobody's concern here. */
  readonly accepted: Bdd;
}

type Side = 'in' | 'out';

/** Of a segment (`in`) or a destination (`out`). */
export interface UnmappedWay {
  readonly side: Side;
  readonly name: string;
  readonly mapped: readonly string[];
  /** Whatever is not known. */
  readonly sure: boolean;
  /** Who decides most first. */
  readonly lines: readonly WayLine[];
}

export interface WayLine {
  readonly place: Place;
  readonly interfaces: readonly InterfaceValue[];
}

export interface Mapping {
  /** Interfaces that the policy gives to anything. */
  readonly mapped: readonly string[];
  /** Addresses of all segments. */
  readonly owned: AddressSet;
}

/** All that some question of the family is about, whatever it expects. */
export function askedAbout({ onward: { space }, hook }: View, questions: readonly ConfigurationQuestion[]): Bdd {
  return space.manager.orAll(questions.map((question) => regionOf(space, hook, { ...question, sourcePorts: null }).set));
}

/**
 * Out by any other interface. In by those that lines name and that are nobody's by the policy, to whom the policy calls others: what comes from where
 * another segment is has a wrong address, and what is sent to a segment from somewhere comes in.
 *
 * @throws {NodeBudgetError}
 */
export function unmappedWays(view: View, questions: readonly ConfigurationQuestion[], mapping: Mapping): readonly UnmappedWay[] {
  const { space } = view.onward;
  const { manager } = space;
  const denied = questions.filter(({ expect, segment }) => expect === 'deny' && segment !== ELSEWHERE);
  if (!denied.some((question) => narrowed(view.hook, question, 'in') || narrowed(view.hook, question, 'out'))) return [];
  const inside = space.within('destination', mapping.owned[space.family]);
  const others = {
    out: interfacesOn(space, view.hook, 'out', null),
    in: manager.diff(strangers(space, view.hook, mapping.mapped), inside),
  };
  const asked = askedAbout(view, questions);
  return (['out', 'in'] as const).flatMap((side) => {
    if (others[side] === EMPTY) return [];
    const about = denied.filter((question) => narrowed(view.hook, question, side));
    const beside = { ...view, accepted: manager.diff(manager.and(view.accepted, others[side]), asked) };
    return [...groupBy(about, (question) => nameOn(question, side)).values()].flatMap((ofOne) =>
      wayOf(view, beside, ofOne, side),
    );
  });
}

/** Incoming interfaces that lines name and that the policy gives to nobody; none where packets have no such side. */
export function strangers(space: PacketSpace, hook: Hook, mapped: readonly string[]): Bdd {
  if (!hasSide(hook, 'in')) return EMPTY;
  const known = interfacesOn(space, hook, 'in', [...mapped, LOOPBACK]);
  const named = space.interfaces.map(({ name, prefix }) => space.interface('in', name, prefix));
  return space.manager.diff(space.manager.orAll(named), known);
}

function narrowed(hook: Hook, question: ConfigurationQuestion, side: Side): boolean {
  return question[side] !== null && hasSide(hook, side);
}

function nameOn({ segment, destination }: ConfigurationQuestion, side: Side): string {
  return side === 'in' ? segment : destination;
}

/** @param beside  of what gets through, what is to be looked at. */
function wayOf(view: View, beside: View, questions: readonly ConfigurationQuestion[], side: Side): UnmappedWay[] {
  const [first] = questions;
  if (first === undefined) return [];
  const { onward, hook } = view;
  const { space } = onward;
  const { manager } = space;
  const set = manager.orAll(questions.map((question) => besideOf(view, beside.accepted, question, side)));
  if (set === EMPTY) return [];
  const lines = decidingLines(onward, hook, set).map(({ place, set: own }) => ({
    place,
    interfaces: interfacesIn(space, side, manager.and(own, set)),
  }));
  return [{ side, name: nameOn(first, side), mapped: first[side] ?? [], sure: space.must(set) !== EMPTY, lines }];
}

/** By an interface other than the given ones, without what is let through by these as well: of that there is a row. */
function besideOf({ onward: { space }, hook, accepted }: View, others: Bdd, question: ConfigurationQuestion, side: Side): Bdd {
  const { manager } = space;
  const at = { ...question, sourcePorts: null, in: side === 'in' ? null : question.in, out: null };
  const beside = manager.and(regionOf(space, hook, at).set, others);
  if (beside === EMPTY) return EMPTY;
  const told = manager.and(regionOf(space, hook, { ...question, sourcePorts: null }).set, accepted);
  return manager.diff(beside, told === EMPTY ? EMPTY : space.anyOf(['in', 'out'], told));
}
