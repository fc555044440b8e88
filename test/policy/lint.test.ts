import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/model/problem.ts';
import { lintPolicy } from '../../src/policy/lint.ts';
import { load, policyText, root, textOf } from './fixtures.ts';

const KEY = 'ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=';
const TODAY = '2026-11-21';
const controls = 'controls: [{ host: www.example.net, port: 443 }]';

function lint(text: string): readonly Problem[] {
  return lintPolicy(load(text).policy, TODAY);
}

function told(text: string): string[] {
  return lint(text).map(({ severity, code }) => `${severity} ${code}`);
}

/** Nothing to complain of: every audited port has an endpoint, and there is a control. */
const clean = {
  destinations:
    '{ provider: { hosts: [smtp.example.net], listening: [465, 587] }, internet: { networks: [public], probes: [{ host: mx.example.org, listening: [25, 465, 587, 2525] }] } }',
  audit: `{ ${controls} }`,
};

describe('a policy without holes', () => {
  it('is told nothing', () => {
    expect(lint(policyText(clean))).toEqual([]);
  });
});

describe('coverage', () => {
  it('of a port that rules allow over one family only is missing for the other', () => {
    const text = policyText({
      ...clean,
      segments: '{ staff: { networks: [10.0.0.0/8, "fd00:1::/32"] } }',
      destinations: '{ provider: { hosts: [192.0.2.10], listening: [587] } }',
      rules: '[{ name: submit, from: staff, to: provider, ports: [587] }]',
      audit: `{ ports: [587], ${controls} }`,
    });
    expect(lint(text).filter(({ code }) => code === 'coverage-hole')).toMatchObject([
      { message: expect.stringContaining('listen on 587 over IPv6, which "staff" may use nowhere') },
    ]);
  });
});

describe('a policy that has firewalls and nothing to probe with', () => {
  const firewalls = '{ edge: { files: [edge.v4] } }';
  const parts = {
    segments:
      '{ office: { networks: [172.20.8.0/22] }, relays: { networks: [172.20.16.25] }, guests: { networks: [172.20.64.0/20] } }',
    destinations: '{ mailhub: { hosts: [smtp.example.net], networks: [203.0.113.40/29] }, internet: { networks: [public] } }',
    rules:
      '[{ name: submit, from: office, to: mailhub, ports: [465, 587] }, { name: deliver, from: relays, to: internet, ports: [25] }]',
    audit: '{ ports: [25, 465, 587, 2525] }',
  };

  it('is told so once, and that only audit and scan want it', () => {
    expect(lint(policyText({ ...parts, firewalls }))).toMatchObject([
      {
        severity: 'hint',
        code: 'nothing-to-probe-with',
        message: expect.stringContaining('audit and scan could judge little by it, or nothing. That only matters for them'),
      },
    ]);
  });

  it('is told every gap as soon as it has something to probe with, or no firewall', () => {
    const gaps = told(policyText({ ...parts, firewalls, audit: `{ ports: [25, 465, 587, 2525], ${controls} }` }));
    expect(gaps).toContain('warning coverage-hole');
    expect(gaps).not.toContain('hint nothing-to-probe-with');
    expect(told(policyText(parts))).toContain('warning no-control');
  });

  it('is told what else is wrong with it', () => {
    const rules = '[{ name: submit, from: office, to: mailhub, ports: [587] }]';
    const empty = '{ mailhub: { networks: [203.0.113.40/29] }, later: {} }';
    expect(told(policyText({ ...parts, firewalls, rules, destinations: empty })).sort()).toEqual([
      'hint nothing-to-probe-with',
      'hint submission-587-only',
      'hint to-be-filled-in',
    ]);
  });
});

describe('a port near one of mail', () => {
  const hints = (ports: string, listening = '[465, 587]'): readonly string[] =>
    lint(
      policyText({
        destinations: `{ provider: { hosts: [smtp.example.net], listening: ${listening} } }`,
        rules: `[{ name: submit, from: staff, to: provider, ports: ${ports} }]`,
      }),
    ).flatMap(({ code, message }) => (code === 'odd-port' ? [message] : []));

  it('is asked about', () => {
    expect(hints('[465, 5870]')).toEqual([
      '"submit" allows 5870, which is no usual mail port (25, 465, 587 and 2525): did you mean 587?',
    ]);
  });

  it('is not where it is one, is far from all, or is known to be served', () => {
    expect(hints('[25, 465, 587, 2525, 2465, 2587, 443, 10025]')).toEqual([]);
    expect(hints('[465, 5870]', '[465, 5870]')).toEqual([]);
  });
});

describe('controls', () => {
  it('on an audited port that the segment may use nowhere are warned of: an answer would be a hole', () => {
    expect(told(policyText({ ...clean, audit: '{ controls: [{ host: www.example.net, port: 2525 }] }' }))).toEqual([
      'warning control-on-audited-port',
    ]);
  });
});

describe('rules', () => {
  const rules = (...items: string[]): string => policyText({ ...clean, rules: `[${items.join(', ')}]` });

  it.each([
    [
      'the same again',
      '{ name: a, from: staff, to: provider, ports: [465, 587] }',
      '{ name: b, from: staff, to: provider, ports: [587] }',
    ],
    [
      'to any beside',
      '{ name: a, from: staff, to: any, ports: [465, 587] }',
      '{ name: b, from: staff, to: provider, ports: [465, 587] }',
    ],
    [
      'one that asks more',
      '{ name: a, from: staff, to: provider, ports: [465, 587] }',
      '{ name: b, from: staff, to: provider, ports: [465, 587], require: { auth: required } }',
    ],
    [
      'a weaker TLS beside',
      '{ name: a, from: staff, to: provider, ports: [465, 587], require: { tls: any, tls-version: "1.2" } }',
      '{ name: b, from: staff, to: provider, ports: [465], require: { tls: implicit, tls-version: "1.3" } }',
    ],
  ])('never matter: %s', (_, a, b) => {
    expect(lint(rules(a, b)).filter(({ code }) => code === 'rule-never-matters')).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('"b"') },
    ]);
    expect(lint(rules(b, a)).filter(({ code }) => code === 'rule-never-matters')).toHaveLength(1);
  });

  it('matter beside one that asks more', () => {
    const text = rules(
      '{ name: a, from: staff, to: provider, ports: [465, 587], require: { tls: starttls } }',
      '{ name: b, from: staff, to: provider, ports: [465, 587], require: { tls: implicit } }',
    );
    expect(told(text)).not.toContain('warning rule-never-matters');
  });

  it('that allow a port which nothing listens on are never tested', () => {
    expect(told(rules('{ name: a, from: staff, to: provider, ports: [465, 587, 2525] }'))).toContain('warning never-tested');
  });

  it('to any need something that listens', () => {
    const text = policyText({
      destinations: '{}',
      rules: '[{ name: a, from: staff, to: any, ports: [25] }]',
      audit: `{ ports: [25], ${controls} }`,
    });
    expect(told(text)).toEqual(['hint never-tested']);
  });

  it('about ports that are not audited are told', () => {
    expect(told(rules('{ name: a, from: staff, to: internet, ports: [465, 587, 2587] }'))).toContain('warning unaudited-port');
  });

  it('with 587 alone are told of 465', () => {
    const alone = lint(rules('{ name: a, from: staff, to: provider, ports: [587] }')).find(
      ({ code }) => code === 'submission-587-only',
    );
    expect(alone).toMatchObject({ severity: 'hint', message: expect.stringContaining('RFC 8314 section 3.3') });
    expect(
      told(rules('{ name: a, from: staff, to: provider, ports: [587] }', '{ name: b, from: staff, to: provider, ports: [465] }')),
    ).toEqual([]);
  });

  it('content with TLS 1.0 or 1.1 are told of RFC 8996', () => {
    const text = rules('{ name: a, from: staff, to: provider, ports: [465, 587], require: { tls: any, tls-version: "1.1" } }');
    expect(lint(text)).toMatchObject([{ code: 'outdated-tls', message: expect.stringContaining('RFC 8996') }]);
  });

  it.each([
    ['implicit', [25, 587, 2587]],
    ['starttls', [465, 2465]],
    ['any', []],
  ])('that ask for tls: %s are told of the ports where servers speak the other: %j', (tls, ports) => {
    const text = rules(
      `{ name: a, from: staff, to: provider, ports: [25, 465, 587, 2465, 2525, 2587], require: { tls: ${tls} } }`,
    );
    const found = lint(text).filter(({ code }) => code === 'tls-and-port');
    const words = found.map(({ message }) => /on (.+), where/.exec(message)?.[1]?.match(/\d+/g)?.map(Number));
    expect(words).toEqual(ports.length === 0 ? [] : [ports]);
  });
});

describe('coverage', () => {
  it('misses an endpoint for a port that a segment may use nowhere, and says what to add', () => {
    const problems = lint(policyText({ audit: `{ ports: [25, 465, 587], ${controls} }` })).filter(
      ({ code }) => code === 'coverage-hole',
    );
    expect(problems).toMatchObject([
      { severity: 'warning', message: expect.stringMatching(/on 25 over IPv4.*"staff".*listening: \[25\]/) },
    ]);
  });

  it('is of each family: an IPv4 address vouches for nothing over IPv6', () => {
    const text = policyText({
      segments: '{ staff: { networks: [10.20.0.0/16, "2001:db8:20::/48"] } }',
      destinations: '{ internet: { networks: [public], probes: [{ host: 198.51.100.7, listening: [25] }] } }',
      rules: '[]',
      audit: `{ ports: [25], ${controls} }`,
    });
    expect(lint(text)).toMatchObject([{ code: 'coverage-hole', message: expect.stringContaining('over IPv6,') }]);
    expect(lint(text.replace('198.51.100.7', 'mx.example.org'))).toEqual([]);
  });

  it('is given by a sentinel', () => {
    const text = policyText({
      destinations: '{ internet: { networks: [public], probes: [{ sentinel: edge }] } }',
      rules: '[]',
      sentinels: `{ edge: { host: sentinel.example.com, ports: [25, 465, 587, 2525], public-key: "${KEY}" } }`,
      audit: `{ ${controls} }`,
    });
    expect(lint(text)).toEqual([]);
    expect(told(text.replace(`, public-key: "${KEY}"`, ''))).toEqual(['hint sentinel-without-key']);
  });

  it('tells segments that miss the same together', () => {
    const segments = '{ staff: { networks: [10.20.0.0/16] }, guests: { networks: [10.30.0.0/16] } }';
    const problems = lint(policyText({ segments, rules: '[]', destinations: '{}', audit: `{ ports: [25, 587], ${controls} }` }));
    expect(problems).toMatchObject([
      { code: 'coverage-hole', message: expect.stringContaining('25 and 587 over IPv4, which "staff" and "guests"') },
    ]);
  });

  it('misses an endpoint elsewhere for a port that is allowed to some', () => {
    const text = policyText({ audit: `{ ports: [465, 587], ${controls} }` });
    expect(told(text)).toEqual(['hint not-asked-elsewhere']);
  });

  it('needs a control, or a flow that is allowed', () => {
    const open = { ...clean, audit: '{}' };
    expect(told(policyText(open))).toEqual([]);
    expect(told(policyText({ ...open, rules: '[]' }))).toEqual(['warning no-control']);
  });
});

describe('what is still missing', () => {
  it('is told of segments without networks and destinations without servers', () => {
    const text = policyText({ segments: '{ staff: {} }', destinations: '{ provider: {} }', audit: `{ ${controls} }` });
    expect(told(text)).toEqual(['hint to-be-filled-in', 'hint to-be-filled-in']);
  });

  it('is told of a segment without IPv6 where others have it', () => {
    const segments = '{ staff: { networks: [10.20.0.0/16] }, relays: { networks: ["2001:db8::25", 10.1.0.25] } }';
    expect(told(policyText({ ...clean, segments }))).toContain('hint family-left-out');
  });

  it('is told of a segment that its exceptions empty', () => {
    const segments = '{ staff: { networks: [10.20.0.0/16], except: [10.20.0.0/17, 10.20.128.0/17] } }';
    expect(told(policyText({ ...clean, segments }))).toContain('warning empty-segment');
  });

  it('is told of a sentinel that no destination names', () => {
    expect(told(policyText({ ...clean, sentinels: '{ edge: { host: sentinel.example.com, ports: [25] } }' }))).toEqual([
      'warning unused-sentinel',
    ]);
  });
});

describe('waivers', () => {
  const until = (date: string): string =>
    policyText({ ...clean, waivers: `[{ code: egress-open, port: 25, until: ${date}, reason: CHG-1 }]` });

  it('count on their last day, and are told of after it', () => {
    expect(told(until(TODAY))).toEqual([]);
    expect(told(until('2026-11-20'))).toEqual(['warning waiver-expired']);
  });
});

describe('waivers that are not what they seem', () => {
  const waiver = (fields: string): string =>
    policyText({ ...clean, waivers: `[{ code: egress-open, ${fields}until: 2027-01-31, reason: CHG-1 }]` });

  it('for a host that the policy names nowhere cover nothing', () => {
    expect(told(waiver('host: smtp.example.org, '))).toEqual(['warning waiver-covers-nothing']);
    expect(told(waiver('host: SMTP.example.net, '))).toEqual([]);
  });

  it('without any field beside the code cover everything', () => {
    expect(told(waiver(''))).toEqual(['hint broad-waiver']);
  });

  it('of not-judged without any field cover every run that judges nothing', () => {
    const unjudged = (fields: string): string =>
      policyText({ ...clean, waivers: `[{ code: not-judged, ${fields}until: 2027-01-31, reason: CHG-1 }]` });
    expect(told(unjudged(''))).toEqual(['warning broad-waiver']);
    expect(told(unjudged('port: 25, '))).toEqual([]);
  });
});

describe('policies that Postern brings', () => {
  const builtIn = (name: string): string => readFileSync(join(root, 'policies', `${name}.yaml`), 'utf8');

  it.each(['deny-all', 'implicit-tls', 'least-privilege', 'submission-only'])('%s lacks only what is to be filled in', (name) => {
    const allowed = ['hint to-be-filled-in', 'warning no-control'];
    expect(told(builtIn(name)).filter((text) => !allowed.includes(text))).toEqual([]);
  });

  it('the template is without warnings', () => {
    expect(told(builtIn('template'))).toEqual(['hint not-asked-elsewhere']);
  });

  it('the complete example lints without a crash', () => {
    expect(lint(textOf('valid', 'complete.yaml')).every(({ severity }) => severity !== 'error')).toBe(true);
  });
});

describe('own servers', () => {
  const servers = (hosted: string, probe: string): string =>
    policyText({
      ...clean,
      servers: `[{ name: hub, host: mail.example.com, ports: [25], relay: none${hosted} }]`,
      audit: `{ ${controls}${probe} }`,
    });

  it.each([
    ['domains of their own', ', hosted-domain: example.com', ', probe-domain: relaytest.example.net', []],
    ['no probe domain', ', hosted-domain: example.com', '', ['hint no-probe-domain']],
    ['no hosted domain', '', ', probe-domain: relaytest.example.net', ['hint no-hosted-domain']],
    [
      'a probe domain that they host',
      ', hosted-domain: example.com',
      ', probe-domain: example.com',
      ['warning probe-domain-hosted'],
    ],
    [
      'a probe domain under theirs',
      ', hosted-domain: example.com',
      ', probe-domain: relaytest.example.com',
      ['warning probe-domain-hosted'],
    ],
    ['a probe domain that only looks so', ', hosted-domain: example.com', ', probe-domain: notexample.com', []],
  ])('with %s', (_what, hosted, probe, codes) => {
    expect(told(servers(hosted, probe)).filter((one) => /domain/.test(one))).toEqual(codes);
  });
});
