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
import { HEADERS } from './words.ts';

/** Of an element, without what is said of it. @returns whether a comma is missing within it. */
export function refuseMissingComma(key: readonly Token[], problems: Problems): boolean {
  const at = key.findIndex((token, index) => index > 0 && token.kind !== 'sign' && key[index - 1]?.kind !== 'sign');
  const [before, after] = [key[at - 1], key[at]];
  if (at < 0 || before === undefined || after === undefined) return false;
  problems.error(after, 'missing-comma', `nft refuses this file: it wants a comma between ${before.text} and ${after.text}.`);
  return true;
}

/** A verdict is no value: one is missing, or a comma is one too many. @param value  what stands behind the comparison. */
export function refuseVerdict(subject: string, value: readonly Token[], problems: Problems): void {
  const verdict = isSign(value[0], '{') ? undefined : value.find(({ kind, text }) => kind === 'word' && NO_VALUES.has(text));
  if (verdict !== undefined)
    problems.error(verdict, 'missing-value', `nft refuses this file: a value is missing between ${subject} and ${verdict.text}.`);
}

interface Compared {
  readonly fields: readonly Field[];
  /** Null: none is written, which asks for the value itself. */
  readonly operator: Token | null;
  /** What stands behind the operator. */
  readonly value: readonly Token[];
}

/** A negation that nft does not know, and several values without braces. Of a connection's states and of marks other operators are left to it. */
export function refuseValue({ fields, operator, value }: Compared, problems: Problems): void {
  const [first] = value;
  const [only, further] = fields;
  if (first === undefined || only === undefined || further !== undefined) return;
  if (only.kind === 'state' || only.kind === 'mark') return;
  if (operator?.text === '!' || operator?.text === 'not')
    problems.error(
      operator,
      'bad-negation',
      `nft refuses this file: ${operator.text} does not stand behind ${only.text}. Write ${only.text} != ${textOf(value)}.`,
    );
  if (!isSign(first, '{') && value.some((token) => isSign(token, ',')))
    problems.error(
      first,
      'missing-braces',
      `nft refuses this file: several values stand in braces. Write ${only.text} { ${textOf(value)} }.`,
    );
}

/** At the beginning of a match: `tcp 25`, `ip = 10.0.0.1`. @returns whether a field is missing. */
export function refuseMissingField(header: Token | undefined, field: Token | undefined, problems: Problems): boolean {
  if (header?.kind !== 'word' || !FIELDED.has(header.text)) return false;
  const named = field?.kind === 'word' && !/^\d/.test(field.text) && !NO_VALUES.has(field.text) && !HEADERS.has(field.text);
  if (named) return false;
  const before = field === undefined ? '' : `, before ${field.text}`;
  problems.error(
    field ?? header,
    'missing-field',
    `nft refuses this file: it wants a field behind ${header.text}${before}, such as ${FIELDED.get(header.text)}.`,
  );
  return true;
}

const FIELDED: ReadonlyMap<string, string> = new Map([
  ...['tcp', 'udp', 'udplite', 'sctp', 'dccp', 'th'].map((header): [string, string] => [header, `${header} dport`]),
  ['ip', 'ip daddr'],
  ['ip6', 'ip6 daddr'],
  ['icmp', 'icmp type'],
  ['icmpv6', 'icmpv6 type'],
  ['meta', 'meta l4proto'],
  ['ct', 'ct state'],
]);

/** Of the verdicts those that are nothing else: `icmp type redirect` and `ct status dnat` are values. */
const NO_VALUES: ReadonlySet<string> = new Set(['accept', 'drop', 'return', 'continue', 'jump', 'goto', 'reject']);
