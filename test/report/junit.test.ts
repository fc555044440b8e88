import { expect, test } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { render } from '../../src/report/report.ts';
import { PLAIN, SAVED, savedResult } from '../support/results.ts';
import { elementsIn, parseXml, type XmlElement } from '../support/xml.ts';

function junit(result: Result): XmlElement {
  return parseXml(render('junit', result, PLAIN));
}

/** `suite: passed, failures, errors, skipped`. */
function suites(result: Result): string[] {
  return elementsIn(junit(result), 'testsuite').map(({ attributes: { name, tests, failures, errors, skipped } }) => {
    const passed = Number(tests) - Number(failures) - Number(errors) - Number(skipped);
    return `${name}: ${passed}, ${failures}, ${errors}, ${skipped}`;
  });
}

function outcomes(result: Result, name: 'failure' | 'error' | 'skipped'): readonly XmlElement[] {
  return elementsIn(junit(result), name);
}

test.each<[string, readonly string[]]>([
  ['compliant', ['workstations: 5, 0, 0, 0', 'relays: 5, 0, 0, 0']],
  ['violations', ['workstations: 3, 3, 0, 0', 'relays: 2, 3, 0, 0']],
  ['inconclusive', ['workstations: 1, 0, 13, 0']],
  ['waived', ['workstations: 2, 0, 0, 3']],
  ['relay-servers', ['here: 1, 1, 2, 0']],
  ['review', ['workstations: 0, 2, 0, 0', 'relays: 0, 1, 0, 0']],
  [
    'unread',
    [
      'workstations: 4, 0, 0, 0',
      'relays: 4, 0, 0, 0',
      'firewall dmz: 1, 0, 1, 0',
      'firewall edge: 0, 0, 3, 0',
      'firewall core: 0, 0, 1, 0',
    ],
  ],
  ['empty', ['policy: 0, 0, 1, 0']],
])('%s: checks by segment, as they were judged', (name, expected) => {
  expect(suites(savedResult(name))).toEqual(expected);
});

test.each(SAVED.map(({ name, result }) => [name, result] as const))(
  '%s: every finding in force is told by a failure or an error, and no waived one is',
  (_, result) => {
    const text = [...outcomes(result, 'failure'), ...outcomes(result, 'error')].map((one) => one.text).join('\n');
    const told = new Set([...text.matchAll(/fingerprint ([0-9a-f]{16})/g)].map(([, fingerprint]) => fingerprint));
    const inForce = result.findings.filter(({ waiver }) => waiver === null).map(({ fingerprint }) => fingerprint);
    expect(inForce.filter((fingerprint) => !told.has(fingerprint))).toEqual([]);
    const waived = result.findings.filter(({ waiver }) => waiver !== null).map(({ fingerprint }) => fingerprint);
    expect(waived.filter((fingerprint) => told.has(fingerprint))).toEqual([]);
  },
);

test.each(SAVED.filter(({ exitCode }) => exitCode !== 0).map(({ name, result }) => [name, result] as const))(
  '%s: what does not exit 0 is not all green',
  (_, result) => {
    expect(outcomes(result, 'failure').length + outcomes(result, 'error').length).toBeGreaterThan(0);
  },
);

test('a compliant run that was interrupted has an error', () => {
  const result = savedResult('compliant');
  const [error, ...more] = outcomes({ ...result, run: { ...result.run, interrupted: true } }, 'error');
  expect([error?.text.split('\n')[0], more]).toEqual([
    'The run was interrupted: what was not asked any more is not judged. 10 of 10 checks comply with policy head-office.',
    [],
  ]);
});

test('findings about no check are cases of their own', () => {
  const cases = elementsIn(junit(savedResult('interference')), 'testcase').map(({ attributes }) => attributes.name);
  expect(cases.slice(-2)).toEqual([
    'IPv6 is in use and the policy is silent about it: segment accounting',
    'An accepted exception has ended: segment accounting, port 25',
  ]);
});

test('what the baseline has is skipped, and says so', () => {
  const result = savedResult('leak');
  const known: Result = { ...result, findings: result.findings.map((finding) => ({ ...finding, known: true })) };
  expect(outcomes(known, 'skipped').map(({ text }) => text.split('\n')[0])).toEqual(['In the baseline.']);
  expect([outcomes(known, 'failure'), outcomes(known, 'error')]).toEqual([[], []]);
});

test('a failure names code, severity and what was seen, and its body has the proof', () => {
  const [failure] = outcomes(savedResult('review'), 'failure');
  expect(failure?.attributes.type).toBe('config-permits-denied');
  expect(failure?.attributes.message).toBe(
    'critical: A configuration lets a denied flow through. No rule of the policy permits it.',
  );
  expect(failure?.text).toContain('\nWitness: 10.20.0.1:80 -> 198.51.100.1:25\nLine: after.nft:13  tcp sport');
});

test('two cases of one name are told apart by their ids', () => {
  const result = savedResult('compliant');
  const [first] = result.checks;
  if (first === undefined) throw new TypeError('no check');
  const names = elementsIn(junit({ ...result, checks: [first, { ...first, id: 'second' }] }), 'testcase').map(
    ({ attributes }) => attributes.name,
  );
  expect(names[1]).toBe(`${names[0]} (second)`);
});

test('rows about a whole firewall have names of their own, whichever of them there are', () => {
  const names = elementsIn(junit(savedResult('unread')), 'testcase').map(({ attributes }) => attributes.name);
  expect(names.filter((name) => name?.includes('as a whole'))).toEqual([
    'dmz as a whole (config:dmz:hooks)',
    'edge as a whole (config:edge:dump)',
    'edge as a whole (config:edge:interfaces)',
    'core as a whole (config:core)',
  ]);
});
