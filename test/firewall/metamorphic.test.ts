import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { Onward } from '../../src/firewall/onward.ts';
import { PacketSpace } from '../../src/firewall/packet-space.ts';
import { passage } from '../../src/firewall/passage.ts';
import type { Ruleset } from '../../src/firewall/ruleset.ts';
import {
  asIptables,
  asNftables,
  type Line,
  type Match,
  nftablesLine,
  readIptables,
  readNft,
  type SmallRuleset,
  smallRulesets,
} from './small-ruleset.ts';

/** More of them: `POSTERN_RUNS=2000 npx vitest run --project unit test/firewall/metamorphic.test.ts`. */
const RUNS = { numRuns: Number(process.env['POSTERN_RUNS'] ?? 25) };

/** In one space: equal sets have equal numbers. */
function answers(rulesets: readonly Ruleset[], hook: SmallRuleset['hook']): readonly Record<string, unknown>[] {
  const space = new PacketSpace('ipv4', rulesets);
  return rulesets.map((ruleset) => {
    const { accepted, redirected, dropped, targets } = passage(new Onward(ruleset, space), hook);
    return { accepted, redirected, dropped, targets: targets.map(({ text, set }) => ({ text, set })) };
  });
}

/** Both answers are the same. */
function expectSame(before: Ruleset, after: Ruleset, hook: SmallRuleset['hook']): void {
  const [one, other] = answers([before, after], hook);
  expect(other).toEqual(one);
}

/** The ruleset before and after a change of one of its chains, which must not matter. */
function changedLines(change: (lines: readonly Line[], seed: number) => readonly Line[]): void {
  fc.assert(
    fc.property(smallRulesets, fc.nat(1_000), (ruleset, seed) => {
      const [base, one, two] = ruleset.chains;
      const after: SmallRuleset = { ...ruleset, chains: [change(base, seed), change(one, seed), change(two, seed)] };
      expectSame(readNft(asNftables(ruleset)), readNft(asNftables(after)), ruleset.hook);
    }),
    RUNS,
  );
}

function inserted(lines: readonly Line[], seed: number, more: readonly Line[]): readonly Line[] {
  const at = seed % (lines.length + 1);
  return [...lines.slice(0, at), ...more, ...lines.slice(at)];
}

describe('a ruleset means the same', () => {
  it('written for iptables and for nftables', () => {
    fc.assert(
      fc.property(smallRulesets, (ruleset) => {
        expectSame(readIptables(asIptables(ruleset)), readNft(asNftables(ruleset)), ruleset.hook);
      }),
      RUNS,
    );
  });

  it('with a network split into its halves', () => {
    changedLines((lines) =>
      lines.flatMap((line) => {
        const match = line.matches.find(({ of, not }) => of === 'source' && !not);
        if (match?.of !== 'source' || match.network.length === 32) return [line];
        const { first, length } = match.network;
        const halves = [first, first + 2 ** (31 - length)].map(
          (start): Match => ({ ...match, network: { first: start, length: length + 1 } }),
        );
        return halves.map((half) => ({ ...line, matches: line.matches.map((one) => (one === match ? half : one)) }));
      }),
    );
  });

  it('with a rule more that no first packet of TCP matches', () => {
    const dead: readonly Line[] = [
      { matches: [{ of: 'protocol', not: false, name: 'udp' }], verdict: 'drop' },
      { matches: [{ of: 'state', not: false, states: ['established', 'related'] }], verdict: 'accept' },
      {
        matches: [
          { of: 'port', not: false, first: 25, last: 25 },
          { of: 'port', not: true, first: 24, last: 26 },
        ],
        verdict: 'drop',
      },
    ];
    changedLines((lines, seed) =>
      inserted(
        lines,
        seed,
        [dead[seed % 3] ?? dead[0]].flatMap((one) => one ?? []),
      ),
    );
  });

  it('with rules more behind one that decides everything', () => {
    fc.assert(
      fc.property(
        smallRulesets,
        fc.constantFrom('accept', 'drop', 'return'),
        ({ chains: [base, one, two], ...ruleset }, verdict) => {
          const end: Line = { matches: [], verdict };
          const [before, after] = [
            { ...ruleset, chains: [[...base, end], one, two] },
            { ...ruleset, chains: [[...base, end, ...base], one, two] },
          ] as const;
          expectSame(readNft(asNftables(before)), readNft(asNftables(after)), ruleset.hook);
        },
      ),
      RUNS,
    );
  });

  it('with a rule more that judges nothing', () => {
    changedLines((lines, seed) =>
      inserted(lines, seed, [{ matches: [{ of: 'port', not: false, first: 25, last: 25 }], verdict: 'log' }]),
    );
  });

  it('with other names of its chains', () => {
    fc.assert(
      fc.property(smallRulesets, (ruleset) => {
        const renamed = asNftables(ruleset, (name) => `new-${name}`);
        expectSame(readNft(asNftables(ruleset)), readNft(renamed), ruleset.hook);
      }),
      RUNS,
    );
  });

  it('with the rules of a chain put where it is jumped to', () => {
    fc.assert(
      fc.property(smallRulesets, ({ chains: [base, one, called], ...ruleset }) => {
        // A return would leave the chain that they are put into.
        const two = called.filter(({ verdict }) => verdict !== 'return');
        // Ports are of TCP here: no packet comes to such a rule, and nft refuses both in one.
        const isUdp = (match: Match): boolean => match.of === 'protocol' && !match.not && match.name === 'udp';
        const isPort = ({ of }: Match): boolean => of === 'port' || of === 'source-port';
        const inline = (lines: readonly Line[]): readonly Line[] =>
          lines.flatMap((line) =>
            typeof line.verdict === 'object' && line.verdict.how === 'jump' && line.verdict.chain === 2
              ? two
                  .filter((rule) => !(line.matches.some(isUdp) && rule.matches.some(isPort)))
                  .map((rule) => ({ matches: [...line.matches, ...rule.matches], verdict: rule.verdict }))
              : [line],
          );
        const before: SmallRuleset = { ...ruleset, chains: [base, one, two] };
        const after: SmallRuleset = { ...ruleset, chains: [inline(base), inline(one), two] };
        expectSame(readNft(asNftables(before)), readNft(asNftables(after)), ruleset.hook);
      }),
      RUNS,
    );
  });

  it('with two rules swapped that have no packet in common', () => {
    const port = (number: number): Match => ({ of: 'port', not: false, first: number, last: number });
    fc.assert(
      fc.property(smallRulesets, fc.nat(1_000), ({ chains: [base, one, two], ...ruleset }, seed) => {
        const pair: readonly Line[] = [
          { matches: [port(25)], verdict: 'accept' },
          { matches: [port(587)], verdict: { how: 'jump', chain: 1 } },
        ];
        const [before, after] = [pair, [...pair].reverse()].map((lines) =>
          readNft(asNftables({ ...ruleset, chains: [inserted(base, seed, lines), one, two] })),
        );
        if (before !== undefined && after !== undefined) expectSame(before, after, ruleset.hook);
      }),
      RUNS,
    );
  });

  it('with the rules added one by one behind the table', () => {
    fc.assert(
      fc.property(smallRulesets, ({ chains: [base, one, two], ...ruleset }) => {
        const empty = asNftables({ ...ruleset, chains: [[], one, two] });
        const added = base.map((line) => `add rule ip t base ${nftablesLine(line)}\n`).join('');
        expectSame(readNft(asNftables({ ...ruleset, chains: [base, one, two] })), readNft(`${empty}${added}`), ruleset.hook);
      }),
      RUNS,
    );
  });

  it('with counters, comments and log lines in its rules', () => {
    fc.assert(
      fc.property(smallRulesets, (ruleset) => {
        const text = asNftables(ruleset);
        const said = text.replace(
          / (accept|drop|reject|return|jump \S+|goto \S+)\n/g,
          ' counter packets 3 bytes 180 log prefix "accept " $1 comment "drop"\n',
        );
        expectSame(readNft(text), readNft(said), ruleset.hook);
      }),
      RUNS,
    );
  });

  it('with a base chain more that accepts everything', () => {
    fc.assert(
      fc.property(smallRulesets, fc.constantFrom(-50, 7), (ruleset, priority) => {
        const more = `table inet u { chain all { type filter hook ${ruleset.hook} priority ${priority}; policy drop; accept; }; }\n`;
        expectSame(readNft(asNftables(ruleset)), readNft(`${asNftables(ruleset)}${more}`), ruleset.hook);
      }),
      RUNS,
    );
  });
});

describe('elements in another order, or written as rules of their own, are the same set', () => {
  const elements = fc.uniqueArray(fc.constantFrom('20-24', '25', '465', '500-600', '2525', '60000-65535'), { minLength: 1 });
  const shuffled = elements.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));

  const nft = (body: string, sets = ''): Ruleset =>
    readNft(`flush ruleset\ntable ip t {\n${sets}chain c {\n type filter hook forward priority 0; policy drop;\n${body}\n}\n}\n`);

  it.each<[string, (all: readonly string[]) => Ruleset]>([
    ['in braces', (all) => nft(`tcp dport { ${all.join(', ')} } accept`)],
    [
      'of a named set',
      (all) => nft('tcp dport @s accept', `set s { type inet_service; flags interval; elements = { ${all.join(', ')} }; }\n`),
    ],
    ['of a map', (all) => nft(`tcp dport vmap { ${all.map((one) => `${one} : accept`).join(', ')} }`)],
    ['as rules', (all) => nft(all.map((one) => `tcp dport ${one} accept`).join('\n'))],
    [
      'of a list of iptables',
      (all) =>
        readIptables(
          `*filter\n:FORWARD DROP\n-A FORWARD -p tcp -m multiport --dports ${all.join(',').replaceAll('-', ':')} -j ACCEPT\nCOMMIT\n`,
        ),
    ],
    [
      'of an ipset',
      (all) =>
        readConfiguration([
          {
            file: 'fw',
            format: 'iptables-save',
            text: '*filter\n:FORWARD DROP\n-A FORWARD -p tcp -m set --match-set s dst -j ACCEPT\nCOMMIT\n',
          },
          {
            file: 'sets',
            format: 'ipset-save',
            text: `create s bitmap:port range 0-65535\n${all.map((one) => `add s ${one}\n`).join('')}`,
          },
        ]),
    ],
  ])('%s', (_, write) => {
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        const [one, two] = answers([nft(`tcp dport { ${all.join(', ')} } accept`), write(other)], 'forward');
        expect(two).toEqual(one);
      }),
      RUNS,
    );
  });
});
