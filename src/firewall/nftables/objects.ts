/** What commands name: families, and objects beside tables, chains, rules, sets and maps. */
import type { Token } from './lexer.ts';

export const FAMILIES: ReadonlySet<string> = new Set(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev']);

/** Of these, what a command makes by its name alone. */
export const NAMED_OBJECTS: ReadonlySet<string> = new Set([
  ...['counter', 'quota', 'limit', 'ct', 'flowtable', 'secmark', 'synproxy', 'tunnel'],
]);

/** None of them judges a packet by itself. */
export const OTHER_OBJECTS: ReadonlySet<string> = new Set([
  ...['counter', 'counters', 'quota', 'quotas', 'limit', 'limits', 'ct', 'flowtable', 'secmark', 'synproxy', 'tunnel', 'meter'],
  'comment',
]);

/** The family, and how many words name it. Without a word of its own, ip. */
export function familyOf(tokens: readonly Token[]): readonly [string, number] {
  const [first] = tokens;
  return first !== undefined && FAMILIES.has(first.text) ? [first.text, 1] : ['ip', 0];
}
