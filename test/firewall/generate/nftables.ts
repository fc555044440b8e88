/**
 * Random nftables rulesets that the real nft loads: several tables, several base chains on the way of a packet, chains that call each other, sets, maps.
 *
 * Worked example: the chains of a table are `c1`, `c2`, …, of which each only calls later ones; then come its base chains. Some of a hook have one
 * priority: of those the kernel asks the one first that was made last.
 */
import { FAMILIES } from '../../../src/model/address.ts';
import type { Setting } from './nftables-matches.ts';
import { ruleOf } from './nftables-rules.ts';
import { type Declared, declaredIn } from './nftables-sets.ts';
import { translation } from './nftables-translations.ts';
import { Random } from './random.ts';
import { ANSWERS, type Generated } from './world.ts';

export function generate(seed: number): Generated {
  const random = new Random(seed);
  const hook = random.one(['forward', 'output', 'input'] as const);
  const priorities = withTies(random.shuffled(PRIORITIES), new Random(seed + TIES));
  const tables = random.times(1, 3, (index) => tableOf(index, hook, priorities.slice(index * 8, index * 8 + 8), random));
  const defines = DEFINES.map(({ name, text }) => `define ${name} = ${text}`);
  const lines = ['flush ruleset', ...defines, ...tables.map(({ text }) => text), ...tables.flatMap(({ later }) => later), ''];
  return {
    files: [{ name: 'firewall.nft', format: 'nftables', text: lines.join('\n') }],
    families: FAMILIES.filter((one) =>
      tables.some(({ family }) => family === 'inet' || family === (one === 'ipv4' ? 'ip' : 'ip6')),
    ),
    hook,
  };
}

/** Beside the seed of everything else. */
const TIES = 0x4000_0000;

/** As they are, but that some are the same as the one before. */
function withTies(priorities: readonly number[], random: Random): readonly number[] {
  return priorities.map((priority, at) => (random.chance(0.2) ? (priorities[at - 1] ?? priority) : priority));
}

const DEFINES = [
  { name: 'mail', kind: 'ports', text: '{ 25, 465, 587 }' },
  { name: 'relay', kind: 'address', text: '203.0.113.25' },
  { name: 'net', kind: 'address', text: '{ 10.20.0.0/24, 198.51.100.0-198.51.100.9 }' },
] as const;

/** All after connection tracking (−200), before which translation and states have no place. */
const PRIORITIES: readonly number[] = Array.from({ length: 40 }, (_, index) => index * 7 - 140);

/** The hooks on the way of a packet, and after a redirect. */
const WAY = {
  forward: ['prerouting', 'prerouting', 'forward', 'forward', 'forward', 'input', 'postrouting'],
  output: ['output', 'output', 'output', 'postrouting'],
  input: ['prerouting', 'prerouting', 'input', 'input', 'input'],
} as const;

interface Base {
  readonly name: string;
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: string;
  readonly priority: number;
}

interface Table {
  readonly family: Setting['family'];
  readonly text: string;
  /** Commands behind the tables. */
  readonly later: readonly string[];
}

function tableOf(index: number, hook: Generated['hook'], priorities: readonly number[], random: Random): Table {
  const family = random.weighted<Setting['family']>([
    [4, 'inet'],
    [3, 'ip'],
    [2, 'ip6'],
  ]);
  const bases = random.times(1, 4, (at) => baseOf(`b${at}`, hook, priorities[at] ?? 0, random));
  const filtering = bases.filter(({ type }) => type !== 'nat');
  const calls = filtering.length === 0 ? [] : random.times(0, 3, (at) => `c${at + 1}`);
  const declared = declaredIn(family, calls, random);
  const hooks = [...new Set(filtering.map((base) => base.hook))];
  const setting: Setting = { family, hooks, sets: declared.map(({ set }) => set), defines: DEFINES };
  const regular = calls.map((name, at) => {
    const rules = random.times(0, 4, () => ruleOf(setting, calls.slice(at + 1), random));
    return chain(name, [], rules, random);
  });
  const own = bases.map((base) => baseChain(base, setting, calls, random));
  const dormant = index > 0 && random.chance(0.08) ? '  flags dormant\n' : '';
  const body = [...declared.map(({ text }: Declared) => text), ...regular, ...own];
  const where = random.chance(0.25) ? [...calls.slice(0, 1), ...filtering.slice(0, 1).map(({ name }) => name)] : [];
  const later = where.map((name) => {
    const verb = name.startsWith('c') ? random.one(['insert', 'add']) : 'add';
    return `${verb} rule ${family} t${index} ${name} ${ruleOf({ ...setting, sets: [] }, [], random)}`;
  });
  return { family, text: `table ${family} t${index} {\n${dormant}${body.join('')}}`, later };
}

/** Translation sees the first packet where it enters, is made, or leaves. */
function baseOf(name: string, way: Generated['hook'], priority: number, random: Random): Base {
  const hook = random.one(WAY[way]);
  const nat = hook !== 'forward' && hook !== 'input' && random.chance(0.5);
  const route = hook === 'output' && !nat && random.chance(0.15);
  return { name, type: nat ? 'nat' : route ? 'route' : 'filter', hook, priority };
}

function baseChain(base: Base, setting: Setting, calls: readonly string[], random: Random): string {
  const { name, type, hook, priority } = base;
  const policy = type !== 'nat' && random.chance(0.25) ? ' policy drop;' : random.chance(0.3) ? ' policy accept;' : '';
  const head = `type ${type} hook ${hook} priority ${priorityText(priority, hook, random)};${policy}`;
  const here = { ...setting, hooks: [hook] };
  const rules =
    type === 'nat'
      ? random.times(1, 4, () => translation(here, hook, random))
      : random.times(1, 8, () => ruleOf(here, calls, random));
  return chain(name, [head, ...ANSWERS.nftables], rules, random);
}

function priorityText(priority: number, hook: string, random: Random): string {
  if (random.chance(0.6)) return `${priority}`;
  const names = [
    ['filter', 0],
    ['mangle', -150],
    ['security', 50],
  ] as const;
  const [name, start] = hook === 'prerouting' && random.chance(0.5) ? (['dstnat', -100] as const) : random.one(names);
  const offset = priority - start;
  return offset === 0 ? name : `${name} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
}

/** As `nft list` writes it, or with what else may stand between rules. */
function chain(name: string, head: readonly string[], rules: readonly string[], random: Random): string {
  const broken = rules.map((rule) => (random.chance(0.05) ? rule.replace(' ', ' \\\n      ') : rule));
  const lines = [...head, ...broken].map((line) => `    ${line}\n`);
  return `  chain ${name} {${random.chance(0.1) ? ' # tcp dport 25 accept' : ''}\n${lines.join('')}  }\n`;
}
