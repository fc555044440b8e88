import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { inspect } from '../../src/firewall/inspect.ts';
import type { Ruleset } from '../../src/firewall/ruleset.ts';
import { fewSenders } from '../../src/firewall/senders.ts';
import { networks } from '../../src/model/address-set.ts';
import type { ConfigurationQuestion } from '../../src/model/configuration-question.ts';
import { largeFirewall } from '../bench/rulesets.ts';

const FIREWALL = read(largeFirewall('ipv4', 1_200, 3));
const WORKSTATIONS = networks('10.100.0.0/16').ipv4;

describe('the senders of a firewall that are asked about', () => {
  it('are looked at alone where most of its rules are about others', () => {
    expect(fewSenders(FIREWALL, 'ipv4', WORKSTATIONS)).toMatchObject([{ first: 0x0a640000n, last: 0x0a64ffffn }]);
  });

  it.each([
    ['where rules are about all that are asked about', FIREWALL, '10.0.0.0/8'],
    ['where there are few rules', read(largeFirewall('ipv4', 400, 3)), '10.100.0.0/16'],
  ])('are looked at with all others %s', (_, ruleset, network) => {
    expect(fewSenders(ruleset, 'ipv4', networks(network).ipv4)).toBe(null);
  });

  it('get the same answers, and the same lines are dead', () => {
    const asked = [25, 587].map((port) => question(port, '10.100.0.0/16'));
    const settings = { hook: 'forward', budget: 4_000_000, interfaces: [] } as const;
    const [alone, all] = [
      inspect(FIREWALL, asked, settings),
      inspect(FIREWALL, [...asked, question(25, '10.0.0.0/8')], settings),
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
