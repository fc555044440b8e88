/**
 * An iptables-save or ip6tables-save, as a part of a ruleset.
 *
 * Worked example:
 *
 *     *filter
 *     :FORWARD DROP [0:0]
 *     -A FORWARD -p tcp -m multiport --dports 25,587 -m limit --limit 1/s -j ACCEPT
 *     COMMIT
 *
 * is the base chain `ip filter/FORWARD` (hook forward, priority 0, policy drop) with one rule: protocol 6, destination port 25 or 587, and an
 * unknown condition `ip filter/FORWARD: -m limit --limit 1/sec #1`; its verdict is accept. What stands in the text and is not understood becomes an
 * unknown condition or verdict; a text that iptables-restore would refuse is a mistake, apart from what a dump may have lost on its way (see
 * the warnings).
 */
import type { Family } from '../../model/address.ts';
import type { Source } from '../../model/source.ts';
import { natAsked } from '../nat-chains.ts';
import { Problems } from '../problems.ts';
import { ALWAYS, type BaseChain, type Chain, type Hook, NEVER, type Place, type Rule, type RulesetPart } from '../ruleset.ts';
import { Context } from './context.ts';
import { factsOf } from './facts.ts';
import { keptPolicies } from './kept-policies.ts';
import { Occurrences } from './occurrences.ts';
import type { RawChain, RawTable } from './raw-table.ts';
import { reachOf } from './reach.ts';
import { placeAt, RuleReader } from './rule.ts';
import type { IpsetTable } from './set-types.ts';
import { BUILT_IN, placeOfChain, TABLE_NAMES, type TableName } from './table-names.ts';
import { readTables } from './tables.ts';

export interface IptablesOptions {
  /** What the file describes: nothing in an iptables-save says it for certain. */
  readonly family: Family;
  readonly sets: IpsetTable;
}

/**
 * @param source  its path as problems and places name it.
 * @throws {InputError} with every problem of the text.
 */
export function parseIptables(source: Source, { family, sets }: IptablesOptions): RulesetPart {
  const { path: file } = source;
  const problems = new Problems(source);
  problems.refuseReturns();
  const { tables, assumptions, unseen } = readTables(problems, family);
  const context = new Context({ family, problems, sets, facts: factsOf(tables, source, sets) });
  const builder = new Builder(context);
  if (tables.size === 0)
    problems.error(
      { start: 0, end: 0 },
      'empty',
      'This file holds no table. A firewall without rules is written as *filter and COMMIT.',
    );
  for (const name of TABLE_NAMES) {
    const table = tables.get(name);
    if (table !== undefined) builder.add(table);
  }
  problems.throwErrors();
  const kept = keptPolicies(tables, family, file);
  const asked = natAsked(builder.chains, builder.bases, {
    untracked: NEVER,
    tracked: new Set(context.facts.tracks ? [family] : []),
  });
  return {
    families: [family],
    chains: asked.chains,
    bases: builder.bases,
    assumptions: [...assumptions, ...absentText(tables, file), ...kept.assumptions, ...context.assumptions, ...asked.assumptions],
    unseen: [...unseen, ...kept.unseen],
    problems: problems.inOrder(),
  };
}

/** `ip filter/FORWARD`, `ip6 nat/OUTPUT` */
export function chainId(family: Family, table: TableName, chain: string): string {
  return `${family === 'ipv4' ? 'ip' : 'ip6'} ${table}/${chain}`;
}

class Builder {
  readonly chains = new Map<string, Chain>();
  readonly bases: BaseChain[] = [];
  readonly #context: Context;
  readonly #families: readonly Family[];
  readonly #rules: RuleReader;

  constructor(context: Context) {
    this.#context = context;
    this.#families = [context.family];
    this.#rules = new RuleReader(context, this.#families);
  }

  add(table: RawTable): void {
    this.#context.table = table.name;
    const reach = reachOf(table, this.#context.problems);
    for (const chain of table.chains.values()) this.#chain(table, chain, reach.get(chain) ?? new Set());
  }

  #chain(table: RawTable, chain: RawChain, hooks: ReadonlySet<Hook>): void {
    const { family } = this.#context;
    const idOf = (name: string): string => chainId(family, table.name, name);
    const id = idOf(chain.name);
    const place = placeAt(chain.span, `:${chain.name}`, this.#context);
    const inTable = { table, hooks, idOf };
    const within = { ...inTable, chain, occurrences: new Occurrences(id), rests: this.#rules.restsOf(inTable, chain) };
    const rules = chain.rules.map((rule) => this.#rules.read(rule, within));
    const base = chain.builtIn ? placeOfChain(table.name, chain.name) : null;
    const passing = base?.kind === 'nat' ? this.#untracked(place) : [];
    this.chains.set(id, {
      id,
      name: chain.name,
      table: table.name,
      families: this.#families,
      rules: [...passing, ...rules],
      place,
    });
    if (base !== null) {
      const { name, policy } = chain;
      this.bases.push({ ...base, chain: id, policy, place: { ...place, text: `:${name} ${policy.toUpperCase()}` } });
    }
  }

  /** A packet that is not tracked never comes to the table nat: as a rule before all others. */
  #untracked(place: Place): readonly Rule[] {
    const condition = this.#context.untracked();
    if (condition.kind === 'never') return [];
    const text = 'packets that are not tracked pass the table nat by';
    const cases = [{ condition: ALWAYS, verdict: { kind: 'accept' } as const }];
    return [{ place: { ...place, text }, families: this.#families, condition, cases }];
  }
}

/** What iptables-save leaves out is not loaded, and lets everything pass: as far as the file was made by it. */
function absentText(tables: ReadonlyMap<TableName, RawTable>, file: string): readonly string[] {
  const missing = TABLE_NAMES.filter((name) => !tables.has(name));
  const silent = [...tables.values()].flatMap(({ name, chains }) =>
    BUILT_IN[name]
      .filter((chain) => (chains.get(chain)?.policyGiven ?? 'nowhere') === 'nowhere')
      .map((chain) => `${name}/${chain}`),
  );
  return [
    ...(missing.length === 0
      ? []
      : [`${file} holds no table ${missing.join(', ')}: what it does not hold lets everything pass and rewrites nothing.`]),
    ...(silent.length === 0 ? [] : [`${file} gives no policy of ${silent.join(', ')}: it is taken to be ACCEPT.`]),
  ];
}
