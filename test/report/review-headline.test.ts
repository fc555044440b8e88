import { expect, test } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { unjudgedNote } from '../../src/model/unjudged.ts';
import { render } from '../../src/report/report.ts';
import { PLAIN, savedResult } from '../support/results.ts';

const NOTE = unjudgedNote(
  'The change newly lets mail of senders in no segment through: 203.0.113.0/24 on 25 by fw.nft:7 (accept).',
);

/** A review that finds no change, with these notes. */
function unchanged(notes: readonly string[]): Result {
  const result = savedResult('review');
  const checks = result.checks
    .filter(({ kind }) => kind === 'configuration')
    .slice(0, 1)
    .map((check) => ({ ...check, verdict: 'compliant', change: null, rows: [], findings: [] }) as typeof check);
  const summary = { ...result.summary, verdict: 'compliant' } as const;
  return { ...result, checks, findings: [], summary, scope: { ...result.scope, notes } };
}

const FORMATS = ['text', 'markdown', 'html', 'github'] as const;

test('a change that only what nobody judges shows has no effect on what the policy asks about, and says where the rest is told', () => {
  for (const format of FORMATS) {
    const text = render(format, unchanged([NOTE]), { ...PLAIN, width: 1000 });
    expect(text, format).toMatch(/the change has no effect on mail that the policy asks about; see the notes\./i);
    expect(text, format).toContain('203.0.113.0/24 on 25 by fw.nft:7');
    expect(text, format).not.toMatch(/no effect on mail\./i);
  }
});

test('one that nothing shows has no effect on mail', () => {
  for (const format of FORMATS)
    expect(render(format, unchanged(['Compared was a with b.']), { ...PLAIN, width: 1000 }), format).toMatch(
      /the change has no effect on mail\./i,
    );
});

test('one that only leaves lines without a packet says so where it says that it has no effect', () => {
  const result = unchanged([]);
  const [finding] = savedResult('review').findings;
  const dead = { code: 'rule-shadowed', check: null, waiver: null, severity: 'low' } as const;
  const findings =
    finding === undefined ? [] : [1, 2].map((at) => ({ ...finding, ...dead, fingerprint: `000000000000000${at}` }));
  const summary = { ...result.summary, verdict: 'violation' } as const;
  for (const format of FORMATS)
    expect(render(format, { ...result, findings, summary }, { ...PLAIN, width: 1000 }), format).toMatch(
      /the change has no effect on mail; 2 lines newly meet no packet of mail\./i,
    );
});
