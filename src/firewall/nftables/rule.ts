/**
 * A rule: its statements from left to right, of which the first that does not hold ends it.
 *
 * Worked example: `tcp dport { 25, 587 } counter log prefix "mail" drop` is TCP and one of the ports, then drop; `tcp dport vmap { 25 : drop }` drops
 * 25 and goes on with the next rule for every other port. `limit rate 1/second accept` accepts, nobody knows when.
 *
 * @see nft(8), RULES, STATEMENTS
 */
import { allOf } from '../conditions.ts';
import { ALWAYS, type Case, type Condition, type Place, type Rule } from '../ruleset.ts';
import type { Context } from './context.ts';
import { Cursor } from './cursor.ts';
import { flagsAt } from './flags.ts';
import { textOf } from './lexer.ts';
import { maskedAt } from './masks.ts';
import { comparison } from './match.ts';
import { countingAt, passes } from './statements.ts';
import { changes, dependencyOf, expressionText, fieldsAt, subjectAt } from './subject.ts';
import type { RawRule } from './tree.ts';
import { verdictMap } from './verdict-maps.ts';
import { judgementAt, unknown } from './verdicts.ts';
import { VERDICTS } from './words.ts';
import { isComment, targetAt } from './xt.ts';

export function ruleOf({ tokens, hidden }: RawRule, place: Place, context: Context): Rule {
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
      const judged = judgementAt(cursor, context);
      conditions.push(judged.needs);
      cases = judged.cases;
    } else if (isComment(cursor)) cursor.at += 3;
    else if (!passes(cursor)) {
      const found = asked(cursor, context);
      conditions.push(found.condition);
      if (found.cases !== null) cases = found.cases;
    }
  }
  if (hidden !== null) {
    conditions.push(context.counting(`# ${hidden}`));
    cases = [{ condition: ALWAYS, verdict: { kind: 'unknown', key: hidden, text: hidden } }];
  }
  return { place, families: context.families, condition: allOf(conditions), cases: cases ?? [] };
}

interface Asked {
  readonly condition: Condition;
  /** Of a map of verdicts, and of what may be any verdict. */
  readonly cases: readonly Case[] | null;
}

/** Where a statement begins for sure, when the one before it was not understood. */
const SURE: ReadonlySet<string> = new Set([...VERDICTS, 'counter', 'log', 'comment', 'limit']);

function asked(cursor: Cursor, context: Context): Asked {
  const start = cursor.at;
  const target = targetAt(cursor, context);
  if (target !== null) return { condition: target.needs, cases: target.cases };
  const counting = countingAt(cursor);
  if (counting !== null) return { condition: context.counting(counting), cases: null };
  for (const read of [flagsAt, maskedAt]) {
    const condition = read(cursor, context);
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
  const words = cursor.until(SURE);
  const text = expressionText(words);
  const question = changes(words, context) ? context.counting(text) : context.functional(text);
  // A target of iptables-nft may be any verdict, and so may a map of verdicts.
  const judges =
    words.some(({ kind, text: word }) => kind === 'word' && word === 'vmap') ||
    (words[0]?.text === 'xt' && words[1]?.text !== 'match');
  return {
    condition: allOf([dependencyOf(words[0]?.text ?? ''), question]),
    cases: judges ? [{ condition: ALWAYS, verdict: unknown(words) }] : null,
  };
}

/** `ip daddr set`, `tcp dport set`: what the packet is afterwards, the next rules would have to be asked about. */
function rewrites(cursor: Cursor): boolean {
  const start = cursor.at;
  const found = fieldsAt(cursor) !== null && cursor.peek() === 'set';
  cursor.at = start;
  return found;
}

function rewritten(cursor: Cursor, context: Context): Asked {
  const words = cursor.rest();
  const text = textOf(words);
  const message = `${text} rewrites the packet, which is not worked out: what follows is conditional.`;
  context.problems.warning(words[0] ?? { start: 0, end: 0 }, 'rewrites', message);
  return { condition: context.counting(text), cases: [{ condition: ALWAYS, verdict: unknown(words) }] };
}

/** The value was cut where it goes on: `mark and 0xff`. */
function dangling(cursor: Cursor): boolean {
  const token = cursor.token();
  if (token?.kind === 'sign') return token.text !== '@';
  return ['and', 'or', 'xor'].includes(cursor.peek());
}
