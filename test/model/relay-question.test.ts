import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { familyOf } from '../../src/model/address.ts';
import type { Vantage } from '../../src/model/evidence.ts';
import { relayIdOf, relayKey, relayQuestionsOf } from '../../src/model/relay-question.ts';
import type { Resolution } from '../../src/model/resolution.ts';
import { at } from '../support/address.ts';
import { policyOf } from '../support/policy.ts';

function vantageOf(...legs: readonly string[]): Vantage {
  const parsed = legs.map((leg) => {
    const [segment = '', address = ''] = leg.split(' ');
    return { segment, family: familyOf(at(address)), source: at(address), asserted: false };
  });
  const addresses = [...parsed.map(({ source }) => source), at('127.0.0.1'), at('::1')];
  return { hostname: 'h', platform: 'linux', addresses, segments: [], legs: parsed, ipv6: false };
}

function names(table: Readonly<Record<string, readonly string[]>>): Resolution {
  return {
    addresses: (name) => (table[name] ?? []).map(at),
    exchangers: () => [],
    error: (_lookup, name) => (table[name] === undefined ? 'ENOTFOUND' : null),
  };
}

const POLICY = (servers: string): string => `
version: 1
name: office
segments:
  workstations: { networks: [10.20.0.0/16, "2001:db8:20::/48"] }
  relays: { networks: [10.1.0.0/24] }
rules: []
servers: [${servers}]
`;

const HUB = '{ name: hub, host: mail.example.com, ports: [25, 587], relay: none }';
const OFFICE = vantageOf('workstations 10.20.0.5', 'workstations 2001:db8:20::5');

function asked(servers: string, vantage: Vantage, table: Readonly<Record<string, readonly string[]>> = {}): string[] {
  return relayQuestionsOf(policyOf(POLICY(servers)), vantage, names(table)).map(
    ({ id, leg, problem }) => `${id} from ${leg.source}${problem === null ? '' : ` ! ${problem}`}`,
  );
}

describe('questions about relaying', () => {
  it('go to every address and port of a server, over its own family', () => {
    expect(asked(HUB, OFFICE, { 'mail.example.com': ['198.51.100.7', '2001:db8::7'] })).toEqual([
      'relay:hub/[198.51.100.7]:25 from 10.20.0.5',
      'relay:hub/[198.51.100.7]:587 from 10.20.0.5',
      'relay:hub/[2001:db8::7]:25 from 2001:db8:20::5',
      'relay:hub/[2001:db8::7]:587 from 2001:db8:20::5',
    ]);
  });

  it('are asked once from each leg, with ids that differ', () => {
    const two = vantageOf('workstations 10.20.0.5', 'relays 10.1.0.25');
    const server = '{ name: hub, host: 198.51.100.7, ports: [25], relay: none }';
    expect(asked(server, two)).toEqual([
      'relay:hub/[198.51.100.7]:25 from 10.20.0.5',
      'relay:hub/[198.51.100.7]:25~relays from 10.1.0.25',
    ]);
  });

  it('tell once of a name that does not resolve, whatever the number of legs', () => {
    expect(asked('{ name: hub, host: mail.example.com, ports: [25], relay: none }', OFFICE)).toEqual([
      'relay:hub/[mail.example.com]:25 from 10.20.0.5 ! mail.example.com did not resolve: ENOTFOUND',
    ]);
  });

  it.each([
    ['10.20.0.5', 'is this host itself'],
    ['127.0.0.1', 'is this host itself'],
    ['0.0.0.0', 'no address of a server'],
    ['169.254.1.1', 'no address of a server'],
  ])('send nothing to a name that resolves to %s', (address, why) => {
    const [only = ''] = asked(HUB, OFFICE, { 'mail.example.com': [address] });
    expect(only).toContain(why);
  });

  it('are asked of a loopback address that is written as such', () => {
    expect(asked('{ name: hub, host: 127.0.0.1, ports: [25], relay: none }', OFFICE)).toEqual([
      'relay:hub/[127.0.0.1]:25 from 10.20.0.5',
    ]);
  });

  it('are none of an address whose family no leg speaks', () => {
    expect(asked('{ name: hub, host: "2001:db8::7", ports: [25], relay: none }', vantageOf('relays 10.1.0.25'))).toEqual([]);
  });
});

describe('ids', () => {
  it('are never given twice, whichever runs and legs are put together', () => {
    const policy = policyOf(
      POLICY(
        '{ name: a, host: 198.51.100.7, ports: [25, 26], relay: none }, { name: b, host: 198.51.100.7, ports: [25], relay: none }',
      ),
    );
    const leg = fc
      .tuple(fc.constantFrom('workstations', 'relays'), fc.constantFrom('10.20.0.5', '10.1.0.25', '10.1.0.26'))
      .map((pair) => pair.join(' '));
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(leg, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }), (runs) => {
        const taken = new Set<string>();
        const ids = runs.flatMap((legs, index) =>
          relayQuestionsOf(policy, vantageOf(...legs), names({})).map((question) => relayIdOf(question, `host${index}`, taken)),
        );
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 60 },
    );
  });

  it('do not decide which record answers a question: that is what both are about', () => {
    const policy = policyOf(POLICY('{ name: hub, host: 198.51.100.7, ports: [25], relay: none }'));
    const both = relayQuestionsOf(policy, vantageOf('workstations 10.20.0.5', 'relays 10.1.0.25'), names({}));
    const [alone] = relayQuestionsOf(policy, vantageOf('relays 10.1.0.25'), names({}));
    expect(alone?.id).toBe(both[0]?.id);
    expect(alone === undefined ? '' : relayKey(alone)).toBe(both[1] === undefined ? '' : relayKey(both[1]));
  });
});
