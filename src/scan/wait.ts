import type { Clock } from '../model/outside.ts';

/** Resolves after the delay, or at once when the signal aborts: callers look at the signal, they need no exception. */
export function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (delayMs <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const waiting = sleepersOf(signal);
    const end = (): void => {
      cancel();
      waiting.delete(end);
      resolve();
    };
    const cancel = clock.after(delayMs, end);
    waiting.add(end);
  });
}

/** The signal has one listener, however many wait: each of its own would make Node warn of a leak. */
const SLEEPERS = new WeakMap<AbortSignal, Set<() => void>>();

function sleepersOf(signal: AbortSignal): Set<() => void> {
  const known = SLEEPERS.get(signal);
  if (known !== undefined) return known;
  const sleepers = new Set<() => void>();
  SLEEPERS.set(signal, sleepers);
  signal.addEventListener(
    'abort',
    () => {
      for (const end of [...sleepers]) end();
    },
    { once: true },
  );
  return sleepers;
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
