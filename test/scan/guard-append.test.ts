import { describe, expect, it } from 'vitest';
import { inputError } from '../../src/model/problem.ts';
import { scan } from '../../src/scan.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { fakeHost, fakeNames, fakeNetwork, scanOptions } from '../support/fake-network.ts';
import { asPolicySays, MANY, NAMES } from './office.ts';

describe('evidence that cannot be written any more', () => {
  it.each([1, 4, 9, 30])(
    'ends the run with the error of line %i; nothing is written after it, nor asked but what was under way',
    async (fails) => {
      const clock = fakeClock();
      const network = fakeNetwork(clock, asPolicySays);
      const host = { clock, network: fakeHost(['eth0 10.20.0.5']), resolver: fakeNames(...NAMES), probers: network };
      let [lines, sentThen] = [0, -1];
      const append = (): void => {
        lines++;
        if (lines < fails) return;
        sentThen = network.sent.length;
        throw inputError('evidence-unwritable', 'the disk is full');
      };
      const run = scan({ ...scanOptions(MANY, host), concurrency: 8, append });
      await expect(clock.run(run)).rejects.toThrow('evidence-unwritable: the disk is full');
      expect(lines).toBe(fails);
      expect(network.sent.length).toBeLessThanOrEqual(sentThen + 8);
    },
  );
});
