/**
 * Mail of senders that no segment has: no question is about them, and no rule of the policy permits them anything.
 *
 * Worked example: segments are 10.20.0.0/16 and 10.1.0.25, and `ip saddr { 10.1.0.25, 192.168.0.0/16 } tcp dport 25 accept` lets 192.168.0.0/16 send
 * on 25 as well. Of `tcp dport 25 accept` there is less to say: it takes whoever comes. Mail to the segments themselves leaves no network.
 */
import type { AddressRange, Family } from '../model/address.ts';
import { type AddressSet, ANY, subtract, UNUSABLE, union } from '../model/address-set.ts';
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import { type DecidingLine, decidingLines } from './effective.ts';
import type { Onward } from './onward.ts';
import type { PacketSpace } from './packet-space.ts';
import { interfacesOn } from './region.ts';
import { rowsOf } from './rows.ts';
import type { Condition, Hook, Interval, Place } from './ruleset.ts';
import type { View } from './unmapped-ways.ts';

export interface Outsiders {
  /** Whatever is not known. */
  readonly sure: boolean;
  readonly lines: readonly OutsiderLine[];
  /** Lines beyond those, which nobody looked at; null: some may be. */
  readonly further: number | null;
}

export interface OutsiderLine {
  readonly place: Place;
  /** Null: most of those that are in no segment. */
  readonly sources: readonly AddressRange[] | null;
  readonly ports: readonly number[];
}

/** Lines that are looked at, those that decide most first. */
export const LINES_LOOKED_AT = 8;

const MANY_RULES = 500;

/** Networks of which a large firewall's lines are sought. */
const MOST_NETWORKS = 3;

/** @throws {NodeBudgetError} */
export function outsidersIn(view: View, { owned, settled, ports }: Seeking): Outsiders {
  const { onward, hook, accepted } = view;
  const { space } = onward;
  const { manager } = space;
  const { senders, region } = outside(space, hook, { owned, ports });
  const passing = manager.diff(manager.and(region, accepted), settled);
  if (passing === EMPTY) return { sure: false, lines: [], further: 0 };
  const sure = space.must(passing) !== EMPTY;
  const told = { packets: passing, senders, ports };
  if (isLarge(onward)) return { sure, lines: sampled(view, told), further: null };
  const lines = decidingLines(onward, hook, passing);
  const shown = lines.slice(0, LINES_LOOKED_AT).map((line) => outsiderLine(space, line, told));
  return { sure, lines: shown, further: lines.length - shown.length };
}

/** Who is in no segment, and what they send to others. */
export function outside(
  space: PacketSpace,
  hook: Hook,
  { owned, ports }: Pick<Seeking, 'owned' | 'ports'>,
): { readonly senders: Bdd; readonly region: Bdd } {
  const others = subtract(ANY, union(owned, UNUSABLE))[space.family];
  const senders = space.within('source', others);
  const parts = [
    senders,
    space.within('destination', others),
    space.portSet(ports),
    interfacesOn(space, hook, 'out', null),
    interfacesOn(space, hook, 'in', null),
  ];
  return { senders, region: parts.reduce((a, b) => space.manager.and(a, b), FULL) };
}

/** Lines of one sender, who stands for most where most get through, and of some whom lines name. */
function sampled(view: View, told: Told): readonly OutsiderLine[] {
  const { onward, hook } = view;
  const { space } = onward;
  const { manager } = space;
  const all = sendersIn(space, told.packets);
  const [one] = rowsOf(space, all, 1).rows[0]?.sources ?? [];
  const linesOf = (sources: Bdd): readonly DecidingLine[] => decidingLines(onward, hook, manager.and(told.packets, sources));
  const any = one === undefined || !isMost(space, all, told) ? [] : linesOf(space.at('source', one.first));
  const named = linesOf(space.within('source', namedSenders(view, told.packets))).filter(
    ({ place }) => !any.some((line) => line.place === place),
  );
  return [
    ...any.slice(0, 1).map((line) => ({ ...outsiderLine(space, line, told), sources: null })),
    ...named.slice(0, LINES_LOOKED_AT).map((line) => outsiderLine(space, line, told)),
  ];
}

/** Whom the first lines name that may be about some of these packets. */
function namedSenders({ onward: { ruleset, space } }: View, packets: Bdd): readonly Interval<bigint>[] {
  const found: Interval<bigint>[] = [];
  for (const { rules } of ruleset.chains.values())
    for (const { families, condition } of rules) {
      const named = families.includes(space.family) ? (sourcesOf(condition, space.family) ?? []) : [];
      found.push(
        ...named.filter((range) => !meet(found, [range]) && space.manager.meets(packets, space.within('source', [range]))),
      );
      if (found.length >= MOST_NETWORKS) return found.slice(0, MOST_NETWORKS);
    }
  return found;
}

function meet(a: readonly Interval<bigint>[], b: readonly Interval<bigint>[]): boolean {
  return a.some((one) => b.some((other) => one.first <= other.last && other.first <= one.last));
}

/** Null where the sender does not matter to it, or not by its address alone. */
function sourcesOf(condition: Condition, family: Family): readonly Interval<bigint>[] | null {
  const parts = condition.kind === 'all' ? condition.of : [condition];
  const named = parts.flatMap((part) => (part.kind === 'address' && part.end === 'source' ? [part] : []));
  return named.find((part) => part.family === family)?.ranges ?? null;
}

/** Its lines take long to go through: those of some senders stand for all. */
function isLarge({ ruleset: { chains } }: Onward): boolean {
  return [...chains.values()].reduce((sum, { rules }) => sum + rules.length, 0) >= MANY_RULES;
}

function isMost(space: PacketSpace, senders: Bdd, { senders: all }: Told): boolean {
  return space.share(senders) * 2 >= space.share(all);
}

export interface Seeking {
  /** Addresses of all segments. */
  readonly owned: AddressSet;
  /** Packets that some question is about, or that the policy permits whoever sends them. */
  readonly settled: Bdd;
  readonly ports: readonly number[];
}

function sendersIn(space: PacketSpace, set: Bdd): Bdd {
  return space.may(space.anyOf(['out', 'destination', 'in', 'destination-port', 'source-port'], set));
}

export interface Told {
  /** Of which a line is told. */
  readonly packets: Bdd;
  readonly senders: Bdd;
  readonly ports: readonly number[];
}

export function outsiderLine(space: PacketSpace, { place, set }: DecidingLine, told: Told): OutsiderLine {
  const { packets, ports } = told;
  const { manager } = space;
  const own = manager.and(set, packets);
  const mine = sendersIn(space, own);
  const [row] = isMost(space, mine, told) ? [] : rowsOf(space, mine, 1).rows;
  return {
    place,
    sources: row?.sources ?? null,
    ports: ports.filter((port) => manager.meets(own, space.portSet([port]))),
  };
}
