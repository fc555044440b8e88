/** What a policy can be tried on: the endpoints that it names, and the ports that each is known to listen on. */
import { formatAddress, parseAddress } from './address.ts';
import type { Destination, Policy } from './policy.ts';
import { ascending } from './ports.ts';

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

/** Every endpoint of a policy, in file order: destinations, segments that rules name as targets, servers. None twice. */
export function endpointsOf(policy: Policy): readonly Endpoint[] {
  return mergeEndpoints([
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
  ]);
}

/** Whether a host is written as a name, which has to be looked up, and not as an address. */
export function isName(host: string): boolean {
  return parseAddress(host) === null;
}

function destinationEndpoints(policy: Policy, destination: Destination): Endpoint[] {
  const allowed = portsOfRulesTo(policy, destination.name);
  const known = destination.listening ?? allowed;
  const endpoint = (kind: Endpoint['kind'], written: string, ports: readonly number[], own = destination.own): Endpoint => ({
    destination: destination.name,
    kind,
    written,
    listening: ascending(ports),
    own,
  });
  return [
    ...destination.hosts.map((host) => endpoint('host', host, known)),
    ...destination.mx.map((domain) => endpoint('mx', domain, destination.listening ?? [25, ...allowed])),
    ...destination.probes.flatMap((probe) =>
      probe.kind === 'host'
        ? [endpoint('host', probe.host, probe.listening ?? known)]
        : policy.sentinels
            .filter(({ name }) => name === probe.sentinel)
            .map(({ host, ports }) => endpoint('sentinel', host, ports, true)),
    ),
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
