/**
 * Relay tests of a run: every own server once from each leg, at every address and port. On the wire: the battery of `smtp/relay-test.ts`,
 * one connection at a time to any one address; nothing to what the sweep has seen blocked.
 */
import { type Address, endpointText } from '../model/address.ts';
import { isName } from '../model/endpoint.ts';
import type { Leg, Observation, RelayRecord } from '../model/evidence.ts';
import { groupBy } from '../model/group-by.ts';
import { classOf } from '../model/outcome.ts';
import type { Trust } from '../model/outside.ts';
import type { Policy } from '../model/policy.ts';
import { modeOn } from '../model/ports.ts';
import type { RelayBattery, RelayLevel } from '../model/relay.ts';
import { type RelayQuestion, relayKey } from '../model/relay-question.ts';
import { interleave } from './interleave.ts';
import { ehloName, type Speech, USUAL_TRUST } from './plan.ts';
import { runPool } from './pool.ts';
import type { RelayReport, RelayTarget } from './relay-probe.ts';
import { isoTime, type Run } from './run.ts';
import { ELSEWHERE } from './trust.ts';
import { wait } from './wait.ts';

/** How the servers of a run are tested. */
export interface RelayManner {
  readonly battery: RelayBattery;
  readonly level: RelayLevel;
  /** Go on after enough was accepted. */
  readonly exhaustive: boolean;
  /** Text of `--authorised-by`; null: the policy lists the servers. */
  readonly authorisedBy: string | null;
  readonly ehlo: (leg: Leg) => string;
  readonly probeDomain: string;
  readonly otherDomain: string;
  readonly owned: boolean;
  readonly trust: Trust;
  /** 128 random bits, hex, others each time. */
  readonly newNonce: () => string;
  /** Milliseconds between two connections to one address. */
  readonly pauseMs: number;
  /** Milliseconds for one test. */
  readonly testMs: number;
  /** Asks the user's sink for its receipt of the message with this nonce; null where no message is sent. */
  readonly delivery: ((nonce: string) => Promise<string | null>) | null;
}

/** Milliseconds. Servers count connections by client and time. */
export const RELAY_PAUSE_MS = 1_000;

/** Milliseconds: some 20 refused recipients at 5 s each, as Exchange holds them back, and their connections; of all shapes three times that. */
export const RELAY_TEST_MS: Readonly<Record<RelayBattery, number>> = { core: 300_000, all: 900_000 };

/** Milliseconds for one reply at least: what a server refuses it may hold back, and Exchange does so for 5 s. */
const REPLY_MS = 30_000;

/** Domains that nobody can register. @see RFC 6761 section 6.4 */
const STAND_IN = { probeDomain: 'postern.invalid', otherDomain: 'other.postern.invalid' } as const;

/** Hex digits of a nonce that no receipt is about: long ones would push local parts past 64 octets (RFC 5321 section 4.5.3.1.1). */
const SHORT_NONCE = 12;

/** As a policy wants its servers tested: recipients only, until enough was accepted. */
export function mannerOf(policy: Policy, battery: RelayBattery, speech: Speech): RelayManner {
  return {
    battery,
    level: 'envelope',
    exhaustive: false,
    authorisedBy: null,
    ehlo: (leg) => ehloName(policy, leg, speech.hostname),
    ...domainsOf(policy.audit.probeDomain, null),
    trust: speech.trust.get(ELSEWHERE) ?? USUAL_TRUST,
    newNonce: speech.newNonce,
    pauseMs: RELAY_PAUSE_MS,
    testMs: RELAY_TEST_MS[battery],
    delivery: null,
  };
}

/** Without a domain of the user's own both are reserved names, that nobody gets mail by. */
export function domainsOf(
  probeDomain: string | null,
  otherDomain: string | null,
): Pick<RelayManner, 'probeDomain' | 'otherDomain' | 'owned'> {
  if (probeDomain === null) return { ...STAND_IN, ...(otherDomain === null ? {} : { otherDomain }), owned: false };
  return { probeDomain, otherDomain: otherDomain ?? `postern-other.${probeDomain}`, owned: true };
}

/** What of a run a relay test needs. */
export type RelayCarrier = Pick<
  Run,
  'clock' | 'stop' | 'journal' | 'onProgress' | 'obstacle' | 'concurrency' | 'pace' | 'probers' | 'limits'
>;

export type AskableServer = RelayQuestion & { readonly address: Address };

/** Whether anything is sent for it. */
export function isAskableServer(question: RelayQuestion): question is AskableServer {
  return question.address !== null && question.problem === null;
}

/** Those without a record of a test that came to its end. */
export function remainingServers(questions: readonly RelayQuestion[], run: Pick<Run, 'journal'>): readonly RelayQuestion[] {
  const done = new Set(
    run.journal.records.flatMap((record) => (record.type === 'relay' && record.failure === null ? [relayKey(record)] : [])),
  );
  return questions.filter((question) => !done.has(relayKey(question)));
}

/** One record for each question that can be asked; none for those that the end of the run cut off. */
export async function testServers(run: RelayCarrier, manner: RelayManner, questions: readonly RelayQuestion[]): Promise<void> {
  const askable = questions.filter(isAskableServer);
  const seen = sightsOf(run);
  const free = new Map<Address, number>();
  let tested = 0;
  const work = async (question: AskableServer): Promise<void> => {
    const { address } = question;
    await wait(run.clock, (free.get(address) ?? 0) - run.clock.monotonic(), run.stop);
    if (run.stop.aborted) return;
    const sight = seen.get(flowKey({ ...question.leg, address, port: question.port })) ?? null;
    const doneText = (): string => (askable.length === 1 ? '' : `; ${tested} of ${askable.length} servers done`);
    const connected = await testOne(run, manner, { question, seen: sight, doneText });
    tested++;
    if (connected) free.set(address, run.clock.monotonic() + manner.pauseMs);
  };
  await runPool(interleave(groupBy(askable, ({ address }) => address).values()), work, {
    concurrency: run.concurrency,
    signal: run.stop,
    pace: run.pace,
    targetOf: ({ address }) => address,
    perTarget: 1,
  });
}

/** The last word of sweep and confirm pass on every flow. */
function sightsOf(run: RelayCarrier): ReadonlyMap<string, Observation> {
  return new Map(
    run.journal.records.flatMap((record) =>
      record.type === 'observation' && record.address !== null
        ? [[flowKey({ ...record, address: record.address }), record] as const]
        : [],
    ),
  );
}

function flowKey(flow: {
  readonly segment: string;
  readonly source: Address;
  readonly address: Address;
  readonly port: number;
}): string {
  return JSON.stringify([flow.segment, flow.source, flow.address, flow.port]);
}

interface Turn {
  readonly question: AskableServer;
  readonly seen: Observation | null;
  readonly doneText: () => string;
}

/** @returns whether the server was connected to. */
async function testOne(run: RelayCarrier, manner: RelayManner, { question, seen, doneText }: Turn): Promise<boolean> {
  const { server, leg, address, port } = question;
  const asked = { question, at: isoTime(run.clock) };
  const target = relayTargetOf(manner, question);
  const inTheWay = run.obstacle(leg.source, address) ?? (seen !== null && classOf(seen.outcome) !== 'open' ? seen : null);
  if (inTheWay !== null) {
    run.journal.write(recordOf(manner, target, asked, unreachedBy(inTheWay)));
    return false;
  }
  const limits = { ...run.limits, replyMs: Math.max(run.limits.replyMs, REPLY_MS) };
  const report = await run.probers.relay(target, limits, run.stop, (done, total) => {
    run.onProgress({ phase: 'relay', done, total, about: `${server.name} ${endpointText(address, port)}${doneText()}` });
  });
  const accepted = report.attempts.some(({ id, class: kind }) => id.startsWith('B') && kind === 'accepted');
  // What the end of the run cut off must not stand in the place of a test; what was accepted was accepted.
  if (run.stop.aborted && report.failure !== null && !accepted) return true;
  const delivery = accepted && manner.delivery !== null ? await manner.delivery(target.nonce) : null;
  run.journal.write({ ...recordOf(manner, target, asked, report), delivery });
  return report.connections > 0;
}

/** What one server is tested with. */
export function relayTargetOf(manner: RelayManner, { server, leg, address, port }: AskableServer): RelayTarget {
  const { probeDomain, otherDomain, owned, battery, level, exhaustive, pauseMs, testMs } = manner;
  return {
    source: leg.source,
    address,
    port,
    mode: modeOn(port),
    ehlo: manner.ehlo(leg),
    probeDomain,
    otherDomain,
    owned,
    hostedDomain: server.hostedDomain,
    battery,
    level,
    exhaustive,
    tls: { serverName: isName(server.host) ? server.host : null, address, trust: manner.trust },
    pauseMs,
    testMs,
    nonce: level === 'confirm' ? manner.newNonce() : manner.newNonce().slice(-SHORT_NONCE),
  };
}

function unreachedBy({ outcome, reason }: Pick<Observation, 'outcome' | 'reason'>): RelayReport {
  const nothing = { attempts: [], connections: 0, serverName: null, transcript: [], elapsedMs: 0 };
  return { ...nothing, unreached: outcome, failure: `Not connected to: ${reason}` };
}

function recordOf(
  manner: RelayManner,
  target: RelayTarget,
  { question, at }: { readonly question: AskableServer; readonly at: string },
  { serverName, attempts, connections, unreached, failure, transcript, elapsedMs }: RelayReport,
): RelayRecord {
  const { id, server, leg, address, port } = question;
  const { ehlo, probeDomain, otherDomain, owned, hostedDomain, battery, level } = target;
  return {
    type: 'relay',
    id,
    server: server.name,
    segment: leg.segment,
    source: leg.source,
    host: server.host,
    address,
    port,
    at,
    elapsedMs,
    authorisedBy: manner.authorisedBy,
    battery,
    level,
    names: { ehlo, probeDomain, otherDomain, owned, hostedDomain, serverName },
    attempts,
    connections,
    unreached,
    delivery: null,
    failure,
    transcript,
  };
}
