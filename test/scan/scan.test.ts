import { describe, expect, it } from 'vitest';
import type { Evidence, Observation } from '../../src/model/evidence.ts';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import { classOf } from '../../src/model/outcome.ts';
import { questionsOf } from '../../src/model/question.ts';
import { resolutionOf } from '../../src/model/resolution.ts';
import { type ScanOptions, scan } from '../../src/scan.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import { type Behaviour, type FakeNetwork, type Flow, fakeHost, fakeNames, fakeNetwork, scanOptions } from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';

const POLICY = policyOf(`
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

const NAMES = [
  'smtp.example.net 198.51.100.10 2001:db8:f::10',
  'mx.example.org 198.51.100.7 2001:db8:f::25',
  'www.example.net 198.51.100.80 2001:db8:f::80',
];

interface Setup {
  readonly behave?: (flow: Flow, atMs: number) => Behaviour;
  readonly names?: readonly string[];
  readonly interfaces?: readonly string[];
  readonly change?: (options: ScanOptions, clock: FakeClock) => Partial<ScanOptions>;
  readonly policy?: typeof POLICY;
}

interface Outcome {
  readonly evidence: Evidence;
  readonly complete: boolean;
  readonly answered: boolean;
  readonly text: string;
  readonly network: FakeNetwork;
  readonly clock: FakeClock;
}

const asPolicySays = ({ port }: Flow): Behaviour => (port === 587 || port === 443 ? 'smtp' : 'drop');

async function run({ behave = asPolicySays, names = NAMES, interfaces, change, policy = POLICY }: Setup = {}): Promise<Outcome> {
  const clock = fakeClock();
  const network = fakeNetwork(clock, behave);
  const host = { clock, network: fakeHost(interfaces ?? ['eth0 10.20.0.5 2001:db8:20::5']), resolver: fakeNames(...names), probers: network };
  const lines: string[] = [];
  const options = { ...scanOptions(policy, host), append: (line: string) => lines.push(line) };
  const outcome = await clock.run(scan({ ...options, ...change?.(options, clock) }));
  return { ...outcome, text: lines.join(''), network, clock };
}

function answers(evidence: Evidence, pass?: Observation['pass']): Record<string, string> {
  return Object.fromEntries(
    evidence.records.flatMap((record) =>
      record.type === 'observation' && (pass === undefined || record.pass === pass) ? [[record.id, record.outcome]] : [],
    ),
  );
}

describe('scan', () => {
  it('answers every question of the policy from every leg', async () => {
    const { evidence, complete } = await run();
    expect(answers(evidence, 'scan')).toEqual({
      'workstations/10.20.0.5>provider/198.51.100.10:465': 'dropped',
      'workstations/10.20.0.5>provider/198.51.100.10:587': 'open-smtp',
      'workstations/10.20.0.5>internet/198.51.100.7:25': 'dropped',
      'workstations/[2001:db8:20::5]>provider/[2001:db8:f::10]:465': 'dropped',
      'workstations/[2001:db8:20::5]>provider/[2001:db8:f::10]:587': 'open-smtp',
      'workstations/[2001:db8:20::5]>internet/[2001:db8:f::25]:25': 'dropped',
    });
    expect(complete).toBe(true);
  });

  it('writes what it returns', async () => {
    const { evidence, text } = await run();
    expect(decodeEvidence(text, 'run.jsonl')).toEqual(evidence);
  });

  it('binds every probe to the source of its leg', async () => {
    const { network } = await run();
    for (const { source, address } of network.sent) expect(source.includes(':')).toBe(address.includes(':'));
  });
});
