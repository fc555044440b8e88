/**
 * Rate limits and their like, of two versions of a configuration: which one of the later is which one of the earlier. Each of them is an open
 * question of its own; a rule that is only moved, renumbered or put into a chain of another name must not become a new question.
 *
 * Worked example: a rule `--dport 22 -m limit --limit 1/sec -j ACCEPT` is put before `--dport 25 -m limit --limit 1/sec -j ACCEPT`. The parser numbers
 * them 1 and 2; the one of port 25 was 1 before the change. It gets its old name here, and the other one a new name.
 */
import { groupBy } from '../model/group-by.ts';
import { feedOf } from './fingerprint.ts';
import type { Chain, Condition, Rule, Ruleset, Verdict } from './ruleset.ts';

/** `after`, in which whatever is in `before` as well has the key that it has there, and a chain that has a new name only its old one. */
export function aligned(before: Ruleset, after: Ruleset): Ruleset {
  if (!mayBeLimited(after)) return after;
  const named = withChainNames(after, chainPairs(before, after));
  const [earlier, later] = [occurrencesOf(before), occurrencesOf(named)];
  const keys = pair(earlier, later, SIGNS, ({ key }) => key);
  const taken = new Set(earlier.map(({ key }) => key));
  const rename = (key: string): string => keys.get(key) ?? (taken.has(key) ? `${key} (after)` : key);
  return withRules(named, (rule) => renamed(rule, rename));
}

function mayBeLimited(ruleset: Ruleset): boolean {
  return occurrencesOf(ruleset).length > 0;
}

interface Occurrence {
  readonly key: string;
  readonly chain: string;
  readonly text: string;
  /** Its rule without keys and names of chains. */
  readonly rule: string;
}

/** From the surest to the weakest; what was taken by one is not looked at by the next. */
const SIGNS: readonly ((occurrence: Occurrence) => string)[] = [
  ({ chain, rule, text }) => JSON.stringify([chain, rule, text]),
  ({ rule, text }) => JSON.stringify([rule, text]),
  ({ chain, text }) => JSON.stringify([chain, text]),
  ({ text }) => text,
];

/** Names of `later`, with the name of its counterpart in `earlier`: the first that is left with the same sign. */
function pair<T>(
  earlier: readonly T[],
  later: readonly T[],
  signs: readonly ((one: T) => string)[],
  nameOf: (one: T) => string,
): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  const taken = new Set<string>();
  for (const sign of signs) {
    const waiting = groupBy(
      earlier.filter((one) => !taken.has(nameOf(one))),
      sign,
    );
    for (const one of later.filter((candidate) => !pairs.has(nameOf(candidate)))) {
      const counterpart = waiting.get(sign(one))?.shift();
      if (counterpart === undefined) continue;
      pairs.set(nameOf(one), nameOf(counterpart));
      taken.add(nameOf(counterpart));
    }
  }
  return pairs;
}

/** Chains that only one side has: by what is in them, then in turn. A wrong pair costs a condition, never an answer. */
function chainPairs(before: Ruleset, after: Ruleset): ReadonlyMap<string, string> {
  const gone = [...before.chains.values()].filter(({ id }) => !after.chains.has(id));
  const come = [...after.chains.values()].filter(({ id }) => !before.chains.has(id));
  const content = ({ rules }: Chain): string => JSON.stringify(rules.map(signatureOf));
  return pair(gone, come, [content, () => ''], ({ id }) => id);
}

function withChainNames(ruleset: Ruleset, names: ReadonlyMap<string, string>): Ruleset {
  if (names.size === 0) return ruleset;
  const name = (id: string): string => names.get(id) ?? id;
  const called = (verdict: Verdict): Verdict =>
    verdict.kind === 'jump' || verdict.kind === 'goto' ? { ...verdict, chain: name(verdict.chain) } : verdict;
  const rules = withRules(ruleset, (rule) => ({
    ...rule,
    cases: rule.cases.map((one) => ({ ...one, verdict: called(one.verdict) })),
  }));
  return {
    ...rules,
    bases: ruleset.bases.map((base) => ({ ...base, chain: name(base.chain) })),
    chains: new Map([...rules.chains].map(([id, chain]) => [name(id), { ...chain, id: name(id) }])),
  };
}

function withRules(ruleset: Ruleset, change: (rule: Rule) => Rule): Ruleset {
  const chains = [...ruleset.chains].map(([id, chain]) => [id, { ...chain, rules: chain.rules.map(change) }] as const);
  return { ...ruleset, chains: new Map(chains) };
}

function occurrencesOf({ chains }: Ruleset): readonly Occurrence[] {
  return [...chains.values()].flatMap(({ id, rules }) =>
    rules.flatMap((rule) => {
      const found = new Map<string, string>();
      renamed(rule, (key, text) => {
        // What is fed by something else is another question.
        found.set(key, `${text}${feedOf(key)}`);
        return key;
      });
      if (found.size === 0) return [];
      const signature = signatureOf(rule);
      return [...found].map(([key, text]) => ({ key, text, chain: id, rule: signature }));
    }),
  );
}

/** Numbers of addresses are bigints, which JSON does not know. */
function signatureOf(rule: Rule): string {
  const { condition, cases } = renamed(rule, () => '');
  return JSON.stringify([condition, cases], (name, value: unknown) => {
    if (typeof value === 'bigint') return `${value}`;
    return name === 'chain' ? '' : value;
  });
}

type Rename = (key: string, text: string) => string;

function renamed(rule: Rule, rename: Rename): Rule {
  const cases = rule.cases.map((one) => ({
    condition: renamedCondition(one.condition, rename),
    verdict: renamedVerdict(one.verdict, rename),
  }));
  return { ...rule, condition: renamedCondition(rule.condition, rename), cases };
}

function renamedCondition(condition: Condition, rename: Rename): Condition {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return { kind: condition.kind, of: condition.of.map((one) => renamedCondition(one, rename)) };
    case 'not':
      return { kind: 'not', of: renamedCondition(condition.of, rename) };
    case 'unknown':
      return condition.functional ? condition : { ...condition, key: rename(condition.key, condition.text) };
    default:
      return condition;
  }
}

function renamedVerdict(verdict: Verdict, rename: Rename): Verdict {
  return verdict.kind === 'unknown' || verdict.kind === 'lost' ? { ...verdict, key: rename(verdict.key, verdict.text) } : verdict;
}
