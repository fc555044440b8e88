/**
 * From which base chains, and so from which hooks, a chain is reached.
 *
 * Worked example: of a chain `mail` that only the base chain of output jumps to, by its name or by a map of verdicts, the hooks are output.
 */
import { HOOKS, type Hook } from '../ruleset.ts';
import { isSign, type RawChain, type RawRule, type RawTable } from './tree.ts';

/** By the name of a chain: the base chains that it is reached from. */
export type Reach = ReadonlyMap<string, readonly RawChain[]>;

export function reachOf(table: RawTable): Reach {
  const reach = new Map<string, RawChain[]>();
  const calls = new Map(
    [...table.chains.values()].map((chain) => [chain.name, chain.rules.flatMap((rule) => calledBy(rule, table))]),
  );
  for (const base of table.chains.values()) {
    if (base.base === null) continue;
    const reached = new Set([base.name]);
    // A set grows while it is walked: every chain that one of them calls comes to it.
    for (const name of reached) {
      for (const called of calls.get(name) ?? []) reached.add(called);
      const bases = reach.get(name);
      if (bases === undefined) reach.set(name, [base]);
      else bases.push(base);
    }
  }
  return reach;
}

export function hooksOf(chain: RawChain, reach: Reach): ReadonlySet<Hook> {
  const named = new Set((reach.get(chain.name) ?? []).map(({ base }) => base?.hook.text));
  return new Set(HOOKS.filter((hook) => named.has(hook)));
}

/** Names of chains. */
export function calledBy({ tokens }: RawRule, table: RawTable): readonly string[] {
  return tokens.flatMap(({ kind, text }, at) => {
    if (kind !== 'word') return [];
    if (text === 'jump' || text === 'goto') return [tokens[at + 1]?.text ?? ''];
    const named = text === 'vmap' && isSign(tokens[at + 1], '@') ? table.sets.get(tokens[at + 2]?.text ?? '') : undefined;
    return (named?.elements ?? []).flatMap((element) =>
      element.flatMap((token, place) => (token.text === 'jump' || token.text === 'goto' ? [element[place + 1]?.text ?? ''] : [])),
    );
  });
}
