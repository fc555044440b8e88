import { describe, expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.ts';
import type { Evidence, Observation } from '../../src/model/evidence.ts';
import { evidenceOf, type RunSpec } from '../support/evidence.ts';
import { policyOf } from '../support/policy.ts';
import { ALIVE, HEAD, WORKSTATION } from './verdict-case.ts';

const OPTIONS = { now: Date.parse('2026-11-21T21:00:00Z'), requireProof: 'supported', allowOtherPolicy: false } as const;

const policy = policyOf(`${HEAD}
destinations:
  internet:
    networks: [public]
    mx: [example.org]
    probes: [{ host: a.example.net, listening: [25] }, { host: b.example.net, listening: [25] }]
rules:
  - { name: deliver, from: relays, to: internet, ports: [25] }
audit: { ports: [25], controls: [{ host: www.example.net, port: 443 }] }
`);
const NAMES = [
  'mx:example.org mx.example.org',
  'mx.example.org 198.51.100.7',
  'a.example.net 198.51.100.8',
  'b.example.net 198.51.100.8',
];
const MX = 'workstations/10.20.0.5>internet/198.51.100.7:25';
const A = 'workstations/10.20.0.5>internet/198.51.100.8:25';

function verdicts(change: (observation: Observation) => Observation, spec: Partial<RunSpec> = {}): Record<string, string> {
  const made = evidenceOf(policy, { legs: [WORKSTATION], names: NAMES, controls: ALIVE, ...spec });
  const records = made.records.map((record) => (record.type === 'observation' ? change(record) : record));
  const { checks } = compare(policy, [{ ...made, records } satisfies Evidence], OPTIONS);
  return Object.fromEntries(checks.map(({ id, verdict }) => [id, verdict]));
}

describe('an answer to a question', () => {
  it('is about the host that was asked for: an exchanger by its name, and two names of one address', () => {
    expect(verdicts((one) => one)).toEqual({ [MX]: 'compliant', [A]: 'compliant', [`${A}~b.example.net`]: 'compliant' });
  });

  it.each([
    [MX, 'example.org'],
    [A, 'b.example.net'],
    [`${A}~b.example.net`, 'a.example.net'],
  ])('is none where another host was asked for under the id %s', (id, host) => {
    expect(verdicts((one) => (one.id === id ? { ...one, host } : one))[id]).toBe('inconclusive');
  });

  it('that was open, and about another host, is told of as a port that nobody asked about', () => {
    const seen = { [MX.replace(/^.*>/, '')]: 'open-smtp' } as const;
    expect(verdicts((one) => (one.id === MX ? { ...one, host: 'mail.example.org' } : one), { seen })).toMatchObject({
      [MX]: 'inconclusive',
      'coverage:run/run-workstations/misfit': 'inconclusive',
    });
  });
});
