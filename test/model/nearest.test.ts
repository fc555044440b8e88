import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearest } from '../../src/model/nearest.ts';

const KEYS = ['segments', 'destinations', 'rules', 'servers', 'sentinels', 'waivers', 'tls', 'to'];

test.each([
  ['segmnets', 'segments'],
  ['destination', 'destinations'],
  ['Rules', 'rules'],
  ['severs', 'servers'],
  ['tsl', 'tls'],
  ['ot', 'to'],
])('the nearest name to %s is %s', (word, name) => {
  expect(nearest(word, KEYS)).toBe(name);
});

test.each(['', 'firewalls', 'xy', 'x'.repeat(10_000)])('nothing is near to "%s"', (word) => {
  expect(nearest(word, KEYS)).toBeNull();
});

test('of several equally near names the first counts', () => {
  expect(nearest('hosx', ['hosts', 'host', 'hose'])).toBe('host');
});

test('a swap of neighbours costs one edit', () => {
  expect(editDistance('egress-open', 'egress-oepn')).toBe(1);
  expect(editDistance('ab', 'ba')).toBe(1);
});

test('the distance is symmetric, zero only for equal words, and at most the longer length', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

test('up to a limit the distance is the same, beyond it infinite', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  fc.assert(
    fc.property(word, word, fc.nat(9), (a, b, limit) => {
      const distance = editDistance(a, b);
      expect(editDistance(a, b, limit)).toBe(distance <= limit ? distance : Number.POSITIVE_INFINITY);
    }),
  );
});
