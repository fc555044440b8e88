/**
 * Which earlier lines take the packets of a line that none reaches: as few as possible, and one that does the opposite where there is one.
 *
 * Worked example: `-s 10.0.0.9 --dport 25 -j ACCEPT`, `--dport 25 -j DROP`, and then `-s 10.0.0.0/8 --dport 25 -j ACCEPT`, which is dead. Both of the
 * others take packets of it, but the second one takes all of them alone: that one is named, and a conflict.
 */
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import { calledBy, callsOf } from './calls.ts';
import { conditionSet, gated } from './condition-set.ts';
import { hooksOf } from './hooks.ts';
import type { MailLine } from './mail-lines.ts';
import type { Onward } from './onward.ts';
import type { PacketSpace } from './packet-space.ts';
import { type Meeting, reachOf, type Visitor } from './reach.ts';
import type { Hook, Place, Rule, Ruleset, Verdict } from './ruleset.ts';

export interface Blockers {
  /** In the order in which they are looked at. */
  readonly lines: readonly Place[];
  readonly conflict: boolean;
}

/** @param views  of one ruleset, one for each family that is asked about. */
export function blockersOf(views: readonly Onward[], hook: Hook, lines: readonly MailLine[]): ReadonlyMap<MailLine, Blockers> {
  const found = new Map<MailLine, Blockers>();
  if (lines.length === 0) return found;
  for (const view of views) {
    const searching = { view, hook, order: orderOf(view.ruleset, hook), sent: sentTo(view, hook) };
    for (const line of lines) {
      const blockers = found.has(line) ? null : blockersIn(searching, line);
      if (blockers !== null) found.set(line, blockers);
    }
  }
  return found;
}

interface Searching {
  readonly view: Onward;
  readonly hook: Hook;
  readonly order: ReadonlyMap<Rule, Position>;
  /** By chain: the packets that its callers send there, whatever takes them before. */
  readonly sent: ReadonlyMap<string, Bdd>;
}

/** Those of its own chain where they suffice: they are read beside it. Null where nothing takes any of its packets. */
function blockersIn({ view, hook, order, sent }: Searching, line: MailLine): Blockers | null {
  const { space } = view;
  const { manager } = space;
  const own = manager.orAll(line.rules.map((rule) => rule.own.get(space) ?? EMPTY));
  const region = manager.and(own, sent.get(line.chain) ?? EMPTY);
  if (region === EMPTY) return null;
  const reach = reachOf(view, hook, space.slice);
  const taken = (look: (visitor: Visitor) => void): readonly Taker[] => earlier(takersOf(space, region, sent, look), line, order);
  const beside = taken((visitor) => reach.decidingIn(line.chain, region, visitor));
  const left = beside.reduce((rest, { alone }) => manager.diff(rest, alone), region);
  return fewest(space, line, region, left === EMPTY ? beside : taken((visitor) => reach.deciding(region, visitor)));
}

interface Taker {
  readonly rule: Rule;
  readonly verdict: Verdict;
  /** What it takes of the region, and what it would take if it were the first that these packets meet. */
  set: Bdd;
  alone: Bdd;
}

function takersOf(
  { manager }: PacketSpace,
  region: Bdd,
  sent: ReadonlyMap<string, Bdd>,
  look: (visitor: Visitor) => void,
): readonly Taker[] {
  const takers = new Map<Rule, Taker>();
  const rule = ({ where, chain, leaf, verdict, set, said }: Meeting): void => {
    if (where.point.rewritten > 0) return;
    const takes = set();
    const alone = manager.or(takes, manager.where(manager.and(region, sent.get(chain) ?? EMPTY), leaf.said));
    const known = takers.get(leaf.rule);
    if (said === EMPTY) return;
    if (known === undefined) takers.set(leaf.rule, { rule: leaf.rule, verdict, set: takes, alone });
    else [known.set, known.alone] = [manager.or(known.set, takes), manager.or(known.alone, alone)];
  };
  look({ rule, policy: () => undefined });
  return [...takers.values()];
}

/** As if every rule that calls a chain were the first one of its own. */
function sentTo({ ruleset: { bases, chains }, space }: Onward, start: Hook): ReadonlyMap<string, Bdd> {
  const { manager } = space;
  const sent = new Map<string, Bdd>();
  for (const hook of hooksOf(start)) {
    const at = { start, hook, rewritten: 0 };
    const own = bases.filter((base) => base.hook === hook).map(({ chain }) => chain);
    for (const base of own) sent.set(base, FULL);
    for (const id of callersFirst(chains, own)) {
      const here = sent.get(id) ?? EMPTY;
      for (const rule of chains.get(id)?.rules ?? []) {
        if (callsOf(rule).length === 0 || !rule.families.includes(space.family)) continue;
        const matching = manager.and(here, gated(space, rule.condition, at, '', FULL));
        for (const { condition, verdict } of rule.cases) {
          if (matching === EMPTY || (verdict.kind !== 'jump' && verdict.kind !== 'goto')) continue;
          const set = manager.and(matching, conditionSet(space, condition, at, ''));
          sent.set(verdict.chain, manager.or(sent.get(verdict.chain) ?? EMPTY, set));
        }
      }
    }
  }
  return sent;
}

function callersFirst(chains: Ruleset['chains'], bases: readonly string[]): readonly string[] {
  const done = new Set<string>();
  const order: string[] = [];
  const visit = (id: string): void => {
    if (done.has(id)) return;
    done.add(id);
    const chain = chains.get(id);
    if (chain !== undefined) for (const called of calledBy(chain)) visit(called);
    order.push(id);
  };
  for (const base of bases) visit(base);
  return order.reverse();
}

interface Position {
  readonly base: string;
  readonly index: number;
}

/** As rules are looked at, each where it is first. */
function orderOf({ bases, chains }: Ruleset, start: Hook): ReadonlyMap<Rule, Position> {
  const order = new Map<Rule, Position>();
  const done = new Set<string>();
  const visit = (id: string, base: string): void => {
    if (done.has(id)) return;
    done.add(id);
    for (const rule of chains.get(id)?.rules ?? []) {
      order.set(rule, { base, index: order.size });
      for (const called of callsOf(rule)) visit(called, base);
    }
  };
  for (const hook of hooksOf(start)) for (const base of bases) if (base.hook === hook) visit(base.chain, base.chain);
  return order;
}

/** Those of another base chain only where they end the packet's way, or change it: an accept there is not the last word. */
function earlier(takers: readonly Taker[], { rules }: MailLine, order: ReadonlyMap<Rule, Position>): readonly Taker[] {
  const at = rules[0] === undefined ? undefined : order.get(rules[0].rule);
  if (at === undefined) return [];
  const before = takers.filter(({ rule, verdict }) => {
    const taker = order.get(rule);
    if (taker === undefined || taker.index >= at.index) return false;
    return taker.base === at.base || actionOf(verdict) === 'drop' || verdict.kind === 'divert';
  });
  const indexOf = ({ rule }: Taker): number => order.get(rule)?.index ?? 0;
  return before.sort((a, b) => indexOf(a) - indexOf(b));
}

/** Null where none of them takes any of the region. */
function fewest(space: PacketSpace, line: MailLine, region: Bdd, takers: readonly Taker[]): Blockers | null {
  const { manager } = space;
  const chosen = new Set<Taker>();
  for (let left = region; left !== EMPTY; ) {
    const best = largest(takers, ({ alone }) => space.share(manager.and(alone, left)));
    if (best === null || !manager.meets(best.alone, left)) break;
    chosen.add(best);
    left = manager.diff(left, best.alone);
  }
  const opposite = takers.filter(({ verdict }) => isOpposite(line, verdict));
  const strongest = largest(opposite, ({ set }) => space.share(set));
  if (strongest !== null && !opposite.some((one) => chosen.has(one))) chosen.add(strongest);
  if (chosen.size === 0) return null;
  return { lines: placesOf(takers.filter((taker) => chosen.has(taker))), conflict: strongest !== null };
}

function largest(takers: readonly Taker[], sizeOf: (taker: Taker) => number): Taker | null {
  let [best, size]: [Taker | null, number] = [null, -1];
  for (const taker of takers) {
    const own = sizeOf(taker);
    if (own > size) [best, size] = [taker, own];
  }
  return best;
}

function isOpposite({ rules }: MailLine, verdict: Verdict): boolean {
  const action = actionOf(verdict);
  const own = rules.flatMap(({ rule }) => rule.cases.map((one) => actionOf(one.verdict)));
  return action !== null && own.some((one) => one !== null && one !== action);
}

function actionOf({ kind }: Verdict): 'accept' | 'drop' | null {
  if (kind === 'drop' || kind === 'reject') return 'drop';
  return kind === 'accept' || kind === 'divert' ? 'accept' : null;
}

/** A line that lists several addresses is several rules. */
function placesOf(takers: readonly Taker[]): readonly Place[] {
  const places = new Map(takers.map(({ rule: { place } }) => [`${place.file}:${place.line}:${place.column}`, place]));
  return [...places.values()];
}
