import { describe, expect, it } from 'vitest';
import { findFaults } from '../../src/lab/find-faults.ts';
import type { ExpectedFinding, Fault } from '../../src/lab/scenario.ts';
import type { Finding } from '../../src/model/finding.ts';

const OPEN: ExpectedFinding = { code: 'egress-open', segment: 'workstations', destination: 'internet', port: 25, family: 'ipv6' };
const FAULTS: readonly Fault[] = [{ what: 'a forgotten rule', findings: [OPEN] }];

function found(expected: ExpectedFinding): Finding {
  return {
    ...expected,
    host: 'mx.example.org',
    server: null,
    firewall: null,
    severity: 'critical',
    fingerprint: '0000000000000000',
    title: 'A denied mail flow gets out',
    detail: '',
    remediation: '',
    references: [],
    check: null,
    checks: [],
    location: null,
    evidence: {},
    waiver: null,
  };
}

describe('what was planted against what was found', () => {
  it('is exact where both are the same', () => {
    expect(findFaults(FAULTS, [found(OPEN)])).toMatchObject({ exact: true, extra: [], faults: [{ missing: [] }] });
  });

  it('counts one fault that shows on two hosts once', () => {
    expect(findFaults(FAULTS, [found(OPEN), { ...found(OPEN), host: 'mx.example.com' }])).toMatchObject({ exact: true });
  });

  it('is not exact where one is missing', () => {
    expect(findFaults(FAULTS, [])).toMatchObject({ exact: false, faults: [{ missing: [OPEN] }] });
  });

  it.each<[string, Partial<ExpectedFinding>]>([
    ['code', { code: 'not-judged' }],
    ['segment', { segment: 'relays' }],
    ['destination', { destination: 'provider' }],
    ['port', { port: 2525 }],
    ['family', { family: 'ipv4' }],
  ])('is not exact where another %s was found, too', (_, other) => {
    const hunt = findFaults(FAULTS, [found(OPEN), found({ ...OPEN, ...other })]);
    expect(hunt.exact).toBe(false);
    expect(hunt.extra).toHaveLength(1);
  });
});
