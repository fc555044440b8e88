import { describe, expect, it } from 'vitest';
import { groupBy } from '../../src/model/group-by.ts';
import { classOf } from '../../src/model/outcome.ts';
import type { Behaviour, Flow } from '../support/fake-network.ts';
import { answers, asPolicySays, idsOf, lastAnswer, limited, MANY, run } from './office.ts';

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

  it('asks a third time where an absence was followed by a rejection with the same error, and no fourth time', async () => {
    const behave = ({ port }: Flow, atMs: number): Behaviour =>
      port === 443 ? 'smtp' : port === 465 ? 'icmp' : atMs < 1_000 ? 'absent' : 'icmp';
    const { evidence } = await run({ behave });
    const times = groupBy(
      evidence.records.filter((record) => record.type === 'observation').filter(({ id }) => id.endsWith(':25')),
      ({ id }) => id,
    );
    expect(times.size).toBeGreaterThan(0);
    for (const asked of times.values()) {
      expect(asked.map(({ outcome }) => outcome)).toEqual(['host-down', 'rejected', 'rejected']);
    }
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
