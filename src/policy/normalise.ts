/**
 * A policy's document, free of problems → the policy that the rest of Postern works with: defaults filled in, `any` written
 * out, hosts and addresses canonical, ports ascending, networks as ranges.
 */
import { type AddressRange, parseAddress, parseNetwork } from '../model/address.ts';
import { type AddressSet, addressSet, subtract, union } from '../model/address-set.ts';
import { FINDING_CODES, type FindingCode } from '../model/finding.ts';
import type {
  AuditSettings,
  Destination,
  Firewall,
  HostPort,
  Location,
  Policy,
  Probe,
  Requirements,
  Rule,
  Segment,
  Sentinel,
  Server,
  Waiver,
} from '../model/policy.ts';
import { ascending, DEFAULT_AUDIT_PORTS } from '../model/ports.ts';
import { NAMED_NETWORKS } from './check-networks.ts';
import { policyDigest } from './digest.ts';
import type * as Doc from './generated/policy-document.ts';
import { canonicalHost } from './host-name.ts';

export interface Normalising {
  readonly path: string;
  readonly document: Doc.PolicyDocument;
  /** Networks of the files that the policy names, by path as written. */
  readonly files: ReadonlyMap<string, AddressSet>;
  /** Where an entry of a section stands: by name, or by index in a list. */
  readonly locationOf: (section: string, entry: string | number) => Location;
}

/** @throws {TypeError} for what the checks should have refused: a bug. */
export function normalise({ path, document, files, locationOf }: Normalising): Policy {
  const segments = Object.entries(document.segments);
  const names = segments.map(([name]) => name);
  const policy: Omit<Policy, 'digest'> = {
    version: 1,
    name: document.name,
    description: document.description ?? null,
    path,
    segments: segments.map(([name, segment]) => segmentOf(name, segment, locationOf('segments', name))),
    destinations: Object.entries(document.destinations ?? {}).map(([name, destination]) => ({
      ...destinationOf(name, destination, files),
      location: locationOf('destinations', name),
    })),
    rules: rulesOf(document.rules, names, (index) => locationOf('rules', index)),
    servers: (document.servers ?? []).map((server, index) => serverOf(server, locationOf('servers', index))),
    audit: auditOf(document.audit ?? {}),
    sentinels: Object.entries(document.sentinels ?? {}).map(([name, sentinel]) =>
      sentinelOf(name, sentinel, locationOf('sentinels', name)),
    ),
    firewalls: Object.entries(document.firewalls ?? {}).map(([name, firewall]) =>
      firewallOf(name, firewall, locationOf('firewalls', name)),
    ),
    waivers: (document.waivers ?? []).map((waiver, index) => waiverOf(waiver, locationOf('waivers', index))),
  };
  return { ...policy, digest: policyDigest(policy) };
}

function segmentOf(name: string, segment: Doc.Segment, location: Location): Segment {
  const networks = (segment.networks ?? []).map(rangeOf);
  return {
    name,
    description: segment.description ?? null,
    networks,
    addresses: subtract(addressSet(networks), addressSet((segment.except ?? []).map(rangeOf))),
    controls: controlsOf(segment.controls),
    egress: segment.egress ?? null,
    location,
  };
}

function destinationOf(
  name: string,
  destination: Doc.Destination,
  files: ReadonlyMap<string, AddressSet>,
): Omit<Destination, 'location'> {
  return {
    name,
    description: destination.description ?? null,
    hosts: distinct((destination.hosts ?? []).map(canonicalHost)),
    mx: distinct((destination.mx ?? []).map(canonicalHost)),
    networks:
      destination.networks === undefined ? null : union(...destination.networks.map((network) => networkSet(network, files))),
    probes: (destination.probes ?? []).map(probeOf),
    listening: destination.listening === undefined ? null : ascending(destination.listening),
    ca: destination.ca ?? null,
    pins: destination.pins ?? [],
    own: destination.own ?? false,
  };
}

function probeOf(probe: Doc.Probe): Probe {
  if (probe.sentinel !== undefined) return { kind: 'sentinel', sentinel: probe.sentinel };
  const listening = probe.listening === undefined ? null : ascending(probe.listening);
  return { kind: 'host', host: canonicalHost(probe.host ?? ''), listening };
}

/** Names for rules without one: by their place, past names that are taken. */
function rulesOf(rules: readonly Doc.Rule[], segments: readonly string[], locationOf: (index: number) => Location): Rule[] {
  const taken = new Set(rules.map(({ name }) => name));
  return rules.map((rule, index) => {
    let name = rule.name ?? `rule-${index + 1}`;
    while (rule.name === undefined && taken.has(name)) name += '-unnamed';
    const [from, to] = [[rule.from].flat(), [rule.to].flat()];
    return {
      name,
      description: rule.description ?? null,
      from: from.includes('any') ? segments : from,
      to: to.includes('any') ? 'any' : to,
      ports: ascending(rule.ports),
      require: requirementsOf(rule.require ?? {}),
      location: locationOf(index),
    };
  });
}

function requirementsOf(require: Doc.Requirements): Requirements {
  return {
    tls: require.tls ?? null,
    tlsVersion: require['tls-version'] ?? null,
    certificateValid: require.certificate === 'valid',
    authRequired: require.auth === 'required',
    authBeforeTlsForbidden: require['auth-before-tls'] === 'forbidden',
  };
}

function serverOf(server: Doc.Server, location: Location): Server {
  return {
    name: server.name,
    host: canonicalHost(server.host),
    ports: ascending(server.ports),
    relay: server.relay ?? 'none',
    hostedDomain: server['hosted-domain'] === undefined ? null : canonicalHost(server['hosted-domain']),
    location,
  };
}

function auditOf(audit: Doc.Audit): AuditSettings {
  return {
    ports: ascending(audit.ports ?? DEFAULT_AUDIT_PORTS),
    controls: controlsOf(audit.controls),
    trust: audit.trust ?? [],
    ehlo: audit.ehlo === undefined ? null : canonicalHost(audit.ehlo),
    probeDomain: audit['probe-domain'] === undefined ? null : canonicalHost(audit['probe-domain']),
    documentationAddresses: audit['documentation-addresses'] ?? false,
  };
}

function sentinelOf(name: string, sentinel: Doc.Sentinel, location: Location): Sentinel {
  return {
    name,
    host: canonicalHost(sentinel.host),
    ports: ascending(sentinel.ports),
    publicKey: sentinel['public-key'] ?? null,
    expectedSources: (sentinel['expected-sources'] ?? []).flatMap((text) => parseAddress(text) ?? []),
    location,
  };
}

function firewallOf(name: string, firewall: Doc.Firewall, location: Location): Firewall {
  return {
    name,
    format: firewall.format ?? null,
    files: firewall.files.map((file) =>
      typeof file === 'string' ? { path: file, format: null } : { path: file.path, format: file.format ?? null },
    ),
    hook: firewall.hook ?? 'forward',
    interfaces: new Map(Object.entries(firewall.interfaces ?? {}).map(([target, written]) => [target, [written].flat()])),
    location,
  };
}

function waiverOf(waiver: Doc.Waiver, location: Location): Waiver {
  return {
    code: findingCodeOf(waiver.code),
    segment: waiver.segment ?? null,
    destination: waiver.destination ?? null,
    host: waiver.host === undefined ? null : canonicalHost(waiver.host),
    port: waiver.port ?? null,
    family: waiver.family ?? null,
    server: waiver.server ?? null,
    firewall: waiver.firewall ?? null,
    fingerprint: waiver.fingerprint ?? null,
    until: waiver.until,
    reason: waiver.reason,
    owner: waiver.owner ?? null,
    location,
  };
}

function findingCodeOf(text: string): FindingCode {
  const code = FINDING_CODES.find((known) => known === text);
  if (code === undefined) throw new TypeError(`not a finding code: ${text}`);
  return code;
}

function controlsOf(controls: readonly Doc.Control[] = []): HostPort[] {
  return controls.map(({ host, port }) => ({ host: canonicalHost(host), port }));
}

function networkSet(network: Doc.NetworkFile, files: ReadonlyMap<string, AddressSet>): AddressSet {
  if (typeof network === 'string') return NAMED_NETWORKS.get(network) ?? addressSet([rangeOf(network)]);
  const set = files.get(network.file);
  if (set === undefined) throw new TypeError(`not read: ${network.file}`);
  return set;
}

function rangeOf(text: string): AddressRange {
  const parsed = parseNetwork(text);
  if (!('range' in parsed)) throw new TypeError(`not a network: ${text}`);
  return parsed.range;
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
