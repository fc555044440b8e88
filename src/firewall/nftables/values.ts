/**
 * The right side of a match: a value, a prefix, a range, a list, a set in braces, each of one field or of several with dots between them.
 *
 * Worked example: `ip daddr . tcp dport { 10.0.0.0/8 . 25, 192.0.2.1 . 25-30 }` holds where the address and the port of one element do.
 */
import { allOf, anyOf, mergeAddresses, mergePorts } from '../conditions.ts';
import { ALWAYS, type Condition, NEVER } from '../ruleset.ts';
import type { Context } from './context.ts';
import { aboutOf, type Field } from './fields.ts';
import { lastingText } from './lasting-text.ts';
import { type Token, textOf } from './lexer.ts';
import { refuseMissingComma } from './refused-values.ts';
import { inside, listed, type RawSet } from './tree.ts';

/** @param tokens  one element, or several in braces. */
export function valueCondition(fields: readonly Field[], tokens: readonly Token[], context: Context): Condition {
  if (tokens[0]?.text === '{' && tokens.at(-1)?.text === '}') return elementsCondition(fields, listed(inside(tokens)), context);
  if (refuseMissingComma(tokens, context.problems)) return NEVER;
  if (tokens.length === 1 && tokens[0]?.text === '*') return ALWAYS;
  const parts = split(tokens, '.');
  const conditions = fields.map((field, at) => {
    const part = parts[at];
    const condition = part === undefined ? null : single(field, part);
    return condition ?? notKnown(field, part ?? [], context);
  });
  if (parts.length !== fields.length)
    return context.functional(`${fields.map(({ text }) => text).join(' . ')} ${textOf(tokens)}`, aboutOf(fields));
  return allOf(conditions);
}

/**
 * That one of them is met. One that counts holds as often as that does.
 *
 * @see Linux, net/netfilter/nft_lookup.c, nft_set_elem_update_expr(): NFT_BREAK
 */
export function elementsCondition(
  fields: readonly Field[],
  elements: readonly (readonly Token[])[],
  context: Context,
  name: string = fields.map(({ text }) => text).join(' . '),
): Condition {
  const met = (some: typeof elements): Condition => union(some.map((element) => valueCondition(fields, keyOf(element), context)));
  const counted = elements.filter((element) => countOf(element) !== null);
  if (counted.length === 0) return met(elements);
  const counts = [...new Set(counted.map(countOf))].join(', ');
  const others = elements.filter((element) => countOf(element) === null);
  return anyOf([met(others), allOf([met(counted), context.counting(`${name} ${counts}`)])]);
}

/** The words by which an element holds or not, whatever its key: a limit, a quota, a count of connections. */
export function countOf(element: readonly Token[]): string | null {
  const said = element.slice(keyOf(element).length);
  const data = said.findIndex(({ kind, text }) => kind === 'sign' && text === ':');
  const words = data < 0 ? said : said.slice(0, data);
  return words.some(({ kind, text }) => kind === 'word' && COUNTING.has(text)) ? lastingText(textOf(words)) : null;
}

const COUNTING: ReadonlySet<string> = new Set(['limit', 'quota', 'ct']);

/** What a set says that each does stands with those that say nothing of it themselves, as nft lists them. */
export function elementsOf({ elements, statements }: RawSet): readonly (readonly Token[])[] {
  if (statements.length === 0) return elements;
  return elements.map((element) => {
    const key = keyOf(element);
    return countOf(element) === null ? [...key, ...statements, ...element.slice(key.length)] : element;
  });
}

/** A name that nft would look up, or what is not read here. */
function notKnown(field: Field, part: readonly Token[], context: Context): Condition {
  const text = textOf(part);
  const message = `${text} is no value for ${field.text} that is known here: what hangs on it is conditional.`;
  context.problems.warning(part[0] ?? { start: 0, end: 0 }, 'unknown-value', message);
  return context.functional(`${field.text} ${text}`, aboutOf([field]));
}

/** An element without what is said of it: `timeout 1h`, `comment "…"`, and what a map gives. */
export function keyOf(element: readonly Token[]): readonly Token[] {
  let depth = 0;
  const end = element.findIndex(({ kind, text }) => {
    if (kind === 'sign' && text === '{') depth += 1;
    if (kind === 'sign' && text === '}') depth -= 1;
    return depth === 0 && ((kind === 'sign' && text === ':') || (kind === 'word' && SAID.has(text)));
  });
  return end < 0 ? element : element.slice(0, end);
}

const SAID: ReadonlySet<string> = new Set(['timeout', 'expires', 'comment', 'counter', 'last', 'limit', 'quota', 'ct']);

function single(field: Field, tokens: readonly Token[]): Condition | null {
  const joined = tokens.map(({ text }) => text).join('');
  if (joined === '*') return ALWAYS;
  const dash = tokens.findIndex(({ kind, text }) => kind === 'sign' && text === '-');
  if (dash > 0) {
    const end = (part: readonly Token[]): string => part.map(({ text }) => text).join('');
    return field.range(end(tokens.slice(0, dash)), end(tokens.slice(dash + 1)));
  }
  return field.value(joined.replace(/^\[(.*)\]$/, '$1'));
}

export function split(tokens: readonly Token[], sign: string): (readonly Token[])[] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'sign' && token.text === sign) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** At least one holds; addresses and ports of one end are put together into one condition. */
export function union(conditions: readonly Condition[]): Condition {
  const groups = new Map<string, Condition[]>();
  for (const condition of conditions.flatMap((one) => (one.kind === 'any' ? one.of : [one]))) {
    const name = 'end' in condition ? `${condition.kind} ${condition.end}` : condition.kind;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [condition]);
    else group.push(condition);
  }
  return anyOf([...groups.values()].flatMap(together));
}

function together(group: readonly Condition[]): readonly Condition[] {
  const [first] = group;
  if (first === undefined || group.length < 2) return group;
  if (first.kind === 'address') {
    const same = group.flatMap((one) => (one.kind === 'address' && one.family === first.family ? one.ranges : []));
    const rest = group.filter((one) => one.kind !== 'address' || one.family !== first.family);
    return [{ ...first, ranges: mergeAddresses(same) }, ...rest];
  }
  if (first.kind === 'port')
    return [{ ...first, ranges: mergePorts(group.flatMap((one) => (one.kind === 'port' ? one.ranges : []))) }];
  if (first.kind === 'protocol')
    return [{ ...first, ranges: mergePorts(group.flatMap((one) => (one.kind === 'protocol' ? one.ranges : []))) }];
  if (first.kind === 'state')
    return [{ ...first, states: [...new Set(group.flatMap((one) => (one.kind === 'state' ? one.states : [])))] }];
  return group;
}
