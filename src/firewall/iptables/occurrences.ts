/**
 * Names what may differ each time it is asked: by its chain, its text, and the how-manieth of that text it is in the chain.
 *
 * Worked example: of two rules of FORWARD with `-m limit --limit 1/sec` the second one asks `ip filter/FORWARD: -m limit --limit 1/sec #2`. Rules
 * before it may come and go: it keeps its name, so that two versions of a file can be compared.
 */
import { feedOf } from '../fingerprint.ts';
import type { Condition, Rule, Verdict } from '../ruleset.ts';

export class Occurrences {
  readonly #chain: string;
  readonly #seen = new Map<string, number>();

  constructor(chain: string) {
    this.#chain = chain;
  }

  name(rule: Rule): Rule {
    const condition = this.#condition(rule.condition);
    const cases = rule.cases.map((one) => ({ condition: this.#condition(one.condition), verdict: this.#verdict(one.verdict) }));
    return { ...rule, condition, cases };
  }

  #condition(condition: Condition): Condition {
    switch (condition.kind) {
      case 'all':
      case 'any':
        return { kind: condition.kind, of: condition.of.map((one) => this.#condition(one)) };
      case 'not':
        return { kind: 'not', of: this.#condition(condition.of) };
      case 'unknown':
        return condition.functional ? condition : { ...condition, key: this.#next(condition) };
      default:
        return condition;
    }
  }

  #verdict(verdict: Verdict): Verdict {
    return verdict.kind === 'unknown' || verdict.kind === 'lost' ? { ...verdict, key: this.#next(verdict) } : verdict;
  }

  #next({ key, text }: { readonly key: string; readonly text: string }): string {
    const count = (this.#seen.get(text) ?? 0) + 1;
    this.#seen.set(text, count);
    return `${this.#chain}: ${text} #${count}${feedOf(key)}`;
  }
}
