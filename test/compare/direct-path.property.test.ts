/**
 * Honest servers on a direct path, of many makes and many operators: whatever they are like, no finding says that something stands on the way.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.ts';
import type { CertificateProblem, Dialogue } from '../../src/model/dialogue.ts';
import type { FindingCode } from '../../src/model/finding.ts';
import type { Judgement } from '../../src/model/result.ts';
import { dialogueOf, documentationOf, evidenceOf, type RunSpec, type Seen } from '../support/evidence.ts';
import { KEY, OTHER_KEY, type Path, sentinelDialogue } from '../support/path-to-sentinel.ts';
import { policyOf } from '../support/policy.ts';

const OPTIONS = { now: Date.parse('2026-11-21T21:00:00Z'), requireProof: 'supported', allowOtherPolicy: false } as const;
const INTERFERENCE: ReadonlySet<FindingCode> = new Set<FindingCode>(['intercepted', 'starttls-stripped', 'banner-masked']);
const POOL = ['198.51.100.20', '198.51.100.21', '198.51.100.22'];
const EDGE = '203.0.113.9';

/** A server as it is to whoever asks, from wherever. */
interface Server {
  readonly name: string;
  readonly address: string;
  readonly greets: string;
  readonly certificate: {
    readonly id: string;
    readonly names: readonly string[];
    readonly problems: readonly CertificateProblem['code'][];
  };
  /** What it says to STARTTLS where it has no TLS; null: it has. */
  readonly refuses: string | null;
}

const REFUSALS = [
  '500 5.5.1 Command unrecognized: "STARTTLS"',
  '502 5.5.2 Error: command not recognized',
  '503 STARTTLS command used when not advertised',
  '454 4.7.0 TLS not available due to local problem',
] as const;
const manner = fc.record({
  generic: fc.constantFrom('', '', '', 'localhost', 'localhost.localdomain', 'ESMTP', 'mail'),
  selfSigned: fc.boolean(),
  refuses: fc.option(fc.constantFrom(...REFUSALS), { freq: 3 }),
});

/** Operators with servers of their own, each in a network of its own. */
const alone = fc.array(manner, { minLength: 1, maxLength: 5 }).map((manners): Server[] =>
  manners.map(({ generic, selfSigned, refuses }, index) => {
    const name = `mx.operator${index}.example${index}`;
    const certificate = { id: `own${index}`, names: [name], problems: selfSigned ? ['self-signed' as const] : [] };
    return { name, address: `${150 + index}.10.0.25`, greets: generic === '' ? name : generic, certificate, refuses };
  }),
);

/**
 * One hoster, its customers under names of their own: on one address, in one rack, or in as many distant networks as there are customers, where
 * the policy then knows the hoster too, or its certificate is for the customers.
 */
const hosted = fc
  .record({
    customers: fc.integer({ min: 0, max: 5 }),
    where: fc.constantFrom('one address', 'one rack', 'two sites', 'distant, hoster known', 'distant, certified'),
    manner,
  })
  .map(({ customers, where, manner: { selfSigned, refuses } }): Server[] => {
    const names = Array.from({ length: customers }, (_, index) => `mail.customer${index}.shop${index}`);
    const addressOf = (index: number): string => {
      if (where === 'one address') return '160.20.0.1';
      if (where === 'one rack') return `160.20.0.${index + 1}`;
      return where === 'two sites' ? `${160 + (index % 2)}.20.0.${index + 1}` : `${170 + index}.20.0.1`;
    };
    const certified = where === 'distant, certified';
    const certificate = {
      id: 'hoster',
      names: certified ? names : ['mx.hoster.example'],
      problems: [...(certified ? [] : ['wrong-name' as const]), ...(selfSigned && !certified ? ['self-signed' as const] : [])],
    };
    const greets = (index: number): string => (certified ? (names[index] ?? '') : 'mx.hoster.example');
    const servers = names.map((name, index) => ({
      name,
      address: addressOf(index),
      greets: greets(index),
      certificate,
      refuses,
    }));
    const own = { name: 'mx.hoster.example', address: '180.1.1.1', greets: 'mx.hoster.example', certificate, refuses };
    return where === 'distant, hoster known' ? [...servers, own] : servers;
  });

const worlds = fc.record({
  servers: fc.tuple(alone, hosted).map(([some, others]) => [...some, ...others]),
  requires: fc.constantFrom('', ', require: { tls: starttls }', ', require: { tls: starttls, certificate: valid }'),
  /** The policy has one of two live keys; the sentinel signs with that. */
  key: fc.constantFrom(KEY, OTHER_KEY),
  skewMs: fc.integer({ min: -3_000_000, max: 3_000_000 }),
  plain: fc.boolean(),
  from: fc.constantFrom(...POOL),
  documentation: fc.option(fc.constantFrom('dropped', 'refused', 'rejected', 'host-down', 'no-route')),
  allowed: fc.boolean(),
});
type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

function dialogueWith({ greets, certificate, refuses, name }: Server): Dialogue {
  const code = Number(refuses?.slice(0, 3));
  const greeting = { code: 220, enhanced: null, lines: [`${greets} ready`] };
  const ehlo = { code: 250, enhanced: null, lines: [greets, 'PIPELINING'] };
  if (refuses !== null) {
    const starttls = { offered: false, reply: { code, enhanced: null, lines: [refuses.slice(4)] } };
    return dialogueOf({ greeting, ehlo, keywords: ['PIPELINING'], starttls, tls: null, keywordsTls: [] });
  }
  const { id, names, problems } = certificate;
  const about = { subject: `CN=${names[0] ?? ''}`, issuer: 'CN=i', names, notBefore: '', notAfter: '', pin: id, chain: [] };
  return dialogueOf({
    greeting,
    ehlo,
    tls: {
      version: 'TLSv1.3',
      cipher: 'x',
      serverName: name,
      certificate: { ...about, fingerprint: id },
      problems: problems.map((problem) => ({ code: problem, message: problem })),
    },
  });
}

function policyFor({ servers, requires, key, allowed }: World): string {
  const hosts = servers.map(({ name }) => `{ host: ${name}, listening: [25] }`).join(', ');
  return `version: 1
name: world
segments: { desks: { networks: [10.20.0.0/16] }, relays: { networks: [10.1.0.25] } }
destinations:
  internet: { networks: [public], probes: [${hosts}, { sentinel: edge }] }
rules:
  - { name: deliver, from: ${allowed ? 'any' : 'relays'}, to: internet, ports: [25]${requires} }
audit: { ports: [25], controls: [{ host: www.example.net, port: 443 }] }
sentinels:
  edge: { host: ${EDGE}, ports: [25], public-key: "${key.publicKey.text}", expected-sources: [${POOL.join(', ')}] }
`;
}

function judge(world: World, path: Path = 'direct'): Judgement {
  const policy = policyOf(policyFor(world));
  const { servers, key, skewMs, plain, from, documentation } = world;
  const runOf = (leg: string, startedAt: number): RunSpec => {
    const [, local = ''] = leg.split(' ');
    const options = { path, key, local, from, plain, signedBy: key, clock: startedAt + 60_000 + skewMs, seed: leg };
    const seen: Record<string, Seen> = { [`/${EDGE}:25`]: { outcome: 'open-smtp', dialogue: sentinelDialogue(options) } };
    for (const server of servers) seen[`/${server.address}:25`] = { outcome: 'open-smtp', dialogue: dialogueWith(server) };
    const nobody = documentation === null ? [] : [documentationOf(`${leg} > 192.0.2.1:25`, { outcome: documentation })];
    const names = servers.map(({ name, address }) => `${name} ${address}`);
    return { legs: [leg], seen, names, startedAt, controls: ['www.example.net 203.0.113.80:443 0+ 120+'], extra: nobody };
  };
  const start = Date.parse('2026-11-21T20:00:00.000Z');
  const runs = [runOf('desks 10.20.0.5', start), runOf('relays 10.1.0.25', start + 600_000)];
  return compare(
    policy,
    runs.map((spec) => evidenceOf(policy, spec)),
    OPTIONS,
  );
}

describe('a direct path', () => {
  it('never has a finding about interference, whoever the servers are', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { findings } = judge(world);
        expect(findings.filter(({ code }) => INTERFERENCE.has(code)).map(({ detail }) => detail)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('to the sentinel complies where it is allowed, and is a hole where it is not', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { checks } = judge({ ...world, requires: '' });
        const rows = checks.filter(({ address }) => address === EDGE).map(({ verdict, proof }) => `${verdict} ${proof}`);
        expect(rows).toEqual([world.allowed ? 'compliant proven' : 'violation proven', 'compliant proven']);
      }),
      { numRuns: 60 },
    );
  });
});

describe('any other path', () => {
  it('to the sentinel complies nowhere', () => {
    const path = fc.constantFrom<Path>('relay', 'strip', 'inspect', 'tls', 'sink');
    fc.assert(
      fc.property(worlds, path, (world, other) => {
        // Without a certificate there is no TLS to end, and no offer to remove: those two paths are then direct ones.
        const plain = world.plain && other !== 'tls' && other !== 'strip';
        const { checks, findings } = judge({ ...world, plain, from: '203.0.113.1', allowed: true }, other);
        const rows = checks.filter(({ address }) => address === EDGE);
        expect(rows.map(({ verdict }) => verdict)).toEqual(['violation', 'violation']);
        const about = findings.filter(({ host }) => host === EDGE);
        expect(about.some(({ code }) => INTERFERENCE.has(code))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
