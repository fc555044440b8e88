import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('the machine clock', () => {
  test('calls back once, after the delay, unless it is cancelled', () => {
    vi.useFakeTimers();
    const called: string[] = [];
    systemClock.after(100, () => called.push('kept'));
    const cancel = systemClock.after(100, () => called.push('cancelled'));
    cancel();
    vi.advanceTimersByTime(99);
    expect(called).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(called).toEqual(['kept']);
  });

  test('does not call back at once for a delay that no timer can hold', () => {
    vi.useFakeTimers();
    let called = false;
    systemClock.after(2 ** 40, () => {
      called = true;
    });
    vi.advanceTimersByTime(86_400_000);
    expect(called).toBe(false);
  });

  test('measures with a clock that never goes back', () => {
    const first = systemClock.monotonic();
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first);
  });
});
