/**
 * Many waiters on one AbortSignal. A listener of its own for each of thousands of sockets would make every removal walk the
 * signal's whole list; here the signal has one listener, and the waiters are a set.
 */
const WAITERS = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back once when the signal aborts; the returned function withdraws. The signal must not have aborted yet. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const waiters = WAITERS.get(signal) ?? listen(signal);
  waiters.add(callback);
  return () => waiters.delete(callback);
}

function listen(signal: AbortSignal): Set<() => void> {
  const waiters = new Set<() => void>();
  WAITERS.set(signal, waiters);
  signal.addEventListener(
    'abort',
    () => {
      for (const waiter of waiters) waiter();
      waiters.clear();
    },
    { once: true },
  );
  return waiters;
}
