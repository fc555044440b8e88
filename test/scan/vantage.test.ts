import { describe, expect, it } from 'vitest';
import type { Address } from '../../src/model/address.ts';
import type { Vantage } from '../../src/model/evidence.ts';
import type { Route } from '../../src/model/outside.ts';
import { findVantage } from '../../src/scan/vantage.ts';
import { at } from '../support/address.ts';
import { fakeHost } from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';

const POLICY = policyOf(`
version: 1
name: office
segments:
  workstations: { networks: [10.20.0.0/16, "2001:db8:20::/48"], except: [10.20.9.0/24] }
  relays: { networks: [10.20.1.25] }
destinations: { provider: { hosts: [198.51.100.10], listening: [587] } }
rules: [{ name: staff, from: workstations, to: provider, ports: [587] }]
`);

const BUILT_IN = policyOf(`
version: 1
name: least
segments: { workstations: {}, relays: {} }
destinations: { provider: { hosts: [198.51.100.10], listening: [587] } }
rules: [{ name: staff, from: workstations, to: provider, ports: [587] }]
`);

interface Told {
  readonly policy?: typeof POLICY;
  readonly from?: readonly string[];
  readonly source?: string;
  readonly route?: (target: Address) => Route;
}

function find(interfaces: readonly string[], { policy = POLICY, from = [], source, route }: Told = {}): Promise<Vantage> {
  const options = { from, source: source === undefined ? null : at(source), platform: 'linux' };
  return findVantage(policy, fakeHost(interfaces, route), options);
}

async function legs(...args: Parameters<typeof find>): Promise<string[]> {
  return (await find(...args)).legs.map(({ segment, source, asserted }) => `${segment} ${source}${asserted ? ' asserted' : ''}`);
}

describe('the vantage', () => {
  it('has a leg for each segment and family that the host has an address in, the first address of several', async () => {
    expect(await legs(['eth0 10.20.0.7 10.20.0.5 2001:db8:20::5', 'eth1 10.20.1.25'])).toEqual([
      'workstations 10.20.0.5',
      'workstations 2001:db8:20::5',
      'relays 10.20.1.25',
    ]);
  });

  it('follows the most specific network and the exceptions', async () => {
    expect(await legs(['eth0 10.20.1.25'])).toEqual(['relays 10.20.1.25']);
    await expect(legs(['eth0 10.20.9.1'])).rejects.toThrow('no-segment');
  });

  it('is narrowed by --from', async () => {
    expect(await legs(['eth0 10.20.0.5', 'eth1 10.20.1.25'], { from: ['relays'] })).toEqual(['relays 10.20.1.25']);
  });

  it('is asserted by --from with --source, and found by --source alone', async () => {
    const host = ['eth0 10.20.0.5 192.168.1.9'];
    expect(await legs(host, { from: ['relays'], source: '192.168.1.9' })).toEqual(['relays 192.168.1.9 asserted']);
    expect(await legs(host, { from: ['workstations'], source: '10.20.0.5' })).toEqual(['workstations 10.20.0.5']);
    expect(await legs(host, { source: '10.20.0.5' })).toEqual(['workstations 10.20.0.5']);
    await expect(legs(host, { source: '192.168.1.9' })).rejects.toThrow('no-segment');
  });

  it('of a segment without networks is the default source of each family', async () => {
    const route = (target: Address): Route =>
      target.includes(':')
        ? { kind: 'none', message: 'unreachable' }
        : { kind: 'route', interface: 'eth0', source: at('192.168.1.9') };
    const told = { policy: BUILT_IN, from: ['workstations'] };
    expect(await legs(['eth0 10.9.9.9 192.168.1.9'], { ...told, route })).toEqual(['workstations 192.168.1.9 asserted']);
    const unknown = (): Route => ({ kind: 'unknown', message: 'no `ip` here' });
    expect(await legs(['eth0 10.9.9.9 2001:db8::9'], { ...told, route: unknown })).toEqual([
      'workstations 10.9.9.9 asserted',
      'workstations 2001:db8::9 asserted',
    ]);
    const none = (): Route => ({ kind: 'none', message: 'unreachable' });
    await expect(legs(['eth0 10.9.9.9'], { ...told, route: none })).rejects.toThrow('no-source');
  });

  it('is never a link-local address', async () => {
    const policy = policyOf(`
version: 1
name: all
segments: { all: { networks: ["0.0.0.0/0", "::/0"] } }
destinations: { provider: { hosts: [198.51.100.10], listening: [587] } }
rules: []
`);
    expect(await legs(['eth0 fe80::1 10.20.0.5'], { policy })).toEqual(['all 10.20.0.5', 'all ::1']);
  });

  it('of a host in no segment is an error that lists its addresses and the segments', async () => {
    await expect(find(['eth0 192.168.1.9'])).rejects.toThrow(
      'error no-segment: This host belongs to no segment of postern.yaml. Its addresses: 127.0.0.1, 192.168.1.9, ::1. ' +
        'The segments: workstations (10.20.0.0/21, 10.20.8.0/24, 10.20.10.0/23, 10.20.12.0/22, 10.20.16.0/20, 10.20.32.0/19, ' +
        '10.20.64.0/18, 10.20.128.0/17, 2001:db8:20::/48); relays (10.20.1.25).',
    );
  });

  it.each([
    [
      { from: ['workstation'] },
      'unknown-segment: --from names "workstation", which is no segment of postern.yaml. Did you mean "workstations"?',
    ],
    [{ from: ['guests'] }, 'The policy has workstations, relays.'],
    [{ from: ['relays'] }, 'not-in-segment: This host has no address in relays (10.20.1.25); it has 10.20.0.5, 127.0.0.1, ::1.'],
    [
      { source: '10.20.0.6' },
      'source-not-local: --source 10.20.0.6 is no address of this host; it has 10.20.0.5, 127.0.0.1, ::1.',
    ],
    [{ from: ['relays', 'workstations'], source: '10.20.0.5' }, 'source-many-segments'],
  ])('refuses %j', async (told, message) => {
    await expect(find(['eth0 10.20.0.5'], told)).rejects.toThrow(message);
  });

  it('has IPv6 where the host has a global address and a default route for it', async () => {
    const ipv6 = async (interfaces: readonly string[], route?: (target: Address) => Route): Promise<boolean> =>
      (await find(interfaces, route === undefined ? {} : { route })).ipv6;
    expect(await ipv6(['eth0 10.20.0.5 2001:db8:99::5'])).toBe(true);
    expect(await ipv6(['eth0 10.20.0.5 fd00::5'])).toBe(false);
    expect(await ipv6(['eth0 10.20.0.5 2001:db8:99::5'], () => ({ kind: 'none', message: 'unreachable' }))).toBe(false);
  });
});
