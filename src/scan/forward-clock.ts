import type { Clock } from '../model/outside.ts';

/**
 * A clock whose time of day never goes back: where the host's is set back in mid-run, it goes on from where it was. Controls
 * vouch by their times, and a failure that was written down before the success that it followed would vouch for a dead path.
 *
 * @param from  milliseconds since 1970 UTC of the last thing that was written down before; nothing comes before it.
 */
export function forwardClock(clock: Clock, from: number = Number.NEGATIVE_INFINITY): Clock {
  let last = from;
  let lastTick = clock.monotonic();
  return {
    monotonic: () => clock.monotonic(),
    after: (delayMs, callback) => clock.after(delayMs, callback),
    now: () => {
      const tick = clock.monotonic();
      last = Math.max(clock.now(), last + (tick - lastTick));
      lastTick = tick;
      return last;
    },
  };
}
