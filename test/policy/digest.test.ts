import fc from 'fast-check';
import { dump, load as loadYaml } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/policy/load.ts';
import { load, names, policyOf, policyText, textOf } from './fixtures.ts';

const digestOf = (text: string): string => load(text).policy.digest;

describe('the digest of a policy', () => {
  const shuffledText = fc
    .tuple(fc.constantFrom(...names('valid')), fc.infiniteStream(fc.nat()), fc.boolean(), fc.boolean())
    .map(([name, random, flow, quotes]) => {
      const document = shuffled(loadYaml(textOf('valid', `${name}.yaml`).replace(/^\ufeff/, '')), random);
      return { name, text: dump(document, { flowLevel: flow ? 2 : -1, forceQuotes: quotes, lineWidth: quotes ? 40 : 200 }) };
    });

  it('does not change with the order of keys, the style of writing, or comments', () => {
    fc.assert(
      fc.property(shuffledText, ({ name, text }) => {
        expect(digestOf(`# a comment\n${text}# another\n`)).toBe(digestOf(textOf('valid', `${name}.yaml`)));
      }),
      { numRuns: 60 },
    );
  });

  const base = policyText({ audit: '{ ports: [25, 587] }' });

  it.each([
    ['the name', policyText({ name: 'other', audit: '{ ports: [25, 587] }' })],
    ['a description', `${base}description: something else\n`],
    ['waivers', `${base}waivers: [{ code: egress-open, until: 2027-01-31, reason: CHG-1 }]\n`],
    ['firewalls', `${base}firewalls: { edge: { files: [edge.nft] } }\n`],
    ['the order of ports', policyText({ audit: '{ ports: [587, 25] }' })],
    ['the spelling of a host', base.replace('smtp.example.net', 'SMTP.example.net.')],
    ['a single name written as a list', base.replace('from: staff', 'from: [staff]')],
    ['`any` written out', base.replace('from: staff', 'from: any')],
    [
      'defaults written out',
      base.replace('{ ports: [25, 587] }', '{ ports: [25, 587], documentation-addresses: false, controls: [] }'),
    ],
  ])('does not change with %s', (_, text) => {
    expect(digestOf(text)).toBe(digestOf(base));
  });

  it.each([
    ['a network', base.replace('10.20.0.0/16', '10.20.0.0/17')],
    ['an exception', base.replace('[10.20.0.0/16]', '[10.20.0.0/16], except: [10.20.1.0/24]')],
    [
      'a segment cut in two, which makes its parts more specific',
      base.replace('[10.20.0.0/16]', '[10.20.0.0/17, 10.20.128.0/17]'),
    ],
    ["a segment's name", base.replaceAll('staff', 'people')],
    ['the way out', base.replace('[10.20.0.0/16]', '[10.20.0.0/16], egress: hq')],
    ['a host', base.replace('smtp.example.net', 'smtp2.example.net')],
    ['what listens', base.replace('listening: [465, 587]', 'listening: [587]')],
    ['owning the servers', base.replace('listening: [465, 587]', 'listening: [465, 587], own: true')],
    ["a rule's ports", base.replace('ports: [465, 587] }]', 'ports: [587] }]')],
    ["a rule's name, which results show", base.replace('name: submit', 'name: send')],
    ['a requirement', base.replace('ports: [465, 587] }]', 'ports: [465, 587], require: { auth: required } }]')],
    ['the audited ports', policyText({ audit: '{ ports: [25] }' })],
    ['a control', policyText({ audit: '{ ports: [25, 587], controls: [{ host: www.example.net, port: 443 }] }' })],
    ['a server', `${base}servers: [{ name: hub, host: mail.example.com, ports: [25] }]\n`],
    ['a sentinel', `${base}sentinels: { edge: { host: sentinel.example.com, ports: [25] } }\n`],
  ])('changes with %s', (_, text) => {
    expect(text).not.toBe(base);
    expect(digestOf(text)).not.toBe(digestOf(base));
  });

  it('changes with what a file of networks holds', () => {
    const text = policyText({ destinations: '{ provider: { networks: [{ file: blocks.txt }] } }' });
    const withFile = (content: string): string => loadWith(text, content);
    expect(withFile('192.0.2.0/24\n')).toBe(withFile('# the same\n192.0.2.128/25\n192.0.2.0/25\n'));
    expect(withFile('192.0.2.0/24\n')).not.toBe(withFile('192.0.2.0/25\n'));
  });

  it('does not change with the path', () => {
    expect(load(base, 'a/b.yaml').policy.digest).toBe(policyOf(base).digest);
  });
});

function loadWith(text: string, content: string): string {
  return loadPolicy({ text, path: 'test.yaml', readFile: () => content }).policy.digest;
}

/** The same document with the keys of every mapping in another order; lists of a policy are sets, but unnamed rules are named by place. */
function shuffled(value: unknown, random: Iterator<number>): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random));
  if (typeof value !== 'object' || value === null) return value;
  const ranked = Object.entries(value).map(([key, inner]) => ({
    key,
    inner: shuffled(inner, random),
    rank: Number(random.next().value),
  }));
  return Object.fromEntries(ranked.sort((a, b) => a.rank - b.rank).map(({ key, inner }) => [key, inner]));
}
