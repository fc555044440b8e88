/**
 * What feeds the questions that no packet answers: rules that set marks, take packets out of tracking, add to a set or a list, rewrite what later
 * rules ask about.
 *
 * Worked example: `-m mark --mark 0x1` is fed by `-A PREROUTING -i eth1 -j MARK --set-mark 1` and by the rules before it in its chain.
 */
import type { Source } from '../../model/source.ts';
import { Feeders, type FeedingChain, type FeedingRule, WHATEVER } from '../feeders.ts';
import { digestOf } from '../fingerprint.ts';
import { type Asked, readBy } from './effects.ts';
import type { RawChain, RawRule, RawTable } from './raw-table.ts';
import { resolveTarget } from './resolve.ts';
import { type IpsetTable, setsWithin } from './set-types.ts';
import type { TableName } from './table-names.ts';
import { splitWords } from './words.ts';

export class Feeding {
  readonly #tables: ReadonlyMap<TableName, RawTable>;
  readonly #source: Source;
  readonly #sets: IpsetTable;
  readonly #contents = new Map<string, string>();
  readonly #found = new Map<string, readonly string[]>();
  #feeders: Feeders | null = null;

  constructor(tables: ReadonlyMap<TableName, RawTable>, source: Source, sets: IpsetTable) {
    this.#tables = tables;
    this.#source = source;
    this.#sets = sets;
  }

  /** @param text  of a question, in the words of opaque.ts. */
  of(text: string): readonly string[] {
    const known = this.#found.get(text);
    if (known !== undefined) return known;
    const asked = this.#withMembers(kindsOf(text));
    if (asked.length > 0) this.#feeders ??= new Feeders(this.#chains());
    const found = asked.flatMap((kind) => this.#feeders?.of(kind) ?? []);
    this.#found.set(text, found);
    return found;
  }

  #chains(): ReadonlyMap<string, FeedingChain> {
    const chains = new Map<string, FeedingChain>();
    for (const table of this.#tables.values())
      for (const chain of table.chains.values()) {
        const name = `${table.name}/${chain.name}`;
        const rules = chain.rules.map((rule) => this.#rule(rule, table));
        chains.set(name, { name: `${name} ${chain.policy}`, rules, textAt: (index) => this.#text(chain, index) });
      }
    return chains;
  }

  #rule({ target, effects }: RawRule, table: RawTable): FeedingRule {
    const [writes, reads] = [this.#withMembers(effects.writes), this.#withMembers(effects.reads)];
    if (target === null) return { writes, reads, calls: NOTHING };
    if (resolveTarget(target, table).kind === 'foreign') return { writes: [...writes, ...WHATEVER], reads, calls: NOTHING };
    return { writes, reads, calls: table.chains.has(target.name) ? [`${table.name}/${target.name}`] : NOTHING };
  }

  #text({ rules }: RawChain, index: number): string {
    const rule = rules[index];
    if (rule === undefined) return '';
    const written = this.#source.text.slice(rule.start, rule.end).trim();
    // Most are spaced so already, and a file may hold thousands.
    const text = /[^\S ]| {2}/.test(written) ? written.replace(/\s+/g, ' ') : written;
    return `${text}${setsOf(rule.effects.reads)
      .map((name) => this.#content(name))
      .join('')}`;
  }

  /** A target that adds to a list of sets adds to one of these sets; a match of it asks them. */
  #withMembers(kinds: readonly string[]): readonly string[] {
    if (!kinds.some((kind) => kind.startsWith(SET))) return kinds;
    return kinds.flatMap((kind) =>
      kind.startsWith(SET) ? setsWithin(kind.slice(SET.length), this.#sets).map((name) => `${SET}${name}`) : [kind],
    );
  }

  #content(name: string): string {
    const known = this.#contents.get(name);
    if (known !== undefined) return known;
    const all = setsWithin(name, this.#sets).map((one) => this.#sets.sets.get(one) ?? null);
    const found = digestOf([JSON.stringify(all, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))]).join();
    this.#contents.set(name, found);
    return found;
  }
}

const NOTHING: readonly string[] = [];

const SET = 'set ';

function setsOf(kinds: readonly string[]): readonly string[] {
  return kinds.flatMap((kind) => (kind.startsWith(SET) ? [kind.slice(SET.length)] : []));
}

/** What a question asks for: its matches are spelled in one way, and values with blanks are quoted. */
function kindsOf(text: string): readonly string[] {
  if (text.includes('(NOTRACK)')) return ['tracking'];
  const { words } = splitWords(text, 0, text.length);
  const asked: { name: string; options: { name: string; values: { text: string }[] }[] }[] = [];
  for (const [at, { text: word, quoted }] of words.entries()) {
    const before = words[at - 1];
    if (before?.text === '-m' && !before.quoted) asked.push({ name: word, options: [] });
    else if (!quoted && word.startsWith('--')) asked.at(-1)?.options.push({ name: word.slice(2), values: [] });
    else asked.at(-1)?.options.at(-1)?.values.push({ text: word });
  }
  return asked.flatMap((one: Asked) => readBy(one));
}
