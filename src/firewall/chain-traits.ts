/**
 * What makes the summary of a chain depend on how a packet came to it.
 *
 * Worked example: a chain that calls another one with `-m limit` is `limited`, as that one is: on two ways to it the limit answers twice. One with
 * `-m set --match-set relays dst`, a set whose content is not known, is `hanging`: after a DNAT that is another question.
 */
import { calledBy } from './calls.ts';
import { hangsOnDestination } from './condition-set.ts';
import { hasPart } from './parts.ts';
import type { Rule, Ruleset, Verdict } from './ruleset.ts';

export interface Traits {
  /** It holds, or leads to, something that answers anew each time it is asked. */
  readonly limited: boolean;
  /** It holds, or leads to, something that hangs on the destination and is not known. */
  readonly hanging: boolean;
  /** It holds, or leads to, a rule that sends packets elsewhere. */
  readonly diverting: boolean;
  /** It holds, or leads to, a rule behind which packets are not followed. */
  readonly losing: boolean;
  /** Of its own rules one lets packets return: what a called chain returns comes back to it, and goes on. */
  readonly returning: boolean;
}

/** Worked out once: they are the same to packets of both families. */
export function traitsOf(ruleset: Ruleset): ChainTraits {
  const known = TRAITS.get(ruleset) ?? new ChainTraits(ruleset);
  TRAITS.set(ruleset, known);
  return known;
}

const TRAITS = new WeakMap<Ruleset, ChainTraits>();

export class ChainTraits {
  readonly #ruleset: Ruleset;
  readonly #done = new Map<string, Traits>();
  readonly #open = new Set<string>();

  constructor(ruleset: Ruleset) {
    this.#ruleset = ruleset;
  }

  of(id: string): Traits {
    const before = this.#done.get(id);
    if (before !== undefined) return before;
    const chain = this.#ruleset.chains.get(id);
    if (chain === undefined || this.#open.has(id)) throw new TypeError(`a chain that is missing or calls itself: ${id}`);
    this.#open.add(id);
    const rules = chain.rules.filter(({ cases }) => cases.length > 0);
    const called = calledBy(chain).map((one) => this.of(one));
    const result = {
      limited: called.some(({ limited }) => limited) || rules.some(isLimited),
      hanging: called.some(({ hanging }) => hanging) || rules.some(isHanging),
      diverting: called.some(({ diverting }) => diverting) || rules.some((rule) => ends(rule, 'divert')),
      losing: called.some(({ losing }) => losing) || rules.some((rule) => ends(rule, 'lost')),
      returning: rules.some((rule) => ends(rule, 'return') || ends(rule, 'goto')),
    };
    this.#open.delete(id);
    this.#done.set(id, result);
    return result;
  }
}

function isLimited(rule: Rule): boolean {
  return (
    rule.cases.some(({ verdict }) => verdict.kind === 'unknown') ||
    hasPart(rule, (part) => part.kind === 'unknown' && !part.functional)
  );
}

function ends({ cases }: Rule, kind: Verdict['kind']): boolean {
  return cases.some(({ verdict }) => verdict.kind === kind);
}

function isHanging(rule: Rule): boolean {
  return hasPart(rule, (part) => part.kind === 'unknown' && hangsOnDestination(part));
}
