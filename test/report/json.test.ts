import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { render } from '../../src/report/report.ts';

const JSON_TEXT = readFileSync(join(import.meta.dirname, '../../fixtures/results/violations.1.json'), 'utf8');
const OPTIONS = { color: false, unicode: true, width: 100, verbose: false };

test('the order of keys does not depend on how a result was put together', () => {
  const result: Result = JSON.parse(JSON_TEXT);
  const backwards: Result = JSON.parse(JSON_TEXT, (key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && key !== 'evidence'
      ? Object.fromEntries(Object.entries(value).reverse())
      : value,
  );
  expect(render('json', backwards, OPTIONS)).toBe(render('json', result, OPTIONS));
});

test('two blanks indent it, a line feed ends it, and schema comes first', () => {
  const document = render('json', JSON.parse(JSON_TEXT), OPTIONS);
  expect(document.split('\n').slice(0, 3)).toEqual(['{', '  "schema": "postern.result/1",', '  "tool": {']);
  expect(document.endsWith('\n}\n')).toBe(true);
});

test('a check of files that were named on the command line says which', () => {
  const result: Result = JSON.parse(JSON_TEXT);
  const named = { ...result, run: { ...result.run, configurations: ['edge.nft'] } };
  expect(JSON.parse(render('json', named, OPTIONS)).run).toEqual(named.run);
});
