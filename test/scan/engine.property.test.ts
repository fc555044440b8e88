import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import { classOf } from '../../src/model/outcome.ts';
import { questionsOf } from '../../src/model/question.ts';
import { resolutionOf } from '../../src/model/resolution.ts';
import { type ScanOptions, scan } from '../../src/scan.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { type Behaviour, fakeHost, fakeNames, fakeNetwork, scanOptions } from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';

const POLICY = policyOf(`
version: 1
name: office
segments:
  desks: { networks: [10.20.0.0/16, "2001:db8:20::/48"], controls: [{ host: 203.0.113.80, port: 443 }] }
  relays: { networks: [10.1.0.25] }
destinations:
  provider: { hosts: [smtp.example.net, lost.example.net], listening: [465, 587] }
  internet: { networks: [public], probes: [${[1, 2, 3, 4, 5, 6].map((last) => `{ host: 198.51.100.${last}, listening: [25, 2525] }`)}] }
rules:
  - { name: staff, from: desks, to: provider, ports: [587] }
  - { name: relay, from: relays, to: internet, ports: [25] }
`);
const NAMES = ['smtp.example.net 198.51.100.10 198.51.100.11 2001:db8:f::10'];

/** What happens to a flow, by a number that stands for the network. */
function behaviourOf(seed: number, kinds: readonly Behaviour[]): (flow: { address: string; port: number }) => Behaviour {
  return ({ address, port }) => {
    let hash = seed;
    for (const character of `${address} ${port}`) hash = (hash * 31 + character.charCodeAt(0)) % 1_000_003;
    return port === 443 ? 'smtp' : (kinds[hash % kinds.length] ?? 'drop');
  };
}

async function run(behave: ReturnType<typeof behaviourOf>, change: Partial<ScanOptions>, interruptMs?: number) {
  const clock = fakeClock();
  const network = fakeNetwork(clock, behave);
  const host = {
    clock,
    network: fakeHost(['eth0 10.20.0.5 2001:db8:20::5', 'eth1 10.1.0.25']),
    resolver: fakeNames(...NAMES),
    probers: network,
  };
  const lines: string[] = [];
  const controller = new AbortController();
  if (interruptMs !== undefined) clock.after(interruptMs, () => controller.abort());
  const options = {
    ...scanOptions(POLICY, host),
    signal: controller.signal,
    append: (line: string) => lines.push(line),
    ...change,
  };
  const { evidence } = await clock.run(scan(options));
  const questions = questionsOf(POLICY, evidence.header.vantage, resolutionOf(evidence.records));
  const answers = new Map(
    evidence.records.flatMap((record) => (record.type === 'observation' ? [[record.id, record] as const] : [])),
  );
  return { evidence, text: lines.join(''), network, questions, answers };
}

const KINDS: readonly Behaviour[] = ['smtp', 'drop', 'icmp', 'rst', 'absent', 'full'];

describe('whatever the network does, whenever the run is stopped', () => {
  it('every question has an answer, the evidence can be read, and no target has more than two dialogues at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1_000_000),
        fc.subarray([...KINDS], { minLength: 1 }),
        fc.integer({ min: 1, max: 100 }),
        fc.option(fc.nat(120_000), { nil: undefined }),
        fc.option(fc.integer({ min: 1, max: 120_000 }), { nil: null }),
        async (seed, kinds, concurrency, interruptMs, deadlineMs) => {
          const { evidence, text, network, questions, answers } = await run(
            behaviourOf(seed, kinds),
            { concurrency, deadlineMs },
            interruptMs,
          );
          expect(questions.filter(({ id }) => !answers.has(id))).toEqual([]);
          expect(decodeEvidence(text, 'run.jsonl')).toEqual(evidence);
          expect(network.peak()).toBeLessThanOrEqual(2);
          const asked = evidence.records.filter((record) => record.type === 'observation');
          const cutOff = asked.filter(({ outcome }) => outcome === 'aborted');
          for (const { id } of cutOff) expect(asked.filter((record) => record.id === id)).toHaveLength(1);
          for (const { id, problem } of questions) if (problem !== null) expect(answers.get(id)?.outcome).toBe('unresolved');
        },
      ),
      { numRuns: 40 },
    );
  });

  it('the class of every answer is the same at any concurrency', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1_000_000),
        fc.subarray<Behaviour>(['smtp', 'drop', 'icmp', 'rst'], { minLength: 1 }),
        fc.integer({ min: 2, max: 200 }),
        async (seed, kinds, concurrency) => {
          const classes = async (at: number): Promise<string[]> => {
            const { questions, answers } = await run(behaviourOf(seed, kinds), { concurrency: at });
            return questions.map(({ id }) => `${id} ${classOf(answers.get(id)?.outcome ?? 'aborted')}`);
          };
          expect(await classes(concurrency)).toEqual(await classes(1));
        },
      ),
      { numRuns: 25 },
    );
  });
});
