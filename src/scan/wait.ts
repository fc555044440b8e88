import { awaitAbort, forgetAbort } from '../model/abort.ts';
import type { Clock } from '../model/outside.ts';

/** Resolves after the delay, or at once when the signal aborts: callers look at the signal, they need no exception. */
export function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (delayMs <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const waiter = {
      abort: (): void => {
        cancel();
        resolve();
      },
    };
    const cancel = clock.after(delayMs, () => {
      forgetAbort(signal, waiter);
      resolve();
    });
    awaitAbort(signal, waiter);
  });
}

/** Lets one caller through at a time, `everyMs` apart: the first at once, or after `quietMs`. */
export function pacer(clock: Clock, everyMs: number, quietMs = 0): (signal: AbortSignal) => Promise<void> {
  let next = clock.monotonic() + quietMs;
  return async (signal) => {
    const start = Math.max(next, clock.monotonic());
    next = start + everyMs;
    await wait(clock, start - clock.monotonic(), signal);
  };
}
