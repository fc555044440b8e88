/**
 * What feeds the questions that no packet answers: rules that set marks, take packets out of tracking, add to a set or a list, rewrite what later
 * rules ask about.
 *
 * Worked example: `-m mark --mark 0x1` is fed by `-A PREROUTING -i eth1 -j MARK --set-mark 1` and by the rules before it in its chain.
 */
import type { Source } from '../../model/source.ts';
import { digestOf, type FeedingChain, feedersIn } from '../fingerprint.ts';
import type { RawTable } from './raw-table.ts';
import type { IpsetTable } from './set-types.ts';
import type { TableName } from './table-names.ts';

export class Feeding {
  readonly #tables: ReadonlyMap<TableName, RawTable>;
  readonly #source: Source;
  readonly #found = new Map<string, readonly string[]>();
  readonly #sets = new Map<string, string>();
  #chains: ReadonlyMap<string, FeedingChain> | null = null;
  #fills: boolean | null = null;

  constructor(tables: ReadonlyMap<TableName, RawTable>, source: Source) {
    this.#tables = tables;
    this.#source = source;
  }

  of(text: string, sets: IpsetTable): readonly string[] {
    const found: string[] = [];
    for (const [asked, feeds] of FEEDS) if (asked.test(text)) found.push(...this.#rules(feeds, sets));
    for (const name of this.#isFilling ? namedBy(/--match-set (\S+)/g, text) : []) {
      const filling = new RegExp(`-set ${escaped(name)} .*-j SET|-j SET .*-set ${escaped(name)} `);
      found.push(...this.#rules(filling, sets));
    }
    for (const name of text.includes('-m recent') ? listsOf(text) : []) found.push(...this.#rules(listed(name), sets));
    return found;
  }

  #rules(feeds: RegExp, sets: IpsetTable): readonly string[] {
    const known = this.#found.get(feeds.source);
    if (known !== undefined) return known;
    this.#chains ??= this.#texts(sets);
    const found = digestOf(feedersIn(this.#chains, (text) => feeds.test(text)));
    this.#found.set(feeds.source, found);
    return found;
  }

  #texts(sets: IpsetTable): ReadonlyMap<string, FeedingChain> {
    const chains = new Map<string, FeedingChain>();
    for (const table of this.#tables.values())
      for (const chain of table.chains.values()) {
        const rules = chain.rules.map(({ start, end, target }) => {
          const written = this.#source.text.slice(start, end).trim();
          // Most are spaced so already, and a file may hold thousands.
          const text = /[^\S ]| {2}/.test(written) ? written.replace(/\s+/g, ' ') : written;
          const called = target !== null && table.chains.has(target.name) ? [`${table.name}/${target.name}`] : NO_CALLS;
          return { text: text.includes('--match-set ') ? `${text}${this.#contents(text, sets)}` : text, calls: called };
        });
        const name = `${table.name}/${chain.name}`;
        chains.set(name, { name: `${name} ${chain.policy}`, rules });
      }
    return chains;
  }

  /** Few files have such a rule at all. */
  get #isFilling(): boolean {
    this.#fills ??= this.#source.text.includes('-j SET');
    return this.#fills;
  }

  /** Of the sets that a rule asks. */
  #contents(text: string, sets: IpsetTable): string {
    return namedBy(/--match-set (\S+)/g, text)
      .map((name) => this.#content(name, sets))
      .join('');
  }

  #content(name: string, { sets }: IpsetTable): string {
    const known = this.#sets.get(name);
    if (known !== undefined) return known;
    const found = digestOf([
      JSON.stringify(sets.get(name) ?? null, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    ]).join();
    this.#sets.set(name, found);
    return found;
  }
}

const NO_CALLS: readonly string[] = [];

/** What a question is about, and the rules that feed that. */
const FEEDS: readonly (readonly [RegExp, RegExp])[] = [
  [/\bmark\b|-m connmark/, /-j (\w*MARK|SET|TPROXY)\b|--restore-skmark/],
  [/NOTRACK|-m (state|conntrack)\b/, /-j (NOTRACK|CT)\b/],
  [/ctstate|ctstatus|ctrepl/, /-j (DNAT|REDIRECT|NETMAP|SNAT|MASQUERADE)\b/],
  [/-m (dscp|tos|ttl|hl|ecn)\b/, /-j (DSCP|TOS|TTL|HL|ECN)\b/],
  [/-m rateest/, /-j RATEEST\b/],
  [/-m helper/, /-j CT\b/],
  [/-m connlabel/, /-m connlabel .*--set/],
  [/-m nfacct|-m account/, /-m nfacct/],
];

function namedBy(pattern: RegExp, text: string): readonly string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}

/** The lists of `recent` that a text names. */
function listsOf(text: string): readonly string[] {
  return [...namedBy(/--name (\S+)/g, text), ...(text.includes('--name ') ? [] : ['DEFAULT'])];
}

/** Rules that put an address into a list of `recent`, or take it out. */
function listed(name: string): RegExp {
  const whose = name === 'DEFAULT' ? '(?!.*--name (?!DEFAULT))' : `(?=.*--name ${escaped(name)}(?!\\S))`;
  return new RegExp(`-m recent${whose}.*--(set|update|remove)\\b`);
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
