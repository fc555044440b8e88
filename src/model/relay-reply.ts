/**
 * What one reply of a relay test means: by code and enhanced code, and by words only where these leave it open. Servers put digits and
 * domain names into any reply (`250 2.0.0 A15305F`, `blocked using relays.example.net`), so that nothing is ever looked for inside a word.
 *
 * @see RFC 5321 section 4.2.3 (codes), RFC 3463 (enhanced codes), RFC 7372 (5.7.20 to 5.7.26), RFC 7505 (556, 5.1.10)
 */
import type { AttemptClass, RelayAttempt } from './relay.ts';
import { says, wordsOf } from './reply-words.ts';

/**
 * What a refusal is about: `relay` says so itself; `policy` is a 5.7.x without more; `client` is about who asks, not about whom for;
 * `syntax` and `user` take the address for a malformed one, or for an unknown one of their own; `bare` tells nothing.
 */
export type Ground = 'relay' | 'policy' | 'client' | 'syntax' | 'user' | 'bare';

export interface ReplyMeaning {
  readonly class: AttemptClass;
  /** Of a refusal, or of a deferral that names its ground; null elsewhere. */
  readonly ground: Ground | null;
  /** Why the class is not what the code alone suggests; null where it is. */
  readonly why: string | null;
}

export type AnsweredReply = Pick<RelayAttempt, 'stage' | 'code' | 'enhanced' | 'text'>;

const RELAY_WORDS = [
  'relay',
  'relays',
  'relayed',
  'relaying',
  'rcpthosts',
  'not a gateway',
  'not hosted here',
  'not local host',
  'cannot deliver mail for',
];
/** `open relay` is what block lists call a client. */
const CLIENT_LISTED = [
  ...[
    'blocked using',
    'listed by',
    'listed in',
    'listed on',
    'blacklist',
    'blacklisted',
    'black list',
    'blocklist',
    'blocklisted',
  ],
  ...['block list', 'dnsbl', 'rbl', 'reputation', 'open relay', 'open proxy', 'spamhaus', 'spf', 'dkim', 'dmarc'],
  ...['reverse dns', 'rdns', 'ptr', 'cannot find your hostname', 'cannot find your reverse hostname'],
];
const CLIENT_REFUSED = [
  ...['client host rejected', 'client host blocked', 'client address rejected', 'helo command rejected', 'ehlo command rejected'],
  ...['does not accept mail', 'no smtp service here'],
];
const AUTH_WORDS = [
  ...[
    'authentication required',
    'authentication is required',
    'requires authentication',
    'require authentication',
    'must authenticate',
  ],
  ...[
    'authenticate first',
    'need to authenticate',
    'please authenticate',
    'auth first',
    'auth command first',
    'need auth',
    'smtp auth',
  ],
  ...['smtp authentication', 'not authenticated', 'not logged in', 'log in first', 'login first', 'must log in', 'must login'],
];
const TLS_WORDS = ['starttls', 'tls', 'ssl', 'encryption', 'encrypted', 'encrypt'];
const DOMAIN_WORDS = [
  ...[
    'domain not found',
    'host not found',
    'domain does not exist',
    'no such domain',
    'unknown domain',
    'host unknown',
    'null mx',
  ],
  ...['unrouteable address', 'unroutable address', 'unrouteable domain', 'sender verify failed', 'verification failed'],
  ...['does not resolve', 'no mx', 'cannot resolve', 'could not resolve'],
];
const USER_WORDS = [
  ...[
    'user unknown',
    'unknown user',
    'no such user',
    'no such recipient',
    'unknown recipient',
    'recipient unknown',
    'no mailbox here',
  ],
  ...['mailbox not found', 'mailbox unavailable', 'no such mailbox', 'unknown mailbox', 'unknown address', 'no such address'],
];
const SYNTAX_WORDS = [
  'syntax',
  'malformed',
  'malformed address',
  'restricted characters',
  'invalid characters',
  'must contain a domain',
];
/** Sendmail's `451 4.7.1 Relaying temporarily denied`: it could not look the client up, and may relay for it when it can. */
const FOR_NOW_WORDS = ['temporarily', 'temporary', 'try again', 'later', 'retry', 'greylisted', 'greylisting', 'graylisted'];

/** What a relay that is busy does not say: a deferral is a refusal to relay only where it says both. */
const DENIAL_WORDS = [
  ...['denied', 'denies', 'deny', 'not allowed', 'not permitted', 'not authorized', 'not authorised', 'prohibited', 'forbidden'],
  ...['rejected', 'refused', 'disallowed', 'cannot relay', 'do not relay', 'will not relay', 'unable to relay', 'rcpthosts'],
  ...['not a gateway', 'not hosted here', 'not local host', 'cannot deliver mail for'],
];

const DOMAIN_FIRST = 'The domain was looked at before relaying was.';
const OWN_USER = 'It looks for the mailbox here, and knows none.';
const CLIENT_FIRST = 'It refuses the client or the sender, whatever the recipient.';

/** A reply without a code is one that did not come: `limited`. */
export function meaningOf(reply: AnsweredReply): ReplyMeaning {
  const { code, stage } = reply;
  if (code === null || code === 421) return meaning('limited');
  if (code < 200 || code >= 600) return meaning('unknown');
  if (code < 300) return positive(code, stage);
  if (code < 400) return meaning(stage === 'data' && code === 354 ? 'accepted' : 'unknown');
  if (stage === 'verb') return code === 530 && insistsOnTls(reply) ? meaning('tls-required') : meaning('rejected', 'bare');
  return code < 500 ? deferred(reply) : refused(reply);
}

/** Any 2xx to RCPT but 252 takes the recipient on: a client decides by the first digit (RFC 5321 section 4.3.2). */
function positive(code: number, stage: RelayAttempt['stage']): ReplyMeaning {
  if (stage === 'verb' || stage === 'data') return meaning('accepted');
  if (stage !== 'rcpt') return meaning('unknown');
  return code === 252 ? meaning('unknown', null, '252 neither takes the recipient nor refuses it.') : meaning('accepted');
}

function deferred(reply: AnsweredReply): ReplyMeaning {
  const status = statusOf(reply);
  const words = wordsOf(reply.text ?? '');
  if (status === '7.10') return meaning('tls-required');
  if (status === '1.2' || status === '1.8') return meaning('inconclusive', null, DOMAIN_FIRST);
  const denied = says(words, RELAY_WORDS) && says(words, DENIAL_WORDS);
  return meaning('deferred', denied && !says(words, [...CLIENT_LISTED, ...FOR_NOW_WORDS]) ? 'relay' : null);
}

function refused(reply: AnsweredReply): ReplyMeaning {
  const status = statusOf(reply);
  const words = wordsOf(reply.text ?? '');
  if (status === '7.10') return meaning('tls-required');
  if (reply.code === 530) return meaning(insistsOnTls(reply) ? 'tls-required' : 'auth-required');
  if (reply.code === 534 || reply.code === 535 || reply.code === 538) return meaning('auth-required');
  if (/^7\.2\d$/.test(status) || says(words, CLIENT_LISTED)) return meaning('inconclusive', 'client', CLIENT_FIRST);
  if (reply.code === 551 || says(words, RELAY_WORDS)) return meaning('rejected', 'relay');
  if (status === '7.8' || status === '7.9' || status === '7.11' || says(words, AUTH_WORDS)) return meaning('auth-required');
  if (reply.code === 521 || says(words, CLIENT_REFUSED)) return meaning('rejected', 'client');
  if (says(words, ['starttls'])) return meaning('tls-required');
  return status.startsWith('7.') ? meaning('rejected', 'policy') : aboutAddress(reply, status, words);
}

/** A refusal that speaks of the address, or of nothing. */
function aboutAddress({ code }: AnsweredReply, status: string, words: string): ReplyMeaning {
  if (code === 501 || code === 504 || code === 555 || (code === 553 && (status === '1.3' || status === '1.7'))) {
    return meaning('rejected', 'syntax');
  }
  if (status === '1.1' || /^2\./.test(status) || code === 552) return meaning('inconclusive', 'user', OWN_USER);
  if (code === 556 || /^[14]\./.test(status)) return meaning('inconclusive', null, DOMAIN_FIRST);
  if (code === 500 || code === 502 || code === 503) return meaning('inconclusive', null, 'It does not take the command at all.');
  if (says(words, DOMAIN_WORDS)) return meaning('inconclusive', null, DOMAIN_FIRST);
  if (says(words, USER_WORDS)) return meaning('inconclusive', 'user', OWN_USER);
  return meaning('rejected', says(words, SYNTAX_WORDS) ? 'syntax' : 'bare');
}

/** `530 5.7.0` is both "STARTTLS first" (RFC 3207 section 4) and "authentication required" (RFC 4954 section 6). */
function insistsOnTls(reply: AnsweredReply): boolean {
  return statusOf(reply) === '7.10' || says(wordsOf(reply.text ?? ''), TLS_WORDS);
}

/** `7.1`: the enhanced code without its class, which has to be the reply's own; qmail and others write it as `#5.7.1` somewhere. */
function statusOf({ code, enhanced, text }: AnsweredReply): string {
  const found = enhanced ?? /(?:^|[\s(])#([245]\.\d{1,3}\.\d{1,3})(?=$|[\s).,])/.exec(text ?? '')?.[1] ?? '';
  return found.startsWith(`${String(code).charAt(0)}.`) ? found.slice(2) : '';
}

function meaning(kind: AttemptClass, ground: Ground | null = null, why: string | null = null): ReplyMeaning {
  return { class: kind, ground, why };
}
