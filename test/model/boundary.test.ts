import { describe, expect, it } from 'vitest';
import { boundaryOf } from '../../src/model/boundary.ts';
import { at } from '../support/address.ts';
import { policyOf } from '../support/policy.ts';

const OFFICE = policyOf(`
version: 1
name: office
segments:
  desks: { networks: [10.20.0.0/16, "2001:db8:20::/48"] }
  relays: { networks: [10.1.0.25] }
destinations: {}
rules: []
`);

describe('the edge of the network', () => {
  it.each([
    ['198.51.100.7', 'public'],
    ['10.20.0.9', 'neighbour'],
    ['10.1.0.25', 'inside'],
    ['192.168.7.7', 'inside'],
    ['2001:db8:20::9', 'neighbour'],
    ['2001:db8:f::25', 'public'],
  ])('%s is %s to a desk', (address, side) => {
    expect(boundaryOf(OFFICE, 'desks', at(address))).toBe(side);
  });
});
