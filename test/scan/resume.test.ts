import { describe, expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.ts';
import type { Evidence } from '../../src/model/evidence.ts';
import { decodeEvidence, resumableText } from '../../src/model/evidence-codec.ts';
import { type ScanOptions, scan } from '../../src/scan.ts';
import { fakeClock } from '../support/fake-clock.ts';
import {
  type Behaviour,
  type FakeNetwork,
  type Flow,
  fakeHost,
  fakeNames,
  fakeNetwork,
  scanOptions,
} from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';

const TEXT = `
version: 1
name: büro
segments: { desks: { networks: [10.20.0.0/16], controls: [{ host: www.example.net, port: 443 }] } }
destinations:
  provider: { hosts: [smtp.example.net], listening: [465, 587] }
  partner: { mx: [example.org] }
rules: [{ name: staff, from: desks, to: provider, ports: [587] }]
`;
const POLICY = policyOf(TEXT);
const NAMES = [
  'smtp.example.net 198.51.100.10',
  'MX example.org mx1.example.org mx2.example.org',
  'mx1.example.org 198.51.100.7',
  'www.example.net 198.51.100.80',
];

const behave = ({ port }: Flow): Behaviour => (port === 587 || port === 443 ? 'smtp' : port === 25 ? 'drop' : 'icmp');

interface Part {
  readonly evidence: Evidence;
  readonly text: string;
  readonly network: FakeNetwork;
}

async function run(
  before: string | null,
  startAt = '2026-11-21T20:00:00.000Z',
  change: Partial<ScanOptions> = {},
): Promise<Part> {
  const clock = fakeClock(Date.parse(startAt));
  const network = fakeNetwork(clock, behave);
  const host = { clock, network: fakeHost(['eth0 10.20.0.5']), resolver: fakeNames(...NAMES), probers: network };
  const lines: string[] = [];
  const options: ScanOptions = {
    ...scanOptions(POLICY, host),
    append: (line) => lines.push(line),
    resume: before === null ? null : { file: 'run.jsonl', text: before },
    ...change,
  };
  const { evidence } = await clock.run(scan(options));
  const kept = before === null ? '' : lines.length === 0 ? before : resumableText(before);
  return { evidence, text: kept + lines.join(''), network };
}

/** What a reader of the result would call the same: every row with its verdict, its proof and its findings. */
function judged(evidence: Evidence): unknown {
  const now = Date.parse('2026-11-21T23:00:00.000Z');
  const { checks, summary } = compare(POLICY, [evidence], { now, requireProof: 'supported', allowOtherPolicy: false });
  return {
    summary,
    checks: checks.map(({ id, outcome, verdict, proof, findings }) => ({ id, outcome, verdict, proof, findings })),
  };
}

describe('a resumed run', () => {
  it('is judged like an uninterrupted one, wherever a kill cut the file', async () => {
    const whole = await run(null);
    const ends = [...whole.text.matchAll(/\n/g)].map(({ index }) => index + 1);
    for (const end of [0, ...ends.slice(0, -1)]) {
      for (const cut of [end, end + 40]) {
        const resumed = await run(whole.text.slice(0, cut), '2026-11-21T22:00:00.000Z');
        expect(decodeEvidence(resumed.text, 'run.jsonl'), `cut at ${cut}`).toEqual(resumed.evidence);
        expect(judged(resumed.evidence), `cut at ${cut}`).toEqual(judged(whole.evidence));
      }
    }
  });

  it('goes on from the last whole line, whichever byte the cut falls on', async () => {
    const { text } = await run(null);
    for (let cut = 0; cut <= text.length; cut++) {
      const line = text.lastIndexOf('\n', cut - 1) + 1;
      const kept = cut === text.length ? text.slice(0, text.lastIndexOf('\n', cut - 2) + 1) : text.slice(0, line);
      expect(resumableText(text.slice(0, cut))).toBe(kept);
    }
  });

  it('asks nothing twice that was seen open, or blocked with a control after it', async () => {
    const whole = await run(null);
    const cut = whole.text.slice(0, whole.text.lastIndexOf('{"type":"trailer"'));
    const { network } = await run(cut, '2026-11-21T20:05:00.000Z');
    expect(network.sent.filter(({ kind }) => kind === 'probe')).toEqual([]);
  });

  it('asks again what was blocked and never vouched for', async () => {
    const whole = await run(null);
    const cut = whole.text.indexOf('"phase":"middle"');
    const { network } = await run(whole.text.slice(0, cut), '2026-11-21T22:00:00.000Z');
    expect(network.sent.filter(({ kind, port }) => kind === 'probe' && port === 25).length).toBeGreaterThan(0);
    expect(network.sent.filter(({ kind, port }) => kind === 'probe' && port === 587)).toEqual([]);
  });

  it('completes one that the user interrupted', async () => {
    const clockless = new AbortController();
    clockless.abort();
    const stopped = await run(null, undefined, { signal: clockless.signal });
    expect(stopped.evidence.trailer?.interrupted).toBe(true);
    const resumed = await run(stopped.text, '2026-11-21T21:00:00.000Z');
    const whole = await run(null);
    expect(judged(resumed.evidence)).toEqual(judged(whole.evidence));
  });

  it('leaves a complete file as it is', async () => {
    const whole = await run(null);
    const again = await run(whole.text, '2026-11-21T21:00:00.000Z');
    expect(again.text).toBe(whole.text);
    expect(again.network.sent).toEqual([]);
  });

  it('is refused under another policy, from another address, or with another timeout', async () => {
    const { text } = await run(null);
    const cut = text.slice(0, text.lastIndexOf('{"type":"trailer"'));
    const other = policyOf(TEXT.replace('ports: [587]', 'ports: [465]'));
    await expect(run(cut, undefined, { policy: other })).rejects.toThrow(/resume-policy.*taken under another policy/);
    const moved = cut.replaceAll('10.20.0.5', '10.20.0.6');
    await expect(run(moved)).rejects.toThrow(/resume-vantage.*10\.20\.0\.6, which is no address of this host/);
    const limits = { connectMs: 1_000, greetingMs: 1, replyMs: 1, tlsMs: 1, targetMs: 1 };
    await expect(run(cut, undefined, { limits })).rejects.toThrow(/resume-settings.*--timeout 8000ms, this run has 1000ms/);
  });
});
