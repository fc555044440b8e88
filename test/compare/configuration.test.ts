import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvidenceRecord } from '../../src/model/evidence.ts';
import { configurationRunOf, deadLineOf, lineOf, type Told } from '../support/configuration.ts';
import { codesIn, exitOf, isValid, judgedConfiguration, officePolicy, reasonOf, rowsIn } from './configuration-world.ts';

const POLICY = officePolicy();

const judged = (told: Readonly<Record<string, Told | null>>, policy = POLICY): ReturnType<typeof judgedConfiguration> =>
  judgedConfiguration(policy, [{ told }]);

const DENIED = 'workstations>internet:25/ipv4';
const ALLOWED = 'workstations>provider:587/ipv4';

describe('a firewall that does what the policy says', () => {
  it('complies, proven, with a row for every question', () => {
    const result = judged({});
    expect(result.checks.map(({ id, expect: wanted, verdict, proof }) => `${id} ${wanted} ${verdict}/${proof}`)).toEqual([
      'config:edge:workstations>provider:25/ipv4 deny compliant/proven',
      'config:edge:workstations>provider:587/ipv4 allow compliant/proven',
      'config:edge:workstations>internet:25/ipv4 deny compliant/proven',
      'config:edge:workstations>internet:587/ipv4 deny compliant/proven',
      'config:edge:workstations>*:25/ipv4 deny compliant/proven',
      'config:edge:workstations>*:587/ipv4 deny compliant/proven',
      'config:edge:*>*:25/ipv6 deny compliant/proven',
      'config:edge:*>*:587/ipv6 deny compliant/proven',
    ]);
    expect([result.summary.verdict, exitOf(result), codesIn(result)]).toEqual(['compliant', 0, []]);
    expect(reasonOf(result, DENIED)).toBe('No packet of workstations to internet on port 25 over IPv4 passes edge.');
    expect(reasonOf(result, ALLOWED)).toBe('Every packet of workstations to provider on port 587 over IPv4 passes edge.');
  });

  it('is told with its files, its hook and what was taken for granted; segments that it speaks for are seen', () => {
    const result = judgedConfiguration(POLICY, [
      { firewall: { assumptions: ['No set is filled at run time.'], warnings: ['edge.nft:3:1: an empty chain.'] } },
    ]);
    expect(result.scope.unseen).toEqual([]);
    expect(result.scope.notes).toEqual([
      'Firewall edge was read on gate from edge.nft (nftables, 12 lines), for packets at hook forward; it speaks of IPv4 and IPv6.',
      'Of edge was taken for granted: No set is filled at run time.',
      'Of edge: edge.nft:3:1: an empty chain.',
    ]);
  });
});

describe('a flow that the policy denies', () => {
  it.each([
    [DENIED, 'critical', 25],
    ['workstations>internet:587/ipv4', 'high', 587],
  ])('and that passes is a violation: %s is %s', (key, severity) => {
    const result = judged({ [key]: 'permitted' });
    expect(rowsIn(result)).toEqual([`config:edge:${key} deny permitted violation`]);
    expect(codesIn(result)).toEqual([`${severity} config-permits-denied edge ${key} edge.nft:7:1`]);
    expect(exitOf(result)).toBe(1);
  });

  it('says what passes, by which line, and carries rows, witness and lines', () => {
    const result = judged({
      [DENIED]: {
        outcome: 'permitted',
        rows: [
          {
            sources: ['10.20.9.0/24'],
            destinations: ['198.51.100.0/24', '203.0.113.9'],
            rules: ['edge.nft:4 a', 'edge.nft:2 b'],
          },
          { sources: ['10.20.8.0/24'] },
        ],
      },
    });
    expect(reasonOf(result, DENIED)).toBe(
      'edge lets workstations (10.20.9.0/24) reach internet (198.51.100.0/24 and 203.0.113.9) on port 25 over IPv4, by edge.nft:4 (a) and 1 more line; no rule of the policy permits it. There is 1 more row of it.',
    );
    expect(result.findings[0]?.location).toEqual({ file: 'edge.nft', line: 4, column: 1 });
    expect(result.findings[0]?.evidence).toMatchObject({
      outcome: 'permitted',
      lines: [lineOf('edge.nft:4 a'), lineOf('edge.nft:2 b')],
      witness: { source: '10.20.9.0', destination: '198.51.100.0', port: 25 },
      rows: [{ sources: ['10.20.9.0/24'] }, { sources: ['10.20.8.0/24'] }],
    });
  });

  it('says what is missing where that is shorter than what passes', () => {
    const row = { sources: ['10.20.0.0/17', '10.20.128.0/18', '10.20.192.0/19'] };
    const result = judged({ [DENIED]: { outcome: 'permitted', rows: [row] } });
    expect(reasonOf(result, DENIED)).toContain('lets workstations except 10.20.224.0/19 reach internet on port 25');
  });

  it('and that passes by the source port is open to whoever chooses it', () => {
    const result = judged({ [DENIED]: { outcome: 'permitted', rows: [{ sourcePorts: ['80'], condition: 'source port 80' }] } });
    expect(reasonOf(result, DENIED)).toBe(
      'edge lets workstations reach internet on port 25 over IPv4 only if the source port is 80, which the sender chooses, by edge.nft:7 (tcp dport 25 accept); no rule of the policy permits it.',
    );
    expect(codesIn(result)).toEqual([`critical config-permits-denied edge ${DENIED} edge.nft:7:1`]);
  });

  it('and that passes on one interface is open, with the condition in words', () => {
    const result = judged({ [DENIED]: { outcome: 'permitted', rows: [{ condition: 'outgoing interface eth2' }] } });
    expect(reasonOf(result, DENIED)).toContain('on port 25 over IPv4 if outgoing interface eth2, by edge.nft:7');
    expect(exitOf(result)).toBe(1);
  });

  it('and that no line decides points at the firewall in the policy', () => {
    const result = judged({ [DENIED]: { outcome: 'permitted', rows: [{ rules: [] }] } });
    expect(reasonOf(result, DENIED)).toContain('by default: no line decides it');
    expect(result.findings[0]?.location?.file).toBe('postern.yaml');
  });

  it('and that is diverted is a violation', () => {
    const result = judged({
      [DENIED]: { outcome: 'redirected', rows: [{ outcome: 'redirected', target: 'this host, port 2525' }] },
    });
    expect(codesIn(result)).toEqual([`high config-redirects edge ${DENIED} edge.nft:7:1`]);
    expect(reasonOf(result, DENIED)).toBe(
      'edge diverts what workstations sends to internet on port 25 over IPv4 to this host, port 2525, by edge.nft:7 (tcp dport 25 accept); no rule of the policy permits it.',
    );
  });

  it('and of which one part passes and another is diverted has a finding for each', () => {
    const rows = [
      { sources: ['10.20.1.0/24'] },
      { outcome: 'redirected' as const, sources: ['10.20.2.0/24'], target: '10.0.0.9:25' },
    ];
    expect(codesIn(judged({ [DENIED]: { outcome: 'permitted', rows } }))).toEqual([
      `critical config-permits-denied edge ${DENIED} edge.nft:7:1`,
      `high config-redirects edge ${DENIED} edge.nft:7:1`,
    ]);
  });

  it.each([
    ['user 105', 'That is nothing that a configuration tells: a probe does (postern audit).'],
    ['tcp dprot 443-993', '"dprot" is not known here: did you mean dport? nft -c -f FILE tells whether the file can be loaded.'],
    [
      '-m set --match-set mail src',
      'What the set holds is not known: give its members (its ipset-save, or the ruleset with its elements).',
    ],
    ['ip saddr @mail', 'What the set holds is not known: give its members (its ipset-save, or the ruleset with its elements).'],
  ])('and that hangs on what a packet does not show is not judged, with what would settle it: %s', (condition, settles) => {
    const result = judged({ [DENIED]: { outcome: 'conditional', rows: [{ outcome: 'conditional', condition }] } });
    expect(codesIn(result)).toEqual([`info not-judged edge ${DENIED} edge.nft:7:1`]);
    expect(reasonOf(result, DENIED)).toBe(
      `edge lets workstations reach internet on port 25 over IPv4 if ${condition}, by edge.nft:7 (tcp dport 25 accept). ${settles}`,
    );
    expect(exitOf(result)).toBe(3);
  });
});

describe('a flow that the policy permits', () => {
  it('and that is stopped, in whole or in part, is a violation', () => {
    const result = judged({
      [ALLOWED]: { outcome: 'denied', rows: [{ outcome: 'denied', sources: ['10.20.9.0/24'], rules: ['edge.nft:9 drop'] }] },
    });
    expect(codesIn(result)).toEqual([`high config-blocks-allowed edge ${ALLOWED} edge.nft:9:1`]);
    expect(reasonOf(result, ALLOWED)).toBe(
      'edge keeps workstations (10.20.9.0/24) from provider on port 587 over IPv4, by edge.nft:9 (drop); rule submit of the policy permits it.',
    );
  });

  it.each([
    ['redirected' as const, 'high config-redirects', 1],
    ['conditional' as const, 'info not-judged', 3],
  ])('and that is %s is %s', (outcome, code, exit) => {
    const result = judged({ [ALLOWED]: { outcome, rows: [{ outcome, condition: 'it comes in by eth1' }] } });
    expect(codesIn(result)).toEqual([`${code} edge ${ALLOWED} edge.nft:7:1`]);
    expect(exitOf(result)).toBe(exit);
  });
});

describe('a permitted flow that is stopped on some interfaces', () => {
  const told: Told = {
    outcome: 'conditional',
    rows: [{ outcome: 'denied', condition: 'incoming interface other than eth1', rules: ['edge.nft:9 drop'] }],
  };

  it('is not judged where nobody knows by which it comes', () => {
    const result = judged({ [ALLOWED]: told });
    expect(codesIn(result)).toEqual([`info not-judged edge ${ALLOWED} edge.nft:9:1`]);
    expect(reasonOf(result, ALLOWED)).toBe(
      'edge keeps workstations from provider on port 587 over IPv4 if incoming interface other than eth1, by edge.nft:9 (drop). Which interface it takes is not known: map workstations in firewalls.edge.interfaces.',
    );
  });

  it('has no name to be mapped where it goes to no destination of the policy', () => {
    const rows = [{ outcome: 'conditional' as const, condition: 'outgoing interface eth7', rules: ['edge.nft:9 accept'] }];
    const result = judged({ 'workstations>*:25/ipv4': { outcome: 'conditional', rows } });
    expect(reasonOf(result, 'workstations>*:25/ipv4')).toContain(
      'Which interface it takes is not known: give the networks behind it as a destination of the policy, and map that in firewalls.edge.interfaces.',
    );
  });

  it('is a violation where it is diverted on the others, for the diversion alone', () => {
    const rows = [
      ...(typeof told === 'string' ? [] : (told.rows ?? [])),
      { outcome: 'redirected' as const, target: '10.0.0.9:25' },
    ];
    expect(codesIn(judged({ [ALLOWED]: { outcome: 'redirected', rows } }))).toEqual([
      `high config-redirects edge ${ALLOWED} edge.nft:7:1`,
    ]);
  });
});

describe('what nobody worked out', () => {
  it('is a row for each question without an answer', () => {
    const result = judged({ [DENIED]: null });
    expect(rowsIn(result)).toEqual([`config:edge:${DENIED} deny inconclusive`]);
    expect(reasonOf(result, DENIED)).toBe(
      'Not worked out: the evidence has no answer to this question, although its trailer says that the run is complete.',
    );
    expect(exitOf(result)).toBe(3);
  });

  it('says why, as the inspector did', () => {
    const result = judged({ [DENIED]: { outcome: null, problem: 'The budget of 1000 nodes was used up', rows: [] } });
    expect(reasonOf(result, DENIED)).toBe('The budget of 1000 nodes was used up.');
    expect(codesIn(result).map((code) => code.split(' ').slice(0, 2))).toEqual([['info', 'not-judged']]);
  });

  it.each([
    ['answers twice', [{}, {}], 'The evidence answers this question twice: run postern check again.'],
    [
      'answers something else',
      [{ port: 465 }],
      'The evidence has an answer with this id that is about something else: run postern check again.',
    ],
    [
      'contradicts itself',
      [{ rows: [{}] }],
      'The answer contradicts itself: denied, but with rows that say otherwise. Run postern check again.',
    ],
    [
      'counts rows that it should not have',
      [{ furtherRows: 1 }],
      'The answer contradicts itself: denied, but with rows that say otherwise. Run postern check again.',
    ],
  ])('holds where the evidence %s', (_name, changes, reason) => {
    const asked = changes.map((change) => configurationRunOf(POLICY, { told: { [DENIED]: change } }));
    const answers = asked.flatMap(({ records }) =>
      records.filter((one) => one.type === 'configuration' && one.id.endsWith(DENIED)),
    );
    const result = judgedConfiguration(POLICY, [{ told: { [DENIED]: null }, extra: answers }]);
    expect(result.checks.filter(({ verdict }) => verdict !== 'compliant').map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      `config:edge:${DENIED} inconclusive`,
    ]);
    expect(reasonOf(result, DENIED)).toBe(reason);
  });

  it.each([
    ['missing' as const, 'the run ended before it came to this, without a trailer', 3],
    ['interrupted' as const, 'the run was interrupted before it came to this', 3],
  ])('is what a run whose trailer is %s did not come to', (trailer, why, exit) => {
    const result = judgedConfiguration(POLICY, [{ told: { [DENIED]: null }, run: { trailer } }]);
    expect(reasonOf(result, DENIED)).toContain(why);
    expect([result.summary.verdict, exitOf(result)]).toEqual(['inconclusive', exit]);
  });

  it.each(['missing' as const, 'interrupted' as const])(
    'keeps a run whose trailer is %s from being green, whatever it answered',
    (trailer) => {
      const result = judgedConfiguration(POLICY, [{ run: { trailer } }]);
      expect([result.summary.verdict, exitOf(result)]).toEqual(['inconclusive', 3]);
    },
  );

  it('is everything that was asked under another policy, which compare refuses unless it is told to', () => {
    const digest = `sha256:${'1'.repeat(64)}`;
    expect(() => judgedConfiguration(POLICY, [{ run: { digest } }])).toThrow('evidence-policy-mismatch');
    const result = judgedConfiguration(POLICY, [{ told: { [DENIED]: 'permitted' }, run: { digest } }], {
      allowOtherPolicy: true,
    });
    expect(new Set(result.checks.map(({ verdict }) => verdict))).toEqual(new Set(['inconclusive']));
    expect(exitOf(result)).toBe(3);
  });

  it.each([
    ['another hook', { hook: 'output' as const }],
    ['other interfaces', { interfaces: { workstations: ['eth1'] } }],
  ])('is everything that was asked at %s than the policy gives', (_name, firewall) => {
    const result = judgedConfiguration(POLICY, [{ firewall }]);
    expect(new Set(result.checks.map(({ verdict }) => verdict))).toEqual(new Set(['inconclusive']));
    expect(reasonOf(result, DENIED)).toBe(
      'edge was asked at another hook, or with other interfaces, than the policy gives it now: run postern check again.',
    );
  });

  it('is what answers of no question are about', () => {
    const extra = configurationRunOf(POLICY, { told: { [DENIED]: 'permitted' } }).records.flatMap((record): EvidenceRecord[] =>
      record.type === 'configuration' && record.id.endsWith(DENIED) ? [{ ...record, id: `${record.id}x` }] : [],
    );
    const result = judgedConfiguration(POLICY, [{ extra }]);
    expect(result.checks.filter(({ verdict }) => verdict !== 'compliant').map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      'coverage:run/run-edge/misfit inconclusive',
    ]);
    expect(exitOf(result)).toBe(3);
  });

  it('is a segment without networks', () => {
    const policy = officePolicy({ segments: '{ workstations: { networks: [10.20.0.0/16] }, guests: {} }' });
    const result = judgedConfiguration(policy, [{}]);
    expect(rowsIn(result)).toEqual(['config:edge:guests>* inconclusive']);
    expect(exitOf(result)).toBe(3);
  });
});

describe('names whose addresses nobody looked up', () => {
  const NAMED = officePolicy({
    destinations: '{ provider: { hosts: [smtp.example.net] }, internet: { networks: [public] } }',
  });
  const OUTSIDE = 'workstations>internet:587/ipv4';

  it('leave what is permitted to them without a verdict', () => {
    const result = judged({}, NAMED);
    expect(rowsIn(result)).toEqual([`config:edge:${ALLOWED} allow permitted inconclusive`]);
    expect(reasonOf(result, ALLOWED)).toBe(
      'What smtp.example.net resolves to was not looked up: give provider its networks beside its names.',
    );
  });

  it('leave the addresses beside them judged as far as they go', () => {
    const both = officePolicy({
      destinations: '{ provider: { hosts: [smtp.example.net, 192.0.2.9] }, internet: { networks: [public] } }',
    });
    expect(rowsIn(judged({}, both))).toEqual([`config:edge:${ALLOWED} allow permitted inconclusive`]);
    expect(codesIn(judged({ [ALLOWED]: 'denied' }, both))).toEqual([`high config-blocks-allowed edge ${ALLOWED} edge.nft:7:1`]);
  });

  it.each([
    ['one address', ['192.0.2.7'], 'info not-judged'],
    ['65,536 addresses', ['192.0.0.0/16'], 'info not-judged'],
    ['65,537 addresses', ['192.0.0.0/16', '198.51.100.7'], 'high config-permits-denied'],
  ])('may be what passes beside the policy: %s', (_name, destinations, code) => {
    const result = judged({ [OUTSIDE]: { outcome: 'permitted', rows: [{ destinations }] } }, NAMED);
    expect(codesIn(result)).toContain(`${code} edge ${OUTSIDE} edge.nft:7:1`);
  });

  it.each([
    ['2001:db8::/64', 'info not-judged'],
    ['2001:db8::/63', 'high config-permits-denied'],
  ])('may be what passes over IPv6: %s', (network, code) => {
    const policy = officePolicy({
      segments: '{ workstations: { networks: [2001:db8:20::/48] } }',
      destinations: '{ provider: { hosts: [smtp.example.net] }, internet: { networks: [public] } }',
    });
    const outside = 'workstations>internet:587/ipv6';
    const result = judged({ [outside]: { outcome: 'permitted', rows: [{ destinations: [network] }] } }, policy);
    expect(codesIn(result)).toContain(`${code} edge ${outside} edge.nft:7:1`);
  });

  it('excuse no other port, and no diversion', () => {
    const rows = [{ outcome: 'redirected' as const, destinations: ['192.0.2.7'], target: '10.0.0.9:25' }];
    expect(codesIn(judged({ [OUTSIDE]: { outcome: 'redirected', rows } }, NAMED))).toContain(
      `high config-redirects edge ${OUTSIDE} edge.nft:7:1`,
    );
    expect(codesIn(judged({ [DENIED]: { outcome: 'permitted', rows: [{ destinations: ['192.0.2.7'] }] } }, NAMED))).toContain(
      `critical config-permits-denied edge ${DENIED} edge.nft:7:1`,
    );
  });

  it('are said', () => {
    const result = judged({ [OUTSIDE]: { outcome: 'permitted', rows: [{ destinations: ['192.0.2.7'] }] } }, NAMED);
    expect(reasonOf(result, OUTSIDE)).toBe(
      'edge lets workstations reach internet (192.0.2.7) on port 587 over IPv4, by edge.nft:7 (tcp dport 25 accept): that may be smtp.example.net, which the policy permits. Give the networks of smtp.example.net beside the names.',
    );
  });
});

describe('two families', () => {
  const BOTH = officePolicy({ segments: '{ workstations: { networks: [10.20.0.0/16, "2001:db8:20::/48"] } }' });

  it('that are treated differently are a gap', () => {
    const result = judged({ 'workstations>internet:25/ipv6': 'permitted' }, BOTH);
    expect(codesIn(result)).toEqual([
      'critical config-permits-denied edge workstations>internet:25/ipv6 edge.nft:7:1',
      'high family-gap edge workstations>internet:25/ edge.nft:7:1',
    ]);
    expect(result.findings[1]?.detail).toBe(
      'workstations to internet:25 is blocked over IPv4 and gets through over IPv6: the rules of one family lack what those of the other say.',
    );
  });

  it('that are both open are none', () => {
    const result = judged({ [DENIED]: 'permitted', 'workstations>internet:25/ipv6': 'permitted' }, BOTH);
    expect(codesIn(result).map((code) => code.split(' ')[1])).toEqual(['config-permits-denied', 'config-permits-denied']);
  });

  it.each(['redirected' as const, 'conditional' as const])('of which one is %s are none', (outcome) => {
    const result = judged({ 'workstations>internet:25/ipv6': { outcome, rows: [{ outcome }] } }, BOTH);
    expect(result.findings.map(({ code }) => code)).not.toContain('family-gap');
  });

  it('of two firewalls are not held against each other', () => {
    const policy = officePolicy({
      segments: '{ workstations: { networks: [10.20.0.0/16, "2001:db8:20::/48"] } }',
      firewalls: '{ edge: { files: [edge.nft], hook: forward }, core: { files: [core.nft], hook: forward } }',
    });
    const six = 'workstations>internet:25/ipv6';
    const result = judgedConfiguration(policy, [
      { told: { [six]: 'permitted', [DENIED]: 'permitted' } },
      { firewall: { firewall: 'core' } },
    ]);
    expect(result.findings.map(({ code }) => code)).not.toContain('family-gap');
  });

  it('of which files and policy know one: the other is not judged', () => {
    const result = judgedConfiguration(POLICY, [{ firewall: { families: ['ipv4'] } }]);
    expect(rowsIn(result)).toEqual(['config:edge:*>*/ipv6 inconclusive']);
    expect(codesIn(result).map((code) => code.split(' ').slice(0, 3).join(' '))).toEqual(['info not-judged edge']);
    expect(reasonOf(result, '*>*/ipv6')).toBe(
      'No file of edge describes IPv6, and the policy gives workstations no IPv6 networks: whether mail leaves that way was asked of nothing. Give what describes it (an ip6tables-save; of nftables the tables of ip6 and inet), or give workstations IPv6 networks.',
    );
    expect(exitOf(result)).toBe(3);
  });

  it('of which the policy knows one, and the firewall lets the other pass: nobody knows whose that is', () => {
    const result = judged({ '*>*:25/ipv6': 'permitted' });
    expect(rowsIn(result)).toEqual(['config:edge:*>*:25/ipv6 deny permitted inconclusive']);
    expect(reasonOf(result, '*>*:25/ipv6')).toBe(
      'edge lets IPv6 addresses that are in no segment send on port 25 over IPv6, by edge.nft:7 (tcp dport 25 accept), and the policy has segments without IPv6 networks: their hosts may have such addresses. Give them their IPv6 networks, or deny the port over IPv6.',
    );
    expect(exitOf(result)).toBe(3);
  });

  it('of which the policy knows both are asked of files that know one', () => {
    const result = judgedConfiguration(BOTH, [{ firewall: { families: ['ipv4'] } }]);
    expect(rowsIn(result)).toEqual([]);
  });
});

describe('lines that can never match', () => {
  const DEAD = deadLineOf('edge.nft:9 tcp dport 25 drop', { column: 5, by: [lineOf('edge.nft:7 accept')], conflict: true });

  it('are findings at the line, low, about no check', () => {
    const result = judgedConfiguration(POLICY, [{ firewall: { dead: [DEAD] } }]);
    expect(codesIn(result)).toEqual(['low rule-shadowed edge >:/ edge.nft:9:5']);
    expect(result.findings[0]?.detail).toBe(
      'edge.nft:9 (tcp dport 25 drop) in inet edge/forward never meets a packet of mail: edge.nft:7 (accept) takes all that it could match, and does the opposite.',
    );
    expect(exitOf(result)).toBe(1);
  });

  it('keep their fingerprint where they move, and are told once where they stand twice', () => {
    const moved = { ...DEAD, line: { ...DEAD.line, line: 12 } };
    const one = judgedConfiguration(POLICY, [{ firewall: { dead: [DEAD] } }]);
    const two = judgedConfiguration(POLICY, [{ firewall: { dead: [moved, { ...moved, line: { ...moved.line, line: 14 } }] } }]);
    expect(two.findings.map(({ fingerprint }) => fingerprint)).toEqual(one.findings.map(({ fingerprint }) => fingerprint));
    expect(two.findings[0]?.detail).toContain('The same stands at edge.nft:14.');
  });

  it.each([
    ['nothing leads to their chain', { why: 'unreached' as const }, 'no packet that it could match is led to it.'],
    ['which lines was not looked for', {}, 'the lines before it leave nothing that it could match.'],
    [
      'several lines take their packets',
      { by: [1, 2, 3, 4, 5].map((line) => lineOf(`edge.nft:${line} x`)), conflict: true },
      'edge.nft:1 (x), edge.nft:2 (x), edge.nft:3 (x) and 2 more lines take all that it could match, and not all of them do the same.',
    ],
  ])('say why: %s', (_name, changes, end) => {
    const dead = deadLineOf('edge.nft:9 tcp dport 25 drop', changes);
    const [finding] = judgedConfiguration(POLICY, [{ firewall: { dead: [dead] } }]).findings;
    expect(finding?.detail).toBe(`edge.nft:9 (tcp dport 25 drop) in inet edge/forward never meets a packet of mail: ${end}`);
  });
});

describe('what to do with a line that can never match', () => {
  const [take, also] = [lineOf('edge.nft:7 accept'), lineOf('edge.nft:8 drop')];
  it.each([
    [
      'never cuts what else it matches',
      { by: [take, also], ports: [587], beyond: true },
      'Take 587 out of the line (what else it matches is not judged here), or move it before edge.nft:7 and edge.nft:8.',
    ],
    [
      'is to remove it where it names mail ports alone',
      { by: [take], ports: [25, 465], beyond: false },
      'Remove the line, unless later packets of a connection or other protocols need it (these are not judged here), or move it before edge.nft:7.',
    ],
    [
      'names no lines where there are many',
      { by: [take, also, take], furtherBy: 4, ports: [25], beyond: true },
      'Take 25 out of the line (what else it matches is not judged here), or move it before the lines that take its packets.',
    ],
    [
      'is not to move it where nothing takes its packets',
      { why: 'unreached' as const, ports: [25], beyond: true },
      'Take 25 out of the line (what else it matches is not judged here), or lead its packets to it.',
    ],
    [
      'is what the catalogue says where its ports are not known',
      { by: [take] },
      'Take the mail ports out of the line, or move it before the lines that take its packets; remove it only if nothing else needs it.',
    ],
  ])('%s', (_name, changes, remediation) => {
    const dead = deadLineOf('edge.nft:9 tcp dport 25 drop', { furtherBy: 0, ...changes });
    const [finding] = judgedConfiguration(POLICY, [{ firewall: { dead: [dead] } }]).findings;
    expect(finding?.remediation).toBe(remediation);
  });
});

describe('any answers', () => {
  const OUTCOMES = ['permitted', 'denied', 'conditional', 'redirected'] as const;
  const keys = ['workstations>provider:25/ipv4', ALLOWED, DENIED, 'workstations>*:587/ipv4'];
  const row = fc.record({
    outcome: fc.constantFrom(...OUTCOMES),
    sources: fc.constantFrom(['10.20.0.0/16'], ['10.20.9.0/24', '10.20.1.1']),
    condition: fc.option(fc.constantFrom('user 105', 'incoming interface eth1', 'source port 80')),
    sourcePorts: fc.option(fc.constant(['80'])),
  });
  const answer = fc.record({
    outcome: fc.option(fc.constantFrom(...OUTCOMES)),
    rows: fc.array(row, { maxLength: 3 }),
    furtherRows: fc.nat(1),
  });
  const told = fc.dictionary(fc.constantFrom(...keys), fc.option(answer), { maxKeys: 4 });

  it('are green only where every question was answered as the policy expects, without a row', () => {
    fc.assert(
      fc.property(told, (answers) => {
        const given = Object.entries(answers).map(([key, one]): [string, Told | null] => {
          const problem = one?.outcome === null ? 'Too many nodes.' : null;
          return [key, one === null ? null : { ...one, problem }];
        });
        const result = judged(Object.fromEntries(given));
        const bad = Object.entries(answers).filter(([key, one]) => {
          const wanted = key === ALLOWED ? 'permitted' : 'denied';
          return one === null || one.outcome !== wanted || one.rows.length + one.furtherRows > 0;
        });
        expect(
          result.checks
            .filter(({ verdict }) => verdict !== 'compliant')
            .map(({ id }) => id.slice('config:edge:'.length))
            .sort(),
        ).toEqual(bad.map(([key]) => key).sort());
        for (const { verdict, findings } of result.checks) expect(findings.length > 0).toBe(verdict !== 'compliant');
        expect(exitOf(result) === 0).toBe(bad.length === 0);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the schema of results', () => {
  const [network, configuration] = ['reachability', 'configuration'].map((kind) => {
    const [check] = judgedConfiguration(POLICY, [{}]).checks;
    const { firewall, change, rows, furtherRows, ...bare } = { firewall: '', change: null, rows: [], furtherRows: 0, ...check };
    return kind === 'reachability'
      ? { ...bare, kind, outcome: 'dropped' }
      : { ...bare, kind, firewall, change, rows, furtherRows };
  });
  const result = judgedConfiguration(POLICY, [{}]);

  it.each([
    ['a configuration without rows', { ...configuration, rows: undefined }, false],
    ['a configuration without its firewall', { ...configuration, firewall: undefined }, false],
    ['a configuration that was dropped', { ...configuration, outcome: 'dropped' }, false],
    ['a configuration with attempts', { ...configuration, attempts: [] }, false],
    ['a probe with rows', { ...network, rows: [] }, false],
    ['a probe that was permitted', { ...network, outcome: 'permitted' }, false],
    ['a configuration', configuration, true],
    ['a probe', network, true],
  ])('knows %s', (_name, check, valid) => {
    expect(isValid({ ...result, checks: [check] })).toBe(valid);
  });
});

describe('several readings', () => {
  it('of one firewall: the latest counts, whatever the order of the files', () => {
    const early = configurationRunOf(POLICY, { told: { [DENIED]: 'permitted' }, run: { id: 'a', startedAt: 0 } });
    const late = configurationRunOf(POLICY, { run: { id: 'b' } });
    for (const runs of [
      [early, late],
      [late, early],
    ]) {
      const result = judgedConfiguration(POLICY, runs);
      expect(codesIn(result)).toEqual([]);
      expect(result.scope.notes[0]).toBe(
        'Firewall edge was read again after the run started 1970-01-01T00:00:00.000Z on gate: only the latest was judged.',
      );
    }
  });

  it('of files named on the command line are two firewalls where the files differ', () => {
    const policy = officePolicy({ firewalls: '{}' });
    const files = (
      file: string,
    ): { firewall: string; files: [{ file: string; format: 'nftables'; lines: number; sha256: string }] } => ({
      firewall: 'given',
      files: [{ file, format: 'nftables', lines: 3, sha256: '0'.repeat(64) }],
    });
    const result = judgedConfiguration(policy, [
      { firewall: files('a.nft'), told: { [DENIED]: 'permitted' }, run: { id: 'a', startedAt: 0 } },
      { firewall: files('b.nft'), run: { id: 'b' } },
    ]);
    expect(rowsIn(result)).toEqual([`config:given:${DENIED}@a.nft deny permitted violation`]);
    expect(new Set(result.checks.map(({ id }) => id)).size).toBe(result.checks.length);
    const words = [...result.checks.map(({ reason }) => reason), ...result.scope.notes].join('\n');
    expect(words).not.toMatch(/\bgiven\b/);
    expect(words).toContain('The configuration lets workstations reach internet on port 25 over IPv4');
    expect(words).toContain('The configuration (a.nft) was read on ');
  });

  it('tell of firewalls of the policy that nobody read', () => {
    const firewalls = '{ edge: { files: [edge.nft], hook: forward }, core: { files: [core.nft], hook: forward } }';
    const result = judgedConfiguration(officePolicy({ firewalls }), [{}]);
    expect(result.scope.notes).toContain('No evidence tells what core lets through.');
  });
});

describe('a waiver', () => {
  const waiver = (fields: string): string =>
    `waivers: [{ code: config-permits-denied, ${fields}, until: 2027-01-31, reason: "CHG-1" }]`;

  it.each([
    ['firewall: edge, port: 25, family: ipv4', true],
    ['segment: workstations, destination: internet', true],
    ['firewall: core', false],
    ['port: 587', false],
  ])('of %s covers the finding: %s', (fields, covers) => {
    const firewalls = '{ edge: { files: [edge.nft], hook: forward }, core: { files: [core.nft], hook: forward } }';
    const policy = officePolicy({ firewalls, rest: waiver(fields) });
    const result = judgedConfiguration(policy, [{ told: { [DENIED]: 'permitted' } }]);
    expect(rowsIn(result)).toEqual([`config:edge:${DENIED} deny permitted violation${covers ? ' waived' : ''}`]);
    expect(exitOf(result)).toBe(covers ? 0 : 1);
  });

  it('covers what passes, not what is diverted', () => {
    const policy = officePolicy({ rest: waiver('firewall: edge') });
    const rows = [
      { sources: ['10.20.1.0/24'] },
      { outcome: 'redirected' as const, sources: ['10.20.2.0/24'], target: '10.0.0.9:25' },
    ];
    expect(exitOf(judgedConfiguration(policy, [{ told: { [DENIED]: { outcome: 'permitted', rows } } }]))).toBe(1);
  });
});
