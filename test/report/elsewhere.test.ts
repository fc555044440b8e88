import { expect, it } from 'vitest';
import { ELSEWHERE } from '../../src/model/configuration-question.ts';
import type { Check, Result } from '../../src/model/result.ts';
import { elsewhereNote } from '../../src/report/elsewhere.ts';
import { SAVED } from '../support/results.ts';

function saved(wanted: string): Result {
  const found = SAVED.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`no result ${wanted}`);
  return found.result;
}

/** The result of a check with every row to elsewhere leading there. */
function leadingTo(destinations: readonly string[]): Result {
  const result = saved('check');
  const checks = result.checks.map((check): Check => {
    if (check.kind !== 'configuration' || check.destination !== ELSEWHERE) return check;
    return { ...check, rows: check.rows.map((row) => ({ ...row, destinations: [...destinations] })) };
  });
  return { ...result, checks };
}

it('says what elsewhere is, and how a policy permits it', () => {
  expect(elsewhereNote(leadingTo(['0.0.0.0/0']))).toBe(
    'elsewhere: every address that no destination of the policy holds. Where mail may go there, let a rule of the policy say so (to: any, or to a destination such as inside: { networks: [private] }); else narrow the line',
  );
});

it('says where these are the other networks of whoever wrote the policy', () => {
  expect(elsewhereNote(leadingTo(['10.0.0.0/8', 'fc00::/7']))).toContain(
    'holds, here private ones alone: other networks of your own. Where',
  );
});

it('says nothing where nothing there is against the policy, or what is has been accepted', () => {
  const result = saved('check');
  const compliant = result.checks.filter(({ verdict }) => verdict === 'compliant');
  expect(elsewhereNote({ ...result, checks: compliant })).toBeNull();
  expect(elsewhereNote({ ...result, checks: result.checks.map((check) => ({ ...check, waived: true })) })).toBeNull();
  expect(elsewhereNote(saved('review'))).toBeNull();
});
