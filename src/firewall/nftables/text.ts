/**
 * An nftables configuration in the language of nft(8): scripts and what `nft list ruleset` prints.
 *
 * Worked example: `table inet edge { chain out { type filter hook output priority filter; policy drop; tcp dport 587 accept } }` is the base chain
 * `inet edge/out` of the hook output with priority 0, the policy drop and one rule.
 */
import { visible } from '../../model/printable.ts';
import { sourceOf } from '../../model/source.ts';
import { Problems } from '../problems.ts';
import type { Place, RulesetPart } from '../ruleset.ts';
import { partOf } from './assemble.ts';
import { treeOf } from './commands.ts';
import { withoutDefines } from './defines.ts';
import { type Include, withIncludes } from './include.ts';
import { type Token, wordsOf } from './lexer.ts';
import { refusedEnds } from './refused-ends.ts';
import { refuseSets } from './refused-sets.ts';
import { warnOfReserved } from './reserved.ts';
import { refuseUnended, refuseUnseparated } from './separators.ts';
import { templateIn } from './template.ts';
import type { RawChain, RawRule } from './tree.ts';

/**
 * @param file     as problems and places name it.
 * @param include  null: the files that it includes cannot be read.
 * @throws {InputError} with every problem of the text.
 */
export function parseNft(text: string, file: string, include: Include | null = null): RulesetPart {
  const source = sourceOf(file, text);
  const problems = new Problems(source);
  problems.refuseReturns();
  const template = templateIn(source);
  if (template !== null) {
    const message =
      'This is a template, and no configuration before it is rendered. Give what it renders, or what nft list ruleset prints.';
    problems.error(template, 'template', message);
    problems.throwErrors();
  }
  const own = wordsOf(source, problems);
  refuseUnended(text, own, problems);
  const words = withIncludes(own, problems, include);
  // What a file that is missing would define or declare is not asked for as well.
  if (problems.all.some(({ code }) => code.startsWith('include'))) problems.throwErrors();
  refuseUnseparated(words.tokens, problems);
  const tokens = withoutDefines(words.tokens, problems);
  const read = treeOf({ tokens, comments: words.comments }, problems);
  refuseSets(read.tree, problems);
  warnOfReserved(read.tree.values(), problems);
  const flushes = flushesRuleset(tokens);
  if (read.tree.size === 0 && problems.all.length === 0 && !flushes)
    problems.error(
      { start: 0, end: 0 },
      'empty',
      'This file holds no table. A firewall without rules is written as flush ruleset.',
    );
  const assumptions = flushes ? read.assumptions : [addsTo(file), ...read.assumptions];
  const part = partOf({ tree: read.tree, assumptions }, problems, (element) => placeOf(element, problems));
  return { ...part, unseen: [...part.unseen, ...refusedEnds(problems)] };
}

/** @see nft(8), RULESET: without it a script adds to what the kernel holds already. */
function flushesRuleset(tokens: readonly Token[]): boolean {
  return tokens.some(({ kind, text }, at) => kind === 'word' && text === 'flush' && tokens[at + 1]?.text === 'ruleset');
}

export function addsTo(file: string): string {
  return `${file} does not flush the ruleset: it is taken to be the whole of it.`;
}

function placeOf(element: RawChain | RawRule, problems: Problems): Place {
  const { file, line, column } = problems.placeOf(element);
  const shown = 'shown' in element ? element.shown : null;
  const text = (shown ?? problems.wordsOf(element)).replace(/(\s|\\[\r\n])+/g, ' ');
  return { file, line, column, text: visible(text) };
}
