import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { render } from '../../src/report/report.ts';

const RESULT: Result = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/results/violations.1.json'), 'utf8'));
const OPTIONS = { color: false, unicode: true, width: 100, verbose: true };

function withHistory(history: { readonly since?: string | null; readonly known?: boolean }): Result {
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
  ])('%j is told as text, and kept as JSON', (history, line) => {
    const result = withHistory(history);
    expect(render('text', result, OPTIONS)).toContain(line);
    const [finding] = JSON.parse(render('json', result, OPTIONS)).findings;
    expect(finding).toMatchObject(history);
  });

  it('without a state folder has none of it', () => {
    expect(render('text', RESULT, OPTIONS)).not.toContain('   since');
    expect(render('json', RESULT, OPTIONS)).not.toContain('"since"');
  });
});
