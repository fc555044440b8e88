/**
 * What feeds the questions that no packet answers: rules that set marks, untrack or fill a set; elements of sets; limits, quotas and counters with
 * a name.
 *
 * Worked example: `ip saddr @seen` is fed by the elements of `seen`, and by every rule that has `add @seen`; `limit name mail` by what `mail` is.
 */
import { digestOf, type FeedingChain, feedersIn } from '../fingerprint.ts';
import { textOf } from './lexer.ts';
import { calledBy } from './reach.ts';
import type { RawChain, RawSet, RawTable, Tree } from './tree.ts';

export class Feeding {
  readonly #tree: Tree;
  readonly #found = new Map<string, readonly string[]>();
  readonly #sets = new Map<RawSet, readonly string[]>();
  #chains: ReadonlyMap<string, FeedingChain> | null = null;
  #filled: ReadonlySet<string> | null = null;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** @param table  in which the question is asked. */
  of(text: string, table: RawTable): readonly string[] {
    const kinds = FEEDS.filter(([asked]) => asked.test(text)).map(([, feeds]) => feeds);
    const sets = setsIn(text);
    const objects = [...text.matchAll(/\bname "?([\w./\\-]+)/g)].map(([, name = '']) => name);
    return [
      ...kinds.flatMap((feeds) => this.#rules(feeds)),
      ...sets.flatMap((name) => (RAW.has(name) ? [] : [...this.#set(table, name), ...this.#filling(name)])),
      ...objects.flatMap((name) => table.objects.filter((one) => one.split(/[\s"]+/).includes(name)).map(plain)),
    ];
  }

  #rules(feeds: RegExp): readonly string[] {
    const known = this.#found.get(feeds.source);
    if (known !== undefined) return known;
    const found = digestOf(feedersIn(this.#texts(), (text) => feeds.test(text)));
    this.#found.set(feeds.source, found);
    return found;
  }

  /** Most sets are filled by no rule. */
  #filling(name: string): readonly string[] {
    this.#filled ??= new Set(
      [...this.#texts().values()].flatMap(({ rules }) => rules.flatMap(({ text }) => (FILLS.test(text) ? setsIn(text) : []))),
    );
    return this.#filled.has(name) ? this.#rules(filling(name)) : [];
  }

  #set({ sets }: RawTable, name: string): readonly string[] {
    const set = sets.get(name);
    if (set === undefined) return [];
    const known = this.#sets.get(set);
    if (known !== undefined) return known;
    const found = digestOf([setText(set)]);
    this.#sets.set(set, found);
    return found;
  }

  #texts(): ReadonlyMap<string, FeedingChain> {
    this.#chains ??= chainsOf(this.#tree, (table, name) => this.#set(table, name));
    return this.#chains;
  }
}

const FILLS = /\b(add|update|delete)\b/;

function setsIn(text: string): readonly string[] {
  return [...text.matchAll(/@ ?([A-Za-z_][\w./\\-]*)/g)].map(([, name = '']) => name);
}

/** Bytes of a packet, not sets. */
const RAW: ReadonlySet<string> = new Set(['ll', 'nh', 'th', 'ih']);

/** What a question is about, and the rules that feed that. A rule of iptables-nft may be known by a name only, or not at all. */
const FEEDS: readonly (readonly [RegExp, RegExp])[] = [
  [/\bmark\b/, /\bmark set\b|\bxt \w+ "?(\w*MARK|SET|TPROXY)\b|^#/],
  [/\bstate\b|\btracked\b/, /\bnotrack\b|\bxt \w+ "?(CT|NOTRACK)\b|^#/],
  [/\bstatus\b/, /\b(dnat|snat|redirect|masquerade)\b|\bxt target\b|^#/],
  [
    /\b(label|zone|helper|priority|dscp|ecn|ttl|hoplimit|secmark)\b/,
    /\b(label|zone|helper|priority|dscp|ecn|ttl|hoplimit|secmark) set\b/,
  ],
  [/\bxt match "?(recent|set)\b/, /\bxt match "?recent\b|\bxt target "?SET\b/],
];

function filling(name: string): RegExp {
  return new RegExp(`\\b(add|update|delete)\\b.*@ ?${name.replace(/[.\\]/g, '\\$&')}(?![\\w.-])`);
}

function setText({ name, type, flags, elements }: RawSet): string {
  const texts = elements.map((element) => plain(textOf(element))).sort();
  return `${name} ${textOf(type)} ${[...flags].sort().join(' ')} { ${texts.join(', ')} }`;
}

type SetDigest = (table: RawTable, name: string) => readonly string[];

function chainsOf(tree: Tree, digest: SetDigest): ReadonlyMap<string, FeedingChain> {
  const chains = new Map<string, FeedingChain>();
  for (const table of tree.values())
    for (const chain of table.chains.values()) {
      const rules = chain.rules.map((rule) => ({
        text: ruleText(rule.tokens.length === 0 ? '' : textOf(rule.tokens), rule.hidden, (name) => digest(table, name)),
        calls: calledBy(rule, table).map((name) => idOf(table, name)),
      }));
      chains.set(idOf(table, chain.name), { name: `${idOf(table, chain.name)} ${baseText(chain)}`, rules });
    }
  return chains;
}

function ruleText(text: string, hidden: string | null, digest: (name: string) => readonly string[]): string {
  const named = setsIn(text).flatMap(digest);
  return [`${hidden === null ? '' : `# ${hidden} `}${plain(text)}`, ...named].join(' ');
}

function idOf({ family, name }: RawTable, chain: string): string {
  return `${family} ${name}/${chain}`;
}

function baseText({ base, policy }: RawChain): string {
  return base === null ? '' : `${base.type.text} ${base.hook.text} ${textOf(base.priority)} ${policy?.text ?? 'accept'}`;
}

/** Without what changes by itself. */
function plain(text: string): string {
  return text
    .replace(/\bpackets \d+ bytes \d+/g, '')
    .replace(/\b(used|expires) \S+( k?m?bytes)?/g, '')
    .replace(/"(used|packets|bytes|handle)": ?\d+/g, '')
    .trim();
}
