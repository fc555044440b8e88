/** Virtual time: nothing waits, and what would happen at the same instant happens in the order in which it was asked for. */
import type { Clock } from '../../src/model/outside.ts';

export interface FakeClock extends Clock {
  /** Runs timers in order, each after everything before it has settled, until the promise settles; then its value. */
  run<T>(promise: Promise<T>): Promise<T>;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Timers that a test may run before it counts as hanging. */
const MAX_TIMERS = 1_000_000;

export function fakeClock(startAt: number = Date.parse('2026-11-21T20:00:00.000Z')): FakeClock {
  const timers = new Set<Timer>();
  let elapsed = 0;
  let order = 0;
  const next = (): Timer | undefined =>
    [...timers].reduce<Timer | undefined>(
      (best, timer) =>
        best === undefined || timer.at < best.at || (timer.at === best.at && timer.order < best.order) ? timer : best,
      undefined,
    );
  return {
    now: () => startAt + elapsed,
    monotonic: () => elapsed,
    after(delayMs, callback) {
      const timer = { at: elapsed + Math.max(0, delayMs), order: order++, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async run(promise) {
      let settled = false;
      const done = promise.finally(() => {
        settled = true;
      });
      done.catch(() => undefined);
      for (let count = 0; ; count++) {
        await quiet();
        if (settled) return done;
        const timer = next();
        if (timer === undefined || count > MAX_TIMERS) throw new Error('the promise waits for something other than time');
        timers.delete(timer);
        elapsed = Math.max(elapsed, timer.at);
        timer.callback();
      }
    },
  };
}

/** Lets promises and what they wake run until nothing but timers is left. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
