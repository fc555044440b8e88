/**
 * What a change to a firewall newly allows, blocks and redirects, as rows that a person reads; packet by packet, whatever the text of the change.
 *
 * Worked example: `-A FORWARD -p tcp --sport 80 -j ACCEPT` is added before a DROP. The change is one row for each segment: newly allowed from it to
 * everywhere on every audited port, if source port 80, with a witness that was denied by the DROP and is permitted by that line. A file in which
 * chains are renamed, rules that exclude each other are in another order, or comments differ, changes nothing.
 *
 * Variables of what nobody knows are shared: what hangs on the same thing in the same way before and after is no change.
 */
import { FAMILIES, type Family } from '../model/address.ts';
import { CHANGE_KINDS, type Change } from '../model/configuration-change.ts';
import { auditedPorts } from '../model/configuration-question.ts';
import { type Bdd, NodeBudgetError } from './bdd.ts';
import { aligned } from './difference-alignment.ts';
import { unknownSets } from './difference-notes.ts';
import { type Part, partsOf } from './difference-parts.ts';
import { interfacesOf, type Reviewed, regionsOf } from './difference-region.ts';
import { type ChangesOfPart, type Comparing, changesOf } from './difference-rows.ts';
import { type ChangedSet, changedSets, type Treatment } from './difference-sets.ts';
import type { Version } from './difference-side.ts';
import { decidingLinesOf } from './effective.ts';
import { Onward } from './onward.ts';
import { PacketSpace } from './packet-space.ts';
import { passageOf } from './passage.ts';
import type { Hook, Ruleset } from './ruleset.ts';

export interface Differing extends Reviewed {
  readonly before: Ruleset;
  readonly after: Ruleset;
  /** Nodes, for each family. */
  readonly budget: number;
}

export interface Differences {
  /** Allowed, redirected, blocked; each by segment, and by how bad it may be. */
  readonly changes: readonly Change[];
  /** What was taken for granted, or left out: sentences. */
  readonly notes: readonly string[];
  /** Why it could not be worked out, or not be listed as a whole, and what would settle it. Null: the changes are all there are. */
  readonly problem: string | null;
}

/** @throws {Error} where packet sets and interpreter disagree about a witness: a bug. */
export function differences(differing: Differing): Differences {
  const notes = unknownSets(differing.before, differing.after);
  try {
    const found = FAMILIES.flatMap((family) => ofFamily(differing, family));
    const unlisted = found.flatMap((part) => part.unlisted ?? []);
    const [harmless, open] = [true, false].map((kind) => unlisted.filter((one) => one.harmless === kind).map(({ text }) => text));
    return {
      changes: found.flatMap(({ changes }) => changes).sort(byKind),
      notes: [...notes, ...(harmless ?? [])],
      problem: open === undefined || open.length === 0 ? null : [...open, SMALLER].join(' '),
    };
  } catch (error) {
    if (!(error instanceof NodeBudgetError)) throw error;
    const why = `The two versions of ${differing.firewall.name} could not be compared: ${error.message}.`;
    return { changes: [], notes, problem: `${why} Give more with --node-budget.` };
  }
}

const SMALLER = 'They are not judged: smaller changes, one after the other, can be listed as a whole.';

/** Stable: within a kind the order stays. */
function byKind(a: Change, b: Change): number {
  return CHANGE_KINDS.indexOf(a.kind) - CHANGE_KINDS.indexOf(b.kind);
}

function ofFamily(differing: Differing, family: Family): readonly ChangesOfPart[] {
  const { policy, firewall, hook, before, budget } = differing;
  const after = aligned(before, differing.after);
  const space = new PacketSpace(family, [before, after], interfacesOf(firewall), budget, auditedPorts(policy));
  const comparing: Comparing = {
    reviewed: { policy, firewall, hook },
    space,
    before: version(before, space, hook),
    after: version(after, space, hook),
  };
  const changed = changedSets(space.manager, comparing.before.treatment, comparing.after.treatment);
  if (changed.length === 0) return [];
  const regions = regionsOf(space, comparing.reviewed);
  const parts = changed.flatMap((one) =>
    regions.flatMap((region): readonly Part[] => partsOf(space, one, treatedAs(comparing.after.treatment, one), region)),
  );
  const region = space.manager.orAll(parts.map(({ set }) => set));
  const deciding = {
    before: comparing.before.deciding(region),
    after: comparing.after.deciding(region),
  };
  return parts.map((part) => changesOf(comparing, part, deciding));
}

function version(ruleset: Ruleset, space: PacketSpace, hook: Hook): Version {
  const onward = new Onward(ruleset, space);
  const { accepted, redirected, dropped, targets } = passageOf(onward, space, hook);
  return {
    ruleset,
    deciding: (packets) => decidingLinesOf(onward, space, hook, packets),
    treatment: { accepted: accepted.set, redirected: redirected.set, dropped: dropped.set, targets },
  };
}

/** All that is treated after the change as its kind says. */
function treatedAs({ accepted, dropped, targets }: Treatment, { kind, target, set }: ChangedSet): Bdd {
  if (kind === 'newly-allowed') return accepted;
  return kind === 'newly-blocked' ? dropped : (targets.find(({ text }) => text === target)?.set ?? set);
}
