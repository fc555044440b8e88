import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wrap } from '../../src/report/pen.ts';
import { count, duration, moment } from '../../src/report/words.ts';

test.each([
  [0, '0 ms'],
  [850, '850 ms'],
  [8_000, '8 s'],
  [8_123, '8.1 s'],
  [119_940, '119.9 s'],
  [200_000, '3 min 20 s'],
])('%i milliseconds are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('nouns follow their number', () => {
  expect([count(0, 'check'), count(1, 'check'), count(2, 'check')]).toEqual(['0 checks', '1 check', '2 checks']);
});

test('a moment is shown to the minute; what is none stays as it is', () => {
  expect(moment('2026-11-21T20:38:59.123Z')).toBe('2026-11-21 20:38 UTC');
  expect(moment('yesterday')).toBe('yesterday');
});

test('wrapping keeps every word in order, and rows within the width unless one word is longer', () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '→'), minLength: 1, maxLength: 30 }), { maxLength: 40 });
  fc.assert(
    fc.property(words, fc.integer({ min: 5, max: 60 }), (given, width) => {
      const rows = wrap(given.join(' '), width);
      expect(rows.join(' ')).toBe(given.join(' '));
      for (const row of rows) expect([...row].length <= width || !row.includes(' ')).toBe(true);
    }),
  );
});
