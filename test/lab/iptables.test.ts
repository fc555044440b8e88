/** The parsers of iptables-save and ipset save against the tools themselves: what they load, save and find in a set. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Context, type Facts } from '../../src/firewall/iptables/context.ts';
import { parseIpset } from '../../src/firewall/iptables/ipset.ts';
import { setCondition } from '../../src/firewall/iptables/set-condition.ts';
import { Problems } from '../../src/firewall/problems.ts';
import type { Condition } from '../../src/firewall/ruleset.ts';
import { openSandbox, type Sandbox } from '../../src/lab/sandbox.ts';
import { numberOf, parseAddress } from '../../src/model/address.ts';
import { sourceOf } from '../../src/model/source.ts';
import { fileOf, parse } from '../firewall/iptables/file.ts';
import {
  ADDRESSES,
  FLAGS,
  INTERFACES,
  MARKS,
  ORDERS,
  OWNERS,
  PORTS,
  PROTOCOLS,
  type RuleCase,
  STATES,
} from '../firewall/iptables/match.cases.ts';
import { TARGET_CASES } from '../firewall/iptables/target.cases.ts';
import { showChain } from '../firewall/show.ts';
import { describeServers } from './debian-servers.ts';

const BARRIER = '=====';

const NO_FACTS: Facts = {
  markTables: { mark: new Set(), connmark: new Set() },
  diverts: false,
  untracks: false,
  tracks: false,
  rewritten: new Set(),
  changedSets: new Set(),
  feeding: null,
};

function missing(): string | null {
  const backends = ['nft', 'legacy'].flatMap((backend) => [`iptables-${backend}-restore`, `ip6tables-${backend}-restore`]);
  const lacking = ['iptables-restore', 'ip6tables-restore', 'ipset', ...backends].filter(
    (tool) => spawnSync(tool, ['--version']).error !== undefined,
  );
  return lacking.length === 0 ? null : `${lacking.join(', ')} not installed (packages iptables and ipset)`;
}

describeServers(missing(), 'iptables and ipset', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await openSandbox();
  });
  afterAll(() => sandbox.close());

  /** What iptables-save prints of each file once it is loaded; null where iptables refuses it, as a kernel without the module does. */
  async function saved(cases: readonly RuleCase[]): Promise<readonly (string | null)[]> {
    const script = cases.map((one) => {
      const tool = one.family === 'ipv6' ? 'ip6tables' : 'iptables';
      const load = `${tool}-restore 2>/dev/null <<'END'\n${fileOf(one.rule, one)}END\n`;
      return `echo ${BARRIER}\nif ${load}then ${tool}-save -t ${one.table ?? 'filter'}; else echo refused; fi`;
    });
    const { stdout } = await sandbox.run(null, ['sh'], { stdin: script.join('\n') });
    return stdout
      .split(`${BARRIER}\n`)
      .slice(1)
      .map((text) => (text === 'refused\n' ? null : text));
  }

  it.each([
    ['legacy', 'DROP'],
    ['nft', 'ACCEPT'],
  ])('of %s have the policy %s where only the first of two blocks gives DROP', async (backend, policy) => {
    const first = '*filter\n:INPUT ACCEPT\n:FORWARD DROP\n:OUTPUT ACCEPT\nCOMMIT\n';
    for (const line of ['', ':FORWARD - [0:0]\n']) {
      const second = `*filter\n${line}-A FORWARD -p tcp --dport 22 -j ACCEPT\nCOMMIT\n`;
      for (const tool of [`iptables-${backend}`, `ip6tables-${backend}`]) {
        const script = `${tool}-restore <<'END'\n${first}${second}END\n${tool}-save -t filter\n${tool} -P FORWARD ACCEPT\n${tool} -F\n`;
        const { stdout } = await sandbox.run(null, ['sh'], { stdin: script });
        expect(stdout).toMatch(new RegExp(`^:FORWARD ${policy} `, 'm'));
      }
    }
  });

  it('save what they loaded in words that mean the same to the parser', async () => {
    // A list of addresses becomes several rules; what asks for nothing is saved, negated, as if it were not there.
    const cases = [
      ...PROTOCOLS,
      ...ADDRESSES,
      ...INTERFACES,
      ...PORTS,
      ...FLAGS,
      ...STATES,
      ...OWNERS,
      ...MARKS,
      ...ORDERS,
      ...TARGET_CASES,
    ].filter(({ rule }) => !/-[sd] \S*,|! (?:-o \+|--dport 0:65535|--tcp-flags NONE NONE)/.test(rule));
    const texts = await saved(cases);
    const read = texts.flatMap((text, index) => {
      const one = cases[index];
      return text === null || one === undefined
        ? []
        : [{ rule: one.rule, ours: meaning(fileOf(one.rule, one), one), theirs: meaning(text, one) }];
    });
    expect(texts).toHaveLength(cases.length);
    expect(read.length).toBeGreaterThan(80);
    expect(read.filter(({ ours, theirs }) => ours !== theirs)).toEqual([]);
  });

  it('find in a set what the condition of the set holds for', async () => {
    const trials = Array.from({ length: 60 }, (_, index) => trial(index));
    const script = trials.map(({ sets, probes }) => {
      const tests = probes.map((probe) => `ipset -q test s ${probe} && echo yes || echo no`);
      return `ipset destroy\necho ${BARRIER}\nipset restore <<'END'\n${sets}\nEND\n${tests.join('\n')}`;
    });
    const { stdout, stderr } = await sandbox.run(null, ['sh'], { stdin: script.join('\n') });
    const answers = stdout.split(`${BARRIER}\n`).slice(1);
    expect(stderr).toBe('');
    trials.forEach(({ sets, probes, holds }, index) => {
      const ours = probes.map((probe) => `${probe} ${holds(probe) ? 'yes' : 'no'}`);
      const theirs = answers[index]
        ?.trim()
        .split('\n')
        .map((answer, at) => `${probes[at]} ${answer}`);
      expect({ sets, found: theirs }).toEqual({ sets, found: ours });
    });
  });
});

function meaning(text: string, small: RuleCase): string {
  const chains = [...parse(text, small).chains.values()].filter(({ rules }) => rules.length > 0);
  return JSON.stringify(chains.map((chain) => [chain.id, ...showChain(chain)]).sort());
}

/** Types that every kernel with ipset has. */
const TYPES = ['hash:ip', 'hash:net', 'hash:ip,port', 'hash:net,port', 'hash:ip,port,ip', 'hash:ip,port,net'];

/** A set with some elements near each other, and what to ask of it. */
function trial(seed: number): {
  readonly sets: string;
  readonly probes: readonly string[];
  readonly holds: (probe: string) => boolean;
} {
  const random = generator(seed);
  const type = TYPES[seed % TYPES.length] ?? 'hash:ip';
  const dimensions = type.slice(5).split(',');
  const element = (exact: boolean): string => dimensions.map((dimension) => part(dimension, exact, random)).join(',');
  const elements = [...new Set(Array.from({ length: 12 }, () => element(false).replaceAll('/32', '')))];
  const nomatch = (): string => (type.includes('net') && random(3) === 0 ? ' nomatch' : '');
  const sets = [`create s ${type}`, ...elements.map((text) => `add s ${text}${nomatch()}`)].join('\n');
  const context = new Context({
    family: 'ipv4',
    problems: new Problems(sourceOf('s', '')),
    sets: parseIpset(sets, 's'),
    facts: NO_FACTS,
  });
  const ends = dimensions.map((_, index) => (index === 0 ? 'source' : 'destination'));
  const condition = setCondition({ name: 's', ends, nomatch: false }, context);
  return { sets, probes: Array.from({ length: 12 }, () => element(true)), holds: (probe) => holds(condition, probe.split(',')) };
}

function part(dimension: string, exact: boolean, random: (below: number) => number): string {
  if (dimension === 'port') return ['tcp:25', 'tcp:587', 'udp:25'][random(3)] ?? 'tcp:25';
  const length = dimension === 'ip' || exact ? 32 : 24 + random(9);
  const host = random(16) & (256 - 2 ** (32 - length));
  return `10.0.${random(2)}.${host}${length === 32 ? '' : `/${length}`}`;
}

/** Conditions of sets as far as the trials have them. */
function holds(condition: Condition, [first = '', second = '', third = '']: readonly string[]): boolean {
  const [protocol, port] = second.split(':');
  const probe = {
    source: first,
    destination: third === '' ? second : third,
    protocol: protocol === 'udp' ? 17 : 6,
    port: Number(port),
  };
  const asked = (one: Condition): boolean => {
    if (one.kind === 'all') return one.of.every(asked);
    if (one.kind === 'any') return one.of.some(asked);
    if (one.kind === 'not') return !asked(one.of);
    if (one.kind === 'always' || one.kind === 'never') return one.kind === 'always';
    if (one.kind === 'protocol') return one.ranges.some((range) => range.first <= probe.protocol && probe.protocol <= range.last);
    if (one.kind === 'port') return one.ranges.some((range) => range.first <= probe.port && probe.port <= range.last);
    const address = one.kind === 'address' ? parseAddress(probe[one.end]) : null;
    if (one.kind !== 'address' || address === null) throw new Error(`no condition of these sets: ${one.kind}`);
    return one.ranges.some((range) => range.first <= numberOf(address) && numberOf(address) <= range.last);
  };
  return asked(condition);
}

/** Numbers below a bound, the same ones for the same seed. @see Numerical Recipes, 7.1: a linear congruential generator */
function generator(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
