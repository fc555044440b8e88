import { describe, expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.ts';
import { exitCodeOf } from '../../src/compare/exit-code.ts';
import type { HostNetwork } from '../../src/model/outside.ts';
import type { Judgement } from '../../src/model/result.ts';
import { type ScanOptions, scan } from '../../src/scan.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { type Behaviour, type Flow, fakeHost, fakeNames, fakeNetwork, scanOptions } from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';

const HOSTS = Array.from({ length: 40 }, (_, index) => `198.51.100.${index + 1}`);

const POLICY = policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16], controls: [{ host: www.example.net, port: 443 }] } }
destinations:
  provider: { hosts: [smtp.example.net], listening: [465, 587] }
  internet: { networks: [public], probes: [${HOSTS.map((host) => `{ host: ${host}, listening: [25, 465, 587, 2525] }`)}] }
rules: [{ name: staff, from: desks, to: provider, ports: [587] }]
`);

const NAMES = ['smtp.example.net 203.0.113.10', 'www.example.net 203.0.113.80'];

/** A firewall that does what the policy says, by rejecting. */
const obeys = ({ address, port }: Flow): Behaviour =>
  port === 443 || (port === 587 && address === '203.0.113.10') ? 'smtp' : 'icmp';

interface Setup {
  readonly behave?: (flow: Flow, atMs: number) => Behaviour;
  readonly names?: readonly string[];
  readonly network?: HostNetwork;
  readonly change?: Partial<ScanOptions>;
  /** Seconds of the run after which the host's clock is set back by a hundred. */
  readonly setBack?: number;
}

async function judge({
  behave = obeys,
  names = NAMES,
  network,
  change,
  setBack = Number.POSITIVE_INFINITY,
}: Setup = {}): Promise<Judgement & { exitCode: number }> {
  const clock = fakeClock();
  const probers = fakeNetwork(clock, behave);
  const now = (): number => clock.now() - (clock.monotonic() >= setBack * 1_000 ? 100_000 : 0);
  const host = {
    clock: { ...clock, now },
    network: network ?? fakeHost(['eth0 10.20.0.5']),
    resolver: fakeNames(...names),
    probers,
  };
  const { evidence } = await clock.run(scan({ ...scanOptions(POLICY, host), ...change }));
  const judgement = compare(POLICY, [evidence], { now: clock.now(), requireProof: 'supported', allowOtherPolicy: false });
  const run = { interrupted: evidence.trailer?.interrupted !== false };
  const exitCode = exitCodeOf({ ...judgement, run: run as never }, { failOn: 'low', allowInconclusive: false });
  return { ...judgement, exitCode };
}

function verdicts({ checks }: Judgement): string[] {
  return checks.map(({ id, verdict, proof }) => `${id} ${verdict} ${proof}`);
}

describe('the verdicts of a scan', () => {
  it('are the same at a concurrency of 1 and of 100, behind a firewall whose rejections are limited', async () => {
    const one = await judge({ change: { concurrency: 1 } });
    const hundred = await judge({ change: { concurrency: 100 } });
    expect(verdicts(hundred)).toEqual(verdicts(one));
    expect([one.exitCode, one.summary.checks.compliant, one.summary.checks.total]).toEqual([0, 162, 162]);
  });

  it('are the same where the clock is set back while the uplink is dead', async () => {
    const dies = (flow: Flow, at: number): Behaviour =>
      at > 245_000 ? 'drop' : flow.address.startsWith('198.') ? 'drop' : obeys(flow);
    const steady = await judge({ behave: dies, change: { concurrency: 4 } });
    const stepping = await judge({ behave: dies, change: { concurrency: 4 }, setBack: 245 });
    expect(steady.summary.checks).toMatchObject({ violation: 0, compliant: 76 });
    expect(steady.summary.checks.inconclusive).toBeGreaterThan(30);
    expect(verdicts(stepping)).toEqual(verdicts(steady));
  });

  it('name the hole that an outage between two controls hid, where an allowed flow showed the outage', async () => {
    const hidden = (flow: Flow, at: number): Behaviour => {
      if (at > 0 && at < 5_000) return 'drop';
      return flow.port === 465 && flow.address === '198.51.100.33' ? 'smtp' : obeys(flow) === 'smtp' ? 'smtp' : 'drop';
    };
    const { findings, exitCode } = await judge({ behave: hidden, change: { concurrency: 100 } });
    expect(findings.map(({ code, host, port }) => `${code} ${host} ${port}`)).toEqual(['egress-open 198.51.100.33 465']);
    expect(exitCode).toBe(1);
  });

  it('name the one flow that gets through', async () => {
    const leaks = (flow: Flow): Behaviour => (flow.port === 2525 && flow.address === '198.51.100.9' ? 'smtp' : obeys(flow));
    const { findings, exitCode } = await judge({ behave: leaks });
    expect(findings.map(({ code, host, port }) => `${code} ${host} ${port}`)).toEqual(['egress-open 198.51.100.9 2525']);
    expect(exitCode).toBe(1);
  });

  it.each<[string, Setup, RegExp]>([
    [
      'the uplink dies in mid-run',
      { behave: (flow, at) => (at > 2_000 ? 'drop' : obeys(flow)), change: { concurrency: 4 } },
      /control .* failed/,
    ],
    ['the control never answers', { behave: (flow) => (flow.port === 443 ? 'drop' : obeys(flow)) }, /control .* failed/],
    ['the name of the control does not resolve', { names: NAMES.slice(0, 1) }, /control .* failed/],
    ['the name of a destination does not resolve', { names: NAMES.slice(1) }, /did not resolve: ENOTFOUND/],
    ['the file table is full', { behave: () => 'full' }, /probe-error|EMFILE/],
    [
      'the leg leaves by the wrong interface',
      { network: fakeHost(['eth0 192.0.2.9', 'eth1 10.20.0.5'], () => ({ kind: 'route', interface: 'eth0', source: null })) },
      /ip rule add from 10\.20\.0\.5/,
    ],
    ['the time is over', { change: { deadlineMs: 30_000, concurrency: 2 } }, /time of the run \(30000 ms\) was over/],
  ])('are never green where %s, and say why', async (_name, setup, why) => {
    const { exitCode, checks, summary } = await judge(setup);
    expect(exitCode).toBe(3);
    expect(summary.verdict).toBe('inconclusive');
    expect(checks.some(({ verdict, reason }) => verdict === 'inconclusive' && why.test(reason))).toBe(true);
  });

  it('keep as compliant what was blocked while the controls on both sides of it answered', async () => {
    const silent = (flow: Flow, at: number): Behaviour => (at > 600_000 || obeys(flow) === 'icmp' ? 'drop' : 'smtp');
    const { checks } = await judge({ behave: silent, change: { concurrency: 1 } });
    const kinds = new Set(checks.filter(({ expect: expected }) => expected === 'deny').map(({ verdict }) => verdict));
    expect([...kinds].toSorted()).toEqual(['compliant', 'inconclusive']);
  });
});
