/** `postern scan`: from a policy and a host to evidence. Judges nothing. */
import { systemClock } from './host/clock.ts';
import { createDial } from './host/dial.ts';
import { HOST_PLATFORM, hostNetwork } from './host/network.ts';
import { hostResolver } from './host/resolver.ts';
import { newRunId } from './host/run-id.ts';
import { USUAL_ANCHORS } from './host/usual-anchors.ts';
import type { Address } from './model/address.ts';
import type { Evidence, EvidenceHeader, EvidenceRecord, EvidenceTrailer } from './model/evidence.ts';
import { decodeEvidence, evidenceWriter, resumableText } from './model/evidence-codec.ts';
import { classOf, type Outcome } from './model/outcome.ts';
import type { Clock, HostNetwork, Resolver } from './model/outside.ts';
import type { Policy } from './model/policy.ts';
import { inputError } from './model/problem.ts';
import { type Question, questionsOf } from './model/question.ts';
import type { RelayBattery } from './model/relay.ts';
import { type RelayQuestion, relayKey, relayQuestionsOf } from './model/relay-question.ts';
import { resolutionOf } from './model/resolution.ts';
import { newNonce } from './receipt/request.ts';
import { newHeader, resumedHeader } from './scan/begin.ts';
import { conduct } from './scan/conduct.ts';
import { controlFlows } from './scan/controls.ts';
import { describePlan } from './scan/describe.ts';
import { documentedOf } from './scan/documentation.ts';
import { forwardClock } from './scan/forward-clock.ts';
import { guardAppend } from './scan/guard-append.ts';
import { isAskable, sentinelKeys } from './scan/plan.ts';
import { connectOnly, probe } from './scan/probe.ts';
import { isAskableServer, mannerOf, remainingServers } from './scan/relay.ts';
import { probeRelay } from './scan/relay-probe.ts';
import { remainingQuestions } from './scan/remaining.ts';
import { resolveNames } from './scan/resolve.ts';
import { findRoutes } from './scan/routes.ts';
import { createJournal, type Journal, type Probers, type Progress, type Run } from './scan/run.ts';
import type { ProbeLimits } from './scan/target.ts';
import { timedSignal } from './scan/timed-signal.ts';
import { trustOf } from './scan/trust.ts';
import { pacer } from './scan/wait.ts';

export { createEvidenceFile, reopenEvidenceFile } from './host/evidence-file.ts';
export type { Progress } from './scan/run.ts';
export { DEFAULT_LIMITS, type ProbeLimits } from './scan/target.ts';

export interface ScanOptions {
  readonly policy: Policy;
  readonly tool: { readonly name: string; readonly version: string };
  /** Segments to speak for; empty: those that the host has an address in. */
  readonly from: readonly string[];
  readonly source: Address | null;
  readonly limits: ProbeLimits;
  /** Probes at once. */
  readonly concurrency: number;
  /** Probes started in a second; null: as fast as `concurrency` lets them. */
  readonly rate: number | null;
  /** Milliseconds for the whole run; what is not asked by then is `aborted`. Null: no end. */
  readonly deadlineMs: number | null;
  /** Shapes that the policy's servers are tested with for relaying; null: they are not. */
  readonly relay: RelayBattery | null;
  readonly operator: string | null;
  readonly reference: string | null;
  /** Text of the file of an earlier part of this run, to go on from; null: a new run. */
  readonly resume: { readonly file: string; readonly text: string } | null;
  /** Gets the evidence line by line, as it comes; of a resumed run only the new lines. */
  readonly append: (line: string) => void;
  /** Gets every new record as it comes. */
  readonly onRecord: (record: EvidenceRecord) => void;
  readonly onProgress: (progress: Progress) => void;
  /** Aborted by the user: nothing more is asked, what is under way is given up. */
  readonly signal: AbortSignal;
  readonly host: ScanHost;
}

/** The world outside: the machine, or a test's. */
export interface ScanHost {
  readonly clock: Clock;
  readonly network: HostNetwork;
  readonly resolver: Resolver;
  readonly platform: string;
  readonly probers: Probers;
  readonly newRunId: () => string;
  /** 128 random bits, hex. */
  readonly newNonce: () => string;
  readonly usualAnchors: readonly string[];
  /** The text of a file that the policy names, relative to it. */
  readonly readFile: (name: string) => string;
}

export interface ScanOutcome {
  readonly evidence: Evidence;
  /** Every question was asked and got an answer from the network. */
  readonly complete: boolean;
  /** At least one did. */
  readonly answered: boolean;
}

export interface MachineOptions {
  /** The environment's PATH. */
  readonly path: string;
  /** How often a connect that was not answered in time is tried again. */
  readonly retries: number;
  readonly readFile: (name: string) => string;
}

/** This machine. */
export function machine({ path, retries, readFile }: MachineOptions): ScanHost {
  const dial = createDial(systemClock);
  const shared = { dial, clock: systemClock, retries };
  return {
    clock: systemClock,
    network: hostNetwork(path),
    resolver: hostResolver(),
    platform: HOST_PLATFORM,
    probers: {
      probe: (target, limits, signal) => probe(target, { ...shared, limits, signal }),
      connect: (target, limits, signal) => connectOnly(target, { ...shared, limits, signal }),
      relay: (target, limits, signal, onProgress) => probeRelay(target, { ...shared, limits, signal }, onProgress),
    },
    newRunId,
    newNonce,
    usualAnchors: USUAL_ANCHORS,
    readFile,
  };
}

/**
 * Probes what the policy asks about, from this host.
 *
 * @returns the evidence, as it was appended; with a trailer also where the user interrupted.
 * @throws {InputError} where the host is in no segment, an earlier part does not fit, or `append` throws. Never for what the network does.
 */
export async function scan(options: ScanOptions): Promise<ScanOutcome> {
  const unwritable = new AbortController();
  const { append, check } = guardAppend(options.append, () => unwritable.abort());
  const signal = AbortSignal.any([options.signal, unwritable.signal]);
  const timed = timedSignal(signal, options.deadlineMs, options.host.clock);
  try {
    const before = options.resume === null ? null : readEarlier(options.resume);
    const clock = forwardClock(options.host.clock, lastTimeOf(before));
    const prepared = await prepare({ ...options, append, signal, host: { ...options.host, clock } }, before, timed.signal);
    const { run, header, journal, finish } = prepared;
    const todo = remainingQuestions(run.questions, journal.records);
    if (before !== null && isDone(before, run, todo)) return outcomeOf(run, { ...before, header });
    await conduct(run, todo);
    const trailer = finish({ finishedAt: new Date(clock.now()).toISOString(), interrupted: options.signal.aborted });
    check();
    return outcomeOf(run, { header, records: journal.records, trailer });
  } finally {
    timed.end();
  }
}

/** Every connection that `scan` would make, as text; sends nothing but DNS queries. */
export async function dryRun(options: ScanOptions): Promise<string> {
  const { run } = await prepare({ ...options, append: () => undefined }, null, options.signal);
  return describePlan(run);
}

/** Null where nothing whole was left: the run starts anew in the same file, unless that never was one of evidence. */
function readEarlier({ file, text }: { readonly file: string; readonly text: string }): Evidence | null {
  if (resumableText(text) !== '') return decodeEvidence(text, file);
  if (FIRST_BYTES.startsWith(text.slice(0, FIRST_BYTES.length))) return null;
  throw inputError(
    'evidence-syntax',
    `${file} is no evidence: it does not begin with the header of a run. It was left as it is.`,
  );
}

/** What the header of every run begins with, however little of it was written. */
const FIRST_BYTES = '{"type":"header",';

function lastTimeOf(before: Evidence | null): number | undefined {
  if (before === null) return undefined;
  return before.records.reduce((last, { at }) => Math.max(last, Date.parse(at)), Date.parse(before.header.run.startedAt));
}

interface Prepared {
  readonly run: Run;
  readonly header: EvidenceHeader;
  readonly journal: Journal;
  readonly finish: (end: { readonly finishedAt: string; readonly interrupted: boolean }) => EvidenceTrailer;
}

async function prepare(options: ScanOptions, before: Evidence | null, stop: AbortSignal): Promise<Prepared> {
  const { policy, host, limits, concurrency, rate, signal } = options;
  const trust = trustOf(policy, host.usualAnchors, host.readFile);
  const writer = evidenceWriter(options.append, before === null ? '' : resumableText(options.resume?.text ?? ''));
  const begin = { ...options, ...host, runId: host.newRunId(), timeoutMs: limits.connectMs };
  const header = before === null ? await newHeader(begin) : await resumedHeader(begin, before, options.resume?.file ?? '');
  if (before === null) writer.header(header);
  const journal = createJournal(before?.records ?? [], (record) => {
    writer.record(record);
    options.onRecord(record);
  });
  const known = journal.records.filter((record) => record.type === 'resolution');
  for (const record of await resolveNames(policy, { ...host, signal: stop, known })) journal.write(record);
  const resolution = resolutionOf(journal.records);
  const questions = questionsOf(policy, header.vantage, resolution);
  const setting = { policy, vantage: header.vantage, resolution };
  const servers = relayQuestionsOf(policy, header.vantage, resolution);
  const speech = { hostname: header.vantage.hostname, trust, keys: sentinelKeys(policy), newNonce: host.newNonce };
  const flows = [
    ...questions.filter(isAskable).map(({ source, address: target }) => ({ source, target })),
    ...servers.filter(isAskableServer).map(({ leg, address: target }) => ({ source: leg.source, target })),
    ...documentedOf(setting).map(({ leg, address: target }) => ({ source: leg.source, target })),
  ];
  const run: Run = {
    ...setting,
    questions,
    relay: options.relay === null ? null : { questions: servers, manner: mannerOf(policy, options.relay, speech) },
    speech,
    obstacle: await findRoutes(host.network, [...flows, ...controlFlows(setting)]),
    clock: host.clock,
    probers: host.probers,
    limits,
    concurrency,
    pace: rate === null ? () => Promise.resolve() : pacer(host.clock, 1_000 / rate),
    stop,
    interrupt: signal,
    journal,
    onProgress: options.onProgress,
  };
  return { run, header, journal, finish: writer.trailer };
}

/** A run that came to its end by itself, and only met what says nothing about the firewall, is not asked again. */
function isDone({ trailer }: Evidence, run: Run, todo: readonly Question[]): boolean {
  if (trailer === null || trailer.interrupted) return false;
  const servers = run.relay === null ? [] : remainingServers(run.relay.questions, run);
  if (!servers.every((question) => isTested(run, question))) return false;
  return todo.every(({ id }) => ![undefined, 'aborted'].includes(run.journal.answer(id)?.outcome));
}

/** Of this host's own making: the network was not asked. */
const NOT_ASKED: readonly Outcome[] = ['aborted', 'probe-error', 'unresolved'];

function outcomeOf(run: Run, evidence: Evidence): ScanOutcome {
  const outcomes = run.questions.map(({ id }) => run.journal.answer(id)?.outcome ?? 'aborted');
  return {
    evidence,
    complete:
      evidence.trailer?.interrupted === false &&
      outcomes.every((outcome) => !NOT_ASKED.includes(outcome)) &&
      (run.relay?.questions ?? []).every((question) => isTested(run, question)),
    answered: outcomes.some((outcome) => classOf(outcome) !== 'mute') || run.journal.records.some(hasSpoken),
  };
}

/** However the test ended: what a server refuses to go on with it will refuse again. */
function isTested({ journal }: Run, question: RelayQuestion): boolean {
  const key = relayKey(question);
  return !isAskableServer(question) || journal.records.some((record) => record.type === 'relay' && relayKey(record) === key);
}

function hasSpoken(record: EvidenceRecord): boolean {
  return record.type === 'relay' && record.connections > 0;
}
