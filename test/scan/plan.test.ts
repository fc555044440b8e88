import { describe, expect, it } from 'vitest';
import type { Vantage } from '../../src/model/evidence.ts';
import { type Question, questionsOf } from '../../src/model/question.ts';
import { resolutionOf } from '../../src/model/resolution.ts';
import { parsePublicKey } from '../../src/receipt/keys.ts';
import { readArgument } from '../../src/receipt/request.ts';
import { interleave } from '../../src/scan/interleave.ts';
import { ehloName, inTurn, isAskable, sentinelKeys, targetOf } from '../../src/scan/plan.ts';
import type { ProbeTarget } from '../../src/scan/target.ts';
import { trustOf } from '../../src/scan/trust.ts';
import { at } from '../support/address.ts';
import { policyOf } from '../support/policy.ts';

function policyWith(rule: string, more = ''): ReturnType<typeof policyOf> {
  return policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16] } }
destinations:
  provider: { hosts: [198.51.100.10, 198.51.100.11], listening: [25, 465, 587, 2465] }
  internet: { networks: [public], probes: [{ host: 203.0.113.7, listening: [25, 587] }] }
  own: { hosts: [192.0.2.25], listening: [587], own: true }
rules: [{ name: r, from: desks, to: [provider, own], ports: [465, 587], ${rule} }]
${more}
`);
}

const VANTAGE: Vantage = {
  hostname: 'desk',
  platform: 'linux',
  addresses: [at('10.20.0.5')],
  segments: ['desks'],
  legs: [{ segment: 'desks', family: 'ipv4', source: at('10.20.0.5'), asserted: false }],
  ipv6: false,
};

function targets(policy: ReturnType<typeof policyOf>): Map<string, ProbeTarget> {
  let count = 0;
  const newNonce = (): string => (0xabc00000 + ++count).toString(16).padEnd(32, '0');
  const questions = questionsOf(policy, VANTAGE, resolutionOf([])).filter(isAskable);
  return new Map(
    questions.map((question) => [
      `${question.address}:${question.port}`,
      targetOf(policy, question, { hostname: 'desk', trust: new Map(), keys: sentinelKeys(policy), newNonce }),
    ]),
  );
}

describe('how a port is spoken to', () => {
  it('is TLS from the first byte on 465 and 2465, clear text elsewhere', () => {
    const everywhere = 'audit: { ports: [25, 465, 587, 2465] }';
    const modes = [...targets(policyWith('require: {}', everywhere))].map(([key, { mode }]) => `${key} ${mode}`);
    expect(modes).toContain('198.51.100.10:465 implicit');
    expect(modes).toContain('198.51.100.10:2465 implicit');
    expect(modes).toContain('198.51.100.10:587 clear');
    expect(modes).toContain('198.51.100.10:25 clear');
  });

  it('is what the rule requires', () => {
    expect(targets(policyWith('require: { tls: implicit }')).get('198.51.100.10:587')?.mode).toBe('implicit');
    expect(targets(policyWith('require: { tls: starttls }')).get('198.51.100.10:465')?.mode).toBe('clear');
  });
});

describe('what is said', () => {
  it('is no MAIL where no rule asks for authentication', () => {
    for (const { mail, rcpt } of targets(policyWith('require: { tls: starttls }')).values())
      expect([mail, rcpt]).toEqual([null, null]);
  });

  it('is MAIL where one does, and no RCPT to a bare postmaster, whom Postfix takes from everybody', () => {
    const asked = targets(policyWith('require: { auth: required }'));
    expect(asked.get('198.51.100.10:587')).toMatchObject({ mail: '', rcpt: null });
    expect(asked.get('198.51.100.10:25')).toMatchObject({ mail: null, rcpt: null });
    expect(asked.get('192.0.2.25:587')).toMatchObject({ mail: '', rcpt: null });
  });

  it("is RCPT on own servers whose domain the policy gives, and names the user's domains", () => {
    const more =
      'audit: { probe-domain: relaytest.example.com }\nservers: [{ name: hub, host: 192.0.2.25, ports: [587], relay: none, hosted-domain: example.com }]';
    expect(targets(policyWith('require: { auth: required }', more)).get('192.0.2.25:587')).toMatchObject({
      mail: 'postern@relaytest.example.com',
      rcpt: 'postmaster@example.com',
    });
  });

  it('is an unknown verb on own servers alone, another one each time', () => {
    const verbs = [...targets(policyWith('require: {}'))].map(([key, { verb }]) => `${key} ${verb ?? 'none'}`);
    expect(verbs.filter((line) => line.startsWith('192.0.2.25'))).toEqual([
      '192.0.2.25:25 XPSTRNABC00001',
      '192.0.2.25:587 XPSTRNABC00002',
      '192.0.2.25:2525 XPSTRNABC00003',
    ]);
    expect(verbs.filter((line) => !line.startsWith('192.0.2.25') && !line.endsWith(' none'))).toEqual([]);
  });

  it.each([
    ['audit: { ehlo: audit.example.com }', '10.20.0.5', 'desk.example.com', 'audit.example.com'],
    ['', '10.20.0.5', 'desk.example.com', 'desk.example.com'],
    ['', '10.20.0.5', 'desk', '[10.20.0.5]'],
    ['', '10.20.0.5', 'desk\r\nRCPT.x', '[10.20.0.5]'],
    ['', '2001:db8::5', 'localhost', '[IPv6:2001:db8::5]'],
  ])('with EHLO is one name: %s %s %s', (more, source, hostname, name) => {
    expect(ehloName(policyWith('require: {}', more), { source: at(source) }, hostname)).toBe(name);
  });
});

describe('a sentinel', () => {
  const KEY = 'ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=';
  const asked = (key: string): Map<string, ProbeTarget> =>
    targets(
      policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16] } }
destinations: { internet: { networks: [public], probes: [{ sentinel: edge }] }, edge: { hosts: [203.0.113.7] } }
rules: [{ name: web, from: desks, to: edge, ports: [443, 8025] }]
sentinels: { edge: { host: 203.0.113.7, ports: [25, 443, 465, 587]${key} } }
`),
    );

  it('whose key the policy has is asked for receipts, each with a nonce of its own, and sent no unknown verb', () => {
    const target = asked(`, public-key: "${KEY}"`).get('203.0.113.7:25');
    expect(target?.verb).toBeNull();
    const publicKey = parsePublicKey(KEY);
    if (publicKey === null) throw new TypeError('no key');
    const requests = [target?.receipts?.next(), target?.receipts?.next()];
    for (const request of requests) {
      expect(readArgument(request?.argument ?? '', [{ publicKey }])?.nonce).toBe(request?.nonce);
    }
    expect(requests[0]?.nonce).not.toBe(requests[1]?.nonce);
  });

  it('without a key is any own server', () => {
    expect(asked('').get('203.0.113.7:25')).toMatchObject({ verb: 'XPSTRNABC00001', receipts: null });
  });

  it('speaks inside TLS on its ports that are no mail ports, and in clear text on the others', () => {
    const modes = [...asked(`, public-key: "${KEY}"`)].map(([key, { mode }]) => `${key} ${mode}`);
    expect(modes).toEqual([
      '203.0.113.7:25 clear',
      '203.0.113.7:443 implicit',
      '203.0.113.7:465 implicit',
      '203.0.113.7:587 clear',
      '203.0.113.7:2525 clear',
      '203.0.113.7:8025 clear',
    ]);
  });
});

describe('the order', () => {
  it('takes one of each group in turn', () => {
    expect([...interleave([['a1', 'a2', 'a3'], ['b1'], [], ['c1', 'c2']])]).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  });

  it('goes from destination to destination and from address to address, and loses nothing', () => {
    const questions = questionsOf(policyWith('require: {}'), VANTAGE, resolutionOf([]));
    const order: Question[] = [...inTurn(questions)];
    expect(order.slice(0, 4).map(({ address }) => address)).toEqual([
      '198.51.100.10',
      '203.0.113.7',
      '192.0.2.25',
      '198.51.100.11',
    ]);
    expect(order.map(({ id }) => id).toSorted()).toEqual(questions.map(({ id }) => id).toSorted());
  });
});

describe('trust', () => {
  const PEM = '-----BEGIN CERTIFICATE-----\nxyz\n-----END CERTIFICATE-----\n';
  const policy = policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16] } }
destinations:
  inner: { hosts: [198.51.100.10], ca: inner.pem }
  pinned: { hosts: [198.51.100.11], pins: ["sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] }
  other: { hosts: [198.51.100.12] }
rules: [{ name: r, from: desks, to: [inner, pinned, other], ports: [587] }]
audit: { trust: [company.pem] }
`);

  it("is a destination's own anchors alone, or the usual ones with the policy's beside them", () => {
    const trust = trustOf(policy, ['USUAL'], (name) => `${name} ${PEM}`);
    expect(trust.get('inner')).toEqual({ anchors: [`inner.pem ${PEM}`], pins: [] });
    expect(trust.get('pinned')?.anchors).toEqual(['USUAL', `company.pem ${PEM}`]);
    expect(trust.get('pinned')?.pins).toHaveLength(1);
    expect(trust.get('')).toEqual({ anchors: ['USUAL', `company.pem ${PEM}`], pins: [] });
  });

  it('is not had from a file without a certificate', () => {
    expect(() => trustOf(policy, [], () => 'hello')).toThrow('no-certificate: company.pem');
  });
});
