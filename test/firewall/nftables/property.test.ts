import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNftJson } from '../../../src/firewall/nftables/json.ts';
import { parseNft } from '../../../src/firewall/nftables/text.ts';
import type { RulesetPart } from '../../../src/firewall/ruleset.ts';
import { InputError } from '../../../src/model/problem.ts';

const WORDS =
  'table chain set inet ip edge out { } { } ; \n tcp dport 25 587 , . - : / @ $x @mail != == < & | ( ) [ ] vmap map accept drop jump goto reject with tcp reset dnat to redirect ip saddr 10.0.0.0/8 ip6 daddr 2001:db8::1 meta skuid mark set limit counter log prefix "a" * elements = type filter hook output priority 0 policy add rule element flush ruleset define x flags timeout'.split(
    ' ',
  );

describe('any words of nftables', () => {
  it('are a ruleset or refused with a place, never a crash', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }), fc.boolean(), (words, inRule) => {
        const text = inRule ? `table inet edge {\nset mail { }\nchain out {\n${words.join(' ')}\n}\n}` : words.join(' ');
        try {
          expect(parseNft(text, 'edge.nft').chains.size).toBeGreaterThanOrEqual(0);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          expect(error.problems.some(({ severity, location }) => severity === 'error' && location !== null)).toBe(true);
        }
      }),
      { numRuns: 1500 },
    );
  });
});

const KEYS =
  'nftables table chain rule set map element family name handle expr match op left right payload protocol field meta ct key vmap data accept drop jump target range prefix addr len concat elem val xt type hook prio policy flags limit rate per mangle value dnat port add insert delete flush ruleset'.split(
    ' ',
  );
const VALUES = [
  'inet',
  'ip',
  'edge',
  'out',
  'mail',
  'tcp',
  'dport',
  'accept',
  '==',
  'in',
  '@mail',
  '10.0.0.1',
  'output',
  'filter',
  '*',
  '}',
  '',
  25,
];

const JSON_VALUE: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom(...VALUES, null, true, 7),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 3 }),
  ),
})).value;

describe('any JSON', () => {
  const before = [
    { table: { family: 'inet', name: 'edge' } },
    { set: { family: 'inet', table: 'edge', name: 'mail', type: 'inet_service', elem: [25] } },
    { chain: { family: 'inet', table: 'edge', name: 'out', type: 'filter', hook: 'output', prio: 0, policy: 'drop' } },
  ];
  const named = { family: 'inet', table: 'edge', chain: 'out' };

  it.each([
    ['as the whole', (value: unknown) => value],
    ['as what is listed', (value: unknown) => ({ nftables: [...before, value] })],
    ['as a statement', (value: unknown) => ({ nftables: [...before, { rule: { ...named, expr: [value, { accept: null }] } }] })],
    [
      'as a comparison',
      (value: unknown) => ({
        nftables: [...before, { rule: { ...named, expr: [{ match: { op: '==', left: value, right: value } }] } }],
      }),
    ],
  ])('%s is a ruleset or refused with a place, never a crash', (_, text) => {
    fc.assert(
      fc.property(JSON_VALUE, (value) => expectRead(() => parseNftJson(JSON.stringify(text(value)), 'edge.json'))),
      { numRuns: 400 },
    );
  });

  it('cut or with a character changed is a ruleset or refused with a place', () => {
    const text = JSON.stringify({ nftables: [...before, { rule: { ...named, handle: 7, expr: [{ accept: null }] } }] });
    fc.assert(
      fc.property(fc.nat(text.length), fc.constantFrom('', '"', '}', ',', '\\', '\u0001', '9'), fc.boolean(), (at, put, cut) => {
        const changed = cut ? text.slice(0, at) + put : text.slice(0, at) + put + text.slice(at + 1);
        expectRead(() => parseNftJson(changed, 'edge.json'));
      }),
      { numRuns: 400 },
    );
  });

  it('that is nested without end is refused', () => {
    expect(() => parseNftJson(`{"nftables": ${'['.repeat(200_000)}`, 'edge.json')).toThrow(InputError);
  });

  it('never reads a value as a word of the language', () => {
    const right = fc.oneof(fc.constantFrom('accept', 'drop', '{', '}', 'vmap', 'jump', '"', ';', 'a b accept'), fc.string());
    const left = fc.constantFrom(
      { payload: { protocol: 'ip', field: 'dscp' } },
      { meta: { key: 'iifname' } },
      { ct: { key: 'helper' } },
      { payload: { protocol: 'tcp', field: 'dport' } },
    );
    fc.assert(
      fc.property(left, right, (of, value) => {
        const expr = [{ match: { op: '==', left: of, right: value.replace(/^@/, '') } }, { drop: null }];
        const read = parseNftJson(JSON.stringify({ nftables: [...before, { rule: { ...named, expr } }] }), 'x');
        const cases = read.chains.get('inet edge/out')?.rules[0]?.cases;
        expect(cases?.map(({ verdict }) => verdict.kind)).toEqual(['drop']);
      }),
      { numRuns: 300 },
    );
  });
});

function expectRead(read: () => RulesetPart): void {
  try {
    expect(read().chains.size).toBeGreaterThanOrEqual(0);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.problems.some(({ severity, location }) => severity === 'error' && location !== null)).toBe(true);
  }
}
