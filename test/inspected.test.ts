import { describe, expect, it } from 'vitest';
import { type GivenFirewall, refuseGiven } from '../src/inspected.ts';
import { policyOf } from './support/policy.ts';

const POLICY = policyOf(`
version: 1
name: formats
segments:
  inner: { networks: [10.20.0.0/16] }
destinations:
  near: { networks: [192.0.2.0/24] }
rules:
  - { name: inner-near, from: inner, to: near, ports: [587] }
firewalls:
  fw: { files: [fw] }
`);

const NOTHING: GivenFirewall = { formats: [], hook: null, interfaces: new Map(), firewall: null };

describe('what the command line says of the firewalls of a policy', () => {
  it('is no format, also where the policy gives none', () => {
    expect(() => refuseGiven(POLICY, { ...NOTHING, formats: ['nftables'] })).toThrow(
      'Files of firewalls of the policy have the format that it gives them; where it gives none, that is found in the file. Leave out --config-format, or write format: beside the files.',
    );
    expect(() => refuseGiven(POLICY, NOTHING)).not.toThrow();
  });
});
