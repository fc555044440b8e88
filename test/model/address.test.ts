import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Address,
  compareAddresses,
  type Family,
  familyOf,
  formatAddress,
  networksOf,
  numberOf,
  parseAddress,
  parseNetwork,
} from '../../src/model/address.ts';
import {
  type AddressSet,
  ANY,
  addressSet,
  contains,
  intersect,
  isEmpty,
  networks,
  PRIVATE,
  PUBLIC,
  subtract,
  toNetworks,
  UNUSABLE,
  union,
} from '../../src/model/address-set.ts';

const address = fc.oneof(
  fc.ipV4().map((text) => ({ text, family: 'ipv4' as const })),
  fc.ipV6().map((text) => ({ text, family: 'ipv6' as const })),
);
const range = fc
  .tuple(fc.constantFrom('ipv4' as const, 'ipv6' as const), fc.bigInt(0n, 300n), fc.bigInt(0n, 40n))
  .map(([family, first, length]) => ({ family, first, last: first + length }));
const set = fc.array(range, { maxLength: 6 }).map(addressSet);

describe('parseAddress', () => {
  it('agrees with Node on what is an address', () => {
    const text = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{0,20}$/));
    fc.assert(
      fc.property(text, (candidate) => {
        expect(parseAddress(candidate) !== null).toBe(isIPv4(candidate) || isIPv6(candidate));
      }),
    );
  });

  it('writes IPv6 as the URL parser of Node does (RFC 5952)', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(`[${parseAddress(text)}]`).toBe(new URL(`http://[${text}]/`).hostname);
      }),
    );
  });

  it('gives the same text again for its own text', () => {
    fc.assert(
      fc.property(address, ({ text, family }) => {
        const canonical = parseAddress(text);
        expect(canonical).not.toBeNull();
        if (canonical === null) return;
        expect(familyOf(canonical)).toBe(family);
        expect(parseAddress(canonical)).toBe(canonical);
        expect(formatAddress(family, numberOf(canonical))).toBe(canonical);
      }),
    );
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '010.0.0.1',
    '256.1.1.1',
    '1.2.3.4/32',
    ':',
    ':::',
    '1::2::3',
    '12345::',
    'fe80::1%eth0',
    '::1.2.3',
    '1.2.3.4::',
    ' 1.2.3.4',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeNull();
  });
});

describe('parseNetwork', () => {
  it('says which network was meant where host bits are set', () => {
    expect(parseNetwork('10.20.0.5/16')).toEqual({ problem: 'host-bits', meant: '10.20.0.0/16' });
    expect(parseNetwork('2001:db8::1/32')).toEqual({ problem: 'host-bits', meant: '2001:db8::/32' });
  });

  it.each([
    ['10.0.0.0/33', 'prefix-length'],
    ['10.0.0.0/08', 'prefix-length'],
    ['10.0.0.0/', 'prefix-length'],
    ['10.0.0.0/8/9', 'syntax'],
    ['ten', 'syntax'],
  ])('refuses %s: %s', (text, problem) => {
    expect(parseNetwork(text)).toMatchObject({ problem });
  });

  it('takes every network apart and together again', () => {
    fc.assert(
      fc.property(range, (original) => {
        const parts = networksOf(original).map((text) => parseNetwork(text));
        const again = addressSet(parts.flatMap((part) => ('range' in part ? [part.range] : [])));
        expect(again[original.family]).toEqual([original]);
      }),
    );
  });
});

describe('address sets', () => {
  const addresses = (family: Family): Address[] =>
    Array.from({ length: 345 }, (_, index) => formatAddress(family, BigInt(index)));
  const samples = { ipv4: addresses('ipv4'), ipv6: addresses('ipv6') };

  it('agree with membership, address by address', () => {
    fc.assert(
      fc.property(set, set, fc.constantFrom('ipv4' as const, 'ipv6' as const), (a, b, family) => {
        const world = samples[family];
        const [inA, inB] = [world.map((sample) => contains(a, sample)), world.map((sample) => contains(b, sample))];
        const members = (of: AddressSet): boolean[] => world.map((sample) => contains(of, sample));
        expect(members(union(a, b))).toEqual(inA.map((is, index) => is || inB[index]));
        expect(members(subtract(a, b))).toEqual(inA.map((is, index) => is && !inB[index]));
        expect(members(intersect(a, b))).toEqual(inA.map((is, index) => is && inB[index]));
      }),
      { numRuns: 50 },
    );
  });

  it('split the whole space into public, private and unusable, without overlap', () => {
    expect(toNetworks(union(PUBLIC, PRIVATE, UNUSABLE))).toEqual(toNetworks(ANY));
    expect(isEmpty(intersect(PUBLIC, PRIVATE))).toBe(true);
    expect(isEmpty(intersect(PUBLIC, UNUSABLE))).toBe(true);
  });

  it.each([
    ['198.51.100.7', true],
    ['2001:db8:f::25', true],
    ['8.8.8.8', true],
    ['10.1.2.3', false],
    ['100.64.0.1', false],
    ['127.0.0.1', false],
    ['169.254.1.1', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['fd00::1', false],
    ['fe80::1', false],
    ['::1', false],
    ['::ffff:8.8.8.8', false],
  ])('%s is public: %s', (text, expected) => {
    const parsed = parseAddress(text);
    expect(parsed !== null && contains(PUBLIC, parsed)).toBe(expected);
  });

  it('sort IPv4 before IPv6, then by number', () => {
    const sorted = ['2001:db8::2', '10.0.0.10', '2001:db8::1', '10.0.0.9']
      .flatMap((text) => parseAddress(text) ?? [])
      .sort(compareAddresses);
    expect(sorted).toEqual(['10.0.0.9', '10.0.0.10', '2001:db8::1', '2001:db8::2']);
  });

  it('write back what was written', () => {
    expect(toNetworks(networks('10.0.0.0/9', '10.128.0.0/9', '192.0.2.1'))).toEqual(['10.0.0.0/8', '192.0.2.1']);
  });
});
