/** From a question to what a probe is told: how to speak, what to say, whom to trust; and the order in which questions are asked. */
import { type Address, familyOf } from '../model/address.ts';
import { isName } from '../model/endpoint.ts';
import type { Leg } from '../model/evidence.ts';
import { groupBy } from '../model/group-by.ts';
import type { Trust } from '../model/outside.ts';
import type { Policy } from '../model/policy.ts';
import type { Question } from '../model/question.ts';
import { type PublicKey, parsePublicKey } from '../receipt/keys.ts';
import { receiptArgument } from '../receipt/request.ts';
import type { ReceiptRequests } from '../smtp/receipts.ts';
import { interleave } from './interleave.ts';
import type { ProbeTarget } from './target.ts';
import { ELSEWHERE } from './trust.ts';

export interface Speech {
  /** This host's name as it calls itself; used with EHLO where it has a dot. */
  readonly hostname: string;
  /** Anchors and pins by destination; what is not in it has the usual ones. */
  readonly trust: ReadonlyMap<string, Trust>;
  /** Public keys by sentinel; one without a key is not in it. */
  readonly keys: ReadonlyMap<string, PublicKey>;
  /** 128 random bits, hex, others each time. */
  readonly newNonce: () => string;
}

/** A question that can be asked: it has an address and no problem. */
export type Askable = Question & { readonly address: Address };

export const USUAL_TRUST: Trust = { anchors: null, pins: [] };

/** The keys that the policy gives for its sentinels. */
export function sentinelKeys({ sentinels }: Policy): ReadonlyMap<string, PublicKey> {
  return new Map(
    sentinels.flatMap(({ name, publicKey }): [string, PublicKey][] => {
      const key = publicKey === null ? null : parsePublicKey(publicKey);
      return key === null ? [] : [[name, key]];
    }),
  );
}

/** Whether anything is sent for it. */
export function isAskable(question: Question): question is Askable {
  return question.address !== null && question.problem === null;
}

/** Questions in turn from every segment and destination, and within these from every address: no target sees a burst. */
export function inTurn<T extends Question>(questions: readonly T[]): Iterable<T> {
  const groups = groupBy(questions, ({ segment, source, destination }) => `${segment}\n${source}\n${destination}`);
  return interleave([...groups.values()].map((group) => [...interleave(groupBy(group, ({ address }) => `${address}`).values())]));
}

/**
 * What the probe of a question is told. MAIL is sent only where a rule asks for authentication, RCPT only to own servers beside that, an
 * unknown verb to own servers that are not asked for receipts.
 */
export function targetOf(policy: Policy, question: Askable, speech: Speech): ProbeTarget {
  const { address, port, source, host } = question;
  const authRequired = question.rules.some((rule) => rule.require.authRequired);
  const ehlo = ehloName(policy, question, speech.hostname);
  const receipts = receiptsOf(speech, question.sentinel);
  return {
    address,
    port,
    source,
    serverName: isName(host) ? host : null,
    mode: modeOf(question),
    ehlo,
    mail: authRequired ? reversePath(policy) : null,
    rcpt: authRequired && question.own ? forwardPath(policy, question) : null,
    verb: question.own && receipts === null ? unknownVerb(speech) : null,
    receipts,
    trust: speech.trust.get(question.destination) ?? speech.trust.get(ELSEWHERE) ?? USUAL_TRUST,
  };
}

/** Requests that the sentinel of that name will know; null where there is none, or the policy has no key for it. */
function receiptsOf({ keys, newNonce }: Speech, sentinel: string | null): ReceiptRequests | null {
  const key = sentinel === null ? undefined : keys.get(sentinel);
  if (key === undefined) return null;
  return {
    next: () => {
      const nonce = newNonce();
      return { nonce, argument: receiptArgument(key, nonce) };
    },
  };
}

/** Upper case, since some servers show verbs so; new each time, so that no echo is one from a cache. */
function unknownVerb({ newNonce }: Speech): string {
  return `XPSTRN${newNonce().slice(0, 8).toUpperCase()}`;
}

/** The mode that the rules ask for; where they do not say, that of the port. */
function modeOf({ rules, mode }: Question): ProbeTarget['mode'] {
  const modes = rules.map((rule) => rule.require.tls);
  if (modes.includes('starttls')) return 'clear';
  return modes.includes('implicit') ? 'implicit' : mode;
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
