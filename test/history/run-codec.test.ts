import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinText, takeApart } from '../../src/history/apart.ts';
import { decodeRun, encodeRun } from '../../src/history/run-codec.ts';
import type { Result } from '../../src/model/result.ts';
import { hourlyRuns } from '../support/hourly-runs.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/results');

/** Through bytes and back, whole and as the difference to another result. */
function throughBytes(result: Result, base: Result | null): Result {
  const apart = base === null ? null : decodeRun(encodeRun(takeApart(base), null), null);
  return JSON.parse(joinText(decodeRun(encodeRun(takeApart(result), apart), apart)));
}

function sample(count: number, checks: number, seed: number): Result[] {
  const runs: Result[] = [];
  for (const run of hourlyRuns({ checks, seed, unrest: 0.2 })) if (runs.push(run) === count) break;
  return runs;
}

/** Text with what the codec looks for in it: numbers with and without leading zeros, times that exist and others, hex words, its own marks. */
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        ...[
          '0',
          '007',
          '14',
          '999999999999999',
          '9999999999999999',
          '1.05',
          '-3',
          '1e21',
          'a1',
          'deadbeef01',
          '00000000',
          ' ms ',
        ],
        ...[
          '2026-11-21T20:38:00.000Z',
          '2026-11-21T20:38:00Z',
          '2026-02-30T00:00:00Z',
          '9999-12-31T23:59:59.999Z',
          '\u0001',
          '\u0004',
        ],
        ...['0000-01-01T00:00:00.000Z', '2026-11-21T24:00:00Z', '"', '\\', '\n', '\ud800', '::', '198.51.100.7'],
      ),
    )
    .map((parts) => parts.join('')),
);

const anything = fc.jsonValue({ maxDepth: 2, stringUnit: 'binary' });

/** A real result with some of its texts, numbers and whole fields replaced by others, and its checks in another order. */
function mangled(result: Result): fc.Arbitrary<Result> {
  const checks = fc
    .shuffledSubarray([...result.checks])
    .chain((kept) =>
      fc.tuple(...kept.map((check) => fc.oneof(fc.constant(check), changed(check), fc.constant(check)))).map((some) => [...some]),
    );
  const findings = fc
    .shuffledSubarray([...result.findings])
    .chain((kept) => fc.tuple(...kept.map(changed)).map((some) => [...some]));
  return fc.tuple(checks, findings, changed(result.run), fc.boolean()).map(([newChecks, newFindings, run, twice]) => ({
    ...result,
    run,
    checks: twice ? [...newChecks, ...newChecks] : newChecks,
    findings: newFindings,
  }));
}

function changed<Value extends object>(value: Value): fc.Arbitrary<Value> {
  return fc
    .record({ name: fc.constantFrom(...Object.keys(value)), text: fc.oneof(texts, anything), further: fc.boolean() })
    .map(({ name, text, further }) => ({ ...value, [name]: text, ...(further ? { [`more ${name}`]: text } : {}) }));
}

describe('a run in bytes', () => {
  const [first, second] = sample(2, 12, 7);
  if (first === undefined || second === undefined) throw new Error('two runs are needed');

  it('is the very same result again, whole or as a difference, whatever stands in it', () => {
    fc.assert(
      fc.property(mangled(first), mangled(second), (base, result) => {
        expect(JSON.stringify(throughBytes(result, null))).toBe(JSON.stringify(result));
        expect(JSON.stringify(throughBytes(result, base))).toBe(JSON.stringify(result));
        expect(throughBytes(result, base)).toEqual(JSON.parse(JSON.stringify(result)));
      }),
      { numRuns: 80 },
    );
  });

  it.each(readdirSync(FIXTURES).filter((name) => name.endsWith('.json')))('holds what a command printed: %s', (name) => {
    const result: Result = JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
    expect(throughBytes(result, null)).toEqual(result);
    expect(throughBytes(result, first)).toEqual(result);
    expect(throughBytes(first, result)).toEqual(first);
  });

  it('is no longer than its new times where nothing else is new', () => {
    const [one, two] = sample(2, 1000, 3).map((run, index, runs) => ({
      ...run,
      ...(index > 0 && { checks: runs[0]?.checks ?? [] }),
    }));
    if (one === undefined || two === undefined) throw new Error('two runs are needed');
    expect(JSON.stringify(two).length).toBeGreaterThan(400_000);
    expect(encodeRun(takeApart({ ...two, findings: one.findings }), takeApart(one)).length).toBeLessThan(700);
  });

  it('ends, with an error or a text that its digest gives away, where bytes of it were changed', () => {
    const base = takeApart(first);
    const bytes = encodeRun(takeApart(second), base);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ flip : byte));
        // Whatever the codec makes of it, it ends: the digest in the run's header tells the rest.
        try {
          joinText(decodeRun(damaged, base));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 200 },
    );
  });
});
