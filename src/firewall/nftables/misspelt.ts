/**
 * Fields that no header has, by what nft knows: `tcp dprot 25` cannot be loaded, so a file that says it is not what a firewall does.
 *
 * Worked example: `tcp dprot 443-993` warns once for each place, and stays a condition that nobody can work out.
 */
import { misspeltHint } from '../../model/misspelt.ts';
import type { Problems } from '../problems.ts';
import { type Token, textOf } from './lexer.ts';

export function warnOfMisspelt(words: readonly Token[], problems: Problems): void {
  const [first] = words;
  const text = textOf(words);
  const hint = misspeltHint(text);
  if (first === undefined || hint === '') return;
  const told = TOLD.get(problems) ?? new Set();
  TOLD.set(problems, told);
  if (told.has(first.start)) return;
  told.add(first.start);
  problems.warning(first, 'misspelt', `${text} is not understood: what hangs on it is conditional.${hint}`);
}

/** A rule may be read more than once. */
const TOLD = new WeakMap<Problems, Set<number>>();
