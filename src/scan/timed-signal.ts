import type { Clock } from '../model/outside.ts';

/** Aborts when the given signal does, or when the time is over; its reason is a sentence. `end` has to be called. */
export function timedSignal(
  signal: AbortSignal,
  deadlineMs: number | null,
  clock: Clock,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort('The run was interrupted');
  if (signal.aborted) interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  const cancel =
    deadlineMs === null
      ? () => undefined
      : clock.after(deadlineMs, () => controller.abort(`The time of the run (${deadlineMs} ms) was over`));
  return {
    signal: controller.signal,
    end: () => {
      cancel();
      signal.removeEventListener('abort', interrupt);
    },
  };
}
