import { expect, test } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import type { Result } from '../../src/model/result.ts';
import { render } from '../../src/report/report.ts';
import { commandsIn, type WorkflowCommand } from '../support/github-commands.ts';
import { PLAIN, SAVED, savedResult } from '../support/results.ts';

function commands(result: Result): readonly WorkflowCommand[] {
  return commandsIn(render('github', result, PLAIN));
}

function withFindings(number: number, given: Partial<Finding> = {}): Result {
  const result = savedResult('violations');
  const [first] = result.findings;
  if (first === undefined) throw new TypeError('no finding');
  return { ...result, findings: Array.from({ length: number }, () => ({ ...first, ...given })) };
}

test('the verdict comes first: the runner shows ten of a level, the first ones', () => {
  const verdicts = SAVED.map(({ result }) => [result.summary.verdict, commands(result)[0]?.level]);
  expect(new Set(verdicts.map(String))).toEqual(new Set(['compliant,notice', 'violation,error', 'inconclusive,warning']));
  expect(commands(savedResult('compliant'))).toEqual([
    { level: 'notice', properties: {}, message: 'Postern audit: 10 of 10 checks comply with policy head-office.' },
  ]);
});

test.each([
  [8, 9, undefined],
  [9, 10, 'and 1 more finding: see the report of this job.'],
  [500, 10, 'and 492 more findings: see the report of this job.'],
])('%i errors make %i annotations', (number, lines, last) => {
  const made = commands(withFindings(number));
  expect(made).toHaveLength(lines);
  if (last !== undefined) expect(made.at(-1)).toEqual({ level: 'error', properties: {}, message: last });
});

test('an annotation has its place in the tree, also where the file is one of a revision', () => {
  const location = { file: 'main:firewall/edge.nft', line: 3, column: 5 };
  const [, made] = commands(withFindings(1, { location, title: 'A title, with: signs', detail: '100 % of\nit', check: null }));
  expect(made).toEqual({
    level: 'error',
    properties: { file: 'firewall/edge.nft', line: '3', col: '5', title: 'Postern: A title, with: signs' },
    message: '100 % of\nit (egress-open, fingerprint 1c49517fc0d610ca)',
  });
});

test('waived findings and those of the baseline make no annotation, and the latter are counted', () => {
  expect(commands(savedResult('waived'))).toHaveLength(1);
  const [verdict, ...more] = commands(withFindings(3, { known: true }));
  expect([verdict?.message.endsWith('Of the findings the baseline has 3: not shown here.'), more]).toEqual([true, []]);
});

test('an interrupted run says so with its verdict', () => {
  const result = savedResult('compliant');
  expect(commands({ ...result, run: { ...result.run, interrupted: true } })[0]?.message).toMatch(
    /comply with policy head-office\. The run was interrupted: /,
  );
});

test('findings of a configuration that have one cause are one annotation, as are more than three rows of a change; a few rows, and doubts about a firewall, one each', () => {
  const told = (name: string): readonly string[] =>
    commands(savedResult(name))
      .slice(1)
      .map(({ message }) => /^(\d+ findings?): /.exec(message)?.[1] ?? 'alone');
  expect(told('check')).toEqual(['10 findings', '10 findings', '3 findings', '3 findings']);
  expect(told('review')).toEqual(['alone', 'alone', 'alone']);
  expect(told('review-cause')).toEqual(['9 findings', 'alone']);
  expect(told('unread')).toEqual(['alone', 'alone', 'alone', 'alone', 'alone']);
});
