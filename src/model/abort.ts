/**
 * Many waiters on one AbortSignal. A listener of its own for each of thousands of sockets would make every removal walk the
 * signal's whole list, and Node warn of a leak; here the signal has one listener, and the waiters are a set.
 */
export interface Waiter {
  /** The signal aborted; the waiter is already forgotten. */
  abort(): void;
}

const WAITERS = new WeakMap<AbortSignal, Set<Waiter>>();

/** Tells the waiter once when the signal aborts, which it must not have done yet. */
export function awaitAbort(signal: AbortSignal, waiter: Waiter): void {
  const waiters = WAITERS.get(signal) ?? listen(signal);
  waiters.add(waiter);
}

/** Idempotent, and harmless for a waiter that was told already. */
export function forgetAbort(signal: AbortSignal, waiter: Waiter): void {
  WAITERS.get(signal)?.delete(waiter);
}

function listen(signal: AbortSignal): Set<Waiter> {
  const waiters = new Set<Waiter>();
  WAITERS.set(signal, waiters);
  signal.addEventListener(
    'abort',
    () => {
      for (const waiter of waiters) {
        waiters.delete(waiter);
        waiter.abort();
      }
    },
    { once: true },
  );
  return waiters;
}
