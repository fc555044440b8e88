/**
 * Maps of verdicts, and of destinations.
 *
 * Worked example: of `tcp dport vmap { 25 : drop, * : accept }` port 25 is dropped and every other one accepted; a packet that is not TCP, and one that
 * no element names where there is no `*`, goes on with the next rule.
 *
 * @see nft(8), VERDICT MAP STATEMENT
 */
import { allOf, anyOf, not } from '../conditions.ts';
import { ALWAYS, type Case, type Condition } from '../ruleset.ts';
import type { Context } from './context.ts';
import { Cursor } from './cursor.ts';
import { type Token, textOf } from './lexer.ts';
import { isChanged, setNamed } from './match.ts';
import { ambiguityOf } from './overlaps.ts';
import type { Subject } from './subject.ts';
import { inside, isSign, listed } from './tree.ts';
import { countOf, elementsOf, keyOf, union } from './values.ts';
import { judgementAt, unknown } from './verdicts.ts';
import { VERDICTS } from './words.ts';

export interface Mapped {
  readonly condition: Condition;
  readonly cases: readonly Case[];
}

/** @param cursor  behind `vmap`. */
export function verdictMap(subject: Subject, cursor: Cursor, context: Context): Mapped {
  const start = cursor.at;
  const elements = elementsAt(cursor, context);
  if (elements === null) {
    const words = cursor.since(start);
    const condition = context.counting(`${subject.text} vmap ${textOf(words)}`);
    return { condition: allOf([subject.needs, condition]), cases: [{ condition: ALWAYS, verdict: unknown(words) }] };
  }
  const cases = casesOf(subject, elements, context, (data) => verdictOf(data, context));
  return { condition: subject.needs, cases };
}

function refuseAmbiguity({ text }: Subject, elements: readonly (readonly Token[])[], { problems }: Context): void {
  const found = ambiguityOf(text, elements);
  const [place] = found?.second ?? [];
  if (found === null || place === undefined) return;
  const [one, other] = [found.first, found.second].map(textOf);
  problems.error(
    place,
    'overlap',
    `nft refuses this file: ${one} and ${other} of one map are for one value. Take one of them out.`,
  );
}

function verdictOf(data: readonly Token[], context: Context): readonly Case[] {
  const cursor = new Cursor(data);
  const [first] = data;
  if (first !== undefined && !VERDICTS.has(first.text))
    context.problems.error(first, 'no-verdict', `${first.text} is no verdict: write accept, drop or jump NAME behind the colon.`);
  const { cases } = judgementAt(cursor, context);
  const further = cursor.token();
  if (further !== undefined)
    context.problems.error(further, 'missing-comma', `nft refuses this file: it wants a comma before ${further.text}.`);
  return cases;
}

/** The elements of a map in braces, or of a named one; null of one whose content changes. */
export function elementsAt(cursor: Cursor, context: Context): readonly (readonly Token[])[] | null {
  if (!isSign(cursor.token(), '@')) return listed(inside(cursor.value()));
  cursor.take();
  const token = cursor.token();
  const set = setNamed(cursor.take(), token, context);
  if (set === null) return [];
  return isChanged(set, context) ? null : elementsOf(set);
}

/** @param read  what stands behind the colon. */
export function casesOf(
  subject: Subject,
  elements: readonly (readonly Token[])[],
  context: Context,
  read: (data: readonly Token[]) => readonly Case[],
): readonly Case[] {
  const cases: Case[] = [];
  const keys: Condition[] = [];
  let otherwise: readonly Case[] = [];
  refuseAmbiguity(subject, elements, context);
  for (const element of elements) {
    const colon = element.findIndex((token) => isSign(token, ':'));
    if (colon < 0) {
      const span = element[0] ?? { start: 0, end: 0 };
      context.problems.error(span, 'no-verdict', 'An element of a map is written with a colon, as 25 : drop.');
      continue;
    }
    const holds = counted(subject, element, context);
    const data = read(element.slice(colon + 1)).map((one) => ({ ...one, condition: allOf([holds, one.condition]) }));
    const words = keyOf(element);
    if (isSign(words[0], '*') && words.length === 1) otherwise = data;
    else {
      const key = subject.is(words);
      keys.push(key);
      cases.push(...data.map(({ condition, verdict }) => ({ condition: allOf([key, condition]), verdict })));
    }
  }
  const missed = not(anyOf([union(keys)]));
  return [...cases, ...otherwise.map(({ condition, verdict }) => ({ condition: allOf([missed, condition]), verdict }))];
}

function counted({ text }: Subject, element: readonly Token[], context: Context): Condition {
  const count = countOf(element);
  return count === null ? ALWAYS : context.counting(`${text} ${textOf(keyOf(element))} ${count}`);
}
