/**
 * What a chain says of each packet: one diagram whose terminals are what becomes of it. Packets of which it says nothing go on where it was called
 * from.
 *
 * Two neighbours of a chain are joined into one, the first over the second, in a balanced tree: the diagrams in between stay small, where rule after
 * rule would drag along all that is still alive. The tree is kept, so that a set of packets finds the rules that it meets without a look at all
 * others.
 *
 * Worked example: `--dport 25 -j ACCEPT`, then `-s 10.0.0.9 -j RETURN`, then `-j DROP`: port 25 leads to accept, of the rest 10.0.0.9 to return, and
 * all others to drop. Of the chain as a whole nothing is said of what returns.
 */

import { remembered } from '../model/remembered.ts';
import { type Bdd, EMPTY, FULL, NodeBudgetError } from './bdd.ts';
import { type ChainTraits, traitsOf } from './chain-traits.ts';
import {
  type Called,
  type CaseSet,
  type ChainTree,
  callsOf,
  type Leaf,
  type Lost,
  leavesOf,
  type Summary,
} from './chain-tree.ts';
import { conditionSet, gated } from './condition-set.ts';
import type { Divert } from './divert-text.ts';
import type { Vantage } from './hooks.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Case, Chain, Rule, Ruleset, Verdict } from './ruleset.ts';

/** More ways to a rate limit than these are not followed. */
const MOST_PATHS = 4_096;

const LEADS_ON: ReadonlySet<Verdict['kind']> = new Set(['jump', 'goto', 'divert', 'lost']);

/** Chains of one ruleset. */
export class ChainSummaries {
  readonly #ruleset: Ruleset;
  readonly #space: PacketSpace;
  readonly #traits: ChainTraits;
  readonly #said = new Map<string, Bdd>();
  readonly #trees = new Map<string, ChainTree | null>();
  readonly #called = new Map<string, readonly Called[]>();
  readonly #summaries = new Map<string, Summary>();
  readonly #diverts = new Map<Bdd, Divert>();
  readonly #silent = new Set<Rule>();
  readonly #dropped: Bdd;
  readonly #returned: Bdd;
  readonly #lost: Lost;
  #paths = 0;

  constructor(ruleset: Ruleset, space: PacketSpace) {
    this.#ruleset = ruleset;
    this.#space = space;
    this.#traits = traitsOf(ruleset);
    this.#dropped = space.terminal('drop');
    this.#returned = space.terminal('return');
    this.#lost = { accepted: space.terminal('lost, accepted'), redirected: space.terminal('lost, redirected') };
  }

  /**
   * What reaches its end or a return is `fallen`.
   *
   * @param path  through which calls it is reached: ` via priority 0`
   * @throws {NodeBudgetError}
   */
  summary(id: string, at: Vantage, path: string): Summary {
    const { manager, slice } = this.#space;
    return remembered(this.#summaries, this.#keyOf(id, at, path), () => {
      const said = this.#saidOf(id, at, path);
      const { diverting, losing } = this.#traits.of(id);
      const diverts = diverting ? [...this.#diverts] : [];
      const lost = (terminal: Bdd): Bdd => (losing ? manager.is(said, terminal) : EMPTY);
      return {
        accepted: manager.is(said, FULL),
        diverted: diverts
          .map(([terminal, verdict]) => ({ verdict, set: manager.is(said, terminal) }))
          .filter(({ set }) => set !== EMPTY),
        lost: { accepted: lost(this.#lost.accepted), redirected: lost(this.#lost.redirected) },
        fallen: manager.diff(slice, said),
      };
    });
  }

  /** The rules of a chain that say anything of any packet, returns and calls as well; null where there are none. @throws {NodeBudgetError} */
  tree(id: string, at: Vantage, path: string): ChainTree | null {
    return remembered(this.#trees, this.#keyOf(id, at, path), () => {
      if (this.#traits.of(id).limited && ++this.#paths > MOST_PATHS)
        throw new NodeBudgetError(`more than ${MOST_PATHS} ways to a rate limit`);
      const calls = new Map<string, number>();
      const leaves = this.#chain(id).rules.flatMap((rule) => {
        if (rule.cases.length === 0 || !rule.families.includes(this.#space.family)) return [];
        const leaf = this.#leaf(rule, at, path, calls);
        // Packets that are led into a chain which says nothing of them meet its rules all the same.
        return leaf.said === EMPTY && !this.#silent.has(rule) ? [] : [leaf];
      });
      return leaves.length === 0 ? null : this.#join(leaves, 0, leaves.length);
    });
  }

  /** The chains that it calls, each once for every way to it. */
  called(id: string, at: Vantage, path: string): readonly Called[] {
    return remembered(this.#called, this.#keyOf(id, at, path), () => {
      const tree = this.tree(id, at, path);
      const calls = tree === null ? [] : leavesOf(tree).flatMap(callsOf);
      return [...new Map(calls.map((one) => [`${one.chain}${one.way}`, one])).values()];
    });
  }

  /** The cases of a rule that some packet meets: the first one that holds decides. */
  cases({ rule, ways, said }: Leaf, at: Vantage, path: string): readonly CaseSet[] {
    const { manager } = this.#space;
    const [only] = rule.cases;
    // Of an ending nothing else is said.
    if (only !== undefined && rule.cases.length === 1 && this.#ending(only.verdict) !== null)
      return [{ set: manager.where(FULL, said), verdict: only.verdict, way: path, said }];
    let left = gated(this.#space, rule.condition, at, path, FULL);
    return rule.cases.flatMap(({ condition, verdict }, index) => {
      const set = manager.and(left, conditionSet(this.#space, condition, at, path));
      left = manager.diff(left, set);
      const way = ways[index] ?? path;
      return set === EMPTY ? [] : [{ set, verdict, way, said: this.#verdict(verdict, at, way) }];
    });
  }

  /** What returns is not told of the chain as a whole. */
  #saidOf(id: string, at: Vantage, path: string): Bdd {
    return remembered(this.#said, this.#keyOf(id, at, path), () => {
      const said = this.tree(id, at, path)?.said ?? EMPTY;
      return this.#traits.of(id).returning ? this.#space.manager.without(said, this.#returned) : said;
    });
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

  #join(leaves: readonly ChainTree[], from: number, to: number): ChainTree {
    const only = leaves[from];
    if (only !== undefined && to - from === 1) return only;
    const middle = (from + to) >> 1;
    const [first, second] = [this.#join(leaves, from, middle), this.#join(leaves, middle, to)];
    const said = this.#space.manager.over(first.said, second.said);
    return { kind: 'rules', said, leads: first.leads || second.leads, first, second };
  }

  #leaf(rule: Rule, at: Vantage, path: string, calls: Map<string, number>): Leaf {
    const ways = rule.cases.map(({ verdict }) => this.#wayOf(verdict, rule, path, calls));
    const leads = rule.cases.some(({ verdict }) => LEADS_ON.has(verdict.kind));
    return { kind: 'rule', rule, ways, leads, said: this.#rule(rule, at, path, ways) };
  }

  /** Named by what the calling rules ask and not by chains, so that chains get other names, and rules come and go, without a new question. */
  #wayOf(verdict: Verdict, { condition }: Rule, path: string, calls: Map<string, number>): string {
    if ((verdict.kind !== 'jump' && verdict.kind !== 'goto') || !this.#traits.of(verdict.chain).limited) return path;
    const asked = JSON.stringify(condition, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
    const count = (calls.get(asked) ?? 0) + 1;
    calls.set(asked, count);
    return `${path} via ${asked}${count === 1 ? '' : ` #${count}`}`;
  }

  #rule(rule: Rule, at: Vantage, path: string, ways: readonly string[]): Bdd {
    const { manager } = this.#space;
    const { condition, cases } = rule;
    const [only] = cases;
    const ending = only?.condition.kind === 'always' ? this.#ending(only.verdict) : null;
    if (ending !== null) return gated(this.#space, condition, at, path, ending);
    const matching = gated(this.#space, condition, at, path, FULL);
    // Nothing is called for packets that are not looked at.
    if (matching === EMPTY) return EMPTY;
    const said = manager.gate(matching, this.#cases(cases, at, path, ways));
    if (said === EMPTY) this.#silent.add(rule);
    return said;
  }

  /** From the last case up. A jump that comes back goes on with the next rule, not the next case. */
  #cases(cases: readonly Case[], at: Vantage, path: string, ways: readonly string[]): Bdd {
    const { manager } = this.#space;
    return cases.reduceRight((later, { condition, verdict }, index) => {
      const set = conditionSet(this.#space, condition, at, path);
      const here = manager.gate(set, this.#verdict(verdict, at, ways[index] ?? path));
      return manager.over(here, manager.gate(manager.not(set), later));
    }, EMPTY);
  }

  #verdict(verdict: Verdict, at: Vantage, path: string): Bdd {
    const { manager } = this.#space;
    switch (verdict.kind) {
      case 'jump':
        return this.#saidOf(verdict.chain, at, path);
      // What it comes back from goes on where this chain was called from.
      case 'goto':
        return manager.over(this.#saidOf(verdict.chain, at, path), this.#returned);
      case 'unknown': {
        const { key, text } = verdict;
        const accepted = this.#space.unknown(`verdict ${key} in ${at.hook}${path}`, `${text} accepts`, `${text} drops`);
        return manager.over(accepted, this.#dropped);
      }
      case 'lost':
        return this.#lostBy(verdict, at);
      default:
        return this.#ending(verdict) ?? EMPTY;
    }
  }

  /** A packet meets such a rule once in a hook: its way ends there. */
  #lostBy({ key, text }: Extract<Verdict, { readonly kind: 'lost' }>, { hook }: Vantage): Bdd {
    const { manager } = this.#space;
    const passes = this.#space.unknown(`${key} passes in ${hook}`, `${text} lets it pass`, `${text} does not let it pass`);
    const diverts = this.#space.unknown(
      `${key} diverts in ${hook}`,
      `${text} sends it elsewhere`,
      `${text} does not send it elsewhere`,
    );
    const passed = manager.over(manager.gate(diverts, this.#lost.redirected), this.#lost.accepted);
    return manager.over(manager.gate(passes, passed), this.#dropped);
  }

  /** Null where it is not the same for every packet. */
  #ending(verdict: Verdict): Bdd | null {
    switch (verdict.kind) {
      case 'accept':
      case 'translate-source':
        return FULL;
      case 'drop':
      case 'reject':
        return this.#dropped;
      case 'return':
        return this.#returned;
      case 'divert':
        return this.#divert(verdict);
      default:
        return null;
    }
  }

  #divert(verdict: Divert): Bdd {
    const { how, destination, port, socket } = verdict;
    const key = JSON.stringify([how, destination, port, socket], (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    const terminal = this.#space.terminal(`divert ${key}`);
    this.#diverts.set(terminal, verdict);
    return terminal;
  }
}
