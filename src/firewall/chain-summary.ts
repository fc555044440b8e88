/**
 * What a chain does with each packet, as disjoint sets that are together everything.
 *
 * Two neighbours of a chain are joined into one: what falls through the first meets the second. Halves before wholes: the sets in between stay
 * small, where rule after rule would drag along all that is still alive.
 *
 * Worked example: `--dport 25 -j ACCEPT`, then `-j DROP`: accepted {25}, dropped the rest, nothing returns or falls.
 */
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import { conditionSet, type Vantage } from './condition-set.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Rule, Ruleset, Verdict } from './ruleset.ts';

export interface Summary {
  readonly accepted: Bdd;
  readonly dropped: Bdd;
  /** Sent elsewhere: redirect, dnat, tproxy. */
  readonly diverted: Bdd;
  /** To the calling chain; a base chain's policy. */
  readonly returned: Bdd;
  /** To the next rule. */
  readonly fallen: Bdd;
}

const NOTHING: Summary = { accepted: EMPTY, dropped: EMPTY, diverted: EMPTY, returned: EMPTY, fallen: EMPTY };
const PASSES: Summary = { ...NOTHING, fallen: FULL };

/** Chains of one ruleset as they look from one hook. */
export class ChainSummaries {
  readonly #ruleset: Ruleset;
  readonly #space: PacketSpace;
  readonly #at: Vantage;
  readonly #done = new Map<string, Summary>();
  readonly #open = new Set<string>();

  constructor(ruleset: Ruleset, space: PacketSpace, at: Vantage) {
    this.#ruleset = ruleset;
    this.#space = space;
    this.#at = at;
  }

  /** What reaches its end or a return is `fallen`. @throws {NodeBudgetError} */
  summary(id: string): Summary {
    const before = this.#done.get(id);
    if (before !== undefined) return before;
    const chain = this.#ruleset.chains.get(id);
    if (chain === undefined || this.#open.has(id)) throw new TypeError(`a chain that is missing or calls itself: ${id}`);
    this.#open.add(id);
    const rules = chain.rules.filter(({ families }) => families.includes(this.#space.family));
    const body = this.#join(rules.map((rule) => this.#rule(rule)));
    const result = { ...body, returned: EMPTY, fallen: this.#space.manager.or(body.fallen, body.returned) };
    this.#open.delete(id);
    this.#done.set(id, result);
    return result;
  }

  #join(parts: readonly Summary[]): Summary {
    const [only = PASSES, ...more] = parts;
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
      diverted: both(first.diverted, second.diverted),
      returned: both(first.returned, second.returned),
      fallen: manager.and(fallen, second.fallen),
    };
  }

  /** The first case that holds decides; a jump that comes back goes on with the next rule, not the next case. */
  #rule({ condition, cases }: Rule): Summary {
    const { manager } = this.#space;
    if (cases.length === 0) return PASSES;
    const matching = conditionSet(this.#space, condition, this.#at);
    let [left, result] = [matching, { ...NOTHING, fallen: manager.not(matching) }];
    for (const one of cases) {
      if (left === EMPTY) break;
      const here = manager.and(left, conditionSet(this.#space, one.condition, this.#at));
      if (here === EMPTY) continue;
      left = manager.diff(left, here);
      result = this.#beside(result, here, this.#verdict(one.verdict));
    }
    return { ...result, fallen: manager.or(result.fallen, left) };
  }

  #beside(result: Summary, here: Bdd, outcome: Summary): Summary {
    const { manager } = this.#space;
    const add = (before: Bdd, more: Bdd): Bdd => manager.or(before, manager.and(here, more));
    return {
      accepted: add(result.accepted, outcome.accepted),
      dropped: add(result.dropped, outcome.dropped),
      diverted: add(result.diverted, outcome.diverted),
      returned: add(result.returned, outcome.returned),
      fallen: add(result.fallen, outcome.fallen),
    };
  }

  #verdict(verdict: Verdict): Summary {
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
        return { ...NOTHING, diverted: FULL };
      case 'jump':
        return this.summary(verdict.chain);
      case 'goto': {
        const called = this.summary(verdict.chain);
        return { ...called, returned: called.fallen, fallen: EMPTY };
      }
      case 'unknown': {
        const accepted = this.#space.unknown(`verdict ${verdict.key} in ${this.#at.hook}`);
        return { ...NOTHING, accepted, dropped: this.#space.manager.not(accepted) };
      }
    }
  }
}
