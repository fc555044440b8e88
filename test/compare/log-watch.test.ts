import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watchOf } from '../../src/compare/log-watch.ts';
import { parseAddress } from '../../src/model/address.ts';
import type { SentinelEvent } from '../../src/model/sentinel-log.ts';

const address = parseAddress('198.51.100.20') ?? expect.fail('not an address');
const client = { address, port: 40_000 };

/** Steps of a log: how far the clock goes, back at times, and what is written then; some numbers of connections are skipped. */
const steps = fc.array(
  fc.record({
    forwardMs: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: -400_000, max: 400_000 })),
    kind: fc.constantFrom('listening', 'alive', 'connected', 'connected', 'skipped', 'turned-away', 'stopped'),
  }),
  { minLength: 1, maxLength: 40 },
);

function logOf(taken: readonly { readonly forwardMs: number; readonly kind: string }[]): SentinelEvent[] {
  let [nowMs, number] = [10_000_000, 0];
  return taken.map(({ forwardMs, kind }): SentinelEvent => {
    nowMs = Math.max(0, nowMs + forwardMs);
    const at = new Date(nowMs).toISOString();
    if (kind === 'alive') return { event: 'alive', at, connections: 0 };
    if (kind === 'stopped') return { event: 'stopped', at };
    if (kind === 'turned-away') return { event: 'turned-away', at, port: 25, family: 'ipv4', client, why: 'flood' };
    if (kind === 'listening') {
      number = 0;
      return { event: 'listening', at, name: 'edge', keys: [], ports: [25] };
    }
    number += kind === 'skipped' ? 2 : 1;
    return { event: 'connected', at, connection: `run-${number}`, port: 25, family: 'ipv4', client };
  });
}

describe('the time that a log tells of', () => {
  it('is in order, and holds nothing of what was lost, told twice or not listed', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const { watched, twice, lost, flooded } = watchOf({ events: logOf(taken), gaps: [] });
        for (const [index, { fromMs, toMs }] of watched.entries()) {
          expect(fromMs).toBeLessThanOrEqual(toMs);
          expect(fromMs).toBeGreaterThanOrEqual(watched[index - 1]?.fromMs ?? 0);
          expect([...twice, ...lost, ...flooded].filter((hole) => hole.fromMs <= toMs && fromMs <= hole.toMs)).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
