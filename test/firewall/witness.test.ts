import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bdd, EMPTY, FULL } from '../../src/firewall/bdd.ts';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { PacketSpace } from '../../src/firewall/packet-space.ts';
import { setOfPacket, usualPreferences, witnessFrom, witnessOf } from '../../src/firewall/witness.ts';
import { type Family, parseNetwork } from '../../src/model/address.ts';

function newSpace(family: Family = 'ipv4', rules: readonly string[] = []): PacketSpace {
  const text = ['*filter', ':FORWARD DROP [0:0]', ...rules, 'COMMIT', ''].join('\n');
  const format = family === 'ipv4' ? 'iptables-save' : 'ip6tables-save';
  return new PacketSpace(family, [readConfiguration([{ file: 'fw', text, format }])], {
    interfaces: ['eth0', 'lan'],
  });
}

function set(space: PacketSpace, { source = '', destination = '', ports = [] as readonly number[], sourcePort = -1 }): Bdd {
  const address = (end: 'source' | 'destination', text: string): Bdd => {
    const parsed = parseNetwork(text);
    return 'range' in parsed ? space.within(end, [parsed.range]) : FULL;
  };
  return [
    address('source', source),
    address('destination', destination),
    ports.length === 0
      ? FULL
      : space.within(
          'destination-port',
          ports.map((port) => ({ first: port, last: port })),
        ),
    sourcePort < 0 ? FULL : space.within('source-port', [{ first: sourcePort, last: sourcePort }]),
  ].reduce((a, b) => space.manager.and(a, b), FULL);
}

/** `lan 10.0.0.1:49152 > eth0 192.0.2.1:25`. */
function show(space: PacketSpace, of: Bdd): string {
  const packet = witnessOf(space, of);
  const { source, sourcePort, destination, port } = witnessFrom(packet, { in: null, out: null });
  return `${packet.in} ${source} ${sourcePort} > ${packet.out} ${destination} ${port}`;
}

describe('the witness of a set', () => {
  const space = newSpace();

  it('is a packet that a person would have chosen', () => {
    expect(show(space, FULL)).toBe('lan 10.0.0.1 49152 > eth0 192.0.2.1 25');
    expect(show(space, set(space, { source: '10.20.0.0/16', ports: [465, 587] }))).toBe(
      'lan 10.20.0.1 49152 > eth0 192.0.2.1 587',
    );
  });

  it('has what the set leaves it', () => {
    const narrow = { source: '10.20.0.0', destination: '203.0.113.255', ports: [2526, 2525], sourcePort: 80 };
    expect(show(space, set(space, narrow))).toBe('lan 10.20.0.0 80 > eth0 203.0.113.255 2525');
    expect(show(space, set(space, { destination: '10.0.0.0/8' }))).toContain(' 10.0.0.1 25');
    expect(show(space, set(space, { destination: '8.0.0.0/7' }))).toContain(' 8.0.0.1 25');
  });

  it('goes through interfaces that are named, else through one that no rule mentions', () => {
    const other = newSpace('ipv4', ['-A FORWARD -i eth+ -o net9 -j ACCEPT', '-A FORWARD -i net1+ -o ppp+ -j ACCEPT']);
    const { manager } = other;
    const strange = ['eth', 'net1', 'ppp'].reduce<Bdd>(
      (left, name) => manager.diff(left, other.interface('in', name, true)),
      manager.diff(manager.diff(FULL, other.interface('in', 'lan', false)), other.interface('in', 'net9', false)),
    );
    expect(show(other, strange)).toMatch(/^net20 /);
    expect(show(other, manager.and(strange, other.interface('out', 'ppp', true)))).toContain('> ppp0 ');
    expect(show(other, FULL)).toMatch(/^lan .* > eth0 /);
  });

  it('of IPv6 has documentation addresses and no subnet-router address', () => {
    const six = newSpace('ipv6');
    expect(show(six, set(six, { source: '2001:db8:1::/48' }))).toBe('lan 2001:db8:1::1 49152 > eth0 2001:db8::1 25');
    expect(show(six, set(six, { destination: '2a00::/16', source: '2a00:1::/64' }))).toBe(
      'lan 2a00:1::1 49152 > eth0 2a00::1 25',
    );
  });

  it('does not exist where the set is empty', () => {
    expect(() => witnessOf(space, EMPTY)).toThrow('no packet');
  });

  it('lies in the set', () => {
    const own = newSpace('ipv4', ['-A FORWARD -i tun+ -j ACCEPT']);
    const { manager } = own;
    const preferences = usualPreferences(own);
    const address = fc.bigInt(0n, 0xffff_ffffn);
    const port = fc.nat({ max: 65_535 });
    const member = fc.record({ source: address, destination: address, port, sourcePort: port, unknown: fc.boolean() });
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 6 }), fc.boolean(), (members, tunnel) => {
        const sets = members.map(({ unknown, ...packet }) => {
          const single = setOfPacket(own, { family: 'ipv4', ...packet, in: tunnel ? 'tun3' : 'dsl', out: 'eth0' });
          return unknown ? manager.and(single, own.unknown('x')) : single;
        });
        const all = manager.orAll(sets);
        const witness = witnessOf(own, all);
        const preferred = preferences.reduce((left, one) => manager.and(left, one) || left, own.may(all));
        expect(manager.and(setOfPacket(own, witness), manager.and(all, preferred))).not.toBe(EMPTY);
        expect(members.some(({ source, port: to }) => source === witness.source && to === witness.port)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
