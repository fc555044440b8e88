/**
 * Random iptables-save, ip6tables-save and ipset save texts, from a seed: with what real ones have, in the order and spelling in which people write it.
 * Only what gives the same answer each time: no rate limits.
 *
 * @see iptables(8), iptables-extensions(8), ipset(8)
 */
import type { Family } from '../../../src/model/address.ts';
import { type Pool, poolOf } from './address-pool.ts';
import { type GeneratedSet, generateSets } from './ipset.ts';
import { type Match, matchesOf, type Surroundings } from './iptables-matches.ts';
import { targetWords } from './iptables-targets.ts';
import { Random } from './random.ts';
import { ANSWERS, type Generated, type GeneratedFile } from './world.ts';

export function generateIptables(seed: number): Generated {
  const random = new Random(seed);
  const hook = random.weighted([
    [6, 'forward'],
    [3, 'output'],
    [2, 'input'],
  ] as const);
  const families: readonly Family[] = random.weighted<readonly Family[]>([
    [6, ['ipv4', 'ipv6']],
    [2, ['ipv4']],
    [2, ['ipv6']],
  ]);
  const setLines: string[] = [];
  const files = families.map((family): GeneratedFile => {
    const pool = poolOf(family, hook, random);
    const { sets, lines } = generateSets(family, pool, random);
    setLines.push(...lines);
    const format = family === 'ipv4' ? 'iptables-save' : 'ip6tables-save';
    return { name: family === 'ipv4' ? 'fw.v4' : 'fw.v6', format, text: new File(family, hook, { pool, sets, random }).text() };
  });
  const sets: GeneratedFile = { name: 'fw.sets', format: 'ipset-save', text: `${setLines.join('\n')}\n` };
  return { files: setLines.length === 0 ? files : [...files, sets], families, hook };
}

/** Built-in chains on the way, by table; of each table the share of rulesets that have it. */
const WAYS: Readonly<Record<Generated['hook'], Readonly<Record<string, readonly string[]>>>> = {
  forward: {
    raw: ['PREROUTING'],
    mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'POSTROUTING'],
    nat: ['PREROUTING', 'POSTROUTING'],
    filter: ['INPUT', 'FORWARD'],
    security: ['FORWARD', 'INPUT'],
  },
  output: {
    raw: ['OUTPUT'],
    mangle: ['OUTPUT', 'POSTROUTING'],
    nat: ['OUTPUT', 'POSTROUTING'],
    filter: ['OUTPUT'],
    security: ['OUTPUT'],
  },
  input: {
    raw: ['PREROUTING'],
    mangle: ['PREROUTING', 'INPUT'],
    nat: ['PREROUTING', 'INPUT'],
    filter: ['INPUT', 'FORWARD'],
    security: ['INPUT'],
  },
};

const SHARES: Readonly<Record<string, number>> = { raw: 0.2, mangle: 0.3, nat: 0.45, filter: 1, security: 0.15 };

interface Chain {
  readonly name: string;
  readonly roots: readonly string[];
  readonly builtIn: boolean;
  /** Chains that it may lead to. */
  readonly next: readonly Chain[];
}

interface Parts {
  readonly pool: Pool;
  readonly sets: readonly GeneratedSet[];
  readonly random: Random;
}

class File {
  readonly #family: Family;
  readonly #hook: Generated['hook'];
  readonly #parts: Parts;

  constructor(family: Family, hook: Generated['hook'], parts: Parts) {
    this.#family = family;
    this.#hook = hook;
    this.#parts = parts;
  }

  text(): string {
    const { random } = this.#parts;
    const tables = Object.keys(SHARES).filter((table) => random.chance(SHARES[table] ?? 0));
    const parts = random.shuffled(tables).map((table) => this.#table(table));
    return `# Generated\n${parts.join('')}# Completed\n`;
  }

  #table(table: string): string {
    const { random } = this.#parts;
    const chains = this.#chains(table);
    const heads = chains.map(
      ({ name, builtIn }) => `:${name} ${builtIn ? this.#policy(table) : '-'} ${random.one(['[0:0]', '[12:3456]'])}`,
    );
    // Rules of one chain keep their order; those of several may be mixed.
    const rules = random.chance(0.3)
      ? mixed(
          chains.map((chain) => this.#rules(table, chain)),
          random,
        )
      : chains.flatMap((chain) => this.#rules(table, chain));
    return `*${table}\n${[...heads, ...rules].join('\n')}\nCOMMIT\n`;
  }

  #policy(table: string): string {
    const { random } = this.#parts;
    return table === 'nat' || !random.chance(table === 'filter' ? 0.45 : 0.08) ? 'ACCEPT' : 'DROP';
  }

  /** Built-in ones, each with chains of its own, and sometimes one that all share. */
  #chains(table: string): readonly Chain[] {
    const { random } = this.#parts;
    const roots = WAYS[this.#hook][table] ?? [];
    const shared: Chain[] = random.chance(0.3) ? [{ name: `${table}_all`, roots, builtIn: false, next: [] }] : [];
    const built = roots.map((root) => {
      const own: Chain[] = [];
      for (const index of random.times(0, table === 'filter' ? 4 : 2, (at) => at)) {
        own.push({ name: `${root.toLowerCase()}-${index}`, roots: [root], builtIn: false, next: [...own, ...shared] });
      }
      const chain: Chain = { name: root, roots: [root], builtIn: true, next: [...own, ...shared] };
      return [chain, ...own];
    });
    return [...built.flat(), ...shared];
  }

  #rules(table: string, chain: Chain): readonly string[] {
    const { random } = this.#parts;
    const first = chain.builtIn ? ANSWERS[this.#family === 'ipv4' ? 'iptables-save' : 'ip6tables-save'] : [];
    const busy = chain.builtIn ? [1, table === 'filter' ? 9 : 5] : [0, 5];
    const rules = random.times(busy[0] ?? 0, busy[1] ?? 0, (index) => this.#rule(table, chain, index));
    return [...first.map((rule) => `-A ${chain.name} ${rule}`), ...rules];
  }

  #rule(table: string, chain: Chain, index: number): string {
    const { random, ...parts } = this.#parts;
    const at: Surroundings = { ...parts, random, family: this.#family, table, roots: chain.roots };
    const target = targetWords(
      at,
      chain.next.map(({ name }) => name),
      this.#hook,
    );
    const matches = target.tcp
      ? [{ words: ['-p', 'tcp'], needs: false }, ...withoutProtocol(matchesOf(at, chain.builtIn))]
      : matchesOf(at, chain.builtIn);
    const words = ordered([...matches, { words: target.words, needs: target.tcp }], random).flat();
    const place =
      index > 0 && random.chance(0.05)
        ? `-I ${chain.name} ${chain.builtIn ? 3 : 1}`
        : `${random.one(['-A', '-A', '-A', '--append'])} ${chain.name}`;
    const counters = random.chance(0.1) && place.startsWith('-A') ? '[0:0] ' : '';
    return `${counters}${place} ${words.join(' ')}`.trim();
  }
}

/** A target such as a tcp-reset wants TCP, and nothing that wants another protocol. */
function withoutProtocol(matches: readonly Match[]): readonly Match[] {
  const [first, ...others] = matches;
  const asks = first?.words.some((word) => word === '-p' || word === '--protocol') === true;
  return asks ? others : matches;
}

/** In any order, but what needs the protocol comes after it. */
function ordered(groups: readonly Match[], random: Random): readonly (readonly string[])[] {
  const list = [...(random.chance(0.5) ? groups : random.shuffled(groups))];
  const at = list.findIndex(({ words }) => words.includes('-p') || words.includes('--protocol'));
  const first = list.findIndex(({ needs }) => needs);
  if (at > first && first >= 0) list.splice(first, 0, ...list.splice(at, 1));
  return list.map(({ words }) => words);
}

/** Each list in its order. */
function mixed(lists: readonly (readonly string[])[], random: Random): readonly string[] {
  const left = lists.map((list) => [...list]).filter((list) => list.length > 0);
  const out: string[] = [];
  while (left.length > 0) {
    const list = random.one(left);
    out.push(list.shift() ?? '');
    if (list.length === 0) left.splice(left.indexOf(list), 1);
  }
  return out;
}
