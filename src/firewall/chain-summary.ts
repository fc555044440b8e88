/**
 * What a chain does with each packet, as disjoint sets that are together everything that is looked at.
 *
 * Two neighbours of a chain are joined into one: what falls through the first meets the second. Halves before wholes: the sets in between stay
 * small, where rule after rule would drag along all that is still alive.
 *
 * Worked example: `--dport 25 -j ACCEPT`, then `-j DROP`: accepted {25}, dropped the rest, nothing returns or falls.
 */
import { type Bdd, EMPTY, FULL, NodeBudgetError } from './bdd.ts';
import { ChainTraits } from './chain-traits.ts';
import { conditionSet } from './condition-set.ts';
import type { Divert } from './divert-text.ts';
import type { Vantage } from './hooks.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Chain, Rule, Ruleset, Verdict } from './ruleset.ts';

export interface Summary {
  readonly accepted: Bdd;
  readonly dropped: Bdd;
  /** Sent elsewhere, each rule's by itself; disjoint, none empty. */
  readonly diverted: readonly Diverted[];
  /** To the calling chain; a base chain's policy. */
  readonly returned: Bdd;
  /** To the next rule. */
  readonly fallen: Bdd;
}

export interface Diverted {
  readonly verdict: Divert;
  readonly set: Bdd;
}

/** More ways to a rate limit than these are not followed. */
const MOST_PATHS = 4_096;

const NOTHING: Summary = { accepted: EMPTY, dropped: EMPTY, diverted: [], returned: EMPTY, fallen: EMPTY };

/** Chains of one ruleset. */
export class ChainSummaries {
  readonly #ruleset: Ruleset;
  readonly #space: PacketSpace;
  readonly #traits: ChainTraits;
  readonly #done = new Map<string, Summary>();
  readonly #rules = new Map<string, readonly RuleSets[]>();
  #paths = 0;

  constructor(ruleset: Ruleset, space: PacketSpace) {
    this.#ruleset = ruleset;
    this.#space = space;
    this.#traits = new ChainTraits(ruleset);
  }

  /**
   * What reaches its end or a return is `fallen`.
   *
   * @param path  through which calls it is reached: ` via priority 0`
   * @throws {NodeBudgetError}
   */
  summary(id: string, at: Vantage, path: string): Summary {
    const key = this.#keyOf(id, at, path);
    const before = this.#done.get(key);
    if (before !== undefined) return before;
    if (this.#traits.of(id).limited && ++this.#paths > MOST_PATHS)
      throw new NodeBudgetError(`more than ${MOST_PATHS} ways to a rate limit`);
    const body = this.#join(this.rules(id, at, path).map((one) => this.#rule(one)));
    const result = { ...body, returned: EMPTY, fallen: this.#space.manager.or(body.fallen, body.returned) };
    this.#done.set(key, result);
    return result;
  }

  /** The rules of a chain that decide anything, each with its packets and what becomes of them. */
  rules(id: string, at: Vantage, path: string): readonly RuleSets[] {
    const key = this.#keyOf(id, at, path);
    const before = this.#rules.get(key);
    if (before !== undefined) return before;
    const chain = this.#chain(id);
    const calls = new Map<string, number>();
    const rules = chain.rules
      .filter(({ families, cases }) => cases.length > 0 && families.includes(this.#space.family))
      .map((rule) => this.#sets(rule, at, path, (called) => this.#pathTo(called, rule, path, calls)));
    this.#rules.set(key, rules);
    return rules;
  }

  #keyOf(id: string, { hook, rewritten }: Vantage, path: string): string {
    const { limited, hanging } = this.#traits.of(id);
    return `${hook} ${hanging ? rewritten : ''} ${id}${limited ? path : ''}`;
  }

  #chain(id: string): Chain {
    const chain = this.#ruleset.chains.get(id);
    if (chain === undefined) throw new TypeError(`no chain is ${id}`);
    return chain;
  }

  /** Named by what the calling rules ask and not by chains, so that chains get other names, and rules come and go, without a new question. */
  #pathTo(called: string, { condition }: Rule, path: string, calls: Map<string, number>): string {
    if (!this.#traits.of(called).limited) return path;
    const asked = JSON.stringify(condition, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
    const count = (calls.get(asked) ?? 0) + 1;
    calls.set(asked, count);
    return `${path} via ${asked}${count === 1 ? '' : ` #${count}`}`;
  }

  #join(parts: readonly Summary[]): Summary {
    const [only = { ...NOTHING, fallen: this.#space.slice }, ...more] = parts;
    if (more.length === 0) return only;
    const middle = parts.length >> 1;
    return this.#after(this.#join(parts.slice(0, middle)), this.#join(parts.slice(middle)));
  }

  #after(first: Summary, second: Summary): Summary {
    const { manager } = this.#space;
    const { fallen } = first;
    if (fallen === EMPTY) return first;
    const both = (before: Bdd, later: Bdd): Bdd => manager.or(before, manager.and(fallen, later));
    return {
      accepted: both(first.accepted, second.accepted),
      dropped: both(first.dropped, second.dropped),
      diverted: [...first.diverted, ...this.#within(fallen, second.diverted)],
      returned: both(first.returned, second.returned),
      fallen: manager.and(fallen, second.fallen),
    };
  }

  #within(set: Bdd, diverted: readonly Diverted[]): readonly Diverted[] {
    return diverted.flatMap((one) => {
      const left = this.#space.manager.and(set, one.set);
      return left === EMPTY ? [] : [{ verdict: one.verdict, set: left }];
    });
  }

  /** The first case that holds decides. */
  #sets(rule: Rule, at: Vantage, path: string, pathTo: (chain: string) => string): RuleSets {
    const { manager, slice } = this.#space;
    const matching = manager.and(slice, conditionSet(this.#space, rule.condition, at, path));
    const cases: CaseSets[] = [];
    let left = matching;
    for (const { condition, verdict } of rule.cases) {
      if (left === EMPTY) break;
      const set = manager.and(left, conditionSet(this.#space, condition, at, path));
      left = manager.diff(left, set);
      if (set !== EMPTY) cases.push(this.#case(set, verdict, at, path, pathTo));
    }
    return { rule, cases, passed: manager.or(manager.diff(slice, matching), left) };
  }

  /** A jump that comes back goes on with the next rule, not the next case. */
  #rule({ cases, passed }: RuleSets): Summary {
    const { manager } = this.#space;
    let result: Summary = { ...NOTHING, fallen: passed };
    for (const { set, outcome } of cases) {
      const add = (before: Bdd, more: Bdd): Bdd => manager.or(before, manager.and(set, more));
      result = {
        accepted: add(result.accepted, outcome.accepted),
        dropped: add(result.dropped, outcome.dropped),
        diverted: [...result.diverted, ...this.#within(set, outcome.diverted)],
        returned: add(result.returned, outcome.returned),
        fallen: add(result.fallen, outcome.fallen),
      };
    }
    return result;
  }

  #case(set: Bdd, verdict: Verdict, at: Vantage, path: string, pathTo: (chain: string) => string): CaseSets {
    const way = verdict.kind === 'jump' || verdict.kind === 'goto' ? pathTo(verdict.chain) : path;
    return { set, verdict, path: way, outcome: this.#outcome(verdict, at, way) };
  }

  #outcome(verdict: Verdict, at: Vantage, path: string): Summary {
    switch (verdict.kind) {
      case 'accept':
      case 'translate-source':
        return { ...NOTHING, accepted: FULL };
      case 'drop':
      case 'reject':
        return { ...NOTHING, dropped: FULL };
      case 'return':
        return { ...NOTHING, returned: FULL };
      case 'divert':
        return { ...NOTHING, diverted: [{ verdict, set: FULL }] };
      case 'jump':
        return this.summary(verdict.chain, at, path);
      case 'goto': {
        const called = this.summary(verdict.chain, at, path);
        return { ...called, returned: called.fallen, fallen: EMPTY };
      }
      case 'unknown': {
        const { key, text } = verdict;
        const accepted = this.#space.unknown(`verdict ${key} in ${at.hook}${path}`, `${text} accepts`, `${text} drops`);
        return { ...NOTHING, accepted, dropped: this.#space.manager.not(accepted) };
      }
    }
  }
}

export interface RuleSets {
  readonly rule: Rule;
  /** Disjoint, none empty. */
  readonly cases: readonly CaseSets[];
  /** What the next rule looks at without a case of this one. */
  readonly passed: Bdd;
}

export interface CaseSets {
  readonly set: Bdd;
  readonly verdict: Verdict;
  /** Through which calls the called chain is reached; else as the rule itself. */
  readonly path: string;
  /** Of all packets: the case's own are to be taken of it. */
  readonly outcome: Summary;
}
