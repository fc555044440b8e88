/**
 * Which packets come to which chain, and which rules decide about them: worked out once, forwards, with what comes to a chain from all of its
 * callers in one set; then asked for any packets.
 *
 * What a rule does is told by two sets: what comes to its chain, which is much, and what the earlier rules of the chain leave of its own packets, which
 * is little. Only where both are needed are they joined.
 *
 * Worked example: `-A FORWARD -p tcp --dport 25 -j MAIL`, `-A FORWARD -j ACCEPT` and `-A MAIL -s 10.0.0.9 -j DROP`: {25} comes to MAIL, the drop
 * decides those of 10.0.0.9, and the accept all others: what comes back from MAIL as well.
 *
 * Behind a rule that rewrites the destination packets are others. They are followed as they are then, and each set that is found there can be
 * told as the packets that it was at the beginning.
 */
import { type Bdd, EMPTY } from './bdd.ts';
import type { CaseSet, ChainTree, Leaf } from './chain-tree.ts';
import type { Divert } from './divert-text.ts';
import type { Visitor, Where } from './meeting.ts';
import type { Onward, Point, Values } from './onward.ts';
import type { PacketSpace } from './packet-space.ts';
import type { BaseChain, Hook, Rule } from './ruleset.ts';

export type { Meeting, Visitor, Where } from './meeting.ts';

/** Packets have not been rewritten yet, or they have by one rule. */
interface Frame extends Where {
  /** What packets of the beginning are here. */
  readonly enter: (packets: Bdd) => Bdd;
}

type Entry =
  | {
      readonly kind: 'chain';
      readonly frame: Frame;
      readonly base: BaseChain;
      readonly node: ChainNode;
      readonly tree: ChainTree;
      readonly reach: Bdd;
    }
  | { readonly kind: 'policy'; readonly frame: Frame; readonly base: BaseChain; readonly left: Bdd };

interface ChainNode {
  readonly key: string;
  readonly id: string;
  readonly path: string;
  readonly tree: ChainTree | null;
}

/** Worked out once for each of them. @throws {NodeBudgetError} */
export function reachOf(onward: Onward, start: Hook, region: Bdd): Reach {
  const { space } = onward;
  const key = `${start} ${space.manager.and(region, space.slice)}`;
  const known = REACHES.get(onward) ?? new Map<string, Reach>();
  REACHES.set(onward, known);
  const reach = known.get(key) ?? new Reach(onward, start, region);
  known.set(key, reach);
  return reach;
}

const REACHES = new WeakMap<Onward, Map<string, Reach>>();

/** Of a region of packets, from one beginning of their way. */
class Reach {
  readonly #onward: Onward;
  readonly #space: PacketSpace;
  readonly #entries: Entry[] = [];
  readonly #left = new Map<Leaf, readonly CaseSet[]>();
  readonly #region: Bdd;
  /** Some packet comes to a rule behind which it may be any other. */
  #lost = false;

  /** @throws {NodeBudgetError} */
  constructor(onward: Onward, start: Hook, region: Bdd) {
    const { space } = onward;
    this.#onward = onward;
    this.#space = space;
    const same = (set: Bdd): Bdd => set;
    this.#region = space.manager.and(region, space.slice);
    this.#go(this.#region, { point: onward.start(start), origin: same, enter: same });
  }

  /** What decides about some packets, none of them beyond the region. */
  deciding(packets: Bdd, visitor: Visitor): void {
    if (packets === EMPTY) return;
    const { manager } = this.#space;
    const entered = new Map<Frame['enter'], Live>();
    for (const entry of this.#entries) {
      const { frame } = entry;
      const here = entered.get(frame.enter) ?? this.#live(frame.enter(packets));
      entered.set(frame.enter, here);
      const [there, same] = [entry.kind === 'chain' ? entry.reach : entry.left, here.set === packets];
      const all = same && there === this.#region;
      if (!all && !this.#meets(here, there)) continue;
      const met = all ? packets : manager.and(here.set, there);
      const where = { point: frame.point, origin: (set: Bdd) => (same ? set : manager.and(packets, frame.origin(set))) };
      if (entry.kind === 'policy') visitor.policy(entry.base, where, met);
      else this.#decide(entry.tree, null, this.#live(met), { entry, where, same, visitor });
    }
  }

  /** What decides about those that come there as some of these packets, as they are by then: after what rewrites them. */
  decidingThere(packets: Bdd, visitor: Visitor): void {
    const { manager } = this.#space;
    for (const entry of this.#entries) {
      const met = manager.and(packets, entry.kind === 'chain' ? entry.reach : entry.left);
      if (met === EMPTY) continue;
      const where = { point: entry.frame.point, origin: (set: Bdd) => set };
      if (entry.kind === 'policy') visitor.policy(entry.base, where, met);
      else this.#decide(entry.tree, null, this.#live(met), { entry, where, same: true, visitor });
    }
  }

  /** Those of some rules that a packet of the region meets, whatever becomes of it. */
  met(rules: ReadonlySet<Rule>): ReadonlySet<Rule> {
    if (this.#lost) return rules;
    const { manager } = this.#space;
    const met = new Set<Rule>();
    for (const entry of this.#entries) {
      if (entry.kind === 'policy') continue;
      const { tree, reach } = entry;
      eachLeaf(tree, null, (leaf, earlier) => {
        if (!rules.has(leaf.rule) || met.has(leaf.rule)) return;
        if (this.#cases(leaf, earlier, entry).some(({ set }) => manager.meets(reach, set))) met.add(leaf.rule);
      });
    }
    return met;
  }

  #go(region: Bdd, start: Frame): void {
    let [live, frame]: [Bdd, Frame] = [region, start];
    while (live !== EMPTY) {
      const base = this.#onward.baseAt(frame.point);
      const next = this.#onward.next(frame.point);
      if (base !== null && base !== 'skipped') live = this.#through(base, live, frame);
      if (next === null) return;
      const routed = next.hook !== frame.point.hook && this.#onward.isRouted(next);
      if (!routed) frame = { ...frame, point: next };
      else [live, frame] = this.#rewritten(live, this.#onward.wayOut(next.bound), frame, next);
    }
  }

  /** What goes on behind a base chain. */
  #through(base: BaseChain, live: Bdd, frame: Frame): Bdd {
    const { manager } = this.#space;
    const nodes = this.#inOrder(base.chain, frame.point);
    const coming = new Map<string, Bdd[]>([[nodes[0]?.key ?? '', [live]]]);
    for (const node of nodes) {
      const reach = manager.orAll(coming.get(node.key) ?? []);
      if (reach === EMPTY || node.tree === null) continue;
      const entry: ChainEntry = { kind: 'chain', frame, base, node, tree: node.tree, reach };
      this.#entries.push(entry);
      if (node.tree.leads) this.#lead(entry, coming);
    }
    const { accepted, fallen } = this.#onward.summaries.summary(base.chain, frame.point, this.#onward.pathTo(frame.point));
    const left = manager.and(live, fallen);
    if (left !== EMPTY) this.#entries.push({ kind: 'policy', frame, base, left });
    return manager.and(live, base.policy === 'drop' ? accepted : manager.or(accepted, fallen));
  }

  /** Into the chains that are called, and to where packets are sent. */
  #lead(entry: ChainEntry, coming: Map<string, Bdd[]>): void {
    const { manager } = this.#space;
    const { frame, reach } = entry;
    eachLeaf(entry.tree, null, (leaf, earlier) => {
      if (!leaf.leads) return;
      for (const { verdict, way, set } of this.#cases(leaf, earlier, entry)) {
        const met = manager.and(reach, set);
        if (met === EMPTY) continue;
        if (verdict.kind === 'lost') this.#lost = true;
        if (verdict.kind === 'divert') this.#divert(verdict, met, frame);
        if (verdict.kind !== 'jump' && verdict.kind !== 'goto') continue;
        const key = nodeKey(verdict.chain, way);
        coming.set(key, [...(coming.get(key) ?? []), met]);
      }
    });
  }

  #divert(verdict: Divert, met: Bdd, frame: Frame): void {
    const { manager } = this.#space;
    const values = this.#onward.valuesOf(verdict);
    for (const { point, when } of this.#onward.diverted(frame.point, verdict)) {
      const set = manager.and(met, when);
      if (set === EMPTY) continue;
      this.#go(...this.#rewritten(set, values, frame, point));
    }
  }

  /** Packets that are given some of these values, nobody knows which; null: they stay as they are. */
  #rewritten(set: Bdd, values: Values | null, frame: Frame, point: Point): [Bdd, Frame] {
    const { manager, slice } = this.#space;
    const after = (packets: Bdd): Bdd =>
      values === null ? packets : manager.and(slice, manager.and(values.within, this.#space.anyOf(values.fields, packets)));
    const before = (packets: Bdd): Bdd =>
      values === null ? packets : this.#space.anyOf(values.fields, manager.and(values.within, packets));
    return [
      after(set),
      {
        point,
        origin: (found) => frame.origin(manager.and(set, before(found))),
        enter: (packets) => after(manager.and(set, frame.enter(packets))),
      },
    ];
  }

  #live(set: Bdd): Live {
    const below = this.#space.bits('in').first;
    let senders: Bdd | null = null;
    return {
      set,
      // What is asked of senders alone needs no look at where packets go.
      for: (other) => {
        if (this.#space.manager.variableOf(other) < below) return set;
        senders ??= this.#space.anyOf(['out', 'destination'], set);
        return senders;
      },
    };
  }

  #meets(live: Live, other: Bdd): boolean {
    return this.#space.manager.meets(live.for(other), other);
  }

  #decide(tree: ChainTree, earlier: Earlier, live: Live, asking: Asking): void {
    const { manager } = this.#space;
    if (!this.#meets(live, tree.said)) return;
    if (tree.kind === 'rules') {
      this.#decide(tree.first, earlier, live, asking);
      this.#decide(tree.second, { said: tree.first.said, earlier }, live, asking);
      return;
    }
    const { entry, where, visitor } = asking;
    const { base, node } = entry;
    for (const { verdict, set: own, said } of this.#cases(tree, earlier, entry)) {
      if (verdict.kind === 'jump' || !this.#meets(live, own)) continue;
      const set = (): Bdd => manager.and(live.set, own);
      const share = (): number => (asking.same ? this.#space.share(live.set, own) : this.#space.share(where.origin(set())));
      visitor.rule({ where, base, chain: node.id, leaf: tree, verdict, said, set, share });
    }
  }

  /** What the earlier rules of its chain leave of the packets of a rule's cases. */
  #cases(leaf: Leaf, earlier: Earlier, { frame, node }: ChainEntry): readonly CaseSet[] {
    const before = this.#left.get(leaf);
    if (before !== undefined) return before;
    const { manager } = this.#space;
    const left = this.#onward.summaries.cases(leaf, frame.point, node.path).flatMap((one) => {
      let set = one.set;
      for (let at = earlier; at !== null && set !== EMPTY; at = at.earlier) set = manager.diff(set, at.said);
      return set === EMPTY ? [] : [{ ...one, set }];
    });
    this.#left.set(leaf, left);
    return left;
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

type ChainEntry = Extract<Entry, { readonly kind: 'chain' }>;

/** Packets, and for another set as much of them as has to be looked at to see whether they meet. */
interface Live {
  readonly set: Bdd;
  readonly for: (other: Bdd) => Bdd;
}

interface Asking {
  readonly entry: ChainEntry;
  readonly where: Where;
  /** Packets are as they were at the beginning. */
  readonly same: boolean;
  readonly visitor: Visitor;
}

/** What the rules before one say, nearest first. */
type Earlier = { readonly said: Bdd; readonly earlier: Earlier } | null;

function eachLeaf(tree: ChainTree, earlier: Earlier, told: (leaf: Leaf, earlier: Earlier) => void): void {
  if (tree.kind === 'rule') told(tree, earlier);
  else {
    eachLeaf(tree.first, earlier, told);
    eachLeaf(tree.second, { said: tree.first.said, earlier }, told);
  }
}

function nodeKey(id: string, path: string): string {
  return `${id}${path}`;
}
