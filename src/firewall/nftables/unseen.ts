/**
 * Chains of the hooks that are not looked at, with what they say.
 *
 * Worked example: of `table inet f { chain i { type filter hook ingress device "eth1" priority 0; jump mail; } chain mail { tcp dport 587 drop } }`
 * the chain `inet f/i` is one, with the rules of `mail`. Chains that only such chains call are none of those that are looked at.
 */
import { Problems } from '../problems.ts';
import type { Condition, Place, UnseenChain, UnseenRule } from '../ruleset.ts';
import { Context } from './context.ts';
import { baseText, lastingText, setText } from './lasting-text.ts';
import { textOf } from './lexer.ts';
import { calledBy, type Reach } from './reach.ts';
import { ruleOf } from './rule.ts';
import { isSign, type RawChain, type RawRule, type RawTable } from './tree.ts';

/** Frames of a bridge and packets of a device may be mail; what arp sees never is. */
const FRAMES: ReadonlySet<string> = new Set(['bridge', 'netdev']);

/** Those of a table. */
export function unseenChains(table: RawTable, context: Context, placeOf: (chain: RawChain) => Place): readonly UnseenChain[] {
  if (table.dormant) return [];
  return [...table.chains.values()]
    .filter((chain) => isUnseen(chain, table))
    .map((chain) => unseenOf(chain, table, context, placeOf));
}

/** Whether no packet meets a chain but at hooks that are not looked at. */
export function onlyUnseen(chain: RawChain, table: RawTable, reach: Reach): boolean {
  const bases = reach.get(chain.name) ?? [];
  return bases.length > 0 && bases.every((base) => isUnseen(base, table));
}

function isUnseen({ base }: RawChain, { family }: RawTable): boolean {
  if (base === null) return false;
  return FRAMES.has(family) || (family !== 'arp' && ['ingress', 'egress'].includes(base.hook.text));
}

function unseenOf(chain: RawChain, table: RawTable, context: Context, placeOf: (chain: RawChain) => Place): UnseenChain {
  const others = new Map([...table.chains.values()].map((one) => [context.idOf(one.name), rulesOf(one, context)] as const));
  return {
    kind: 'chain',
    chain: context.idOf(chain.name),
    hook: chain.base?.hook.text ?? '',
    place: placeOf(chain),
    policy: chain.policy?.text === 'drop' ? 'drop' : 'accept',
    rules: others.get(context.idOf(chain.name)) ?? [],
    others,
    content: contentOf(chain, table),
  };
}

/** As a table that sees packets would read them; what it would call a mistake may be right here, and touches whatever comes. */
function rulesOf(chain: RawChain, { table, facts, problems }: Context): readonly UnseenRule[] {
  return chain.rules.map((rule) => {
    const own = new Problems(problems.source);
    const { condition, cases } = ruleOf(rule, NOWHERE, new Context(table, own, facts, new Set()));
    const refused = own.all.some(({ severity }) => severity === 'error');
    if (refused) return { condition: { kind: 'always' }, cases: [], diverts: true };
    return { condition, cases, diverts: diverts(rule) || (cases.length === 0 && isOpen(condition)) };
  });
}

/** Words that are not understood may be a statement that does something. */
function isOpen(condition: Condition): boolean {
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.some(isOpen);
  return condition.kind === 'not' ? isOpen(condition.of) : condition.kind === 'unknown' && condition.functional;
}

const NOWHERE: Place = { file: '', line: 1, column: 1, text: '' };

/** What is written without a packet going elsewhere by it: `meta mark set 1`, `ip dscp set cs1`. */
const MARKS: ReadonlySet<string> = new Set([
  'mark',
  'priority',
  'nftrace',
  'pkttype',
  'dscp',
  'ecn',
  'ttl',
  'hoplimit',
  'size',
  'zone',
]);

function diverts({ tokens, hidden }: RawRule): boolean {
  const words = tokens.map(({ kind, text }) => (kind === 'word' ? text : ''));
  return (
    hidden !== null ||
    words.some((word, at) => (word === 'dup' && words[at + 1] === 'to') || (word === 'set' && !MARKS.has(words[at - 1] ?? '')))
  );
}

/** The chain with all that it calls, and the sets that these ask. */
function contentOf(chain: RawChain, table: RawTable): string {
  const reached = new Set([chain.name]);
  const sets = new Set<string>();
  const parts: string[] = [];
  // A set grows while it is walked.
  for (const name of reached) {
    const one = table.chains.get(name);
    parts.push(`chain ${name} ${one === undefined ? '' : baseText(one, table)}`);
    for (const rule of one?.rules ?? []) {
      parts.push(`${lastingText(textOf(rule.tokens))} ${rule.hidden ?? ''}`);
      for (const called of calledBy(rule, table)) reached.add(called);
      for (const [at, token] of rule.tokens.entries()) if (isSign(token, '@')) sets.add(rule.tokens[at + 1]?.text ?? '');
    }
  }
  const known = [...sets].sort().flatMap((name) => table.sets.get(name) ?? []);
  return [...parts, ...known.map((set) => `set ${setText(set)}`)].join('\n');
}
