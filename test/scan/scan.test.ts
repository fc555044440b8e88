import { describe, expect, it } from 'vitest';
import type { Evidence, Observation } from '../../src/model/evidence.ts';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import { classOf } from '../../src/model/outcome.ts';
import { questionsOf } from '../../src/model/question.ts';
import { resolutionOf } from '../../src/model/resolution.ts';
import { type ScanOptions, scan } from '../../src/scan.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import {
  type Behaviour,
  type FakeNetwork,
  type Flow,
  fakeHost,
  fakeNames,
  fakeNetwork,
  scanOptions,
} from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';

const POLICY = policyOf(`
version: 1
name: office
segments:
  workstations:
    networks: [10.20.0.0/16, "2001:db8:20::/48"]
    controls: [{ host: www.example.net, port: 443 }]
destinations:
  provider: { hosts: [smtp.example.net], listening: [465, 587] }
  internet: { networks: [public], probes: [{ host: mx.example.org, listening: [25] }] }
rules:
  - { name: staff, from: workstations, to: provider, ports: [587] }
audit: { ports: [25, 465, 587, 2525] }
`);

const NAMES = [
  'smtp.example.net 198.51.100.10 2001:db8:f::10',
  'mx.example.org 198.51.100.7 2001:db8:f::25',
  'www.example.net 198.51.100.80 2001:db8:f::80',
];

interface Setup {
  readonly behave?: (flow: Flow, atMs: number) => Behaviour;
  readonly names?: readonly string[];
  readonly interfaces?: readonly string[];
  readonly change?: (options: ScanOptions, clock: FakeClock) => Partial<ScanOptions>;
  readonly policy?: typeof POLICY;
}

interface Outcome {
  readonly evidence: Evidence;
  readonly complete: boolean;
  readonly answered: boolean;
  readonly text: string;
  readonly network: FakeNetwork;
  readonly clock: FakeClock;
}

const asPolicySays = ({ port }: Flow): Behaviour => (port === 587 || port === 443 ? 'smtp' : 'drop');

async function run({ behave = asPolicySays, names = NAMES, interfaces, change, policy = POLICY }: Setup = {}): Promise<Outcome> {
  const clock = fakeClock();
  const network = fakeNetwork(clock, behave);
  const host = {
    clock,
    network: fakeHost(interfaces ?? ['eth0 10.20.0.5 2001:db8:20::5']),
    resolver: fakeNames(...names),
    probers: network,
  };
  const lines: string[] = [];
  const options = { ...scanOptions(policy, host), append: (line: string) => lines.push(line) };
  const outcome = await clock.run(scan({ ...options, ...change?.(options, clock) }));
  return { ...outcome, text: lines.join(''), network, clock };
}

function answers(evidence: Evidence, pass?: Observation['pass']): Record<string, string> {
  return Object.fromEntries(
    evidence.records.flatMap((record) =>
      record.type === 'observation' && (pass === undefined || record.pass === pass) ? [[record.id, record.outcome]] : [],
    ),
  );
}

describe('scan', () => {
  it('answers every question of the policy from every leg', async () => {
    const { evidence, complete } = await run();
    expect(answers(evidence, 'scan')).toEqual({
      'workstations/10.20.0.5>provider/198.51.100.10:465': 'dropped',
      'workstations/10.20.0.5>provider/198.51.100.10:587': 'open-smtp',
      'workstations/10.20.0.5>internet/198.51.100.7:25': 'dropped',
      'workstations/[2001:db8:20::5]>provider/[2001:db8:f::10]:465': 'dropped',
      'workstations/[2001:db8:20::5]>provider/[2001:db8:f::10]:587': 'open-smtp',
      'workstations/[2001:db8:20::5]>internet/[2001:db8:f::25]:25': 'dropped',
    });
    expect(complete).toBe(true);
  });

  it('writes what it returns', async () => {
    const { evidence, text } = await run();
    expect(decodeEvidence(text, 'run.jsonl')).toEqual(evidence);
  });

  it('binds every probe to the source of its leg', async () => {
    const { network } = await run();
    for (const { source, address } of network.sent) expect(source.includes(':')).toBe(address.includes(':'));
  });
});

describe('controls', () => {
  it('are probed at the start, in the middle and at the end, over TCP only', async () => {
    const { evidence, network } = await run();
    const rounds = evidence.records.flatMap((record) => (record.type === 'control' ? [`${record.phase} ${record.address}`] : []));
    expect([...new Set(rounds)]).toEqual(
      ['start', 'middle', 'end'].flatMap((phase) => [`${phase} 198.51.100.80`, `${phase} 2001:db8:f::80`]),
    );
    expect(network.sent.filter(({ port }) => port === 443).every(({ kind }) => kind === 'connect')).toBe(true);
  });

  it('stand before everything that was blocked, and after it', async () => {
    const { evidence } = await run();
    const types = evidence.records.filter(({ type }) => type !== 'resolution').map(({ type }) => type);
    expect([types[0], types.at(-1)]).toEqual(['control', 'control']);
  });

  it('that are not named are allowed flows that answered at the start', async () => {
    const policy = policyOf(`
version: 1
name: office
segments: { workstations: { networks: [10.20.0.0/16] } }
destinations:
  provider: { hosts: [198.51.100.10, 198.51.100.11], listening: [587] }
  internet: { networks: [public], probes: [{ host: 198.51.100.7, listening: [25] }] }
rules: [{ name: staff, from: workstations, to: provider, ports: [587] }]
`);
    const behave = ({ address, port }: Flow): Behaviour => (port === 587 && address === '198.51.100.10' ? 'smtp' : 'drop');
    const { evidence } = await run({ policy, behave });
    const rounds = evidence.records.flatMap((record) =>
      record.type === 'control' ? [`${record.phase} ${record.address} ${record.named} ${record.outcome}`] : [],
    );
    expect(rounds).toEqual([
      'start 198.51.100.10 false open-silent',
      'start 198.51.100.11 false dropped',
      'middle 198.51.100.10 false open-silent',
      'middle 198.51.100.10 false open-silent',
      'end 198.51.100.10 false open-silent',
    ]);
  });

  it('of a name with no address of the family are none, and of a name that does not resolve have failed', async () => {
    const { evidence } = await run({ names: ['www.example.net 198.51.100.80'] });
    const rounds = evidence.records.flatMap((record) => (record.type === 'control' ? [`${record.phase} ${record.address}`] : []));
    expect(rounds).toEqual(['start 198.51.100.80', 'end 198.51.100.80']);
    const lost = await run({ names: NAMES.slice(0, 2) });
    const outcomes = lost.evidence.records.flatMap((record) => (record.type === 'control' ? [record] : []));
    expect(outcomes.filter(({ named, phase }) => named && phase === 'start').map(({ outcome }) => outcome)).toEqual([
      'unresolved',
      'unresolved',
    ]);
  });

  it('are repeated at least every five minutes of a long run', async () => {
    const hosts = Array.from({ length: 250 }, (_, index) => `198.51.100.${index + 1}`);
    const policy = policyOf(`
version: 1
name: office
segments: { workstations: { networks: [10.20.0.0/16], controls: [{ host: 203.0.113.80, port: 443 }] } }
destinations: { internet: { networks: [public], probes: [${hosts.map((host) => `{ host: ${host}, listening: [25, 465, 587] }`)}] } }
rules: []
`);
    const { evidence } = await run({ policy, change: () => ({ concurrency: 4 }) });
    const times = evidence.records.flatMap((record) => (record.type === 'control' ? [Date.parse(record.at)] : []));
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(times.length).toBeGreaterThan(4);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(300_000);
  });

  it('that are this host itself are none', async () => {
    const names = [...NAMES.slice(0, 2), 'www.example.net 10.20.0.5 198.51.100.80'];
    const { evidence } = await run({ names, interfaces: ['eth0 10.20.0.5'] });
    const probed = evidence.records.flatMap((record) => (record.type === 'control' ? [record.address] : []));
    expect([...new Set(probed)]).toEqual(['198.51.100.80']);
  });

  it('that die in mid-run are seen to fail at its end', async () => {
    const behave = (flow: Flow, atMs: number): Behaviour => (atMs > 5_000 ? 'drop' : asPolicySays(flow));
    const { evidence } = await run({ behave });
    const last = evidence.records.at(-1);
    expect(last).toMatchObject({ type: 'control', phase: 'end', outcome: 'dropped' });
  });
});

const MANY = policyOf(`
version: 1
name: many
segments: { workstations: { networks: [10.20.0.0/16], controls: [{ host: 203.0.113.80, port: 443 }] } }
destinations:
  internet:
    networks: [public]
    probes: [${Array.from({ length: 50 }, (_, index) => `{ host: 198.51.100.${index + 1}, listening: [25, 465, 587, 2525] }`)}]
rules: []
`);

const limited = ({ port }: Flow): Behaviour => (port === 443 ? 'smtp' : 'icmp');

describe('a firewall that rejects at a limited rate', () => {
  it('gives the same classes at any concurrency, although most rejections are swallowed', async () => {
    const classes = async (concurrency: number): Promise<string[]> => {
      const { evidence } = await run({ policy: MANY, behave: limited, change: () => ({ concurrency }) });
      return idsOf(evidence).map((id) => `${id} ${classOf(lastAnswer(evidence, id) ?? 'aborted')}`);
    };
    const [one, hundred] = [await classes(1), await classes(100)];
    expect(hundred).toEqual(one);
    expect(one.every((line) => line.endsWith('blocked'))).toBe(true);
  });

  it('is recognised by the confirm pass, row by row', async () => {
    const { evidence } = await run({ policy: MANY, behave: limited, change: () => ({ concurrency: 100 }) });
    const first = Object.values(answers(evidence, 'scan'));
    expect(first.filter((outcome) => outcome === 'dropped').length).toBeGreaterThan(100);
    const confirmed = Object.values(answers(evidence, 'confirm'));
    const late = first.filter((outcome) => outcome === 'host-down').length;
    expect(late).toBeGreaterThan(0);
    expect(confirmed).toEqual(Array(60 + late).fill('rejected'));
  });

  it('is confirmed after a quiet time, one start in 1.1 s, spread over the ports', async () => {
    const { network } = await run({ policy: MANY, behave: limited, change: () => ({ concurrency: 100 }) });
    const starts = network.sent.filter(({ kind }) => kind === 'probe').toSorted((a, b) => a.start - b.start);
    const [sweep, paced] = [starts.slice(0, 200), starts.slice(200)];
    expect((paced[0]?.start ?? 0) - Math.max(...sweep.map(({ end }) => end))).toBeGreaterThanOrEqual(7_000);
    const gaps = paced.slice(1).map(({ start }, index) => start - (paced[index]?.start ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_099);
    for (const port of [25, 465, 587, 2525]) expect(paced.filter((sent) => sent.port === port).length).toBeGreaterThan(10);
  });
});

describe('the confirm pass', () => {
  it('is short and small where nothing was ever rejected', async () => {
    const behave = ({ port }: Flow): Behaviour => (port === 443 ? 'smtp' : 'drop');
    const { evidence } = await run({ policy: MANY, behave });
    expect(Object.values(answers(evidence, 'confirm'))).toHaveLength(4);
  });

  it('asks every blocked allowed flow again', async () => {
    const { evidence } = await run({ behave: ({ port }) => (port === 443 ? 'smtp' : 'drop') });
    const ids = Object.keys(answers(evidence, 'confirm'));
    expect(ids.filter((id) => id.endsWith(':587'))).toHaveLength(2);
  });

  it('asks the whole group again where one of it gets through after all', async () => {
    const behave = ({ port }: Flow, atMs: number): Behaviour =>
      port === 443 || (port === 25 && atMs > 60_000) ? 'smtp' : 'drop';
    const { evidence } = await run({ policy: MANY, behave, change: () => ({ concurrency: 20 }) });
    const confirmed = Object.entries(answers(evidence, 'confirm'));
    expect(confirmed.filter(([id, outcome]) => id.endsWith(':25') && outcome === 'open-smtp')).toHaveLength(50);
  });

  it('gives what failed for want of sockets another try', async () => {
    const behave = (flow: Flow, atMs: number): Behaviour => (flow.port === 587 && atMs < 100 ? 'full' : asPolicySays(flow));
    const { evidence, complete } = await run({ behave });
    expect(answers(evidence)['workstations/10.20.0.5>provider/198.51.100.10:587']).toBe('open-smtp');
    expect(complete).toBe(true);
  });

  it('does not depend on it: what overload spoilt in a wide sweep is asked again with fewer at once', async () => {
    let running = 0;
    const narrow = ({ port }: Flow): Behaviour => (port === 443 ? 'smtp' : ++running > 40 && running <= 200 ? 'full' : 'drop');
    const { evidence, complete } = await run({ policy: MANY, behave: narrow, change: () => ({ concurrency: 200 }) });
    expect(idsOf(evidence).map((id) => lastAnswer(evidence, id))).toEqual(Array(200).fill('dropped'));
    expect(complete).toBe(true);
  });

  it('leaves a full file table that stays full a probe error, and the run partial', async () => {
    const { evidence, complete, answered } = await run({ behave: () => 'full' });
    expect([...new Set(Object.values(answers(evidence)))]).toEqual(['probe-error']);
    expect([complete, answered]).toEqual([false, false]);
  });
});

describe('what cannot be asked', () => {
  it('is unresolved where a name does not resolve, and nothing is sent', async () => {
    const { evidence, network, complete } = await run({ names: NAMES.slice(1) });
    const rows = Object.entries(answers(evidence)).filter(([id]) => id.includes('provider'));
    expect(rows.map(([id, outcome]) => `${id.split('>')[1]} ${outcome}`)).toEqual([
      'provider/smtp.example.net:465 unresolved',
      'provider/smtp.example.net:587 unresolved',
      'provider/smtp.example.net:465 unresolved',
      'provider/smtp.example.net:587 unresolved',
    ]);
    expect(network.sent.some(({ port }) => port === 587)).toBe(false);
    expect(complete).toBe(false);
  });

  it('is a probe error where a second leg leaves by the wrong interface, with the rule to add', async () => {
    const clock = fakeClock();
    const network = fakeNetwork(clock, asPolicySays);
    const wrong = fakeHost(['eth0 192.0.2.9', 'eth1 10.20.0.5'], () => ({ kind: 'route', interface: 'eth0', source: null }));
    const host = { clock, network: wrong, resolver: fakeNames(...NAMES), probers: network };
    const { evidence, complete } = await clock.run(scan(scanOptions(POLICY, host)));
    const rows = evidence.records.filter((record) => record.type === 'observation');
    expect(rows.every(({ outcome, detail }) => outcome === 'probe-error' && detail === 'wrong-interface')).toBe(true);
    expect(rows[0]?.reason).toContain('ip rule add from 10.20.0.5 lookup 100');
    expect([network.sent.length, complete]).toEqual([0, false]);
  });

  it('has no route where the host has none', async () => {
    const clock = fakeClock();
    const network = fakeNetwork(clock, asPolicySays);
    const none = fakeHost(['eth1 10.20.0.5'], () => ({ kind: 'none', message: 'Network is unreachable' }));
    const { evidence } = await clock.run(
      scan(scanOptions(POLICY, { clock, network: none, resolver: fakeNames(...NAMES), probers: network })),
    );
    expect([...new Set(Object.values(answers(evidence)))]).toEqual(['no-route']);
  });

  it('is probed where routes cannot be looked up', async () => {
    const clock = fakeClock();
    const network = fakeNetwork(clock, asPolicySays);
    const unknown = fakeHost(['eth1 10.20.0.5'], () => ({ kind: 'unknown', message: 'no `ip` here' }));
    const { evidence } = await clock.run(
      scan(scanOptions(POLICY, { clock, network: unknown, resolver: fakeNames(...NAMES), probers: network })),
    );
    expect(answers(evidence)['workstations/10.20.0.5>provider/198.51.100.10:587']).toBe('open-smtp');
  });
});

describe('a run that ends early', () => {
  it('has an aborted row for every question that its deadline cut off, and controls at its end', async () => {
    const { evidence, complete } = await run({
      policy: MANY,
      behave: limited,
      change: () => ({ concurrency: 2, deadlineMs: 60_000 }),
    });
    const rows = idsOf(evidence).map((id) => lastAnswer(evidence, id));
    expect(rows).toHaveLength(200);
    expect(rows.filter((outcome) => outcome === 'aborted').length).toBeGreaterThan(100);
    expect(rows).not.toContain(null);
    expect(evidence.records.at(-1)).toMatchObject({ type: 'control', phase: 'end' });
    expect(evidence.trailer?.interrupted).toBe(false);
    expect(complete).toBe(false);
  });

  it('says so in its trailer where the user stopped it, and keeps what it saw', async () => {
    const controller = new AbortController();
    const { evidence, text, answered } = await run({
      change: (_options, clock) => {
        clock.after(3_000, () => controller.abort());
        return { signal: controller.signal };
      },
    });
    expect(decodeEvidence(text, 'run.jsonl').trailer?.interrupted).toBe(true);
    expect(answered).toBe(true);
    const rows = Object.values(answers(evidence));
    expect(rows.filter((outcome) => outcome === 'open-smtp')).toHaveLength(2);
    expect(rows.filter((outcome) => outcome === 'aborted')).toHaveLength(4);
  });

  it('sends nothing where it was stopped before it began', async () => {
    const { network, evidence, answered } = await run({ change: () => ({ signal: AbortSignal.abort() }) });
    expect(network.sent).toEqual([]);
    expect([answered, evidence.trailer?.interrupted]).toEqual([false, true]);
  });
});

describe('pace', () => {
  it('never has more than two connections to one address', async () => {
    const { network } = await run({ policy: MANY, behave: limited, change: () => ({ concurrency: 200 }) });
    expect(network.peak()).toBe(2);
  });

  it('starts no more probes in a second than --rate says', async () => {
    const { network } = await run({ policy: MANY, behave: limited, change: () => ({ concurrency: 200, rate: 10 }) });
    const starts = network.sent
      .filter(({ kind }) => kind === 'probe')
      .map(({ start }) => start)
      .slice(0, 200);
    expect(Math.max(...starts) - Math.min(...starts)).toBeGreaterThanOrEqual(19_900);
  });
});

function idsOf(evidence: Evidence): string[] {
  return questionsOf(MANY, evidence.header.vantage, resolutionOf(evidence.records)).map(({ id }) => id);
}

function lastAnswer(evidence: Evidence, id: string): Observation['outcome'] | null {
  return (
    evidence.records.flatMap((record) => (record.type === 'observation' && record.id === id ? [record.outcome] : [])).at(-1) ??
    null
  );
}
