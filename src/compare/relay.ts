/**
 * The rows of relay tests: every server of the policy, at every address and port, from every leg of every run. A server that was not tested
 * is a row too, unless the policy keeps the leg from it and the flow was stopped: then nobody there can relay, and a note says so.
 */
import { type Address, compareAddresses, endpointText, familyName, familyOf, parseAddress } from '../model/address.ts';
import type { Evidence, RelayRecord } from '../model/evidence.ts';
import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import { classOf } from '../model/outcome.ts';
import { permits, segmentOf } from '../model/permits.ts';
import type { Policy, Server } from '../model/policy.ts';
import { readAttempts, shapesOf } from '../model/relay-attempts.ts';
import { type RelayQuestion, relayId, relayIdOf, relayKey, relayQuestionsOf } from '../model/relay-question.ts';
import { type Resolution, resolutionOf } from '../model/resolution.ts';
import type { Interferences } from './interference.ts';
import { relayRow, untestedRow } from './relay-row.ts';
import { judgeRelay, type RelayRuling, underInterference } from './relay-verdict.ts';
import type { Row } from './row.ts';

export interface RelayRows {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

export interface RelayJudgements extends RelayRows {
  /** By run: tests that something was accepted in, and that no question is about: they are judged by nothing. */
  readonly strays: ReadonlyMap<string, readonly string[]>;
}

/** Judges the relay tests of the runs that count; their legs are those that no later run that tests servers speaks for. */
export function relayRows(policy: Policy, runs: readonly Evidence[], interferences: Interferences): RelayJudgements {
  const taken = new Set<string>();
  const views = runs.map(
    (run): View => ({ run, resolution: resolutionOf(run.records), records: groupBy(recordsOf(run), relayKey) }),
  );
  const asked = views.flatMap((view) => askedIn(policy, view, taken));
  const answers = asked.map((one) => ({ ...one, answer: answerTo(policy, one, interferences) }));
  const judged = new Set(answers.filter(({ answer }) => isJudged(answer)).map(({ question }) => placeOf(question)));
  const kept = answers.filter(({ question }) => !(isSelf(question) && judged.has(placeOf(question))));
  const own = kept.flatMap(({ question, answer }) =>
    typeof answer === 'string' || answer === null ? [] : [{ question, row: answer }],
  );
  const unspoken = unspokenServers(policy, views, asked);
  const strays = runs.map((run) => ({ run, tests: straysOf(run, asked) }));
  return {
    rows: [...own.sort(byPlace(policy)).map(({ row }) => row), ...unspoken.rows],
    notes: [
      ...untestedNotes(policy, runs),
      ...kept.flatMap(({ answer }) => (typeof answer === 'string' ? [answer] : [])),
      ...unspoken.notes,
      ...strays.flatMap(({ run, tests }) => strayNotes(run, tests)),
    ],
    strays: new Map(strays.map(({ run, tests }) => [run.header.run.id, tests.filter(isAcceptance).map(({ id }) => id)])),
  };
}

/** A run that was told to test no server speaks for none: what an earlier one saw of them stands. */
export function testsServers(run: Evidence): boolean {
  return run.header.settings.relay !== null || recordsOf(run).length > 0;
}

/** One run, with its relay records by what they answer. */
interface View {
  readonly run: Evidence;
  readonly resolution: Resolution;
  readonly records: ReadonlyMap<string, readonly RelayRecord[]>;
}

interface Asked {
  readonly run: Evidence;
  readonly resolution: Resolution;
  readonly question: RelayQuestion;
  readonly records: readonly RelayRecord[];
}

function askedIn(policy: Policy, { run, resolution, records }: View, taken: Set<string>): Asked[] {
  const { vantage } = run.header;
  return relayQuestionsOf(policy, vantage, resolution).map((question) => ({
    run,
    resolution,
    question: { ...question, id: relayIdOf(question, vantage.hostname, taken) },
    records: records.get(relayKey(question)) ?? [],
  }));
}

function recordsOf({ records }: Evidence): readonly RelayRecord[] {
  return records.filter((record) => record.type === 'relay');
}

/** A row; a note where there was nothing to test; null where the run tested no servers at all. */
function answerTo(policy: Policy, asked: Asked, interferences: Interferences): Row | string | null {
  const { run, question, records } = asked;
  if (run.header.settings.relay === null && records.length === 0) return null;
  if (question.problem !== null) return untestedRow(question, null, `${question.problem}.`);
  const heard = records.filter(({ connections, attempts }) => connections > 0 || attempts.some(({ stage }) => stage !== null));
  const best = decisive(heard.map((record) => ({ record, ruling: judgeRelay(policy, question.server, record) })));
  if (best !== null) {
    const { segment, source, address, port } = best.record;
    const shown = interferences.in(run).of({ segment, source, address, port });
    return relayRow(question, best.record, underInterference(best.ruling, shown));
  }
  if (isDenied(policy, asked) && isBlocked(asked)) {
    return `${nameOf(question)} was not tested for relaying from ${question.leg.segment}: the policy denies that flow, and it did not get through.`;
  }
  const record = records.at(-1) ?? null;
  return untestedRow(question, record, record === null ? unansweredReason(run) : (record.failure ?? 'Nothing was answered.'));
}

interface Ruled {
  readonly record: RelayRecord;
  readonly ruling: RelayRuling;
}

/** What a server accepted once it accepts, whatever a later test saw; else the last test that could be judged, else the last. */
function decisive(ruled: readonly Ruled[]): Ruled | null {
  const inTime = [...ruled].sort((a, b) => Date.parse(a.record.at) - Date.parse(b.record.at));
  return (
    inTime.find(({ ruling }) => ruling.outcome === 'relay-confirmed') ??
    inTime.find(({ ruling }) => ruling.outcome === 'relay-accepted') ??
    inTime.findLast(({ ruling }) => ruling.verdict !== 'inconclusive') ??
    inTime.at(-1) ??
    null
  );
}

function isDenied(policy: Policy, { question: { leg, address, port }, resolution }: Asked): boolean {
  if (address === null || segmentOf(policy, address)?.name === leg.segment) return false;
  return permits(policy, resolution, { segment: leg.segment, address, port }).length === 0;
}

/** As the sweep saw it; where it did not ask, as the test itself did. */
function isBlocked({ run, question: { leg, address, port }, records }: Asked): boolean {
  const classes = run.records.flatMap((record) =>
    record.type === 'observation' &&
    record.segment === leg.segment &&
    record.source === leg.source &&
    record.address === address &&
    record.port === port
      ? [classOf(record.outcome)]
      : [],
  );
  if (classes.includes('open')) return false;
  const unreached = records.at(-1)?.unreached ?? null;
  return classes.includes('blocked') || (unreached !== null && classOf(unreached) === 'blocked');
}

function unansweredReason({ trailer }: Evidence): string {
  const why =
    trailer === null
      ? 'the run ended before it came to this, without a trailer'
      : trailer.interrupted
        ? 'the run was interrupted before it came to this'
        : 'the evidence tells of no test: the time of the run was over, or a record is missing';
  return `Not tested for relaying: ${why}. Run it again, to its end.`;
}

function isJudged(answer: Row | string | null): boolean {
  return answer !== null && typeof answer !== 'string' && answer.check.verdict !== 'inconclusive';
}

/** The asking host itself: where another vantage has judged it, that is enough. */
function isSelf({ problem, address }: RelayQuestion): boolean {
  return problem !== null && address !== null;
}

function placeOf({ server, address, port }: RelayQuestion): string {
  return JSON.stringify([server.name, address, port]);
}

function nameOf({ server, address, port }: RelayQuestion): string {
  return `${server.name} ${endpointText(address ?? server.host, port)}`;
}

/** Servers in the policy's order, then address, port, and who asked. */
function byPlace(policy: Policy): (a: { readonly question: RelayQuestion }, b: { readonly question: RelayQuestion }) => number {
  const servers = new Map(policy.servers.map((server, index) => [server, index]));
  const segments = policy.segments.map(({ name }) => name);
  return ({ question: a }, { question: b }) =>
    (servers.get(a.server) ?? 0) - (servers.get(b.server) ?? 0) ||
    (a.address !== null && b.address !== null ? compareAddresses(a.address, b.address) : 0) ||
    a.port - b.port ||
    segments.indexOf(a.leg.segment) - segments.indexOf(b.leg.segment) ||
    (a.id < b.id ? -1 : 1);
}

/** Runs that were told to test no server, where no other run of the same host and leg did. */
function untestedNotes({ servers }: Policy, runs: readonly Evidence[]): string[] {
  if (servers.length === 0) return [];
  const keysOf = ({ header: { vantage } }: Evidence): string[] =>
    vantage.legs.map(({ segment, source }) => JSON.stringify([vantage.hostname, segment, source]));
  const tested = new Set(runs.filter(testsServers).flatMap(keysOf));
  const without = runs.filter((run) => !testsServers(run) && keysOf(run).some((key) => !tested.has(key)));
  if (without.length === 0) return [];
  const hosts = [...new Set(without.map(({ header }) => header.vantage.hostname))];
  return [`Whether the policy's own servers relay for strangers was not tested from ${listText(hosts)} (--relay none).`];
}

/** Addresses that no leg of any run could ask, for want of the family; a server that has no others is a row. */
function unspokenServers(policy: Policy, views: readonly View[], asked: readonly Asked[]): RelayRows {
  const testing = views.filter(({ run }) => run.header.settings.relay !== null);
  if (testing.length === 0) return { rows: [], notes: [] };
  const ofServer = groupBy(asked, ({ question }) => question.server);
  const found = policy.servers.map((server) => {
    const own = (ofServer.get(server) ?? []).map(({ question }) => question.address);
    return { server, own, missing: addressesOf(server, testing).filter((address) => !own.includes(address)) };
  });
  return {
    rows: found.flatMap(({ server, own, missing }) =>
      own.length > 0 || missing.length === 0 ? [] : server.ports.map((port) => unspokenRow(server, port, missing)),
    ),
    notes: found.flatMap(({ server, own, missing }) =>
      own.length === 0
        ? []
        : missing.map((address) => `${server.name} ${address} was not tested for relaying: ${noFamily([address])}.`),
    ),
  };
}

function addressesOf({ host }: Server, views: readonly View[]): Address[] {
  const literal = parseAddress(host);
  if (literal !== null) return [literal];
  return [...new Set(views.flatMap(({ resolution }) => resolution.addresses(host)))].sort(compareAddresses);
}

function unspokenRow(server: Server, port: number, missing: readonly Address[]): Row {
  const id = relayId(server.name, server.host, port);
  return untestedRow({ id, server, leg: null, address: null, port }, null, `Not tested for relaying: ${noFamily(missing)}.`);
}

function noFamily(addresses: readonly Address[]): string {
  const families = [...new Set(addresses.map((address) => familyName(familyOf(address))))];
  return `nobody asked over ${listText(families)}`;
}

/** Tests that no question is about: of a server, an address or a source that this policy does not have. */
function straysOf(run: Evidence, asked: readonly Asked[]): RelayRecord[] {
  const { legs } = run.header.vantage;
  const known = new Set(asked.filter((one) => one.run === run).map(({ question }) => relayKey(question)));
  return recordsOf(run).filter(
    (record) =>
      legs.some(({ segment, source }) => segment === record.segment && source === record.source) && !known.has(relayKey(record)),
  );
}

function strayNotes({ header: { vantage } }: Evidence, strays: readonly RelayRecord[]): string[] {
  const [first] = strays;
  if (first === undefined) return [];
  return [
    `The run on ${vantage.hostname} tells of relay tests that this policy has no question for, ${strays.length} in all: ${first.id}. They were not judged.`,
  ];
}

/** Of any shape, whatever the controls say of it. */
function isAcceptance({ attempts, delivery }: RelayRecord): boolean {
  return delivery !== null || shapesOf(readAttempts(attempts)).some((shape) => shape.class === 'accepted');
}
