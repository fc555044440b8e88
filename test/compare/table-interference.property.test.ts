/**
 * The rows of the verdict table about interference, worked out a second time: from what is done on the path, without looking at how the
 * comparison finds it out. One vantage, a sentinel and a server, both denied or both allowed on 25.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.ts';
import type { Dialogue } from '../../src/model/dialogue.ts';
import type { FindingCode } from '../../src/model/finding.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { Policy } from '../../src/model/policy.ts';
import type { Judgement } from '../../src/model/result.ts';
import { attestationOf, dialogueOf, documentationOf, evidenceOf, type RunSpec, type Seen } from '../support/evidence.ts';
import { KEY, type Path, sentinelDialogue } from '../support/path-to-sentinel.ts';
import { policyOf } from '../support/policy.ts';

const OPTIONS = { now: Date.parse('2026-11-21T21:00:00Z'), requireProof: 'supported', allowOtherPolicy: false } as const;
const NAT = '198.51.100.20';
const EDGE = 'internet/203.0.113.9:25';
const MX = 'internet/198.51.100.7:25';

/** What becomes of the receipts: all well; a clock a day off; never asked for; no answer to the first request, or to the last. */
type Receipts = 'answered' | 'clock' | 'unasked' | 'first lost' | 'last lost';
/** What the server's dialogue shows: nothing, or one of these. */
type Shows = 'nothing' | 'masked' | 'hidden offer' | 'rewritten STARTTLS' | 'no TLS' | '250 to STARTTLS';

interface World {
  readonly allowed: boolean;
  readonly requires: boolean;
  readonly path: Path;
  readonly receipts: Receipts;
  readonly server: Shows;
  readonly nobody: 'silent' | 'connects' | 'speaks';
}

const worlds: fc.Arbitrary<World> = fc.record({
  allowed: fc.boolean(),
  requires: fc.boolean(),
  path: fc.constantFrom<Path>('direct', 'relay', 'strip', 'inspect', 'tls', 'sink'),
  receipts: fc.constantFrom<Receipts>('answered', 'answered', 'clock', 'unasked', 'first lost', 'last lost'),
  server: fc.constantFrom<Shows>('nothing', 'masked', 'hidden offer', 'rewritten STARTTLS', 'no TLS', '250 to STARTTLS'),
  nobody: fc.constantFrom('silent', 'silent', 'connects', 'speaks'),
});

const policies = new Map<string, Policy>();

function policyFor(world: Pick<World, 'allowed' | 'requires'>): Policy {
  const key = `${world.allowed} ${world.requires}`;
  const policy = policies.get(key) ?? policyOf(policyText(world));
  policies.set(key, policy);
  return policy;
}

function policyText({ allowed, requires }: Pick<World, 'allowed' | 'requires'>): string {
  return `version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16] }, relays: { networks: [10.1.0.25] } }
destinations:
  internet: { networks: [public], probes: [{ host: 198.51.100.7, listening: [25] }, { sentinel: edge }] }
rules:
  - { name: deliver, from: ${allowed ? 'desks' : 'relays'}, to: internet, ports: [25]${requires ? ', require: { tls: starttls }' : ''} }
audit: { ports: [25], controls: [{ host: 203.0.113.80, port: 443 }] }
sentinels:
  edge: { host: 203.0.113.9, ports: [25, 443], public-key: "${KEY.publicKey.text}", expected-sources: [${NAT}] }
`;
}

function edgeDialogue({ path, receipts }: World): Dialogue {
  const from = path === 'relay' ? '203.0.113.1' : NAT;
  const day = Date.parse('2026-11-20T20:01:00.000Z');
  const dialogue = sentinelDialogue({ path, from, ...(receipts === 'clock' ? { clock: day } : {}) });
  if (receipts === 'answered' || receipts === 'clock') return dialogue;
  if (receipts === 'unasked') return { ...dialogue, receipts: [] };
  const asked = receipts === 'first lost' ? dialogue.receipts.slice(0, 1) : dialogue.receipts;
  const failure = { stage: 'receipt', kind: 'timeout', message: 'The receipt did not come within 10000 ms.' } as const;
  return {
    ...dialogue,
    failure,
    receipts: asked.map((one, index) => (index === asked.length - 1 ? { ...one, receipt: null } : one)),
  };
}

const without = (code: number, text: string): Partial<Dialogue> => ({
  keywords: ['PIPELINING'],
  starttls: { offered: false, reply: { code, enhanced: null, lines: [text] } },
  tls: null,
  keywordsTls: [],
});
const SHOWS: Readonly<Record<Shows, Partial<Dialogue>>> = {
  nothing: {},
  masked: { greeting: { code: 220, enhanced: null, lines: ['**********'] } },
  'hidden offer': { keywords: [], starttls: { offered: false, reply: { code: 220, enhanced: null, lines: ['go'] } } },
  'rewritten STARTTLS': without(502, 'unrecognized XXXXXXXX'),
  'no TLS': without(502, 'unrecognized STARTTLS'),
  '250 to STARTTLS': without(250, 'OK'),
};

function judge(world: World): Judgement {
  const policy = policyFor(world);
  const seen: Record<string, Seen> = {
    [EDGE]: { outcome: 'open-smtp', dialogue: edgeDialogue(world) },
    [MX]: { outcome: 'open-smtp', dialogue: dialogueOf(SHOWS[world.server]) },
  };
  const answer: Seen = world.nobody === 'speaks' ? { outcome: 'open-smtp', dialogue: dialogueOf() } : { outcome: 'open-closed' };
  const extra = world.nobody === 'silent' ? [] : [documentationOf('desks 10.20.0.5 > 192.0.2.1:25', answer)];
  return compare(policy, [evidenceOf(policy, { legs: ['desks 10.20.0.5'], seen, extra })], OPTIONS);
}

interface Expected {
  readonly verdict: string;
  readonly codes: readonly FindingCode[];
}

const NAMES: Readonly<Partial<Record<Path, readonly FindingCode[]>>> = {
  strip: ['starttls-stripped'],
  inspect: ['banner-masked', 'starttls-stripped'],
};

/** Whether a receipt of the sentinel came through at all, on time. */
function proven({ path, receipts }: World): boolean {
  return path !== 'sink' && (receipts === 'answered' || receipts === 'last lost');
}

/** A sink never gives a receipt; asked twice, or once and heard of. */
function isStranger({ path, receipts }: World): boolean {
  return path === 'sink' && receipts !== 'unasked' && receipts !== 'first lost';
}

function naiveSentinel(world: World): Expected {
  const { allowed, path, nobody, receipts } = world;
  const named = NAMES[path] ?? [];
  const changes = receipts === 'answered' && path === 'tls' ? ['intercepted' as const] : [];
  if (!allowed) {
    if (proven(world)) {
      // In clear text alone nothing shows yet of who hides an offer but that it is hidden; of who ends TLS nothing.
      return { verdict: 'violation', codes: ['egress-open', ...named, ...changes] };
    }
    const taken = isStranger(world) || nobody !== 'silent';
    return { verdict: 'violation', codes: [taken ? 'intercepted' : 'egress-open'] };
  }
  if (isStranger(world) || (!proven(world) && nobody !== 'silent'))
    return { verdict: 'violation', codes: ['intercepted', ...named] };
  if (proven(world) && path === 'relay') return { verdict: 'violation', codes: ['intercepted'] };
  const codes = [...named, ...(proven(world) ? changes : [])];
  if (codes.length > 0) return { verdict: 'violation', codes };
  // A sink that was never caught offers no TLS, and that is all that shows.
  if (path === 'sink' && world.requires) return { verdict: 'violation', codes: ['starttls-missing'] };
  if (proven(world) && receipts === 'answered') return { verdict: 'compliant', codes: [] };
  return { verdict: 'inconclusive', codes: ['not-judged'] };
}

function naiveServer({ allowed, requires, server, nobody }: World): Expected {
  const taken = nobody !== 'silent';
  if (!allowed) return { verdict: 'violation', codes: [taken ? 'intercepted' : 'egress-open'] };
  const named: FindingCode[] =
    server === 'masked'
      ? ['banner-masked']
      : server === 'hidden offer' || server === 'rewritten STARTTLS'
        ? ['starttls-stripped']
        : [];
  if (taken) return { verdict: 'violation', codes: ['intercepted', ...named] };
  if (named.length > 0) return { verdict: 'violation', codes: named };
  const missing = server === 'no TLS' || server === '250 to STARTTLS';
  return requires && missing ? { verdict: 'violation', codes: ['starttls-missing'] } : { verdict: 'compliant', codes: [] };
}

function told({ checks, findings }: Judgement, end: string): Expected {
  const row = checks.find(({ id }) => id.endsWith(end));
  const codes = findings.filter(({ checks: of }) => row !== undefined && of.includes(row.id)).map(({ code }) => code);
  return { verdict: row?.verdict ?? 'none', codes: codes.toSorted() };
}

const sorted = ({ verdict, codes }: Expected): Expected => ({ verdict, codes: [...codes].sort() });

describe('the verdict table about interference, worked out twice', () => {
  it('gives the same verdict and the same findings in any world', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const judgement = judge(world);
        expect(told(judgement, EDGE)).toEqual(sorted(naiveSentinel(world)));
        expect(told(judgement, MX)).toEqual(sorted(naiveServer(world)));
      }),
      { numRuns: 250 },
    );
  });
});

/** A denied flow that did not get through: what vouches for its target. */
const blocks = fc.record({
  outcome: fc.constantFrom<Outcome>('dropped', 'rejected', 'refused'),
  control: fc.boolean(),
  /** Hours before the block that the sentinel was last connected to on 25, as its receipt on 443 says; null: it gave none. */
  attestedHours: fc.option(fc.integer({ min: -4, max: 30 })),
  /** How another vantage reached the sentinel, half an hour later; null: it did not. */
  sighted: fc.option(fc.constantFrom<Path>('direct', 'relay', 'strip', 'inspect', 'tls', 'sink')),
});

describe('what vouches for a blocked sentinel, worked out twice', () => {
  it('is a receipt of the last day, or another vantage that reached the sentinel itself', () => {
    const policy = policyFor({ allowed: false, requires: false });
    fc.assert(
      fc.property(blocks, ({ outcome, control, attestedHours, sighted }) => {
        const at = Date.parse('2026-11-21T20:01:00.000Z');
        const listening = [
          { port: 25, family: 'ipv4' as const, at: new Date(at - (attestedHours ?? 0) * 3_600_000).toISOString() },
        ];
        const signed = sentinelDialogue({ port: 443, from: NAT, listening, seed: 'attestation' });
        const other = sentinelDialogue({ path: sighted ?? 'direct', from: NAT, local: '10.1.0.25', seed: 'other' });
        const run: RunSpec = {
          legs: ['desks 10.20.0.5'],
          controls: control ? ['203.0.113.80 203.0.113.80:443 0+ 120+'] : [],
          seen: { [EDGE]: outcome },
          extra:
            attestedHours === null
              ? []
              : [attestationOf('desks 10.20.0.5 > 203.0.113.9:443', { outcome: 'open-smtp', dialogue: signed })],
        };
        const relay: RunSpec = {
          legs: ['relays 10.1.0.25'],
          seen: { [EDGE]: sighted === null ? 'dropped' : { outcome: 'open-smtp', dialogue: other } },
        };
        const { checks } = compare(
          policy,
          [run, relay].map((spec) => evidenceOf(policy, spec)),
          OPTIONS,
        );
        const row = checks.find(({ id }) => id === `desks/10.20.0.5>${EDGE}`);
        const attested = attestedHours !== null && attestedHours >= -1 && attestedHours <= 24;
        const proof = !control ? 'none' : attested || (sighted !== null && sighted !== 'sink') ? 'proven' : 'supported';
        expect(row?.proof).toBe(proof);
      }),
      { numRuns: 100 },
    );
  });
});
