/**
 * What becomes of packets from a point of their way on, worked out backwards: a rule that sends packets elsewhere needs to know what the rest of
 * the way makes of them under their new destination.
 *
 * Worked example: nat PREROUTING redirects port 25 to 2525, filter INPUT accepts 2525. From input on, {2525} is accepted. Of the packets that
 * the rule takes, all are: their port is 2525 by then. So {25} is redirected to "this host, port 2525".
 *
 * Where the new destination is one of several, nobody knows which: packets that some of them lets through, and not all, hang on a variable of
 * its own, "the one that is taken lets it pass". The same holds for the way out of a packet whose destination was rewritten. What passes of packets
 * that no rule rewrites so is no part of that question: of two versions of a ruleset that differ there alone it is one.
 */
import type { Family } from '../model/address.ts';
import { groupBy } from '../model/group-by.ts';
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import { ChainSummaries } from './chain-summary.ts';
import type { Diverted } from './chain-tree.ts';
import { ANYWHERE, type Divert, divertText } from './divert-text.ts';
import { type Bound, firstHook, hookAfter, type Vantage } from './hooks.ts';
import { LOOPBACK } from './mentioned.ts';
import type { Field, PacketSpace } from './packet-space.ts';
import type { BaseChain, Hook, Ruleset } from './ruleset.ts';

/** Disjoint, together everything that is looked at. */
export interface Ending {
  /** To where they go from here. */
  readonly accepted: Bdd;
  readonly dropped: Bdd;
  /** Accepted, after being sent elsewhere on the rest of the way. */
  readonly redirected: readonly Redirected[];
}

export interface Redirected {
  readonly text: string;
  readonly set: Bdd;
}

/** Before a base chain; behind the last one of its hook, the next hook begins. */
export interface Point extends Vantage {
  readonly base: number;
  readonly bound: Bound;
  /** A connection is translated once: later nat chains of the hook are not asked. @see Linux nf_nat_core.c, nf_nat_inet_fn() */
  readonly translated: boolean;
}

/** A point that a packet may be at, and the values of what is not known for which it is. */
export interface Way {
  readonly point: Point;
  readonly when: Bdd;
}

/** A ruleset as packets of one family see it. Chains are worked out where they are asked for, once. */
export class Onward {
  readonly ruleset: Ruleset;
  readonly space: PacketSpace;
  readonly summaries: ChainSummaries;
  readonly #bases: ReadonlyMap<Hook, readonly BaseChain[]>;
  readonly #done = new Map<string, Ending>();
  readonly #landed = new Map<Hook, Bdd>();

  constructor(ruleset: Ruleset, space: PacketSpace) {
    this.summaries = new ChainSummaries(ruleset, space);
    this.ruleset = ruleset;
    this.space = space;
    this.#bases = groupBy(
      ruleset.bases.filter(({ chain }) => ruleset.chains.get(chain)?.families.includes(space.family) === true),
      ({ hook }) => hook,
    );
  }

  start(start: Hook): Point {
    return { start, hook: firstHook(start), rewritten: 0, base: 0, bound: null, translated: false };
  }

  /** The base chain that is asked at a point; null behind the last one of the hook. */
  baseAt({ hook, base, translated }: Point): BaseChain | 'skipped' | null {
    const found = this.#bases.get(hook)?.[base];
    if (found === undefined) return null;
    return translated && found.kind === 'nat' ? 'skipped' : found;
  }

  /** Every base chain is met once in a hook; those of one priority are told apart by their order. */
  pathTo({ hook, base }: Point): string {
    const bases = this.#bases.get(hook) ?? [];
    const priority = bases[base]?.priority ?? 0;
    const count = bases.slice(0, base).filter((one) => one.priority === priority).length;
    return ` via priority ${priority}${count === 0 ? '' : ` #${count + 1}`}`;
  }

  /** Where a packet is that its base chain accepts; null at the end of the way. */
  next(point: Point): Point | null {
    if (this.baseAt(point) !== null) return { ...point, base: point.base + 1 };
    const hook = hookAfter(point.start, point.hook, point.bound);
    return hook === null ? null : { ...point, hook, base: 0, translated: false };
  }

  /** Where a packet may be behind a rule that sends it elsewhere: it gets through where one of them lets it. */
  diverted(point: Point, verdict: Divert): readonly Way[] {
    const { how, destination, port } = verdict;
    const base = this.baseAt(point);
    const behind = {
      ...point,
      base: point.base + 1,
      translated: point.translated || (base !== null && base !== 'skipped' && base.kind === 'nat'),
      rewritten: point.rewritten + (destination === null && port === null ? 0 : 1),
    };
    if (how !== 'dnat') return [{ point: { ...behind, bound: 'here' }, when: FULL }];
    // It is taken to be for another host. Where that way is closed, the new address may be one of the firewall's own, which other chains guard.
    if (destination === null || point.hook !== 'prerouting' || point.start === 'prerouting')
      return [{ point: behind, when: FULL }];
    const { family } = this.space;
    const own = this.space.unknown(`${divertText({ ...verdict, port: null }, family)} is an address of this host`);
    return [
      { point: { ...behind, bound: 'elsewhere' }, when: FULL },
      { point: { ...behind, bound: 'here' }, when: own },
    ];
  }

  /** Packets that the base chains behind that at a point let through, wherever they go. */
  passingBehind(point: Point): Bdd {
    const next = this.next(point);
    return next === null ? FULL : this.space.manager.not(this.from(next).dropped);
  }

  /** Of the base chains on one hook, the one that is there to filter: others accept by policy what they say nothing of. */
  speaksFor(base: BaseChain, { start, hook }: Point): boolean {
    if (hook !== start && hook !== 'input') return false;
    const filters = (this.#bases.get(hook) ?? []).filter(({ kind }) => kind === 'filter');
    const nearest = Math.min(...filters.map(({ priority }) => Math.abs(priority)));
    return base.kind === 'filter' && Math.abs(base.priority) === nearest;
  }

  /** @throws {NodeBudgetError} */
  from(point: Point): Ending {
    const key = JSON.stringify(point);
    const before = this.#done.get(key);
    if (before !== undefined) return before;
    const ending = this.#from(point);
    this.#done.set(key, ending);
    return ending;
  }

  #from(point: Point): Ending {
    const base = this.baseAt(point);
    const next = this.next(point);
    if (base === null || base === 'skipped') {
      if (next === null) return { accepted: this.space.slice, dropped: EMPTY, redirected: [] };
      return base === null ? this.#entering(next) : this.from(next);
    }
    return this.#through(base, point, next === null ? null : this.from(next));
  }

  #through({ chain, policy }: BaseChain, point: Point, after: Ending | null): Ending {
    const { manager, slice } = this.space;
    const summary = this.summaries.summary(chain, point, this.pathTo(point));
    const on = policy === 'drop' ? summary.accepted : manager.or(summary.accepted, summary.fallen);
    const rest = after ?? { accepted: slice, dropped: EMPTY, redirected: [] };
    const sent = summary.diverted.flatMap((one) => this.#sent(point, one));
    const redirected = [
      ...rest.redirected.map(({ text, set }) => ({ text, set: manager.and(on, set) })),
      ...sent,
      { text: ANYWHERE, set: summary.lost.redirected },
    ];
    const accepted = manager.or(manager.and(on, rest.accepted), summary.lost.accepted);
    const merged = this.#merged(redirected);
    return {
      accepted,
      redirected: merged,
      dropped: manager.diff(slice, manager.orAll([accepted, ...merged.map(({ set }) => set)])),
    };
  }

  /** What becomes of the packets of one rule that sends them elsewhere. */
  #sent(point: Point, { verdict, set }: Diverted): readonly Redirected[] {
    const { manager, family } = this.space;
    const text = divertText(verdict, family);
    return this.diverted(point, verdict).flatMap((way) => {
      const taken = manager.and(set, way.when);
      const { accepted, redirected } = this.#before(this.from(way.point), verdict, taken);
      return [{ text, set: accepted }, ...redirected].map((one) => ({ text: one.text, set: manager.and(taken, one.set) }));
    });
  }

  /** An ending behind a rewriting rule, as one of the packets before it, of which the rule takes some. */
  #before(ending: Ending, verdict: Divert, taken: Bdd): Ending {
    const values = this.valuesOf(verdict);
    return values === null ? ending : this.#blurred(ending, values, this.space.anyOf(values.fields, taken));
  }

  /** What a rule may write, and where; null: it rewrites nothing. */
  valuesOf(verdict: Divert): Values | null {
    const space = this.space;
    const { destination, port } = verdict;
    if (destination === null && port === null) return null;
    const within = space.manager.and(
      destination === null ? FULL : space.within('destination', destination),
      port === null ? FULL : space.within('destination-port', port),
    );
    const fields: readonly Field[] = [
      ...(destination === null ? [] : (['destination'] as const)),
      ...(port === null ? [] : (['destination-port'] as const)),
    ];
    return { within, fields, words: choiceInWords(verdict, space.family) };
  }

  /** Routing chooses the way out before `forward`; what is rewritten in `output` is routed anew after it. */
  isRouted({ start, hook, rewritten }: Point): boolean {
    return rewritten > 0 && ((start !== 'output' && hook === 'forward') || (start === 'output' && hook === 'postrouting'));
  }

  /** By which interfaces a packet may leave whose destination was rewritten; what is for this host goes by `lo`. */
  wayOut(bound: Bound): Values {
    const within = bound === 'here' ? this.space.interface('out', LOOPBACK, false) : FULL;
    return { within, fields: ['out'], words: 'the rules for the way to the rewritten destination let it pass' };
  }

  #entering(point: Point): Ending {
    const ending = this.from(point);
    return this.isRouted(point) ? this.#blurred(ending, this.wayOut(point.bound), this.#rewrittenBefore(point)) : ending;
  }

  /** Packets that may come here, as they are once a rule has rewritten them; of those that more than one has, any. */
  #rewrittenBefore({ start, rewritten }: Point): Bdd {
    if (rewritten > 1) return FULL;
    const known = this.#landed.get(start);
    if (known !== undefined) return known;
    const { manager } = this.space;
    const at = this.start(start);
    const images = (this.#bases.get(at.hook) ?? []).flatMap(({ chain }, base) => {
      const point = { ...at, base };
      return this.summaries.summary(chain, point, this.pathTo(point)).diverted.flatMap(({ verdict, set }) => {
        const values = this.valuesOf(verdict);
        return values === null ? [] : [manager.and(values.within, this.space.anyOf(['out', ...values.fields], set))];
      });
    });
    const landed = manager.orAll(images);
    this.#landed.set(start, landed);
    return landed;
  }

  /** Some of the values of these variables is taken, nobody knows which. @param asked  packets that this is asked of. */
  #blurred(ending: Ending, values: Values, asked: Bdd): Ending {
    const { manager, slice } = this.space;
    const { redirected } = ending;
    const passing = manager.orAll([ending.accepted, ...redirected.map(({ set }) => set)]);
    const passes = this.#some(passing, values, asked);
    if (redirected.length === 0) return { accepted: passes, redirected: [], dropped: manager.diff(slice, passes) };
    let left = passes;
    const parts = redirected.map(({ text, set }) => {
      const part = manager.and(left, this.#some(set, { ...values, words: `${values.words} to ${text}` }, asked));
      left = manager.diff(left, part);
      return { text, set: part };
    });
    return { accepted: left, redirected: parts, dropped: manager.diff(slice, passes) };
  }

  /** Values are of one field or two; whatever the packet had there does not matter any more. */
  #some(set: Bdd, { within, fields, words }: Values, asked: Bdd): Bdd {
    const { manager, slice } = this.space;
    const passing = manager.and(within, set);
    const may = this.space.anyOf(fields, passing);
    const must = manager.diff(may, this.space.anyOf(fields, manager.diff(within, set)));
    if (may === must) return manager.and(slice, may);
    // Of two versions of a ruleset it is one question only where the same ones pass.
    const question = this.space.unknown(`${words} of ${manager.and(asked, passing)}`, words);
    return manager.and(slice, manager.or(must, manager.and(may, question)));
  }

  #merged(redirected: readonly Redirected[]): readonly Redirected[] {
    const { manager } = this.space;
    const groups = [...groupBy(redirected, ({ text }) => text)];
    return groups
      .map(([text, parts]) => ({ text, set: manager.orAll(parts.map(({ set }) => set)) }))
      .filter(({ set }) => set !== EMPTY);
  }
}

function choiceInWords(verdict: Divert, family: Family): string {
  if (verdict.how === 'redirect') return 'the rules for the address of this host that takes it let it pass';
  return `the one of ${divertText(verdict, family)} that is taken lets it pass`;
}

/** Some of these values of some fields, nobody knows which; `words`: that it is one that passes. */
export interface Values {
  readonly within: Bdd;
  readonly fields: readonly Field[];
  readonly words: string;
}
