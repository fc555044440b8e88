/**
 * What a match or a map looks at: fields that are worked out, or an expression that is not.
 *
 * Worked example: `ip daddr . tcp dport` needs IPv4 and TCP and takes addresses and ports; `fib daddr type` needs nothing that is known here, and
 * whether it is `local` is an open question with one answer for one packet. `numgen random mod 10` answers anew each time.
 */
import { allOf } from '../conditions.ts';
import { ALWAYS, type Condition } from '../ruleset.ts';
import type { Context } from './context.ts';
import type { Cursor } from './cursor.ts';
import { readBy } from './effects.ts';
import { expressionAt } from './expression.ts';
import { aboutOf, type Field, fieldAt } from './fields.ts';
import { type Token, textOf } from './lexer.ts';
import { warnOfMisspelt } from './misspelt.ts';
import { valueCondition } from './values.ts';
import { UNQUALIFIED } from './words.ts';

export interface Subject {
  /** Null: an expression that is not worked out. */
  readonly fields: readonly Field[] | null;
  readonly text: string;
  readonly needs: Condition;
  /** That it is this value, or one of these in braces. */
  readonly is: (value: readonly Token[]) => Condition;
  /** Where what the text does to packets makes even a known field uncertain. */
  readonly open: ((text: string) => Condition) | null;
}

/** The longest that begins at the cursor; null, and the cursor where it was, where there is none. */
export function subjectAt(cursor: Cursor, context: Context): Subject | null {
  const start = cursor.at;
  const fields = fieldsAt(cursor);
  if (fields !== null && !CONTINUING.has(cursor.peek())) return ofFields(fields, context);
  cursor.at = start;
  const words = expressionAt(cursor);
  return words === null ? null : ofExpression(words, context);
}

const CONTINUING: ReadonlySet<string> = new Set(['&', '|', '^', '<<', '>>', 'and', 'or', 'xor', 'lshift', 'rshift', 'map', '.']);

/** With dots between them; null, and the cursor where it was, where one of them is not known. */
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

function ofFields(fields: readonly Field[], context: Context): Subject {
  const text = fields.map((field) => field.text).join(' . ');
  const open = question(fields, context);
  return {
    fields,
    text,
    needs: allOf(fields.map(({ dependency }) => dependency)),
    is: (value) => (open === null ? valueCondition(fields, value, context) : open(`${text} ${textOf(value)}`)),
    open,
  };
}

/** Fields whose content this text makes uncertain. */
function question(
  fields: readonly Field[],
  { facts, assumptions, counting, functional }: Context,
): ((text: string) => Condition) | null {
  if (fields.some(({ kind }) => kind === 'mark')) {
    assumptions.add(facts.marks ? MARKED : UNMARKED);
    return facts.marks ? counting : functional;
  }
  if (!fields.some(({ kind }) => kind === 'state') || !facts.untracks) return null;
  assumptions.add('Packets are not tracked everywhere: what a match on their state finds is conditional.');
  return counting;
}

const MARKED = 'Rules set marks: what a match on marks finds is not worked out, and what hangs on it is conditional.';
const UNMARKED = 'No rule sets marks, but packets may come with them (tc, sockets, eBPF): what hangs on marks is conditional.';

function ofExpression(words: readonly Token[], context: Context): Subject {
  const text = expressionText(words);
  warnOfMisspelt(words, context.problems);
  const about = aboutOf(null, text);
  const ask = changes(words, context) ? context.counting : (asked: string): Condition => context.functional(asked, about);
  return {
    fields: null,
    text,
    needs: dependencyOf(words[0]?.text ?? ''),
    is: (value) => ask(`${text} ${textOf(value)}`),
    open: ask,
  };
}

/** `meta` is left out where nft leaves it out. */
export function expressionText(words: readonly Token[]): string {
  return textOf(words.filter(({ text }, at) => !(text === 'meta' && UNQUALIFIED.has(words[at + 1]?.text ?? ''))));
}

/** Each time it may be answered in another way. */
export function changes(words: readonly Token[], { facts, assumptions }: Context): boolean {
  const has = (found: (text: string) => boolean): boolean => words.some(({ kind, text }) => kind === 'word' && found(text));
  const marked = has((text) => text === 'mark');
  if (marked) assumptions.add(facts.marks ? MARKED : UNMARKED);
  return (marked && facts.marks) || has((text) => CHANGING.has(text)) || readBy(words).some((one) => facts.rewritten.has(one));
}

const CHANGING: ReadonlySet<string> = new Set([
  ...['limit', 'quota', 'numgen', 'random', 'add', 'update', 'delete', 'set', 'meter', 'last', 'count', 'time', 'map'],
  ...['connlimit', 'status', 'xt', 'state'],
]);

/** What a header that is not looked into needs all the same: no TCP packet has an ICMP type. */
export function dependencyOf(header: string): Condition {
  const family = FAMILY_OF.get(header);
  const number = PROTOCOL_OF.get(header);
  return allOf([
    family === undefined ? ALWAYS : { kind: 'family', family },
    number === undefined ? ALWAYS : { kind: 'protocol', ranges: [{ first: number, last: number }] },
  ]);
}

const FAMILY_OF: ReadonlyMap<string, 'ipv4' | 'ipv6'> = new Map([
  ['ip', 'ipv4'],
  ['icmp', 'ipv4'],
  ['igmp', 'ipv4'],
  ['ip6', 'ipv6'],
  ['icmpv6', 'ipv6'],
]);

const PROTOCOL_OF: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['igmp', 2],
  ['tcp', 6],
  ['udp', 17],
  ['dccp', 33],
  ['esp', 50],
  ['ah', 51],
  ['icmpv6', 58],
  ['comp', 108],
  ['sctp', 132],
  ['udplite', 136],
]);
