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
import type { DeadLine } from '../model/configuration.ts';
import { CHANGE_KINDS, type Change } from '../model/configuration-change.ts';
import { auditedPorts } from '../model/configuration-question.ts';
import { type Bdd, NodeBudgetError } from './bdd.ts';
import { deadLines, deadSince } from './dead-lines.ts';
import type { Deciding } from './describe-rows.ts';
import { aligned } from './difference-alignment.ts';
import { allowedBeside } from './difference-beside.ts';
import { unknownSets } from './difference-notes.ts';
import { outsidersBeside, setOfKind } from './difference-outsiders.ts';
import { type Part, partsOf } from './difference-parts.ts';
import { addressesOf, interfacesOf, type Reviewed, regionsOf } from './difference-region.ts';
import { type ChangesOfPart, type Comparing, changesOf, type DecidingBoth } from './difference-rows.ts';
import { type ChangedSet, changedSets, type Treatment } from './difference-sets.ts';
import type { Version } from './difference-side.ts';
import { decidingLines } from './effective.ts';
import type { Looking } from './mail-lines.ts';
import { Onward } from './onward.ts';
import { PacketSpace } from './packet-space.ts';
import { passage } from './passage.ts';
import type { Hook, Ruleset } from './ruleset.ts';
import { type Beside, besideText } from './unasked-words.ts';

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
  /** Of each version; null where that could not be worked out. */
  readonly dead: Sides<readonly DeadLine[]> | null;
}

interface Sides<T> {
  readonly before: T;
  readonly after: T;
}

/** @throws {Error} where packet sets and interpreter disagree about a witness: a bug. */
export function differences(differing: Differing): Differences {
  const notes = unknownSets(differing.before, differing.after);
  try {
    // Once for both families: rules are told apart by identity.
    const after = aligned(differing.before, differing.after);
    const compared = FAMILIES.map((family) => comparingOf({ ...differing, after }, family));
    const found = compared.map(ofFamily);
    const parts = found.flatMap((one) => one.parts);
    const unlisted = parts.flatMap((part) => part.unlisted ?? []);
    const [harmless, open] = [true, false].map((kind) => unlisted.filter((one) => one.harmless === kind).map(({ text }) => text));
    return {
      changes: parts.flatMap(({ changes }) => changes).sort(byKind),
      notes: [...notes, ...(harmless ?? []), ...besideText(found)],
      problem: open === undefined || open.length === 0 ? null : [...open, SMALLER].join(' '),
      dead: deadIn(differing, compared),
    };
  } catch (error) {
    if (!(error instanceof NodeBudgetError)) throw error;
    const why = `The two versions of ${differing.firewall.name} could not be compared: ${error.message}.`;
    return { changes: [], notes, problem: `${why} Give more with --node-budget.`, dead: null };
  }
}

const SMALLER = 'They are not judged: smaller changes, one after the other, can be listed as a whole.';

/** Stable: within a kind the order stays. */
function byKind(a: Change, b: Change): number {
  return CHANGE_KINDS.indexOf(a.kind) - CHANGE_KINDS.indexOf(b.kind);
}

interface Compared extends Comparing {
  readonly views: Sides<Onward>;
}

/** @param differing  with the later version aligned. */
function comparingOf({ policy, firewall, hook, before, after, budget }: Differing, family: Family): Compared {
  const space = new PacketSpace(family, [before, after], {
    interfaces: interfacesOf(firewall),
    budget,
    ports: auditedPorts(policy),
    addresses: addressesOf(policy, family),
  });
  const views = { before: new Onward(before, space), after: new Onward(after, space) };
  return {
    reviewed: { policy, firewall, hook },
    space,
    before: version(views.before, hook),
    after: version(views.after, hook),
    views,
  };
}

interface OfFamily extends Beside {
  readonly parts: readonly ChangesOfPart[];
}

function ofFamily(comparing: Comparing): OfFamily {
  const { space } = comparing;
  const changed = changedSets(space.manager, comparing.before.treatment, comparing.after.treatment);
  if (changed.length === 0) return { parts: [], beside: [], outsiders: [] };
  const regions = regionsOf(space, comparing.reviewed);
  const parts = changed.flatMap((one) =>
    regions.flatMap((region): readonly Part[] => partsOf(space, one, treatedAs(comparing.after.treatment, one), region)),
  );
  const region = space.manager.orAll(parts.map(({ set }) => set));
  const deciding = decidingBoth(comparing, region);
  return {
    parts: parts.map((part) => changesOf(comparing, part, deciding)),
    beside: allowedBeside(comparing, setOfKind(space, changed, 'newly-allowed'), regions),
    outsiders: outsidersBeside(comparing, { changed, regions, deciding }),
  };
}

/** Each worked out where it is asked for, once. */
function decidingBoth({ before, after }: Comparing, region: Bdd): DecidingBoth {
  let [was, is]: [readonly Deciding[] | null, readonly Deciding[] | null] = [null, null];
  return {
    get before() {
      was ??= before.deciding(region);
      return was;
    },
    get after() {
      is ??= after.deciding(region);
      return is;
    },
  };
}

function version(onward: Onward, hook: Hook): Version {
  const { accepted, redirected, dropped, targets } = passage(onward, hook);
  return {
    ruleset: onward.ruleset,
    deciding: (packets) => decidingLines(onward, hook, packets),
    treatment: { accepted: accepted.set, redirected: redirected.set, dropped: dropped.set, targets },
  };
}

/** Null where that takes more nodes than there are. */
function deadIn({ policy, hook }: Differing, compared: readonly Compared[]): Differences['dead'] {
  const ports = auditedPorts(policy);
  const looking = (of: 'before' | 'after'): Looking => ({ views: compared.map(({ views }) => views[of]), hook, ports });
  try {
    const before = deadLines(looking('before'), () => []);
    return { before, after: deadLines(looking('after'), deadSince(before)) };
  } catch (error) {
    if (!(error instanceof NodeBudgetError)) throw error;
    return null;
  }
}

/** All that is treated after the change as its kind says. */
function treatedAs({ accepted, dropped, targets }: Treatment, { kind, target, set }: ChangedSet): Bdd {
  if (kind === 'newly-allowed') return accepted;
  return kind === 'newly-blocked' ? dropped : (targets.find(({ text }) => text === target)?.set ?? set);
}
