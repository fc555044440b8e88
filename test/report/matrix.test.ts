import { expect, test } from 'vitest';
import type { Check, NetworkCheck } from '../../src/model/result.ts';
import { matrix } from '../../src/report/matrix.ts';
import { at } from '../support/address.ts';

const OPTIONS = { color: false, unicode: true, width: 100, verbose: false };

function check(given: Partial<NetworkCheck>): Check {
  return {
    id: 'id',
    kind: 'reachability',
    segment: 'office',
    source: at('10.0.0.5'),
    destination: 'internet',
    host: 'mx.example.org',
    address: at('198.51.100.7'),
    family: 'ipv4',
    port: 25,
    expect: 'deny',
    rule: null,
    outcome: 'dropped',
    detail: null,
    verdict: 'compliant',
    proof: 'proven',
    reason: '',
    elapsedMs: 1,
    findings: [],
    waived: false,
    ...given,
  };
}

/** What stands in the rows of destinations, without padding. */
function cells(checks: readonly Check[], width = 100): string[] {
  return matrix(checks, { ...OPTIONS, width })
    .map((line) =>
      line
        .map(({ text }) => text)
        .join('')
        .trim()
        .replace(/ {2,}/g, ' | '),
    )
    .filter((line) => line.startsWith('→'));
}

test.each<[string, Partial<NetworkCheck>, string]>([
  ['a blocked denied flow', {}, 'blocked ✓'],
  ['a block that only a declaration vouches for', { proof: 'supported' }, 'blocked (✓)'],
  ['an allowed flow that works', { expect: 'allow', outcome: 'open-smtp' }, 'allowed ✓'],
  ['a denied flow that gets out', { outcome: 'open-smtp', verdict: 'violation' }, 'OPEN ✗'],
  ['an allowed flow that is blocked', { expect: 'allow', verdict: 'violation' }, 'BLOCKED ✗'],
  ['an allowed flow that fails its rule', { expect: 'allow', outcome: 'open-smtp', verdict: 'violation' }, 'FLAWED ✗'],
  ['no verdict', { verdict: 'inconclusive', proof: 'none' }, '? unknown'],
  ['a coverage row', { kind: 'coverage', outcome: null, verdict: 'inconclusive', proof: 'none' }, '? untested'],
  ['a waived hole', { outcome: 'open-smtp', verdict: 'violation', waived: true }, 'OPEN waived'],
])('%s', (_, given, word) => {
  expect(cells([check(given)])).toEqual([`→ internet | ${word}`]);
});

test('of several endpoints the worst shows, with how many are like it', () => {
  const open = check({ outcome: 'open-smtp', verdict: 'violation' });
  const unknown = check({ verdict: 'inconclusive', proof: 'none' });
  expect(cells([check({}), open, unknown])).toEqual(['→ internet | OPEN ✗ 1/3']);
  expect(cells([check({}), unknown, unknown])).toEqual(['→ internet | ? unknown 2/3']);
});

test('the weakest proof of several compliant endpoints shows', () => {
  expect(cells([check({}), check({ proof: 'supported' })])).toEqual(['→ internet | blocked (✓)']);
});

test('a waived hole never hides one that is not', () => {
  const open = { outcome: 'open-smtp', verdict: 'violation' } as const;
  expect(cells([check({ ...open, waived: true }), check(open)])).toEqual(['→ internet | OPEN ✗ 1/2']);
});

test('endpoints that are meant to differ are mixed', () => {
  expect(cells([check({}), check({ expect: 'allow', outcome: 'open-smtp' })])).toEqual(['→ internet | mixed ✓']);
});

test('families share a row where nothing tells them apart, and only there', () => {
  const six = { family: 'ipv6', address: at('2001:db8::7') } as const;
  expect(cells([check({}), check(six)])).toEqual(['→ internet | blocked ✓']);
  expect(cells([check({}), check({ ...six, outcome: 'open-smtp', verdict: 'violation' })])).toEqual([
    '→ internet IPv4 | blocked ✓',
    '→ internet IPv6 | OPEN ✗',
  ]);
  expect(cells([check({}), check({ port: 465 }), check(six)])).toEqual([
    '→ internet IPv4 | blocked ✓ | blocked ✓',
    '→ internet IPv6 | blocked ✓ | ·',
  ]);
});

test('what the width does not hold goes into a further block, with its labels again', () => {
  const ports = [25, 465, 587, 2525].map((port) => check({ port }));
  expect(cells(ports, 100)).toEqual(['→ internet | blocked ✓ | blocked ✓ | blocked ✓ | blocked ✓']);
  expect(cells(ports, 40)).toEqual(['→ internet | blocked ✓ | blocked ✓', '→ internet | blocked ✓ | blocked ✓']);
});

test('checks without a segment or a port are no cells', () => {
  expect(matrix([check({ port: null }), check({ segment: null })], OPTIONS)).toEqual([]);
});
