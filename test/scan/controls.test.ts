import { describe, expect, it } from 'vitest';
import type { Behaviour, Flow } from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';
import { asPolicySays, NAMES, run } from './office.ts';

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
