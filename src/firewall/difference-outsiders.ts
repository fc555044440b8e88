/**
 * What a change newly lets through, redirects or blocks of senders that no segment has, where nobody looks: public addresses, and ways out that the
 * policy does not give. Mail to the segments themselves comes in, and is not meant.
 *
 * Worked example: segments are 10.20.0.0/16 and 10.30.0.0/16, and the change adds `ip saddr 203.0.113.0/24 tcp dport 25 accept`: of no segment
 * private addresses alone are judged, and 203.0.113.0/24 is to be told. Of `tcp dport 25 accept` there are rows: what they show is not told again.
 */
import { union } from '../model/address-set.ts';
import { CHANGE_KINDS, type ChangeKind } from '../model/configuration-change.ts';
import { auditedPorts, segmentAddresses } from '../model/configuration-question.ts';
import { interfacePermissions } from '../model/interface-permissions.ts';
import { type Bdd, EMPTY, NodeBudgetError } from './bdd.ts';
import type { SegmentRegion } from './difference-region.ts';
import type { Comparing, DecidingBoth } from './difference-rows.ts';
import type { ChangedSet } from './difference-sets.ts';
import type { DecidingLine } from './effective.ts';
import { lentSet } from './lent.ts';
import { LINES_LOOKED_AT, type OutsiderLine, type Outsiders, outside, outsiderLine } from './outsiders.ts';
import type { PacketSpace } from './packet-space.ts';

export interface NewOutsiders {
  readonly kind: ChangeKind;
  /** Null where that takes more nodes than there are. */
  readonly found: Outsiders | null;
}

/** What a change does to packets of one family. */
export interface FamilyChange {
  /** Those that are treated otherwise, with what is not known. */
  readonly changed: readonly ChangedSet[];
  readonly regions: readonly SegmentRegion[];
  /** Lines that decide what there are rows of. */
  readonly deciding: DecidingBoth;
}

export function outsidersBeside(comparing: Comparing, change: FamilyChange): readonly NewOutsiders[] {
  const kinds = CHANGE_KINDS.filter((kind) => change.changed.some((one) => one.kind === kind));
  return kinds.map((kind) => {
    try {
      return { kind, found: linesOf(comparing, kind, change) };
    } catch (error) {
      if (!(error instanceof NodeBudgetError)) throw error;
      return { kind, found: null };
    }
  });
}

function linesOf(
  { space, after, reviewed }: Comparing,
  kind: ChangeKind,
  { changed, regions, deciding }: FamilyChange,
): Outsiders {
  const { policy, firewall, hook } = reviewed;
  const { manager } = space;
  const ports = auditedPorts(policy);
  const owned = union(...policy.segments.map((one) => segmentAddresses(policy, one)));
  const newly = setOfKind(space, changed, kind);
  const { senders, region } = outside(space, hook, { owned, ports });
  const judged = manager.and(newly, manager.orAll(regions.flatMap((one) => one.ports.map(({ set }) => set))));
  const found = manager.diff(manager.and(newly, region), judged);
  // Of what is treated so where it is looked for as well there is a row.
  const beside = found === EMPTY ? EMPTY : manager.diff(found, space.anyOf(['in', 'out'], judged));
  if (beside === EMPTY) return { sure: false, lines: [], further: 0 };
  // To let segments do what they may where they come in is no more than meant; nobody means to stop or to redirect whom the policy does not name.
  const lent = kind === 'newly-allowed' ? lentSet(space, hook, interfacePermissions(policy, firewall)) : EMPTY;
  const lineOf = (line: DecidingLine): OutsiderLine | null => {
    const whole = outsiderLine(space, line, { packets: beside, senders, ports });
    if (whole.sources !== null) return whole;
    // It names nobody: whom its rows tell of stand for whomever else it takes.
    const shown = deciding.after.find(({ place }) => place === line.place)?.set ?? EMPTY;
    const meant = manager.or(space.anyOf(['source', 'in', 'out'], manager.and(shown, judged)), lent);
    const rest = manager.diff(manager.and(line.set, beside), meant);
    return rest === EMPTY ? null : outsiderLine(space, line, { packets: rest, senders, ports });
  };
  return { sure: space.must(beside) !== EMPTY, ...firstOf(after.deciding(beside), lineOf) };
}

/** Of one kind, whatever the new destination. */
export function setOfKind({ manager }: PacketSpace, changed: readonly ChangedSet[], kind: ChangeKind): Bdd {
  return manager.orAll(changed.flatMap((one) => (one.kind === kind ? [one.set] : [])));
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
