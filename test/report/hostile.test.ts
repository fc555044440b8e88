import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { render } from '../../src/report/report.ts';
import { hostileResults as results } from '../support/results.ts';

const FIXTURE = (name: string): string => readFileSync(join(import.meta.dirname, '../../fixtures/results', name), 'utf8');
test('whatever a text holds, no control character but the line feed reaches a document', () => {
  fc.assert(
    fc.property(results, fc.boolean(), fc.integer({ min: 40, max: 120 }), (result, verbose, width) => {
      const document = render('text', result, { color: false, unicode: true, width, verbose });
      expect(document).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
      expect(render('json', result, { color: false, unicode: true, width, verbose })).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 80 },
  );
});

test('without Unicode a document is printable ASCII', () => {
  fc.assert(
    fc.property(results, fc.boolean(), (result, verbose) => {
      expect(render('text', result, { color: false, unicode: false, width: 80, verbose })).toMatch(/^[\x20-\x7e\n]*$/);
    }),
    { numRuns: 50 },
  );
});

test('with colour the only escape codes are our own', () => {
  fc.assert(
    fc.property(results, (result) => {
      const document = render('text', result, { color: true, unicode: true, width: 80, verbose: true });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that colour consists of
      const bare = document.replace(/\u001b\[(?:0|1|2|22|31|32|33|39)m/g, '');
      expect(bare).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 50 },
  );
});

test('JSON says the same to a parser, whatever it escapes', () => {
  fc.assert(
    fc.property(results, (result) => {
      const document: unknown = JSON.parse(render('json', result, { color: false, unicode: true, width: 80, verbose: false }));
      expect(document).toEqual(JSON.parse(JSON.stringify(result)));
    }),
    { numRuns: 50 },
  );
});

test('a text with line feeds makes no further lines', () => {
  const lines = (reason: string): number => {
    const result: Result = JSON.parse(FIXTURE('compliant.0.json'), (key, value) => (key === 'reason' ? reason : value));
    return render('text', result, { color: false, unicode: true, width: 100, verbose: true }).split('\n').length;
  };
  expect(lines('one\ntwo\r\nthree')).toBe(lines('one'));
});

test('a line of the report is no command to a runner that reads the output of a job', () => {
  const result: Result = JSON.parse(FIXTURE('compliant.0.json'), (key, value) => (key === 'reason' ? '::error::x' : value));
  const lines = render('text', result, { color: false, unicode: true, width: 100, verbose: true }).split('\n');
  expect(lines.filter((line) => line.trimStart().startsWith('::'))).toEqual([]);
  expect(lines.filter((line) => line === '     \\x3a:error::x')).toHaveLength(10);
});
