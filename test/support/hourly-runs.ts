/**
 * Results of an audit that runs every hour, as they come from a network in which little happens: holes open and close, a control dies for some
 * hours, a run is interrupted; and the times in every reason are others each time. The same seed makes the same runs.
 */

import type { Address } from '../../src/model/address.ts';
import { parseAddress } from '../../src/model/address.ts';
import { type Finding, type FindingCode, fingerprintOf, type Severity } from '../../src/model/finding.ts';
import type { Check, NetworkCheck, Result, Verdict } from '../../src/model/result.ts';

export interface HourlyOptions {
  readonly checks: number;
  readonly seed?: number;
  /** Chance of each check to go bad between runs; what is bad is seen to 15 times as readily. */
  readonly unrest?: number;
  readonly startAt?: number;
  /** Checks that come and go as they like. */
  readonly restless?: number;
}

/** What a check is in for. `blind`: it cannot be judged. */
type Mood = 'fine' | 'bad' | 'blind';

interface Spot {
  readonly segment: string;
  readonly source: Address;
  readonly host: string;
  readonly address: Address;
  readonly port: number;
  readonly deny: boolean;
  mood: Mood;
  severity: Severity;
}

const HOUR_MS = 3_600_000;

/** Endless: take as many as you want. */
export function* hourlyRuns(options: HourlyOptions): Generator<Result> {
  const random = randomFrom(options.seed ?? 1);
  const spots = Array.from({ length: options.checks }, (_, index) => spotOf(index, random));
  const unrest = options.unrest ?? 0.0005;
  let dead: { readonly segment: string; left: number } | null = null;
  for (let hour = 0; ; hour++) {
    for (const spot of spots) if (random() < (spot.mood === 'fine' ? unrest : 15 * unrest)) turn(spot, random);
    for (const spot of spots.slice(0, options.restless ?? 0)) spot.mood = random() < 0.5 ? 'bad' : 'fine';
    if (dead !== null && --dead.left <= 0) dead = null;
    if (dead === null && random() < 0.01)
      dead = { segment: `segment-${Math.floor(random() * 20)}`, left: 1 + Math.floor(random() * 5) };
    const at = (options.startAt ?? Date.parse('2026-01-01T00:00:00.000Z')) + hour * HOUR_MS + Math.floor(random() * 60_000);
    yield resultOf(spots, { at, hour, random, dead: dead?.segment ?? null, interrupted: random() < 0.005 });
  }
}

interface Hour {
  readonly at: number;
  readonly hour: number;
  readonly random: () => number;
  readonly dead: string | null;
  readonly interrupted: boolean;
}

function resultOf(spots: readonly Spot[], hour: Hour): Result {
  const asked = hour.interrupted ? spots.filter(() => hour.random() < 0.5) : spots;
  const rows = asked.map((spot) => rowOf(spot, hour));
  const checks = rows.map(({ check }) => check);
  const findings = rows.flatMap(({ finding }) => (finding === null ? [] : [finding]));
  const elapsedMs = 30_000 + Math.floor(hour.random() * 5000);
  return {
    schema: 'postern.result/1',
    tool: { name: 'postern', version: '0.1.0' },
    policy: { name: 'head-office', path: 'postern.yaml', digest: `sha256:${'0a'.repeat(32)}` },
    run: {
      id: uuidOf(hour.random),
      command: 'audit',
      startedAt: new Date(hour.at).toISOString(),
      finishedAt: new Date(hour.at + elapsedMs).toISOString(),
      elapsedMs,
      interrupted: hour.interrupted,
      operator: null,
      reference: null,
    },
    vantages: [{ segment: 'segment-0', address: addressOf('10.20.0.5'), hostname: 'probe-1', asserted: false }],
    summary: summaryOf(checks, findings),
    checks,
    findings,
    scope: { ports: [25, 465, 587, 2525], sources: [], endpoints: 50, unseen: [], notes: [] },
  };
}

function rowOf(spot: Spot, hour: Hour): { readonly check: Check; readonly finding: Finding | null } {
  const { segment, source, host, address, port, deny } = spot;
  const id = `${segment}/${source}>internet/${address}:${port}`;
  const mood = hour.dead === segment ? 'blind' : spot.mood;
  const { reason, outcome, verdict, code, elapsedMs } = seenOf(deny, mood, hour);
  const severity = mood === 'bad' ? spot.severity : 'info';
  const finding =
    code === null ? null : findingOf({ spot, code, severity, id, at: hour.at, detail: `${flow(spot)} ${reason}`, elapsedMs });
  const check: NetworkCheck = {
    id,
    kind: 'reachability',
    segment,
    source,
    destination: 'internet',
    host,
    address,
    family: 'ipv4',
    port,
    expect: deny ? 'deny' : 'allow',
    rule: deny ? null : 'staff-submit',
    outcome,
    detail: null,
    verdict,
    proof: verdict === 'inconclusive' ? 'none' : 'proven',
    reason,
    elapsedMs,
    findings: finding === null ? [] : [finding.fingerprint],
    waived: false,
  };
  return { check, finding };
}

interface Seen {
  readonly reason: string;
  readonly outcome: NetworkCheck['outcome'];
  readonly verdict: Verdict;
  readonly code: FindingCode | null;
  readonly elapsedMs: number;
}

function seenOf(deny: boolean, mood: Mood, { at, random }: Hour): Seen {
  const quick = 5 + Math.floor(random() * 30);
  const slow = 8000 + Math.floor(random() * 12);
  if (mood === 'blind') {
    const reason = 'No answer in 8 s. That proves nothing: the control www.example.net:443 did not answer.';
    return { reason, outcome: 'dropped', verdict: 'inconclusive', code: 'not-judged', elapsedMs: slow };
  }
  const before = 1 + Math.floor(random() * 8);
  const silence = `No answer in 8 s. The control www.example.net:443 answered ${before} s before.`;
  if (deny && mood === 'fine') {
    const time = `${new Date(at + Math.floor(random() * 40_000)).toISOString().slice(0, 19)}Z`;
    const reason = `${silence} relays (10.1.0.25) reached the same endpoint at ${time}.`;
    return { reason, outcome: 'dropped', verdict: 'compliant', code: null, elapsedMs: slow };
  }
  if (deny) {
    const reason = `220 mx1.example.org ESMTP after ${quick} ms.`;
    return { reason, outcome: 'open-smtp', verdict: 'violation', code: 'egress-open', elapsedMs: quick + 3 };
  }
  if (mood === 'bad')
    return { reason: silence, outcome: 'dropped', verdict: 'violation', code: 'egress-blocked', elapsedMs: slow };
  const reason = `220 greeting after ${quick} ms, EHLO answered, TLSv1.3, certificate valid, QUIT answered.`;
  return { reason, outcome: 'open-smtp', verdict: 'compliant', code: null, elapsedMs: quick * 4 };
}

interface Found {
  readonly spot: Spot;
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly id: string;
  readonly at: number;
  readonly detail: string;
  readonly elapsedMs: number;
}

function findingOf({ spot, code, severity, id, at, detail, elapsedMs }: Found): Finding {
  const { segment, host, port } = spot;
  const subject = { code, segment, destination: 'internet', host, port, family: 'ipv4' as const, server: null, firewall: null };
  return {
    ...subject,
    severity,
    fingerprint: fingerprintOf({ ...subject, row: null }),
    title: code,
    detail,
    remediation:
      'Deny the mail ports for this segment by default in both IP families, and permit only the flows that the policy names.',
    references: ['NIST SP 800-53 SC-7(5)', 'PCI DSS 4.0 1.3.2'],
    check: id,
    checks: [id],
    location: null,
    evidence: { transcript: ['S: 220 mx1.example.org ESMTP'], at: new Date(at + elapsedMs).toISOString(), elapsedMs },
    waiver: null,
  };
}

export function summaryOf(checks: readonly Check[], findings: readonly Finding[]): Result['summary'] {
  const of = (verdict: Verdict) => checks.filter((check) => check.verdict === verdict).length;
  const counts = { compliant: of('compliant'), violation: of('violation'), inconclusive: of('inconclusive') };
  const graded = (severity: Severity) =>
    findings.filter((finding) => finding.waiver === null && finding.severity === severity).length;
  return {
    verdict: counts.violation > 0 ? 'violation' : counts.inconclusive > 0 ? 'inconclusive' : 'compliant',
    checks: { total: checks.length, ...counts },
    findings: {
      critical: graded('critical'),
      high: graded('high'),
      medium: graded('medium'),
      low: graded('low'),
      info: graded('info'),
      waived: findings.filter(({ waiver }) => waiver !== null).length,
    },
    leakProbes: { sent: 0, open: 0 },
  };
}

function spotOf(index: number, random: () => number): Spot {
  const segment = `segment-${index % 20}`;
  const which = Math.floor(index / 20);
  return {
    segment,
    source: addressOf(`10.${20 + (index % 20)}.0.5`),
    host: `mx${which}.example.org`,
    address: addressOf(`198.51.100.${1 + (which % 250)}`),
    port: [25, 465, 587, 2525][which % 4] ?? 25,
    deny: random() < 0.8,
    mood: random() < 0.02 ? 'bad' : 'fine',
    severity: 'critical',
  };
}

function turn(spot: Spot, random: () => number): void {
  const roll = random();
  if (spot.mood === 'bad' && roll < 0.3) spot.severity = spot.severity === 'critical' ? 'high' : 'critical';
  else if (spot.mood !== 'fine') spot.mood = 'fine';
  else spot.mood = roll < 0.5 ? 'bad' : 'blind';
}

function flow({ segment, source, host, address, port }: Spot): string {
  return `${segment} (${source}) to ${host} ${address}:${port} in internet.`;
}

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${text} is no address`);
  return address;
}

function uuidOf(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** mulberry32: small, quick, the same everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
