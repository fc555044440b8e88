/**
 * The verdict of a rule.
 *
 * Worked example: `reject with tcp reset` needs TCP, `reject with icmp port-unreachable` IPv4; `jump mail` comes back here, `goto mail` does not.
 *
 * @see nft(8), VERDICT STATEMENT
 */
import type { Family } from '../../model/address.ts';
import { allOf } from '../conditions.ts';
import { ALWAYS, type Case, type Condition, type Verdict } from '../ruleset.ts';
import type { Context } from './context.ts';
import type { Cursor } from './cursor.ts';
import { type Token, textOf } from './lexer.ts';
import { reject } from './reject.ts';
import { dnat, redirect } from './translations.ts';
import { VERDICTS } from './words.ts';

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
      return reject(cursor, context);
    case 'snat':
    case 'masquerade':
      return sourceTranslation(cursor, context);
    case 'dnat':
      return dnat(cursor, context);
    case 'redirect':
      return redirect(cursor, context);
    case 'tproxy':
      return tproxy(cursor);
    case 'fwd':
      cursor.rest();
      return always(lost(cursor.since(start)));
    default:
      cursor.rest();
      context.assumptions.add(ASKED_OUTSIDE);
      return always(unknown(cursor.since(start)));
  }
}

/** Of a queue, and of synproxy. */
export const ASKED_OUTSIDE =
  'What is asked outside of the rules (a queue, SYNPROXY) accepts or drops a packet, and changes neither the packet nor its marks.';

/** The packet goes to a socket of this host where an accept stands behind it; without one, nobody knows here. */
function tproxy(cursor: Cursor): Judgement {
  const start = cursor.at - 1;
  const words = cursor.until(VERDICTS);
  const family = FAMILY_WORDS.get(words[0]?.text ?? '');
  const needs: Condition = family === undefined ? ALWAYS : { kind: 'family', family };
  if (!cursor.taken('accept')) {
    cursor.rest();
    return always(lost(cursor.since(start)), needs);
  }
  const socket = socketText(textOf(family === undefined ? words : words.slice(1)));
  return always({ kind: 'divert', how: 'tproxy', destination: null, port: null, socket }, needs);
}

/** In the words that iptables' TPROXY has as well; of a map its own. Statements between it and its accept are none of it. */
function socketText(text: string): string {
  const found = /^to (?:\[ ?)?([\da-f.:]*[\da-f])?(?: ?\])?(?: ?: (\d+))?(?= [a-z]|$)/.exec(text);
  const [, address, port] = found ?? [];
  const parts = [...(address === undefined ? [] : [`address ${address}`]), ...(port === undefined ? [] : [`port ${port}`])];
  return parts.length === 0 ? text.replace(/^to /, '') : parts.join(', ');
}

const FAMILY_WORDS: ReadonlyMap<string, Family> = new Map([
  ['ip', 'ipv4'],
  ['ip6', 'ipv6'],
]);

export function unknown(tokens: readonly Token[]): Verdict {
  const text = textOf(tokens);
  return { kind: 'unknown', key: text, text };
}

export function lost(tokens: readonly Token[]): Verdict {
  const text = textOf(tokens);
  return { kind: 'lost', key: text, text };
}

export function always(verdict: Verdict, needs: Condition = ALWAYS): Judgement {
  return { needs, cases: [{ condition: ALWAYS, verdict }] };
}

function jump(kind: 'jump' | 'goto', cursor: Cursor, context: Context): Verdict {
  const token = cursor.token();
  const name = cursor.take();
  if (name === '') {
    const message = `${kind} needs the name of a chain of this table behind it: ${kind} NAME.`;
    context.problems.error(cursor.tokens.at(-1) ?? { start: 0, end: 0 }, 'unknown-chain', message);
  } else if (!context.table.chains.has(name)) {
    const known = [...context.table.chains.keys()];
    const message = context.problems.advised(`There is no chain ${name} in this table.`, name, known);
    context.problems.error(token ?? cursor.tokens[0] ?? { start: 0, end: 0 }, 'unknown-chain', message);
  } else if (context.table.chains.get(name)?.base !== null) {
    const message = `The kernel refuses a ${kind} to ${name}, which is a base chain. Put its rules into a chain of their own.`;
    context.problems.error(token ?? cursor.tokens[0] ?? { start: 0, end: 0 }, 'base-chain', message);
  }
  return { kind, chain: context.idOf(name) };
}

/** `snat ip to` is of IPv4 only. What a map does not hold goes on with the next rule. */
function sourceTranslation(cursor: Cursor, { families, counting }: Context): Judgement {
  const start = cursor.at - 1;
  const family = FAMILY_WORDS.get(cursor.peek());
  const mapped = cursor.rest().some(({ kind, text }) => kind === 'word' && text === 'map');
  const how = textOf(cursor.since(start));
  const needs: Condition = family === undefined || families.length === 1 ? ALWAYS : { kind: 'family', family };
  return always({ kind: 'translate-source', how }, mapped ? allOf([needs, counting(how)]) : needs);
}
