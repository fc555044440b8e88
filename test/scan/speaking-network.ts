/** A network in virtual time whose open ports are sentinels that really speak, so that probes leave dialogues and receipts. */
import type { Clock } from '../../src/model/outside.ts';
import { SENTINEL_TLS_PORTS } from '../../src/model/ports.ts';
import { probe } from '../../src/scan/probe.ts';
import { FakeSentinel, type FakeSentinelOptions } from '../smtp/fake-sentinel.ts';
import { type Behaviour, type FakeNetwork, type Flow, fakeNetwork } from '../support/fake-network.ts';

const USUAL = { starttls: '220 2.0.0 Ready to start TLS\r\n', sizes: [1_000] };

/** @param change  what a sentinel does otherwise, by its port. */
export function speakingNetwork(
  clock: Clock,
  behave: (flow: Flow) => Behaviour,
  change: (port: number) => Partial<FakeSentinelOptions> = () => ({}),
): FakeNetwork {
  const network = fakeNetwork(clock, behave);
  return {
    ...network,
    probe: async (target, limits, signal) => {
      const report = await network.probe(target, limits, signal);
      if (report.outcome !== 'open-smtp') return report;
      const { port } = target;
      const mode = SENTINEL_TLS_PORTS.includes(port) ? 'implicit' : 'clear';
      const connection = new FakeSentinel({ ...USUAL, mode, port, ...change(port) });
      const dial = async () => ({ kind: 'connected' as const, connection, elapsedMs: 20 });
      return probe(target, { dial, clock, signal, limits, retries: 0 });
    },
  };
}
