/**
 * A rule: its statements from left to right, of which the first that does not hold ends it.
 *
 * Worked example: `tcp dport { 25, 587 } counter log prefix "mail" drop` is TCP and one of the ports, then drop; `tcp dport vmap { 25 : drop }` drops
 * 25 and goes on with the next rule for every other port. `limit rate 1/second accept` accepts, nobody knows when.
 *
 * @see nft(8), RULES, STATEMENTS
 */
import { allOf, anyOf, not } from '../conditions.ts';
import { ALWAYS, type Case, type Condition, type Place, type Rule } from '../ruleset.ts';
import type { Context } from './context.ts';
import { Cursor } from './cursor.ts';
import type { Field } from './fields.ts';
import { flagsAt } from './flags.ts';
import { type Token, textOf } from './lexer.ts';
import { comparison, fieldsAt, question } from './match.ts';
import { inside, listed } from './tree.ts';
import { keyOf, union, valueCondition } from './values.ts';
import { judgementAt, unknown, VERDICTS } from './verdicts.ts';

export function ruleOf(tokens: readonly Token[], place: Place, context: Context): Rule {
  const cursor = new Cursor(tokens);
  const conditions: Condition[] = [];
  let cases: readonly Case[] | null = null;
  while (!cursor.done) {
    const token = cursor.token();
    if (cases !== null && cases.length > 0 && cursor.peek() !== 'comment' && token !== undefined) {
      context.problems.error(token, 'after-verdict', 'Nothing is done after a verdict: it ends the rule.');
      break;
    }
    if (token?.kind === 'word' && VERDICTS.has(token.text)) {
      const judged = cursor.peek() === 'tproxy' ? tproxy(cursor) : judgementAt(cursor, context);
      conditions.push(judged.needs);
      cases = judged.cases;
    } else if (!passes(cursor)) {
      const found = asked(cursor, context);
      conditions.push(found.condition);
      if (found.cases !== null) cases = found.cases;
    }
  }
  return { place, families: context.families, condition: allOf(conditions), cases: cases ?? [] };
}

interface Asked {
  readonly condition: Condition;
  /** Of a map of verdicts. */
  readonly cases: readonly Case[] | null;
}

/** The packet goes to a socket of this host where an accept stands behind it; without one, nobody knows here. */
function tproxy(cursor: Cursor): { readonly needs: Condition; readonly cases: readonly Case[] } {
  const words = cursor.until(new Set([...VERDICTS].filter((word) => word !== 'tproxy')));
  if (!cursor.taken('accept')) return { needs: ALWAYS, cases: [{ condition: ALWAYS, verdict: unknown(words) }] };
  return {
    needs: ALWAYS,
    cases: [{ condition: ALWAYS, verdict: { kind: 'divert', how: 'tproxy', destination: null, port: null } }],
  };
}

/** Takes a statement that always holds and judges nothing. */
function passes(cursor: Cursor): boolean {
  const [first, second, third] = [cursor.peek(), cursor.peek(1), cursor.peek(2)];
  if (first === 'counter') {
    cursor.take();
    if (cursor.taken('name')) cursor.take();
    if (cursor.peek() === 'packets') cursor.at += 4;
    return true;
  }
  if (first === 'comment' || first === 'notrack') cursor.at += first === 'comment' ? 2 : 1;
  else if (first === 'log') logged(cursor);
  else if (first === 'flow' && (second === 'add' || second === 'offload')) cursor.at += 4;
  else if ((first === 'meta' || first === 'ct') && third === 'set') setting(cursor, 3);
  else if (first === 'mark' && second === 'set') setting(cursor, 2);
  else return false;
  return true;
}

const LOG_OPTIONS: ReadonlySet<string> = new Set(['prefix', 'level', 'group', 'snaplen', 'queue-threshold', 'flags']);

function logged(cursor: Cursor): void {
  cursor.take();
  while (LOG_OPTIONS.has(cursor.peek())) {
    const flags = cursor.take() === 'flags';
    if (!flags) cursor.take();
    else if (['tcp', 'ip'].includes(cursor.take())) cursor.value();
  }
}

/** `meta mark set 1`, `ct mark set meta mark and 0xff`: up to what begins a statement for sure. */
function setting(cursor: Cursor, words: number): void {
  cursor.at += words;
  cursor.until(SURE);
}

const SURE: ReadonlySet<string> = new Set([...VERDICTS, 'counter', 'log', 'comment', 'limit']);

/** Each time it may be answered in another way. */
const CHANGING: ReadonlySet<string> = new Set([
  'limit',
  'quota',
  'numgen',
  'add',
  'update',
  'delete',
  'set',
  'meter',
  'mark',
  'last',
  'count',
  'time',
  'vmap',
  'map',
  'connlimit',
]);

function asked(cursor: Cursor, context: Context): Asked {
  const start = cursor.at;
  const flags = flagsAt(cursor);
  if (flags !== null && !dangling(cursor)) return { condition: flags, cases: null };
  cursor.at = start;
  const fields = fieldsAt(cursor);
  if (fields !== null && cursor.taken('vmap')) return verdictMap(fields, cursor, context);
  const condition =
    fields === null || cursor.peek() === 'set' || cursor.peek() === 'map' ? null : comparison(fields, cursor, context);
  if (condition !== null && !dangling(cursor)) return { condition, cases: null };
  cursor.at = start;
  const words = cursor.until(SURE);
  const text = textOf(words);
  // A target of iptables-nft may be any verdict.
  const vmap = words.some((word) => word.text === 'vmap') || (words[0]?.text === 'xt' && words[1]?.text === 'target');
  const rewrites = fields !== null && words.some((word) => word.text === 'set');
  if (rewrites) {
    const message = `${text} rewrites the packet, which is not worked out: what follows is conditional.`;
    context.problems.warning(words[0] ?? { start: 0, end: 0 }, 'rewrites', message);
  }
  const changing = words.some((word) => word.kind === 'word' && CHANGING.has(word.text));
  const verdict: Case[] = [{ condition: ALWAYS, verdict: unknown(words) }];
  const question = changing ? context.counting(text) : context.functional(text);
  return { condition: allOf([dependencyOf(words[0]?.text ?? ''), question]), cases: vmap || rewrites ? verdict : null };
}

/** What a header that is not looked into needs all the same: no TCP packet has an ICMP type. */
function dependencyOf(header: string): Condition {
  const number = HEADERS.get(header);
  if (number === undefined) return ALWAYS;
  const protocol: Condition = { kind: 'protocol', ranges: [{ first: number, last: number }] };
  if (number === 1) return allOf([{ kind: 'family', family: 'ipv4' }, protocol]);
  return number === 58 ? allOf([{ kind: 'family', family: 'ipv6' }, protocol]) : protocol;
}

const HEADERS: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['igmp', 2],
  ['tcp', 6],
  ['udp', 17],
  ['icmpv6', 58],
]);

/** The value was cut where it goes on: `mark and 0xff`. */
function dangling(cursor: Cursor): boolean {
  return cursor.token()?.kind === 'sign' || ['and', 'or', 'xor'].includes(cursor.peek());
}

/** Every element a case; what is in none of them goes on with the next rule. `*` is what no other element is. */
function verdictMap(fields: readonly Field[], cursor: Cursor, context: Context): Asked {
  const start = cursor.at;
  const dependencies = allOf(fields.map(({ dependency }) => dependency));
  const text = fields.map((field) => field.text).join(' . ');
  const named = cursor.taken('@') ? cursor.take() : null;
  const set = named === null ? null : (context.table.sets.get(named) ?? null);
  const value = named === null ? cursor.value() : [];
  const words = cursor.tokens.slice(start, cursor.at);
  if (named !== null && set === null) {
    const span = cursor.token(-1) ?? { start: 0, end: 0 };
    context.problems.error(span, 'unknown-set', `There is no map ${named} in this table.`);
  }
  const open =
    question(fields, context) !== null ||
    (named !== null && context.facts.changedSets.has(named)) ||
    set?.flags.includes('timeout') === true;
  if (open)
    return {
      condition: allOf([dependencies, context.counting(`${text} vmap ${textOf(words)}`)]),
      cases: [{ condition: ALWAYS, verdict: unknown(words) }],
    };
  const elements = set === null ? listed(inside(value)) : set.elements;
  return { condition: dependencies, cases: casesOf(fields, elements, context) };
}

function casesOf(fields: readonly Field[], elements: readonly (readonly Token[])[], context: Context): Case[] {
  const cases: Case[] = [];
  const keys: Condition[] = [];
  let otherwise: readonly Case[] = [];
  for (const element of elements) {
    const colon = element.findIndex(({ kind, text }) => kind === 'sign' && text === ':');
    const judged = judgementAt(new Cursor(element.slice(colon + 1)), context).cases;
    if (colon < 0) {
      context.problems.error(
        element[0] ?? { start: 0, end: 0 },
        'no-verdict',
        'An element of a map of verdicts is written as 25 : drop.',
      );
    } else if (element[0]?.text === '*' && colon === 1) otherwise = judged;
    else {
      const key = fields.length === 0 ? ALWAYS : valueCondition(fields, keyOf(element), context);
      keys.push(key);
      cases.push(...judged.map(({ condition, verdict }) => ({ condition: allOf([key, condition]), verdict })));
    }
  }
  const missed = not(anyOf([union(keys)]));
  return [...cases, ...otherwise.map(({ verdict }) => ({ condition: missed, verdict }))];
}
