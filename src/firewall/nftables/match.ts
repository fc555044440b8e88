/**
 * A match: what it looks at, a comparison, a value.
 *
 * Worked example: `ip daddr != 192.0.2.0/24` is IPv4 and not that network. `meta skuid != 105` needs an owner who is not 105. A value that is not
 * understood is an open question by its text.
 *
 * @see nft(8), EXPRESSIONS; Linux, net/netfilter/nft_cmp.c
 */
import { allOf, not, signed } from '../conditions.ts';
import { type Condition, type ConnectionState, NEVER } from '../ruleset.ts';
import type { Context } from './context.ts';
import type { Cursor } from './cursor.ts';
import { aboutOf, type Field, STATES } from './fields.ts';
import { type Token, textOf } from './lexer.ts';
import { refuseValue, refuseVerdict } from './refused-values.ts';
import type { Subject } from './subject.ts';
import { isSign, type RawSet } from './tree.ts';
import { elementsCondition, elementsOf, keyOf, split, valueCondition } from './values.ts';

/** What stands behind the subject. Null where that is no comparison. */
export function comparison(subject: Subject, cursor: Cursor, context: Context): Condition | null {
  const sign = OPERATORS.has(cursor.peek()) ? (cursor.token() ?? null) : null;
  const operator = sign === null ? '' : cursor.take();
  if (cursor.done) return null;
  const negated = ['!=', '!', 'not', 'ne'].includes(operator);
  if (cursor.peek() === '@') {
    cursor.take();
    return allOf([subject.needs, signed(ofSet(subject, cursor, context, negated), negated)]);
  }
  const value = cursor.value();
  const { fields } = subject;
  refuseVerdict(subject.text, value, context.problems);
  if (fields !== null) refuseValue({ fields, operator: sign, value }, context.problems);
  const only = fields?.length === 1 ? fields[0] : undefined;
  const asked = (): Condition => {
    const shown = [subject.text, ...(negated ? [] : [operator]), textOf(value)].filter((part) => part !== '').join(' ');
    return subject.open?.(shown) ?? context.functional(shown, aboutOf(fields, subject.text));
  };
  if (fields === null || subject.open !== null) return allOf([subject.needs, signed(asked(), negated)]);
  if (ORDERED.has(operator)) {
    const condition = only === undefined ? null : ordered(only, operator, textOf(value));
    return allOf([subject.needs, condition ?? asked()]);
  }
  if (only?.kind === 'state' && value.some((token) => STATE_SIGNS.has(token.text)) && !isSign(value[0], '{'))
    return signed(stateBits(value, operator) ?? asked(), negated);
  if (value.some((token) => isSign(token, ',')) && !isSign(value[0], '{'))
    return allOf([subject.needs, signed(asked(), negated)]);
  return allOf([subject.needs, signed(valueCondition(fields, value, context), negated)]);
}

const STATE_SIGNS: ReadonlySet<string> = new Set([',', '|', '/']);

const ORDERED: ReadonlySet<string> = new Set(['<', '>', '<=', '>=', 'lt', 'gt', 'le', 'ge']);
const OPERATORS: ReadonlySet<string> = new Set(['==', '!=', '!', 'not', 'eq', 'ne', ...ORDERED]);

function ordered(field: Field, operator: string, text: string): Condition | null {
  if (field.ends === null) return null;
  const upTo = field.range(field.ends.lowest, text);
  const from = field.range(text, field.ends.highest);
  if (upTo === null || from === null) return null;
  if (operator === '<=' || operator === 'le') return upTo;
  if (operator === '>=' || operator === 'ge') return from;
  return operator === '<' || operator === 'lt' ? not(from) : not(upTo);
}

/**
 * A list is a mask: any of its bits. Behind a slash stands a mask that is applied first. A connection has one state; with `==` or `!=` a list is all of
 * them at once, which none has.
 */
function stateBits(value: readonly Token[], operator: string): Condition | null {
  const bare = isSign(value[0], '(') && isSign(value.at(-1), ')') ? value.slice(1, -1) : value;
  const [bits = [], mask] = split(bare, '/').map((part) =>
    split(part, ',')
      .flatMap((one) => split(one, '|'))
      .map(textOf),
  );
  if (![...bits, ...(mask ?? [])].every((name) => STATES.some((state) => state === name))) return null;
  const holds = (state: ConnectionState): boolean => {
    if (mask === undefined) return bits.includes(state);
    return mask.includes(state) ? bits.length === 1 && bits[0] === state : bits.length === 0;
  };
  if (mask === undefined && ['==', '!=', 'eq', 'ne'].includes(operator)) return new Set(bits).size > 1 ? NEVER : null;
  const states = STATES.filter(holds);
  return states.length === 0 ? NEVER : { kind: 'state', states: mask === undefined ? bits.flatMap(stateOf) : states };
}

function stateOf(text: string): readonly ConnectionState[] {
  return STATES.filter((state) => state === text);
}

/** A set that changes while it is used may hold anything. That a packet is in none of its elements hangs on nothing that these count. */
function ofSet(subject: Subject, cursor: Cursor, context: Context, negated: boolean): Condition {
  const token = cursor.token();
  const name = cursor.take();
  const set = setNamed(name, token, context);
  const text = `${subject.text} @${name}`;
  if (set === null) return context.functional(text, aboutOf(subject.fields, subject.text));
  if (subject.fields === null || subject.open !== null) return (subject.open ?? context.counting)(text);
  if (isChanged(set, context)) return context.counting(text);
  if (set.elements.length === 0) context.assumptions.add(`The set ${name} is taken to be empty, as it is written.`);
  const { fields } = subject;
  const elements = elementsOf(set);
  return elementsCondition(fields, negated ? elements.map(keyOf) : elements, context, text);
}

/** Null, with an error, where the table has none. */
export function setNamed(name: string, token: Token | undefined, { table, problems }: Context): RawSet | null {
  const set = table.sets.get(name);
  if (set !== undefined) return set;
  const message = problems.advised(`There is no set ${name} in this table.`, name, [...table.sets.keys()]);
  problems.error(token ?? { start: 0, end: 0 }, 'unknown-set', message);
  return null;
}

/** Filled by rules, or with elements that end. */
export function isChanged({ name, flags }: RawSet, { facts, assumptions }: Context): boolean {
  if (!facts.changedSets.has(name) && !flags.some((flag) => flag === 'dynamic' || flag === 'timeout')) return false;
  assumptions.add(`What the set ${name} holds changes while it is used: what hangs on it is conditional.`);
  return true;
}
