/**
 * A match: a field or several, a comparison, a value.
 *
 * Worked example: `ip daddr != 192.0.2.0/24` is IPv4 and not that network. `meta skuid != 105` needs an owner who is not 105. A value that is not
 * understood is an open question by its text.
 *
 * @see nft(8), EXPRESSIONS; Linux, net/netfilter/nft_cmp.c
 */
import { allOf, not, signed } from '../conditions.ts';
import type { Condition } from '../ruleset.ts';
import type { Context } from './context.ts';
import type { Cursor } from './cursor.ts';
import { type Field, fieldAt } from './fields.ts';
import { type Token, textOf } from './lexer.ts';
import { keyOf, union, valueCondition } from './values.ts';

/** The fields at the cursor, with dots between them; null, and the cursor where it was, where one of them is not known. */
export function fieldsAt(cursor: Cursor): readonly Field[] | null {
  const start = cursor.at;
  const fields: Field[] = [];
  do {
    const field = fieldAt([cursor.peek(), cursor.peek(1)]);
    if (field === null) {
      cursor.at = start;
      return null;
    }
    fields.push(field);
    cursor.at += field.words;
  } while (cursor.taken('.'));
  return fields;
}

/** What stands behind the fields. Null where that is no comparison that is read here. */
export function comparison(fields: readonly Field[], cursor: Cursor, context: Context): Condition | null {
  const operator = OPERATORS.has(cursor.peek()) ? cursor.take() : '';
  if (cursor.done || ['&', '|', '^', '<<', '>>', 'and', 'or', 'xor'].includes(cursor.peek())) return null;
  const text = `${fields.map((field) => field.text).join(' . ')}`;
  const dependencies = allOf(fields.map(({ dependency }) => dependency));
  const first = fields[0];
  if (cursor.taken('@')) return allOf([dependencies, signed(ofSet(fields, cursor.take(), cursor, context), operator === '!=')]);
  const value = cursor.value();
  const open = question(fields, context);
  if (open !== null) return allOf([dependencies, signed(open(`${text} ${textOf(value)}`), operator === '!=')]);
  if (['<', '>', '<=', '>='].includes(operator)) {
    const condition = first === undefined || fields.length > 1 ? null : ordered(first, operator, textOf(value));
    return allOf([dependencies, condition ?? context.functional(`${text} ${operator} ${textOf(value)}`)]);
  }
  const list = value[0]?.text !== '{' && value.some(({ text: sign, kind }) => kind === 'sign' && sign === ',');
  // A list is a mask: any of its bits. With `==` or `!=` it is all of them at once, which no connection state is.
  if (list && (operator !== '' || first?.kind !== 'state'))
    return allOf([dependencies, context.functional(`${text} ${operator} ${textOf(value)}`)]);
  const condition =
    list && first !== undefined
      ? union(commas(value).map((part) => valueCondition([first], part, context)))
      : valueCondition(fields, value, context);
  return allOf([dependencies, signed(condition, operator === '!=')]);
}

const OPERATORS: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>=']);

/** Fields whose content this text makes uncertain. */
export function question(
  fields: readonly Field[],
  { facts, assumptions, counting }: Context,
): ((text: string) => Condition) | null {
  if (fields.some(({ kind }) => kind === 'mark') && facts.marks) {
    assumptions.add('Rules set marks: what a match on marks finds is not worked out, and what hangs on it is conditional.');
    return counting;
  }
  if (fields.some(({ kind }) => kind === 'mark')) assumptions.add('No rule sets a mark: every packet has mark 0.');
  if (!fields.some(({ kind }) => kind === 'state') || !facts.untracks) return null;
  assumptions.add('Packets are not tracked everywhere: what a match on their state finds is conditional.');
  return counting;
}

function ordered(field: Field, operator: string, text: string): Condition | null {
  const upTo = field.range('0', text);
  const from = field.kind === 'port' || field.kind === 'protocol' ? field.range(text, '*') : null;
  if (upTo === null || from === null) return null;
  if (operator === '<=') return upTo;
  if (operator === '>=') return from;
  return operator === '<' ? not(from) : not(upTo);
}

function commas(tokens: readonly Token[]): (readonly Token[])[] {
  return tokens.filter(({ kind, text }) => !(kind === 'sign' && text === ',')).map((token) => [token]);
}

/** A set that changes while it is used may hold anything. */
export function ofSet(fields: readonly Field[], name: string, cursor: Cursor, context: Context): Condition {
  const set = context.table.sets.get(name);
  const token = cursor.token(-1);
  if (set === undefined) {
    const known = [...context.table.sets.keys()];
    if (token !== undefined)
      context.problems.error(
        token,
        'unknown-set',
        context.problems.advised(`There is no set ${name} in this table.`, name, known),
      );
    return context.functional(`@${name}`);
  }
  const text = `${fields.map((field) => field.text).join(' . ')} @${name}`;
  const open = question(fields, context);
  if (open !== null) return open(text);
  if (context.facts.changedSets.has(name) || set.flags.some((flag) => flag === 'dynamic' || flag === 'timeout')) {
    context.assumptions.add(`What the set ${name} holds changes while it is used: what hangs on it is conditional.`);
    return context.counting(text);
  }
  if (set.elements.length === 0) context.assumptions.add(`The set ${name} is taken to be empty, as it is written.`);
  return union(set.elements.map((element) => valueCondition(fields, keyOf(element), context)));
}
