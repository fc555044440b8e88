import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.ts';
import { endpointsOf } from '../../src/model/endpoint.ts';
import type { Policy } from '../../src/model/policy.ts';
import { coverageHoles } from '../../src/policy/coverage.ts';
import { evidenceOf } from '../support/evidence.ts';
import { policyOf } from '../support/policy.ts';

const PORTS = [25, 587];
const LEGS = { desks: ['10.20.0.5', '2001:db8:20::5'], relays: ['10.1.0.25', '2001:db8:1::25'] } as const;

const ports = fc.subarray(PORTS, { minLength: 1 });
const listening = fc.option(fc.subarray(PORTS), { nil: null });
const hosts = fc.subarray(['192.0.2.10', '"2001:db8:b::10"'], { minLength: 1 });
const networks = fc.constantFrom('public', '198.51.100.0/24', '"2001:db8:f::/48"');
const names = fc.subarray(['desks', 'relays', 'provider', 'internet'], { minLength: 1 });
const policies = fc
  .record({
    ipv6: fc.record({ desks: fc.boolean(), relays: fc.boolean() }),
    provider: fc.record({ hosts, listening }),
    internet: fc.record({ networks, probes: fc.subarray(['198.51.100.7', '"2001:db8:f::25"']), listening: fc.subarray(PORTS) }),
    rules: fc.array(
      fc.record({ from: fc.constantFrom('desks', 'relays', 'any'), to: fc.oneof(names, fc.constant('any')), ports }),
      {
        maxLength: 3,
      },
    ),
  })
  .map(({ ipv6, provider, internet, rules }) => {
    const list = (items: readonly (string | number)[]): string => `[${items.join(', ')}]`;
    const listens = provider.listening === null ? '' : `, listening: ${list(provider.listening)}`;
    const within = (host: string): boolean =>
      internet.networks === 'public' || internet.networks.includes(':') === host.includes(':');
    const probes = internet.probes.filter(within).map((host) => `{ host: ${host}, listening: ${list(internet.listening)} }`);
    return `
version: 1
name: foresight
segments:
  desks: { networks: [10.20.0.0/16${ipv6.desks ? ', "2001:db8:20::/48"' : ''}] }
  relays: { networks: [10.1.0.25${ipv6.relays ? ', "2001:db8:1::25"' : ''}] }
destinations:
  provider: { hosts: ${list(provider.hosts)}${listens} }
  internet: { networks: [${internet.networks}]${probes.length === 0 ? '' : `, probes: ${list(probes)}`} }
rules: ${list(rules.map(({ from, to, ports: of }, index) => `{ name: r${index}, from: ${from}, to: ${to === 'any' ? to : list(to as string[])}, ports: ${list(of)} }`))}
audit: { ports: ${list(PORTS)}, controls: [{ host: www.example.net, port: 443 }] }`;
  });

/** Everything is silent while the controls answer: what then has no row has no endpoint. */
function uncovered(policy: Policy): string[] {
  const runs = policy.segments.map(({ name, addresses }) => {
    const [ipv4, ipv6] = name === 'desks' ? LEGS.desks : LEGS.relays;
    const legs = [`${name} ${ipv4}`, ...(addresses.ipv6.length > 0 ? [`${name} ${ipv6}`] : [])];
    const controls = ['www.example.net 203.0.113.80:443 0+ 120+', 'www.example.net [2001:db8:f::80]:443 0+ 120+'];
    return evidenceOf(policy, { legs, controls });
  });
  return compare(policy, runs, { now: Date.parse('2026-11-21T21:00:00Z'), requireProof: 'supported', allowOtherPolicy: false })
    .checks.filter(({ kind, reason }) => kind === 'coverage' && reason.includes('no endpoint known to listen'))
    .map(({ id }) => id)
    .sort();
}

it('what lint says cannot be judged is what the comparison then misses, port by port and family by family', () => {
  let missing = 0;
  fc.assert(
    fc.property(policies, (text) => {
      const policy = policyOf(text);
      const foreseen = coverageHoles(policy, endpointsOf(policy))
        .flatMap(({ segment, port, families }) => families.map((family) => `coverage:${segment.name}:${port}/${family}`))
        .sort();
      missing += foreseen.length;
      expect(foreseen).toEqual(uncovered(policy));
    }),
    { numRuns: 150 },
  );
  expect(missing).toBeGreaterThan(0);
});
