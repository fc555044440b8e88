import { defineConfig } from 'vitest/config';

/** Three tiers: pure (no socket), in process (loopback), lab (namespaces, a real firewall; says why where it must skip). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.net.test.ts', 'test/lab/**', 'test/cmd/**'],
          pool: 'threads',
          isolate: false,
          maxWorkers: '100%',
          // None takes longer than a few seconds on a quiet machine; a busy one is no failure.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'net',
          include: ['test/**/*.net.test.ts', 'test/cmd/**/*.test.ts'],
          exclude: ['test/lab/**'],
          pool: 'forks',
          sequence: { groupOrder: 1 },
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          pool: 'forks',
          // They mostly wait for silence; the tiers before them do not, and would disturb their clocks.
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
