/**
 * What a rule requires of the server behind an allowed flow, judged on the dialogue that was had with it.
 *
 * A failed requirement is a finding; one that could not be seen (the server stopped in the middle) is unknown, never met.
 * Without TLS nothing that depends on TLS is judged: one fault, one finding. Whether the server is to blame for it, or a device on the way, is
 * judged elsewhere (interfered.ts).
 *
 * @see RFC 3207 (STARTTLS), RFC 8314 (implicit TLS), RFC 4954 section 6 (530: authentication required), RFC 6409 section 4.3
 */
import type { Dialogue, Reply } from '../model/dialogue.ts';
import type { FindingCode } from '../model/finding.ts';
import type { Requirements, TlsVersion } from '../model/policy.ts';
import type { Question } from '../model/question.ts';
import type { Proof } from '../model/result.ts';

export interface Fault {
  readonly code: FindingCode;
  readonly detail: string;
}

export interface RequirementRuling {
  readonly faults: readonly Fault[];
  /** Why a requirement could not be judged; null where all were. */
  readonly unknown: string | null;
  /** Of what is met: `supported` where only an offer vouches for it. */
  readonly proof: Exclude<Proof, 'none'>;
}

/** Mechanisms that show a password, or a token that serves as one, to whoever reads along. @see RFC 4616, RFC 7628 section 4 */
const CLEAR_MECHANISM = /[ =](?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER)(?: |$)/;

const MET: RequirementRuling = { faults: [], unknown: null, proof: 'proven' };

/** What of a question the requirements hang on; RCPT was tried on own servers. */
type Asked = Pick<Question, 'port' | 'mode' | 'own'>;

/** Judges one rule's requirements. */
export function judgeRequirements(require: Requirements, dialogue: Dialogue, question: Asked): RequirementRuling {
  const wrongMode = judgeMode(require, dialogue, question);
  if (wrongMode !== null) return { ...MET, faults: [wrongMode] };
  const tls = judgeTls(require, dialogue);
  if (tls.faults.some(({ code }) => code !== 'certificate-invalid' && code !== 'tls-outdated') || tls.unknown !== null)
    return tls;
  const rest = [tls, judgeAuth(require, dialogue, question.own), judgeAuthBeforeTls(require, dialogue)];
  return {
    faults: rest.flatMap(({ faults }) => faults),
    unknown: rest.find(({ unknown }) => unknown !== null)?.unknown ?? null,
    proof: rest.some(({ proof }) => proof === 'supported') ? 'supported' : 'proven',
  };
}

export function requiresAnything(require: Requirements): boolean {
  return (
    require.tls !== null ||
    require.tlsVersion !== null ||
    require.certificateValid ||
    require.authRequired ||
    require.authBeforeTlsForbidden
  );
}

/** Clear text on 465, or TLS from the first byte where a client would wait for a greeting: clients that keep to the policy fail. */
function judgeMode(require: Requirements, dialogue: Dialogue, { port, mode }: Asked): Fault | null {
  if (require.tls === 'any') return null;
  const expected = require.tls === null ? mode : require.tls === 'implicit' ? 'implicit' : 'clear';
  if (dialogue.mode === expected) return null;
  return {
    code: 'unexpected-service',
    detail:
      expected === 'implicit'
        ? `Port ${port} speaks SMTP in clear text where TLS from the first byte is expected.`
        : `Port ${port} speaks TLS from the first byte where a greeting in clear text and STARTTLS are expected.`,
  };
}

function judgeTls(require: Requirements, dialogue: Dialogue): RequirementRuling {
  const needed = require.tls !== null || require.tlsVersion !== null || require.certificateValid;
  if (!needed) return MET;
  if (dialogue.mode === 'clear') {
    const missing = judgeStarttls(dialogue);
    if (missing !== null) return missing;
  }
  const { tls } = dialogue;
  if (tls === null || tls.version === null) return unknown(failureText(dialogue, 'TLS'));
  const faults: Fault[] = [];
  if (require.tlsVersion !== null && !atLeast(tls.version, require.tlsVersion)) {
    faults.push({
      code: 'tls-outdated',
      detail: `The server negotiated ${tls.version}; the rule asks for TLS ${require.tlsVersion} or newer.`,
    });
  }
  if (require.certificateValid && tls.problems.length > 0) {
    faults.push({ code: 'certificate-invalid', detail: tls.problems.map(({ message }) => message).join(' ') });
  }
  return { ...MET, faults };
}

/** Null where STARTTLS was offered and led to TLS. */
function judgeStarttls(dialogue: Dialogue): RequirementRuling | null {
  const { starttls, tls, failure } = dialogue;
  if (starttls === null || dialogue.ehlo === null) return unknown(failureText(dialogue, 'STARTTLS'));
  if (!starttls.offered) {
    const { reply } = starttls;
    return fault(
      'starttls-missing',
      `STARTTLS is not offered${reply === null ? '' : `, and is answered ${replyText(reply)} when asked for`}.`,
    );
  }
  if (tls !== null && tls.version !== null) return null;
  if (starttls.reply !== null && starttls.reply.code !== 220) {
    return fault('starttls-missing', `STARTTLS is offered, but refused with ${replyText(starttls.reply)}.`);
  }
  if (failure === null || failure.kind === 'timeout') return unknown(failureText(dialogue, 'the TLS handshake'));
  if (/protocol.version|unsupported.protocol/i.test(failure.message)) {
    return fault('tls-outdated', `The TLS handshake failed: ${failure.message}.`);
  }
  return fault('starttls-missing', `STARTTLS is offered, but leads to no TLS: ${failure.message}.`);
}

function judgeAuth(require: Requirements, dialogue: Dialogue, own: boolean): RequirementRuling {
  if (!require.authRequired) return MET;
  const secure = dialogue.tls !== null && dialogue.tls.version !== null;
  const { mail, rcpt } = dialogue;
  if (own && rcpt !== null && rcpt.code >= 200 && rcpt.code < 300) {
    return fault('submission-without-auth', `The server accepted MAIL and RCPT without AUTH (${replyText(rcpt)}).`);
  }
  if (mail !== null && asksForAuth(mail, secure)) return MET;
  if (own && rcpt !== null && (asksForAuth(rcpt, secure) || rcpt.enhanced?.startsWith('5.7.') === true)) return MET;
  const keywords = secure ? dialogue.keywordsTls : dialogue.keywords;
  if (keywords.length === 0 && dialogue.failure !== null) return unknown(failureText(dialogue, 'AUTH'));
  if (keywords.some((keyword) => /^AUTH(?:[ =]|$)/.test(keyword))) {
    return own ? unknown(`AUTH is offered; ${undecidedText(dialogue)}.`) : { ...MET, proof: 'supported' };
  }
  return fault(
    'submission-without-auth',
    `The server offers no AUTH${secure ? ' inside TLS' : ''}, so that it cannot ask for it.`,
  );
}

/** On an own server the reply to RCPT decides; one that refuses for another reason (no such user, greylisting) does not. */
function undecidedText({ mail, rcpt, failure }: Dialogue): string {
  const reply = rcpt ?? mail;
  const seen = reply === null ? '' : ` ${rcpt === null ? 'MAIL' : 'RCPT'} was answered ${replyText(reply)}`;
  const why = seen === '' && failure !== null ? ` ${failure.message}` : seen;
  return `whether mail is taken without it was not decided${why === '' ? '' : `:${why}`}`;
}

function judgeAuthBeforeTls(require: Requirements, dialogue: Dialogue): RequirementRuling {
  if (!require.authBeforeTlsForbidden || dialogue.mode === 'implicit') return MET;
  if (dialogue.ehlo === null) return unknown(failureText(dialogue, 'EHLO'));
  const clear = dialogue.keywords.filter((keyword) => /^AUTH[ =]/.test(keyword) && CLEAR_MECHANISM.test(keyword));
  if (clear.length === 0) return MET;
  return fault(
    'auth-before-tls',
    `Before TLS the server offers ${clear.join(', ')}: passwords or tokens would cross the network in clear text.`,
  );
}

/** 530, unless it asks for TLS first (RFC 3207 section 4), which says nothing of AUTH. */
function asksForAuth(reply: Reply, secure: boolean): boolean {
  return reply.code === 530 && (secure || !reply.lines.some((line) => /TLS|SSL|encrypt/i.test(line)));
}

function atLeast(negotiated: string, wanted: TlsVersion): boolean {
  const version = /^TLSv1(?:\.(\d))?$/.exec(negotiated);
  return version !== null && Number(version[1] ?? 0) >= Number(wanted.slice(2));
}

function fault(code: FindingCode, detail: string): RequirementRuling {
  return { ...MET, faults: [{ code, detail }] };
}

function unknown(text: string): RequirementRuling {
  return { ...MET, unknown: text };
}

function failureText(dialogue: Dialogue, what: string): string {
  const why = dialogue.failure === null ? 'the dialogue ended before' : `${dialogue.failure.message}`;
  return `${what} could not be judged: ${why}.`;
}

function replyText(reply: Reply): string {
  return `${reply.code} ${reply.lines[0] ?? ''}`.trim();
}
