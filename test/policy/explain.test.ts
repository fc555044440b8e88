import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { Expectations, ExpectedCell } from '../../src/model/expectations.ts';
import { explainPolicy } from '../../src/policy/explain.ts';
import { parsePublicKey } from '../../src/receipt/keys.ts';
import { renderExpectations } from '../../src/report/expectations.ts';
import { load, names, policyText, root, textOf } from './fixtures.ts';

function explain(text: string): Expectations {
  return explainPolicy(load(text).policy, (key) => parsePublicKey(key)?.id ?? null);
}

function cell(expectations: Expectations, segment: string, destination: string, port: number): ExpectedCell {
  const found = expectations.cells.find(
    (each) => each.segment === segment && each.destination === destination && each.port === port,
  );
  if (found === undefined) throw new Error(`no cell ${segment} ${destination} ${port}`);
  return found;
}

describe('what a policy expects', () => {
  const office = explain(textOf('valid', 'complete.yaml'));

  it.each([
    ['workstations', 'provider', 587, 'allow', ['staff-submit'], null],
    ['workstations', 'provider', 25, 'deny', [], null],
    ['workstations', 'internet', 587, 'mixed', ['staff-submit'], 'allowed for 192.0.2.0/24, which "provider" holds'],
    ['relays', 'internet', 25, 'allow', ['relays-deliver'], null],
    ['relays', 'provider', 25, 'allow', ['relays-deliver'], 'all of it lies in "internet"'],
    ['relays', 'partner', 25, 'mixed', ['relays-deliver'], 'mx of example.org: allowed where the address lies in "internet"'],
    ['relays', 'internet', 587, 'deny', [], null],
  ])('%s → %s:%i is %s', (segment, destination, port, expectation, rules, note) => {
    expect(cell(office, segment, destination, port)).toMatchObject({ expect: expectation, rules, note });
  });

  it('names the own servers, which are tested for relaying', () => {
    expect(office.servers).toEqual([
      { name: 'hub', host: 'mail.example.com', ports: [25, 587], relay: 'none', hostedDomain: 'example.com' },
    ]);
    const options = { color: false, unicode: true, width: 100, verbose: false };
    expect(renderExpectations('text', office, options)).toContain(
      '  hub  mail.example.com on 25 and 587: may relay for nobody; takes mail for example.com\n',
    );
  });

  it('names the sentinels, with what they prove by, and says whether documentation addresses are tried', () => {
    expect([office.sentinels, office.documentationAddresses]).toEqual([
      [
        {
          name: 'edge',
          host: 'sentinel.example.com',
          ports: [25, 443, 465, 587, 2525],
          key: '21fe31dfa154a261',
          expectedSources: ['198.51.100.20'],
        },
      ],
      true,
    ]);
    const options = { color: false, unicode: true, width: 120, verbose: false };
    expect(renderExpectations('text', office, options)).toContain(`Interception  who answers in the place of others
  edge  sentinel sentinel.example.com on 25, 443, 465, 587 and 2525: key 21fe31dfa154a261; expects 198.51.100.20
  Addresses that nobody can have (RFC 5737, RFC 3849) are tried on every audited port: who answers stands on the way.
`);
    const keyless = explain(policyText({ sentinels: '{ edge: { host: sentinel.example.com, ports: [25] } }' }));
    expect(renderExpectations('text', keyless, options)).toContain(`Interception  who answers in the place of others
  edge  sentinel sentinel.example.com on 25: no key: proves nothing; no expected sources

`);
    expect(renderExpectations('text', explain(policyText()), options)).not.toContain('Interception');
  });

  it('names what will be asked, and what is missing where nothing will', () => {
    expect(cell(office, 'workstations', 'internet', 25)).toMatchObject({
      asked: ['mx.example.org', 'sentinel sentinel.example.com'],
      missing: null,
    });
    expect(cell(office, 'workstations', 'provider', 2525)).toMatchObject({
      asked: [],
      missing: 'nothing is known to listen on 2525',
    });
  });

  it('puts requirements in words', () => {
    expect(office.rules[0]?.requirements).toEqual([
      'STARTTLS',
      'TLS 1.2 or newer',
      'valid certificate',
      'authentication required',
      'no clear-text authentication before TLS',
    ]);
  });

  it('has rows for own servers and for segments that rules name, and none from a segment to itself', () => {
    const text = policyText({
      segments: '{ staff: { networks: [10.20.0.0/16] }, relays: { networks: [10.1.0.25] } }',
      rules: '[{ name: hand-over, from: staff, to: relays, ports: [25] }]',
      servers: '[{ name: hub, host: mail.example.com, ports: [25] }]',
    });
    const expectations = explain(text);
    expect(expectations.destinations.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'destination provider',
      'segment relays',
      'server hub',
    ]);
    expect(cell(expectations, 'staff', 'relays', 25)).toMatchObject({ expect: 'allow', asked: ['10.1.0.25'] });
    expect(expectations.cells.some(({ segment, destination }) => segment === destination)).toBe(false);
  });

  it('tells names apart from names: a host that two destinations share is allowed under both', () => {
    const text = policyText({
      destinations:
        '{ a: { hosts: [smtp.example.net] }, b: { hosts: [smtp.example.net, smtp.example.org] }, c: { hosts: [smtp.example.org] } }',
      rules: '[{ name: submit, from: staff, to: a, ports: [587] }]',
    });
    const expectations = explain(text);
    expect(['a', 'b', 'c'].map((name) => cell(expectations, 'staff', name, 587).expect)).toEqual(['allow', 'mixed', 'deny']);
  });

  it('says nothing of ports that are not audited, beyond the rules that allow them', () => {
    const text = policyText({ audit: '{ ports: [25] }', segments: '{ staff: {}, guests: {} }' });
    expect(cell(explain(text), 'guests', 'provider', 587)).toMatchObject({ expect: 'unaudited', asked: [], missing: null });
    expect(cell(explain(text), 'staff', 'provider', 587).expect).toBe('allow');
  });

  it('tells what is to be filled in', () => {
    const expectations = explain(
      policyText({ segments: '{ staff: {} }', destinations: '{ provider: {}, internet: { networks: [public] } }' }),
    );
    expect(expectations.segments[0]?.missing).toContain('--from staff');
    expect(expectations.destinations.map(({ missing }) => missing)).toEqual([
      'hosts, mx, or networks with probes',
      expect.stringContaining('probes that stand for it'),
    ]);
  });
});

describe('the document', () => {
  const schema: unknown = JSON.parse(readFileSync(join(root, 'policies/expectations.schema.json'), 'utf8'));
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(
    typeof schema === 'object' && schema !== null ? schema : {},
  );

  it.each(names('valid'))('of %s is as its JSON Schema says', (name) => {
    expect(validate(explain(textOf('valid', `${name}.yaml`)))).toBe(true);
    expect(validate.errors).toBeNull();
  });

  it('with a key more is not', () => {
    expect(validate({ ...explain(policyText()), more: 1 })).toBe(false);
  });
});
