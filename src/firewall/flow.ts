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
import type { CaseSet, ChainTree, Leaf } from './chain-summary.ts';
import type { Divert } from './divert-text.ts';
import type { Onward, Point } from './onward.ts';
import type { PacketSpace } from './packet-space.ts';
import type { BaseChain, Hook, Rule, Verdict } from './ruleset.ts';

export interface Visitor {
  /** Every case of a rule that decides something of the region, by itself or by what it calls. */
  readonly rule: (meeting: Meeting) => void;
  /** Packets that are left to a base chain's policy. */
  readonly policy: (base: BaseChain, where: Where, set: Bdd) => void;
}

export interface Meeting {
  readonly where: Where;
  readonly base: BaseChain;
  readonly chain: string;
  readonly leaf: Leaf;
  readonly verdict: Verdict;
  /** Packets, as they are there, that it decides; not empty. */
  readonly set: Bdd;
  /** Of an unknown verdict, the part that is accepted. */
  readonly accepted: Bdd;
}

export interface Where {
  readonly point: Point;
  /** The packets at the beginning, of the region, that a set here was. */
  readonly origin: (set: Bdd) => Bdd;
}

export function follow(onward: Onward, space: PacketSpace, start: Hook, region: Bdd, visitor: Visitor): void {
  new Flow(onward, space, visitor).start(start, region);
}

/** Those of some rules that packets of a region meet, whatever becomes of them. */
export function metOf(
  rules: ReadonlySet<Rule>,
  onward: Onward,
  space: PacketSpace,
  { start, region }: { readonly start: Hook; readonly region: Bdd },
): ReadonlySet<Rule> {
  const met = new Set<Rule>();
  new Flow(onward, space, { rules, met }).start(start, region);
  return met;
}

/** Rules that are looked for, and those that were found. */
interface Search {
  readonly rules: ReadonlySet<Rule>;
  readonly met: Set<Rule>;
}

class Flow {
  readonly #onward: Onward;
  readonly #space: PacketSpace;
  readonly #visitor: Visitor | Search;

  constructor(onward: Onward, space: PacketSpace, visitor: Visitor | Search) {
    this.#onward = onward;
    this.#space = space;
    this.#visitor = visitor;
  }

  start(start: Hook, region: Bdd): void {
    const { manager, slice } = this.#space;
    // Every set that is found before a rewrite is a part of the region.
    this.go(manager.and(region, slice), { point: this.#onward.start(start), origin: (set) => set });
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
      const entering = reach.get(node.key) ?? EMPTY;
      const visit = { base, where, reach, node, entering };
      if (entering === EMPTY || node.tree === null) continue;
      if ('met' in this.#visitor) this.#search(node.tree, this.#visitor, [], visit);
      else this.#deciding(node.tree, this.#visitor, entering, visit);
    }
    const { accepted, fallen } = this.#onward.summaries.summary(base.chain, where.point, this.#onward.pathTo(where.point));
    const left = manager.and(live, fallen);
    if (left !== EMPTY && 'policy' in this.#visitor) this.#visitor.policy(base, where, left);
    return manager.and(live, base.policy === 'drop' ? accepted : manager.or(accepted, fallen));
  }

  /** Only where something is decided: most of a large chain is passed by at once. */
  #deciding(tree: ChainTree, visitor: Visitor, live: Bdd, visit: Visit): void {
    const { manager } = this.#space;
    if (!manager.meets(live, tree.said)) return;
    if (tree.kind === 'rules') {
      this.#deciding(tree.first, visitor, live, visit);
      this.#deciding(tree.second, visitor, manager.diff(live, tree.first.said), visit);
      return;
    }
    const { base, where, node } = visit;
    for (const one of this.#decided(tree, live, visit)) {
      const { verdict, set, said } = one;
      const accepted = verdict.kind === 'unknown' ? manager.and(set, manager.is(said, FULL)) : set;
      visitor.rule({ where, base, chain: node.id, leaf: tree, verdict, set, accepted });
      this.#on(one, set, visit);
    }
  }

  /** Every rule, by what the chain's earlier ones leave of its own packets: that is little, however much reaches the chain. */
  #search(tree: ChainTree, search: Search, earlier: readonly Bdd[], visit: Visit): void {
    if (tree.kind === 'rules') {
      this.#search(tree.first, search, earlier, visit);
      this.#search(tree.second, search, [...earlier, tree.first.said], visit);
      return;
    }
    const { manager } = this.#space;
    const { rule } = tree;
    const leadsOn = rule.cases.some(({ verdict }) => LEADS_ON.has(verdict.kind));
    if (!leadsOn && (!search.rules.has(rule) || search.met.has(rule))) return;
    for (const one of this.#cases(tree, visit)) {
      const left = earlier.reduceRight((set, said) => manager.diff(set, said), one.set);
      if (!manager.meets(visit.entering, left)) continue;
      if (search.rules.has(rule)) search.met.add(rule);
      // It may be any packet afterwards.
      if (one.verdict.kind === 'lost') for (const sought of search.rules) search.met.add(sought);
      else if (LEADS_ON.has(one.verdict.kind)) this.#on(one, manager.and(visit.entering, left), visit);
    }
  }

  /** What each case of a rule decides. Where there is one case, and that is an ending, it is all that is said. */
  #decided(leaf: Leaf, live: Bdd, visit: Visit): readonly CaseSet[] {
    const { manager } = this.#space;
    const [only] = leaf.rule.cases;
    if (only !== undefined && leaf.rule.cases.length === 1 && !OPEN.has(only.verdict.kind)) {
      const set = manager.where(live, leaf.said);
      return [{ set, verdict: only.verdict, way: visit.node.path, said: leaf.said }];
    }
    return this.#cases(leaf, visit).flatMap((one) => {
      const set = manager.where(manager.and(live, one.set), one.said);
      return set === EMPTY ? [] : [{ ...one, set }];
    });
  }

  #cases(leaf: Leaf, { node, where }: Visit): readonly CaseSet[] {
    return this.#onward.summaries.cases(leaf, where.point, node.path);
  }

  /** Into a called chain, or to where the packets are sent. */
  #on({ verdict, way }: CaseSet, set: Bdd, { reach, where }: Visit): void {
    if (verdict.kind === 'jump' || verdict.kind === 'goto') {
      const key = nodeKey(verdict.chain, way);
      reach.set(key, this.#space.manager.or(reach.get(key) ?? EMPTY, set));
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
    const { summaries } = this.#onward;
    const done = new Set<string>();
    const order: ChainNode[] = [];
    const visit = (id: string, path: string): void => {
      const key = nodeKey(id, path);
      if (done.has(key)) return;
      done.add(key);
      for (const { chain, way } of summaries.called(id, point, path)) visit(chain, way);
      order.push({ key, id, path, tree: summaries.tree(id, point, path) });
    };
    visit(base, this.#onward.pathTo(point));
    return order.reverse();
  }
}

/** Of these the diagram says more than that they were met. */
const OPEN: ReadonlySet<Verdict['kind']> = new Set(['jump', 'goto', 'unknown']);

/** Rules that say more than what becomes of their packets. */
const LEADS_ON: ReadonlySet<Verdict['kind']> = new Set(['jump', 'goto', 'divert', 'lost']);

interface ChainNode {
  readonly key: string;
  readonly id: string;
  readonly path: string;
  readonly tree: ChainTree | null;
}

interface Visit {
  readonly base: BaseChain;
  readonly where: Where;
  readonly reach: Map<string, Bdd>;
  readonly node: ChainNode;
  readonly entering: Bdd;
}

function nodeKey(id: string, path: string): string {
  return `${id}${path}`;
}
