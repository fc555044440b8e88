/**
 * A small world in which it is known what became of each probe: hosts behind paths of every kind, a sentinel that is down at times, clocks that
 * disagree, strangers' connections, a log that loses lines. It writes evidence and log as the real ones would.
 */
import fc from 'fast-check';
import type { Dialogue } from '../../src/model/dialogue.ts';
import type { Evidence, Observation } from '../../src/model/evidence.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { Policy } from '../../src/model/policy.ts';
import type { SentinelEvent } from '../../src/model/sentinel-log.ts';
import {
  alive,
  arrived,
  asking,
  edgePolicy,
  evidenceWith,
  exchange,
  failedAt,
  GREETED,
  inTime,
  listening,
  logText,
  MUTE,
  NAT,
  nonceOf,
  probed,
  stopped,
} from './both-ends.ts';

/** What a path does with a probe. */
export const PATHS = [
  'direct',
  'drops',
  'refuses',
  'completes-handshake',
  'loses-answers',
  'loses-receipt',
  'changes-receipt',
  'loses-words',
  'resets',
  'intercepts',
  'intercepts-and-connects',
  'proxies',
  'proxies-and-fails',
  'relays',
  'masks-request',
  'no-route',
] as const;
export type Path = (typeof PATHS)[number];

export interface Spec {
  readonly hosts: readonly { readonly offset: number; readonly translated: boolean }[];
  readonly probes: readonly { readonly host: number; readonly at: number; readonly port: number; readonly path: Path }[];
  /** Times at which the sentinel is down; `crash`: without a word. */
  readonly down: readonly { readonly from: number; readonly for: number; readonly crash: boolean }[];
  readonly noise: readonly { readonly at: number; readonly port: number; readonly bytes: number }[];
  readonly expected: boolean;
  /** What becomes of the log: lines torn, by place in it; how much of its beginning and end is not there. */
  readonly torn: readonly number[];
  readonly cut: readonly [front: number, back: number];
}

export interface Truth {
  readonly path: Path;
  /** The sentinel was up, and a connection of this probe (or made on its behalf) was completed there. */
  readonly arrived: boolean;
  readonly requested: boolean;
  readonly receiptBack: boolean;
  /** What was heard here was said by somebody else. */
  readonly stranger: boolean;
  readonly sent: boolean;
}

export interface World {
  readonly policy: Policy;
  readonly evidence: readonly Evidence[];
  readonly log: string;
  /** By the id and time of an observation. */
  readonly truths: ReadonlyMap<string, Truth>;
  /** Some receipt of the run came back: by the number of the host. */
  readonly measured: readonly boolean[];
}

export const PORTS = [25, 587] as const;

export const spec: fc.Arbitrary<Spec> = fc.record({
  hosts: fc.array(fc.record({ offset: fc.double({ min: -1200, max: 1200, noNaN: true }), translated: fc.boolean() }), {
    minLength: 1,
    maxLength: 2,
  }),
  probes: fc.array(
    fc.record({
      host: fc.nat(1),
      at: fc.integer({ min: 0, max: 3000 }),
      port: fc.constantFrom(...PORTS),
      path: fc.constantFrom(...PATHS),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  down: fc.array(
    fc.record({ from: fc.integer({ min: -300, max: 3300 }), for: fc.integer({ min: 1, max: 900 }), crash: fc.boolean() }),
    { maxLength: 2 },
  ),
  noise: fc.array(fc.record({ at: fc.integer({ min: -100, max: 3300 }), port: fc.constantFrom(...PORTS), bytes: fc.nat(500) }), {
    maxLength: 3,
  }),
  expected: fc.boolean(),
  torn: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(fc.nat(200), { maxLength: 2 }) }),
  cut: fc.oneof(
    { weight: 3, arbitrary: fc.constant<[number, number]>([0, 0]) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(40), fc.nat(40)) },
  ),
});

const EXPECTING = edgePolicy();
const UNTOLD = edgePolicy([]);
const SOURCES = ['10.20.0.5', '10.20.0.6'];
/** The address that a device on the way connects from. */
const DEVICE = '203.0.113.66';
const BEGIN = -900;
const END = 4200;

/** What one end or the other notes of a probe, in seconds of true time. */
interface Course {
  readonly took: number;
  readonly outcome: Outcome;
  readonly dialogue: Dialogue | null;
  readonly connections: readonly {
    readonly at: number;
    readonly from: 'here' | 'device';
    readonly bytes: readonly [number, number];
    readonly nonce?: string;
  }[];
  readonly requested: boolean;
  readonly receiptBack: boolean;
  readonly stranger: boolean;
}

export function worldOf(given: Spec): World {
  const policy = given.expected ? EXPECTING : UNTOLD;
  const up = upTimes(given.down);
  const truths = new Map<string, Truth>();
  const measured = given.hosts.map(() => false);
  const records: Observation[][] = given.hosts.map(() => []);
  const visits: {
    readonly at: number;
    readonly from: string;
    readonly port: number;
    readonly bytes: readonly [number, number];
    readonly nonces: readonly string[];
  }[] = [];
  for (const [index, probe] of given.probes.entries()) {
    const number = probe.host % given.hosts.length;
    const host = given.hosts[number] ?? { offset: 0, translated: false };
    const source = SOURCES[number] ?? '';
    const reachable = up.some(({ from, to }) => from <= probe.at && probe.at + 70 <= to);
    // What the sentinel was in the middle of when it went down is not worth a model of its own.
    if (!reachable && up.some(({ from, to }) => from - 1 <= probe.at + 70 && probe.at - 1 <= to)) continue;
    const course = courseOf(reachable ? probe.path : pathToNobody(probe.path), probe, nonceOf(index + 1));
    const record = probed({
      at: probe.at + host.offset,
      took: course.took,
      port: probe.port,
      outcome: course.outcome,
      dialogue: course.dialogue,
      source,
    });
    if (record.type !== 'observation' || truths.has(keyOf(record))) continue;
    truths.set(keyOf(record), {
      path: probe.path,
      arrived: course.connections.length > 0,
      requested: course.requested,
      receiptBack: course.receiptBack,
      stranger: course.stranger,
      sent: course.outcome !== 'no-route',
    });
    records[number]?.push(record);
    if (course.receiptBack) measured[number] = true;
    for (const { at, from, bytes, nonce } of course.connections) {
      const client = from === 'device' ? DEVICE : host.translated ? NAT : source;
      visits.push({ at, from: client, port: probe.port, bytes, nonces: nonce === undefined ? [] : [nonce] });
    }
  }
  for (const { at, port, bytes } of given.noise) {
    if (up.some(({ from, to }) => from <= at && at + 1 <= to))
      visits.push({ at, from: '203.0.113.9', port, bytes: [bytes, 44], nonces: [] });
  }
  const evidence = records.flatMap((list, number) => (list.length === 0 ? [] : [evidenceWith(policy, list, `run-${number}`)]));
  return { policy, evidence, log: spoilt(logLines(up, visits), given), truths, measured };
}

export function keyOf({ id, at }: { readonly id: string; readonly at: string }): string {
  return `${id} ${at}`;
}

/** Nobody listens there: what a path makes of that. */
function pathToNobody(path: Path): Path {
  if (path === 'direct' || path === 'loses-receipt' || path === 'changes-receipt' || path === 'loses-words' || path === 'resets')
    return 'refuses';
  if (path === 'loses-answers' || path === 'relays' || path === 'masks-request') return 'drops';
  return path === 'intercepts-and-connects' || path === 'proxies' || path === 'proxies-and-fails' ? 'intercepts' : path;
}

function courseOf(path: Path, { at, port }: Spec['probes'][number], nonce: string): Course {
  const nothing = { connections: [], requested: false, receiptBack: false, stranger: false };
  const full = asking([exchange({ nonce, signed: at + 0.3, port })]);
  const bare = asking([exchange({ nonce, signed: null, port })]);
  const said = sentIn(bare);
  const one = (from: 'here' | 'device', bytes: readonly [number, number], request?: string): Course['connections'] => [
    { at: at + 0.05, from, bytes, ...(request === undefined ? {} : { nonce: request }) },
  ];
  switch (path) {
    case 'direct':
      return {
        ...nothing,
        took: 0.5,
        outcome: 'open-smtp',
        dialogue: full,
        connections: one('here', [said, 900], nonce),
        requested: true,
        receiptBack: true,
      };
    case 'relays':
      return {
        ...nothing,
        took: 0.5,
        outcome: 'open-smtp',
        dialogue: full,
        connections: one('device', [said, 900], nonce),
        requested: true,
        receiptBack: true,
      };
    case 'drops':
      return { ...nothing, took: 8, outcome: 'dropped', dialogue: null };
    case 'refuses':
      return { ...nothing, took: 0.01, outcome: 'refused', dialogue: null };
    case 'no-route':
      return { ...nothing, took: 0, outcome: 'no-route', dialogue: null };
    case 'completes-handshake':
      return { ...nothing, took: 60, outcome: 'open-silent', dialogue: MUTE };
    case 'loses-answers':
      return {
        ...nothing,
        took: 40,
        outcome: 'open-silent',
        dialogue: MUTE,
        connections: [...one('here', [0, 44]), { at: at + 30.1, from: 'here', bytes: [517, 90] }],
      };
    case 'loses-receipt':
      return {
        ...nothing,
        took: 11,
        outcome: 'open-smtp',
        dialogue: { ...bare, failure: failedAt('receipt') },
        connections: one('here', [said, 900], nonce),
        requested: true,
      };
    case 'changes-receipt': {
      const changed = exchange({ nonce, signed: at, port, raw: 'postern-receipt/1.AAAA.AAAA' });
      return {
        ...nothing,
        took: 0.5,
        outcome: 'open-smtp',
        dialogue: asking([changed]),
        connections: one('here', [said, 900], nonce),
        requested: true,
      };
    }
    case 'loses-words':
      return { ...nothing, took: 11, outcome: 'open-silent', dialogue: GREETED, connections: one('here', [0, 44]) };
    case 'resets':
      return {
        ...nothing,
        took: 0.2,
        outcome: 'open-reset',
        dialogue: { ...MUTE, failure: failedAt('greeting', 'reset') },
        connections: one('here', [0, 44]),
      };
    case 'intercepts':
      return { ...nothing, took: 0.5, outcome: 'open-smtp', dialogue: bare, stranger: true };
    case 'intercepts-and-connects':
      return { ...nothing, took: 0.5, outcome: 'open-smtp', dialogue: bare, connections: one('here', [0, 44]), stranger: true };
    case 'proxies':
      return { ...nothing, took: 0.5, outcome: 'open-smtp', dialogue: bare, connections: one('here', [77, 500]), stranger: true };
    case 'proxies-and-fails':
      return { ...nothing, took: 8, outcome: 'dropped', dialogue: null, connections: one('here', [0, 44]) };
    case 'masks-request':
      return { ...nothing, took: 0.5, outcome: 'open-smtp', dialogue: bare, connections: one('here', [said, 500]) };
  }
}

function sentIn({ transcript }: Dialogue): number {
  return transcript.filter((line) => line.startsWith('C: ')).reduce((sum, line) => sum + line.length - 1, 0);
}

interface Up {
  readonly from: number;
  readonly to: number;
  readonly crash: boolean;
}

function upTimes(down: Spec['down']): Up[] {
  const gaps = [...down].sort((a, b) => a.from - b.from);
  const up: Up[] = [];
  let from = BEGIN;
  for (const gap of gaps) {
    if (gap.from > from) up.push({ from, to: gap.from, crash: gap.crash });
    from = Math.max(from, gap.from + gap.for);
  }
  return from < END ? [...up, { from, to: END, crash: false }] : up;
}

/** As the sentinel writes it: each run with numbers of its own, `alive` every minute, `stopped` unless it crashed. */
function logLines(
  up: readonly Up[],
  visits: readonly {
    readonly at: number;
    readonly from: string;
    readonly port: number;
    readonly bytes: readonly [number, number];
    readonly nonces: readonly string[];
  }[],
): string[] {
  const events = up.flatMap(({ from, to, crash }, run): SentinelEvent[] => {
    const here = visits.filter(({ at }) => from <= at && at <= to).sort((a, b) => a.at - b.at);
    const connections = here
      .flatMap((visit, index) => arrived(index + 1, visit))
      .map((event) => ('connection' in event ? { ...event, connection: event.connection.replace('ab', `run${run}`) } : event));
    const within = connections.filter(({ at }) => Date.parse(at) <= Date.parse(stopped(to).at));
    return inTime([listening(from, PORTS), ...alive(from + 60, to), ...within, ...(crash ? [] : [stopped(to)])]);
  });
  return logText(events).split('\n').slice(0, -1);
}

function spoilt(lines: readonly string[], { torn, cut: [front, back] }: Spec): string {
  const kept = lines.slice(front, lines.length - back);
  return kept.map((line, index) => `${torn.includes(index) ? line.slice(0, 30) : line}\n`).join('');
}
