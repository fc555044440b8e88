/**
 * Which rules the packets of a region meet, forwards: chain after chain, what reaches it from all of its callers in one set.
 *
 * Worked example: of a region {25, 587}, `-A FORWARD -p tcp --dport 25 -j MAIL`, `-A FORWARD -j ACCEPT` and `-A MAIL -s 10.0.0.9 -j DROP`: the
 * call meets {25}, the drop those of 10.0.0.9, and the accept the rest of both: what comes back from MAIL as well.
 *
 * Behind a rule that rewrites the destination packets are others. They are followed as they are then, and each set that is found there can be
 * told as the packets that it was at the beginning.
 */
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import type { CaseSets, RuleSets } from './chain-summary.ts';
import type { Divert } from './divert-text.ts';
import type { Onward, Point } from './onward.ts';
import type { PacketSpace } from './packet-space.ts';
import type { BaseChain, Hook, Rule, Verdict } from './ruleset.ts';

export interface Visitor {
  /** Every case of a rule that some packet of the region meets. */
  readonly rule: (meeting: Meeting) => void;
  /** Packets that are left to a base chain's policy. */
  readonly policy: (base: BaseChain, where: Where, set: Bdd) => void;
}

export interface Meeting {
  readonly where: Where;
  readonly base: BaseChain;
  readonly chain: string;
  readonly rule: Rule;
  readonly verdict: Verdict;
  /** Packets, as they are there, that the rule decides or sends to another chain; not empty. */
  readonly set: Bdd;
  /** Packets that reach its chain, and would meet it if it were the first one there. */
  readonly alone: Bdd;
  /** Of an unknown verdict, the part that is accepted; else all. */
  readonly accepted: Bdd;
}

export interface Where {
  readonly point: Point;
  /** The packets at the beginning, of the region, that a set here was. */
  readonly origin: (set: Bdd) => Bdd;
}

export function follow(onward: Onward, space: PacketSpace, start: Hook, region: Bdd, visitor: Visitor): void {
  const { manager } = space;
  const live = manager.and(region, space.slice);
  new Flow(onward, space, visitor).go(live, { point: onward.start(start), origin: (set) => manager.and(live, set) });
}

class Flow {
  readonly #onward: Onward;
  readonly #space: PacketSpace;
  readonly #visitor: Visitor;

  constructor(onward: Onward, space: PacketSpace, visitor: Visitor) {
    this.#onward = onward;
    this.#space = space;
    this.#visitor = visitor;
  }

  go(region: Bdd, start: Where): void {
    let [live, where]: [Bdd, Where] = [region, start];
    while (live !== EMPTY) {
      const base = this.#onward.baseAt(where.point);
      const next = this.#onward.next(where.point);
      if (base !== null && base !== 'skipped') live = this.#through(base, live, where);
      if (next === null) return;
      [live, where] = this.#moved(live, where, next);
    }
  }

  /** On to the next base chain, or into the next hook, where the way out of a rewritten packet is chosen anew. */
  #moved(live: Bdd, where: Where, next: Point): [Bdd, Where] {
    if (next.hook === where.point.hook || !this.#onward.isRouted(next)) return [live, { ...where, point: next }];
    const { manager } = this.#space;
    const values = this.#onward.wayOut(next.bound);
    const origin = (set: Bdd): Bdd =>
      where.origin(manager.and(live, manager.exists(manager.and(values.within, set), values.first, values.last)));
    return [manager.and(values.within, manager.exists(live, values.first, values.last)), { point: next, origin }];
  }

  /** What goes on behind a base chain. */
  #through(base: BaseChain, live: Bdd, where: Where): Bdd {
    const { manager } = this.#space;
    const nodes = this.#inOrder(base.chain, where.point);
    const reach = new Map<string, Bdd>([[nodes[0]?.key ?? '', live]]);
    for (const node of nodes) {
      const here = reach.get(node.key) ?? EMPTY;
      if (here !== EMPTY) this.#chain(node, here, { base, where, reach });
    }
    const { accepted, fallen } = this.#onward.summaries.summary(base.chain, where.point, this.#onward.pathTo(where.point));
    const left = manager.and(live, fallen);
    if (left !== EMPTY) this.#visitor.policy(base, where, left);
    return manager.and(live, base.policy === 'drop' ? accepted : manager.or(accepted, fallen));
  }

  #chain(node: ChainNode, entering: Bdd, visit: Visit): void {
    const { manager } = this.#space;
    let left = entering;
    for (const { rule, cases } of node.rules) {
      let passed = left;
      for (const one of cases) {
        const set = manager.and(left, one.set);
        if (set === EMPTY) continue;
        this.#meet(node, rule, one, { ...visit, set, alone: manager.and(entering, one.set) });
        passed = manager.or(manager.diff(passed, set), manager.and(set, one.outcome.fallen));
      }
      left = passed;
      if (left === EMPTY) return;
    }
  }

  #meet(node: ChainNode, rule: Rule, { verdict, path, outcome }: CaseSets, visit: Visit & { set: Bdd; alone: Bdd }): void {
    const { manager } = this.#space;
    const { base, where, set, alone, reach } = visit;
    const accepted = manager.and(set, verdict.kind === 'unknown' ? outcome.accepted : FULL);
    this.#visitor.rule({ where, base, chain: node.id, rule, verdict, set, alone, accepted });
    if (verdict.kind === 'jump' || verdict.kind === 'goto') {
      const key = nodeKey(verdict.chain, path);
      reach.set(key, manager.or(reach.get(key) ?? EMPTY, set));
    }
    if (verdict.kind === 'divert') this.#divert(verdict, set, where);
  }

  #divert(verdict: Divert, set: Bdd, where: Where): void {
    for (const { point, when } of this.#onward.diverted(where.point, verdict))
      this.#sent(verdict, this.#space.manager.and(set, when), where, point);
  }

  #sent(verdict: Divert, set: Bdd, where: Where, point: Point): void {
    if (set === EMPTY) return;
    const { manager } = this.#space;
    const values = this.#onward.valuesOf(verdict);
    const behind: Where =
      values === null
        ? { point, origin: (found) => where.origin(manager.and(set, found)) }
        : {
            point,
            origin: (found) =>
              where.origin(manager.and(set, manager.exists(manager.and(values.within, found), values.first, values.last))),
          };
    const image = values === null ? set : manager.and(values.within, manager.exists(set, values.first, values.last));
    this.go(manager.and(image, this.#space.slice), behind);
  }

  /** Callers before called, the base chain first. A chain with a rate limit is one of its own for each way to it. */
  #inOrder(base: string, point: Point): readonly ChainNode[] {
    const done = new Set<string>();
    const order: ChainNode[] = [];
    const visit = (id: string, path: string): void => {
      const key = nodeKey(id, path);
      if (done.has(key)) return;
      done.add(key);
      const rules = this.#onward.summaries.rules(id, point, path);
      for (const { cases } of rules)
        for (const { verdict, path: way } of cases)
          if (verdict.kind === 'jump' || verdict.kind === 'goto') visit(verdict.chain, way);
      order.push({ key, id, rules });
    };
    visit(base, this.#onward.pathTo(point));
    return order.reverse();
  }
}

interface ChainNode {
  readonly key: string;
  readonly id: string;
  readonly rules: readonly RuleSets[];
}

interface Visit {
  readonly base: BaseChain;
  readonly where: Where;
  readonly reach: Map<string, Bdd>;
}

function nodeKey(id: string, path: string): string {
  return `${id}${path}`;
}
