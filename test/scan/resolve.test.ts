import { describe, expect, it } from 'vitest';
import type { ResolutionRecord } from '../../src/model/evidence.ts';
import type { Resolver } from '../../src/model/outside.ts';
import { resolveNames } from '../../src/scan/resolve.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { fakeNames } from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';

const POLICY = policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16], controls: [{ host: www.example.net, port: 443 }] } }
destinations:
  provider: { hosts: [smtp.example.net, 198.51.100.9], listening: [587] }
  partner: { mx: [example.org] }
  internet: { networks: [public], probes: [{ host: smtp.example.net, listening: [25] }, { sentinel: edge }] }
rules: [{ name: staff, from: desks, to: provider, ports: [587] }]
servers: [{ name: hub, host: mail.example.com, ports: [25], relay: none }]
sentinels: { edge: { host: sentinel.example.com, ports: [25], public-key: "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" } }
`);

const NAMES = fakeNames('smtp.example.net 198.51.100.10', 'MX example.org mx1.example.org', 'mx1.example.org 198.51.100.7');

async function resolve(resolver: Resolver, known: readonly ResolutionRecord[] = [], signal = new AbortController().signal) {
  const clock = fakeClock();
  return clock.run(resolveNames(POLICY, { resolver, clock, signal, known }));
}

describe('names', () => {
  it('are looked up once each, exchangers first, in a fixed order; addresses need no look-up', async () => {
    const records = await resolve(NAMES);
    expect(records.map(({ lookup, name, addresses, error }) => `${lookup} ${name} ${addresses.join(' ')}${error ?? ''}`)).toEqual(
      [
        'mx example.org ',
        'address smtp.example.net 198.51.100.10',
        'address sentinel.example.com ENOTFOUND',
        'address mail.example.com ENOTFOUND',
        'address www.example.net ENOTFOUND',
        'address mx1.example.org 198.51.100.7',
      ],
    );
  });

  it('known from an earlier part of the run are kept, those that were cut off are looked up again', async () => {
    const before = await resolve(NAMES);
    const cut = before.map((record) =>
      record.name === 'smtp.example.net' ? { ...record, addresses: [], error: 'ABORTED' } : record,
    );
    expect((await resolve(NAMES, cut)).map(({ name }) => name)).toEqual(['smtp.example.net']);
  });

  it('that never answer have failed after 20 seconds each, four at a time', async () => {
    const hang: Resolver = { addresses: () => new Promise(() => undefined), exchangers: NAMES.exchangers };
    const records = await resolve(hang);
    const hung = records.filter(({ lookup }) => lookup === 'address');
    expect(hung.map(({ error }) => error)).toEqual(Array(5).fill('ETIMEOUT'));
    expect(hung.map(({ at }) => at.slice(17, 19))).toEqual(['00', '00', '00', '00', '20']);
  });

  it('are not waited for once the run is stopped', async () => {
    const records = await resolve(NAMES, [], AbortSignal.abort());
    expect([...new Set(records.map(({ error }) => error))]).toEqual(['ABORTED']);
  });
});
