import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ASSUMED_SKEW_MS } from '../../src/compare/reconcile.ts';
import { InputError } from '../../src/model/problem.ts';
import type { Reading, ReconciledRow } from '../../src/model/reconciliation.ts';
import { reconciled } from './both-ends.ts';
import { keyOf, PATHS, type Path, type Spec, spec, type Truth, worldOf } from './two-ended-world.ts';

/** What must be true where a row reads so. */
const HOLDS: Readonly<Record<Reading, (truth: Truth) => boolean>> = {
  answered: ({ requested, receiptBack }) => requested && receiptBack,
  'answer-lost': ({ arrived, receiptBack, stranger }) => arrived && !receiptBack && !stranger,
  'arrived-silent': ({ arrived, receiptBack, stranger }) => arrived && !receiptBack && !stranger,
  'never-arrived': ({ arrived, stranger }) => !arrived && !stranger,
  stranger: ({ stranger }) => stranger,
  untried: ({ sent }) => !sent,
  ambiguous: () => true,
  'not-covered': () => true,
};

/** Null where the world has nothing to reconcile, or clocks that are further apart than nothing measures. */
function rowsOf(given: Spec): { readonly row: ReconciledRow; readonly truth: Truth }[] | null {
  const { policy, evidence, log, truths, measured } = worldOf(given);
  const lost = given.hosts.some(({ offset }, host) => measured[host] !== true && Math.abs(offset) * 1000 > ASSUMED_SKEW_MS);
  if (lost || evidence.length === 0) return null;
  try {
    return reconciled(policy, log, evidence).rows.map((row) => {
      const truth = truths.get(keyOf(row));
      if (truth === undefined) throw new Error(`no such probe: ${keyOf(row)}`);
      return { row, truth };
    });
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

describe('in a world where it is known what became of each probe', () => {
  it('no reading is a wrong one, whatever paths, clocks and log do', () => {
    fc.assert(
      fc.property(spec, (given) => {
        const rows = rowsOf(given);
        fc.pre(rows !== null);
        for (const { row, truth } of rows) {
          expect(HOLDS[row.reading](truth), `${truth.path} reads ${row.reading}: ${row.reason}`).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  const READS: Readonly<Record<Path, Reading>> = {
    direct: 'answered',
    relays: 'answered',
    drops: 'never-arrived',
    refuses: 'never-arrived',
    'completes-handshake': 'never-arrived',
    'loses-answers': 'answer-lost',
    'loses-receipt': 'answer-lost',
    'changes-receipt': 'answer-lost',
    'loses-words': 'arrived-silent',
    resets: 'answer-lost',
    intercepts: 'stranger',
    'intercepts-and-connects': 'stranger',
    proxies: 'ambiguous',
    'proxies-and-fails': 'ambiguous',
    'masks-request': 'ambiguous',
    'no-route': 'untried',
  };

  it.each(PATHS)(
    'a lone probe of a path that is %s reads as it should, with the whole log and a receipt to measure the clocks',
    (path) => {
      fc.assert(
        fc.property(fc.double({ min: -1200, max: 1200, noNaN: true }), fc.boolean(), (offset, translated) => {
          const probes = [
            { host: 0, at: 100, port: 587, path: 'direct' as const },
            { host: 0, at: 600, port: 25, path },
          ];
          const rows = rowsOf({
            hosts: [{ offset, translated }],
            probes,
            down: [],
            noise: [],
            expected: true,
            torn: [],
            cut: [0, 0],
          });
          expect(rows?.map(({ row }) => row.reading)).toEqual([READS[path], 'answered']);
        }),
        { numRuns: 20 },
      );
    },
  );

  it('most probes are told of, where the log is whole and the sentinel was up', () => {
    const whole = spec.map((given): Spec => ({ ...given, down: [], torn: [], cut: [0, 0], expected: true, noise: [] }));
    const all = fc.sample(whole, { numRuns: 300, seed: 7 }).flatMap((given) => rowsOf(given) ?? []);
    const clear = all.filter(({ truth }) => READS[truth.path] !== 'ambiguous');
    const told = clear.filter(({ row }) => row.reading !== 'ambiguous' && row.reading !== 'not-covered');
    expect(told.length / clear.length).toBeGreaterThan(0.8);
  });
});
