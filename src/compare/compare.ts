import { compareAddresses } from '../model/address.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Policy } from '../model/policy.ts';
import { inputError } from '../model/problem.ts';
import type { Judgement, Scope } from '../model/result.ts';
import { attestIn } from './attest.ts';
import { configurationRows } from './configuration.ts';
import { withMismatches } from './configuration-live.ts';
import { isInspection, isProbing } from './configuration-views.ts';
import { controlHoles } from './control-holes.ts';
import { coverageOf, type UnreadFile, unreadFileRow } from './coverage.ts';
import { withFamilyGaps } from './family-gap.ts';
import { hintNotes } from './hints.ts';
import { interferencesIn } from './interference.ts';
import { checksOf } from './judgement.ts';
import { latestOfEachSource, withOwnIds } from './latest.ts';
import { misfitRows, withOwnLegs } from './misfits.ts';
import { relayRows, testsServers } from './relay.ts';
import { type Draft, NO_SUBJECT, type Row } from './row.ts';
import { type RunRows, rowsOf } from './rows.ts';
import { sightingsOf } from './sightings.ts';
import { summarise } from './summary.ts';
import { unreadFirewallRows } from './unreadable.ts';
import { untriedNotes } from './untried.ts';
import { expiredWaivers } from './waive.ts';

export interface CompareOptions {
  /** When the judgement is made, milliseconds since 1970 UTC: decides which waivers are in force. */
  readonly now: number;
  /** `proven` turns what is only supported into inconclusive. */
  readonly requireProof: 'supported' | 'proven';
  /** Judges evidence that was taken under another policy, and says so. */
  readonly allowOtherPolicy: boolean;
  /** Inputs that could not be read: each is one inconclusive row. */
  readonly unreadable?: readonly UnreadFile[];
}

/** Evidence older than this is still judged, with a note. */
const STALE_MS = 24 * 60 * 60_000;

/**
 * Judges evidence against a policy. Pure: no I/O, no clock; same input, same findings, same order.
 *
 * @param policy    normalised.
 * @param given     one run from each vantage, or several: the latest of a source counts, the others still vouch for targets. Runs that read
 *                  configurations are judged beside them: the latest reading of a firewall counts.
 * @returns         one check for each question, also those without an answer, by segment, destination, address, port; findings
 *                  by severity, then check.
 * @throws {InputError} `evidence-policy-mismatch` where evidence was taken under another policy digest;
 *                  `evidence-twice` where one run is given twice.
 */
export function compare(policy: Policy, given: readonly Evidence[], options: CompareOptions): Judgement {
  refuseUnfit(policy, given, options);
  const configured = configurationRows(policy, given.filter(isInspection));
  const evidence = given.filter(isProbing);
  const { latest: ofSource, notes } = latestOfEachSource(evidence);
  const latest = ofSource.map((run) => withOwnLegs(policy, run));
  const interferences = interferencesIn(policy, evidence);
  const [sightings, attest] = [sightingsOf(evidence, interferences), attestIn(evidence, interferences.testimonies)];
  const runs = latest.map((run) => rowsOf(policy, run, { sightings, attest, interference: interferences.in(run) }));
  const judged = withOwnIds(latest, runs).map((row) => withProof(row, options.requireProof));
  const coverage = coverageOf(policy, latest, judged);
  const unreadable = [...(options.unreadable ?? []).map(unreadFileRow), ...unreadFirewallRows(policy, given)];
  const tested = latestOfEachSource(evidence.filter(testsServers)).latest;
  const testing = tested.map((run) => withOwnLegs(policy, run));
  const relay = relayRows(policy, [...testing, ...latest.filter((run) => !testsServers(run))], interferences);
  const misfits = [...ofSource, ...tested.filter((run) => !isAmong(ofSource, run))].flatMap((run, index) =>
    misfitRows(policy, run, { ports: runs[index]?.strays ?? [], relays: relay.strays.get(run.header.run.id) ?? [] }),
  );
  const relayed = relay.rows.map((row) => withProof(row, options.requireProof));
  const asConfigured = withMismatches(configured.rows, configured.views, judged);
  const live = withFamilyGaps(judged).toSorted(byPlace(policy));
  const rows = [...live, ...relayed, ...coverage.rows, ...misfits, ...asConfigured, ...unreadable];
  const holes = latest.flatMap((run, index) =>
    controlHoles(policy, run, { questions: runs[index]?.questions ?? [], interference: interferences.in(run) }),
  );
  const loose = [...holes, ...unregulatedIpv6(policy, latest), ...configured.loose, ...expiredWaivers(policy, options.now)];
  const { checks, findings } = checksOf(policy, rows, loose, options.now);
  const inspected = [...new Set(configured.views.map(({ run }) => run))].filter((run) => !isAmong(latest, run));
  const scope = scopeOf(policy, latest, configured.segments, [
    ...notes,
    ...staleNotes([...latest, ...testing.filter((run) => !isAmong(latest, run)), ...inspected], options.now),
    ...hastyNotes(latest),
    ...coverage.notes,
    ...hintNotes(policy, latest, runs, interferences),
    ...relay.notes,
    ...untriedNotes(policy, latest, runs),
    ...configured.notes,
  ]);
  const endpoints = endpointsIn(runs, relayed);
  return {
    summary: summarise(checks, findings, [...runs, ...inspected.map(asRun)]),
    checks,
    findings,
    scope: { ...scope, endpoints },
  };
}

/** What a run that probed nothing adds to a summary. */
function asRun({ trailer }: Evidence): Pick<RunRows, 'leakProbes' | 'interrupted'> {
  return { leakProbes: { sent: 0, open: 0 }, interrupted: trailer?.interrupted ?? false };
}

function isAmong(runs: readonly Evidence[], { header: { run } }: Evidence): boolean {
  return runs.some(({ header }) => header.run.id === run.id);
}

function endpointsIn(runs: readonly RunRows[], relayed: readonly Row[]): number {
  const asked = runs.flatMap(({ questions }) => questions.map(({ address }) => address));
  const tested = relayed.map(({ check }) => check.address);
  return new Set([...asked, ...tested].filter((address) => address !== null)).size;
}

function refuseUnfit(policy: Policy, evidence: readonly Evidence[], { allowOtherPolicy }: CompareOptions): void {
  const seen = new Set<string>();
  for (const { header } of evidence) {
    if (seen.has(header.run.id)) throw inputError('evidence-twice', `The evidence of run ${header.run.id} was given twice.`);
    seen.add(header.run.id);
    if (header.policy.digest === policy.digest || allowOtherPolicy) continue;
    throw inputError(
      'evidence-policy-mismatch',
      `The evidence of run ${header.run.id} (${header.vantage.hostname}) was taken under policy ${header.policy.name} (${header.policy.digest}), not under ${policy.path} (${policy.digest}). Scan again, or judge it all the same with --allow-other-policy.`,
    );
  }
}

function withProof(row: Row, requireProof: CompareOptions['requireProof']): Row {
  const { check } = row;
  if (requireProof !== 'proven' || check.verdict !== 'compliant' || check.proof === 'proven') return row;
  const reason = `${check.reason} That supports the verdict, but does not prove it, and proof was asked for.`;
  const subject = {
    ...NO_SUBJECT,
    code: 'not-judged' as const,
    segment: check.segment,
    destination: check.destination,
    host: row.host,
    port: check.port,
    family: check.family,
    server: check.kind === 'relay' ? check.server : null,
  };
  return {
    ...row,
    check: { ...check, verdict: 'inconclusive', proof: 'none', reason },
    drafts: [{ subject, severity: null, detail: reason, location: null, evidence: {} }],
  };
}

/** The host has IPv6 and a way out over it; the policy says nothing of it. */
function unregulatedIpv6(policy: Policy, evidence: readonly Evidence[]): Draft[] {
  return evidence
    .filter(({ header }) => header.vantage.ipv6)
    .flatMap(({ header }) => policy.segments.filter(({ name }) => header.vantage.segments.includes(name)))
    .filter((segment) => segment.addresses.ipv4.length > 0 && segment.addresses.ipv6.length === 0)
    .map((segment) => ({
      subject: { ...NO_SUBJECT, code: 'ipv6-unregulated' as const, segment: segment.name, family: 'ipv6' as const },
      severity: null,
      detail: `A host in ${segment.name} has a global IPv6 address and a default route for it, but the policy gives ${segment.name} no IPv6 network: nothing was asked of that way out.`,
      location: segment.location,
      evidence: {},
    }));
}

/** Segments and destinations in the policy's order, then address, then port. */
function byPlace(policy: Policy): (a: Row, b: Row) => number {
  const segments = policy.segments.map(({ name }) => name);
  const destinations = [...policy.destinations, ...policy.segments, ...policy.servers].map(({ name }) => name);
  const rank = (names: readonly string[], name: string | null): number => (name === null ? -1 : names.indexOf(name));
  return ({ check: a }, { check: b }) =>
    rank(segments, a.segment) - rank(segments, b.segment) ||
    rank(destinations, a.destination) - rank(destinations, b.destination) ||
    (a.address !== null && b.address !== null
      ? compareAddresses(a.address, b.address)
      : Number(a.address === null) - Number(b.address === null)) ||
    (a.host ?? '').localeCompare(b.host ?? '', 'en') ||
    (a.port ?? 0) - (b.port ?? 0) ||
    (a.id < b.id ? -1 : 1);
}

function staleNotes(evidence: readonly Evidence[], now: number): string[] {
  return evidence
    .filter(({ header }) => now - Date.parse(header.run.startedAt) > STALE_MS)
    .map(
      ({ header }) => `The evidence of ${header.vantage.hostname} is from ${header.run.startedAt}: what holds today may differ.`,
    );
}

/** Milliseconds. The kernel reports an absent neighbour after about 3.1 s; who waits less takes its absence for silence. */
const ABSENT_MS = 3_500;

function hastyNotes(evidence: readonly Evidence[]): string[] {
  return evidence
    .filter(({ header }) => header.settings.timeoutMs < ABSENT_MS)
    .map(
      ({ header: { settings, vantage } }) =>
        `${vantage.hostname} waited ${settings.timeoutMs} ms for a handshake: an absent host looks like a block before 3.5 s.`,
    );
}

function scopeOf(
  policy: Policy,
  evidence: readonly Evidence[],
  inspected: ReadonlySet<string>,
  notes: readonly string[],
): Omit<Scope, 'endpoints'> {
  const seen = new Set([...evidence.flatMap(({ header }) => header.vantage.segments), ...inspected]);
  const others = evidence.filter(({ header }) => header.policy.digest !== policy.digest);
  return {
    ports: policy.audit.ports,
    sources: evidence.flatMap(({ header }) =>
      header.vantage.legs.map(({ segment, source, asserted }) => ({ segment, address: source, asserted })),
    ),
    unseen: policy.segments.map(({ name }) => name).filter((name) => !seen.has(name)),
    notes: [
      ...notes,
      ...others.map(
        ({ header }) => `The evidence of ${header.vantage.hostname} was taken under another policy (${header.policy.digest}).`,
      ),
    ],
  };
}
