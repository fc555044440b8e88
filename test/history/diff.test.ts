import { describe, expect, it } from 'vitest';
import { knownFindings, withoutKnown } from '../../src/history/baseline.ts';
import { diffResults } from '../../src/history/diff.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Check, Result } from '../../src/model/result.ts';
import { hourlyRuns } from '../support/hourly-runs.ts';

const [template] = hourlyRuns({ checks: 60, seed: 4 });
const hole = template?.findings.find(({ code }) => code === 'egress-open');
if (template === undefined || hole === undefined) throw new Error('a run with a finding is needed');
const run: Result = template;
const spare: readonly Check[] = template.checks.filter(({ verdict }) => verdict === 'compliant').slice(0, 4);

type Seen = 'critical' | 'high' | 'waived' | 'complies' | 'blind' | 'unasked';

/** A result of four checks, each as it is said. */
function resultOf(...seen: readonly Seen[]): Result {
  const rows = seen.map((one, index): { readonly check: Check; readonly finding: Finding | null; readonly asked: boolean } => {
    const check = spare[index];
    if (check === undefined) throw new Error('there are only so many checks');
    const open = one === 'critical' || one === 'high' || one === 'waived';
    const code = one === 'blind' ? 'not-judged' : 'egress-open';
    const fingerprint = `${code} ${index}`;
    const severity = one === 'blind' ? 'info' : one === 'high' ? 'high' : 'critical';
    const waiver = one === 'waived' ? { until: '2027-01-31', reason: 'CHG-1234', owner: null } : null;
    const { segment, destination, host, port } = check;
    const finding = {
      ...found,
      segment,
      destination,
      host,
      port,
      code,
      fingerprint,
      severity,
      waiver,
      check: check.id,
      checks: [check.id],
    } as const;
    const shown = open || one === 'blind';
    const verdict = open ? 'violation' : one === 'blind' ? 'inconclusive' : 'compliant';
    return {
      check: { ...check, verdict, findings: shown ? [fingerprint] : [] },
      finding: shown ? finding : null,
      asked: one !== 'unasked',
    };
  });
  const asked = rows.filter((row) => row.asked);
  return { ...run, checks: asked.map(({ check }) => check), findings: asked.flatMap(({ finding }) => finding ?? []) };
}

const found: Finding = hole;

function told(a: Result, b: Result): Readonly<Record<string, unknown>> {
  const diff = diffResults(a, b);
  const brief = ({ fingerprint, waived }: { readonly fingerprint: string; readonly waived: boolean }): string =>
    `${fingerprint}${waived ? ' (waived)' : ''}`;
  const lists = {
    opened: diff.opened.map(brief),
    closed: diff.closed.map(brief),
    unknown: diff.unknown.map(brief),
    regraded: diff.regraded.map(({ before, finding }) => `${before} to ${finding.severity} ${finding.fingerprint}`),
  };
  return { changed: diff.changed, ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)) };
}

describe('two results side by side', () => {
  it.each<[string, Seen, Seen, object]>([
    ['are the same where nothing is other', 'critical', 'critical', { changed: false }],
    ['differ by what opened', 'complies', 'critical', { changed: true, opened: ['egress-open 0'] }],
    ['differ by what closed', 'critical', 'complies', { changed: true, closed: ['egress-open 0'] }],
    ['differ by what is graver', 'high', 'critical', { changed: true, regraded: ['high to critical egress-open 0'] }],
    ['differ by what a waiver accepts', 'critical', 'waived', { changed: true, closed: ['egress-open 0 (waived)'] }],
    ['differ by what a waiver accepts no more', 'waived', 'critical', { changed: true, opened: ['egress-open 0'] }],
    ['are the same where both waive it', 'waived', 'waived', { changed: false }],
    [
      'leave open what one of them could not judge',
      'critical',
      'blind',
      { changed: true, opened: ['not-judged 0'], unknown: ['egress-open 0'] },
    ],
    [
      'leave open what the first could not judge',
      'blind',
      'critical',
      { changed: true, closed: ['not-judged 0'], unknown: ['egress-open 0'] },
    ],
    ['leave open what one of them did not ask', 'critical', 'unasked', { changed: true, unknown: ['egress-open 0'] }],
  ])('%s', (_, a, b, wanted) => {
    expect(told(resultOf(a, 'complies'), resultOf(b, 'complies'))).toEqual(wanted);
  });

  it('name every check that is judged otherwise, or asked on one side only', () => {
    const { checks } = diffResults(
      resultOf('complies', 'complies', 'unasked', 'complies'),
      resultOf('complies', 'blind', 'critical', 'unasked'),
    );
    const outcome = spare[1]?.outcome ?? null;
    expect(checks.map(({ before, after }) => [before?.verdict ?? null, after?.verdict ?? null])).toEqual([
      ['compliant', 'inconclusive'],
      [null, 'violation'],
      ['compliant', null],
    ]);
    expect(checks[0]).toMatchObject({ id: spare[1]?.id, before: { outcome }, after: { outcome } });
  });
});

describe('a baseline', () => {
  it('knows what it has at least as grave, and what it had not, had milder or had waived is new', () => {
    const baseline = resultOf('critical', 'high', 'complies', 'waived');
    const result = resultOf('high', 'critical', 'critical', 'critical');
    const known = knownFindings(result, baseline);
    expect([...known]).toEqual(['egress-open 0']);
    expect(withoutKnown(result, known).findings.map(({ fingerprint }) => fingerprint)).toEqual([
      'egress-open 1',
      'egress-open 2',
      'egress-open 3',
    ]);
  });

  it('never knows blindness', () => {
    expect(knownFindings(resultOf('blind'), resultOf('blind')).size).toBe(0);
  });
});
