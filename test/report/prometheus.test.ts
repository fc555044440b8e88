import { expect, test } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { render } from '../../src/report/report.ts';
import { type Sample, samplesIn } from '../support/prometheus-text.ts';
import { PLAIN, SAVED, savedResult } from '../support/results.ts';

function samples(result: Result): readonly Sample[] {
  return samplesIn(render('prometheus', result, PLAIN));
}

function values(result: Result, name: string, ...labels: readonly string[]): string[] {
  return samples(result)
    .filter((sample) => sample.name === name)
    .map((sample) => [...labels.map((label) => sample.labels[label] ?? '-'), sample.value].join(' '));
}

test.each<[string, number]>([
  ['compliant', 1],
  ['violations', 1],
  ['inconclusive', 0],
  ['empty', 0],
])('%s: success %i is to have come to a verdict; its time is 0 where it did not', (name, success) => {
  const result = savedResult(name);
  const finished = Date.parse(result.run.finishedAt) / 1_000;
  expect(values(result, 'postern_run_success')).toEqual([String(success)]);
  expect(values(result, 'postern_last_success_timestamp_seconds')).toEqual([String(success === 1 ? finished : 0)]);
  expect(values(result, 'postern_run_timestamp_seconds')).toEqual([String(finished)]);
});

test('an interrupted run is no success, whatever its verdict', () => {
  const result = savedResult('violations');
  expect(values({ ...result, run: { ...result.run, interrupted: true } }, 'postern_run_success')).toEqual(['0']);
});

test.each(SAVED.map(({ name, result }) => [name, result] as const))(
  '%s: the series count what the summary counts',
  (_, result) => {
    const { checks, findings, verdict } = result.summary;
    const sum = (name: string): number =>
      samples(result)
        .filter((sample) => sample.name === name)
        .reduce((total, { value }) => total + value, 0);
    expect(sum('postern_checks')).toBe(result.checks.length);
    expect(sum('postern_checks')).toBe(checks.total);
    expect(sum('postern_findings_waived')).toBe(findings.waived);
    expect(values(result, 'postern_findings', 'severity')).toEqual(
      (['critical', 'high', 'medium', 'low', 'info'] as const).map((severity) => `${severity} ${findings[severity]}`),
    );
    expect(
      samples(result)
        .filter((sample) => sample.name === 'postern_verdict' && sample.value === 1)
        .map(({ labels }) => labels.verdict),
    ).toEqual([verdict]);
  },
);

test('waived checks are counted as waived alone, and a verdict that no check has is 0, not missing', () => {
  expect(values(savedResult('waived'), 'postern_checks', 'segment', 'verdict')).toEqual([
    'workstations compliant 2',
    'workstations violation 0',
    'workstations inconclusive 0',
    'workstations waived 3',
  ]);
});

test('a finding in force is a series without resolved addresses; a waived one tells when it counts again', () => {
  expect(values(savedResult('leak'), 'postern_deviation', 'code', 'severity', 'segment', 'host', 'port')).toHaveLength(1);
  const waived = savedResult('waived');
  const [first] = waived.findings;
  expect(values(waived, 'postern_deviation')).toEqual([]);
  expect(values(waived, 'postern_waiver_expiry_timestamp_seconds', 'fingerprint')[0]).toBe(
    `${first?.fingerprint} ${Date.parse(`${first?.waiver?.until}T23:59:59.000Z`) / 1_000 + 1}`,
  );
});

test('of many findings the gravest 200 are series, and how many are not is told', () => {
  const result = savedResult('violations');
  const [first] = result.findings;
  if (first === undefined) throw new TypeError('no finding');
  const findings = Array.from({ length: 1_000 }, (_, index) => ({ ...first, fingerprint: index.toString(16).padStart(16, '0') }));
  expect(values({ ...result, findings }, 'postern_deviation')).toHaveLength(200);
  expect(values({ ...result, findings }, 'postern_series_omitted')).toEqual(['800']);
  expect(values(result, 'postern_series_omitted')).toEqual(['0']);
});

test('files of two runs in one folder share no series: policy, command and vantage are on each', () => {
  const all = SAVED.map(({ result }) => result).filter(({ run }) => run.command === 'check' || run.command === 'review');
  const series = all.flatMap((result) => samples(result).map((sample) => sample.series));
  expect(new Set(series).size).toBe(series.length);
  const helps = new Set(SAVED.flatMap(({ result }) => render('prometheus', result, PLAIN).match(/^# HELP .*/gm) ?? []));
  const names = new Set([...helps].map((line) => line.split(' ')[2]));
  expect(helps.size).toBe(names.size);
});
