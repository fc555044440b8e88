/** What a network really does, against what a scan and its judgement say of it: whatever dies, whenever, at any concurrency, also resumed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.ts';
import { resumableText } from '../../src/model/evidence-codec.ts';
import type { Judgement } from '../../src/model/result.ts';
import { type ScanOptions, scan } from '../../src/scan.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { type Behaviour, type Flow, fakeHost, fakeNames, fakeNetwork, scanOptions } from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';

const HOSTS = Array.from({ length: 12 }, (_, index) => `198.51.100.${index + 1}`);
const POLICY = policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16] } }
destinations:
  provider: { hosts: [203.0.113.10, 203.0.113.11], listening: [465, 587] }
  internet: { networks: [public], probes: [${HOSTS.map((host) => `{ host: ${host}, listening: [25, 587, 2525] }`)}] }
rules: [{ name: staff, from: desks, to: provider, ports: [587] }]
audit: { controls: [{ host: 203.0.113.80, port: 443 }] }
`);

interface World {
  readonly seed: number;
  readonly kinds: readonly Behaviour[];
  /** Milliseconds of the run after which nothing gets through any more. */
  readonly diesAt: number;
  readonly concurrency: number;
  readonly interruptMs: number | null;
}

const worlds: fc.Arbitrary<World> = fc.record({
  seed: fc.nat(1_000_000),
  kinds: fc.subarray<Behaviour>(['smtp', 'drop', 'icmp', 'rst'], { minLength: 1 }),
  diesAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 90_000 })),
  concurrency: fc.integer({ min: 1, max: 100 }),
  interruptMs: fc.option(fc.integer({ min: 1, max: 90_000 })),
});

function truthOf({ seed, kinds }: World, { address, port }: Pick<Flow, 'address' | 'port'>): Behaviour {
  let hash = seed;
  for (const character of `${address} ${port}`) hash = (hash * 31 + character.charCodeAt(0)) % 1_000_003;
  return port === 443 ? 'smtp' : (kinds[hash % kinds.length] ?? 'drop');
}

async function judge(world: World): Promise<Judgement> {
  const clock = fakeClock();
  const probers = fakeNetwork(clock, (flow, at) => (at >= world.diesAt ? 'drop' : truthOf(world, flow)));
  const host = { clock, network: fakeHost(['eth0 10.20.0.5']), resolver: fakeNames(), probers };
  const lines: string[] = [];
  const controller = new AbortController();
  if (world.interruptMs !== null) clock.after(world.interruptMs, () => controller.abort());
  const options: ScanOptions = {
    ...scanOptions(POLICY, host),
    concurrency: world.concurrency,
    append: (line) => lines.push(line),
    signal: controller.signal,
  };
  const first = await clock.run(scan(options));
  const resume = { file: 'run.jsonl', text: resumableText(lines.join('')) };
  const { evidence } =
    first.evidence.trailer?.interrupted === true
      ? await clock.run(scan({ ...options, signal: new AbortController().signal, resume }))
      : first;
  return compare(POLICY, [evidence], { now: clock.now(), requireProof: 'supported', allowOtherPolicy: false });
}

describe('whatever dies, whenever', () => {
  it('no denied flow that the network lets through is compliant, and none that it stops is a hole', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const { checks } = await judge(world);
        for (const { id, address, port, expect: expected, verdict } of checks) {
          if (address === null || port === null || expected !== 'deny') continue;
          const through = truthOf(world, { address, port }) === 'smtp';
          expect(verdict, id).not.toBe(through ? 'compliant' : 'violation');
        }
      }),
      { numRuns: 60 },
    );
  });

  it('no allowed flow that the network stops is compliant, and none that it lets through is blocked', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const { checks } = await judge(world);
        for (const { id, address, port, expect: expected, verdict } of checks) {
          if (address === null || port === null || expected !== 'allow') continue;
          const through = truthOf(world, { address, port }) === 'smtp';
          expect(verdict, id).not.toBe(through ? 'violation' : 'compliant');
        }
      }),
      { numRuns: 60 },
    );
  });
});
