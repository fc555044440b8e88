import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.ts';
import { BLOCKED_OUTCOMES, classOf, MUTE_OUTCOMES, OPEN_OUTCOMES, type Outcome } from '../../src/model/outcome.ts';
import type { Judgement } from '../../src/model/result.ts';
import { dialogueOf, evidenceOf, type RunSpec } from '../support/evidence.ts';
import { policyOf } from '../support/policy.ts';
import { EGRESS, submission } from './verdict-case.ts';

const OPTIONS = { now: Date.parse('2026-11-21T21:00:00Z'), requireProof: 'supported', allowOtherPolicy: false } as const;
const policies = { deny: policyOf(EGRESS), allow: policyOf(submission('tls: starttls')) };
const outcome = fc.constantFrom<Outcome>(...OPEN_OUTCOMES, ...BLOCKED_OUTCOMES, ...MUTE_OUTCOMES);
const expectation = fc.constantFrom('deny' as const, 'allow' as const);
const controls = fc.constantFrom<readonly string[]>(
  [],
  ['www.example.net 203.0.113.80:443 0+ 30+ 120+'],
  ['www.example.net 203.0.113.80:443 0+ 30+ 120-'],
  ['www.example.net 203.0.113.80:443 0- 30- 120-'],
);
const trailer = fc.constantFrom('complete' as const, 'interrupted' as const, 'missing' as const);

function judge(expect: 'deny' | 'allow', outcomes: readonly Outcome[], rest: Partial<RunSpec>): Judgement {
  const policy = policies[expect];
  const seen = outcomes.map((each, index) => ({
    outcome: each,
    at: 60 + index,
    dialogue: each === 'open-smtp' ? dialogueOf() : null,
  }));
  return compare(
    policy,
    [evidenceOf(policy, { legs: ['workstations 10.20.0.5'], seen: { ':25': seen, ':587': seen }, ...rest })],
    OPTIONS,
  );
}

const verdictsOf = ({ checks }: Judgement) => checks.map(({ id, verdict, proof }) => ({ id, verdict, proof }));

describe('comparison', () => {
  it('never lets the sub-reason of a block change a verdict', () => {
    const blocked = fc.constantFrom(...BLOCKED_OUTCOMES);
    fc.assert(
      fc.property(expectation, blocked, blocked, controls, (expect_, one, other, given) => {
        expect(verdictsOf(judge(expect_, [one], { controls: given }))).toEqual(
          verdictsOf(judge(expect_, [other], { controls: given })),
        );
      }),
    );
  });

  it('is never compliant unless a denied flow was blocked under a live control, or an allowed flow got through', () => {
    fc.assert(
      fc.property(expectation, fc.array(outcome, { maxLength: 3 }), controls, trailer, (expect_, outcomes, given, end) => {
        const judgement = judge(expect_, outcomes, { controls: given, trailer: end });
        const row = judgement.checks.find(({ kind }) => kind === 'reachability');
        if (row?.verdict !== 'compliant') return;
        const classes = outcomes.map(classOf);
        if (expect_ === 'deny') {
          expect(classes).not.toContain('open');
          expect(classes).toContain('blocked');
          expect(given.join()).toContain('120+');
        } else expect(classes).toContain('open');
        if (judgement.summary.verdict === 'compliant') expect(end).not.toBe('missing');
      }),
      { numRuns: 500 },
    );
  });

  it('reports every denied flow that was open, whatever else was seen', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 4 }), controls, trailer, (outcomes, given, end) => {
        const judgement = judge('deny', outcomes, { controls: given, trailer: end });
        const open = outcomes.some((each) => classOf(each) === 'open');
        expect(judgement.findings.some(({ code }) => code === 'egress-open')).toBe(open);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same judgement for the same input, and leaves its input alone', () => {
    const policy = policies.deny;
    const evidence = evidenceOf(policy, {
      legs: ['workstations 10.20.0.5'],
      controls: ['www.example.net 203.0.113.80:443 0+ 120+'],
    });
    const before = JSON.stringify(evidence);
    expect(compare(policy, [evidence], OPTIONS)).toEqual(compare(policy, [evidence], OPTIONS));
    expect(JSON.stringify(evidence)).toBe(before);
  });

  it('does not depend on the order of the evidence', () => {
    const policy = policies.deny;
    const workstation = evidenceOf(policy, {
      legs: ['workstations 10.20.0.5'],
      controls: ['www.example.net 203.0.113.80:443 0+ 120+'],
    });
    const relay = evidenceOf(policy, {
      legs: ['relays 10.1.0.25'],
      seen: { ':25': { outcome: 'open-smtp', dialogue: dialogueOf() } },
    });
    const one = compare(policy, [workstation, relay], OPTIONS);
    const other = compare(policy, [relay, workstation], OPTIONS);
    expect(one.checks).toEqual(other.checks);
    expect(one.findings).toEqual(other.findings);
  });

  it('refuses evidence of another policy, and one run given twice', () => {
    const policy = policies.deny;
    const foreign = evidenceOf(policy, { legs: ['workstations 10.20.0.5'], digest: 'sha256:other' });
    expect(() => compare(policy, [foreign], OPTIONS)).toThrow(/was taken under policy/);
    expect(compare(policy, [foreign], { ...OPTIONS, allowOtherPolicy: true }).scope.notes.join()).toMatch(/another policy/);
    const own = evidenceOf(policy, { legs: ['workstations 10.20.0.5'] });
    expect(() => compare(policy, [own, own], OPTIONS)).toThrow(/given twice/);
  });
});
