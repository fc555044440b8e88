/**
 * From where packets would still come to a line, if nothing took them from there on.
 *
 * Worked example: `-A FORWARD -j USER`, `-A FORWARD -p tcp --dport 25 -j MAIL` and, in MAIL, `-s 10.0.0.9 -j RETURN` before the line: behind a RETURN
 * of USER {25} still comes to it, so that one takes nothing; behind the RETURN of MAIL nothing does.
 */
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import { calledBy } from './calls.ts';
import { conditionSet, gated } from './condition-set.ts';
import type { Divert } from './divert-text.ts';
import { hooksOf } from './hooks.ts';
import type { MailLine } from './mail-lines.ts';
import type { Onward, Point } from './onward.ts';
import type { Hook, Rule, Ruleset } from './ruleset.ts';

interface Call {
  readonly caller: string;
  readonly index: number;
  readonly set: Bdd;
}

interface Calls {
  /** Those that are called before those that call them. */
  readonly order: readonly string[];
  readonly byCalled: ReadonlyMap<string, readonly Call[]>;
}

/** Of one ruleset and family: which packets its rules send into other chains, worked out once for each hook. */
export class Callers {
  readonly view: Onward;
  readonly start: Hook;
  readonly #indices = new Map<Rule, number>();
  readonly #calls = new Map<Hook, Calls>();

  constructor(view: Onward, start: Hook) {
    this.view = view;
    this.start = start;
    for (const { rules } of view.ruleset.chains.values())
      for (const [index, rule] of rules.entries()) this.#indices.set(rule, index);
  }

  /** Its place in its chain. */
  indexOf(rule: Rule): number {
    return this.#indices.get(rule) ?? 0;
  }

  /** @throws {NodeBudgetError} */
  at(hook: Hook): Calls {
    const known = this.#calls.get(hook);
    if (known !== undefined) return known;
    const { bases, chains } = this.view.ruleset;
    const own = bases.filter((base) => base.hook === hook).map(({ chain }) => chain);
    const order = calledFirst(chains, own);
    const byCalled = new Map<string, Call[]>();
    for (const caller of order)
      for (const rule of chains.get(caller)?.rules ?? [])
        for (const { called, ...call } of this.#callsOf(rule, hook))
          byCalled.set(called, [...(byCalled.get(called) ?? []), { caller, ...call }]);
    const made = { order, byCalled };
    this.#calls.set(hook, made);
    return made;
  }

  #callsOf(rule: Rule, hook: Hook): readonly (Omit<Call, 'caller'> & { readonly called: string })[] {
    const { space } = this.view;
    // Few of thousands do.
    if (!rule.cases.some(({ verdict }) => verdict.kind === 'jump' || verdict.kind === 'goto')) return [];
    const calls = rule.cases.flatMap(({ condition, verdict }) =>
      verdict.kind === 'jump' || verdict.kind === 'goto' ? [{ condition, verdict }] : [],
    );
    if (!rule.families.includes(space.family)) return [];
    const at = { start: this.start, hook, rewritten: 0 };
    const matching = gated(space, rule.condition, at, '', FULL);
    return calls.flatMap(({ condition, verdict }) => {
      const set = matching === EMPTY ? EMPTY : space.manager.and(matching, conditionSet(space, condition, at, ''));
      return set === EMPTY ? [] : [{ called: verdict.chain, index: this.indexOf(rule), set }];
    });
  }
}

/** By where it stands in its chain: the packets that a rule would bring to the line. */
interface Step {
  readonly index: number;
  readonly set: Bdd;
}

export class Towards {
  readonly #callers: Callers;
  readonly #line: MailLine;
  readonly #steps = new Map<Hook, ReadonlyMap<string, readonly Step[]>>();
  readonly #outside = new Map<string, Bdd>();

  constructor(callers: Callers, line: MailLine) {
    this.#callers = callers;
    this.#line = line;
  }

  /** Packets that its own condition fits, and that its callers send there, whatever takes them before. @throws {NodeBudgetError} */
  get region(): Bdd {
    const { view, start } = this.#callers;
    const bases = hooksOf(start).flatMap((hook) => view.ruleset.bases.filter((base) => base.hook === hook));
    return view.space.manager.orAll(bases.map(({ hook, chain }) => this.within(hook, chain)));
  }

  /** From the beginning of a chain. */
  within(hook: Hook, chain: string): Bdd {
    return this.#later(hook, chain, -1);
  }

  /** From behind a rule of a chain on, in that chain. */
  behind(hook: Hook, chain: string, rule: Rule): Bdd {
    return this.#later(hook, chain, this.#callers.indexOf(rule));
  }

  /** From behind the rules that call the chain on, and from behind those that call these; a goto as well, for what decides behind it tells more. */
  outside(hook: Hook, chain: string): Bdd {
    const key = `${hook} ${chain}`;
    const known = this.#outside.get(key);
    if (known !== undefined) return known;
    const calls = this.#callers.at(hook).byCalled.get(chain) ?? [];
    const set = this.#callers.view.space.manager.orAll(
      calls.flatMap(({ caller, index }) => [this.#later(hook, caller, index), this.outside(hook, caller)]),
    );
    this.#outside.set(key, set);
    return set;
  }

  /** From the base chains behind that at a point. */
  beyond(point: Point): Bdd {
    const { view } = this.#callers;
    const next = view.next(point);
    return next === null ? EMPTY : this.#from(next);
  }

  /** Of those, the packets that come to the line no more once a rule has sent them elsewhere: as they are then, it does not fit them, or is not met. */
  lost(point: Point, verdict: Divert): Bdd {
    const { view } = this.#callers;
    const { manager } = view.space;
    const beyond = this.beyond(point);
    if (beyond === EMPTY) return EMPTY;
    const values = view.valuesOf(verdict);
    const kept = view.diverted(point, verdict).map(({ point: there, when }) => {
      const set = this.#from(there);
      // By which interface they leave is another question then.
      const before = values === null ? set : view.space.anyOf([...values.fields, 'out'], manager.and(values.within, set));
      return manager.and(when, before);
    });
    return manager.diff(beyond, manager.orAll(kept));
  }

  #from(point: Point): Bdd {
    const { view } = this.#callers;
    const { manager } = view.space;
    let set: Bdd = EMPTY;
    for (let at: Point | null = point; at !== null; at = view.next(at)) {
      const base = view.baseAt(at);
      if (base !== null && base !== 'skipped') set = manager.or(set, this.within(base.hook, base.chain));
    }
    return set;
  }

  #later(hook: Hook, chain: string, index: number): Bdd {
    const steps = this.#stepsAt(hook).get(chain) ?? [];
    return this.#callers.view.space.manager.orAll(steps.flatMap((step) => (step.index > index ? [step.set] : [])));
  }

  #stepsAt(hook: Hook): ReadonlyMap<string, readonly Step[]> {
    const known = this.#steps.get(hook);
    if (known !== undefined) return known;
    const { manager } = this.#callers.view.space;
    const { order, byCalled } = this.#callers.at(hook);
    const steps = new Map<string, Step[]>([[this.#line.chain, this.#ownSteps()]]);
    for (const called of order) {
      const own = steps.get(called);
      const all = own === undefined ? EMPTY : manager.orAll(own.map(({ set }) => set));
      if (all === EMPTY) continue;
      for (const { caller, index, set } of byCalled.get(called) ?? [])
        steps.set(caller, [...(steps.get(caller) ?? []), { index, set: manager.and(set, all) }]);
    }
    this.#steps.set(hook, steps);
    return steps;
  }

  #ownSteps(): Step[] {
    const { space } = this.#callers.view;
    return this.#line.rules.map(({ rule, own }) => ({ index: this.#callers.indexOf(rule), set: own.get(space) ?? EMPTY }));
  }
}

function calledFirst(chains: Ruleset['chains'], bases: readonly string[]): readonly string[] {
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
  return order;
}
