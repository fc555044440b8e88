/**
 * The questions that a policy asks of one vantage: segment × destination × endpoint × port × family. The scanner asks them of
 * the network, the comparator judges the answers, and both get them from here, so that a question without an answer shows.
 *
 * *Allow* questions go to endpoints known to listen on a port that a rule permits; *deny* questions to endpoints known to
 * listen on an audited port that nothing permits. On the user's own endpoints the other audited ports are asked too
 * (`leak`): these can show a hole, never a block.
 */
import {
  type Address,
  bracketed,
  compareAddresses,
  endpointText,
  type Family,
  familyName,
  familyOf,
  parseAddress,
} from './address.ts';
import { contains, LOOPBACK, UNUSABLE } from './address-set.ts';
import { type Endpoint, endpointsOf, isName } from './endpoint.ts';
import type { Leg, Vantage } from './evidence.ts';
import { inDestination, permits, segmentOf } from './permits.ts';
import type { Policy, Rule } from './policy.ts';
import { ascending, modeOn, sentinelModeOn } from './ports.ts';
import type { Resolution } from './resolution.ts';
import { sentinelAt } from './sentinel-at.ts';

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
  /** How SMTP begins there, where no rule says it. */
  readonly mode: 'clear' | 'implicit';
  readonly expect: 'allow' | 'deny';
  /** The rules that permit it, in file order; empty for `deny`. */
  readonly rules: readonly Rule[];
  readonly own: boolean;
  /** The sentinel that stands there, as the policy names it; null: an ordinary server. */
  readonly sentinel: string | null;
  /** Why nothing may be sent (its outcome is `unresolved`); null for a question that can be asked. */
  readonly problem: string | null;
}

/** Every question of one vantage, by leg, then endpoint, address, port. Ids are unique. */
export function questionsOf(policy: Policy, vantage: Vantage, resolution: Resolution): readonly Question[] {
  const endpoints = endpointsOf(policy);
  const seen = new Set<string>();
  const questions: Question[] = [];
  for (const leg of vantage.legs) {
    for (const endpoint of endpoints) {
      for (const question of questionsOfEndpoint({ policy, vantage, leg, resolution }, endpoint)) {
        const id = seen.has(question.id) ? `${question.id}~${question.host}` : question.id;
        if (seen.has(id)) continue;
        seen.add(id);
        questions.push({ ...question, id });
      }
    }
  }
  return questions;
}

/** What every question of one leg is made from. */
interface Asking {
  readonly policy: Policy;
  readonly vantage: Vantage;
  readonly leg: Leg;
  readonly resolution: Resolution;
}

function questionsOfEndpoint(asking: Asking, endpoint: Endpoint): Question[] {
  const { leg, resolution } = asking;
  if (endpoint.destination === leg.segment) return [];
  if (endpoint.kind !== 'mx') return questionsOfHost(asking, endpoint, endpoint.written);
  const exchangers = resolution.exchangers(endpoint.written);
  if (exchangers.length > 0) {
    const questions = exchangers.flatMap((host) => questionsOfHost(asking, endpoint, host));
    return questions.length > 0
      ? questions
      : outOfReach(asking, endpoint, endpoint.written, exchangers.flatMap(resolution.addresses));
  }
  const problem = `no mail exchanger of ${endpoint.written}: ${resolution.error('mx', endpoint.written) ?? 'none was looked up'}`;
  return problemQuestions(asking, endpoint, { host: endpoint.written, address: null, problem });
}

function questionsOfHost(asking: Asking, endpoint: Endpoint, host: string): Question[] {
  const { leg, resolution } = asking;
  const literal = parseAddress(host);
  const addresses = literal === null ? resolution.addresses(host) : [literal];
  if (addresses.length === 0) {
    const problem = `${host} did not resolve: ${resolution.error('address', host) ?? 'no address'}`;
    return problemQuestions(asking, endpoint, { host, address: null, problem });
  }
  const reached = addresses.filter((address) => familyOf(address) === leg.family).sort(compareAddresses);
  if (reached.length === 0 && literal === null && endpoint.kind !== 'mx') return outOfReach(asking, endpoint, host, addresses);
  return reached.flatMap((address) => questionsOfAddress(asking, endpoint, host, address));
}

/**
 * A name whose addresses are all of families that the segment's host does not speak: an allowed flow that nobody can try. To be denied it
 * needs no firewall.
 */
function outOfReach(asking: Asking, endpoint: Endpoint, host: string, addresses: readonly Address[]): Question[] {
  const { leg, vantage } = asking;
  const spoken = vantage.legs.filter(({ segment }) => segment === leg.segment).map(({ family }) => family);
  if (addresses.some((address) => spoken.includes(familyOf(address)))) return [];
  const problem = `${host} has no ${familyName(leg.family)} address, and this host has no other in ${leg.segment}`;
  return problemQuestions(asking, endpoint, { host, address: null, problem }).filter(({ expect }) => expect === 'allow');
}

/** An own server that is this very host, or a neighbour in the segment, is asked nothing: no firewall lies in between. */
function questionsOfAddress(asking: Asking, endpoint: Endpoint, host: string, address: Address): Question[] {
  const { policy, leg, resolution } = asking;
  const written = !isName(host) && endpoint.kind !== 'mx';
  const own = isOwnAddress(asking, address, written);
  if (endpoint.kind === 'server' && (own || segmentOf(policy, address)?.name === leg.segment)) return [];
  const ownProblem = written ? `${address} is this host itself` : `${host} resolves to ${address}, which is this host itself`;
  const problem = own ? ownProblem : written ? null : misplaced(asking, endpoint, host, address);
  if (problem !== null) return problemQuestions(asking, endpoint, { host, address, problem });
  return portsOf(policy, endpoint).flatMap((port) => {
    const rules = permits(policy, resolution, { segment: leg.segment, address, port });
    const known = endpoint.listening.includes(port);
    if (rules.length > 0 ? !known : !policy.audit.ports.includes(port)) return [];
    return [question(asking, endpoint, { host, address, port, rules, problem: null, kind: known ? 'reachability' : 'leak' })];
  });
}

/**
 * A packet to an own address never leaves the host, so the answer would be the host's. Loopback is exempt where the policy writes it:
 * whoever writes a loopback address means it.
 */
function isOwnAddress({ vantage }: Asking, address: Address, written: boolean): boolean {
  return vantage.addresses.includes(address) && !(written && contains(LOOPBACK, address));
}

/** Why an address that a name resolved to must not be probed. */
function misplaced({ policy, resolution }: Asking, endpoint: Endpoint, host: string, address: Address): string | null {
  if (contains(UNUSABLE, address)) return `${host} resolves to ${address}, which is no address of a server`;
  const destination = policy.destinations.find((candidate) => candidate.name === endpoint.destination);
  if (destination !== undefined && !inDestination(policy, resolution, destination, address)) {
    return `${host} resolves to ${address}, which lies outside the networks of ${destination.name}`;
  }
  return null;
}

/** Without a usable address the expectation follows the names: what the rules say of the destination itself. */
function problemQuestions(
  asking: Asking,
  endpoint: Endpoint,
  asked: { readonly host: string; readonly address: Address | null; readonly problem: string },
): Question[] {
  const { policy, leg } = asking;
  return endpoint.listening.flatMap((port) => {
    const rules = policy.rules.filter(
      (rule) =>
        rule.from.includes(leg.segment) &&
        rule.ports.includes(port) &&
        (rule.to === 'any' || rule.to.includes(endpoint.destination)),
    );
    if (rules.length === 0 && !policy.audit.ports.includes(port)) return [];
    return [question(asking, endpoint, { ...asked, port, rules, kind: 'reachability' })];
  });
}

function question(
  { policy, leg }: Asking,
  endpoint: Endpoint,
  asked: Pick<Question, 'host' | 'address' | 'port' | 'rules' | 'problem' | 'kind'>,
): Question {
  const target = endpointText(asked.address ?? asked.host, asked.port);
  const { port } = asked;
  const sentinel = endpoint.kind === 'mx' ? null : sentinelAt(policy, endpoint.written, port);
  return {
    id: `${leg.segment}/${bracketed(leg.source)}>${endpoint.destination}/${target}`,
    segment: leg.segment,
    source: leg.source,
    destination: endpoint.destination,
    written: endpoint.written,
    family: leg.family,
    own: endpoint.own,
    mode: sentinel?.ports.includes(port) === true ? sentinelModeOn(port, policy.audit.ports) : modeOn(port),
    sentinel: sentinel?.name ?? null,
    expect: asked.rules.length > 0 ? 'allow' : 'deny',
    ...asked,
  };
}

function portsOf(policy: Policy, endpoint: Endpoint): number[] {
  return ascending(endpoint.own ? [...endpoint.listening, ...policy.audit.ports] : endpoint.listening);
}
