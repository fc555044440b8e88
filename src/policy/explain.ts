/** What a policy expects, as a matrix: segment × destination × port, and how each cell will be tested. */
import { networksOf } from '../model/address.ts';
import { type Endpoint, endpointsOf } from '../model/endpoint.ts';
import { EXPECTATIONS_SCHEMA, type Expectations, type ExpectedCell, type ExpectedDestination } from '../model/expectations.ts';
import type { Policy } from '../model/policy.ts';
import { ascending } from '../model/ports.ts';
import { expectationOf, type Target, targetOf } from './expectation.ts';
import { requirementWords } from './requirement-words.ts';

/**
 * Pure: the same policy, the same document.
 *
 * @param keyId  of a sentinel's public key as the policy writes it.
 */
export function explainPolicy(policy: Policy, keyId: (publicKey: string) => string | null): Expectations {
  const endpoints = endpointsOf(policy);
  const named = new Set(policy.rules.flatMap(({ to }) => (to === 'any' ? [] : to)));
  const segments = policy.segments.filter(({ name }) => named.has(name));
  const all = new Map([...policy.destinations, ...segments].map(({ name }) => [name, targetOf(policy, name, endpoints)]));
  const targets = targetsOf(policy, all, endpoints);
  const ports = ascending([...policy.audit.ports, ...policy.rules.flatMap((rule) => rule.ports)]);
  const { name, description, path, digest } = policy;
  return {
    schema: EXPECTATIONS_SCHEMA,
    policy: { name, description, path, digest },
    ports: ports.map((port) => ({ port, audited: policy.audit.ports.includes(port) })),
    segments: policy.segments.map((segment) => ({
      name: segment.name,
      description: segment.description,
      networks: segment.networks.flatMap(networksOf),
      missing: segment.networks.length > 0 ? null : `networks, or run with --from ${segment.name}`,
    })),
    destinations: targets.map((target) => destinationOf(policy, target)),
    rules: policy.rules.map((rule) => ({
      name: rule.name,
      description: rule.description,
      ports: rule.ports,
      requirements: requirementWords(rule.require),
    })),
    cells: policy.segments.flatMap((segment) =>
      targets
        .filter((target) => target.name !== segment.name)
        .flatMap((target) => ports.map((port) => cellOf(policy, all, { segment: segment.name, target, port }))),
    ),
    servers: policy.servers.map(({ location: _, ...server }) => server),
    sentinels: policy.sentinels.map(({ publicKey, location: _, ...sentinel }) => ({
      ...sentinel,
      key: publicKey === null ? null : keyId(publicKey),
    })),
    documentationAddresses: policy.audit.documentationAddresses,
  };
}

/** Destinations and segments that rules name as targets; then own servers that no destination holds. */
function targetsOf(policy: Policy, all: ReadonlyMap<string, Target>, endpoints: readonly Endpoint[]): readonly Target[] {
  const servers = policy.servers.filter(
    ({ name }) => !all.has(name) && endpoints.some(({ destination }) => destination === name),
  );
  return [...all.values(), ...servers.map(({ name }) => targetOf(policy, name, endpoints))];
}

function destinationOf(policy: Policy, target: Target): ExpectedDestination {
  const destination = policy.destinations.find(({ name }) => name === target.name);
  const segment = policy.segments.find(({ name }) => name === target.name);
  const networks = destination?.networks ?? null;
  const ranges = networks === null ? (segment?.networks ?? []) : [...networks.ipv4, ...networks.ipv6];
  return {
    name: target.name,
    description: destination?.description ?? segment?.description ?? null,
    kind: destination !== undefined ? 'destination' : segment !== undefined ? 'segment' : 'server',
    networks: ranges.flatMap(networksOf),
    hosts: target.endpoints.map(writtenOf),
    missing: target.endpoints.length > 0 ? null : missingEndpoints(destination !== undefined, networks !== null),
  };
}

function missingEndpoints(isDestination: boolean, hasNetworks: boolean): string {
  if (!isDestination) return 'single addresses among its networks, to probe';
  return hasNetworks
    ? 'probes that stand for it, such as { host: mx.example.org, listening: [25] }'
    : 'hosts, mx, or networks with probes';
}

function cellOf(
  policy: Policy,
  all: ReadonlyMap<string, Target>,
  cell: { readonly segment: string; readonly target: Target; readonly port: number },
): ExpectedCell {
  const { segment, target, port } = cell;
  const { expect, rules, note } = expectationOf(policy, all, cell);
  const audited = policy.audit.ports.includes(port);
  const asked = target.endpoints.filter((endpoint) => endpoint.listening.includes(port));
  const silent = expect === 'deny' && !audited;
  return {
    segment,
    destination: target.name,
    port,
    expect: silent ? 'unaudited' : expect,
    rules: rules.map(({ name }) => name),
    note,
    asked: silent ? [] : asked.map(writtenOf),
    missing: silent || asked.length > 0 ? null : missingListener(target, port),
  };
}

function missingListener(target: Target, port: number): string {
  if (target.endpoints.length === 0) return 'nothing stands for it';
  const own = target.endpoints.filter(({ own }) => own);
  const leak =
    own.length > 0 ? ` (${own.map(writtenOf).join(', ')} is asked all the same: that can show a leak, never a block)` : '';
  return `nothing is known to listen on ${port}${leak}`;
}

/** As a reader knows it: a domain by its exchangers, a sentinel by what it is. */
function writtenOf(endpoint: Endpoint): string {
  if (endpoint.kind === 'mx') return `mx of ${endpoint.written}`;
  return endpoint.kind === 'sentinel' ? `sentinel ${endpoint.written}` : endpoint.written;
}
