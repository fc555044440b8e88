import { describe, expect, it } from 'vitest';
import type { Address } from '../../src/model/address.ts';
import { FAMILIES } from '../../src/model/address.ts';
import type { Route } from '../../src/model/outside.ts';
import { type HereOptions, legsHere } from '../../src/scan/here.ts';
import { at } from '../support/address.ts';
import { fakeHost } from '../support/fake-network.ts';

const INTERFACES = ['eth0 192.0.2.9 2001:db8::9', 'eth1 10.1.0.5'];

/** Inside by eth1, everything else by eth0. */
function byPrefix(target: Address): Route {
  if (target.startsWith('10.')) return { kind: 'route', interface: 'eth1', source: at('10.1.0.5') };
  return { kind: 'route', interface: 'eth0', source: at(target.includes(':') ? '2001:db8::9' : '192.0.2.9') };
}

async function sources(
  targets: readonly string[],
  options: Partial<HereOptions> = {},
  interfaces = INTERFACES,
  route: (target: Address) => Route = byPrefix,
): Promise<string[]> {
  const legs = await legsHere(fakeHost(interfaces, route), targets.map(at), { source: null, families: FAMILIES, ...options });
  for (const { segment, asserted } of legs) expect([segment, asserted]).toEqual(['here', false]);
  return legs.map(({ source }) => source);
}

describe('where a command without a policy speaks from', () => {
  it.each([
    ['one target', ['198.51.100.7'], ['192.0.2.9']],
    ['a target behind another interface', ['10.1.0.25'], ['10.1.0.5']],
    ['both families', ['2001:db8:f::7', '198.51.100.7'], ['192.0.2.9', '2001:db8::9']],
    ['loopback', ['127.0.0.1', '127.1.0.7'], ['127.0.0.1']],
    ['loopback over IPv6', ['::1'], ['::1']],
    ['this host itself, where nothing is sent', ['10.1.0.5', '198.51.100.7'], ['192.0.2.9']],
    ['nothing that resolved', [], ['192.0.2.9']],
  ])('is the address that the host would use: %s', async (_what, targets, want) => {
    expect(await sources(targets)).toEqual(want);
  });

  it('is one family alone where that is asked for', async () => {
    expect(await sources(['198.51.100.7', '2001:db8:f::7'], { families: ['ipv6'] })).toEqual(['2001:db8::9']);
  });

  it('is the address that was named, if it is one of this host', async () => {
    expect(await sources(['198.51.100.7'], { source: at('10.1.0.5') })).toEqual(['10.1.0.5']);
    await expect(sources(['198.51.100.7'], { source: at('192.0.2.1') })).rejects.toThrow(
      '--source 192.0.2.1 is no address of this host',
    );
  });

  it('is not guessed where two targets want two', async () => {
    await expect(sources(['198.51.100.7', '10.1.0.25'])).rejects.toThrow(
      /One run speaks from one IPv4 address.*198\.51\.100\.7 from 192\.0\.2\.9, 10\.1\.0\.25 from 10\.1\.0\.5/,
    );
  });

  it('is the first usable address where routes cannot be looked up', async () => {
    const unknown = (): Route => ({ kind: 'unknown', message: 'no `ip` here' });
    expect(await sources(['198.51.100.7'], {}, ['eth0 192.0.2.9'], unknown)).toEqual(['192.0.2.9']);
  });

  it('is loopback where the host has nothing else, and an error without even that', async () => {
    const none = (): Route => ({ kind: 'none', message: 'Network is unreachable' });
    expect(await sources(['198.51.100.7'], {}, [], none)).toEqual(['127.0.0.1']);
    const bare = { ...fakeHost([], none), addresses: () => [] };
    await expect(legsHere(bare, [at('198.51.100.7')], { source: null, families: ['ipv4'] })).rejects.toThrow(
      'This host has no IPv4 address to speak from.',
    );
  });
});
