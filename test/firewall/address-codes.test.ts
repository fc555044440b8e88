import { describe, expect, it } from 'vitest';
import { addressCodes, everyAddress } from '../../src/firewall/address-codes.ts';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { inspect } from '../../src/firewall/inspect.ts';
import { Onward } from '../../src/firewall/onward.ts';
import { PacketSpace } from '../../src/firewall/packet-space.ts';
import { passage } from '../../src/firewall/passage.ts';
import { rowsOf, setOfRow } from '../../src/firewall/rows.ts';
import type { Ruleset } from '../../src/firewall/ruleset.ts';
import { witnessOf } from '../../src/firewall/witness.ts';
import { type AddressRange, FAMILIES, parseNetwork } from '../../src/model/address.ts';
import { networks } from '../../src/model/address-set.ts';
import type { ConfigurationQuestion } from '../../src/model/configuration-question.ts';
import { largeFirewall } from '../bench/rulesets.ts';
import { generateIptables } from './generate/iptables.ts';
import { generate } from './generate/nftables.ts';

function range(text: string): AddressRange {
  const parsed = parseNetwork(text);
  if (!('range' in parsed)) throw new TypeError(`not a network: ${text}`);
  return parsed.range;
}

function network(text: string): Pick<AddressRange, 'first' | 'last'> {
  const { first, last } = range(text);
  return { first, last };
}

describe('codes of addresses', () => {
  const codes = addressCodes('ipv4', ['10.0.0.0/8', '10.0.0.9', '10.0.0.0/8'].map(range));

  it('are as few bits as what is told apart takes', () => {
    expect(codes.width).toBe(3);
    expect(addressCodes('ipv6', ['2001:db8::/32', '2001:db8::/64'].map(range)).width).toBe(2);
    expect(addressCodes('ipv4', [network('0.0.0.0/0')]).width).toBe(0);
  });

  it('are in the order of addresses, and those behind the last part belong to it', () => {
    expect(codes.codesOf(network('10.0.0.0/8'))).toEqual({ first: 1, last: 3 });
    expect(codes.codesOf(network('10.0.0.9'))).toEqual({ first: 2, last: 2 });
    expect(codes.codesOf(network('0.0.0.0/0'))).toEqual({ first: 0, last: 7 });
    expect(codes.codesAt(range('10.0.0.8').first)).toEqual({ first: 1, last: 1 });
    expect(codes.codesAt(range('255.255.255.255').first)).toEqual({ first: 4, last: 7 });
  });

  it('are told as the addresses that they are of', () => {
    expect(codes.addressesOf({ first: 1n, last: 3n })).toEqual(network('10.0.0.0/8'));
    expect(codes.addressesOf({ first: 4n, last: 7n })).toEqual({ first: range('11.0.0.0').first, last: 0xffff_ffffn });
    expect(codes.addressesOf({ first: 6n, last: 6n })).toEqual({ first: range('11.0.0.0').first, last: 0xffff_ffffn });
  });

  it('are refused for a range that begins or ends within a part', () => {
    for (const text of ['10.1.0.0/16', '10.0.0.8', '10.0.0.0/7', '11.0.0.0/8'])
      expect(() => codes.codesOf(network(text)), text).toThrow(RangeError);
    expect(everyAddress('ipv4').codesOf(network('10.1.0.0/16'))).toEqual(network('10.1.0.0/16'));
  });

  it('have no bits of addresses that could be asked for', () => {
    const ruleset = read('*filter\nCOMMIT\n');
    expect(() => new PacketSpace('ipv4', [ruleset], { addresses: [] }).masked('source', 1n, 1n)).toThrow(RangeError);
    const bits = 'table ip t { chain c { type filter hook forward priority 0; ip saddr & 0.0.0.1 == 0.0.0.1 drop; }; }';
    const odd = readConfiguration([{ file: 'fw', text: bits, format: 'nftables' }]);
    const space = new PacketSpace('ipv4', [odd], { addresses: [] });
    expect(space.share(space.masked('source', 1n, 1n))).toBe(0.5);
    expect(space.bits('destination').width).toBeLessThan(8);
  });

  it('count as much as they have addresses', () => {
    const ofAll = addressCodes('ipv4', [network('128.0.0.0/2')]).shares;
    expect([...(ofAll ?? [])].slice(1)).toEqual([1, 0.75, 0.25, 0.5, 0.25, 0.25, 0]);
  });
});

/** What is accepted, as rows, each with its share of all packets and its witness. */
function told(space: PacketSpace, ruleset: Ruleset, hook: 'forward' | 'input' | 'output'): unknown {
  const { accepted, redirected } = passage(new Onward(ruleset, space), hook);
  return [accepted, redirected].map(({ may }) => {
    const { rows, further } = rowsOf(space, may, 30);
    const shown = rows.map((row) => {
      const { rest: _rest, ...words } = row;
      const set = setOfRow(space, row);
      return { words, share: space.share(set).toPrecision(12), witness: witnessOf(space, set) };
    });
    return { shown, further, all: space.share(may).toPrecision(12) };
  });
}

describe('what else is asked', () => {
  it('changes no answer, and no line that is dead', () => {
    const firewall = read(largeFirewall('ipv4', 1_200, 3));
    const asked = [25, 587].map((port) => question(port, '10.100.0.0/16'));
    const settings = { hook: 'forward', budget: 4_000_000, interfaces: [] } as const;
    const [alone, all] = [
      inspect(firewall, asked, settings),
      inspect(firewall, [...asked, question(25, '10.0.0.0/8'), question(25, '10.100.3.0/27')], settings),
    ];
    expect(alone.answers.map(({ outcome, rows }) => [outcome, rows.length > 0])).toEqual([
      ['conditional', true],
      ['conditional', true],
    ]);
    expect(alone.answers).toEqual(all.answers.slice(0, 2));
    expect(alone.dead.length).toBeGreaterThan(0);
    expect(alone.dead).toEqual(all.dead);
  });
});

describe.each([
  ['nftables', generate],
  ['iptables', generateIptables],
])('random rulesets of %s', (_, make) => {
  it('are told in the same words, whether addresses that they do not tell apart have one code or each its own', () => {
    let fewer = 0;
    for (let seed = 100; seed < 120; seed++) {
      const { files, hook } = make(seed);
      const ruleset = readConfiguration(files.map(({ name, format, text }) => ({ file: name, format, text })));
      for (const family of FAMILIES) {
        const space = (addresses: readonly [] | null): PacketSpace =>
          new PacketSpace(family, [ruleset], { ports: [25], addresses });
        const [coded, whole] = [space([]), space(null)];
        if (narrower(coded, whole)) fewer += 1;
        expect(told(coded, ruleset, hook), `seed ${seed}`).toEqual(told(whole, ruleset, hook));
      }
    }
    // Or else this tests little.
    expect(fewer).toBeGreaterThan(20);
  });
});

function narrower(a: PacketSpace, b: PacketSpace): boolean {
  return a.bits('source').width < b.bits('source').width && a.bits('destination').width < b.bits('destination').width;
}

function read(text: string): Ruleset {
  return readConfiguration([{ file: 'fw', text, format: 'iptables-save' }]);
}

function question(port: number, source: string): ConfigurationQuestion {
  return {
    id: `${source}:${port}`,
    firewall: 'edge',
    segment: 'some',
    destination: 'internet',
    port,
    family: 'ipv4',
    expect: 'deny',
    rules: [],
    sources: networks(source).ipv4,
    destinations: networks('192.0.2.0/24').ipv4,
    names: [],
    in: null,
    out: null,
  };
}
