import { describe, expect, it } from 'vitest';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import { scan } from '../../src/scan.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { fakeHost, fakeNames, fakeNetwork, scanOptions } from '../support/fake-network.ts';
import { answers, asPolicySays, idsOf, lastAnswer, limited, MANY, NAMES, POLICY, run } from './office.ts';

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
