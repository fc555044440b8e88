import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../src/model/problem.ts';
import type { Result } from '../src/model/result.ts';
import { render } from '../src/report/report.ts';
import { decodeResult, resultFrom } from '../src/saved-result.ts';
import { PLAIN, RESULTS, SAVED, savedResult, typedHostileResults } from './support/results.ts';

const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(import.meta.dirname, '../policies/result.schema.json'), 'utf8')),
);

/** The problems of a text that is no result. */
function problems(text: string): string {
  try {
    decodeResult(text, 'r.json');
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'none';
}

/** `violations` with one value replaced: `['findings', 0, 'severity']`. */
function broken(path: readonly (string | number)[], value: unknown): string {
  const result: unknown = savedResult('violations');
  const parent = path.slice(0, -1).reduce((at: unknown, key) => (at as Record<string | number, unknown>)[key], result) as Record<
    string | number,
    unknown
  >;
  const key = path.at(-1) ?? '';
  if (value === undefined) delete parent[key];
  else parent[key] = value;
  return JSON.stringify(result);
}

test.each(SAVED.map((saved) => [`${saved.name}.${saved.exitCode}.json`, saved.result] as const))(
  '%s is read back as it is',
  (file, result) => {
    expect(resultFrom(file, { cwd: RESULTS })).toEqual(result);
  },
);

test('what --format json writes is read back, whatever texts it holds', () => {
  fc.assert(
    fc.property(typedHostileResults, (result) => {
      const whole = counted(result, result.checks, result.findings);
      expect(decodeResult(render('json', whole, PLAIN), 'r.json')).toEqual(JSON.parse(JSON.stringify(whole)));
    }),
    { numRuns: 30 },
  );
});

describe('what is no result is refused with words', () => {
  test.each<[string, string]>([
    ['', 'r.json:1:1 error result-syntax: this is not JSON, or not all of it: the file is empty.'],
    [
      '{\n  "schema": "postern.result/1",\n',
      'r.json:3:1 error result-syntax: this is not JSON, or not all of it: it cannot be parsed here.',
    ],
    ['[]', 'error result-schema: r.json is no result that this version reads: it has no schema, not "postern.result/1".'],
    ['{"schema":"postern.result/2"}', 'its schema is "postern.result/2", not "postern.result/1"'],
    ['{"schema":"postern.\\u001b[31m"}', 'its schema is "postern.\\u001b[31m", not'],
    [
      '{"type":"header","schema":"postern.evidence/1"}',
      'r.json is evidence, which is not judged yet: postern compare [POLICY] r.json makes a result of it.',
    ],
    ['{"type":"header","schema":"postern.evidence/1"}\n{"type":"trailer"}\n', 'r.json is evidence, which is not judged yet'],
    ['{"schema":"postern.result/1"}', 'error result-shape: r.json is no whole result: tool is missing.'],
  ])('%j', (text, message) => {
    expect(problems(text)).toContain(message);
  });

  test.each<[readonly (string | number)[], unknown, string]>([
    [['findings', 0, 'severity'], 'grave', 'findings[0].severity must be one of critical, high, medium, low, info, not "grave"'],
    [['findings', 0, 'location'], { file: 'a', line: 0, column: 1 }, 'findings[0].location.line must be a whole number from 1'],
    [['findings', 0, 'known'], 1, 'findings[0].known must be true or false, not 1'],
    [
      ['checks', 2, 'kind'],
      'guess',
      'checks[2].kind must be one of reachability, leak, coverage, relay, configuration, not "guess"',
    ],
    [['checks', 0, 'outcome'], 'permitted', 'checks[0].outcome must be one of open-smtp'],
    [['checks', 0, 'waived'], undefined, 'checks[0].waived is missing'],
    [['run', 'startedAt'], 'yesterday', 'run.startedAt must be a time such as 2026-11-21T20:38:00.000Z'],
    [['checks'], [], 'summary.checks.total is 11, but there are 0 checks'],
    [['findings'], [], 'summary.findings count 8, but there are 0 findings'],
  ])('%j = %j', (path, value, message) => {
    expect(problems(broken(path, value))).toContain(message);
  });

  test('a file that is not there', () => {
    expect(() => resultFrom('no.json', { cwd: RESULTS })).toThrow('no.json');
  });
});

test('the reader is as strict as the published schema: what one field lacks, both refuse', () => {
  for (const result of ['violations', 'relay-servers', 'check', 'review'].map((name) => short(savedResult(name)))) {
    expect(problems(JSON.stringify(result))).toBe('none');
    for (const path of fieldsOf(result)) {
      const copy: unknown = JSON.parse(JSON.stringify(result));
      const parent = path.slice(0, -1).reduce((at: unknown, key) => (at as Record<string, unknown>)[key], copy) as Record<
        string,
        unknown
      >;
      delete parent[path.at(-1) ?? ''];
      expect([path.join('.'), problems(JSON.stringify(copy)) === 'none']).toEqual([path.join('.'), validate(copy)]);
    }
  }
});

/** One check and one finding of it. */
function short(result: Result): Result {
  return counted(result, result.checks.slice(0, 1), result.findings.slice(0, 1));
}

/** With these checks and findings, and a summary that counts them. */
function counted(result: Result, checks: Result['checks'], findings: Result['findings']): Result {
  const { summary } = result;
  const bySeverity = { critical: findings.length, high: 0, medium: 0, low: 0, info: 0, waived: 0 };
  return {
    ...result,
    checks,
    findings,
    summary: { ...summary, checks: { ...summary.checks, total: checks.length }, findings: bySeverity },
  };
}

/** A path of each kind: of lists the first item alone; nothing within the evidence of a finding, which is open. */
function fieldsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (path.at(-1) === 'evidence' || typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path];
  const entries = Array.isArray(value) ? Object.entries(value).slice(0, 1) : Object.entries(value);
  const inner = entries.flatMap(([key, item]) => fieldsOf(item, [...path, key]));
  const own = path.length > 0 && !/^\d+$/.test(path.at(-1) ?? '') ? [path] : [];
  return [...own, ...inner].filter((one) => !/^\d+$/.test(one.at(-1) ?? ''));
}
