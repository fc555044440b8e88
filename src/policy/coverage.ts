/** Whether what a policy denies can be tested at all: endpoints known to listen, and controls that prove a path alive. */
import { FAMILIES, type Family, familyName, familyOf, parseAddress } from '../model/address.ts';
import { type AddressSet, contains, EMPTY_SET, isEmpty, PUBLIC, subtract, union } from '../model/address-set.ts';
import type { Endpoint } from '../model/endpoint.ts';
import { leadsTo } from '../model/leads-to.ts';
import { listText } from '../model/list-text.ts';
import type { Policy, Rule, Segment } from '../model/policy.ts';
import type { Problem } from '../model/problem.ts';

/** An audited port that a segment may use nowhere, and over which families nothing there is known to listen. */
export interface Hole {
  readonly segment: Segment;
  readonly port: number;
  readonly families: readonly Family[];
}

export function coverageProblems(policy: Policy, endpoints: readonly Endpoint[]): Problem[] {
  const holes = coverageHoles(policy, endpoints);
  return [
    ...grouped(holes),
    ...policy.segments.flatMap((segment) => elsewhere(policy, segment, endpoints)),
    ...withoutControl(policy, endpoints),
  ];
}

/**
 * For each segment, family and audited port that the segment may use nowhere: an endpoint known to listen there must exist, or
 * the block is never judged. A name may have addresses of either family.
 */
export function coverageHoles(policy: Policy, endpoints: readonly Endpoint[]): Hole[] {
  return policy.segments.flatMap((segment) => holesOf(policy, segment, endpoints));
}

function holesOf(policy: Policy, segment: Segment, endpoints: readonly Endpoint[]): Hole[] {
  const families = FAMILIES.filter((family) => segment.addresses[family].length > 0);
  return policy.audit.ports
    .map((port) => ({
      segment,
      port,
      families: families.filter(
        (family) =>
          !rulesOf(policy, segment, port).some((rule) => leadsTo(policy, rule, family)) &&
          !endpoints.some((endpoint) => listens(endpoint, port, segment) && mayHave(endpoint, family)),
      ),
    }))
    .filter((hole) => hole.families.length > 0);
}

/** What is missing is the same for every segment: one problem for each port and family, at the first segment. */
function grouped(holes: readonly Hole[]): Problem[] {
  const groups = new Map<string, { readonly holes: Hole[]; readonly ports: Set<number> }>();
  const segments = new Map<string, string>();
  for (const { port, families, segment } of holes) {
    const key = `${port} ${families.join()}`;
    segments.set(key, `${segments.get(key) ?? ''}\n${segment.name}`);
  }
  for (const hole of holes) {
    const families = hole.families.join();
    const key = `${families}${segments.get(`${hole.port} ${families}`)}`;
    const group = groups.get(key) ?? { holes: [], ports: new Set() };
    group.holes.push(hole);
    group.ports.add(hole.port);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ holes: [first, ...rest], ports }) => {
    if (first === undefined) return [];
    const names = [...new Set([first, ...rest].map(({ segment }) => `"${segment.name}"`))];
    const list = listText([...ports]);
    const families = first.families.map(familyName);
    const message =
      `No endpoint is known to listen on ${list} over ${listText(families)}, which ${listText(names)} may use nowhere: that it is blocked ` +
      `cannot be judged. Add a probe such as { host: mx.example.org, listening: [${[...ports].join(', ')}] }, or a sentinel on ${list}.`;
    return [{ severity: 'warning', code: 'coverage-hole', message, location: first.segment.location, frame: null }];
  });
}

/** Ports that a segment may use to some destinations only: is there another one that must be blocked, and can be asked? */
function elsewhere(policy: Policy, segment: Segment, endpoints: readonly Endpoint[]): Problem[] {
  if (segment.networks.length === 0) return [];
  const ports = policy.audit.ports.filter((port) => {
    const rules = rulesOf(policy, segment, port);
    if (rules.length === 0 || rules.some(({ to }) => to === 'any')) return false;
    const allowed = allowedBy(policy, rules);
    if (isEmpty(subtract(PUBLIC, allowed.set))) return false;
    return !endpoints.some((endpoint) => listens(endpoint, port, segment) && !mayBeAllowed(endpoint, allowed));
  });
  if (ports.length === 0) return [];
  const list = listText(ports);
  const message = `"${segment.name}" may use ${list} to some destinations, and no endpoint of the others is known to listen there: whether it is blocked elsewhere is not asked. A probe or a sentinel on ${list} in another destination would ask.`;
  return [{ severity: 'hint', code: 'not-asked-elsewhere', message, location: segment.location, frame: null }];
}

interface Allowed {
  readonly names: ReadonlySet<string>;
  readonly set: AddressSet;
}

function allowedBy(policy: Policy, rules: readonly Rule[]): Allowed {
  const names = new Set(rules.flatMap(({ to }) => (to === 'any' ? [] : to)));
  const sets = [
    ...policy.destinations.filter(({ name }) => names.has(name)).map(({ networks }) => networks ?? EMPTY_SET),
    ...policy.segments.filter(({ name }) => names.has(name)).map(({ addresses }) => addresses),
  ];
  return { names, set: union(...sets) };
}

function mayBeAllowed(endpoint: Endpoint, allowed: Allowed): boolean {
  const address = parseAddress(endpoint.written);
  return allowed.names.has(endpoint.destination) || (address !== null && contains(allowed.set, address));
}

function withoutControl(policy: Policy, endpoints: readonly Endpoint[]): Problem[] {
  const [first, ...rest] = policy.segments.filter((segment) => !hasControl(policy, segment, endpoints));
  if (first === undefined) return [];
  const names = listText([first, ...rest].map(({ name }) => `"${name}"`));
  const message = `No control for ${names}: without a flow that is known to work, nothing proves that "blocked" is not just "down". Add audit.controls, such as { host: www.example.net, port: 443 }.`;
  return [{ severity: 'warning', code: 'no-control', message, location: first.location, frame: null }];
}

/** A named one, or a flow that a rule allows to an endpoint known to listen. */
function hasControl(policy: Policy, segment: Segment, endpoints: readonly Endpoint[]): boolean {
  if (policy.audit.controls.length + segment.controls.length > 0) return true;
  return policy.rules.some(
    (rule) =>
      rule.from.includes(segment.name) &&
      endpoints.some(
        (endpoint) =>
          (rule.to === 'any' || rule.to.includes(endpoint.destination)) &&
          rule.ports.some((port) => listens(endpoint, port, segment)),
      ),
  );
}

function rulesOf(policy: Policy, segment: Segment, port: number): readonly Rule[] {
  return policy.rules.filter((rule) => rule.from.includes(segment.name) && rule.ports.includes(port));
}

function listens(endpoint: Endpoint, port: number, segment: Segment): boolean {
  return endpoint.destination !== segment.name && endpoint.listening.includes(port);
}

function mayHave(endpoint: Endpoint, family: Family): boolean {
  const address = parseAddress(endpoint.written);
  return address === null || familyOf(address) === family;
}
