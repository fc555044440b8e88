import { describe, expect, it } from 'vitest';
import { runPool } from '../../src/scan/pool.ts';
import { pacer, wait } from '../../src/scan/wait.ts';
import { fakeClock } from '../support/fake-clock.ts';

const GO = new AbortController().signal;

describe('the pool', () => {
  it('does everything once, and never more at once than it may', async () => {
    const clock = fakeClock();
    const done: number[] = [];
    let running = 0;
    let peak = 0;
    const work = async (item: number): Promise<void> => {
      peak = Math.max(peak, ++running);
      await wait(clock, 10 + (item % 7), GO);
      running--;
      done.push(item);
    };
    const items = Array.from({ length: 100 }, (_, index) => index);
    await clock.run(runPool(items, work, { concurrency: 8, signal: GO }));
    expect(done.toSorted((a, b) => a - b)).toEqual(items);
    expect(peak).toBe(8);
  });

  it('draws nothing more once it is told to stop, and waits for what runs', async () => {
    const clock = fakeClock();
    const controller = new AbortController();
    let started = 0;
    let ended = 0;
    const work = async (): Promise<void> => {
      started++;
      if (started === 5) controller.abort();
      await wait(clock, 100, GO);
      ended++;
    };
    await clock.run(runPool(Array(50).fill(0), work, { concurrency: 3, signal: controller.signal }));
    expect([started, ended]).toEqual([5, 5]);
  });

  it('passes a bug on, and draws nothing more', async () => {
    let started = 0;
    const work = async (): Promise<void> => {
      started++;
      await Promise.resolve();
      throw new TypeError('a bug');
    };
    await expect(runPool(Array(50).fill(0), work, { concurrency: 2, signal: GO })).rejects.toThrow('a bug');
    expect(started).toBe(2);
  });

  it('keeps a plan of a hundred thousand in hand a few at a time', async () => {
    let drawn = 0;
    let worked = 0;
    let ahead = 0;
    function* plan(): Generator<number> {
      for (; drawn < 100_000; drawn++) {
        ahead = Math.max(ahead, drawn - worked);
        yield drawn;
      }
    }
    await runPool(plan(), async () => void worked++, { concurrency: 16, signal: GO });
    expect(worked).toBe(100_000);
    expect(ahead).toBeLessThanOrEqual(16);
  });
});

describe('a pace', () => {
  it('is kept after a quiet time', async () => {
    const clock = fakeClock();
    const pace = pacer(clock, 1_100, 7_000);
    const starts: number[] = [];
    const start = async (): Promise<void> => {
      await pace(GO);
      starts.push(clock.monotonic());
    };
    await clock.run(Promise.all([start(), start(), start()]));
    expect(starts).toEqual([7_000, 8_100, 9_200]);
  });

  it('does not hold up what is stopped', async () => {
    const clock = fakeClock();
    const controller = new AbortController();
    const waiting = wait(clock, 60_000, controller.signal);
    controller.abort();
    await waiting;
    expect(clock.monotonic()).toBe(0);
  });
});
