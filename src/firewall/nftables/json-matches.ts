/**
 * A match of the JSON, in words.
 *
 * Worked example: op `in` with `["established", "related"]` is `ct state established,related`, a mask; `==` with a set is `ct state { established, related
 * }`; `{"&": [tcp flags, ["fin", "syn"]]} == "syn"` is `tcp flags syn / fin,syn`.
 *
 * @see libnftables-json(5), MATCH; nftables, src/expression.c, relational_expr_print()
 */
import { expression } from './json-expressions.ts';
import type { JsonNode } from './json-syntax.ts';
import { at, between, itemsOf, onlyEntry, sequence, stringAt, type Tokens, timeText, words } from './json-tokens.ts';

/** Null where it is not understood. */
export function matching(value: JsonNode): Tokens | null {
  const [operator, left, right] = [stringAt(value, 'op'), at(value, 'left'), at(value, 'right')];
  if (operator === null || left === null || right === null || !OPERATORS.has(operator)) return null;
  const masked = flagsUnderMask(left);
  if (masked !== null && (operator === '==' || operator === '!=')) {
    const [of, mask] = masked;
    const negation = operator === '!=' ? words('!=', value) : [];
    return sequence(
      expression(of),
      negation,
      expression(right),
      words('/', value),
      between(',', itemsOf(mask).map(expression), mask),
    );
  }
  const listed = right.kind === 'array' && operator !== 'in' && operator !== '!';
  const time = stringAt(at(left, 'ct') ?? left, 'key') === 'expiration' && right.kind === 'number';
  if (time) return sequence(expression(left), shownOperator(operator, left, right, value), words(timeText(right.value), right));
  const operand = listed
    ? sequence(words('(', right), between('|', right.items.map(expression), right), words(')', right))
    : expression(right);
  return sequence(expression(left), shownOperator(operator, left, right, value), operand);
}

const OPERATORS: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>=', 'in', '!']);

/** `==` is left out where it says nothing: behind flags it asks for exactly these. */
function shownOperator(operator: string, left: JsonNode, right: JsonNode, value: JsonNode): Tokens {
  if (operator === 'in') return [];
  if (operator !== '==') return words(operator, value);
  const kind = onlyEntry(left)?.[0] ?? '';
  const computed = ['&', '|', '^', '<<', '>>'].includes(kind);
  const one = right.kind === 'number' || right.kind === 'array' || (right.kind === 'string' && !right.value.startsWith('@'));
  return computed || (one && isFlags(left)) ? words('==', value) : [];
}

/** What holds flags: a bit mask. @see nftables, src/datatype.c, TYPE_BITMASK */
function isFlags(node: JsonNode): boolean {
  const entry = onlyEntry(node);
  if (entry === null) return false;
  const [kind, value] = entry;
  if (kind === 'payload') return stringAt(value, 'protocol') === 'tcp' && stringAt(value, 'field') === 'flags';
  return kind === 'ct' && ['state', 'status', 'label', 'event'].includes(stringAt(value, 'key') ?? '');
}

/** The field and the mask; null of numbers, which nft prints behind `&`. */
function flagsUnderMask(left: JsonNode): readonly [JsonNode, JsonNode] | null {
  const operands = at(left, '&');
  if (operands?.kind !== 'array' || operands.items.length !== 2) return null;
  const [of, mask] = operands.items;
  if (of === undefined || mask === undefined || !isFlags(of)) return null;
  const names = at(mask, '|') ?? mask;
  return names.kind === 'string' || names.kind === 'array' ? [of, names] : null;
}
