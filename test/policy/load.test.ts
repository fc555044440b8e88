import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/model/address.ts';
import { contains, toNetworks } from '../../src/model/address-set.ts';
import { load, names, policyOf, policyText, problemsOf, textOf } from './fixtures.ts';

const codes = (text: string): string[] => problemsOf(text).map(({ code }) => code);

describe('a valid policy', () => {
  it.each(names('valid'))('%s is accepted', (name) => {
    expect(load(textOf('valid', `${name}.yaml`)).policy.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('keeps every key of the format', () => {
    const policy = policyOf(textOf('valid', 'complete.yaml'));
    const [workstations, relays] = policy.segments;
    expect(workstations).toMatchObject({
      name: 'workstations',
      egress: 'head-office',
      controls: [{ host: 'www.example.net', port: 443 }],
    });
    expect(relays?.networks).toHaveLength(2);
    expect(policy.destinations.map(({ name, listening, mx }) => ({ name, listening, mx }))).toEqual([
      { name: 'provider', listening: [465, 587], mx: [] },
      { name: 'partner', listening: null, mx: ['example.org'] },
      { name: 'internet', listening: null, mx: [] },
    ]);
    expect(policy.destinations[2]?.probes).toEqual([
      { kind: 'host', host: 'mx.example.org', listening: [25] },
      { kind: 'sentinel', sentinel: 'edge' },
    ]);
    expect(policy.rules[0]?.require).toEqual({
      tls: 'starttls',
      tlsVersion: '1.2',
      certificateValid: true,
      authRequired: true,
      authBeforeTlsForbidden: true,
    });
    expect(policy.servers[0]).toMatchObject({ name: 'hub', relay: 'none', hostedDomain: 'example.com' });
    expect(policy.audit).toMatchObject({
      probeDomain: 'relaytest.example.com',
      documentationAddresses: true,
      trust: ['internal-ca.pem'],
    });
    expect(policy.sentinels[0]).toMatchObject({ name: 'edge', expectedSources: ['198.51.100.20'] });
    expect(policy.firewalls[0]?.interfaces.get('relays')).toEqual(['eth1', 'eth2']);
    expect(policy.waivers[0]).toMatchObject({ code: 'egress-open', port: 2525, until: '2027-01-31', host: null });
  });

  it('cuts exceptions out of a segment', () => {
    const [segment] = policyOf(textOf('valid', 'complete.yaml')).segments;
    const inside = (text: string): boolean => {
      const address = parseAddress(text);
      return segment !== undefined && address !== null && contains(segment.addresses, address);
    };
    expect([inside('10.20.8.1'), inside('10.20.9.1'), inside('2001:db8:20::1')]).toEqual([true, false, true]);
  });

  it('reads networks from a file beside it', () => {
    const { policy } = load(textOf('valid', 'network-file.yaml'));
    const networks = policy.destinations[0]?.networks;
    expect(networks && toNetworks(networks)).toEqual(['192.0.2.0/24', '203.0.113.0/24', '2001:db8:f::/48']);
  });

  it('writes `any` out into segments, and leaves it as a target', () => {
    const { policy } = load(textOf('valid', 'network-file.yaml'));
    expect(policy.rules.map(({ name, from, to }) => ({ name, from, to }))).toEqual([
      { name: 'rule-1', from: ['staff'], to: ['blocks'] },
      { name: 'rule-2', from: ['staff'], to: 'any' },
    ]);
  });

  it('gives a rule without a name one that no other rule has', () => {
    const rules = '[{ from: staff, to: provider, ports: [465] }, { name: rule-1, from: staff, to: provider, ports: [587] }]';
    const ruleNames = policyOf(policyText({ rules })).rules.map(({ name }) => name);
    expect(new Set(ruleNames).size).toBe(2);
  });

  it('writes hosts the one canonical way', () => {
    const destinations = '{ a: { hosts: [SMTP.Example.NET., "2001:0db8:0:0::25"], mx: [Example.ORG] } }';
    const [destination] = policyOf(policyText({ destinations, rules: '[]' })).destinations;
    expect(destination?.hosts).toEqual(['smtp.example.net', '2001:db8::25']);
    expect(destination?.mx).toEqual(['example.org']);
  });

  it('audits the usual ports where it names none', () => {
    expect(policyOf(policyText()).audit.ports).toEqual([25, 465, 587, 2525]);
  });

  it('places segments and rules at their names', () => {
    const policy = load(textOf('valid', 'complete.yaml'), 'dir/complete.yaml').policy;
    expect(policy.segments[0]?.location).toMatchObject({ file: 'dir/complete.yaml', column: 3 });
    expect(textOf('valid', 'complete.yaml').split('\n')[(policy.rules[1]?.location.line ?? 0) - 1]).toContain('relays-deliver');
  });

  it('is warned of a requirement that asks nothing', () => {
    expect(load(textOf('valid', 'network-file.yaml')).problems).toMatchObject([{ severity: 'warning', code: 'never-applies' }]);
  });

  it('may have underscores in host names', () => {
    const destinations = '{ provider: { hosts: [smtp_out.example.net] } }';
    expect(policyOf(policyText({ destinations })).destinations[0]?.hosts).toEqual(['smtp_out.example.net']);
  });

  it('may have smaller networks of one segment inside another', () => {
    expect(
      policyOf(policyText({ segments: '{ a: { networks: [10.0.0.0/8] }, staff: { networks: [10.1.0.0/16] } }' })).segments,
    ).toHaveLength(2);
  });
});

describe('problems', () => {
  it('come all at once, by place', () => {
    const problems = problemsOf(textOf('invalid', 'ten-mistakes.yaml'));
    const places = problems.map(({ location }) => (location?.line ?? 0) * 1_000 + (location?.column ?? 0));
    expect(problems.length).toBeGreaterThan(25);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('of shape and of meaning come together', () => {
    expect(codes(policyText({ rules: '[{ from: stuff, to: provider }]' }))).toEqual(['missing-key', 'unknown-name']);
  });

  it('follow none that is already told: a misspelt required key is not missing as well', () => {
    expect(codes(policyText({ rules: '[{ from: staff, to: provider, prots: [25] }]' }))).toEqual(['unknown-key']);
  });

  it('do not follow from a network that is none', () => {
    const segments = '{ staff: { networks: [10.20.0.0/99], except: [10.20.1.0/24] } }';
    expect(codes(policyText({ segments }))).toEqual(['bad-network']);
  });

  it('never hold raw control characters', () => {
    for (const name of names('invalid')) expect(textOf('invalid', `${name}.txt`)).toMatch(/^[\x20-\x7e\n…]*$/);
  });

  it('are limited in number', () => {
    const ports = Array.from({ length: 5_000 }, () => 'x').join(', ');
    expect(problemsOf(policyText({ audit: `{ ports: [${ports}] }` })).length).toBeLessThanOrEqual(1_001);
  });

  it('of a text over 4 MiB is its size, without reading it', () => {
    expect(problemsOf(`name: "${'x'.repeat(4 * 1024 * 1024)}"`)).toMatchObject([{ code: 'too-large', frame: null }]);
  });

  it('count characters beyond the basic plane as two columns, as editors with UTF-16 do', () => {
    const [problem] = problemsOf(
      policyText({ name: '"😀"', rules: '[{ name: "😀", from: stuff, to: provider, ports: [25] }]' }),
    ).slice(1);
    expect(problem).toMatchObject({ code: 'unknown-name', location: { column: 29 } });
  });
});
