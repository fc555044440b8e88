/** One relay test: the connections that `smtp/relay-test.ts` asks for, dialled from one source; never two at once. */
import type { Address } from '../model/address.ts';
import type { Outcome } from '../model/outcome.ts';
import { type RelayRun, type RelaySetup, testRelay } from '../smtp/relay-test.ts';
import { classifyDial } from './classify.ts';
import type { ProbeContext } from './target.ts';

/** What one test is told. */
export interface RelayTarget extends Omit<RelaySetup, 'open' | 'clock' | 'signal' | 'limits' | 'deadline' | 'onProgress'> {
  /** Bound before connecting; null leaves the choice to the kernel. */
  readonly source: Address | null;
  /** Milliseconds for the whole test. */
  readonly testMs: number;
}

export interface RelayReport extends RelayRun {
  /** What a probe would have called it where no connection came about; null where one did. */
  readonly unreached: Outcome | null;
  readonly elapsedMs: number;
}

/** Never rejects. `retries` of the context are not heard: a server that does not answer at once is tried by the next run. */
export async function probeRelay(
  target: RelayTarget,
  context: Pick<ProbeContext, 'dial' | 'clock' | 'signal' | 'limits'>,
  onProgress: RelaySetup['onProgress'],
): Promise<RelayReport> {
  const { dial, clock, signal, limits } = context;
  const { source, testMs, ...told } = target;
  const startedAt = clock.monotonic();
  const deadline = startedAt + testMs;
  const { address, port } = target;
  let last: Outcome | null = null;
  const open: RelaySetup['open'] = async () => {
    const left = deadline - clock.monotonic();
    const result = await dial({ address, port, source }, Math.max(1, Math.min(limits.connectMs, left)), signal);
    if (result.kind === 'connected') return result.connection;
    const { outcome, reason } = classifyDial(result, { address, port, source }, 1);
    last = outcome;
    return reason;
  };
  const run = await testRelay({ ...told, open, clock, signal, limits, deadline, onProgress });
  return {
    ...run,
    unreached: run.connections === 0 ? last : null,
    elapsedMs: Math.round(clock.monotonic() - startedAt),
  };
}
