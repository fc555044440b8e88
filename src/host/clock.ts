import type { Clock } from '../model/outside.ts';

/** The longest delay that a Node timer takes; a longer one would fire at once. About 24.8 days. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The machine's clocks and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS));
    return () => clearTimeout(timer);
  },
};
