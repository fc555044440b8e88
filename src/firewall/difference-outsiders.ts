/**
 * What a change newly lets through of senders that no segment has, where nobody looks: public addresses, and ways out that the policy does not give.
 * Mail to the segments themselves comes in, and is not meant.
 *
 * Worked example: segments are 10.20.0.0/16 and 10.30.0.0/16, and the change adds `ip saddr 203.0.113.0/24 tcp dport 25 accept`: of no segment
 * private addresses alone are judged, and 203.0.113.0/24 is to be told. Of `tcp dport 25 accept` there are rows: what they show is not told again.
 */
import { union } from '../model/address-set.ts';
import { auditedPorts, segmentAddresses } from '../model/configuration-question.ts';
import { interfacePermissions } from '../model/interface-permissions.ts';
import { type Bdd, EMPTY, NodeBudgetError } from './bdd.ts';
import type { Deciding } from './describe-rows.ts';
import type { SegmentRegion } from './difference-region.ts';
import type { Comparing } from './difference-rows.ts';
import type { DecidingLine } from './effective.ts';
import { lentSet } from './lent.ts';
import { LINES_LOOKED_AT, type OutsiderLine, type Outsiders, outside, outsiderLine } from './outsiders.ts';

export interface Newly {
  /** What is newly let through, with what is not known. */
  readonly newly: Bdd;
  readonly regions: readonly SegmentRegion[];
  /** Lines that decide what there are rows of. */
  readonly deciding: readonly Deciding[];
}

/** Null where that takes more nodes than there are. */
export function outsidersBeside(comparing: Comparing, newly: Newly): Outsiders | null {
  try {
    return linesOf(comparing, newly);
  } catch (error) {
    if (!(error instanceof NodeBudgetError)) throw error;
    return null;
  }
}

function linesOf({ space, after, reviewed }: Comparing, { newly, regions, deciding }: Newly): Outsiders {
  const { policy, firewall, hook } = reviewed;
  const { manager } = space;
  const ports = auditedPorts(policy);
  const owned = union(...policy.segments.map((one) => segmentAddresses(policy, one)));
  const { senders, region } = outside(space, hook, { owned, ports });
  const judged = manager.and(newly, manager.orAll(regions.flatMap((one) => one.ports.map(({ set }) => set))));
  const found = manager.diff(manager.and(newly, region), judged);
  // Of what is newly let through where it is looked for as well there is a row.
  const passing = found === EMPTY ? EMPTY : manager.diff(found, space.anyOf(['in', 'out'], judged));
  if (passing === EMPTY) return { sure: false, lines: [], further: 0 };
  const lent = lentSet(space, hook, interfacePermissions(policy, firewall));
  const lineOf = (line: DecidingLine): OutsiderLine | null => {
    const whole = outsiderLine(space, line, { passing, senders, ports });
    if (whole.sources !== null) return whole;
    // It names nobody: whom its rows tell of stand for whomever else it takes, and what segments may where they come in is no more than meant.
    const shown = deciding.find(({ place }) => place === line.place)?.set ?? EMPTY;
    const meant = manager.or(space.anyOf(['source', 'in', 'out'], manager.and(shown, judged)), lent);
    const rest = manager.diff(manager.and(line.set, passing), meant);
    return rest === EMPTY ? null : outsiderLine(space, line, { passing: rest, senders, ports });
  };
  return { sure: space.must(passing) !== EMPTY, ...firstOf(after.deciding(passing), lineOf) };
}

/** Those first ones of which there is anything to tell; the others are counted. */
function firstOf(
  lines: readonly DecidingLine[],
  lineOf: (line: DecidingLine) => OutsiderLine | null,
): Pick<Outsiders, 'lines' | 'further'> {
  const told: OutsiderLine[] = [];
  for (const [index, line] of lines.entries()) {
    if (told.length === LINES_LOOKED_AT) return { lines: told, further: lines.length - index };
    const one = lineOf(line);
    if (one !== null) told.push(one);
  }
  return { lines: told, further: 0 };
}
