/**
 * The verdict of a rule, and the statements that rewrite a destination.
 *
 * Worked example: `reject with tcp reset` needs TCP; `dnat ip to 10.0.0.5:2525` needs IPv4, changes destination and port and ends its nat chain with
 * accept; `redirect to :2525` goes to this host.
 *
 * @see nft(8), VERDICT STATEMENT, REJECT STATEMENT, NAT STATEMENTS
 */
import type { Family } from '../../model/address.ts';
import { allOf } from '../conditions.ts';
import { ALWAYS, type Case, type Condition, type Interval, type Verdict } from '../ruleset.ts';
import { portNumber } from '../services.ts';
import type { Context } from './context.ts';
import type { Cursor } from './cursor.ts';
import { networkOf } from './fields.ts';
import { type Token, textOf } from './lexer.ts';
import { split } from './values.ts';

export const VERDICTS: ReadonlySet<string> = new Set([
  ...[
    'accept',
    'drop',
    'reject',
    'return',
    'continue',
    'jump',
    'goto',
    'queue',
    'dnat',
    'snat',
    'masquerade',
    'redirect',
    'tproxy',
    'synproxy',
    'fwd',
  ],
]);

export interface Judgement {
  /** What the statement itself needs. */
  readonly needs: Condition;
  /** Empty: the next rule. */
  readonly cases: readonly Case[];
}

/** @param cursor  at one of VERDICTS. */
export function judgementAt(cursor: Cursor, context: Context): Judgement {
  const start = cursor.at;
  const word = cursor.take();
  switch (word) {
    case 'accept':
    case 'drop':
    case 'return':
      return always({ kind: word });
    case 'continue':
      return { needs: ALWAYS, cases: [] };
    case 'jump':
    case 'goto':
      return always(jump(word, cursor, context));
    case 'reject':
      return reject(cursor);
    case 'snat':
    case 'masquerade':
      rest(cursor);
      return always({ kind: 'translate-source' });
    case 'dnat':
      return dnat(cursor, context);
    case 'redirect':
      return redirect(cursor, context);
    default:
      rest(cursor);
      return always(unknown(cursor.tokens.slice(start, cursor.at)));
  }
}

export function unknown(tokens: readonly Token[]): Verdict {
  const text = textOf(tokens);
  return { kind: 'unknown', key: text, text };
}

function always(verdict: Verdict, needs: Condition = ALWAYS): Judgement {
  return { needs, cases: [{ condition: ALWAYS, verdict }] };
}

function jump(kind: 'jump' | 'goto', cursor: Cursor, context: Context): Verdict {
  const token = cursor.token();
  const name = cursor.take();
  if (name === '{') {
    const message = 'A chain without a name is not read: give it one, and jump there.';
    context.problems.error(token ?? { start: 0, end: 0 }, 'not-supported', message);
    cursor.at = cursor.tokens.length;
  } else if (!context.table.chains.has(name)) {
    const known = [...context.table.chains.keys()];
    const message = context.problems.advised(`There is no chain ${name} in this table.`, name, known);
    context.problems.error(token ?? cursor.tokens[0] ?? { start: 0, end: 0 }, 'unknown-chain', message);
  }
  return { kind, chain: context.idOf(name) };
}

/** @see Linux, net/netfilter/nft_reject_inet.c; nftables, src/evaluate.c, stmt_evaluate_reject() */
function reject(cursor: Cursor): Judgement {
  if (!cursor.taken('with')) return always({ kind: 'reject', how: 'icmpx port-unreachable' });
  const kind = cursor.take();
  if (cursor.peek() === 'type') cursor.take();
  const how = `${kind} ${cursor.take()}`;
  const tcp: Condition = { kind: 'protocol', ranges: [{ first: 6, last: 6 }] };
  const family: Family | null = kind === 'icmp' ? 'ipv4' : kind === 'icmpv6' ? 'ipv6' : null;
  return always({ kind: 'reject', how }, kind === 'tcp' ? tcp : family === null ? ALWAYS : { kind: 'family', family });
}

/** Everything that is left, but a comment. */
function rest(cursor: Cursor): readonly Token[] {
  const start = cursor.at;
  while (!cursor.done && cursor.peek() !== 'comment') cursor.at += 1;
  return cursor.tokens.slice(start, cursor.at);
}

const FLAGS: ReadonlySet<string> = new Set(['random', 'persistent', 'fully-random', 'fully', ',']);

/** Null: a map, or something else that is not read. */
interface Goal {
  readonly family: Family | null;
  readonly destination: readonly Interval<bigint>[] | null;
  readonly port: readonly Interval<number>[] | null;
}

function dnat(cursor: Cursor, context: Context): Judgement {
  const start = cursor.at - 1;
  const words = rest(cursor).filter(({ text }) => !FLAGS.has(text));
  const goal = goalOf(words, context);
  if (goal === null) return always(unknown(cursor.tokens.slice(start, cursor.at)));
  const needs: Condition = goal.family === null ? ALWAYS : { kind: 'family', family: goal.family };
  return always({ kind: 'divert', how: 'dnat', destination: goal.destination, port: goal.port }, needs);
}

function goalOf(words: readonly Token[], context: Context): Goal | null {
  const to = words.findIndex(({ text }) => text === 'to');
  const named = words[0]?.text === 'ip6' ? 'ipv6' : words[0]?.text === 'ip' ? 'ipv4' : null;
  const target = words.slice(to + 1);
  if (target.length === 0 || to > 1) return null;
  const colon = target.findIndex(({ kind, text }) => kind === 'sign' && text === ':');
  const address = (colon < 0 ? target : target.slice(0, colon)).filter(({ text }) => text !== '[' && text !== ']');
  const port = colon < 0 ? null : portsOf(target.slice(colon + 1));
  if (colon >= 0 && port === null) return null;
  if (address.length === 0) return { family: named, destination: null, port };
  const only = context.families.length === 1 ? context.families[0] : null;
  const family = named ?? only ?? (address[0]?.text.includes(':') ? 'ipv6' : 'ipv4');
  const ends = split(address, '-').map((part) => networkOf(part.map(({ text }) => text).join(''), family));
  const [first, last = first] = ends;
  if (first === null || first === undefined || last === null || last === undefined || ends.length > 2) return null;
  return { family, destination: [{ first: first.first, last: last.last }], port };
}

function portsOf(tokens: readonly Token[]): readonly Interval<number>[] | null {
  const ends = split(tokens, '-').map((part) => portNumber(part.map(({ text }) => text).join('')));
  const [first, last = first] = ends;
  return first === null || first === undefined || last === null || last === undefined || ends.length > 2
    ? null
    : [{ first, last }];
}

/** To this host: of its own packets to the loopback address, else to the address of the interface it came in by. */
function redirect(cursor: Cursor, context: Context): Judgement {
  const start = cursor.at - 1;
  const words = rest(cursor).filter(({ text }) => !FLAGS.has(text));
  const target = words.filter(({ text }) => text !== 'to' && text !== ':');
  const port = target.length === 0 ? null : portsOf(target);
  if (target.length > 0 && port === null) return always(unknown(cursor.tokens.slice(start, cursor.at)));
  const own = context.hooks.size === 1 && context.hooks.has('output');
  const cases = context.families.map((family): Case => {
    const loopback = family === 'ipv4' ? 0x7f00_0001n : 1n;
    const highest = (1n << (family === 'ipv4' ? 32n : 128n)) - 1n;
    const here = own ? { first: loopback, last: loopback } : { first: 0n, last: highest };
    return { condition: { kind: 'family', family }, verdict: { kind: 'divert', how: 'redirect', destination: [here], port } };
  });
  const [only] = cases;
  return {
    needs: ALWAYS,
    cases: cases.length === 1 && only !== undefined ? [{ condition: allOf([]), verdict: only.verdict }] : cases,
  };
}
