import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FindingCode } from '../../src/model/finding.ts';
import type { Check, ConfigurationCheck, NetworkCheck, Result } from '../../src/model/result.ts';
import { pathOf } from '../../src/report/path.ts';

const RESULT: Result = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/results/violations.1.json'), 'utf8'));

function network(changes: Partial<NetworkCheck>): Check {
  const check = RESULT.checks.find(({ kind }) => kind === 'reachability');
  if (check?.kind !== 'reachability') throw new TypeError('the fixture has none');
  return { ...check, segment: 'workstations', verdict: 'violation', expect: 'deny', outcome: 'open-smtp', ...changes };
}

function configuration(changes: Partial<ConfigurationCheck>): Check {
  const { segment, source, destination, host, address, family, port, rule, detail, proof, reason, elapsedMs, findings, waived } =
    network({});
  const told = {
    segment,
    source,
    destination,
    host,
    address,
    family,
    port,
    rule,
    detail,
    proof,
    reason,
    elapsedMs,
    findings,
    waived,
  };
  return {
    ...told,
    id: 'config',
    kind: 'configuration',
    firewall: 'edge',
    verdict: 'violation',
    expect: 'deny',
    outcome: 'permitted',
    change: null,
    rows: [],
    furtherRows: 0,
    ...changes,
  };
}

function drawn(code: FindingCode, check: Check | undefined): string | null {
  const path = pathOf({ code }, check);
  if (path === null) return null;
  const [from, middle, to] = path.stations;
  return `${from.name} ${path.hops[0]} ${middle.name} ${path.hops[1]} ${to.name}: ${path.end}`;
}

test('a denied flow that got out leaks behind the way out', () => {
  expect(drawn('egress-open', network({ destination: 'internet' }))).toBe(
    'workstations through the way out leak internet: gets out',
  );
});

test('an allowed flow that was dropped stops on the way, at no named device', () => {
  expect(drawn('egress-blocked', network({ expect: 'allow', outcome: 'dropped', destination: 'internet' }))).toBe(
    'workstations stop the way out dotted internet: stopped',
  );
});

test('what could not be judged is drawn as not known', () => {
  expect(drawn('not-judged', network({ verdict: 'inconclusive', destination: 'internet' }))).toBe(
    'workstations unsure the way out unsure internet: not known',
  );
});

test('an answer in the place of the destination comes from a device on the way', () => {
  expect(drawn('intercepted', network({ destination: 'internet' }))).toBe(
    'workstations through a device on the way unsure internet: interfered with',
  );
});

test('a configuration names its firewall: it permits, denies, redirects, or it depends', () => {
  const at = (outcome: ConfigurationCheck['outcome']): string | null =>
    drawn('config-permits-denied', configuration({ outcome, destination: 'internet' }));
  expect(at('permitted')).toBe('workstations through edge leak internet: gets through');
  expect(at('denied')).toBe('workstations stop edge dotted internet: stopped');
  expect(at('redirected')).toBe('workstations through edge leak elsewhere: redirected');
  expect(at('conditional')).toBe('workstations unsure edge unsure internet: it depends');
  expect(at(null)).toBe('workstations unsure edge unsure internet: not known');
});

test('a finding about no flow has no way', () => {
  expect(drawn('waiver-expired', undefined)).toBe(null);
});
