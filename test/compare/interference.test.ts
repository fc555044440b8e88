import { describe, expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.ts';
import type { TlsSession } from '../../src/model/dialogue.ts';
import type { EvidenceRecord, RelayRecord } from '../../src/model/evidence.ts';
import type { Judgement } from '../../src/model/result.ts';
import { at } from '../support/address.ts';
import { attestationOf, dialogueOf, documentationOf, evidenceOf, type RunSpec } from '../support/evidence.ts';
import { KEY, type PathOptions, sentinelDialogue } from '../support/path-to-sentinel.ts';
import { policyOf } from '../support/policy.ts';
import { ALIVE, EGRESS, HEAD, MX, SUBMIT, submission, submitted, WORKSTATION } from './verdict-case.ts';

const OPTIONS = { now: Date.parse('2026-11-21T21:00:00Z'), requireProof: 'supported', allowOtherPolicy: false } as const;
const NAT = '198.51.100.20';

function judge(text: string, ...runs: readonly RunSpec[]): Judgement {
  const policy = policyOf(text);
  return compare(
    policy,
    runs.map((run) => evidenceOf(policy, run)),
    OPTIONS,
  );
}

const watched = (destinations: string, sentinel = ''): string => `${HEAD}
destinations:
  internet: { networks: [public], probes: [${destinations}] }
rules:
  - { name: deliver, from: relays, to: internet, ports: [25] }
audit: { ports: [25], controls: [{ host: www.example.net, port: 443 }] }
sentinels:
  edge: { host: edge.example.net, ports: [25, 443], public-key: "${KEY.publicKey.text}", expected-sources: [${NAT}]${sentinel} }
`;
const WATCHED = watched('{ sentinel: edge }');
const NAMES = ['edge.example.net 203.0.113.9'];
const EDGE = 'internet/203.0.113.9:25';

const toEdge = (options: PathOptions): RunSpec => ({
  legs: [WORKSTATION],
  names: NAMES,
  controls: ALIVE,
  seen: { [EDGE]: { outcome: 'open-smtp', dialogue: sentinelDialogue({ from: NAT, ...options }) } },
});

/** A session with a certificate that nobody known signed. */
function nobodys(fingerprint: string): TlsSession {
  const certificate = {
    subject: `CN=${fingerprint}`,
    issuer: `CN=${fingerprint}`,
    names: [],
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2027-01-01T00:00:00.000Z',
    fingerprint,
    pin: 'sha256/x',
    chain: [],
  };
  const problems = [{ code: 'untrusted', message: 'Nobody known signed it.' }] as const;
  return { version: 'TLSv1.3', cipher: 'x', serverName: null, certificate, problems };
}

describe('a receipt that stands twice', () => {
  const MACHINE = attestationOf(`${WORKSTATION} > 203.0.113.9:443`, {
    outcome: 'open-smtp',
    dialogue: sentinelDialogue({ from: NAT, port: 443, seed: 'machine' }),
  });
  const codes = (...runs: readonly RunSpec[]): string[] => judge(WATCHED, ...runs).findings.map(({ code }) => code);

  it.each([
    ['an observation', (records: readonly EvidenceRecord[]) => records.filter(({ type }) => type === 'observation')],
    ['all of the file', (records: readonly EvidenceRecord[]) => records],
  ])('since %s was copied within its evidence shows no replay', (_what, copied) => {
    const policy = policyOf(WATCHED);
    const once = evidenceOf(policy, { ...toEdge({}), extra: [MACHINE] });
    const twice = { ...once, records: [...once.records, ...structuredClone(copied(once.records))] };
    const findings = (evidence: typeof once): string[] => compare(policy, [evidence], OPTIONS).findings.map(({ code }) => code);
    expect(findings(twice)).toEqual(findings(once));
    expect(findings(twice)).toContain('egress-open');
  });

  it('in two records that differ in anything, or in two runs, is shown again', () => {
    const whole = toEdge({});
    const seen = whole.seen?.[EDGE];
    if (seen === null || typeof seen !== 'object' || !('outcome' in seen)) throw new Error('an observation');
    expect(codes({ ...whole, seen: { [EDGE]: [seen, { ...seen, at: 61 }] } })).toContain('intercepted');
    expect(codes(whole, { ...whole, id: 'another', hostname: 'another' })).toContain('intercepted');
  });
});

describe('what a finding about interference tells', () => {
  it('where the sentinel was reached: from where, and what shows', () => {
    const [hole] = judge(WATCHED, toEdge({ from: '203.0.113.1' })).findings;
    expect(hole?.detail).toContain('The receipt of sentinel edge proves that it arrived there, from 203.0.113.1.');
    expect(hole?.detail).toContain('expected-sources lists 198.51.100.20');
  });

  it('how much of it the receipts cover', () => {
    const whole = toEdge({});
    const seen = whole.seen?.[EDGE];
    if (seen === null || typeof seen !== 'object' || !('outcome' in seen) || seen.dialogue == null) throw new Error('a dialogue');
    const [first, last] = seen.dialogue.receipts;
    if (first === undefined || last === undefined) throw new Error('two receipts');
    const failure = { stage: 'receipt', kind: 'closed', message: 'It was closed.' } as const;
    const dialogue = { ...seen.dialogue, failure, receipts: [first, { ...last, receipt: null }] };
    const [all] = judge(WATCHED, whole).findings;
    const [part] = judge(WATCHED, { ...whole, seen: { [EDGE]: { ...seen, dialogue } } }).findings;
    expect(all?.detail).toContain('arrived there, byte for byte, from 198.51.100.20.');
    const unbound = { ...seen.dialogue, receipts: [first, { ...last, exporter: null }] };
    const [open] = judge(WATCHED, { ...whole, seen: { [EDGE]: { ...seen, dialogue: unbound } } }).findings;
    expect(open?.detail).toContain('arrived there, from 198.51.100.20. Which TLS session this host had with sentinel edge');
    expect(part?.detail).toContain(
      'arrived there, from 198.51.100.20. The receipt of sentinel edge covers only what was said before',
    );
  });

  it('once, also where the scanner said it already', () => {
    const policy = policyOf(WATCHED);
    const evidence = evidenceOf(policy, toEdge({ from: '203.0.113.1' }));
    const why =
      'The sentinel was reached from 203.0.113.1, this host connected from 10.20.0.5, and expected-sources lists 198.51.100.20: something passes the connection on, or that list lacks an address.';
    const records = evidence.records.map((record) =>
      record.type === 'observation' ? { ...record, reason: `Open. ${why}` } : record,
    );
    const [hole] = compare(policy, [{ ...evidence, records }], OPTIONS).findings;
    expect(hole?.detail.split(why)).toHaveLength(2);
  });

  it("with its receipts, and this end's account of the connection, so that they can be verified again", () => {
    const { receipts } = sentinelDialogue({ from: NAT, path: 'inspect' });
    const { evidence } = judge(WATCHED, toEdge({ path: 'inspect' })).findings[0] ?? {};
    expect(evidence).toMatchObject({
      sentinel: 'edge',
      reach: { level: 'modified', changed: ['downstream', 'upstream'], refused: [] },
      receipts,
      signs: [expect.stringMatching(/overwritten with asterisks/), expect.stringMatching(/quotes XXXXXXXX/)],
      transcript: ['S: 220 mail.example.net ESMTP'],
    });
  });

  it('where a stranger answers: that a lost key looks the same', () => {
    const [finding] = judge(WATCHED, toEdge({ path: 'sink' })).findings;
    expect(finding?.detail).toContain('is not sentinel edge, or a sentinel that no longer has the key that the policy names');
    expect(finding?.detail).toContain('The receipt asked for in clear text did not come');
  });

  it('where the certificate is that of who ends the TLS of a sentinel: which one', () => {
    const policy = watched(
      '{ sentinel: edge }, { host: mx.one.example, listening: [25] }, { host: mx.two.test, listening: [25] }',
    );
    const sentinel = sentinelDialogue({ path: 'tls', local: '10.1.0.25', from: NAT });
    const { findings } = judge(policy, {
      legs: ['relays 10.1.0.25'],
      names: [...NAMES, 'mx.one.example 198.51.100.7', 'mx.two.test 192.0.2.7'],
      seen: {
        [EDGE]: { outcome: 'open-smtp', dialogue: { ...sentinel, tls: nobodys('a') } },
        '198.51.100.7:25': { outcome: 'open-smtp', dialogue: dialogueOf({ tls: nobodys('a') }) },
        '192.0.2.7:25': { outcome: 'open-smtp', dialogue: dialogueOf({ tls: nobodys('b') }) },
      },
    });
    expect(findings.map(({ code, host }) => `${code} ${host}`).toSorted()).toEqual([
      'intercepted edge.example.net',
      'intercepted mx.one.example',
    ]);
    const detail = 'mx.one.example shows the certificate that something on the way shows in place of sentinel edge';
    expect(findings.find(({ host }) => host === 'mx.one.example')?.detail).toContain(detail);
  });

  it('where an address that nobody can have answered: which one, and for whom', () => {
    const [finding] = judge(EGRESS, {
      legs: [WORKSTATION],
      controls: ALIVE,
      seen: { [MX]: { outcome: 'open-smtp', dialogue: dialogueOf() } },
      extra: [documentationOf(`${WORKSTATION} > 192.0.2.1:25`, { outcome: 'open-smtp', dialogue: dialogueOf() })],
    }).findings;
    expect(finding?.detail).toContain('192.0.2.1:25, an address that nobody can have, answered workstations (10.20.0.5)');
    expect(finding?.detail).toContain('whether anything gets further is not shown');
    expect(finding).toMatchObject({
      code: 'intercepted',
      segment: 'workstations',
      host: '198.51.100.7',
      port: 25,
      family: 'ipv4',
    });
  });

  it('nothing of receipts where none were asked for', () => {
    const [hole] = judge(EGRESS, { legs: [WORKSTATION], controls: ALIVE, seen: { [MX]: 'open-smtp' } }).findings;
    expect(Object.keys(hole?.evidence ?? {}).filter((key) => ['receipts', 'reach', 'sentinel', 'signs'].includes(key))).toEqual(
      [],
    );
  });
});

describe('what a blocked flow to a sentinel tells', () => {
  const attestation = (options: PathOptions, place = `${WORKSTATION} > 203.0.113.9:443`) =>
    attestationOf(place, {
      outcome: 'open-smtp',
      dialogue: sentinelDialogue({
        port: 443,
        from: NAT,
        listening: [
          { port: 25, family: 'ipv4', at: '2026-11-21T12:00:00.000Z' },
          { port: 25, family: 'ipv6', at: '2026-11-21T12:00:00.000Z' },
        ],
        ...options,
      }),
    });
  const blocked = { legs: [WORKSTATION], controls: ALIVE, names: NAMES } as const;
  const proofs = ({ checks }: Judgement): string[] => checks.map(({ id, proof }) => `${id.split('/').at(-1)} ${proof}`);

  it('who attests that it listens, and what was alive', () => {
    expect(judge(WATCHED, { ...blocked, extra: [attestation({})] }).checks[0]?.reason).toBe(
      'edge.example.net:25 was dropped; sentinel edge attests that it listens there; the control www.example.net:443 answered.',
    );
  });

  it('an address speaks for itself, not for another of its name', () => {
    const two = { ...blocked, names: ['edge.example.net 203.0.113.9 203.0.113.10'], extra: [attestation({})] };
    expect(proofs(judge(WATCHED, two))).toEqual(['203.0.113.9:25 proven', '203.0.113.10:25 supported']);
  });

  it('an address speaks for the one of the other family, where there is one only', () => {
    const dual = WATCHED.replace('networks: [10.20.0.0/16]', 'networks: [10.20.0.0/16, "2001:db8:20::/48"]');
    const legs = [WORKSTATION, 'workstations 2001:db8:20::5'];
    const controls = [...ALIVE, 'www.example.net [2001:db8:f::80]:443 0+ 120+'];
    const over = (...addresses: readonly string[]): string[] =>
      proofs(
        judge(dual, {
          ...blocked,
          legs,
          controls,
          names: [['edge.example.net', '203.0.113.9', ...addresses].join(' ')],
          extra: [attestation({})],
        }),
      );
    expect(over('2001:db8:f::9')).toEqual(['203.0.113.9:25 proven', '[2001:db8:f::9]:25 proven']);
    expect(over('2001:db8:f::9', '2001:db8:f::a')).toEqual([
      '203.0.113.9:25 proven',
      '[2001:db8:f::9]:25 supported',
      '[2001:db8:f::a]:25 supported',
    ]);
  });

  it('a sentinel that signed around that time is not absent, whatever its neighbours are', () => {
    const policy = watched('{ sentinel: edge }, { host: 203.0.113.8, listening: [25] }');
    const absent = { ...blocked, seen: { 'internet/203.0.113.8:25': 'host-down' } } as const;
    expect(proofs(judge(policy, absent))).toContain('203.0.113.9:25 none');
    expect(proofs(judge(policy, { ...absent, extra: [attestation({})] }))).toContain('203.0.113.9:25 proven');
  });

  it('one that signed hours before may be gone since', () => {
    const policy = watched('{ sentinel: edge }, { host: 203.0.113.8, listening: [25] }');
    const absent = { ...blocked, seen: { 'internet/203.0.113.8:25': 'host-down' } } as const;
    const earlier = Date.parse('2026-11-21T13:00:00.000Z');
    const old: RunSpec = {
      id: 'old',
      legs: [WORKSTATION],
      startedAt: earlier,
      names: NAMES,
      extra: [{ ...attestation({ clock: earlier }), at: new Date(earlier).toISOString() }],
    };
    expect(proofs(judge(policy, old, absent))).toContain('203.0.113.9:25 none');
    expect(proofs(judge(WATCHED, old, blocked))).toEqual(['203.0.113.9:25 proven']);
  });

  it('a leak probe to a port that it attests is a row', () => {
    const policy = watched('{ sentinel: edge }')
      .replace('ports: [25, 443]', 'ports: [443]')
      .replace('ports: [25], controls', 'ports: [25, 443], controls');
    const rows = judge(policy, { ...blocked, extra: [attestation({})] }).checks.filter(({ port }) => port === 25);
    expect(rows.map(({ kind, verdict, proof }) => `${kind} ${verdict} ${proof}`)).toEqual(['reachability compliant proven']);
  });
});

describe('what is not enough for a finding', () => {
  it('is a note: where, for whom, what it was, what would tell', () => {
    const policy = submission('').replace(', require: {  }', '').replace('[192.0.2.10]', '[192.0.2.10, 192.0.2.11]');
    const dialogue = dialogueOf({
      keywords: [],
      starttls: { offered: false, reply: { code: 250, enhanced: null, lines: ['OK'] } },
      tls: null,
    });
    const { scope } = judge(policy, { legs: [WORKSTATION], seen: { ':587': { outcome: 'open-smtp', dialogue } } });
    expect(scope.notes.filter((note) => note.startsWith('Seen by'))).toEqual([
      'Seen by workstations (10.20.0.5) at 192.0.2.10:587, and so at 1 more: STARTTLS was answered 250, which no TLS follows: so answers what takes everything and understands nothing. That alone shows no interception: a sentinel, another network, or audit.documentation-addresses would tell.',
    ]);
  });

  it('a server that calls itself otherwise inside TLS is a note, and no doubt', () => {
    const transcript = ['C: EHLO a.example', 'S: 250-one.example Hello', 'C: EHLO a.example', 'S: 250 two.example'];
    const { checks, scope } = judge(submission('tls: starttls'), submitted({ transcript }));
    expect(checks.map(({ verdict, proof }) => `${verdict} ${proof}`)).toEqual(['compliant proven']);
    expect(scope.notes.join()).toContain('calls itself one.example in clear text and two.example inside TLS');
  });

  it('two operators that greet alike are a note', () => {
    const policy = EGRESS.replace(
      '{ host: 198.51.100.7, listening: [25] }',
      '{ host: mx.one.example, listening: [25] }, { host: mx.two.test, listening: [25] }',
    );
    const dialogue = dialogueOf({ greeting: { code: 220, enhanced: null, lines: ['filter.corp.internal ESMTP'] }, tls: null });
    const { findings, scope } = judge(policy, {
      legs: ['relays 10.1.0.25'],
      names: ['mx.one.example 198.51.100.7', 'mx.two.test 203.0.113.7'],
      seen: { ':25': { outcome: 'open-smtp', dialogue } },
    });
    expect(findings).toEqual([]);
    expect(scope.notes.join()).toContain('all greet as filter.corp.internal');
  });

  it('three from distant networks are a finding on each of them, also where TLS was not asked for', () => {
    const policy = EGRESS.replace(
      '{ host: 198.51.100.7, listening: [25] }',
      ['mx.one.example', 'mx.two.test', 'mx.three.invalid'].map((host) => `{ host: ${host}, listening: [25] }`).join(', '),
    );
    const dialogue = dialogueOf({ greeting: { code: 220, enhanced: null, lines: ['filter.corp.internal ESMTP'] }, tls: null });
    const { findings, scope } = judge(policy, {
      legs: ['relays 10.1.0.25'],
      names: ['mx.one.example 198.51.100.7', 'mx.two.test 203.0.113.7', 'mx.three.invalid 192.0.2.7'],
      seen: { ':25': { outcome: 'open-smtp', dialogue } },
    });
    expect(findings.map(({ code, host }) => `${code} ${host}`)).toEqual([
      'intercepted mx.three.invalid',
      'intercepted mx.one.example',
      'intercepted mx.two.test',
    ]);
    expect(scope.notes.filter((note) => note.startsWith('Seen by'))).toEqual([]);
  });

  it("the user's own servers are one operator's, whatever they are called", () => {
    const policy = EGRESS.replace('{ host: 198.51.100.7, listening: [25] }]', '{ host: mx.four.test, listening: [25] }]')
      .replace('rules:', '  own: { hosts: [mx.one.example, mx.two.test, mx.three.invalid], listening: [25], own: true }\nrules:')
      .replace('to: internet', 'to: any');
    const dialogue = dialogueOf({ greeting: { code: 220, enhanced: null, lines: ['gate.corp.internal ESMTP'] }, tls: null });
    const { findings, scope } = judge(policy, {
      legs: ['relays 10.1.0.25'],
      names: ['mx.one.example 198.51.100.7', 'mx.two.test 203.0.113.7', 'mx.three.invalid 192.0.2.7', 'mx.four.test 198.18.0.7'],
      seen: { ':25': { outcome: 'open-smtp', dialogue } },
    });
    expect(findings).toEqual([]);
    expect(scope.notes.filter((note) => note.startsWith('Seen by'))).toEqual([]);
  });

  it('a sentinel without a key is told of where it was asked, one that gave no receipt by its reason', () => {
    const keyless = WATCHED.replace(`public-key: "${KEY.publicKey.text}", `, '');
    expect(judge(keyless, { legs: [WORKSTATION], names: NAMES }).scope.notes.join()).toContain('Sentinel edge has no public-key');
    const stranger = attestationOf(`${WORKSTATION} > 203.0.113.9:443`, {
      outcome: 'open-smtp',
      dialogue: sentinelDialogue({ path: 'sink' }),
    });
    expect(judge(WATCHED, { legs: [WORKSTATION], names: NAMES, extra: [stranger] }).scope.notes.join()).toContain(
      '203.0.113.9:443 was asked by workstations (10.20.0.5) what sentinel edge listens on, and gave no receipt that counts',
    );
  });
});

describe('the echo of a relay test', () => {
  const tested = (text: string): RelayRecord => ({
    type: 'relay',
    id: 'relay:hub/[192.0.2.10]:587',
    server: 'hub',
    segment: 'workstations',
    source: at('10.20.0.5'),
    host: '192.0.2.10',
    address: at('192.0.2.10'),
    port: 587,
    at: '2026-11-21T20:02:00.000Z',
    elapsedMs: 100,
    authorisedBy: null,
    battery: 'core',
    level: 'envelope',
    names: {
      ehlo: 'a.example',
      probeDomain: 'p.example',
      otherDomain: 'o.example',
      owned: true,
      hostedDomain: null,
      serverName: null,
    },
    attempts: [
      {
        id: 'C0',
        about: 'an unknown verb',
        mailFrom: null,
        rcptTo: null,
        ehlo: null,
        stage: 'verb',
        code: 500,
        enhanced: null,
        text,
        class: 'rejected',
        secure: false,
        connection: 1,
        reason: null,
      },
    ],
    connections: 1,
    delivery: null,
    failure: null,
    unreached: null,
    transcript: ['C: EHLO a.example', 'C: XPSTRNAB12', `S: 500 ${text}`],
  });

  it.each([
    ['unrecognized: "XXXXXXXXXX"', ['intercepted']],
    ['unrecognized: "XPSTRNAB12"', []],
    ['unrecognized: "XXXX"', []],
  ])('%s', (text, expected) => {
    const { findings } = judge(submission('tls: starttls'), { ...submitted(), extra: [tested(text)] });
    expect(findings.map(({ code }) => code)).toEqual(expected);
    if (expected.length > 0) expect(findings[0]?.detail).toContain('was sent XPSTRNAB12 and quotes XXXXXXXXXX');
    expect(findings.every(({ host }) => `provider/${host}:587` === SUBMIT)).toBe(true);
  });
});
