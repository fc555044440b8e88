/**
 * Which earlier lines take the packets of a line that none reaches: as few as possible, and one that does the opposite where there is one.
 *
 * Worked example: `-s 10.0.0.9 --dport 25 -j ACCEPT`, `--dport 25 -j DROP`, and then `-s 10.0.0.0/8 --dport 25 -j ACCEPT`, which is dead. Both of the
 * others take packets of it, but the second one takes all of them alone: that one is named, and a conflict.
 */
import { type Bdd, EMPTY } from './bdd.ts';
import { callsOf } from './chain-traits.ts';
import { follow, type Meeting } from './flow.ts';
import { firstHook, hookAfter } from './hooks.ts';
import type { MailLine, View } from './mail-lines.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Hook, Place, Rule, Ruleset, Verdict } from './ruleset.ts';

export interface Blockers {
  /** In the order in which they are looked at. */
  readonly lines: readonly Place[];
  readonly conflict: boolean;
}

export function blockersOf(
  ruleset: Ruleset,
  views: readonly View[],
  hook: Hook,
  lines: readonly MailLine[],
): ReadonlyMap<MailLine, Blockers> {
  const found = new Map<MailLine, Blockers>();
  if (lines.length === 0) return found;
  const order = orderOf(ruleset, hook);
  for (const view of views) {
    const blockers = takersOf(view, hook, lines);
    for (const line of lines) {
      if (found.has(line)) continue;
      const some = fewest(view.space, line, earlier(blockers, line, order));
      if (some !== null) found.set(line, some);
    }
  }
  return found;
}

interface Taker {
  readonly rule: Rule;
  readonly verdict: Verdict;
  /** What it takes, and what it would take if it were the first of its chain. */
  set: Bdd;
  alone: Bdd;
}

/** Whatever takes packets of some of the lines. */
function takersOf({ space, onward }: View, hook: Hook, lines: readonly MailLine[]): readonly Taker[] {
  const { manager } = space;
  const region = manager.orAll(lines.map((line) => ownOf(space, line)));
  const takers = new Map<Rule, Taker>();
  follow(onward, space, hook, region, {
    rule: ({ where, rule, verdict, set, alone }: Meeting) => {
      if (verdict.kind === 'jump' || where.point.rewritten > 0) return;
      const known = takers.get(rule);
      if (known === undefined) takers.set(rule, { rule, verdict, set, alone });
      else [known.set, known.alone] = [manager.or(known.set, set), manager.or(known.alone, alone)];
    },
    policy: () => undefined,
  });
  return [...takers.values()];
}

function ownOf(space: PacketSpace, { rules }: MailLine): Bdd {
  return space.manager.orAll(rules.map(({ own }) => own.get(space) ?? EMPTY));
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
  for (let hook: Hook | null = firstHook(start); hook !== null; hook = hookAfter(start, hook, null))
    for (const base of bases) if (base.hook === hook) visit(base.chain, base.chain);
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

/** Null where none of the line's packets is taken by any of them. */
function fewest(space: PacketSpace, line: MailLine, takers: readonly Taker[]): Blockers | null {
  const { manager } = space;
  const own = ownOf(space, line);
  const share = (taker: Taker, of: Bdd): number => manager.density(manager.and(taker.alone, of));
  const takes = takers.filter(({ set }) => manager.and(set, own) !== EMPTY);
  const chosen = new Set<Taker>();
  for (let left = own; left !== EMPTY; ) {
    const best = largest(takes, (taker) => share(taker, left));
    if (best === null || share(best, left) === 0) break;
    chosen.add(best);
    left = manager.diff(left, best.alone);
  }
  const opposite = takes.filter(({ verdict }) => isOpposite(line, verdict));
  const strongest = largest(opposite, ({ set }) => manager.density(manager.and(set, own)));
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
