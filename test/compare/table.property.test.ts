/**
 * The verdict table, worked out a second time: as the table of the design reads, row by row, without looking at how the comparison
 * does it. One segment, a denied flow on 25 and an allowed one on 587, two controls, and another vantage.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.ts';
import { BLOCKED_OUTCOMES, MUTE_OUTCOMES, OPEN_OUTCOMES, type Outcome } from '../../src/model/outcome.ts';
import type { Check, Judgement } from '../../src/model/result.ts';
import { dialogueOf, evidenceOf, type RunSpec, type Seen } from '../support/evidence.ts';
import { policyOf } from '../support/policy.ts';
import { submission } from './verdict-case.ts';

const POLICY = policyOf(`
version: 1
name: office
segments:
  desks: { networks: [10.20.0.0/16] }
  relays: { networks: [10.1.0.25] }
destinations:
  provider: { hosts: [192.0.2.10], listening: [587] }
  internet: { networks: [public], probes: [{ host: 198.51.100.7, listening: [25] }] }
rules:
  - { name: submit, from: desks, to: provider, ports: [587] }
  - { name: deliver, from: relays, to: internet, ports: [25] }
audit: { ports: [25], controls: [{ host: 203.0.113.80, port: 443 }, { host: 203.0.113.81, port: 443 }] }
`);
const DENIED = 'desks/10.20.0.5>internet/198.51.100.7:25';
const ALLOWED = 'desks/10.20.0.5>provider/192.0.2.10:587';
const OPTIONS = { now: Date.parse('2026-11-21T21:00:00Z'), requireProof: 'supported', allowOtherPolicy: false } as const;

interface World {
  readonly denied: readonly Seen[];
  readonly allowed: readonly Seen[];
  /** By control: seconds, and whether it answered. */
  readonly controls: readonly (readonly (readonly [number, boolean])[])[];
  /** What the relay saw of the denied target, and when. */
  readonly relay: Outcome;
  readonly relayAt: number;
}

const outcome = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Outcome>(...BLOCKED_OUTCOMES, 'open-smtp') },
  { weight: 1, arbitrary: fc.constantFrom<Outcome>(...OPEN_OUTCOMES, ...BLOCKED_OUTCOMES, ...MUTE_OUTCOMES) },
);
const seconds = fc.integer({ min: 0, max: 2_000 });
const seen = fc
  .array(fc.record({ outcome, at: seconds }), { maxLength: 3 })
  .map((list): Seen[] =>
    list.sort((a, b) => a.at - b.at).map((one, index) => ({ ...one, pass: index === 0 ? 'scan' : 'confirm' })),
  );
const mostlyAlive = fc.tuple(
  seconds,
  fc.integer({ min: 0, max: 9 }).map((die) => die > 0),
);
const track = fc.uniqueArray(mostlyAlive, { maxLength: 6, selector: ([at]) => at });
const worlds: fc.Arbitrary<World> = fc.record({
  denied: seen,
  allowed: seen,
  controls: fc.tuple(track, track),
  relay: outcome,
  relayAt: fc.integer({ min: 0, max: 6_000 }),
});

function runsOf({ denied, allowed, controls, relay, relayAt }: World): RunSpec[] {
  const texts = controls.map((signs, index) => {
    const sorted = [...signs].sort(([a], [b]) => a - b).map(([at, alive]) => `${at}${alive ? '+' : '-'}`);
    return [`203.0.113.8${index}`, `203.0.113.8${index}:443`, ...sorted].join(' ');
  });
  return [
    { legs: ['desks 10.20.0.5'], seen: { [DENIED]: denied, [ALLOWED]: allowed }, controls: texts },
    { legs: ['relays 10.1.0.25'], seen: { ':25': { outcome: relay, at: relayAt } } },
  ];
}

function judge(world: World): Judgement {
  return compare(
    POLICY,
    runsOf(world).map((spec) => evidenceOf(POLICY, spec)),
    OPTIONS,
  );
}

const isOpen = ({ outcome: seenAs }: Seen): boolean => seenAs.startsWith('open-');
const isBlocked = ({ outcome: seenAs }: Seen): boolean => ['dropped', 'rejected', 'refused'].includes(seenAs);
const atOf = ({ at }: Seen): number => at ?? 60;

/** The last word on a flow: not this host's own failures, and no silence after a report of absence. */
function lastWord(list: readonly Seen[]): Seen | undefined {
  const words = list.filter(({ outcome: seenAs }) => !['aborted', 'probe-error', 'unresolved'].includes(seenAs));
  const loud = words.filter(({ outcome: seenAs }) => seenAs !== 'dropped');
  return loud.at(-1)?.outcome === 'host-down' ? loud.at(-1) : words.at(-1);
}

/** Every control answered when it was last asked before and first asked after; something answered within a quarter of an hour on both sides. */
function vouched(world: World, at: number): boolean {
  const flow = world.allowed.filter(isOpen).map((one) => [atOf(one), true] as const);
  const tracks = [...world.controls, flow].map((signs) => [...signs].sort(([a], [b]) => a - b));
  const around = tracks.flatMap((signs) => [signs.filter(([time]) => time <= at).at(-1), signs.find(([time]) => time > at)]);
  if (around.some((sign) => sign?.[1] === false)) return false;
  const alive = tracks.flat().filter(([time, answered]) => answered && Math.abs(time - at) <= 900);
  return alive.some(([time]) => time <= at) && alive.some(([time]) => time > at);
}

function naive(world: World, list: readonly Seen[], denied: boolean): string {
  const word = lastWord(list);
  if (denied && list.some(isOpen)) {
    return list.some(({ outcome: seenAs }) => ['open-smtp', 'open-refusing', 'open-other'].includes(seenAs))
      ? 'violation proven'
      : 'violation supported';
  }
  if (word === undefined) return 'inconclusive none';
  if (!denied && isOpen(word)) {
    return ['open-smtp', 'open-refusing'].includes(word.outcome) ? 'compliant proven' : 'violation supported';
  }
  if (!isBlocked(word) || !vouched(world, atOf(word))) return 'inconclusive none';
  if (!denied) return list.some(isOpen) ? 'inconclusive none' : 'violation supported';
  const reached = ['open-smtp', 'open-refusing'].includes(world.relay) && Math.abs(world.relayAt - atOf(word)) <= 3_600;
  return reached ? 'compliant proven' : 'compliant supported';
}

function rowOf({ checks }: Judgement, id: string): Check {
  const row = checks.find((check) => check.id === id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
}

const told = ({ verdict, proof }: Check): string => `${verdict} ${proof}`;

describe('the verdict table, worked out twice', () => {
  it('gives the same verdict and proof in any world', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const judgement = judge(world);
        expect(told(rowOf(judgement, DENIED))).toBe(naive(world, world.denied, true));
        expect(told(rowOf(judgement, ALLOWED))).toBe(naive(world, world.allowed, false));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is green in all only where every row is', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { summary, checks } = judge(world);
        expect(summary.verdict === 'compliant').toBe(checks.every(({ verdict }) => verdict === 'compliant'));
      }),
      { numRuns: 500 },
    );
  });
});

describe('what evidence can lose', () => {
  it('observations and good controls turn nothing green', () => {
    fc.assert(
      fc.property(worlds, fc.nat(), (world, which) => {
        const [run, relay] = runsOf(world).map((spec) => evidenceOf(POLICY, spec));
        if (run === undefined || relay === undefined) throw new Error('two runs');
        const losable = run.records.filter(
          (record) =>
            (record.type === 'control' && record.outcome === 'open-silent') ||
            (record.type === 'observation' && world.denied.length < 2 && world.allowed.length < 2),
        );
        const lost = losable[which % Math.max(1, losable.length)];
        const before = compare(POLICY, [run, relay], OPTIONS);
        const after = compare(POLICY, [{ ...run, records: run.records.filter((record) => record !== lost) }, relay], OPTIONS);
        for (const check of after.checks) {
          if (check.verdict !== 'compliant') continue;
          expect(before.checks.find(({ id }) => id === check.id)?.verdict, check.id).toBe('compliant');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('evidence that was changed by hand', () => {
  const spec: RunSpec = {
    legs: ['desks 10.20.0.5'],
    controls: ['203.0.113.80 203.0.113.80:443 0+ 120+'],
    seen: { [ALLOWED]: 'open-smtp' },
  };
  const run = evidenceOf(POLICY, spec);
  const changed = (change: (record: (typeof run.records)[number]) => (typeof run.records)[number]): Judgement =>
    compare(POLICY, [{ ...run, records: run.records.map(change) }], OPTIONS);

  it.each(['segment', 'source', 'address', 'port'] as const)(
    'answers no question where another %s was connected to or from',
    (field) => {
      const other = { segment: 'relays', source: '10.20.0.6', address: '198.51.100.8', port: 26 }[field];
      const judgement = changed((record) =>
        record.type === 'observation' ? ({ ...record, [field]: other } as typeof record) : record,
      );
      expect([told(rowOf(judgement, DENIED)), told(rowOf(judgement, ALLOWED))]).toEqual([
        'inconclusive none',
        'inconclusive none',
      ]);
    },
  );

  it('is inconclusive where it tells of an open port that nobody asked about', () => {
    const judgement = changed((record) =>
      record.type === 'observation' && record.port === 587 ? { ...record, port: 2525, id: 'x' } : record,
    );
    expect(judgement.checks.find(({ id }) => id.endsWith('/misfit'))?.reason).toContain('no question for, 1 in all: x');
    expect(judgement.summary.verdict).toBe('inconclusive');
  });
});

describe('evidence of another policy', () => {
  it.each([
    ['certificate: valid', 'inconclusive none'],
    ['tls: starttls', 'compliant proven'],
  ])('with %s is %s: whom to trust may have been another question', (require, expected) => {
    const policy = policyOf(submission(require));
    const spec: RunSpec = {
      legs: ['workstations 10.20.0.5'],
      digest: `sha256:${'0'.repeat(64)}`,
      seen: { ':587': { outcome: 'open-smtp', dialogue: dialogueOf() } },
    };
    const judgement = compare(policy, [evidenceOf(policy, spec)], { ...OPTIONS, allowOtherPolicy: true });
    expect(judgement.checks.map(told)).toEqual([expected]);
  });
});

describe('the notes of a result', () => {
  it('name the rules that nobody could try', () => {
    const policy = policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16] } }
destinations:
  provider: { hosts: [192.0.2.10], listening: [587] }
  elsewhere: { networks: [198.18.0.0/15] }
rules:
  - { name: submit, from: desks, to: provider, ports: [465, 587] }
  - { name: anywhere, from: desks, to: elsewhere, ports: [25] }
audit: { ports: [25, 465, 587] }
`);
    const notes = compare(policy, [evidenceOf(policy, { legs: ['desks 10.20.0.5'] })], OPTIONS).scope.notes.join('\n');
    expect(notes).toContain('What rule submit allows was not tried from desks on 465:');
    expect(notes).toContain('What rule anywhere allows was not tried from desks on 25:');
  });
});
