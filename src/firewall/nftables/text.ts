/**
 * An nftables configuration in the language of nft(8): scripts and what `nft list ruleset` prints.
 *
 * Worked example: `table inet edge { chain out { type filter hook output priority filter; policy drop; tcp dport 587 accept } }` is the base chain
 * `inet edge/out` of the hook output with priority 0, the policy drop and one rule.
 */
import { FAMILIES } from '../../model/address.ts';
import { locate, type Source, sourceOf } from '../../model/source.ts';
import { inOrder } from '../bases.ts';
import { Occurrences } from '../iptables/occurrences.ts';
import { Problems } from '../problems.ts';
import type { BaseChain, Chain, Place, RulesetPart } from '../ruleset.ts';
import { baseOf } from './base.ts';
import { treeOf } from './commands.ts';
import { Context, familiesOf } from './context.ts';
import { withoutDefines } from './defines.ts';
import { factsOf } from './facts.ts';
import { type Token, tokensOf } from './lexer.ts';
import { hooksOf } from './reach.ts';
import { ruleOf } from './rule.ts';
import type { RawChain, RawTable } from './tree.ts';

/**
 * @param file  as problems and places name it.
 * @throws {InputError} with every problem of the text.
 */
export function parseNft(text: string, file: string): RulesetPart {
  const problems = new Problems(sourceOf(file, text));
  const tokens = withoutDefines(tokensOf(problems), problems);
  const tree = treeOf(tokens, problems);
  const facts = factsOf(tree);
  const assumptions = new Set<string>();
  const chains = new Map<string, Chain>();
  const bases: BaseChain[] = [];
  if (tree.size === 0 && problems.all.length === 0 && !tokens.some(({ text: word }) => word === 'flush'))
    problems.error(
      { start: 0, end: 0 },
      'empty',
      'This file holds no table. A firewall without rules is written as flush ruleset.',
    );
  if (!tokens.some(({ text: word }, at) => word === 'flush' && tokens[at + 1]?.text === 'ruleset'))
    assumptions.add(`${file} does not flush the ruleset: it is taken to be the whole of it.`);
  for (const table of tree.values()) {
    const context = new Context(table, problems, facts, assumptions);
    if (context.families.length === 0) {
      unmodelled(table, context);
      continue;
    }
    for (const chain of table.chains.values()) {
      const read = chainOf(chain, context);
      chains.set(read.id, read);
      const base = baseOf(chain, placeOf(problems.source, chain), context);
      if (base !== null) bases.push(base);
    }
  }
  problems.throwErrors();
  const families = FAMILIES.filter((family) => [...tree.values()].some((table) => familiesOf(table.family).includes(family)));
  return { families, chains, bases: inOrder(bases), assumptions: [...assumptions], problems: problems.inOrder() };
}

/** Frames of a bridge or a device: what they drop never comes to a hook that is looked at here. */
function unmodelled(table: RawTable, { problems, assumptions }: Context): void {
  if ([...table.chains.values()].every(({ rules, policy }) => rules.length === 0 && policy?.text !== 'drop')) return;
  problems.warning(table, 'unmodelled', `Tables of the family ${table.family} are not looked at.`);
  assumptions.add(`The table ${table.family} ${table.name} is taken to let everything through.`);
}

function chainOf(chain: RawChain, context: Context): Chain {
  const { source } = context.problems;
  const id = context.idOf(chain.name);
  const names = new Occurrences(id);
  context.hooks = hooksOf(chain, context.table);
  const rules = chain.rules.map((tokens) => names.name(ruleOf(tokens, rulePlace(source, tokens), context)));
  return { id, name: chain.name, table: context.table.name, families: context.families, rules, place: placeOf(source, chain) };
}

function rulePlace(source: Source, tokens: readonly Token[]): Place {
  return placeOf(source, { start: tokens[0]?.start ?? 0, end: tokens.at(-1)?.end ?? 0 });
}

function placeOf(source: Source, { start, end }: { readonly start: number; readonly end: number }): Place {
  const { file, line, column } = locate(source, start);
  return { file, line, column, text: source.text.slice(start, end).replace(/\s+/g, ' ') };
}
