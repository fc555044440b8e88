/**
 * Which packets rules take out of connection tracking.
 *
 * Worked example: of `udp dport 53 notrack` no mail is; of `tcp dport 25 notrack` mail may be, if the rule is met.
 *
 * @see nft(8), NOTRACK STATEMENT
 */
import type { Family } from '../../model/address.ts';
import { allOf, anyOf } from '../conditions.ts';
import { fedBy } from '../fingerprint.ts';
import { UNTRACKED } from '../nat-chains.ts';
import { Problems } from '../problems.ts';
import { ALWAYS, type Condition, NEVER, type Place } from '../ruleset.ts';
import { Context, type Facts, familiesOf } from './context.ts';
import { ruleOf } from './rule.ts';
import type { RawRule, RawTable, Tree } from './tree.ts';

/** As far as the rules themselves tell: `never` where none does. */
export function untrackedIn(tree: Tree, problems: Problems, facts: Facts): Condition {
  const tables = [...tree.values()].filter(({ family }) => familiesOf(family).length > 0);
  const taken = tables.flatMap((table) =>
    [...table.chains.values()].flatMap(({ rules }) => rules.flatMap((rule) => takenBy(rule, table, problems, facts))),
  );
  const [table] = tables;
  if (taken.length === 0 || table === undefined) return NEVER;
  const key = fedBy(UNTRACKED, facts.feeding.of(UNTRACKED, table));
  return allOf([anyOf(taken), { kind: 'unknown', key, text: UNTRACKED, functional: true, about: 'packet' }]);
}

/** Families whose connections are tracked, whatever else is on the host. */
export function trackedIn(tree: Tree): ReadonlySet<Family> {
  const asking = [...tree.values()].filter(
    (table) => !table.dormant && [...table.chains.values()].some(({ rules }) => rules.some(asks)),
  );
  return new Set(asking.flatMap(({ family }) => familiesOf(family)));
}

const TRACKING: ReadonlySet<string> = new Set(['ct', 'dnat', 'snat', 'masquerade', 'redirect']);
const TRACKING_XT = /^(conntrack|state|connmark|DNAT|SNAT|MASQUERADE|REDIRECT|NETMAP|CONNMARK)$/;

/** Not of names: `jump ct`, `@ct`. */
function asks({ tokens }: RawRule): boolean {
  return tokens.some(({ kind, text }, at) => {
    if (kind !== 'word' || ['jump', 'goto', '@', 'name', 'comment', 'prefix'].includes(tokens[at - 1]?.text ?? '')) return false;
    return TRACKING.has(text) || (text === 'xt' && TRACKING_XT.test(tokens[at + 2]?.text ?? ''));
  });
}

const NOWHERE: Place = { file: '', line: 1, column: 1, text: '' };

/** What stands before the statement has to hold. */
function takenBy(rule: RawRule, table: RawTable, { source }: Problems, facts: Facts): readonly Condition[] {
  const { tokens, hidden } = rule;
  const at = tokens.findIndex(
    ({ kind, text }, index) =>
      kind === 'word' && (text === 'notrack' || (text === 'xt' && /^(CT|NOTRACK)$/.test(tokens[index + 2]?.text ?? ''))),
  );
  if (at < 0 && (hidden === null || !/\b(notrack|CT|NOTRACK)\b/.test(hidden))) return [];
  const before = { ...rule, tokens: at < 0 ? tokens : tokens.slice(0, at), hidden: null };
  const families = familiesOf(table.family);
  const ofFamily = anyOf(families.map((family): Condition => ({ kind: 'family', family })));
  const { condition } = ruleOf(before, NOWHERE, new Context(table, new Problems(source), facts, new Set()));
  return [allOf([families.length > 1 ? ALWAYS : ofFamily, counts(condition) ? ALWAYS : condition])];
}

/** It may have held then, and not now. */
function counts(condition: Condition): boolean {
  if (condition.kind === 'not') return counts(condition.of);
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.some(counts);
  return condition.kind === 'unknown' && !condition.functional;
}
