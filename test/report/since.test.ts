import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { render } from '../../src/report/report.ts';

const RESULT: Result = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/results/violations.1.json'), 'utf8'));
const OPTIONS = { color: false, unicode: true, width: 100, verbose: true };

function withHistory(history: { readonly since?: string | null; readonly known?: boolean; readonly grown?: string }): Result {
  const [first, ...others] = RESULT.findings;
  if (first === undefined) throw new Error('no finding');
  return { ...RESULT, findings: [{ ...first, ...history }, ...others] };
}

describe('a finding of a run that is kept', () => {
  it.each([
    [{ since: '2026-11-21T20:38:00.000Z' }, '   since  the run of 2026-11-21 20:38 UTC\n'],
    [{ since: null }, '   since  not known\n'],
    [{ known: true }, '   since  the baseline has it too: it does not count\n'],
    [
      { since: '2026-11-21T20:38:00.000Z', known: true },
      '   since  the run of 2026-11-21 20:38 UTC; the baseline has it too: it does not count\n',
    ],
    [{ grown: 'It reaches more than before: from a to b.' }, '   grown  It reaches more than before: from a to b.\n'],
  ])('%j is told as text, and kept as JSON', (history, line) => {
    const result = withHistory(history);
    expect(render('text', result, OPTIONS)).toContain(line);
    expect(render('html', withHistory({ grown: 'It reaches.' }), OPTIONS)).toContain('<dt>Grown</dt><dd>It reaches.</dd>');
    const [finding] = JSON.parse(render('json', result, OPTIONS)).findings;
    expect(finding).toMatchObject(history);
  });

  it('without a state folder has none of it', () => {
    expect(render('text', RESULT, OPTIONS)).not.toContain('   since');
    expect(render('json', RESULT, OPTIONS)).not.toMatch(/"since"|"grown"/);
    expect(render('html', RESULT, OPTIONS)).not.toContain('<dt>Grown</dt>');
  });
});

describe('findings of a configuration that have one cause', () => {
  const check: Result = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/results/check.1.json'), 'utf8'));
  const blocked = (result: Result): string[] =>
    render('markdown', result, OPTIONS)
      .split('\n')
      .filter((line) => line.includes('(`config-blocks-allowed`)'))
      .map((line) => `${line.includes('in the baseline') ? 'known' : 'new'}: ${/\| (relays[^<(]+)/.exec(line)?.[1]?.trim()}`);

  it('stand together, but not where one is new and another in the baseline, or open for longer', () => {
    const [, second] = check.findings.filter(({ code }) => code === 'config-blocks-allowed');
    const marked = (mark: (fresh: boolean) => object): Result => ({
      ...check,
      findings: check.findings.map((finding) => ({ ...finding, ...mark(finding.fingerprint === second?.fingerprint) })),
    });
    expect(blocked(check)).toEqual(['new: relays → provider, internet and elsewhere on 25']);
    expect(blocked(marked((fresh) => ({ known: !fresh })))).toEqual([
      'known: relays → provider and elsewhere on 25',
      'new: relays → internet port 25 over IPv6',
    ]);
    const since = (fresh: boolean): object => ({ since: fresh ? '2026-11-21T20:38:00.000Z' : '2026-11-20T20:38:00.000Z' });
    expect(blocked(marked(since))).toHaveLength(2);
  });
});
