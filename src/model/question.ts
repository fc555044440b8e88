/**
 * The questions that a policy asks of one vantage: segment × destination × endpoint × port × family. The scanner asks them of
 * the network, the comparator judges the answers, and both get them from here, so that a question without an answer shows.
 *
 * *Allow* questions go to endpoints known to listen on a port that a rule permits; *deny* questions to endpoints known to
 * listen on an audited port that nothing permits. On the user's own endpoints the other audited ports are asked too
 * (`leak`): these can show a hole, never a block.
 */
import { type Address, bracketed, compareAddresses, type Family, familyOf, formatAddress, parseAddress } from './address.ts';
import { contains, networks, PRIVATE, UNUSABLE } from './address-set.ts';
import type { Leg, Vantage } from './evidence.ts';
import { inDestination, permits, type Resolution, segmentOf } from './permits.ts';
import type { Destination, Policy, Rule } from './policy.ts';

const LOOPBACK = networks('127.0.0.0/8', '::1/128');

/** Something to probe, as the policy writes it, before its name is looked up. */
export interface Endpoint {
  /** Destination, segment or server that it stands for. */
  readonly destination: string;
  readonly kind: 'host' | 'mx' | 'sentinel' | 'segment' | 'server';
  /** Name or address; with `mx` the domain. */
  readonly written: string;
  /** Ports that it is known to listen on, ascending. */
  readonly listening: readonly number[];
  /** The user's own: its undeclared audited ports may be probed too. */
  readonly own: boolean;
}

export interface Question {
  /** `workstations/10.20.0.5>internet/198.51.100.7:25`. */
  readonly id: string;
  readonly kind: 'reachability' | 'leak';
  readonly segment: string;
  readonly source: Address;
  readonly destination: string;
  /** The name or address probed; an exchanger's name for `mx`. */
  readonly host: string;
  /** As the policy writes it; with `mx` the domain. */
  readonly written: string;
  /** Null where there is none to ask: `problem` says why. */
  readonly address: Address | null;
  readonly family: Family;
  readonly port: number;
  readonly expect: 'allow' | 'deny';
  /** The rules that permit it, in file order; empty for `deny`. */
  readonly rules: readonly Rule[];
  readonly own: boolean;
  /** Why nothing may be sent (its outcome is `unresolved`); null for a question that can be asked. */
  readonly problem: string | null;
}

/** Every endpoint of a policy, in file order: destinations, segments that rules name as targets, servers. */
export function endpointsOf(policy: Policy): readonly Endpoint[] {
  return [
    ...policy.destinations.flatMap((destination) => destinationEndpoints(policy, destination)),
    ...segmentEndpoints(policy),
    ...policy.servers.map(
      (server): Endpoint => ({
        destination: destinationOfHost(policy, server.host) ?? server.name,
        kind: 'server',
        written: server.host,
        listening: ascending(server.ports),
        own: true,
      }),
    ),
  ];
}

/** Every question of one vantage, by leg, then endpoint, address, port. Ids are unique. */
export function questionsOf(policy: Policy, vantage: Vantage, resolution: Resolution): readonly Question[] {
  const endpoints = mergeEndpoints(endpointsOf(policy));
  const seen = new Set<string>();
  const questions: Question[] = [];
  for (const leg of vantage.legs) {
    for (const endpoint of endpoints) {
      for (const question of questionsOfEndpoint(policy, vantage, leg, endpoint, resolution)) {
        const id = seen.has(question.id) ? `${question.id}~${question.host}` : question.id;
        if (seen.has(id)) continue;
        seen.add(id);
        questions.push({ ...question, id });
      }
    }
  }
  return questions;
}

/** Whether target and source lie on the two sides of the network's edge: what a control must share with the flow it vouches for. */
export function boundaryOf(policy: Policy, address: Address): 'inside' | 'public' {
  const own = policy.segments.some((segment) => contains(segment.addresses, address));
  return own || contains(PRIVATE, address) || contains(UNUSABLE, address) ? 'inside' : 'public';
}

/** Where a host is written as a name, the names to look up; addresses need none. */
export function isName(host: string): boolean {
  return parseAddress(host) === null;
}

function destinationEndpoints(policy: Policy, destination: Destination): Endpoint[] {
  const allowed = portsOfRulesTo(policy, destination.name);
  const common = { destination: destination.name, own: destination.own };
  const listening = ascending(destination.listening ?? allowed);
  return [
    ...destination.hosts.map((host): Endpoint => ({ ...common, kind: 'host', written: host, listening })),
    ...destination.mx.map(
      (domain): Endpoint => ({
        ...common,
        kind: 'mx',
        written: domain,
        listening: ascending(destination.listening ?? [25, ...allowed]),
      }),
    ),
    ...destination.probes.flatMap((probe): Endpoint[] => {
      if (probe.kind === 'host') {
        return [
          {
            ...common,
            kind: 'host',
            written: probe.host,
            listening: ascending(probe.listening ?? destination.listening ?? allowed),
          },
        ];
      }
      return policy.sentinels
        .filter((sentinel) => sentinel.name === probe.sentinel)
        .map(
          (sentinel): Endpoint => ({
            ...common,
            kind: 'sentinel',
            written: sentinel.host,
            listening: ascending(sentinel.ports),
            own: true,
          }),
        );
    }),
  ];
}

/** A segment is a target where a rule names it; its single addresses stand for it. */
function segmentEndpoints(policy: Policy): Endpoint[] {
  return policy.segments.flatMap((segment) => {
    const listening = ascending(portsOfRulesTo(policy, segment.name));
    if (listening.length === 0) return [];
    return segment.networks
      .filter((range) => range.first === range.last)
      .map(
        (range): Endpoint => ({
          destination: segment.name,
          kind: 'segment',
          written: formatAddress(range.family, range.first),
          listening,
          own: false,
        }),
      );
  });
}

function portsOfRulesTo(policy: Policy, name: string): number[] {
  return policy.rules.filter((rule) => rule.to !== 'any' && rule.to.includes(name)).flatMap((rule) => rule.ports);
}

function destinationOfHost(policy: Policy, host: string): string | null {
  const named = (destination: Destination): boolean =>
    destination.hosts.includes(host) || destination.probes.some((probe) => probe.kind === 'host' && probe.host === host);
  return policy.destinations.find(named)?.name ?? null;
}

/** Joins what a policy says in several places of one host for one destination (a server that is also a destination's host). */
function mergeEndpoints(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const merged = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    const key = `${endpoint.destination}\n${endpoint.kind === 'mx' ? 'mx:' : ''}${endpoint.written}`;
    const before = merged.get(key);
    merged.set(
      key,
      before === undefined
        ? endpoint
        : { ...before, own: before.own || endpoint.own, listening: ascending([...before.listening, ...endpoint.listening]) },
    );
  }
  return [...merged.values()];
}

function questionsOfEndpoint(policy: Policy, vantage: Vantage, leg: Leg, endpoint: Endpoint, resolution: Resolution): Question[] {
  if (endpoint.destination === leg.segment) return [];
  if (endpoint.kind === 'mx') {
    const error = resolution.error('mx', endpoint.written);
    if (error !== null)
      return problemQuestions(
        policy,
        leg,
        endpoint,
        endpoint.written,
        null,
        `no mail exchanger of ${endpoint.written}: ${error}`,
      );
  }
  const hosts = endpoint.kind === 'mx' ? resolution.exchangers(endpoint.written) : [endpoint.written];
  return hosts.flatMap((host) => questionsOfHost(policy, vantage, leg, endpoint, host, resolution));
}

function questionsOfHost(
  policy: Policy,
  vantage: Vantage,
  leg: Leg,
  endpoint: Endpoint,
  host: string,
  resolution: Resolution,
): Question[] {
  const literal = parseAddress(host);
  const addresses = literal === null ? resolution.addresses(host) : [literal];
  if (addresses.length === 0) {
    return problemQuestions(
      policy,
      leg,
      endpoint,
      host,
      null,
      `${host} did not resolve: ${resolution.error('address', host) ?? 'no address'}`,
    );
  }
  return addresses
    .filter((address) => familyOf(address) === leg.family)
    .sort(compareAddresses)
    .flatMap((address) => {
      const written = literal !== null && endpoint.kind !== 'mx';
      const problem = written
        ? ownAddress(vantage, endpoint, host, address)
        : misplaced(policy, vantage, endpoint, host, address, resolution);
      if (problem === 'self' || withinSegment(policy, leg, endpoint, address)) return [];
      if (problem !== null) return problemQuestions(policy, leg, endpoint, host, address, problem);
      return portsOf(policy, endpoint).flatMap((port) => {
        const rules = permits(policy, resolution, { segment: leg.segment, address, port });
        const known = endpoint.listening.includes(port);
        if (rules.length > 0 ? !known : !policy.audit.ports.includes(port)) return [];
        return [question(leg, endpoint, { host, address, port, rules, problem: null, kind: known ? 'reachability' : 'leak' })];
      });
    });
}

/** A server of the segment itself: what its neighbours send it crosses no firewall, so the policy has no say in it. */
function withinSegment(policy: Policy, leg: Leg, endpoint: Endpoint, address: Address): boolean {
  return endpoint.kind === 'server' && segmentOf(policy, address)?.name === leg.segment;
}

/**
 * Why an address that the policy writes must not be probed: a packet to an own address never leaves the host, so the answer would be
 * the host's. Loopback is exempt, since whoever writes a loopback address means it. `self` where an own server is this very
 * host, which asks nothing of a network.
 */
function ownAddress(vantage: Vantage, endpoint: Endpoint, host: string, address: Address): string | null {
  if (contains(LOOPBACK, address) || !vantage.addresses.includes(address)) return null;
  return endpoint.kind === 'server' ? 'self' : `${address} is this host itself${host === address ? '' : ` (${host})`}`;
}

/** Why an address that a name resolved to must not be probed, or `self`. */
function misplaced(
  policy: Policy,
  vantage: Vantage,
  endpoint: Endpoint,
  host: string,
  address: Address,
  resolution: Resolution,
): string | null {
  if (vantage.addresses.includes(address))
    return endpoint.kind === 'server' ? 'self' : `${host} resolves to ${address}, which is this host itself`;
  if (contains(UNUSABLE, address)) return `${host} resolves to ${address}, which is no address of a server`;
  const destination = policy.destinations.find((candidate) => candidate.name === endpoint.destination);
  if (destination !== undefined && !inDestination(policy, resolution, destination, address)) {
    return `${host} resolves to ${address}, which lies outside the networks of ${destination.name}`;
  }
  return null;
}

/** Without a usable address the expectation follows the names: what the rules say of the destination itself. */
function problemQuestions(
  policy: Policy,
  leg: Leg,
  endpoint: Endpoint,
  host: string,
  address: Address | null,
  problem: string,
): Question[] {
  return endpoint.listening.flatMap((port) => {
    const rules = policy.rules.filter(
      (rule) =>
        rule.from.includes(leg.segment) &&
        rule.ports.includes(port) &&
        (rule.to === 'any' || rule.to.includes(endpoint.destination)),
    );
    if (rules.length === 0 && !policy.audit.ports.includes(port)) return [];
    return [question(leg, endpoint, { host, address, port, rules, problem, kind: 'reachability' })];
  });
}

function question(
  leg: Leg,
  endpoint: Endpoint,
  asked: Pick<Question, 'host' | 'address' | 'port' | 'rules' | 'problem' | 'kind'>,
): Question {
  const target = `${bracketed(asked.address ?? asked.host)}:${asked.port}`;
  return {
    id: `${leg.segment}/${bracketed(leg.source)}>${endpoint.destination}/${target}`,
    segment: leg.segment,
    source: leg.source,
    destination: endpoint.destination,
    written: endpoint.written,
    family: leg.family,
    own: endpoint.own,
    expect: asked.rules.length > 0 ? 'allow' : 'deny',
    ...asked,
  };
}

function portsOf(policy: Policy, endpoint: Endpoint): number[] {
  return ascending(endpoint.own ? [...endpoint.listening, ...policy.audit.ports] : endpoint.listening);
}

function ascending(ports: readonly number[]): number[] {
  return [...new Set(ports)].sort((a, b) => a - b);
}
