/**
 * Which interfaces, users and groups some rulesets tell apart: all others behave alike, so that one value stands for them.
 *
 * Worked example: `-o eth0`, `-i tun+` and `--uid-owner 101` mention the interfaces eth0 and tun+, and users from 0, 101, 102 on.
 */
import { eachPart } from './parts.ts';
import type { Condition, Interval, Ruleset } from './ruleset.ts';

export interface Mentioned {
  /** Without prefix: this interface. With: any other whose name begins so, and with no longer prefix of the list. */
  readonly interfaces: readonly { readonly name: string; readonly prefix: boolean }[];
  /** Where spans of ids begin that no rule splits; the first is 0. */
  readonly user: readonly number[];
  readonly group: readonly number[];
}

/** Where a packet goes that is redirected on the host that made it. */
export const LOOPBACK = 'lo';

export function mentionedIn(rulesets: readonly Ruleset[], interfaces: readonly string[]): Mentioned {
  const names = new Set([...interfaces, LOOPBACK]);
  const prefixes = new Set<string>();
  const starts = { user: new Set([0]), group: new Set([0]) };
  const note = (condition: Condition): void => {
    if (condition.kind === 'interface') (condition.prefix ? prefixes : names).add(condition.name);
    if (condition.kind === 'owner') noteIds(starts[condition.of], condition.ids ?? []);
  };
  for (const { chains } of rulesets) eachPart(chains.values(), note);
  prefixes.delete('');
  return {
    interfaces: [
      ...[...names].sort().map((name) => ({ name, prefix: false })),
      ...[...prefixes].sort().map((name) => ({ name, prefix: true })),
    ],
    user: [...starts.user].sort((a, b) => a - b),
    group: [...starts.group].sort((a, b) => a - b),
  };
}

function noteIds(starts: Set<number>, ids: readonly Interval<number>[]): void {
  for (const { first, last } of ids) {
    starts.add(first);
    starts.add(last + 1);
  }
}
