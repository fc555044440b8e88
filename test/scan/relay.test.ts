import { describe, expect, it } from 'vitest';
import type { Evidence, RelayRecord } from '../../src/model/evidence.ts';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import type { RelayAttempt } from '../../src/model/relay.ts';
import { dryRun, type ScanOptions, scan } from '../../src/scan.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import {
  type Behaviour,
  type FakeNetwork,
  type Flow,
  fakeHost,
  fakeNames,
  fakeNetwork,
  type RelayBehaviour,
  scanOptions,
} from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';

const POLICY = `
version: 1
name: office
segments:
  workstations: { networks: [10.20.0.0/16], controls: [{ host: 203.0.113.80, port: 443 }] }
  servers: { networks: [198.51.100.0/24] }
rules: [{ name: submit, from: workstations, to: servers, ports: [465, 587] }]
servers:
  - { name: hub, host: mail.example.com, ports: [25, 465, 587], relay: none, hosted-domain: example.com }
  - { name: print, host: 10.20.0.9, ports: [25], relay: internal }
audit: { ports: [25, 465, 587], probe-domain: relaytest.example.net, ehlo: audit.example.net }
`;

interface Setup {
  readonly policy?: string;
  readonly behave?: (flow: Flow) => Behaviour;
  readonly relay?: RelayBehaviour;
  readonly change?: (options: ScanOptions, clock: FakeClock) => Partial<ScanOptions>;
}

interface Outcome {
  readonly evidence: Evidence;
  readonly records: readonly RelayRecord[];
  readonly complete: boolean;
  readonly text: string;
  readonly network: FakeNetwork;
}

const REFUSED: RelayAttempt = {
  id: 'B02',
  about: 'plain relay',
  mailFrom: 'u@relaytest.example.net',
  rcptTo: 'u@relaytest.example.net',
  ehlo: null,
  stage: 'rcpt',
  code: 554,
  enhanced: '5.7.1',
  text: '5.7.1 Relay access denied',
  class: 'rejected',
  secure: false,
  connection: 1,
  reason: null,
};

const ANSWERS = ({ port, address }: Flow): Behaviour => (address.startsWith('198.51.100') && port === 25 ? 'drop' : 'smtp');

async function run({
  policy = POLICY,
  behave = ANSWERS,
  relay = () => ({ attempts: [REFUSED] }),
  change,
}: Setup = {}): Promise<Outcome> {
  const clock = fakeClock();
  const network = fakeNetwork(clock, behave, relay);
  const resolver = fakeNames('mail.example.com 198.51.100.7');
  const lines: string[] = [];
  const host = { clock, network: fakeHost(['eth0 10.20.0.5']), resolver, probers: network };
  const options = { ...scanOptions(policyOf(policy), host), relay: 'core' as const, append: (line: string) => lines.push(line) };
  const outcome = await clock.run(scan({ ...options, ...change?.(options, clock) }));
  const records = outcome.evidence.records.filter((record) => record.type === 'relay');
  return { ...outcome, records, text: lines.join(''), network };
}

describe('the relay tests of a run', () => {
  it('are one record for each address and port of a server', async () => {
    const { records, evidence, complete } = await run();
    expect(records.map(({ id, connections, unreached }) => `${id} ${connections} ${unreached}`)).toEqual([
      'relay:hub/[198.51.100.7]:25 0 dropped',
      'relay:print/[10.20.0.9]:25 1 null',
      'relay:hub/[198.51.100.7]:465 1 null',
      'relay:hub/[198.51.100.7]:587 1 null',
    ]);
    expect([evidence.header.settings.relay, complete]).toEqual(['core', true]);
  });

  it('tell each server what it is tested with', async () => {
    const { network, records } = await run();
    const hub = network.tested.find(({ port }) => port === 465);
    expect(hub).toMatchObject({
      source: '10.20.0.5',
      mode: 'implicit',
      ehlo: 'audit.example.net',
      probeDomain: 'relaytest.example.net',
      otherDomain: 'postern-other.relaytest.example.net',
      owned: true,
      hostedDomain: 'example.com',
      battery: 'core',
      level: 'envelope',
      exhaustive: false,
      pauseMs: 1_000,
      tls: { serverName: 'mail.example.com' },
    });
    expect(hub?.nonce).toMatch(/^[0-9a-f]{12}$/);
    expect(new Set(network.tested.map(({ nonce }) => nonce)).size).toBe(3);
    const print = network.tested.find(({ address }) => address === '10.20.0.9');
    expect([print?.mode, print?.tls.serverName, print?.hostedDomain]).toEqual(['clear', null, null]);
    expect(records[1]).toMatchObject({
      server: 'print',
      segment: 'workstations',
      source: '10.20.0.5',
      authorisedBy: null,
      failure: null,
    });
  });

  it('use two reserved domains where the policy names none of its own', async () => {
    const { network } = await run({ policy: POLICY.replace('probe-domain: relaytest.example.net, ', '') });
    expect(network.tested[0]).toMatchObject({
      probeDomain: 'postern.invalid',
      otherDomain: 'other.postern.invalid',
      owned: false,
    });
  });

  it('begin when the sweep has ended, after a round of controls, and end before the last one', async () => {
    const { evidence } = await run();
    const kinds = evidence.records.flatMap((record) =>
      record.type === 'relay'
        ? ['relay']
        : record.type === 'control'
          ? [`control ${record.phase}`]
          : record.type === 'observation'
            ? ['probe']
            : [],
    );
    const runs = kinds.filter((kind, index) => kind !== kinds[index - 1]);
    expect(runs.slice(-3)).toEqual(['control middle', 'relay', 'control end']);
    expect(kinds.lastIndexOf('probe')).toBeLessThan(kinds.indexOf('relay'));
  });

  it('never have two connections to one address at a time, and pause between two tests of it', async () => {
    const { network } = await run({ change: () => ({ concurrency: 50 }) });
    const ofHub = network.tested.filter(({ address }) => address === '198.51.100.7');
    expect((ofHub[1]?.start ?? 0) - (ofHub[0]?.end ?? 0)).toBe(1_000);
    const print = network.tested.find(({ address }) => address === '10.20.0.9');
    expect(print?.start).toBe(ofHub[0]?.start);
  });

  it('send nothing to what the sweep has seen blocked, and say so', async () => {
    const { records, network } = await run();
    expect(network.tested.map(({ port }) => port)).not.toContain(undefined);
    expect(network.tested.some(({ address, port }) => address === '198.51.100.7' && port === 25)).toBe(false);
    expect(records[0]?.failure).toBe('Not connected to: It was dropped after 4000 ms.');
    expect(records[0]?.attempts).toEqual([]);
  });

  it('are none with --relay none', async () => {
    const { records, evidence, network } = await run({ change: () => ({ relay: null }) });
    expect([records, evidence.header.settings.relay, network.tested]).toEqual([[], null, []]);
  });

  it('report every shape while a test lasts', async () => {
    const seen: string[] = [];
    await run({
      change: () => ({
        onProgress: ({ phase, done, total, about }) => {
          if (phase === 'relay') seen.push(`${done}/${total} ${about ?? ''}`);
        },
      }),
    });
    expect(seen[0]).toBe('0/1 print 10.20.0.9:25; 0 of 4 servers done');
    expect(seen).toHaveLength(3);
  });
});

describe('a relay test that is cut off', () => {
  const stopAt = (ms: number) => (_options: ScanOptions, clock: FakeClock) => {
    const controller = new AbortController();
    clock.after(ms, () => controller.abort());
    return { signal: controller.signal };
  };

  it('leaves no record, so that it is not taken for one', async () => {
    const slow: RelayBehaviour = () => ({ attempts: [REFUSED], elapsedMs: 500_000 });
    const { records, complete, evidence } = await run({ relay: slow, change: stopAt(100_000) });
    expect(records.map(({ unreached }) => unreached)).toEqual(['dropped']);
    expect([complete, evidence.trailer?.interrupted]).toEqual([false, true]);
  });

  it('is kept where something was accepted', async () => {
    const open: RelayBehaviour = () => ({ attempts: [{ ...REFUSED, code: 250, class: 'accepted' }], elapsedMs: 500_000 });
    const { records } = await run({ relay: open, change: stopAt(100_000) });
    expect(records.filter(({ attempts }) => attempts.length > 0).map(({ failure }) => failure)).toEqual([
      'The test was stopped.',
      'The test was stopped.',
    ]);
  });

  it('is asked again by a resumed run, and no other is', async () => {
    const slow: RelayBehaviour = ({ port }) => ({ attempts: [REFUSED], elapsedMs: port === 587 ? 500_000 : 2_000 });
    const first = await run({ relay: slow, change: stopAt(100_000) });
    expect(first.records.map(({ id }) => id)).not.toContain('relay:hub/[198.51.100.7]:587');
    const second = await run({ change: () => ({ resume: { file: 'run.jsonl', text: first.text } }) });
    expect(second.network.tested.map(({ port }) => port)).toEqual([587]);
    expect([second.complete, new Set(second.records.map(({ id }) => id)).size]).toEqual([true, 4]);
    expect(() => decodeEvidence(first.text, 'run.jsonl')).not.toThrow();
  });

  it('by the server is asked again by a resumed run, unless that run had come to its end', async () => {
    const broken: RelayBehaviour = ({ port }) => ({
      attempts: [REFUSED],
      failure: port === 465 ? 'The server closed the connection.' : null,
    });
    const whole = await run({ relay: broken });
    const again = await run({ change: () => ({ resume: { file: 'run.jsonl', text: whole.text } }) });
    expect([again.network.tested, again.complete]).toEqual([[], true]);
    const cut = whole.text.split('\n').slice(0, -2).join('\n');
    const resumed = await run({ change: () => ({ resume: { file: 'run.jsonl', text: `${cut}\n` } }) });
    expect(resumed.network.tested.map(({ port }) => port)).toEqual([465]);
  });

  it('cannot be resumed with another battery', async () => {
    const first = await run({ change: stopAt(1) });
    const again = run({ change: () => ({ relay: 'all', resume: { file: 'run.jsonl', text: first.text } }) });
    await expect(again).rejects.toThrow('run.jsonl was taken with --relay core, this run has all. Give the same one.');
  });
});

describe('--dry-run', () => {
  it('says which servers would be tested, with how many recipients of whom, and which not', async () => {
    const clock = fakeClock();
    const network = fakeNetwork(clock, ANSWERS);
    const resolver = fakeNames('mail.example.com 198.51.100.7');
    const policy = policyOf(
      POLICY.replace('ports: [25, 465, 587], relay: none', 'ports: [465], relay: none').replace('10.20.0.9', '10.20.0.5'),
    );
    const host = { clock, network: fakeHost(['eth0 10.20.0.5']), resolver, probers: network };
    const text = await clock.run(dryRun({ ...scanOptions(policy, host), relay: 'core' }));
    const lines = text.split('\n');
    expect(lines.slice(lines.findIndex((line) => line.startsWith('Relay tests')))).toEqual([
      'Relay tests (MAIL, RCPT and RSET, never DATA; one connection at a time to each address):',
      '  workstations 10.20.0.5 -> 198.51.100.7:465 (hub, mail.example.com): TLS from the first byte, EHLO audit.example.net, at most 17 recipients, all forms of postern-NONCE@relaytest.example.net, unknown users of example.com and of the server itself, or postmaster@example.com, an unknown verb, QUIT',
      '  relay:print/[10.20.0.5]:25: not tested: 10.20.0.5 is this host itself, whom its own server trusts: test it from another host.',
      '',
    ]);
    expect(network.tested).toEqual([]);
  });
});
