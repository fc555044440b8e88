import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RelayCheck, Result } from '../../src/model/result.ts';
import type { RenderOptions } from '../../src/report/renderer.ts';
import { render } from '../../src/report/report.ts';

const OPTIONS: RenderOptions = { color: false, unicode: true, width: 100, verbose: false };

function fixture(name: string): Result {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/results', name), 'utf8'));
}

/** The servers of a fixture, so many times, each under a name of its own. */
function manyServers(times: number): Result {
  const result = fixture('relay-servers.1.json');
  const checks = Array.from({ length: times }, (_, index) =>
    result.checks.flatMap((check): RelayCheck[] => (check.kind === 'relay' ? [{ ...check, id: `${check.id}~${index}` }] : [])),
  ).flat();
  return { ...result, checks };
}

function section(result: Result, options: Partial<RenderOptions> = {}): string {
  return (
    render('text', result, { ...OPTIONS, ...options })
      .split('RELAY TESTS')[1]
      ?.split('FINDINGS')[0] ?? ''
  );
}

describe('relay tests in the report', () => {
  test('show every shape of a few servers that were named on the command line', () => {
    expect(section(fixture('relay-servers.1.json')).match(/^ {3}. {2}B02 {3}/gm)).toHaveLength(3);
  });

  test('show a line for each of many, and what those accept that relay', () => {
    const text = section(manyServers(5));
    expect(text.match(/B02 {3}/g)).toBeNull();
    expect(text.match(/shapes: refused\./g)).toHaveLength(5);
    expect(text.match(/accepted: B01, null sender, as of bounces; B02, plain relay; B03/g)).toHaveLength(5);
  });

  test('show every shape of many with --verbose', () => {
    expect(section(manyServers(5), { verbose: true }).match(/^ {3}. {2}B02 {3}/gm)).toHaveLength(15);
  });

  test('show in an audit one line for a server that refuses', () => {
    const text = section(fixture('relay.1.json'));
    expect(text).toContain(
      '✓  hub 198.51.100.7:25 (mail.example.com), asked from workstations 10.20.0.5. 11 shapes: refused.\n✗  hub',
    );
  });

  test('stay out of the matrix and its legend', () => {
    const text = render('text', fixture('relay.1.json'), OPTIONS).split('RELAY TESTS')[0] ?? '';
    expect(text).not.toContain('anywhere');
    expect(render('text', manyServers(1), OPTIONS).split('RELAY TESTS')[0]).not.toContain('as the policy wants it');
  });

  test('count servers, and not checks of a policy, in the headline of postern relay', () => {
    expect(render('text', fixture('relay-servers.1.json'), OPTIONS).split('\n')[0]).toBe(
      '✗ VIOLATION  1 of 4 servers accepts mail for strangers from strangers; 2 of 4 servers could not be',
    );
    const none = { ...fixture('relay-servers.1.json'), checks: [], findings: [] };
    expect(render('text', none, OPTIONS)).toContain('no server was tested.');
  });

  test('have a way to settle each outcome that was not judged', () => {
    const result = fixture('relay.1.json');
    const outcomes = ['accept-all', 'catch-all', 'tls-required', 'deferred', 'limited', 'inconclusive'] as const;
    const checks = result.checks.flatMap((check): RelayCheck[] =>
      check.kind === 'relay' && check.outcome === 'accept-all'
        ? outcomes.map((outcome) => ({ ...check, id: outcome, outcome }))
        : [],
    );
    const text = render('text', { ...result, checks }, OPTIONS);
    expect(text.match(/^ {3}settle {2}/gm)).toHaveLength(outcomes.length);
  });

  test('of a server that answered nothing ask for an answer, and for no better domains', () => {
    const result = fixture('relay.1.json');
    const checks = result.checks.flatMap((check): RelayCheck[] => {
      if (check.kind !== 'relay' || check.outcome !== 'accept-all') return [];
      return [{ ...check, outcome: 'inconclusive', attempts: check.attempts.map((one) => ({ ...one, code: null })) }];
    });
    expect(checks.map(({ attempts }) => attempts.length > 0)).toEqual([true]);
    const text = render('text', { ...result, checks }, OPTIONS).replace(/\s+/g, ' ');
    expect(text).toContain('settle make the server answer this host: nothing came back to any command of the test');
    expect(text).not.toContain('name a probe domain');
  });
});
