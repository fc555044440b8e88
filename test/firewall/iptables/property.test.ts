import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allOf } from '../../../src/firewall/conditions.ts';
import { readConfiguration } from '../../../src/firewall/configuration.ts';
import { parseIpset } from '../../../src/firewall/iptables/ipset.ts';
import { parseIptables } from '../../../src/firewall/iptables/parse.ts';
import { ALWAYS, type Chain, type Place, type Rule, type RulesetPart } from '../../../src/firewall/ruleset.ts';
import { InputError } from '../../../src/model/problem.ts';
import { sourceOf } from '../../../src/model/source.ts';
import { configurationText } from '../fixtures.ts';
import { conditions, verdicts } from './arbitrary.ts';
import { NO_SETS, parse } from './file.ts';
import { printIptables, words } from './print.ts';

const PLACE: Place = { file: 'fw', line: 0, column: 0, text: '' };
const TARGETS = ['ip filter/a', 'ip filter/b'];

const rules: fc.Arbitrary<readonly Rule[]> = fc.array(
  fc.tuple(conditions, verdicts(TARGETS)).map(
    ([some, verdict]): Rule => ({
      place: PLACE,
      families: ['ipv4'],
      condition: allOf(some),
      cases: verdict === null ? [] : [{ condition: ALWAYS, verdict }],
    }),
  ),
  { maxLength: 8 },
);

/** OUTPUT with these rules, and two chains that hold nothing. */
function partOf(own: readonly Rule[], policy: 'accept' | 'drop'): RulesetPart {
  const chain = (name: string, some: readonly Rule[]): [string, Chain] => {
    const id = `ip filter/${name}`;
    return [id, { id, name, table: 'filter', families: ['ipv4'], rules: some, place: PLACE }];
  };
  return {
    families: ['ipv4'],
    chains: new Map([chain('OUTPUT', own), chain('a', []), chain('b', [])]),
    bases: [{ chain: 'ip filter/OUTPUT', hook: 'output', kind: 'filter', priority: 0, policy, place: PLACE }],
    assumptions: [],
    unseen: [],
    problems: [],
  };
}

/** What two texts must share to mean the same: chains and base chains, wherever they stand. */
function meaning({ chains, bases }: RulesetPart): unknown {
  return [
    [...chains].map(([id, chain]) => [
      id,
      { ...chain, place: PLACE, rules: chain.rules.map((rule) => ({ ...rule, place: PLACE })) },
    ]),
    bases.map((base) => ({ ...base, place: PLACE })),
  ];
}

describe('what is printed as an iptables-save', () => {
  it('is read as it was', () => {
    fc.assert(
      fc.property(rules, fc.constantFrom('accept', 'drop'), (own, policy) => {
        const part = partOf(own, policy);
        expect(meaning(parse(printIptables(part)))).toEqual(meaning(part));
      }),
      { numRuns: 500 },
    );
  });

  it('is read the same with the options of each rule in any order', () => {
    const shuffled = rules.chain((own) =>
      fc.tuple(
        fc.constant(own),
        fc.tuple(...own.map((rule) => fc.shuffledSubarray([...words(rule)], { minLength: words(rule).length }))),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([own, orders]) => {
        const text = printIptables(partOf(own, 'accept'));
        const lines = text.split('\n').filter((line) => !line.startsWith('-A'));
        lines.splice(-2, 0, ...orders.map((order) => ['-A OUTPUT', ...order].join(' ')));
        expect(meaning(parse(lines.join('\n')))).toEqual(meaning(parse(text)));
      }),
      { numRuns: 500 },
    );
  });
});

const TEXTS = ['head-office.v4', 'head-office.v6', 'head-office.sets', '2-goto.rules', '6-redirect.rules'].map((name) =>
  configurationText(`iptables/${name}`),
);
const SCRAPS = [
  ' ',
  '\n',
  '"',
  '\\',
  '!',
  '-',
  '--',
  ',',
  ':',
  '/',
  '#',
  '*',
  '[',
  '\0',
  '\ud800',
  '💣',
  '-A OUTPUT ',
  '-j ',
  '-m ',
  '-g ',
  '--dport ',
  '99999999999',
  '*filter\n',
  'COMMIT\n',
  ':x - [0:0]\n',
  '-D OUTPUT 1\n',
  '-I OUTPUT 0 ',
  '! ',
  '10.0.0.0/99',
  '::',
  '-f',
];

/** A text with pieces cut out, put in, or in another place. */
const damaged = fc
  .tuple(
    fc.constantFrom(...TEXTS),
    fc.array(fc.tuple(fc.nat(5_000), fc.nat(12), fc.oneof(fc.constantFrom(...SCRAPS), fc.string({ maxLength: 6 }))), {
      minLength: 1,
      maxLength: 6,
    }),
  )
  .map(([text, cuts]) =>
    cuts.reduce(
      (rest, [at, length, scrap]) =>
        rest.slice(0, at % (rest.length + 1)) + scrap + rest.slice((at % (rest.length + 1)) + length),
      text,
    ),
  );

const garbage = fc.oneof(
  { weight: 3, arbitrary: damaged },
  fc.array(fc.constantFrom(...SCRAPS), { maxLength: 60 }).map((scraps) => `*filter\n${scraps.join('')}`),
  fc
    .array(fc.constantFrom(...SCRAPS, 'create s hash:net\n', 'add s ', 'nomatch', 'swap s s\n'), { maxLength: 40 })
    .map((scraps) => `create s hash:ip,port\n${scraps.join('')}`),
  fc.string({ maxLength: 300, unit: 'binary' }),
);

/** Runs it; every problem it throws must lie in the text. */
function mustRefuseInPlace(text: string, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const lines = (text.startsWith('\ufeff') ? text.slice(1) : text).split(/\r\n|\n|\r/);
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { location, message } of error.problems) {
      if (location === null) continue;
      const line = lines[location.line - 1];
      expect({ message, inside: line !== undefined && location.column >= 1 && location.column <= line.length + 1 }).toEqual({
        message,
        inside: true,
      });
    }
  }
}

describe('garbage', () => {
  it('is refused as a mistake in the text, or read', () => {
    fc.assert(
      fc.property(garbage, fc.constantFrom('ipv4', 'ipv6'), (text, family) => {
        mustRefuseInPlace(text, () => parseIptables(sourceOf('fw', text), { family, sets: NO_SETS }));
        mustRefuseInPlace(text, () => parseIpset(text, 'fw'));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused by the reader of configurations, whatever format it is said to be of', () => {
    const formats = ['iptables-save', 'ip6tables-save', 'ipset-save', 'nftables', 'nftables-json', null] as const;
    fc.assert(
      fc.property(garbage, fc.constantFrom(...formats), (text, format) => {
        mustRefuseInPlace(text, () => readConfiguration([{ file: 'fw', text, format }]));
      }),
      { numRuns: 1_000 },
    );
  });
});
