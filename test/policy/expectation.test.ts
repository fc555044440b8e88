import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, formatAddress } from '../../src/model/address.ts';
import { contains } from '../../src/model/address-set.ts';
import { permits, segmentOf } from '../../src/model/permits.ts';
import type { Policy } from '../../src/model/policy.ts';
import type { Resolution } from '../../src/model/resolution.ts';
import { explainPolicy } from '../../src/policy/explain.ts';
import { policyOf } from './fixtures.ts';

/** 198.51.100.0/27 is the whole world of these policies: small enough to look at every address. */
const WORLD: readonly Address[] = Array.from({ length: 32 }, (_, index) => formatAddress('ipv4', 0xc6336400n + BigInt(index)));
const NO_NAMES: Resolution = { addresses: () => [], exchangers: () => [], error: () => null };

const network = fc.tuple(fc.integer({ min: 27, max: 32 }), fc.nat({ max: 31 })).map(([prefix, host]) => {
  const size = 2 ** (32 - prefix);
  return `198.51.100.${host - (host % size)}/${prefix}`;
});
const networks = fc.uniqueArray(network, { minLength: 1, maxLength: 3 });
const targets = fc.subarray(['a', 'b', 'x', 'y', 'z'], { minLength: 1 });
const rule = fc.record({ from: fc.subarray(['a', 'b', 'c'], { minLength: 1 }), to: targets, ports: fc.constant([25]) });

/** Segments a, b, c and destinations x, y, z with random networks, and rules between them. */
const policy = fc
  .record({
    // No network in two segments, which is an error.
    segments: fc.uniqueArray(network, { minLength: 3, maxLength: 9 }),
    x: networks,
    y: networks,
    z: networks,
    rules: fc.array(rule, { maxLength: 4 }),
  })
  .map(({ segments, x, y, z, rules }) =>
    policyOf(
      JSON.stringify({
        version: 1,
        name: 'random',
        segments: Object.fromEntries(
          ['a', 'b', 'c'].map((name, at) => [name, { networks: segments.filter((_, index) => index % 3 === at) }]),
        ),
        destinations: { x: { networks: x }, y: { networks: y }, z: { networks: z } },
        rules,
        audit: { ports: [25] },
      }),
    ),
  );

/** Every address of a destination, or of a segment (the most specific counts). */
function addressesOf(random: Policy, name: string): readonly Address[] {
  const destination = random.destinations.find((candidate) => candidate.name === name);
  return WORLD.filter((address) =>
    destination === undefined
      ? segmentOf(random, address)?.name === name
      : contains(destination.networks ?? { ipv4: [], ipv6: [] }, address),
  );
}

describe('the matrix agrees with what is permitted address by address', () => {
  it('for random networks, segments inside segments, and rules', () => {
    fc.assert(
      fc.property(policy, (random) => {
        for (const cell of explainPolicy(random, () => null).cells) {
          const addresses = addressesOf(random, cell.destination);
          if (addresses.length === 0) continue;
          const permitted = addresses.filter(
            (address) => permits(random, NO_NAMES, { segment: cell.segment, address, port: 25 }).length > 0,
          );
          const seen = permitted.length === 0 ? 'deny' : permitted.length === addresses.length ? 'allow' : 'mixed';
          expect({ ...cell, expect: seen }).toEqual(cell);
        }
      }),
      { numRuns: 150 },
    );
  });
});
