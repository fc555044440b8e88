/**
 * Rate limits and their like, of two versions of a configuration: which one of the later is which one of the earlier. Each of them is an open
 * question of its own; a rule that is only moved, renumbered or put into a chain of another name must not become a new question.
 *
 * Worked example: a rule `--dport 22 -m limit --limit 1/sec -j ACCEPT` is put before `--dport 25 -m limit --limit 1/sec -j ACCEPT`. The parser numbers
 * them 1 and 2; the one of port 25 was 1 before the change. It gets its old name here, and the other one a new name.
 */
import { groupBy } from '../model/group-by.ts';
import type { Condition, Rule, Ruleset, Verdict } from './ruleset.ts';

/** `after`, in which whatever is in `before` as well has the key that it has there. */
export function aligned(before: Ruleset, after: Ruleset): Ruleset {
  const [earlier, later] = [occurrencesOf(before), occurrencesOf(after)];
  if (later.length === 0) return after;
  const keys = pair(earlier, later);
  const taken = new Set(earlier.map(({ key }) => key));
  const rename = (key: string): string => keys.get(key) ?? (taken.has(key) ? `${key} (after)` : key);
  const chains = [...after.chains].map(
    ([id, chain]) => [id, { ...chain, rules: chain.rules.map((rule) => renamed(rule, rename)) }] as const,
  );
  return { ...after, chains: new Map(chains) };
}

interface Occurrence {
  readonly key: string;
  readonly chain: string;
  readonly text: string;
  /** Its rule without keys and names of chains. */
  readonly rule: string;
}

/** From the surest sign to the weakest; what was taken by one is not looked at by the next. */
const SIGNS: readonly ((occurrence: Occurrence) => string)[] = [
  ({ chain, rule, text }) => JSON.stringify([chain, rule, text]),
  ({ rule, text }) => JSON.stringify([rule, text]),
  ({ chain, text }) => JSON.stringify([chain, text]),
  ({ text }) => text,
];

/** Keys of `later`, with the key of its counterpart in `earlier`. */
function pair(earlier: readonly Occurrence[], later: readonly Occurrence[]): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  const taken = new Set<string>();
  for (const sign of SIGNS) {
    const waiting = groupBy(
      earlier.filter(({ key }) => !taken.has(key)),
      sign,
    );
    for (const one of later.filter(({ key }) => !pairs.has(key))) {
      const counterpart = waiting.get(sign(one))?.shift();
      if (counterpart === undefined) continue;
      pairs.set(one.key, counterpart.key);
      taken.add(counterpart.key);
    }
  }
  return pairs;
}

function occurrencesOf({ chains }: Ruleset): readonly Occurrence[] {
  return [...chains.values()].flatMap(({ id, rules }) =>
    rules.flatMap((rule) => {
      const found = new Map<string, string>();
      renamed(rule, (key, text) => {
        found.set(key, text);
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
  return verdict.kind === 'unknown' ? { ...verdict, key: rename(verdict.key, verdict.text) } : verdict;
}
