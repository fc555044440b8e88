/**
 * A rule: its statements from left to right, of which the first that does not hold ends it.
 *
 * Worked example: `tcp dport { 25, 587 } counter log prefix "mail" drop` is TCP and one of the ports, then drop; `tcp dport vmap { 25 : drop }` drops
 * 25 and goes on with the next rule for every other port. `limit rate 1/second accept` accepts, nobody knows when.
 *
 * @see nft(8), RULES, STATEMENTS
 */
import { misspeltHint } from '../../model/misspelt.ts';
import { allOf } from '../conditions.ts';
import type { Problems } from '../problems.ts';
import { ALWAYS, type Case, type Condition, type Place, type Rule } from '../ruleset.ts';
import { asLoaded, type Statement } from './adjacent-fields.ts';
import type { Context } from './context.ts';
import { Cursor } from './cursor.ts';
import { expressionAt } from './expression.ts';
import { aboutOf } from './fields.ts';
import { flagsAt } from './flags.ts';
import { type Token, textOf } from './lexer.ts';
import { maskedAt } from './masks.ts';
import { comparison } from './match.ts';
import { ProtocolContext } from './protocol-context.ts';
import { refuseMissingField } from './refused-values.ts';
import { countingAt, passing } from './statements.ts';
import { changes, dependencyOf, expressionText, fieldsAt, subjectAt } from './subject.ts';
import type { RawRule } from './tree.ts';
import { verdictMap } from './verdict-maps.ts';
import { judgementAt, lost, unknown } from './verdicts.ts';
import { VERDICTS } from './words.ts';
import { isComment, targetAt } from './xt.ts';

export function ruleOf({ tokens, hidden }: RawRule, place: Place, context: Context): Rule {
  const { conditions, statements, unread, cases: written } = readStatements(tokens, context);
  let cases = written;
  // Without a verdict, what is not understood may be one (`acept`): it is no condition of nothing.
  if (cases === null && unread !== null) {
    cases = [{ condition: ALWAYS, verdict: lost(unread.words) }];
    conditions.splice(conditions.indexOf(unread.question), 1);
  }
  if (hidden !== null) {
    conditions.push(context.counting(`# ${hidden}`));
    cases = [{ condition: ALWAYS, verdict: { kind: JUDGED.test(hidden) ? 'unknown' : 'lost', key: hidden, text: hidden } }];
  }
  return {
    place,
    families: context.families,
    condition: asLoaded(conditions, statements, context),
    cases: (cases ?? []).map((one) => keyed(one, context)),
  };
}

interface Statements {
  /** Of its statements and of its verdict. */
  readonly conditions: Condition[];
  readonly statements: readonly Statement[];
  /** Null: it has no verdict. */
  readonly cases: readonly Case[] | null;
  readonly unread: Unread | null;
}

function readStatements(tokens: readonly Token[], context: Context): Statements {
  const cursor = new Cursor(tokens);
  const protocols = new ProtocolContext(context);
  const conditions: Condition[] = [];
  const statements: Statement[] = [];
  let cases: readonly Case[] | null = null;
  let unread: Unread | null = null;
  // Behind a map of verdicts a rule goes on for `continue` alone: nft takes a counter there, which judges nothing.
  let mapped = false;
  while (!cursor.done) {
    const [token, start] = [cursor.token(), cursor.at];
    if (cases !== null && cases.length > 0 && cursor.peek() !== 'comment' && token !== undefined) {
      if (mapped && passing(cursor) !== null) continue;
      context.problems.error(token, 'after-verdict', 'Nothing is done after a verdict: it ends the rule.');
      break;
    }
    if (token?.kind === 'word' && VERDICTS.has(token.text)) {
      const judged = judgementAt(cursor, context);
      protocols.judge(cursor.since(start));
      conditions.push(judged.needs);
      cases = judged.cases;
    } else if (isComment(cursor)) cursor.at += 3;
    else {
      const needs = passing(cursor);
      const found: Asked = needs === null ? asked(cursor, context) : { condition: needs, cases: null };
      const words = cursor.since(start);
      conditions.push(found.condition);
      statements.push({ words, condition: found.condition });
      protocols.follow(words);
      if (found.cases !== null) [cases, mapped] = [found.cases, true];
      unread = found.unread ?? unread;
    }
  }
  return { conditions, statements, cases, unread };
}

function keyed({ condition, verdict }: Case, context: Context): Case {
  const open = verdict.kind === 'unknown' || verdict.kind === 'lost';
  return { condition, verdict: open ? { ...verdict, key: context.keyOf(verdict.text) } : verdict };
}

/** What it says of a packet is no more than that. */
const JUDGED = /\b(accept|drop|return|reject|reject-with)\b/;

interface Asked {
  readonly condition: Condition;
  /** Of a map of verdicts, and of what may be any verdict. */
  readonly cases: readonly Case[] | null;
  readonly unread?: Unread;
}

/** What was not understood, and what is asked for it. */
interface Unread {
  readonly words: readonly Token[];
  readonly question: Condition;
}

/** Where a statement begins for sure, when the one before it was not understood. */
const SURE: ReadonlySet<string> = new Set([...VERDICTS, 'counter', 'log', 'comment', 'limit']);

function asked(cursor: Cursor, context: Context): Asked {
  const start = cursor.at;
  if (refuseMissingField(cursor.token(), cursor.token(1), context.problems)) {
    cursor.until(SURE);
    return { condition: ALWAYS, cases: null };
  }
  const target = targetAt(cursor, context);
  if (target !== null) return { condition: target.needs, cases: target.cases };
  const counting = countingAt(cursor);
  if (counting !== null) return { condition: context.counting(counting), cases: null };
  for (const read of [() => flagsAt(cursor, context), () => maskedAt(cursor)]) {
    const condition = read();
    if (condition !== null && !dangling(cursor)) return { condition, cases: null };
    cursor.at = start;
  }
  if (rewrites(cursor)) return rewritten(cursor, context);
  const subject = subjectAt(cursor, context);
  if (subject !== null && cursor.taken('vmap')) return verdictMap(subject, cursor, context);
  const condition = subject === null || cursor.peek() === 'set' ? null : comparison(subject, cursor, context);
  if (condition !== null && !dangling(cursor)) return { condition, cases: null };
  cursor.at = start;
  return notRead(cursor, context);
}

function notRead(cursor: Cursor, context: Context): Asked {
  const start = cursor.at;
  if (cursor.peek() === 'xt' && cursor.peek(1) !== 'match')
    return notFollowed(
      cursor,
      context,
      'unknown-target',
      'is not known here: what becomes of a packet that it gets is not known.',
    );
  const words = cursor.until(SURE);
  if (words.some(({ kind, text }, at) => kind === 'word' && text === 'set' && at > 0 && words[at - 1]?.text !== '@')) {
    cursor.at = start;
    return rewritten(cursor, context);
  }
  const text = expressionText(words);
  notUnderstood(words, context);
  const question = changes(words, context) ? context.counting(text) : context.functional(text, aboutOf(null, text));
  const judges = words.some(({ kind, text: word }) => kind === 'word' && word === 'vmap');
  const condition = allOf([dependencyOf(words[0]?.text ?? ''), question]);
  return {
    condition,
    cases: judges ? [{ condition: ALWAYS, verdict: unknown(words) }] : null,
    ...(words[0]?.text === 'xt' ? {} : { unread: { words, question: condition } }),
  };
}

/** The same words are told once. */
function notUnderstood(words: readonly Token[], { problems }: Context): void {
  const [first] = words;
  if (first === undefined) return;
  const told = TOLD.get(problems) ?? new Set();
  TOLD.set(problems, told);
  const text = textOf(words);
  if (told.has(text)) return;
  told.add(text);
  problems.warning(first, 'not-understood', `${text} is not understood: what hangs on it is conditional.${misspeltHint(text)}`);
}

const TOLD = new WeakMap<Problems, Set<string>>();

/** `ip daddr set`, `tcp dport set`, `@th,16,16 set`: what the packet is afterwards, all that follows would have to be asked about. */
function rewrites(cursor: Cursor): boolean {
  const start = cursor.at;
  const found = (fieldsAt(cursor) !== null || expressionAt(cursor) !== null) && cursor.peek() === 'set';
  cursor.at = start;
  return found;
}

function rewritten(cursor: Cursor, context: Context): Asked {
  return notFollowed(
    cursor,
    context,
    'rewrites',
    'rewrites the packet, which is not worked out: what becomes of it is conditional.',
  );
}

/** Whatever stands behind it in the rule, in its chain and in every other one. */
function notFollowed(cursor: Cursor, context: Context, code: string, why: string): Asked {
  const words = cursor.rest();
  context.problems.warning(words[0] ?? { start: 0, end: 0 }, code, `${textOf(words)} ${why}`);
  return { condition: dependencyOf(words[0]?.text ?? ''), cases: [{ condition: ALWAYS, verdict: lost(words) }] };
}

/** The value was cut where it goes on: `mark and 0xff`. */
function dangling(cursor: Cursor): boolean {
  const token = cursor.token();
  if (token?.kind === 'sign') return token.text !== '@';
  return ['and', 'or', 'xor'].includes(cursor.peek());
}
