import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/compare/exit-code.ts';
import { type FirewallReview, judgeReview } from '../../src/compare/review.ts';
import { type Change, changeId } from '../../src/model/configuration-change.ts';
import type { Policy } from '../../src/model/policy.ts';
import { type ConfigurationSide, RESULT_SCHEMA, type Result } from '../../src/model/result.ts';
import { configurationRowOf, deadLineOf, lineOf, type RowSpec } from '../support/configuration.ts';
import { codesIn, expectValid, NOW, officePolicy } from './configuration-world.ts';

const POLICY = officePolicy();

interface ChangeSpec extends Partial<Omit<Change, 'row' | 'before' | 'after'>> {
  readonly row?: RowSpec;
  readonly before?: Partial<ConfigurationSide>;
  readonly after?: Partial<ConfigurationSide>;
}

/** Newly allowed to the internet on 25, which the policy denies, unless told otherwise. */
function changeOf({ row, before, after, ...spec }: ChangeSpec = {}): Change {
  const without: Omit<Change, 'id'> = {
    kind: 'newly-allowed',
    firewall: 'edge',
    segment: 'workstations',
    destination: 'internet',
    family: 'ipv4',
    ports: [25],
    policy: 'deny',
    names: [],
    rules: [],
    like: null,
    row: configurationRowOf({ rules: ['after.nft:7 accept'], ...row }),
    before: { outcome: 'denied', condition: null, line: lineOf('before.nft:9 drop'), ...before },
    after: { outcome: 'permitted', condition: null, line: lineOf('after.nft:7 accept'), ...after },
    ...spec,
  };
  return { id: changeId(without), ...without };
}

const BLOCKED: ChangeSpec = {
  kind: 'newly-blocked',
  row: { outcome: 'denied', rules: ['after.nft:9 drop'] },
  before: { outcome: 'permitted', line: lineOf('before.nft:7 accept') },
  after: { outcome: 'denied', line: lineOf('after.nft:9 drop') },
};

const DIVERTED: ChangeSpec = {
  kind: 'newly-redirected',
  row: { outcome: 'redirected', target: 'this host, port 2525' },
  after: { outcome: 'redirected' },
};

const SUBMIT: ChangeSpec = { policy: 'allow', destination: 'provider', ports: [587], rules: ['submit'] };

function judged(reviews: readonly Partial<FirewallReview>[], policy: Policy = POLICY): Result {
  const judgement = judgeReview(
    policy,
    reviews.map((review) => ({ firewall: 'edge', changes: [], problem: null, notes: [], ...review })),
    { now: NOW, requireProof: 'supported' },
  );
  const at = new Date(NOW).toISOString();
  const result: Result = {
    schema: RESULT_SCHEMA,
    tool: { name: 'postern', version: '0.0.0' },
    policy: { name: policy.name, path: policy.path, digest: policy.digest },
    run: {
      id: 'r',
      command: 'review',
      startedAt: at,
      finishedAt: at,
      elapsedMs: 0,
      interrupted: false,
      operator: null,
      reference: null,
    },
    vantages: [],
    ...judgement,
  };
  expectValid(result);
  return result;
}

const one = (spec: ChangeSpec, policy?: Policy): Result => judged([{ changes: [changeOf(spec)] }], policy);

const verdicts = ({ checks }: Result): string[] =>
  checks.map(({ verdict, expect: wanted, outcome, waived }) => `${wanted} ${outcome} ${verdict}${waived ? ' waived' : ''}`);

const exitOf = (result: Result): number => exitCodeOf(result, { failOn: 'low', allowInconclusive: false });

describe('a change', () => {
  it('without effect on mail complies, in one row that says so', () => {
    const result = judged([{}]);
    expect(result.checks.map(({ id, verdict, proof, reason }) => [id, verdict, proof, reason])).toEqual([
      [
        'review:edge',
        'compliant',
        'proven',
        'The change has no effect on mail: edge treats every packet that was looked at as it did before.',
      ],
    ]);
    expect([result.summary.verdict, exitOf(result), codesIn(result)]).toEqual(['compliant', 0, []]);
  });

  it('without effect on what the policy asks about says no more where a note tells of the rest', () => {
    const note = 'The change newly lets mail of senders in no segment through: x. That was not judged: give them a segment.';
    const { checks, summary } = judged([{ notes: [note] }]);
    expect(checks.map(({ reason }) => reason)).toEqual([
      'The change has no effect on mail that the policy asks about: edge treats every packet that was looked at as it did before.',
    ]);
    expect(summary.verdict).toBe('compliant');
  });

  it('of no firewall at all is no verdict', () => {
    const result = judged([]);
    expect([result.summary.verdict, exitOf(result)]).toEqual(['inconclusive', 3]);
  });

  it('that could not be worked out is not judged, whatever others do', () => {
    const result = judged([{}, { firewall: 'core', problem: 'The budget of 1000 nodes was used up.' }]);
    expect(result.checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      'review:edge compliant',
      'review:core inconclusive',
    ]);
    expect(codesIn(result)).toEqual(['info not-judged core >:/ nowhere']);
    expect(exitOf(result)).toBe(3);
  });

  it.each<[string, ChangeSpec, string, string, number]>([
    ['allows what the policy denies, on 25', {}, 'violation', 'critical config-permits-denied', 1],
    ['allows what the policy denies, on 25 and 587', { ports: [25, 587] }, 'violation', 'critical config-permits-denied', 1],
    ['allows what the policy denies, on 587', { ports: [587] }, 'violation', 'high config-permits-denied', 1],
    ['blocks what the policy permits', { ...BLOCKED, ...SUBMIT }, 'violation', 'high config-blocks-allowed', 1],
    ['diverts what the policy denies', DIVERTED, 'violation', 'high config-redirects', 1],
    ['diverts what the policy permits', { ...DIVERTED, ...SUBMIT }, 'violation', 'high config-redirects', 1],
    [
      'diverts what may be names that the policy permits',
      { ...DIVERTED, policy: 'unknown', names: ['smtp.example.net'] },
      'violation',
      'high config-redirects',
      1,
    ],
    ['allows what the policy permits', SUBMIT, 'compliant', '', 0],
    ['blocks what the policy denies', BLOCKED, 'compliant', '', 0],
    [
      'allows what may be names that the policy permits',
      { policy: 'unknown', names: ['smtp.example.net'] },
      'inconclusive',
      'info not-judged',
      3,
    ],
    [
      'allows hosts of no segment what the segments may that come in where they do',
      { ...SUBMIT, segment: null, like: { interfaces: ['eth1'], segments: ['workstations'] } },
      'compliant',
      '',
      0,
    ],
    [
      'allows them so on a condition',
      { ...SUBMIT, segment: null, like: { interfaces: ['eth1'], segments: ['workstations'] }, row: { outcome: 'conditional' } },
      'inconclusive',
      'info not-judged',
      3,
    ],
    ['is about hosts of no segment', { segment: null, policy: 'unknown' }, 'inconclusive', 'info not-judged', 3],
    ['diverts hosts of no segment', { ...DIVERTED, segment: null, policy: 'unknown' }, 'inconclusive', 'info not-judged', 3],
    ['hangs on a condition', { row: { outcome: 'conditional' } }, 'inconclusive', 'info not-judged', 3],
    ['hangs on a condition at its witness', { after: { outcome: 'conditional' } }, 'inconclusive', 'info not-judged', 3],
    [
      'blocks at times what the policy permits',
      { ...BLOCKED, ...SUBMIT, row: { outcome: 'conditional' } },
      'inconclusive',
      'info not-judged',
      3,
    ],
  ])('that %s', (_name, spec, verdict, code, exit) => {
    const result = one(spec);
    expect(result.checks.map((check) => check.verdict)).toEqual([verdict]);
    expect(result.findings.map(({ severity, code: found }) => `${severity} ${found}`)).toEqual(code === '' ? [] : [code]);
    expect(exitOf(result)).toBe(exit);
  });

  it('is a row that tells both sides, with an id of what it says', () => {
    const change = changeOf({ ports: [25, 587] });
    const {
      checks: [check],
      findings: [finding],
    } = judged([{ changes: [change] }]);
    expect(check).toMatchObject({
      id: `review:edge:workstations>internet:25,587/ipv4#${change.id}`,
      kind: 'configuration',
      port: null,
      expect: 'deny',
      outcome: 'permitted',
      change: { kind: 'newly-allowed', ports: [25, 587], before: { outcome: 'denied' }, after: { outcome: 'permitted' } },
      reason: 'No rule of the policy permits it.',
    });
    expect(finding?.detail).toBe(
      'The change at edge newly lets workstations (10.20.0.0/16) reach internet (198.51.100.0/24) on ports 25 and 587 over IPv4: now permitted by after.nft:7 (accept), before denied by before.nft:9 (drop). No rule of the policy permits it.',
    );
  });

  it.each<[string, ChangeSpec, string]>([
    ['that the policy permits', SUBMIT, 'The policy permits it (rule submit).'],
    ['that closes what the policy denies', BLOCKED, 'No rule of the policy permits it. The change closes it.'],
    [
      'that may be about names',
      { policy: 'unknown', names: ['smtp.example.net'], rules: ['submit'] },
      'That may be smtp.example.net, which the policy permits (rule submit): give the networks of smtp.example.net beside the names.',
    ],
    [
      'that opens a way for whoever chooses the source port',
      { row: { sourcePorts: ['80'], condition: null } },
      'only if the source port is 80, which the sender chooses: now permitted by after.nft:7 (accept), before denied by before.nft:9 (drop). No rule of the policy permits it.',
    ],
    [
      'that no line decides',
      { ...BLOCKED, ...SUBMIT, row: { outcome: 'denied', rules: [] }, after: { outcome: 'denied', line: null } },
      'now denied by default, before permitted by before.nft:7 (accept). The policy permits it (rule submit).',
    ],
  ])('%s says so', (_name, spec, end) => {
    const result = one(spec);
    const told = result.findings[0]?.detail ?? result.checks[0]?.reason ?? '';
    expect(told.slice(-end.length)).toBe(end);
  });

  it('points at the line that decides now, or at the one that did', () => {
    expect(codesIn(one({}))).toEqual(['critical config-permits-denied edge workstations>internet:25/ipv4 after.nft:7:1']);
    const gone = one({ ...BLOCKED, ...SUBMIT, row: { outcome: 'denied', rules: [] }, after: { outcome: 'denied', line: null } });
    expect(codesIn(gone)).toEqual(['high config-blocks-allowed edge workstations>provider:587/ipv4 before.nft:7:1']);
  });

  it('has the same fingerprint wherever its lines stand', () => {
    const moved = one({ row: { rules: ['other.nft:90 accept'] }, after: { line: lineOf('other.nft:90 accept') } });
    expect(moved.findings.map(({ fingerprint }) => fingerprint)).toEqual(one({}).findings.map(({ fingerprint }) => fingerprint));
  });

  it('that does several things is a finding for each', () => {
    const changes = [changeOf({}), changeOf({ row: { sources: ['10.20.9.0/24'] } }), changeOf(SUBMIT)];
    const result = judged([{ changes }]);
    expect(verdicts(result)).toEqual(['deny permitted violation', 'deny permitted violation', 'allow permitted compliant']);
    expect(result.findings).toHaveLength(2);
  });
});

describe('a waiver of a change', () => {
  it.each([
    ['code: config-permits-denied, port: 25', true],
    ['code: config-permits-denied, segment: workstations, destination: internet, family: ipv4, firewall: edge', true],
    ['code: config-permits-denied, port: 587', false],
    ['code: config-permits-denied, firewall: core', false],
    ['code: config-redirects', false],
  ])('of %s covers it: %s', (fields, covers) => {
    const firewalls = '{ edge: { files: [edge.nft], hook: forward }, core: { files: [core.nft], hook: forward } }';
    const policy = officePolicy({ firewalls, rest: `waivers: [{ ${fields}, until: 2027-01-31, reason: "CHG-1" }]` });
    const result = one({}, policy);
    expect(verdicts(result)).toEqual([`deny permitted violation${covers ? ' waived' : ''}`]);
    expect(exitOf(result)).toBe(covers ? 0 : 1);
  });

  it('of one port covers no row of several', () => {
    const policy = officePolicy({
      rest: 'waivers: [{ code: config-permits-denied, port: 25, until: 2027-01-31, reason: "CHG-1" }]',
    });
    expect(exitOf(one({ ports: [25, 587] }, policy))).toBe(1);
  });

  it('by its fingerprint covers it alone', () => {
    const print = one({}).findings[0]?.fingerprint ?? '';
    const policy = officePolicy({
      rest: `waivers: [{ code: config-permits-denied, fingerprint: "${print}", until: 2027-01-31, reason: "CHG-1" }]`,
    });
    const result = judged([{ changes: [changeOf({}), changeOf({ row: { sources: ['10.20.9.0/24'] } })] }], policy);
    expect(verdicts(result)).toEqual(['deny permitted violation waived', 'deny permitted violation']);
  });

  it('that is past its end covers nothing, and is told without blocking a change that is fine', () => {
    const policy = officePolicy({ rest: 'waivers: [{ code: config-permits-denied, until: 2026-11-20, reason: "CHG-1" }]' });
    expect(exitOf(one({}, policy))).toBe(1);
    const fine = judged([{}], policy);
    expect(exitOf(fine)).toBe(0);
    expect(fine.scope.notes).toContain(
      'The waiver of config-permits-denied (CHG-1) ended on 2026-11-20; what it covered counts again.',
    );
  });
});

describe('lines that can never match', () => {
  const DEAD = deadLineOf('x.nft:9 tcp dport 25 drop', { by: [lineOf('x.nft:7 accept')], conflict: true });
  const moved = { ...DEAD, line: { ...DEAD.line, line: 12 } };

  it('are findings where the change made them so', () => {
    const result = judged([{ dead: { before: [], after: [DEAD] } }]);
    expect(codesIn(result)).toEqual(['low rule-shadowed edge >:/ x.nft:9:1']);
    expect(exitOf(result)).toBe(1);
  });

  it.each([
    ['were so before', { before: [DEAD], after: [DEAD] }, 0],
    ['were so before, elsewhere in the chain', { before: [DEAD], after: [moved] }, 0],
    ['were so before, and went away', { before: [DEAD], after: [] }, 0],
    ['stand there once more', { before: [DEAD], after: [DEAD, moved] }, 1],
    ['were so before in another chain', { before: [{ ...DEAD, chain: 'ip filter/OUTPUT' }], after: [DEAD] }, 1],
  ])('that %s', (_name, dead, found) => {
    expect(judged([{ dead }]).findings).toHaveLength(found);
  });
});

describe('what a review speaks of', () => {
  it('is every port that the policy audits or permits, with what was taken for granted', () => {
    const { scope } = judged([{ notes: ['Rate limits are taken to be the same.'] }]);
    expect(scope.ports).toEqual([25, 587]);
    expect(scope.notes).toEqual([
      'Of edge: Rate limits are taken to be the same.',
      'The policy gives workstations no IPv6 networks: what the change does to workstations over it was not looked at.',
    ]);
  });

  it('are no segments without networks', () => {
    const policy = officePolicy({ segments: '{ workstations: { networks: [10.20.0.0/16] }, guests: {} }' });
    expect(judged([{}], policy).scope.unseen).toEqual(['guests']);
  });
});
