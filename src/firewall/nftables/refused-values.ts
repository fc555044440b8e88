/**
 * Values that nft refuses, with the file as a whole, where another reading would be a guess.
 *
 * Worked example: `tcp dport { 25 587 }` lacks a comma, and is not port 25587; `tcp dport 25, 587` lacks the braces, `tcp dport drop` a value; `tcp dport
 * ! 25` is written with `!=`.
 *
 * @see nftables, src/parser_bison.y, set_list_expr; src/evaluate.c, expr_evaluate_list(), expr_evaluate_relational()
 */
import type { Problems } from '../problems.ts';
import type { Field } from './fields.ts';
import { type Token, textOf } from './lexer.ts';
import { isSign } from './tree.ts';
import { VERDICTS } from './words.ts';

/** Of an element, without what is said of it. @returns whether a comma is missing within it. */
export function refuseMissingComma(key: readonly Token[], problems: Problems): boolean {
  const at = key.findIndex((token, index) => index > 0 && token.kind !== 'sign' && key[index - 1]?.kind !== 'sign');
  const [before, after] = [key[at - 1], key[at]];
  if (at < 0 || before === undefined || after === undefined) return false;
  problems.error(after, 'missing-comma', `nft wants a comma between ${before.text} and ${after.text}.`);
  return true;
}

/** @param value  what stands behind the comparison. */
export function refuseValue(fields: readonly Field[], operator: Token | null, value: readonly Token[], problems: Problems): void {
  const [first] = value;
  const [only] = fields;
  if (first === undefined || only === undefined) return;
  if (first.kind === 'word' && VERDICTS.has(first.text))
    problems.error(first, 'missing-value', `A value is missing between ${only.text} and ${first.text}: nft refuses this file.`);
  if (fields.length > 1 || only.kind === 'state' || only.kind === 'mark') return;
  if (operator?.text === '!' || operator?.text === 'not')
    problems.error(
      operator,
      'bad-negation',
      `nft refuses ${only.text} ${operator.text}: write ${only.text} != ${textOf(value)}.`,
    );
  if (!isSign(first, '{') && value.some((token) => isSign(token, ',')))
    problems.error(first, 'missing-braces', `Several values stand in braces: ${only.text} { ${textOf(value)} }.`);
}
