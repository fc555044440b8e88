import { describe, expect, it } from 'vitest';
import { familyOf } from '../../src/model/address.ts';
import type { Vantage } from '../../src/model/evidence.ts';
import { questionsOf } from '../../src/model/question.ts';
import type { Resolution } from '../../src/model/resolution.ts';
import { at } from '../support/address.ts';
import { policyOf } from '../support/policy.ts';

function vantageOf(...legs: readonly string[]): Vantage {
  const parsed = legs.map((leg) => {
    const [segment = '', address = ''] = leg.split(' ');
    return { segment, family: familyOf(at(address)), source: at(address), asserted: false };
  });
  const addresses = [...parsed.map(({ source }) => source), at('127.0.0.1')];
  return {
    hostname: 'h',
    platform: 'linux',
    addresses,
    segments: parsed.map(({ segment }) => segment),
    legs: parsed,
    ipv6: false,
  };
}

function names(table: Readonly<Record<string, readonly string[]>>): Resolution {
  return {
    addresses: (name) => (table[name] ?? []).map(at),
    exchangers: (domain) => table[`MX ${domain}`] ?? [],
    error: (lookup, name) => (table[lookup === 'mx' ? `MX ${name}` : name] === undefined ? 'ENOTFOUND' : null),
  };
}

function asked(text: string, vantage: Vantage, table: Readonly<Record<string, readonly string[]>> = {}): string[] {
  return questionsOf(policyOf(text), vantage, names(table)).map(
    ({ id, expect: expected, kind, problem }) => `${id} ${expected} ${kind}${problem === null ? '' : ` ! ${problem}`}`,
  );
}

const OFFICE = `
version: 1
name: office
segments:
  desks: { networks: [10.20.0.0/16, "2001:db8:20::/48"] }
  relays: { networks: [10.1.0.25, 10.1.0.26] }
destinations:
  provider: { hosts: [smtp.example.net], listening: [465, 587] }
rules:
  - { name: staff, from: desks, to: provider, ports: [587] }
  - { name: to-relays, from: desks, to: relays, ports: [25] }
`;

describe('questions', () => {
  it('go to every address of a name in the family of the leg', () => {
    const table = { 'smtp.example.net': ['198.51.100.11', '198.51.100.10', '2001:db8:f::10'] };
    expect(asked(OFFICE, vantageOf('desks 10.20.0.5'), table)).toEqual([
      'desks/10.20.0.5>provider/198.51.100.10:465 deny reachability',
      'desks/10.20.0.5>provider/198.51.100.10:587 allow reachability',
      'desks/10.20.0.5>provider/198.51.100.11:465 deny reachability',
      'desks/10.20.0.5>provider/198.51.100.11:587 allow reachability',
      'desks/10.20.0.5>relays/10.1.0.25:25 allow reachability',
      'desks/10.20.0.5>relays/10.1.0.26:25 allow reachability',
    ]);
    expect(asked(OFFICE, vantageOf('desks 2001:db8:20::5'), table)).toEqual([
      'desks/[2001:db8:20::5]>provider/[2001:db8:f::10]:465 deny reachability',
      'desks/[2001:db8:20::5]>provider/[2001:db8:f::10]:587 allow reachability',
    ]);
  });

  it('are asked of no address that is this host: a packet to it never leaves', () => {
    const table = { 'smtp.example.net': ['198.51.100.10'] };
    const rows = asked(OFFICE, vantageOf('desks 10.20.0.5', 'relays 10.1.0.25'), table);
    expect(rows).toContain('desks/10.20.0.5>relays/10.1.0.25:25 allow reachability ! 10.1.0.25 is this host itself');
    expect(rows).toContain('desks/10.20.0.5>relays/10.1.0.26:25 allow reachability');
    expect(rows.filter((row) => row.startsWith('relays/') && row.includes('>relays/'))).toEqual([]);
  });

  it('whose name cannot be resolved stay, with the reason', () => {
    expect(asked(OFFICE, vantageOf('desks 10.20.0.5')).slice(0, 2)).toEqual([
      'desks/10.20.0.5>provider/smtp.example.net:465 deny reachability ! smtp.example.net did not resolve: ENOTFOUND',
      'desks/10.20.0.5>provider/smtp.example.net:587 allow reachability ! smtp.example.net did not resolve: ENOTFOUND',
    ]);
  });

  it.each([
    ['127.0.0.1', 'which is this host itself'],
    ['0.0.0.0', 'which is no address of a server'],
    ['10.20.0.5', 'which is this host itself'],
  ])('are not asked of a name that resolves to %s', (address, why) => {
    const rows = asked(OFFICE, vantageOf('desks 10.20.0.5'), { 'smtp.example.net': [address] });
    expect(rows.slice(0, 2).every((row) => row.includes(why))).toBe(true);
  });

  it('are not asked of an address outside the networks of its destination', () => {
    const text = OFFICE.replace('listening: [465, 587]', 'networks: [192.0.2.0/24], listening: [587]');
    expect(asked(text, vantageOf('desks 10.20.0.5'), { 'smtp.example.net': ['198.51.100.10'] })[0]).toContain(
      'allow reachability ! smtp.example.net resolves to 198.51.100.10, which lies outside the networks of provider',
    );
  });

  it('are asked of what is written as an address, loopback included', () => {
    const text = `
version: 1
name: here
segments: { desks: { networks: [127.0.0.1] } }
destinations: { here: { hosts: [127.0.0.1], listening: [2525] } }
rules: [{ name: r, from: desks, to: here, ports: [2525] }]
`;
    expect(asked(text, vantageOf('desks 127.0.0.1'))).toEqual(['desks/127.0.0.1>here/127.0.0.1:2525 allow reachability']);
  });

  it('of the exchangers of a domain go to port 25 of each, and an exchanger that is an address is looked at like a name', () => {
    const text = `
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16] } }
destinations: { partner: { mx: [example.org] } }
rules: []
`;
    const table = {
      'MX example.org': ['mx1.example.org', '127.0.0.1'],
      'mx1.example.org': ['198.51.100.7'],
      '127.0.0.1': ['127.0.0.1'],
    };
    expect(asked(text, vantageOf('desks 10.20.0.5'), table)).toEqual([
      'desks/10.20.0.5>partner/198.51.100.7:25 deny reachability',
      'desks/10.20.0.5>partner/127.0.0.1:25 deny reachability ! 127.0.0.1 resolves to 127.0.0.1, which is this host itself',
    ]);
    expect(asked(text, vantageOf('desks 10.20.0.5'))).toEqual([
      'desks/10.20.0.5>partner/example.org:25 deny reachability ! no mail exchanger of example.org: ENOTFOUND',
    ]);
  });

  it('stay where the exchangers of a domain were never looked up', () => {
    const text = OFFICE.replace('hosts: [smtp.example.net]', 'mx: [example.org]');
    const never: Resolution = { addresses: () => [], exchangers: () => [], error: () => null };
    const questions = questionsOf(policyOf(text), vantageOf('desks 10.20.0.5'), never);
    expect(questions.filter(({ destination }) => destination === 'provider').map(({ problem }) => problem)).toEqual([
      'no mail exchanger of example.org: none was looked up',
      'no mail exchanger of example.org: none was looked up',
    ]);
  });

  it.each([
    ['a name', 'hosts: [smtp.example.net]', 'smtp.example.net'],
    ['a domain', 'mx: [example.org]', 'example.org'],
  ])('stay where %s that is allowed has only addresses of a family that the segment does not speak', (_what, entry, host) => {
    const text = OFFICE.replace('hosts: [smtp.example.net]', entry);
    const table = { 'smtp.example.net': ['2001:db8:f::10'], 'MX example.org': ['smtp.example.net'] };
    const rows = asked(text, vantageOf('desks 10.20.0.5'), table).filter((row) => row.includes('provider'));
    expect(rows).toEqual([
      `desks/10.20.0.5>provider/${host}:587 allow reachability ! ${host} has no IPv4 address, and this host has no other in desks`,
    ]);
    const dual = asked(text, vantageOf('desks 10.20.0.5', 'desks 2001:db8:20::5'), table);
    expect(dual.filter((row) => row.includes('!'))).toEqual([]);
  });

  it('go to port 25 of a domain whose last exchanger is out of reach, if another is not', () => {
    const text = OFFICE.replace('hosts: [smtp.example.net]', 'mx: [example.org]').replace(
      'listening: [465, 587]',
      'listening: [587]',
    );
    const table = { a: ['2001:db8:f::10'], b: ['198.51.100.10'], 'MX example.org': ['a', 'b'] };
    const rows = asked(text, vantageOf('desks 10.20.0.5'), table).filter((row) => row.includes('provider'));
    expect(rows).toEqual(['desks/10.20.0.5>provider/198.51.100.10:587 allow reachability']);
  });

  it('go to every audited port of an own endpoint, those that it is not known to serve as leak probes', () => {
    const text = OFFICE.replace('listening: [465, 587]', 'listening: [587], own: true');
    const rows = asked(text, vantageOf('desks 10.20.0.5'), { 'smtp.example.net': ['198.51.100.10'] });
    expect(rows.slice(0, 4)).toEqual([
      'desks/10.20.0.5>provider/198.51.100.10:25 deny leak',
      'desks/10.20.0.5>provider/198.51.100.10:465 deny leak',
      'desks/10.20.0.5>provider/198.51.100.10:587 allow reachability',
      'desks/10.20.0.5>provider/198.51.100.10:2525 deny leak',
    ]);
  });

  it('are not asked within a segment: an own server and its neighbours have no firewall between them', () => {
    const text = `${OFFICE}servers: [{ name: hub, host: 10.1.0.26, ports: [25, 587], relay: none }]\n`;
    const rows = asked(text, vantageOf('relays 10.1.0.25'), { 'smtp.example.net': ['198.51.100.10'] });
    expect(rows.filter((row) => row.includes('10.1.0.26'))).toEqual([]);
  });

  it('have ids of their own where two names of a destination have one address', () => {
    const text = OFFICE.replace('hosts: [smtp.example.net]', 'hosts: [smtp.example.net, mail.example.net]');
    const table = { 'smtp.example.net': ['198.51.100.10'], 'mail.example.net': ['198.51.100.10'] };
    const rows = asked(text, vantageOf('desks 10.20.0.5'), table);
    expect(new Set(rows).size).toBe(rows.length);
    expect(rows).toContain('desks/10.20.0.5>provider/198.51.100.10:587~mail.example.net allow reachability');
  });

  it('know which sentinel they go to: by the host, and where several stand on one, by the port', () => {
    const text = `${OFFICE.replace('listening: [465, 587] }', 'listening: [465, 587], probes: [{ sentinel: edge }, { sentinel: night }] }')}
sentinels:
  edge: { host: 198.51.100.7, ports: [587] }
  night: { host: 198.51.100.7, ports: [2525] }
`;
    const questions = questionsOf(policyOf(text), vantageOf('desks 10.20.0.5'), names({ 'smtp.example.net': ['198.51.100.10'] }));
    const provider = questions.filter(({ destination }) => destination === 'provider');
    expect(provider.map(({ address, port, sentinel }) => `${address}:${port} ${sentinel ?? 'none'}`)).toEqual([
      '198.51.100.10:465 none',
      '198.51.100.10:587 none',
      '198.51.100.7:25 edge',
      '198.51.100.7:465 edge',
      '198.51.100.7:587 edge',
      '198.51.100.7:2525 night',
    ]);
  });

  it('for thousands of endpoints are all there', () => {
    const hosts = Array.from({ length: 3_000 }, (_, index) => `198.18.${index >> 8}.${index & 255}`);
    const text = OFFICE.replace('hosts: [smtp.example.net]', `hosts: [${hosts.join(', ')}]`);
    expect(asked(text, vantageOf('desks 10.20.0.5')).length).toBe(6_002);
  });
});
