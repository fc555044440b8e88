/** A network as a function from a flow to what happens to it, in virtual time; with the kernel's limit on ICMP errors. */
import { type Address, familyOf } from '../../src/model/address.ts';
import type { ProbeReport } from '../../src/model/evidence.ts';
import type { Clock, HostNetwork, LocalAddress, Resolver, Route } from '../../src/model/outside.ts';
import type { Policy } from '../../src/model/policy.ts';
import type { RelayReport, RelayTarget } from '../../src/scan/relay-probe.ts';
import type { Probers } from '../../src/scan/run.ts';
import { DEFAULT_LIMITS, type ProbeLimits, type ProbeTarget } from '../../src/scan/target.ts';
import { wait } from '../../src/scan/wait.ts';
import type { ScanHost, ScanOptions } from '../../src/scan.ts';
import { at } from './address.ts';

/** `icmp`: a reject whose ICMP errors are limited; `rst`: one by reset, which is not; `full`: this host has no socket left. */
export type Behaviour = 'smtp' | 'drop' | 'icmp' | 'rst' | 'absent' | 'full';

export interface Flow {
  readonly source: Address;
  readonly address: Address;
  readonly port: number;
}

export interface Sent extends Flow {
  readonly kind: 'probe' | 'connect';
  /** Milliseconds of virtual time at which it started and ended. */
  readonly start: number;
  readonly end: number;
}

export interface FakeNetwork extends Probers {
  readonly sent: readonly Sent[];
  /** Full targets of the probes, as they were told. */
  readonly targets: readonly ProbeTarget[];
  /** Full targets of the relay tests, with the milliseconds of virtual time at which each started and ended. */
  readonly tested: readonly (RelayTarget & { readonly start: number; readonly end: number })[];
  /** Most probes that were under way at once against one address. */
  readonly peak: () => number;
}

/** What a relay test is told to find, and how long it takes. */
export type RelayBehaviour = (target: RelayTarget) => Partial<RelayReport> & { readonly attempts: RelayReport['attempts'] };

const ROUND_TRIP_MS = 20;
/** A SYN and its retransmissions. @see RFC 6298 */
const SYN_MS = [0, 1_000, 3_000];

export function fakeNetwork(
  clock: Clock,
  behave: (flow: Flow, atMs: number) => Behaviour,
  relay: RelayBehaviour = () => ({ attempts: [] }),
): FakeNetwork {
  const sent: Sent[] = [];
  const tested: (RelayTarget & { readonly start: number; readonly end: number })[] = [];
  const targets: ProbeTarget[] = [];
  const running = new Map<Address, number>();
  let peak = 0;
  const takeToken = icmpBudget(clock);
  const ask = async (kind: Sent['kind'], flow: Flow, limits: ProbeLimits, signal: AbortSignal): Promise<ProbeReport> => {
    const start = clock.monotonic();
    const weight = kind === 'probe' ? 1 : 0;
    running.set(flow.address, (running.get(flow.address) ?? 0) + weight);
    peak = Math.max(peak, running.get(flow.address) ?? 0);
    const report = await answer(clock, behave(flow, start), { limits, signal, takeToken });
    running.set(flow.address, (running.get(flow.address) ?? 0) - weight);
    sent.push({ ...flow, kind, start, end: clock.monotonic() });
    return report;
  };
  return {
    sent,
    targets,
    tested,
    relay: async (target, _limits, signal, onProgress) => {
      const start = clock.monotonic();
      const run = { connections: 1, serverName: null, failure: null, transcript: [], unreached: null, ...relay(target) };
      onProgress(0, run.attempts.length);
      await wait(clock, run.elapsedMs ?? 2_000, signal);
      tested.push({ ...target, start, end: clock.monotonic() });
      return { elapsedMs: clock.monotonic() - start, ...run, failure: signal.aborted ? 'The test was stopped.' : run.failure };
    },
    peak: () => peak,
    probe: ({ source, ...target }, limits, signal) => {
      targets.push({ source, ...target });
      return ask('probe', { source: bound(source), address: target.address, port: target.port }, limits, signal);
    },
    connect: async ({ source, address, port }, limits, signal) => {
      const report = await ask('connect', { source: bound(source), address, port }, limits, signal);
      return report.outcome === 'open-smtp' ? { ...report, outcome: 'open-silent' } : report;
    },
  };
}

function bound(source: Address | null): Address {
  if (source === null) throw new Error('a probe was not bound to its source');
  return source;
}

interface Circumstances {
  readonly limits: ProbeLimits;
  readonly signal: AbortSignal;
  readonly takeToken: () => boolean;
}

async function answer(clock: Clock, behaviour: Behaviour, { limits, signal, takeToken }: Circumstances): Promise<ProbeReport> {
  const start = clock.monotonic();
  const after = async (ms: number, outcome: ProbeReport['outcome'], code: string | null = null): Promise<ProbeReport> => {
    await wait(clock, ms - (clock.monotonic() - start), signal);
    return reportOf(signal.aborted ? 'aborted' : outcome, clock.monotonic() - start, code);
  };
  if (behaviour === 'smtp') return after(ROUND_TRIP_MS, 'open-smtp');
  if (behaviour === 'rst') return after(ROUND_TRIP_MS, 'refused', 'ECONNREFUSED');
  if (behaviour === 'full') return after(0, 'probe-error', 'EMFILE');
  if (behaviour === 'absent' && limits.connectMs > 3_080) return after(3_080, 'host-down', 'EHOSTUNREACH');
  if (behaviour === 'icmp') {
    for (const at of SYN_MS.filter((ms) => ms < limits.connectMs)) {
      await wait(clock, at - (clock.monotonic() - start), signal);
      if (signal.aborted) break;
      if (takeToken()) return after(at + ROUND_TRIP_MS, at < 3_000 ? 'rejected' : 'host-down', 'EHOSTUNREACH');
    }
  }
  return after(limits.connectMs, 'dropped');
}

/** Six at once, then one a second, for each host that is answered. @see icmp(7), icmp_ratelimit */
function icmpBudget(clock: Clock): () => boolean {
  let tokens = 6;
  let last = 0;
  return () => {
    tokens = Math.min(6, tokens + (clock.monotonic() - last) / 1_000);
    last = clock.monotonic();
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

function reportOf(outcome: ProbeReport['outcome'], elapsedMs: number, code: string | null): ProbeReport {
  const error = code === null ? null : { code, syscall: 'connect' };
  const connectMs = outcome === 'open-smtp' ? ROUND_TRIP_MS : null;
  return {
    outcome,
    detail: null,
    reason: `It was ${outcome} after ${elapsedMs} ms.`,
    error,
    elapsedMs,
    connectMs,
    dialogue: null,
  };
}

/** `eth1 10.20.0.5 2001:db8:20::5`: the addresses of an interface; loopback is there already. */
export function fakeHost(interfaces: readonly string[], route?: (target: Address, source: Address | null) => Route): HostNetwork {
  const addresses = ['lo 127.0.0.1 ::1', ...interfaces].flatMap((text): LocalAddress[] => {
    const [name = '', ...list] = text.split(' ');
    return list.map((address) => ({
      address: at(address),
      family: familyOf(at(address)),
      interface: name,
      internal: name === 'lo',
    }));
  });
  const straight = (_target: Address, source: Address | null): Route => {
    const owner =
      addresses.find((local) => local.address === source && !local.internal) ?? addresses.find((local) => !local.internal);
    return owner === undefined
      ? { kind: 'none', message: 'Network is unreachable' }
      : { kind: 'route', interface: owner.interface, source: owner.address };
  };
  return {
    hostname: () => 'desk',
    addresses: () => addresses,
    route: (target, source) => Promise.resolve((route ?? straight)(target, source)),
  };
}

/** `mx.example.org 198.51.100.7 2001:db8:f::25` and `MX example.org a.example.org b.example.org`; any other name is not found. */
export function fakeNames(...lines: readonly string[]): Resolver {
  const find = (start: string): string[] | null => {
    const line = lines.find((candidate) => candidate.startsWith(`${start} `));
    return line === undefined ? null : line.slice(start.length + 1).split(' ');
  };
  return {
    addresses: (name) => {
      const found = find(name);
      return Promise.resolve(found === null ? { addresses: [], error: 'ENOTFOUND' } : { addresses: found.map(at), error: null });
    },
    exchangers: (domain) => {
      const found = find(`MX ${domain}`);
      return Promise.resolve(found === null ? { exchangers: [], error: 'ENOTFOUND' } : { exchangers: found, error: null });
    },
  };
}

export function scanOptions(policy: Policy, host: Pick<ScanHost, 'clock' | 'network' | 'resolver' | 'probers'>): ScanOptions {
  let nonces = 0;
  return {
    policy,
    tool: { name: 'postern', version: '0.0.0' },
    from: [],
    source: null,
    limits: DEFAULT_LIMITS,
    concurrency: 32,
    rate: null,
    relay: null,
    deadlineMs: null,
    operator: null,
    reference: null,
    resume: null,
    append: () => undefined,
    onRecord: () => undefined,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    host: {
      ...host,
      platform: 'linux',
      newRunId: () => 'run-1',
      newNonce: () => (++nonces).toString(16).padStart(32, '0'),
      usualAnchors: ['USUAL'],
      readFile: (name) => {
        throw new Error(`no such file: ${name}`);
      },
    },
  };
}
