/** From a question to what a probe is told: how to speak, what to say, whom to trust; and the order in which questions are asked. */
import { type Address, familyOf } from '../model/address.ts';
import { isName } from '../model/endpoint.ts';
import type { Leg } from '../model/evidence.ts';
import { groupBy } from '../model/group-by.ts';
import type { Trust } from '../model/outside.ts';
import type { Policy } from '../model/policy.ts';
import type { Question } from '../model/question.ts';
import { interleave } from './interleave.ts';
import type { ProbeTarget } from './target.ts';
import { ELSEWHERE } from './trust.ts';

export interface Speech {
  /** This host's name as it calls itself; used with EHLO where it has a dot. */
  readonly hostname: string;
  /** Anchors and pins by destination; what is not in it has the usual ones. */
  readonly trust: ReadonlyMap<string, Trust>;
}

/** A question that can be asked: it has an address and no problem. */
export type Askable = Question & { readonly address: Address };

/** Ports where TLS starts at the first byte. 465: RFC 8314 section 7.3; 2465: the same, as Amazon SES serves it. */
const IMPLICIT_PORTS = [465, 2465];

const USUAL_TRUST: Trust = { anchors: null, pins: [] };

/** Whether anything is sent for it. */
export function isAskable(question: Question): question is Askable {
  return question.address !== null && question.problem === null;
}

/** Questions in turn from every segment and destination, and within these from every address: no target sees a burst. */
export function inTurn<T extends Question>(questions: readonly T[]): Iterable<T> {
  const groups = groupBy(questions, ({ segment, source, destination }) => `${segment}\n${source}\n${destination}`);
  return interleave([...groups.values()].map((group) => [...interleave(groupBy(group, ({ address }) => `${address}`).values())]));
}

/** What the probe of a question is told. MAIL is sent only where a rule asks for authentication, RCPT only to own servers beside that. */
export function targetOf(policy: Policy, question: Askable, speech: Speech): ProbeTarget {
  const { address, port, source, host } = question;
  const authRequired = question.rules.some((rule) => rule.require.authRequired);
  const ehlo = ehloName(policy, question, speech.hostname);
  return {
    address,
    port,
    source,
    serverName: isName(host) ? host : null,
    mode: modeOf(question),
    ehlo,
    mail: authRequired ? reversePath(policy) : null,
    rcpt: authRequired && question.own ? forwardPath(policy, question) : null,
    verb: null,
    receipts: null,
    trust: speech.trust.get(question.destination) ?? speech.trust.get(ELSEWHERE) ?? USUAL_TRUST,
  };
}

/** The mode that the rules ask for; where they do not say, that of the port. */
function modeOf({ rules, port }: Question): ProbeTarget['mode'] {
  const modes = rules.map((rule) => rule.require.tls);
  if (modes.includes('starttls')) return 'clear';
  return modes.includes('implicit') || IMPLICIT_PORTS.includes(port) ? 'implicit' : 'clear';
}

/** The policy's name, else this host's own where it is a full one, else the address literal. @see RFC 5321 section 4.1.3 */
export function ehloName(policy: Policy, leg: Pick<Leg, 'source'>, hostname: string): string {
  if (policy.audit.ehlo !== null) return policy.audit.ehlo;
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(hostname)) return hostname;
  return familyOf(leg.source) === 'ipv6' ? `[IPv6:${leg.source}]` : `[${leg.source}]`;
}

/** Without a domain of the user's own the null reverse path: it belongs to nobody. @see RFC 5321 section 4.5.5 */
function reversePath(policy: Policy): string {
  return policy.audit.probeDomain === null ? '' : `postern@${policy.audit.probeDomain}`;
}

/**
 * The postmaster of a domain that the server takes mail for, so that its answer is about the client and not about the
 * recipient (RFC 5321 section 4.5.1); null where the policy names no such domain. Not "postmaster" alone, which Postfix
 * accepts from everybody before any of its restrictions is looked at (smtpd_check_rcpt).
 */
function forwardPath(policy: Policy, question: Question): string | null {
  const server = policy.servers.find(({ host }) => host === question.host || host === question.written);
  const domain = server?.hostedDomain ?? null;
  return domain === null ? null : `postmaster@${domain}`;
}
