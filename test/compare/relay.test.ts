import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/compare/exit-code.ts';
import { type CompareSettings, compareEvidence } from '../../src/compare.ts';
import type { Evidence, EvidenceRecord } from '../../src/model/evidence.ts';
import type { RelayBattery } from '../../src/model/relay.ts';
import type { Result } from '../../src/model/result.ts';
import { generateSigningKey } from '../../src/receipt/keys.ts';
import { type ReceiptBody, signReceipt } from '../../src/receipt/receipt.ts';
import { at } from '../support/address.ts';
import { dialogueOf, evidenceOf, type RunSpec } from '../support/evidence.ts';
import { policyOf } from '../support/policy.ts';
import { NONCE, relayRecordOf } from '../support/relay.ts';

const KEY = generateSigningKey();

/** Everything may reach everything, so that the rows are those of relay tests alone. */
const POLICY = (changes: { relay?: string; ports?: string; host?: string; rules?: string; sentinels?: string } = {}): string => `
version: 1
name: office
segments:
  workstations: { networks: [10.20.0.0/16, 198.51.100.0/24] }
  relays: { networks: [10.1.0.0/24] }
rules: [${changes.rules ?? ''}]
servers: [{ name: hub, host: ${changes.host ?? '198.51.100.7'}, ports: [${changes.ports ?? '25'}], relay: ${changes.relay ?? 'none'}, hosted-domain: example.com }]
audit: { ports: [2525] }
${changes.sentinels ?? ''}
`;

const ACCEPTS = { replies: { B02: '250 2.1.5 Ok' } };

interface Run extends Partial<RunSpec> {
  readonly relay?: readonly EvidenceRecord[];
  readonly battery?: RelayBattery | null;
}

function judged(policyText: string, runs: readonly Run[], settings: Partial<CompareSettings> = {}): Result {
  const policy = policyOf(policyText);
  const evidence = runs.map(({ relay = [], battery = 'core', ...spec }): Evidence => {
    const made = evidenceOf(policy, { legs: ['workstations 10.20.0.5'], ...spec });
    const { header, records } = made;
    return { ...made, header: { ...header, settings: { ...header.settings, relay: battery } }, records: [...records, ...relay] };
  });
  return compareEvidence(policy, evidence, {
    tool: { name: 'postern', version: '0.0.0' },
    command: 'compare',
    now: Date.parse('2026-11-21T21:00:00Z'),
    requireProof: 'supported',
    allowOtherPolicy: false,
    ...settings,
  });
}

function rows({ checks }: Result): string[] {
  return checks.flatMap((check) =>
    check.kind === 'relay' ? [`${check.id} ${check.outcome} ${check.verdict}/${check.proof}`] : [],
  );
}

function codes({ findings }: Result): string[] {
  return findings
    .filter(({ server }) => server !== null)
    .map(({ severity, code, server, host, port, segment, destination }) =>
      [severity, code, server, host, port, segment, destination].join(' '),
    );
}

const one = (relay: readonly EvidenceRecord[], policy = POLICY()): Result => judged(policy, [{ relay }]);

const HUB = 'relay:hub/[198.51.100.7]:25';

describe('a server that nobody may relay through', () => {
  it('complies, proven, where every shape was refused for what it is', () => {
    const result = one([relayRecordOf()]);
    expect(rows(result)).toEqual([`${HUB} rejected compliant/proven`]);
    expect(codes(result)).toEqual([]);
    expect(result.checks[0]).toMatchObject({ kind: 'relay', server: 'hub', destination: null, expect: 'deny', elapsedMs: 4_200 });
  });

  it('complies, supported only, where a refusal does not say why', () => {
    expect(rows(one([relayRecordOf({ replies: { B03: '550 No.' } })]))).toEqual([`${HUB} rejected compliant/supported`]);
  });

  it('complies where it asks for a password', () => {
    const relay = [relayRecordOf({ replies: { B: '530 5.7.0 Authentication required' } })];
    expect(rows(one(relay))).toEqual([`${HUB} auth-required compliant/proven`]);
  });

  it('violates where it accepts a foreign recipient, with what was accepted and said', () => {
    const result = one([relayRecordOf(ACCEPTS)]);
    expect(rows(result)).toEqual([`${HUB} relay-accepted violation/supported`]);
    expect(codes(result)).toEqual(['critical open-relay hub 198.51.100.7 25 workstations ']);
    const { evidence, detail, location } = result.findings[0] ?? {};
    expect(evidence).toMatchObject({
      outcome: 'relay-accepted',
      accepted: [{ id: 'B02', code: 250 }],
      transcript: expect.arrayContaining(['S: 220 mail.example.com ESMTP']),
    });
    expect(detail).toContain('hub (198.51.100.7, port 25), asked from workstations (10.20.0.5): RCPT TO:<postern-');
    expect(location).toMatchObject({ file: 'postern.yaml', line: 8 });
    expect(exitCodeOf(result, { failOn: 'low', allowInconclusive: false })).toBe(1);
  });

  it.each([465, 587, 2465, 2587])('violates as submission without a password on %i', (port) => {
    const result = one([relayRecordOf({ ...ACCEPTS, port })], POLICY({ ports: `${port}`, relay: 'authenticated' }));
    expect(codes(result)).toEqual([`high submission-without-auth hub 198.51.100.7 ${port} workstations `]);
  });

  it('has one finding for all of its addresses, of each family', () => {
    const relay = ['198.51.100.7', '198.51.100.8'].map((address) =>
      relayRecordOf({ ...ACCEPTS, address }, { host: 'mail.example.com' }),
    );
    const names = ['mail.example.com 198.51.100.7 198.51.100.8'];
    const result = judged(POLICY({ host: 'mail.example.com' }), [{ relay, names }]);
    expect(result.findings.filter(({ code }) => code === 'open-relay').map(({ checks, host }) => [checks.length, host])).toEqual([
      [2, 'mail.example.com'],
    ]);
  });

  it('cannot be judged where it accepts anything at all, and what it takes for local says nothing', () => {
    const all = one([relayRecordOf({ replies: { C0: '250 Ok', B: '250 Ok' } })]);
    expect(rows(all)).toEqual([`${HUB} accept-all inconclusive/none`]);
    const some = one([relayRecordOf({ replies: { C2: '250 Ok', C3: '250 Ok', C3b: '250 Ok', B10: '250 Ok', B16: '250 Ok' } })]);
    expect(rows(some)).toEqual([`${HUB} catch-all inconclusive/none`]);
    expect(codes(all)).toEqual(['info not-judged hub 198.51.100.7 25 workstations ']);
  });

  it('cannot be judged where the test ended before its end, though all until then was refused', () => {
    const result = one([relayRecordOf({}, { failure: 'The server closed the connection.' })]);
    expect(rows(result)).toEqual([`${HUB} inconclusive inconclusive/none`]);
    expect(result.checks[0]?.reason).toMatch(
      /The test ended before its end, after \d+ of \d+ shapes: The server closed the connection\.$/,
    );
    expect(exitCodeOf(result, { failOn: 'low', allowInconclusive: false })).toBe(3);
  });

  it('violates all the same where it accepted one before that', () => {
    expect(rows(one([relayRecordOf(ACCEPTS, { failure: 'The server closed the connection.' })]))).toEqual([
      `${HUB} relay-accepted violation/supported`,
    ]);
  });

  it('is inconclusive where proof is asked for and only supported', () => {
    const relay = [relayRecordOf({ replies: { B03: '550 No.' } })];
    const result = judged(POLICY(), [{ relay }], { requireProof: 'proven' });
    expect(rows(result)).toEqual([`${HUB} rejected inconclusive/none`]);
    expect(codes(result)).toEqual(['info not-judged hub 198.51.100.7 25 workstations ']);
  });
});

describe('the reason of a server that complies', () => {
  const reason = (...told: Parameters<typeof relayRecordOf>): string => one([relayRecordOf(...told)]).checks[0]?.reason ?? '';
  const NO_TLS = 'No shape was tried inside STARTTLS, which it did not insist on (battery core).';

  it('names the shapes that were left out for want of a domain that it hosts', () => {
    expect(reason({ hostedDomain: null })).toContain('B05, B25a and B25b not asked: no hosted-domain.');
    expect(reason()).not.toContain('not asked');
  });

  it('names those that were left out for want of its own name', () => {
    const { names, attempts } = relayRecordOf();
    const nameless = attempts.map((attempt) =>
      ['C3b', 'B04', 'B20', 'B24'].includes(attempt.id)
        ? { ...attempt, stage: null, code: null, enhanced: null, text: null, class: 'skipped' as const, connection: 0 }
        : attempt,
    );
    expect(reason({}, { names: { ...names, serverName: null }, attempts: nameless })).toContain(
      'B04, B20 and B24 not asked: the server tells no name of its own.',
    );
  });

  it('says that nothing was tried inside STARTTLS, where that is so', () => {
    expect(reason()).toContain(NO_TLS);
    expect(reason({ battery: 'all' })).not.toContain('STARTTLS');
    const { attempts } = relayRecordOf();
    expect(reason({}, { attempts: attempts.map((attempt) => ({ ...attempt, secure: true })) })).not.toContain('STARTTLS');
    const implicit = one([relayRecordOf({ port: 465 })], POLICY({ ports: '465' }));
    expect(implicit.checks[0]?.reason).not.toContain('STARTTLS');
  });
});

describe('a server that refuses its own mail as it does a stranger', () => {
  const SPAM = '550 5.7.1 Your IP is a known spam relay';
  const AUTH = '530 5.7.0 Authentication required';
  const on = (port: number, replies: Record<string, string>): string[] =>
    rows(one([relayRecordOf({ replies, port })], POLICY({ ports: `${port}` }))).map((row) => row.replace(/^\S+ /, ''));

  it('complies no more than supported, and the reason says why', () => {
    expect(on(25, { C1: SPAM, B: SPAM })).toEqual(['rejected compliant/supported']);
    const result = one([relayRecordOf({ replies: { C1: SPAM, B: SPAM } })]);
    expect(result.checks[0]?.reason).toContain('Mail for its own domain was refused in the same words');
    expect(on(587, { C1: SPAM, B: SPAM })).toEqual(['rejected compliant/supported']);
  });

  it('says the same, whichever address it repeats', () => {
    const to = (address: string): string => `554 5.7.1 <${address}>: Relay access denied`;
    expect(on(25, { C1: to('postmaster@example.com'), B: to('u@relaytest.example.net') })).toEqual([
      'rejected compliant/supported',
    ]);
  });

  it('says another thing where its words differ, and on a submission port wants a password from everybody', () => {
    expect(on(25, { C1: '550 5.2.1 Mailbox disabled' })).toEqual(['rejected compliant/proven']);
    expect(on(587, { C1: AUTH, B: AUTH })).toEqual(['auth-required compliant/proven']);
    expect(on(25, { C1: AUTH, B: AUTH })).toEqual(['auth-required compliant/supported']);
  });
});

describe('a server that relays for internal clients', () => {
  it('complies where it accepts, and the reason says what a test from inside cannot show', () => {
    const result = one([relayRecordOf(ACCEPTS)], POLICY({ relay: 'internal' }));
    expect(rows(result)).toEqual([`${HUB} relay-accepted compliant/supported`]);
    expect(result.checks[0]).toMatchObject({
      expect: 'allow',
      reason: expect.stringContaining('what strangers get, a test from inside cannot show.'),
    });
  });

  it('complies where it refuses', () => {
    expect(rows(one([relayRecordOf()], POLICY({ relay: 'internal' })))).toEqual([`${HUB} rejected compliant/proven`]);
  });
});

describe('a server behind a device that answers in its place', () => {
  const PUBLIC = POLICY()
    .replace('networks: [10.20.0.0/16, 198.51.100.0/24]', 'networks: [10.20.0.0/16]')
    .replace('ports: [2525]', 'ports: [2525], documentation-addresses: true');
  const nobody = (greets: boolean): EvidenceRecord => ({
    type: 'documentation',
    segment: 'workstations',
    family: 'ipv4',
    source: at('10.20.0.5'),
    address: at('203.0.113.1'),
    port: 25,
    at: '2026-11-21T20:00:30.000Z',
    outcome: greets ? 'open-smtp' : 'open-silent',
    detail: null,
    reason: 'It answered.',
    error: null,
    elapsedMs: 12,
    connectMs: 3,
    dialogue: greets ? dialogueOf() : null,
  });
  const behind = (greets: boolean, words = {}): string[] =>
    rows(judged(PUBLIC, [{ relay: [nobody(greets), relayRecordOf(words)] }]));

  it.each([
    ['refuses', {}],
    ['accepts', ACCEPTS],
  ])('is not judged by it, which %s', (_what, words) => {
    expect(behind(true, words)).toEqual([expect.stringMatching(/ inconclusive\/none$/)]);
  });

  it('is judged through one that only completes handshakes, and a refusal is no more than supported', () => {
    expect(behind(false)).toEqual([`${HUB} rejected compliant/supported`]);
    expect(behind(false, ACCEPTS)).toEqual([`${HUB} relay-accepted violation/supported`]);
  });

  it('is no more than supported where an unknown command comes back as another', () => {
    const relay = relayRecordOf(
      { replies: { C0: '500 5.5.1 Command unrecognized: XXXXXXXXXXXXXXXXXX' } },
      { transcript: ['C: XPSTRN0123456789ab', 'S: 500 5.5.1 Command unrecognized: XXXXXXXXXXXXXXXXXX'] },
    );
    expect(rows(judged(PUBLIC, [{ relay: [relay] }]))).toEqual([`${HUB} rejected compliant/supported`]);
  });
});

describe('what a file says', () => {
  it('of classes is worked out anew, either way', () => {
    const relay = relayRecordOf(ACCEPTS);
    const painted = { ...relay, attempts: relay.attempts.map((attempt) => ({ ...attempt, class: 'rejected' as const })) };
    expect(rows(one([painted]))).toEqual([`${HUB} relay-accepted violation/supported`]);
    const clean = relayRecordOf();
    const answered = clean.attempts.map((attempt) =>
      attempt.code === null ? attempt : { ...attempt, class: 'accepted' as const },
    );
    const result = one([{ ...clean, attempts: answered }]);
    expect(rows(result)).toEqual([`${HUB} rejected compliant/proven`]);
    const shown = result.checks.flatMap((check) => (check.kind === 'relay' ? check.attempts : []));
    expect(shown.filter((attempt) => attempt.class === 'accepted').map(({ id }) => id)).toEqual(['C1']);
  });

  it('of shapes that were never answered is not a refusal', () => {
    const relay = relayRecordOf();
    const silent = relay.attempts.map((attempt) => ({ ...attempt, stage: null, code: null, enhanced: null, text: null }));
    expect(rows(one([{ ...relay, attempts: silent }]))).toEqual([`${HUB} inconclusive inconclusive/none`]);
    expect(rows(one([{ ...relay, attempts: [] }]))).toEqual([`${HUB} inconclusive inconclusive/none`]);
  });

  it.each([
    ['only the plain shape', (ids: string[]) => ids.filter((id) => id === 'B02'), /lacks C0, C1, .*B01, B03/],
    ['no B01', (ids: string[]) => ids.filter((id) => id !== 'B01'), /lacks B01, which no test of the battery core is without/],
    ['no B25b', (ids: string[]) => ids.filter((id) => id !== 'B25b'), /lacks B25b, /],
    ['no C1', (ids: string[]) => ids.filter((id) => id !== 'C1'), /lacks C1, /],
  ])('of a test is not enough where the record has %s', (_what, kept, why) => {
    const relay = relayRecordOf();
    const ids = kept(relay.attempts.map(({ id }) => id));
    const result = one([{ ...relay, attempts: relay.attempts.filter(({ id }) => ids.includes(id)) }]);
    expect(rows(result)).toEqual([`${HUB} inconclusive inconclusive/none`]);
    expect(result.checks[0]?.reason).toMatch(why);
    expect(exitCodeOf(result, { failOn: 'low', allowInconclusive: false })).toBe(3);
  });

  it.each(['B01', 'B03', 'B05', 'B10', 'B20', 'C1', 'C4'])(
    'of %s, that it was skipped, is not believed where nothing kept it from being asked',
    (id) => {
      expect(rows(one([relayRecordOf({ replies: { [id]: null } })]))).toEqual([`${HUB} inconclusive inconclusive/none`]);
    },
  );

  it('of the battery all holds the whole of it', () => {
    const relay = relayRecordOf({ battery: 'all' });
    expect(rows(one([relay]))).toEqual([`${HUB} rejected compliant/proven`]);
    expect(rows(one([{ ...relay, attempts: relayRecordOf().attempts }]))).toEqual([`${HUB} inconclusive inconclusive/none`]);
  });

  it('of B34, that it was skipped, is believed where the server refused its own recipient before', () => {
    const outcome = (replies: Record<string, string | null>): string[] =>
      one([relayRecordOf({ battery: 'all', replies })]).checks.flatMap(({ outcome: what }) => (what === null ? [] : [what]));
    expect(outcome({ B34: null })).toEqual(['inconclusive']);
    expect(outcome({ B34: null, C1: '554 5.7.1 Relay access denied' })).toEqual(['rejected']);
  });

  it('of an acceptance counts, whatever is lacking beside it', () => {
    const relay = relayRecordOf(ACCEPTS);
    const attempts = relay.attempts.filter(({ id }) => id === 'B02' || id === 'C4');
    expect(rows(one([{ ...relay, attempts }]))).toEqual([`${HUB} relay-accepted violation/supported`]);
  });

  it.each([
    ['server', { server: 'other' }],
    ['segment', { segment: 'relays' }],
    ['source', { source: at('10.20.0.6') }],
    ['address', { address: at('198.51.100.8') }],
    ['port', { port: 26 }],
  ])('of another %s answers no question', (_field, changes) => {
    const result = one([relayRecordOf({}, changes)]);
    expect(rows(result)).toEqual([`${HUB} inconclusive inconclusive/none`]);
    expect(result.checks[0]?.reason).toContain('the evidence tells of no test');
  });

  const OTHER = { server: 'other', id: 'relay:other/[198.51.100.7]:25' };
  const misfits = ({ checks }: Result): string[] => checks.flatMap(({ id, reason }) => (id.endsWith('/misfit') ? [reason] : []));

  it('of a server that the policy does not have is told of, and not judged', () => {
    const result = one([relayRecordOf(), relayRecordOf({}, OTHER)]);
    expect(codes(result)).toEqual([]);
    expect(result.scope.notes.join('\n')).toContain('relay tests that this policy has no question for, 1 in all: relay:other/');
    expect(misfits(result)).toEqual([]);
  });

  it.each([
    ['server', OTHER],
    ['port', { port: 26, id: 'relay:hub/[198.51.100.7]:26' }],
  ])('of an acceptance by another %s is a row of its own, which nothing could judge', (_field, changes) => {
    const result = one([relayRecordOf(), relayRecordOf(ACCEPTS, changes)]);
    expect(misfits(result)).toEqual([
      `The run of workstations on host-workstations, started 2026-11-21T20:00:00.000Z does not fit: it found mail accepted from a stranger by servers that this policy has no question for, 1 in all: ${changes.id}.`,
    ]);
    expect(exitCodeOf(result, { failOn: 'low', allowInconclusive: false })).toBe(3);
  });

  it('of such an acceptance stands, though a later run tested no servers; under another policy it is a note alone', () => {
    const relay = [relayRecordOf(), relayRecordOf(ACCEPTS, OTHER)];
    const hourly: Run = { id: 'hourly', startedAt: Date.parse('2026-11-21T20:45:00Z'), battery: null };
    expect(misfits(judged(POLICY(), [{ id: 'weekly', relay }, hourly]))).toEqual([expect.stringContaining('relay:other/')]);
    expect(misfits(judged(POLICY(), [{ relay, digest: 'f'.repeat(64) }], { allowOtherPolicy: true }))).toEqual([]);
  });

  it('counts by what was accepted once, whatever a later test saw', () => {
    const later = relayRecordOf({}, { at: '2026-11-21T20:30:00.000Z' });
    expect(rows(one([relayRecordOf(ACCEPTS), later]))).toEqual([`${HUB} relay-accepted violation/supported`]);
    const broken = relayRecordOf({}, { at: '2026-11-21T20:30:00.000Z', failure: 'It hung up.' });
    expect(rows(one([relayRecordOf(), broken]))).toEqual([`${HUB} rejected compliant/proven`]);
  });
});

describe('a server that was not tested', () => {
  const RULES = '{ name: in, from: relays, to: workstations, ports: [25] }';
  const unreached = (outcome: 'dropped' | 'no-route'): EvidenceRecord =>
    relayRecordOf(
      {},
      {
        attempts: [],
        connections: 0,
        unreached: outcome,
        failure: `Not connected to: ${outcome}.`,
        transcript: [],
        segment: 'relays',
        source: at('10.1.0.25'),
      },
    );
  const RELAYS = { legs: ['relays 10.1.0.25'], seen: { 'hub/198.51.100.7:25': null } };

  it('is a row where the evidence does not tell of it', () => {
    const result = judged(POLICY(), [{}]);
    expect(rows(result)).toEqual([`${HUB} inconclusive inconclusive/none`]);
    expect(exitCodeOf(result, { failOn: 'low', allowInconclusive: false })).toBe(3);
  });

  it('is a note where the policy keeps the leg from it, and the test was stopped on the way', () => {
    const result = judged(POLICY(), [{ ...RELAYS, relay: [unreached('dropped')] }]);
    expect(rows(result)).toEqual([]);
    expect(result.scope.notes).toContain(
      'hub 198.51.100.7:25 was not tested for relaying from relays: the policy denies that flow, and it did not get through.',
    );
  });

  it('is a row where the test failed for another reason than a block', () => {
    const result = judged(POLICY(), [{ ...RELAYS, relay: [unreached('no-route')] }]);
    expect(rows(result)).toEqual([`${HUB} inconclusive inconclusive/none`]);
    expect(result.checks.find(({ kind }) => kind === 'relay')?.reason).toBe('Not connected to: no-route.');
  });

  it('is a row where the flow is denied, was open at first, and did not get through later', () => {
    const POLICY_25 = POLICY().replace('ports: [2525]', 'ports: [25]');
    const seen = { 'hub/198.51.100.7:25': 'open-smtp' as const };
    const result = judged(POLICY_25, [{ legs: ['relays 10.1.0.25'], seen, relay: [unreached('dropped')] }]);
    expect(rows(result)).toEqual([`${HUB} inconclusive inconclusive/none`]);
  });

  it('is a row where it stands in the segment that asks, since no rule keeps that from it', () => {
    const own = relayRecordOf({}, { attempts: [], connections: 0, unreached: 'refused', failure: 'It refused the connection.' });
    expect(rows(one([own]))).toEqual([`${HUB} inconclusive inconclusive/none`]);
  });

  it('is a row where the flow is allowed, though it was blocked', () => {
    expect(rows(judged(POLICY({ rules: RULES }), [{ ...RELAYS, relay: [unreached('dropped')] }]))).toEqual([
      `${HUB} inconclusive inconclusive/none`,
    ]);
  });

  it('is judged where the flow is denied and got through all the same', () => {
    const relay = [relayRecordOf(ACCEPTS, { segment: 'relays', source: at('10.1.0.25') })];
    expect(rows(judged(POLICY(), [{ ...RELAYS, relay }]))).toEqual([`${HUB} relay-accepted violation/supported`]);
  });

  it('is one note where the run was told to test none', () => {
    const result = judged(POLICY(), [{ battery: null }]);
    expect(rows(result)).toEqual([]);
    expect(result.scope.notes.filter((note) => note.includes('relay'))).toEqual([
      "Whether the policy's own servers relay for strangers was not tested from host-workstations (--relay none).",
    ]);
  });

  it('is a row where its name does not resolve', () => {
    const result = judged(POLICY({ host: 'mail.example.com' }), [{ names: ['mail.example.com !ENOTFOUND'] }]);
    expect(result.checks.map(({ id, reason }) => [id, reason])).toContainEqual([
      'relay:hub/[mail.example.com]:25',
      'mail.example.com did not resolve: ENOTFOUND.',
    ]);
  });

  it('is a row where no vantage speaks the family of its addresses, and a note where only some are of it', () => {
    const names = ['mail.example.com 2001:db8::7'];
    expect(rows(judged(POLICY({ host: 'mail.example.com' }), [{ names }]))).toEqual([
      'relay:hub/[mail.example.com]:25 inconclusive inconclusive/none',
    ]);
    const both = ['mail.example.com 198.51.100.7 2001:db8::7'];
    const result = judged(POLICY({ host: 'mail.example.com' }), [
      { names: both, relay: [relayRecordOf({}, { host: 'mail.example.com' })] },
    ]);
    expect(rows(result)).toEqual([`${HUB} rejected compliant/proven`]);
    expect(result.scope.notes).toContain('hub 2001:db8::7 was not tested for relaying: nobody asked over IPv6.');
  });

  it('is a row where it is the asking host itself, unless another vantage has judged it', () => {
    const self: Run = { legs: ['relays 10.1.0.25'], addresses: ['198.51.100.7'], seen: {}, id: 'self', hostname: 'hub' };
    expect(rows(judged(POLICY(), [self]))).toEqual([`${HUB} inconclusive inconclusive/none`]);
    const both = judged(POLICY(), [self, { relay: [relayRecordOf()] }]);
    expect(rows(both).map((row) => row.replace(/^\S+ /, ''))).toEqual(['rejected compliant/proven']);
  });
});

describe('several runs', () => {
  it('each have rows of their own, in the order of the policy', () => {
    const relay = [relayRecordOf(ACCEPTS, { segment: 'relays', source: at('10.1.0.25') })];
    const result = judged(POLICY(), [
      { id: 'b', hostname: 'b', legs: ['relays 10.1.0.25'], relay, seen: {} },
      { id: 'a', hostname: 'a', relay: [relayRecordOf()] },
    ]);
    expect(rows(result)).toEqual([`${HUB} rejected compliant/proven`, `${HUB}~relays relay-accepted violation/supported`]);
    expect(codes(result)).toEqual(['critical open-relay hub 198.51.100.7 25 relays ']);
  });

  it('of one source: the latest counts, and its answer is found whatever its id', () => {
    const early = { id: 'early', legs: ['workstations 10.20.0.5', 'relays 10.1.0.25'], seen: {} };
    const relays = relayRecordOf({}, { segment: 'relays', source: at('10.1.0.25'), id: `${HUB}~relays` });
    const late = { id: 'late', startedAt: Date.parse('2026-11-21T20:30:00Z'), relay: [relayRecordOf()] };
    expect(rows(judged(POLICY(), [{ ...early, relay: [relayRecordOf(ACCEPTS), relays] }, late]))).toEqual([
      `${HUB}~workstations rejected compliant/proven`,
      `${HUB} rejected compliant/proven`,
    ]);
  });
});

describe('a run without relay tests', () => {
  const WEEKLY: Run = { id: 'weekly', relay: [relayRecordOf(ACCEPTS)] };
  const HOURLY: Run = { id: 'hourly', startedAt: Date.parse('2026-11-21T20:45:00Z'), battery: null };

  it('takes back nothing of what an earlier one of the same source saw', () => {
    const result = judged(POLICY(), [WEEKLY, HOURLY]);
    expect(rows(result)).toEqual([`${HUB} relay-accepted violation/supported`]);
    expect(result.scope.notes.filter((note) => note.includes('--relay none'))).toEqual([]);
  });

  it('leaves the last one that tested, and what is old of it is said', () => {
    const later: Run = { id: 'later', startedAt: Date.parse('2026-11-21T20:30:00Z'), relay: [relayRecordOf()] };
    const result = judged(POLICY(), [WEEKLY, later, HOURLY], { now: Date.parse('2026-11-22T20:40:00Z') });
    expect(rows(result)).toEqual([`${HUB} rejected compliant/proven`]);
    expect(result.scope.notes.filter((note) => note.includes('what holds today may differ'))).toEqual([
      'The evidence of host-workstations is from 2026-11-21T20:30:00.000Z: what holds today may differ.',
    ]);
  });
});

describe('a message that was sent', () => {
  const SINK = `sentinels: { edge: { host: 192.0.2.1, ports: [25], public-key: "${KEY.publicKey.text}" } }`;
  const body: Omit<ReceiptBody, 'key'> = {
    name: 'sentinel.example.com',
    nonce: NONCE,
    port: 25,
    client: { address: at('10.20.0.5'), port: 40_000 },
    received: '0'.repeat(64),
    sent: '0'.repeat(64),
    exporter: null,
    at: '2026-11-21T20:02:00.000Z',
    listening: [],
    sink: 'relaytest.example.net',
    delivery: { at: '2026-11-21T20:01:30.000Z', client: at('198.51.100.7') },
  };
  const sent = (changes: Partial<typeof body> = {}, key = KEY): Result =>
    one(
      [relayRecordOf(ACCEPTS, { level: 'confirm', delivery: signReceipt({ ...body, ...changes }, key) })],
      POLICY({ sentinels: SINK }),
    );

  it('proves the relay where the receipt of the own sink tells of it', () => {
    const result = sent();
    expect(rows(result)).toEqual([`${HUB} relay-confirmed violation/proven`]);
    expect(result.checks.find(({ kind }) => kind === 'relay')?.reason).toContain(
      'at 2026-11-21T20:01:30.000Z, from 198.51.100.7.',
    );
  });

  it.each([
    ['another message', () => sent({ nonce: 'f'.repeat(32) }), 'about another domain or another message'],
    ['another domain', () => sent({ sink: 'example.org' }), 'about another domain or another message'],
    ['no delivery', () => sent({ delivery: null }), 'did not arrive while it was waited for'],
    ['another key', () => sent({}, generateSigningKey()), 'counts for nothing: it names the key'],
  ])('proves nothing where the receipt is about %s', (_what, result, why) => {
    expect(rows(result())).toEqual([`${HUB} relay-accepted violation/supported`]);
    expect(result().checks.find(({ kind }) => kind === 'relay')?.reason).toContain(why);
  });

  it('proves nothing where the policy has no key to verify the receipt by', () => {
    const result = one([relayRecordOf(ACCEPTS, { delivery: signReceipt(body, KEY) })]);
    expect(rows(result)).toEqual([`${HUB} relay-accepted violation/supported`]);
  });
});
