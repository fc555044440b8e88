/**
 * Packets that two rulesets treat differently, as sets over packets and what is not known. What hangs on the same unknown in the same way on both
 * sides is in none of them.
 *
 * Worked example: accepted {25} before, {25, 587} after; 465 is dropped before and sent to port 2525 of this host after. Newly allowed {587}, newly
 * redirected {465}, nothing newly blocked. The other way round: newly blocked {465, 587}.
 */
import type { ChangeKind } from '../model/configuration-change.ts';
import { type Bdd, type BddManager, EMPTY } from './bdd.ts';

/** What one ruleset does: disjoint, together everything. `targets`: the redirected ones, by where they are sent. */
export interface Treatment {
  readonly accepted: Bdd;
  readonly redirected: Bdd;
  readonly dropped: Bdd;
  readonly targets: readonly { readonly text: string; readonly set: Bdd }[];
}

export interface ChangedSet {
  readonly kind: ChangeKind;
  /** Where it is sent; null where it is not redirected. */
  readonly target: string | null;
  readonly set: Bdd;
}

/** Disjoint, none empty: allowed, redirected by target, blocked. */
export function changedSets(manager: BddManager, before: Treatment, after: Treatment): readonly ChangedSet[] {
  const passed = manager.or(before.accepted, before.redirected);
  const sent = (target: string): Bdd => before.targets.find(({ text }) => text === target)?.set ?? EMPTY;
  const all: readonly ChangedSet[] = [
    { kind: 'newly-allowed', target: null, set: manager.diff(after.accepted, before.accepted) },
    ...after.targets.map(
      ({ text, set }): ChangedSet => ({ kind: 'newly-redirected', target: text, set: manager.diff(set, sent(text)) }),
    ),
    { kind: 'newly-blocked', target: null, set: manager.and(passed, after.dropped) },
  ];
  return all.filter(({ set }) => set !== EMPTY);
}
