/**
 * One rule of a chain: what it asks, and what becomes of a packet for which that holds.
 *
 * Worked example: `-A hosts -s 10.1.0.7/32 -p tcp -m tcp --dport 25 -j DROP` is protocol 6, a source, destination port 25, and the verdict drop. Of
 * `-A hosts -s 10.1.0.8/32 -p tcp -m tcp --dport 25 -j DROP` only the source is read: the other conditions and the verdict are those of the first
 * rule.
 */
import type { Family } from '../../model/address.ts';
import { printable } from '../../model/printable.ts';
import { locate, type Span } from '../../model/source.ts';
import { allOf } from '../conditions.ts';
import { ALWAYS, type Case, type Condition, type Place, type Rule } from '../ruleset.ts';
import { addressCondition } from './addresses.ts';
import type { Context } from './context.ts';
import { addressesCondition, interfacesCondition, protocolCondition, readProtocol } from './core-condition.ts';
import { matchesCondition } from './matches.ts';
import type { Occurrences } from './occurrences.ts';
import type { ParsedOptions } from './options.ts';
import { optionsOf, type RawChain, type RawRule } from './raw-table.ts';
import { isFreeOfAddresses, partsOf, type RuleParts } from './rule-parts.ts';
import { type TargetPlace, verdictOf } from './targets.ts';

/** A chain whose rules are read. */
export interface ChainPlace extends TargetPlace {
  readonly chain: RawChain;
  readonly occurrences: Occurrences;
  /** Rests of rules that have been read, by their text. */
  readonly rests: Map<string, Rest>;
}

/** What the text behind the addresses of a rule says: nothing wrong, nothing that differs from rule to rule. */
export interface Rest {
  readonly protocol: Condition;
  readonly others: Condition;
  readonly cases: readonly Case[];
}

export class RuleReader {
  readonly #context: Context;
  readonly #families: readonly Family[];
  readonly #rests = new Map<string, Map<string, Rest>>();

  constructor(context: Context, families: readonly Family[]) {
    this.#context = context;
    this.#families = families;
  }

  /** What has been read of rules that would mean the same in this chain: some options hang on the built-in chain, some targets on the hooks. */
  restsOf({ table, hooks }: TargetPlace, chain: RawChain): Map<string, Rest> {
    const key = `${table.name} ${chain.builtIn ? chain.name : [...hooks].sort().join()}`;
    const known = this.#rests.get(key) ?? new Map<string, Rest>();
    this.#rests.set(key, known);
    return known;
  }

  read(rule: RawRule, place: ChainPlace): Rule {
    const parts = partsOf(this.#context.problems.source.text, rule);
    const rest = parts === null ? undefined : place.rests.get(parts.rest);
    return parts === null || rest === undefined ? this.#readWhole(rule, parts, place) : this.#readAddresses(rule, parts, rest);
  }

  #readAddresses(rule: RawRule, { source, destination }: RuleParts, { protocol, others, cases }: Rest): Rule {
    const conditions = [protocol];
    if (source !== null) conditions.push(addressCondition(source, 'source', this.#context));
    if (destination !== null) conditions.push(addressCondition(destination, 'destination', this.#context));
    conditions.push(others);
    return this.#built(rule, allOf(conditions), cases);
  }

  #readWhole(rule: RawRule, parts: RuleParts | null, place: ChainPlace): Rule {
    const context = this.#context;
    const { counted } = context;
    const complaints = context.problems.all.length;
    const options = optionsOf(rule, context.problems.source);
    const { core, matches, target } = options;
    if (place.chain.builtIn) this.#fitsHook(options, place.chain);
    const number = readProtocol(core, context);
    const protocol = protocolCondition(number, context);
    const addresses = addressesCondition(core, context);
    const others = allOf([interfacesCondition(core, context), matchesCondition(matches, number, context)]);
    const condition = allOf([protocol, addresses, others]);
    const verdict = verdictOf(target, place, context);
    const cases = verdict === null ? NO_CASES : [{ condition: ALWAYS, verdict }];
    const built = this.#built(rule, condition, cases);
    const counts = context.counted > counted;
    const untracks = context.table === 'raw' && rule.effects.untracks;
    if (untracks) context.untracking.push(counts ? ALWAYS : condition);
    const repeatable = !counts && !untracks && context.problems.all.length === complaints;
    if (repeatable && parts !== null && isFreeOfAddresses(parts, core)) place.rests.set(parts.rest, { protocol, others, cases });
    return counts ? place.occurrences.name(built) : built;
  }

  /** @see iptables, iptables/xshared.c: "Can't use -i with OUTPUT" */
  #fitsHook(options: ParsedOptions, { name }: RawChain): void {
    const { problems } = this.#context;
    const { i: incoming, o: outgoing } = options.core;
    if (incoming !== undefined && (name === 'OUTPUT' || name === 'POSTROUTING')) {
      problems.error(incoming, 'wrong-chain', `A packet in ${name} has no interface it comes in by: use -o.`);
    }
    if (outgoing !== undefined && (name === 'INPUT' || name === 'PREROUTING')) {
      problems.error(outgoing, 'wrong-chain', `A packet in ${name} has no interface it leaves by yet: use -i.`);
    }
    const owner = options.matches.find((match) => match.name === 'owner');
    if (owner !== undefined && name !== 'OUTPUT' && name !== 'POSTROUTING') {
      problems.warning(
        owner,
        'wrong-chain',
        `The kernel takes the match owner in OUTPUT and POSTROUTING only: no packet in ${name} has an owner.`,
      );
    }
  }

  #built(rule: RawRule, condition: Condition, cases: readonly Case[]): Rule {
    const { source } = this.#context.problems;
    const place = placeAt(rule, printable(source.text.slice(rule.start, rule.end)), this.#context);
    return { place, families: this.#families, condition, cases };
  }
}

export function placeAt(span: Span, text: string, { problems }: Context): Place {
  const { file, line, column } = locate(problems.source, span.start);
  return { file, line, column, text };
}

const NO_CASES: readonly Case[] = [];
