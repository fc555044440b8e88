import { expect, test } from 'vitest';
import { listText } from '../../src/model/list-text.ts';

test('a list ends with "and", or with what it is told', () => {
  expect([[], ['a'], ['a', 'b'], [25, 465, 587]].map((items) => listText(items))).toEqual([
    '',
    'a',
    'a and b',
    '25, 465 and 587',
  ]);
  expect(listText(['a', 'b', 'c'], 'or')).toBe('a, b or c');
});
