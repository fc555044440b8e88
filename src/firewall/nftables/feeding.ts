/**
 * What feeds the questions that no packet answers: rules that set marks, untrack or fill a set; elements of sets; limits, quotas and counters with
 * a name.
 *
 * Worked example: `ip saddr @seen` is fed by the elements of `seen`, and by every rule that has `add @seen`; `limit name mail` by what `mail` is.
 */
import { remembered } from '../../model/remembered.ts';
import { Feeders, type FeedingChain } from '../feeders.ts';
import { digestOf } from '../fingerprint.ts';
import { askedBy, readBy, writtenBy } from './effects.ts';
import { baseText, lastingText, setText } from './lasting-text.ts';
import { textOf } from './lexer.ts';
import { calledBy } from './reach.ts';
import type { RawRule, RawSet, RawTable, Tree } from './tree.ts';

export class Feeding {
  readonly #tree: Tree;
  readonly #sets = new Map<RawSet, readonly string[]>();
  #written: ReadonlySet<string> | null = null;
  #feeders: Feeders | null = null;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** @param table  in which the question is asked. */
  of(text: string, table: RawTable): readonly string[] {
    this.#written ??= writtenIn(this.#tree);
    const { size } = this.#written;
    const asked = size === 0 ? [] : askedBy(text).filter((one) => this.#written?.has(one));
    const sets = setsIn(text);
    return [
      ...(asked.length === 0 ? [] : asked.flatMap((one) => this.#rules.of(one))),
      ...sets.flatMap((name) => this.#set(table, name)),
      ...this.#objects(text, table),
    ];
  }

  get #rules(): Feeders {
    this.#feeders ??= new Feeders(this.#chains(this.#written ?? new Set()));
    return this.#feeders;
  }

  #chains(written: ReadonlySet<string>): ReadonlyMap<string, FeedingChain> {
    const chains = new Map<string, FeedingChain>();
    for (const table of this.#tree.values())
      for (const chain of table.chains.values()) {
        const rules = chain.rules.map((rule) => ({
          writes: writtenBy(rule),
          reads: readBy(rule.tokens).filter((one) => written.has(one)),
          calls: calledBy(rule, table).map((name) => idOf(table, name)),
        }));
        const name = `${idOf(table, chain.name)} ${baseText(chain, table)}`;
        chains.set(idOf(table, chain.name), { name, rules, textAt: (at) => this.#text(chain.rules[at], table) });
      }
    return chains;
  }

  #text(rule: RawRule | undefined, table: RawTable): string {
    if (rule === undefined) return '';
    const text = rule.tokens.length === 0 ? '' : textOf(rule.tokens);
    const named = [...setsIn(text).flatMap((name) => this.#set(table, name)), ...this.#objects(text, table)];
    return [`${rule.hidden === null ? '' : `# ${rule.hidden} `}${lastingText(text)}`, ...named].join(' ');
  }

  #set({ sets }: RawTable, name: string): readonly string[] {
    const set = sets.get(name);
    if (set === undefined) return [];
    return remembered(this.#sets, set, () => digestOf([setText(set)]));
  }

  /** Limits, quotas and helpers that the words name, or the elements of a map among them. */
  #objects(text: string, { objects, sets }: RawTable): readonly string[] {
    if (objects.length === 0) return [];
    const elements = setsIn(text).flatMap((name) => sets.get(name)?.elements ?? []);
    const named = new Set(`${text} ${elements.map(textOf).join(' ')}`.split(NAME_ENDS));
    return objects.filter((one) => namesOf(one).some((name) => named.has(name))).map(lastingText);
  }
}

/** `limit mail { … }`; of `quota ip edge mail over 1 bytes` any of what may be its name. */
function namesOf(object: string): readonly string[] {
  const [kind, ...words] = object.split(/[\s"]+/);
  const brace = words.indexOf('{');
  if (kind === 'comment') return [];
  return brace < 0 ? words.slice(0, 3) : words.slice(Math.max(0, brace - 1), brace);
}

const NAME_ENDS = /[^\w./\\-]+/;

function writtenIn(tree: Tree): ReadonlySet<string> {
  const written = new Set<string>();
  for (const { chains } of tree.values())
    for (const { rules } of chains.values()) for (const rule of rules) for (const one of writtenBy(rule)) written.add(one);
  return written;
}

function setsIn(text: string): readonly string[] {
  return [...text.matchAll(/@ ?"?([A-Za-z_][\w./\\-]*)/g)].map(([, name = '']) => name);
}

function idOf({ family, name }: RawTable, chain: string): string {
  return `${family} ${name}/${chain}`;
}
