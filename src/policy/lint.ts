/** What is not wrong with a policy and still deserves a word: what can never matter, what cannot be tested, what is outdated. */
import { isEmpty } from '../model/address-set.ts';
import { type Endpoint, endpointsOf } from '../model/endpoint.ts';
import { listText } from '../model/list-text.ts';
import type { Location, Policy, Rule, TlsVersion, Waiver } from '../model/policy.ts';
import { IMPLICIT_TLS_PORTS, SUBMISSION_PORTS } from '../model/ports.ts';
import type { Problem } from '../model/problem.ts';
import { coverageProblems } from './coverage.ts';
import { oddPorts } from './lint-ports.ts';
import { withoutProbing } from './lint-probing.ts';
import { serverProblems } from './lint-servers.ts';

/**
 * Warnings and hints, by place. Without code frames: a policy no longer knows its text.
 *
 * @param today `YYYY-MM-DD` in UTC: a waiver whose `until` lies before it is past its end.
 */
export function lintPolicy(policy: Policy, today: string): readonly Problem[] {
  const endpoints = endpointsOf(policy);
  const problems = [
    ...policy.rules.flatMap((rule, index) => [
      ...shadowed(policy, rule, index),
      ...untestedPorts(policy, rule, endpoints),
      ...unauditedPorts(policy, rule),
      ...outdated(rule),
      ...submissionWithoutImplicitTls(policy, rule),
    ]),
    ...coverageProblems(policy, endpoints),
    ...unfilled(policy),
    ...oddPorts(policy),
    ...sentinelProblems(policy),
    ...serverProblems(policy),
    ...controlsOnAuditedPorts(policy),
    ...waiverProblems(policy, endpoints, today),
  ];
  return withoutProbing(policy, problems).sort((a, b) => lineOf(a) - lineOf(b));
}

/** A rule beside one that allows the same and asks no more; of two equal ones the later is told. */
function shadowed(policy: Policy, rule: Rule, index: number): Problem[] {
  const wider = policy.rules.find((other, at) => at !== index && covers(other, rule) && (at < index || !covers(rule, other)));
  if (wider === undefined) return [];
  const message = `The rule "${rule.name}" never matters: "${wider.name}" (line ${wider.location.line}) allows the same and asks no more.`;
  return [told('warning', 'rule-never-matters', message, rule.location)];
}

function covers(wide: Rule, narrow: Rule): boolean {
  const targets = wide.to === 'any' || (narrow.to !== 'any' && narrow.to.every((name) => wide.to.includes(name)));
  const flows = narrow.from.every((name) => wide.from.includes(name)) && narrow.ports.every((port) => wide.ports.includes(port));
  return targets && flows && asksNoMore(wide, narrow);
}

function asksNoMore({ require: a }: Rule, { require: b }: Rule): boolean {
  const tls = a.tls === null || a.tls === b.tls || (a.tls === 'any' && b.tls !== null);
  const version = a.tlsVersion === null || (b.tlsVersion !== null && a.tlsVersion <= b.tlsVersion);
  const rest =
    (!a.certificateValid || b.certificateValid) &&
    (!a.authRequired || b.authRequired) &&
    (!a.authBeforeTlsForbidden || b.authBeforeTlsForbidden);
  return tls && version && rest;
}

/** Ports that a rule allows and nothing of its targets is known to serve: no question ever asks for them. */
function untestedPorts(policy: Policy, rule: Rule, endpoints: readonly Endpoint[]): Problem[] {
  const targets = endpoints.filter(({ destination }) => rule.to === 'any' || rule.to.includes(destination));
  const untested = rule.ports.filter((port) => !targets.some(({ listening }) => listening.includes(port)));
  if (untested.length === 0) return [];
  const what = `"${rule.name}" allows ${listText(untested)}`;
  if (rule.to === 'any') {
    const message = `${what} to any, and no endpoint is known to listen there; a probe with listening: [${untested.join(', ')}] would let it be tested.`;
    return [told('hint', 'never-tested', message, rule.location)];
  }
  const names = listText(rule.to.map((name) => `"${name}"`));
  if (targets.length === 0) {
    // Destinations without anything to probe are told of at the destination.
    if (!rule.to.every((name) => policy.segments.some((segment) => segment.name === name))) return [];
    const message = `${what}, but nothing stands for ${names}: with single addresses among its networks it can be tested.`;
    return [told('hint', 'never-tested', message, rule.location)];
  }
  const message = `${what}, but no endpoint of ${names} is known to listen there, so it is never tested: add ${listText(untested)} to "listening", or a probe.`;
  return [told('warning', 'never-tested', message, rule.location)];
}

function unauditedPorts(policy: Policy, rule: Rule): Problem[] {
  const unaudited = rule.ports.filter((port) => !policy.audit.ports.includes(port));
  if (unaudited.length === 0) return [];
  const message = `"${rule.name}" allows ${listText(unaudited)}, which audit.ports leaves out: whether others use it is not looked at. Add it to audit.ports.`;
  return [told('warning', 'unaudited-port', message, rule.location)];
}

const OUTDATED: readonly TlsVersion[] = ['1.0', '1.1'];

/** Mail ports where TLS begins with STARTTLS; 2525 is everybody's own. @see RFC 3207, RFC 6409 */
const STARTTLS_PORTS: readonly number[] = [25, ...SUBMISSION_PORTS.filter((port) => !IMPLICIT_TLS_PORTS.includes(port))];

function outdated(rule: Rule): Problem[] {
  const { tls, tlsVersion } = rule.require;
  const problems: Problem[] = [];
  if (tlsVersion !== null && OUTDATED.includes(tlsVersion)) {
    const message = `"${rule.name}" is content with TLS ${tlsVersion}, which RFC 8996 deprecates; ask for "1.2" or "1.3".`;
    problems.push(told('hint', 'outdated-tls', message, rule.location));
  }
  const unfit = tls === 'starttls' ? IMPLICIT_TLS_PORTS : tls === 'implicit' ? STARTTLS_PORTS : [];
  const odd = rule.ports.filter((port) => unfit.includes(port));
  if (odd.length > 0) {
    const other = tls === 'implicit' ? 'starttls' : 'implicit';
    const message = `"${rule.name}" asks for tls: ${tls} on ${listText(odd)}, where servers speak ${other} (RFC 8314 section 3.3); write a rule for each, or tls: any.`;
    problems.push(told('warning', 'tls-and-port', message, rule.location));
  }
  return problems;
}

function submissionWithoutImplicitTls(policy: Policy, rule: Rule): Problem[] {
  if (!rule.ports.includes(587) || rule.ports.includes(465)) return [];
  const targets = rule.to === 'any' ? null : rule.to;
  const beside = (segment: string): boolean =>
    policy.rules.some(
      (other) =>
        other.ports.includes(465) &&
        other.from.includes(segment) &&
        (other.to === 'any' || (targets?.every((name) => other.to.includes(name)) ?? false)),
    );
  if (rule.from.every(beside)) return [];
  const message = `"${rule.name}" allows 587 alone; RFC 8314 section 3.3 puts 465 (implicit TLS) beside it and prefers it.`;
  return [told('hint', 'submission-587-only', message, rule.location)];
}

function unfilled(policy: Policy): Problem[] {
  const ipv6 = policy.segments.some(({ addresses }) => addresses.ipv6.length > 0);
  const segments = policy.segments.flatMap((segment) => {
    if (segment.networks.length === 0) {
      const message = `The segment "${segment.name}" has no networks: add them, or run with --from ${segment.name}.`;
      return [told('hint', 'to-be-filled-in', message, segment.location)];
    }
    if (isEmpty(segment.addresses)) {
      return [told('warning', 'empty-segment', `The exceptions of "${segment.name}" leave no address of it.`, segment.location)];
    }
    if (!ipv6 || segment.addresses.ipv6.length > 0) return [];
    const message = `The segment "${segment.name}" has no IPv6 networks, unlike others: its hosts are not asked about IPv6.`;
    return [told('hint', 'family-left-out', message, segment.location)];
  });
  const destinations = policy.destinations.flatMap((destination) => {
    if (destination.hosts.length + destination.mx.length + destination.probes.length > 0) return [];
    const message =
      destination.networks === null
        ? `The destination "${destination.name}" names nothing yet: add hosts, mx or networks with probes.`
        : `Nothing stands for the destination "${destination.name}" when probing: add probes, such as { host: mx.example.org, listening: [25] }.`;
    return [told('hint', 'to-be-filled-in', message, destination.location)];
  });
  return [...segments, ...destinations];
}

function sentinelProblems(policy: Policy): Problem[] {
  const used = new Set(
    policy.destinations.flatMap(({ probes }) => probes.map((probe) => (probe.kind === 'sentinel' ? probe.sentinel : ''))),
  );
  return policy.sentinels.flatMap(({ name, publicKey, location }) => {
    if (!used.has(name)) {
      const message = `No destination names the sentinel "${name}", so nothing is asked of it: add { sentinel: ${name} } to the probes of one.`;
      return [told('warning', 'unused-sentinel', message, location)];
    }
    if (publicKey !== null) return [];
    const message = `The sentinel "${name}" has no "public-key", so it is a server like any other: it proves no arrival, and whoever answers in its place is taken for it. postern sentinel keygen makes a key.`;
    return [told('hint', 'sentinel-without-key', message, location)];
  });
}

/** Where it answers it is no control but a hole. */
function controlsOnAuditedPorts(policy: Policy): Problem[] {
  return policy.segments.flatMap((segment) => {
    const usable = policy.rules.filter((rule) => rule.from.includes(segment.name)).flatMap(({ ports }) => ports);
    return [...segment.controls, ...policy.audit.controls]
      .filter(({ port }) => policy.audit.ports.includes(port) && !usable.includes(port))
      .map(({ host, port }) => {
        const message = `"${segment.name}" may use ${port} nowhere, and its control ${host}:${port} is on it: where that answers, it is a hole. Name a control on another port, such as 443.`;
        return told('warning', 'control-on-audited-port', message, segment.location);
      });
  });
}

function waiverProblems(policy: Policy, endpoints: readonly Endpoint[], today: string): Problem[] {
  const hosts = new Set([...endpoints.map(({ written }) => written), ...policy.servers.map(({ host }) => host)]);
  return policy.waivers.flatMap((waiver) => {
    const { code, until, host, location } = waiver;
    const problems: Problem[] = [];
    if (until < today) {
      const message = `This waiver of ${code} ended on ${until}; what it covered counts again. Renew it with a reason, or remove it.`;
      problems.push(told('warning', 'waiver-expired', message, location));
    }
    if (host !== null && !hosts.has(host)) {
      const message = `This waiver is for the host ${host}, which the policy names nowhere: it covers nothing.`;
      problems.push(told('warning', 'waiver-covers-nothing', message, location));
    }
    if (isBroad(waiver) && code === 'not-judged') {
      const message =
        'This waiver covers everything that could not be judged, whatever the reason: a run that judges nothing is green by it. Say which with a segment, destination, firewall or fingerprint.';
      problems.push(told('warning', 'broad-waiver', message, location));
    } else if (isBroad(waiver)) {
      const message = `This waiver covers every ${code} there is; a segment, destination, port or fingerprint would narrow it.`;
      problems.push(told('hint', 'broad-waiver', message, location));
    }
    return problems;
  });
}

function isBroad({ segment, destination, host, port, family, server, firewall, fingerprint }: Waiver): boolean {
  return [segment, destination, host, port, family, server, firewall, fingerprint].every((field) => field === null);
}

function told(severity: 'warning' | 'hint', code: string, message: string, location: Location): Problem {
  return { severity, code, message, location, frame: null };
}

function lineOf({ location }: Problem): number {
  return location?.line ?? 0;
}
