/**
 * The tree of a text as chains, base chains and rules.
 *
 * Worked example: the table `inet edge` with the base chain `out` and the chain `mail` becomes `inet edge/out` and `inet edge/mail`; a table of the
 * family bridge becomes an assumption that it lets everything through.
 */
import { FAMILIES } from '../../model/address.ts';
import { Occurrences } from '../iptables/occurrences.ts';
import { natAsked } from '../nat-chains.ts';
import type { Problems } from '../problems.ts';
import type { BaseChain, Chain, Place, RulesetPart, UnseenChain } from '../ruleset.ts';
import { baseOf } from './base.ts';
import type { Read } from './commands.ts';
import { Context, familiesOf } from './context.ts';
import { refuseDeepCalls } from './depth.ts';
import { factsOf } from './facts.ts';
import { hooksOf, reachOf } from './reach.ts';
import { ruleOf } from './rule.ts';
import type { RawChain, RawRule, RawTable } from './tree.ts';
import { onlyUnseen, unseenChains } from './unseen.ts';
import { trackedIn, untrackedIn } from './untracking.ts';

/** Where a chain or a rule stands. */
export type Locating = (element: RawChain | RawRule) => Place;

/** @throws {InputError} with every problem of the text. */
export function partOf({ tree, assumptions }: Read, problems: Problems, locating: Locating): RulesetPart {
  const facts = factsOf(tree);
  const said = new Set(assumptions);
  const chains = new Map<string, Chain>();
  const bases: BaseChain[] = [];
  const unseen: UnseenChain[] = [];
  for (const table of tree.values()) {
    const context = new Context(table, problems, facts, said);
    unseen.push(...unseenChains(table, context, locating));
    if (context.families.length === 0) {
      unmodelled(table, context);
      continue;
    }
    refuseDeepCalls(table, problems);
    const reach = reachOf(table);
    for (const chain of table.chains.values()) {
      context.hooks = hooksOf(chain, reach);
      const read = chainOf(chain, context, locating);
      if (!onlyUnseen(chain, table, reach)) chains.set(read.id, read);
      const base = baseOf(chain, read.place, context);
      if (base !== null) bases.push(base);
    }
  }
  problems.throwErrors();
  const families = FAMILIES.filter((family) => [...tree.values()].some((table) => familiesOf(table.family).includes(family)));
  const asked = natAsked(chains, bases, {
    untracked: untrackedIn(tree, problems, facts),
    tracked: trackedIn(tree),
  });
  for (const assumption of asked.assumptions) said.add(assumption);
  return { families, chains: asked.chains, bases, assumptions: [...said], unseen, problems: problems.inOrder() };
}

/** Frames of a bridge or a device: what they drop never comes to a hook that is looked at here. */
function unmodelled(table: RawTable, { problems, assumptions }: Context): void {
  if ([...table.chains.values()].every(({ rules, policy }) => rules.length === 0 && policy?.text !== 'drop')) return;
  problems.warning(table, 'unmodelled', `Tables of the family ${table.family} are not looked at.`);
  assumptions.add(`The table ${table.family} ${table.name} is taken to let everything through.`);
}

function chainOf(chain: RawChain, context: Context, locating: Locating): Chain {
  const id = context.idOf(chain.name);
  const names = new Occurrences(id);
  const rules = chain.rules.map((rule) => names.name(ruleOf(rule, locating(rule), context)));
  return { id, name: chain.name, table: context.table.name, families: context.families, rules, place: locating(chain) };
}
