import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../../src/firewall/configuration.ts';
import { InputError } from '../../../src/model/problem.ts';
import { largeFirewall } from '../../bench/rulesets.ts';
import { generateIptables } from '../generate/iptables.ts';

interface File {
  readonly name: string;
  readonly text: string;
}

/** All that is read, or what is wrong; a problem without what its line looks like. */
function read(files: readonly File[]): unknown {
  try {
    const { problems, ...ruleset } = readConfiguration(files.map(({ name, text }) => ({ file: name, text, format: null })));
    return { ...ruleset, problems: problems.map(({ code, message, location }) => [code, message, location?.line]) };
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ code, message, location }) => [code, message, location?.line]);
    throw error;
  }
}

/** With one blank more in each rule, no rule is taken for one that has been read before. */
function spaced({ name, text }: File): File {
  return { name, text: text.replace(/^-A /gm, '-A  ') };
}

/** Places show rules as they are written. */
function withoutSpaces(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^-A {2}/, '-A ');
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, withoutSpaces(one)]));
  if (Array.isArray(value)) return value.map(withoutSpaces);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutSpaces(one)]));
}

describe('rules that say the same of many addresses', () => {
  it.each([
    ['hosts of IPv4', 'ipv4', false],
    ['hosts of IPv6', 'ipv6', false],
    ['hosts held to their hardware', 'ipv4', true],
  ] as const)('are read as each of them is alone: %s', (_, family, hardware) => {
    const file = { name: 'fw', text: largeFirewall(family, 700, 1, hardware) };
    expect(withoutSpaces(read([spaced(file)]))).toEqual(read([file]));
  });

  it('are read as each of them is alone: whatever people write', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { files } = generateIptables(seed);
      expect(withoutSpaces(read(files.map(spaced))), `seed ${seed}`).toEqual(read(files));
    }
  });
});

/** The first rule is good, and what is wrong with the second, third … is told of each of them. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'an address that is none',
    [
      '-A FORWARD -s 10.0.0.1/32 -p tcp -j DROP',
      '-A FORWARD -s 10.0.0.1/33 -p tcp -j DROP',
      '-A FORWARD -d 300.0.0.1 -p tcp -j DROP',
    ],
    ['4:15 bad-address', '5:15 bad-address'],
  ],
  [
    'an address more',
    ['-A FORWARD -s 10.0.0.1/32 -p tcp -j DROP', '-A FORWARD -s 10.0.0.1/32 -s 10.0.0.2/32 -p tcp -j DROP'],
    ['4:27 option-twice'],
  ],
  [
    'an address behind others, and one before them as well',
    ['-A FORWARD -p tcp -s 10.0.0.1/32 -j DROP', '-A FORWARD -s 10.0.0.2/32 -p tcp -s 10.0.0.1/32 -j DROP'],
    ['4:34 option-twice'],
  ],
  [
    'a chain that has no such interface',
    [
      '-A FORWARD -s 10.0.0.1/32 -i eth0 -j DROP',
      '-A OUTPUT -s 10.0.0.1/32 -i eth0 -j DROP',
      '-A OUTPUT -d 10.0.0.1/32 -i eth0 -j DROP',
    ],
    ['4:26 wrong-chain', '5:26 wrong-chain'],
  ],
  [
    'a chain that nothing makes',
    ['-A FORWARD -s 10.0.0.1/32 -j nosuch', '-A FORWARD -s 10.0.0.20/32 -j nosuch'],
    ['3:27 unknown-chain', '4:28 unknown-chain'],
  ],
  [
    'a chain that stands nowhere else',
    ['-A FORWARD -s 10.0.0.1/32 -j DROP', '-A PREROUTING -s 10.0.0.1/32 -j DROP'],
    ['4:4 wrong-table'],
  ],
  [
    'a quote that is not closed',
    ['-A FORWARD -s 10.0.0.1/32 -m comment --comment "a" -j DROP', '-A FORWARD -s 10.0.0.1/32" -m comment --comment "a" -j DROP'],
    ['4:51 unclosed-quote'],
  ],
];

describe('a rule that says what one before it has said', () => {
  it.each(CASES)('and has %s is told of at its own place', (_, rules, expected) => {
    const text = ['*filter', ':FORWARD ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n');
    const problems = (): readonly string[] => {
      try {
        readConfiguration([{ file: 'fw', text, format: 'iptables-save' }]);
        return [];
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        const errors = error.problems.filter(({ severity }) => severity === 'error');
        return errors.map(({ location, code }) => `${location?.line}:${location?.column} ${code}`);
      }
    };
    expect(problems()).toEqual(expected);
  });

  it('and a target that is not known is warned of at its own place', () => {
    const text = [
      '*filter',
      ':FORWARD ACCEPT [0:0]',
      '-A FORWARD -s 10.0.0.1/32 -j FOO',
      '-A FORWARD -s 10.0.0.20/32 -j FOO',
      'COMMIT',
      '',
    ];
    const { problems } = readConfiguration([{ file: 'fw', text: text.join('\n'), format: 'iptables-save' }]);
    expect(problems.map(({ location, code }) => `${location?.line}:${location?.column} ${code}`)).toEqual([
      '3:27 unknown-target',
      '4:28 unknown-target',
    ]);
  });

  it('asks a question of its own where each rule does: a rate limit', () => {
    const rule = (address: string): string => `-A FORWARD -s ${address} -m limit --limit 1/sec -j ACCEPT`;
    const text = ['*filter', ':FORWARD ACCEPT [0:0]', rule('10.0.0.1/32'), rule('10.0.0.2/32'), 'COMMIT', ''].join('\n');
    const { chains } = readConfiguration([{ file: 'fw', text, format: 'iptables-save' }]);
    const conditions = chains
      .get('ip filter/FORWARD')
      ?.rules.flatMap(({ condition }) => (condition.kind === 'all' ? condition.of : []));
    expect(conditions?.flatMap((condition) => (condition.kind === 'unknown' ? condition.key : []))).toEqual([
      'ip filter/FORWARD: -m limit --limit 1/sec #1',
      'ip filter/FORWARD: -m limit --limit 1/sec #2',
    ]);
  });

  it('is redirected to where packets of its own hook are', () => {
    const rule = '-p tcp -m tcp --dport 25 -j REDIRECT --to-ports 2525';
    const text = [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ':a - [0:0]',
      ':b - [0:0]',
      '-A PREROUTING -j a',
      '-A OUTPUT -j b',
    ];
    const rules = [`-A a -s 10.0.0.1/32 ${rule}`, `-A b -s 10.0.0.1/32 ${rule}`, 'COMMIT', ''];
    const { chains } = readConfiguration([{ file: 'fw', text: [...text, ...rules].join('\n'), format: 'iptables-save' }]);
    const destinations = ['a', 'b'].map((name) => chains.get(`ip nat/${name}`)?.rules[0]?.cases[0]?.verdict);
    expect(destinations).toMatchObject([
      { destination: [{ first: 0n, last: 0xffff_ffffn }] },
      { destination: [{ first: 0x7f00_0001n, last: 0x7f00_0001n }] },
    ]);
  });
});
