/**
 * Statements that rewrite a destination.
 *
 * Worked example: `dnat ip to 10.0.0.5:2525` needs IPv4, changes destination and port and ends its nat chain with accept; `redirect to :2525` goes to
 * this host. `dnat ip to tcp dport map { 25 : 10.0.0.5 }` leaves every other port to the next rule.
 *
 * @see nft(8), NAT STATEMENTS
 */
import type { Family } from '../../model/address.ts';
import { allOf } from '../conditions.ts';
import { ALWAYS, type Case, type Condition, type Interval, type Verdict } from '../ruleset.ts';
import { portNumber } from '../services.ts';
import type { Context } from './context.ts';
import { Cursor } from './cursor.ts';
import { networkOf } from './fields.ts';
import { type Token, textOf } from './lexer.ts';
import { subjectAt } from './subject.ts';
import { isSign } from './tree.ts';
import { keyOf, split } from './values.ts';
import { casesOf, elementsAt } from './verdict-maps.ts';
import { always, type Judgement } from './verdicts.ts';

const FLAGS: ReadonlySet<string> = new Set(['random', 'persistent', 'fully-random', 'fully', 'prefix', ',']);

/** `ip`, `ip prefix`, `ip addr . port`: before `to`. */
const KINDS = ['ip', 'ip6', 'addr', '.', 'port', 'prefix', 'interval'];

/** @param cursor  behind `dnat`. */
export function dnat(cursor: Cursor, context: Context): Judgement {
  const start = cursor.at - 1;
  const named = cursor.peek() === 'ip6' ? 'ipv6' : cursor.peek() === 'ip' ? 'ipv4' : null;
  while (cursor.peek() !== 'to' && cursor.taken(...KINDS));
  if (!cursor.taken('to')) return anywhere(cursor, start, context);
  const mapped = mapAt(cursor, context, (data) => {
    const goal = goalOf(data, '.', named, context);
    return goal === null ? null : diverted(goal);
  });
  if (mapped !== null) return mapped;
  const goal = goalOf(targetOf(cursor), ':', named, context);
  return goal === null ? anywhere(cursor, start, context) : always(diverted(goal), needsOf(goal));
}

/** It sends elsewhere, where a map or something else that is not read has an answer; nobody knows where to. */
function anywhere(cursor: Cursor, start: number, context: Context): Judgement {
  cursor.rest();
  return { needs: context.counting(textOf(cursor.since(start))), cases: elsewhere(context) };
}

/** To any address and port. */
export function elsewhere({ families }: Context): readonly Case[] {
  return families.map((family): Case => {
    const last = (1n << (family === 'ipv4' ? 32n : 128n)) - 1n;
    const verdict: Verdict = {
      kind: 'divert',
      how: 'dnat',
      destination: [{ first: 0n, last }],
      port: [{ first: 0, last: 65_535 }],
    };
    return { condition: { kind: 'family', family }, verdict };
  });
}

/** What is rewritten by a map: each element a case. Null, and nothing taken, where there is none. */
function mapAt(cursor: Cursor, context: Context, read: (data: readonly Token[]) => Verdict | null): Judgement | null {
  const start = cursor.at;
  const end = cursor.tokens.findIndex(({ kind, text }, at) => at >= start && kind === 'word' && text === 'map');
  const subject = end < 0 ? null : subjectAt(new Cursor(cursor.tokens.slice(start, end)), context);
  if (subject === null) return null;
  cursor.at = end + 1;
  const elements = elementsAt(cursor, context);
  const flags = cursor.rest().every(({ text }) => FLAGS.has(text));
  const words = cursor.tokens.slice(start - 2, cursor.at);
  if (elements === null || !flags)
    return { needs: allOf([subject.needs, context.counting(textOf(words))]), cases: elsewhere(context) };
  const cases = casesOf(subject, elements, context, (data) => {
    const verdict = read(keyOf(data));
    return verdict === null ? elsewhere(context) : [{ condition: ALWAYS, verdict }];
  });
  return { needs: subject.needs, cases };
}

function targetOf(cursor: Cursor): readonly Token[] {
  return cursor.rest().filter(({ text }) => !FLAGS.has(text));
}

interface Goal {
  readonly family: Family | null;
  readonly destination: readonly Interval<bigint>[] | null;
  readonly port: readonly Interval<number>[] | null;
}

function diverted({ destination, port }: Goal): Verdict {
  return { kind: 'divert', how: 'dnat', destination, port };
}

function needsOf({ family }: Goal): Condition {
  return family === null ? ALWAYS : { kind: 'family', family };
}

/** Null: something that is not read. @param sign  between address and port. */
function goalOf(target: readonly Token[], sign: ':' | '.', named: Family | null, context: Context): Goal | null {
  if (target.length === 0) return null;
  const between = target.findIndex((token) => isSign(token, sign));
  const address = (between < 0 ? target : target.slice(0, between)).filter(({ text }) => text !== '[' && text !== ']');
  const port = between < 0 ? null : portsOf(target.slice(between + 1));
  if (between >= 0 && port === null) return null;
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

/** @param cursor  behind `redirect`. */
export function redirect(cursor: Cursor, context: Context): Judgement {
  const start = cursor.at - 1;
  if (cursor.taken('to')) cursor.taken(':');
  const mapped = mapAt(cursor, context, (data) => {
    const port = portsOf(data);
    return port === null ? null : { kind: 'divert', how: 'redirect', destination: null, port };
  });
  if (mapped !== null) return { needs: mapped.needs, cases: mapped.cases.flatMap((one) => toThisHost(one, context)) };
  const target = targetOf(cursor);
  const port = target.length === 0 ? null : portsOf(target);
  if (target.length > 0 && port === null) {
    const { needs, cases } = anywhere(cursor, start, context);
    return { needs, cases: cases.flatMap((one) => toThisHost(one, context)) };
  }
  const verdict: Verdict = { kind: 'divert', how: 'redirect', destination: null, port };
  return { needs: ALWAYS, cases: toThisHost({ condition: ALWAYS, verdict }, context) };
}

/** Of its own packets to the loopback address, else to the address of the interface it came in by. */
export function toThisHost(one: Case, context: Context): readonly Case[] {
  const { condition, verdict } = one;
  if (verdict.kind !== 'divert') return [one];
  const own = context.hooks.size === 1 && context.hooks.has('output');
  const cases = context.families.map((family): Case => {
    const loopback = family === 'ipv4' ? 0x7f00_0001n : 1n;
    const highest = (1n << (family === 'ipv4' ? 32n : 128n)) - 1n;
    const here = own ? { first: loopback, last: loopback } : { first: 0n, last: highest };
    return {
      condition: allOf([condition, { kind: 'family', family }]),
      verdict: { ...verdict, how: 'redirect', destination: [here] },
    };
  });
  const [only] = cases;
  return cases.length === 1 && only !== undefined ? [{ condition, verdict: only.verdict }] : cases;
}
