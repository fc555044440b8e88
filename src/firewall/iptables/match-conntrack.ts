/**
 * What connection tracking knows of a packet. The packet is the first of its connection: its state is NEW, where the table raw has not taken
 * it out of tracking, and no reply has been seen.
 *
 * Worked example: `--ctstate RELATED,ESTABLISHED` does not hold; `--ctstate NEW,DNAT` does; `--ctstate DNAT` holds where a rule has rewritten
 * the destination, which is never so where no rule does. In the table raw, before tracking, every packet counts as INVALID.
 *
 * @see Linux, net/netfilter/xt_conntrack.c, conntrack_mt()
 */
import { allOf, anyOf, not, signed } from '../conditions.ts';
import { ALWAYS, type Condition, type ConnectionState, NEVER } from '../ruleset.ts';
import { protocolNumber } from '../services.ts';
import type { Context } from './context.ts';
import { criterionText } from './opaque.ts';
import type { ModuleOption, ModuleUse } from './options.ts';
import { commaParts, type Word } from './words.ts';

/** In the order in which iptables compares them: the first that begins as written is meant, in any case. */
const STATES = ['INVALID', 'NEW', 'ESTABLISHED', 'RELATED', 'UNTRACKED', 'SNAT', 'DNAT'];
const REAL: readonly ConnectionState[] = ['new', 'established', 'related', 'invalid', 'untracked'];

export function stateCondition(use: ModuleUse, context: Context): Condition {
  const [option] = use.options;
  const [word] = option?.values ?? [];
  if (option !== undefined && word !== undefined) return signed(statesCondition(word, context), option.inverted);
  context.problems.error(use, 'missing-value', 'The match state needs --state.');
  return ALWAYS;
}

export function conntrackCondition(use: ModuleUse, context: Context): Condition {
  if (use.options.length === 0)
    context.problems.error(use, 'missing-value', 'The match conntrack needs an option such as --ctstate.');
  const ofKind = (state: boolean): Condition[] =>
    use.options.filter(({ name }) => (name === 'ctstate') === state).map((option) => criterion(option, context));
  const [state, others] = [ofKind(true), ofKind(false)];
  if (others.length === 0) return allOf(state);
  // Of a packet without a connection nothing but the state is looked at; where that is not asked for, the match does not hold, negated or not.
  const none = context.unconnected();
  return state.length > 0 ? allOf([...state, anyOf([none, allOf(others)])]) : allOf([not(none), ...others]);
}

function criterion(option: ModuleOption, context: Context): Condition {
  const [word] = option.values;
  const text = criterionText('conntrack', option);
  if (word === undefined) return ALWAYS;
  if (option.name === 'ctstate') return signed(statesCondition(word, context), option.inverted);
  if (option.name === 'ctdir') return direction(word, context);
  if (option.name === 'ctproto') {
    const number = protocolNumber(word.text);
    if (number !== null) return signed(context.protocol(number), option.inverted);
    context.problems.error(word, 'unknown-protocol', `${word.text} is no protocol.`);
    return ALWAYS;
  }
  // What the connection began as stays the same; the rest changes when a rule translates it.
  const fixed = option.name.startsWith('ctorig');
  return signed(fixed ? context.functional(text) : later(text, context), option.inverted);
}

function direction(word: Word, context: Context): Condition {
  const direction = word.text.toUpperCase();
  if (direction === 'ORIGINAL' || direction === 'REPLY') return direction === 'ORIGINAL' ? ALWAYS : NEVER;
  context.problems.error(word, 'bad-direction', `${word.text} is neither ORIGINAL nor REPLY.`);
  return ALWAYS;
}

function statesCondition(word: Word, context: Context): Condition {
  const names = new Set<string>();
  for (const part of commaParts(word)) {
    const name = part.text === '' ? undefined : STATES.find((state) => state.startsWith(part.text.toUpperCase()));
    if (name !== undefined) names.add(name);
    else {
      const message = `${part.text === '' ? 'Nothing' : part.text} is no state of a connection.`;
      const all = 'There are NEW, ESTABLISHED, RELATED, INVALID and UNTRACKED.';
      context.problems.error(part, 'unknown-state', context.problems.advised(message, part.text, STATES, all));
    }
  }
  const states = REAL.filter((state) => names.has(state.toUpperCase()));
  const tracked = context.table === 'raw' ? beforeTracking(states, context) : afterTracking(states, context);
  return anyOf([tracked, ...(names.has('DNAT') ? [translated(context)] : [])]);
}

function afterTracking(states: readonly ConnectionState[], context: Context): Condition {
  const plain: Condition = states.length === 0 ? NEVER : { kind: 'state', states };
  const [fresh, untracked] = [states.includes('new'), states.includes('untracked')];
  if (fresh === untracked) return plain;
  return fresh ? allOf([plain, not(context.untracked())]) : anyOf([plain, context.untracked()]);
}

function beforeTracking(states: readonly ConnectionState[], context: Context): Condition {
  const [invalid, untracked] = [states.includes('invalid'), states.includes('untracked')];
  if (!context.facts.untracks || invalid === untracked) return invalid ? ALWAYS : NEVER;
  const out = context.counting('the packet has been taken out of tracking (NOTRACK) before this rule');
  return untracked ? out : not(out);
}

/** SNAT is never asked in time: sources are rewritten after every other rule has seen the first packet. */
function translated(context: Context): Condition {
  return context.facts.diverts ? later('-m conntrack --ctstate DNAT', context) : NEVER;
}

/** Filter and security are asked after any rewriting of the destination; elsewhere the answer may change between two questions. */
function later(text: string, context: Context): Condition {
  return context.table === 'filter' || context.table === 'security' ? context.functional(text) : context.counting(text);
}
