/**
 * Work in parallel, bounded: so many workers draw from one iterator, so that a plan of any length costs no memory and the event loop never
 * stalls (a stall would falsify the connect times); and never more than a few connections to one target at once.
 */
import pLimit, { type LimitFunction } from 'p-limit';

export interface PoolOptions<T> {
  readonly concurrency: number;
  /** Nothing new is started once it aborts; what runs is waited for. */
  readonly signal: AbortSignal;
  /** Awaited before each start: where a rate is asked for. */
  readonly pace?: (signal: AbortSignal) => Promise<void>;
  /** What counts as one target, and how many may run against it at once. */
  readonly targetOf?: (item: T) => string;
  readonly perTarget?: number;
}

/** Rejects only with what `work` rejects with (a bug); the other workers then end after what they have in hand. */
export async function runPool<T>(items: Iterable<T>, work: (item: T) => Promise<void>, options: PoolOptions<T>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const limited = perTarget(options);
  let failed = false;
  const worker = async (): Promise<void> => {
    while (!options.signal.aborted && !failed) {
      const { done, value } = iterator.next();
      if (done === true) return;
      await limited(value, async () => {
        await options.pace?.(options.signal);
        if (!options.signal.aborted) await work(value);
      });
    }
  };
  const guarded = (): Promise<void> =>
    worker().catch((error: unknown) => {
      failed = true;
      throw error;
    });
  const ended = await Promise.allSettled(Array.from({ length: options.concurrency }, guarded));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

function perTarget<T>(options: PoolOptions<T>): (item: T, run: () => Promise<void>) => Promise<void> {
  const { targetOf, perTarget: cap } = options;
  if (targetOf === undefined || cap === undefined) return (_item, run) => run();
  const limits = new Map<string, LimitFunction>();
  return async (item, run) => {
    const target = targetOf(item);
    const limit = limits.get(target) ?? pLimit(cap);
    limits.set(target, limit);
    await limit(run);
    if (limit.activeCount === 0 && limit.pendingCount === 0) limits.delete(target);
  };
}
