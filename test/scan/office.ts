/** An office with two families, and one with fifty denied endpoints, scanned in virtual time. */
import type { Evidence, Observation } from '../../src/model/evidence.ts';
import type { Policy } from '../../src/model/policy.ts';
import { questionsOf } from '../../src/model/question.ts';
import { resolutionOf } from '../../src/model/resolution.ts';
import { type ScanOptions, scan } from '../../src/scan.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import {
  type Behaviour,
  type FakeNetwork,
  type Flow,
  fakeHost,
  fakeNames,
  fakeNetwork,
  scanOptions,
} from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';

export const POLICY: Policy = policyOf(`
version: 1
name: office
segments:
  workstations:
    networks: [10.20.0.0/16, "2001:db8:20::/48"]
    controls: [{ host: www.example.net, port: 443 }]
destinations:
  provider: { hosts: [smtp.example.net], listening: [465, 587] }
  internet: { networks: [public], probes: [{ host: mx.example.org, listening: [25] }] }
rules:
  - { name: staff, from: workstations, to: provider, ports: [587] }
audit: { ports: [25, 465, 587, 2525] }
`);

export const NAMES: readonly string[] = [
  'smtp.example.net 198.51.100.10 2001:db8:f::10',
  'mx.example.org 198.51.100.7 2001:db8:f::25',
  'www.example.net 198.51.100.80 2001:db8:f::80',
];

export interface Setup {
  readonly behave?: (flow: Flow, atMs: number) => Behaviour;
  readonly names?: readonly string[];
  readonly interfaces?: readonly string[];
  readonly change?: (options: ScanOptions, clock: FakeClock) => Partial<ScanOptions>;
  readonly policy?: Policy;
}

export interface Outcome {
  readonly evidence: Evidence;
  readonly complete: boolean;
  readonly answered: boolean;
  readonly text: string;
  readonly network: FakeNetwork;
  readonly clock: FakeClock;
}

/** 587 and the controls answer, all else is silence. */
export const asPolicySays = ({ port }: Flow): Behaviour => (port === 587 || port === 443 ? 'smtp' : 'drop');

/** Scans that office in virtual time. */
export async function run({
  behave = asPolicySays,
  names = NAMES,
  interfaces,
  change,
  policy = POLICY,
}: Setup = {}): Promise<Outcome> {
  const clock = fakeClock();
  const network = fakeNetwork(clock, behave);
  const host = {
    clock,
    network: fakeHost(interfaces ?? ['eth0 10.20.0.5 2001:db8:20::5']),
    resolver: fakeNames(...names),
    probers: network,
  };
  const lines: string[] = [];
  const options = { ...scanOptions(policy, host), append: (line: string) => lines.push(line) };
  const outcome = await clock.run(scan({ ...options, ...change?.(options, clock) }));
  return { ...outcome, text: lines.join(''), network, clock };
}

/** The last outcome of every question, by its id. */
export function answers(evidence: Evidence, pass?: Observation['pass']): Record<string, string> {
  return Object.fromEntries(
    evidence.records.flatMap((record) =>
      record.type === 'observation' && (pass === undefined || record.pass === pass) ? [[record.id, record.outcome]] : [],
    ),
  );
}

/** Fifty denied endpoints on four ports each. */
export const MANY: Policy = policyOf(`
version: 1
name: many
segments: { workstations: { networks: [10.20.0.0/16], controls: [{ host: 203.0.113.80, port: 443 }] } }
destinations:
  internet:
    networks: [public]
    probes: [${Array.from({ length: 50 }, (_, index) => `{ host: 198.51.100.${index + 1}, listening: [25, 465, 587, 2525] }`)}]
rules: []
`);

/** A reject by ICMP, which the kernel holds to a few a second. */
export const limited = ({ port }: Flow): Behaviour => (port === 443 ? 'smtp' : 'icmp');

/** Ids of the questions of `MANY`. */
export function idsOf(evidence: Evidence): string[] {
  return questionsOf(MANY, evidence.header.vantage, resolutionOf(evidence.records)).map(({ id }) => id);
}

export function lastAnswer(evidence: Evidence, id: string): Observation['outcome'] | null {
  return (
    evidence.records.flatMap((record) => (record.type === 'observation' && record.id === id ? [record.outcome] : [])).at(-1) ??
    null
  );
}
