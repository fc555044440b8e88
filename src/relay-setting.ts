/** What `postern relay` works with: a policy of the servers that were named, a vantage without segments, and how they are tested. */
import { type Address, type AddressRange, type Family, familyOf, parseAddress } from './model/address.ts';
import { ANY, addressSet } from './model/address-set.ts';
import { EVIDENCE_SCHEMA, type EvidenceHeader, type EvidenceRecord, type Leg, type Vantage } from './model/evidence.ts';
import { oneLine } from './model/one-line.ts';
import type { Location, Policy, RelayExpectation, Server } from './model/policy.ts';
import { inputError } from './model/problem.ts';
import type { RelayBattery, RelayLevel } from './model/relay.ts';
import { type RelayQuestion, relayQuestionsOf } from './model/relay-question.ts';
import { resolutionOf } from './model/resolution.ts';
import { policyDigest } from './policy/digest.ts';
import { parsePublicKey } from './receipt/keys.ts';
import type { RelayHost } from './relay-hosts.ts';
import { HERE, legsHere } from './scan/here.ts';
import { ehloName, USUAL_TRUST } from './scan/plan.ts';
import { domainsOf, isAskableServer, RELAY_TEST_MS, type RelayManner } from './scan/relay.ts';
import { resolveNames } from './scan/resolve.ts';
import { findRoutes } from './scan/routes.ts';
import { isoTime, type Run } from './scan/run.ts';
import { askSink, awaitDelivery, type Sink, type SinkContext } from './scan/sink.ts';
import type { ProbeLimits } from './scan/target.ts';
import type { ScanHost } from './scan.ts';

/** What is tested, from where, how. */
export interface RelaySetting {
  readonly tool: { readonly name: string; readonly version: string };
  readonly hosts: readonly RelayHost[];
  /** Whose servers they are, or who said that they may be tested; kept with every record. */
  readonly authorisedBy: string;
  readonly expect: RelayExpectation;
  readonly battery: RelayBattery;
  readonly level: RelayLevel;
  readonly exhaustive: boolean;
  readonly ehlo: string | null;
  readonly probeDomain: string | null;
  readonly otherDomain: string | null;
  readonly hostedDomain: string | null;
  /** The user's own sink, where a message is to be sent. */
  readonly sink: { readonly host: string; readonly port: number; readonly publicKey: string } | null;
  readonly source: Address | null;
  readonly families: readonly Family[];
  readonly limits: ProbeLimits;
  /** Servers at once. */
  readonly concurrency: number;
  /** Milliseconds between two connections to one address. */
  readonly pauseMs: number;
  readonly operator: string | null;
  readonly reference: string | null;
  readonly host: ScanHost;
}

export interface PreparedRelay {
  readonly policy: Policy;
  readonly header: EvidenceHeader;
  /** What names mean here. */
  readonly records: readonly EvidenceRecord[];
  readonly questions: readonly RelayQuestion[];
  readonly obstacle: Run['obstacle'];
  readonly manner: RelayManner;
  readonly sink: Sink | null;
}

/**
 * Looks names and routes up; sends nothing but DNS queries.
 *
 * @throws {InputError} `source-not-local`, `many-sources`, `no-source`, or `not-a-key` for the sink's.
 */
export async function prepareRelay(setting: RelaySetting, signal: AbortSignal): Promise<PreparedRelay> {
  const { host, source } = setting;
  const run = { id: host.newRunId(), startedAt: isoTime(host.clock) };
  const records = await resolveNames(policyOf(setting, []), { ...host, signal, known: [] });
  const resolution = resolutionOf(records);
  const addressesOf = (name: string): readonly Address[] => {
    const literal = parseAddress(name);
    return literal === null ? resolution.addresses(name) : [literal];
  };
  const families = source === null ? setting.families : [familyOf(source)];
  const targets = setting.hosts.flatMap(({ host: name }) => addressesOf(name));
  const legs = await legsHere(host.network, targets, { source, families });
  const policy = policyOf(
    setting,
    legs.map(({ family }) => family),
  );
  const vantage = vantageOf(host, legs);
  const questions = relayQuestionsOf(policy, vantage, resolution);
  const sink = sinkOf(setting, addressesOf, (leg) => ehloName(policy, leg, vantage.hostname), legs);
  const flows = questions.filter(isAskableServer).map(({ leg, address: target }) => ({ source: leg.source, target }));
  return {
    policy,
    header: headerOf(setting, { policy, vantage, run }),
    records,
    questions,
    obstacle: await findRoutes(host.network, flows),
    manner: mannerOf(setting, policy, vantage.hostname, sink === null ? null : deliveryFrom(sink, setting, signal)),
    sink,
  };
}

/**
 * Whoever signs with the key says by the receipt that mail for the domain comes to it: so the domain is the user's.
 *
 * @throws {InputError} `no-sink` where it signs nothing, `other-sink` where it takes mail for another domain.
 */
export async function requireOwnSink(sink: Sink, probeDomain: string, setting: RelaySetting, signal: AbortSignal): Promise<void> {
  const answer = await askSink(sink, setting.host.newNonce(), contextOf(setting, signal));
  const where = `The sink ${sink.host}:${sink.port}`;
  if (answer.kind === 'none') {
    throw inputError(
      'no-sink',
      `${where} did not prove that it is yours: ${answer.why.replace(/\.$/, '')}. Give the address of your sentinel and its public key (--sink-key). Nothing was sent to any server.`,
    );
  }
  const { sink: domain } = answer.body;
  if (domain?.toLowerCase() === probeDomain.toLowerCase()) return;
  const takes = domain === null ? 'takes no mail at all (sentinel --sink)' : `takes mail for ${domain}`;
  throw inputError(
    'other-sink',
    `${where} ${takes}, not for ${probeDomain}: a message is sent only to a domain that is shown to be yours. Nothing was sent to any server.`,
  );
}

const PLACE: Location = { file: 'command line', line: 1, column: 1 };

/**
 * The whole network counts as one segment, `here`, so that no server lies behind a rule. Without ports there is nothing else to ask.
 *
 * @param families  those of the legs: a segment with networks that no leg speaks for would be a gap.
 */
function policyOf(setting: RelaySetting, families: readonly Family[]): Policy {
  const networks: readonly AddressRange[] = families.flatMap((family) => ANY[family]);
  const { ehlo, probeDomain, hosts, expect, hostedDomain, sink } = setting;
  const servers = hosts.map(
    ({ host, ports }): Server => ({ name: host, host, ports, relay: expect, hostedDomain, location: PLACE }),
  );
  const segment = { description: null, controls: [], egress: null, location: PLACE };
  const policy: Omit<Policy, 'digest'> = {
    version: 1,
    name: 'command line',
    description: null,
    path: 'command line',
    segments: [{ name: HERE, networks, addresses: addressSet(networks), ...segment }],
    destinations: [],
    rules: [],
    servers,
    audit: { ports: [], controls: [], trust: [], ehlo, probeDomain, documentationAddresses: false },
    sentinels:
      sink === null
        ? []
        : [
            {
              name: 'sink',
              host: sink.host,
              ports: [sink.port],
              publicKey: sink.publicKey,
              expectedSources: [],
              location: PLACE,
            },
          ],
    firewalls: [],
    waivers: [],
  };
  return { ...policy, digest: policyDigest(policy) };
}

/** Whether the host has IPv6 was not looked at: no policy asks. */
function vantageOf({ network, platform }: ScanHost, legs: readonly Leg[]): Vantage {
  const addresses = network.addresses().map(({ address }) => address);
  return { hostname: oneLine(network.hostname()), platform, addresses, segments: [HERE], legs, ipv6: false };
}

function headerOf(
  { tool, operator, reference, limits, concurrency, battery }: RelaySetting,
  { policy, vantage, run }: { readonly policy: Policy; readonly vantage: Vantage; readonly run: EvidenceHeader['run'] },
): EvidenceHeader {
  return {
    type: 'header',
    schema: EVIDENCE_SCHEMA,
    tool,
    policy: { name: policy.name, digest: policy.digest },
    run,
    vantage,
    operator: operator === null ? null : oneLine(operator),
    reference: reference === null ? null : oneLine(reference),
    settings: { timeoutMs: limits.connectMs, concurrency, ports: [], relay: battery },
  };
}

function mannerOf(setting: RelaySetting, policy: Policy, hostname: string, delivery: RelayManner['delivery']): RelayManner {
  const { battery, level, exhaustive, authorisedBy, probeDomain, otherDomain, pauseMs, host } = setting;
  return {
    battery,
    level,
    exhaustive,
    authorisedBy: oneLine(authorisedBy),
    ehlo: (leg) => ehloName(policy, leg, hostname),
    ...domainsOf(probeDomain, otherDomain),
    trust: USUAL_TRUST,
    newNonce: host.newNonce,
    pauseMs,
    testMs: RELAY_TEST_MS[battery],
    delivery,
  };
}

function sinkOf(
  { sink }: RelaySetting,
  addressesOf: (name: string) => readonly Address[],
  ehlo: RelayManner['ehlo'],
  legs: readonly Leg[],
): Sink | null {
  const [leg] = legs;
  if (sink === null || leg === undefined) return null;
  const key = parsePublicKey(sink.publicKey);
  if (key === null)
    throw inputError('not-a-key', `${sink.publicKey} is no public key of a sentinel: ed25519: and 44 characters of base64.`);
  return { host: sink.host, addresses: addressesOf(sink.host), port: sink.port, key, ehlo: ehlo(leg) };
}

function deliveryFrom(sink: Sink, setting: RelaySetting, signal: AbortSignal): RelayManner['delivery'] {
  return (nonce) => awaitDelivery(sink, nonce, contextOf(setting, signal));
}

function contextOf({ host, limits }: RelaySetting, signal: AbortSignal): SinkContext {
  return { probers: host.probers, limits, clock: host.clock, signal };
}
