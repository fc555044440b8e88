/**
 * What one attempt saw, as an outcome: pure. First what connect() said, by error, syscall, time and family; then, where the
 * handshake completed, what the server said.
 *
 * @see Linux net/ipv4/icmp.c (icmp_err_convert), net/ipv6/icmp.c (tab_unreach): which ICMP becomes which error
 */
import { endpointText, familyOf } from '../model/address.ts';
import type { Dialogue, DialogueFailure } from '../model/dialogue.ts';
import type { Outcome } from '../model/outcome.ts';
import type { DialResult, DialTarget } from '../model/outside.ts';
import type { DialogueRun } from '../smtp/dialogue.ts';

export interface Classified {
  readonly outcome: Outcome;
  readonly detail: string | null;
  /** One sentence: what happened, to what, with numbers and units. */
  readonly reason: string;
}

/**
 * Linux gives up on a neighbour that does not answer ARP or NDP after three tries, one a second; a router that answers for an
 * absent host says so at the same time. A firewall's ICMP with the same error comes within a round trip.
 */
const ABSENT_FROM_MS = 2_500;
const ABSENT_TO_MS = 4_500;

const LOCAL_ERRORS: ReadonlyMap<string, string> = new Map([
  ['EHOSTUNREACH', 'an unreachable route'],
  ['EACCES', 'a prohibit route or a security policy'],
  ['EINVAL', 'a blackhole route'],
  ['EPERM', 'a local packet or security filter'],
]);

/** The host ran out of something, or its clock was stopped: never a verdict about the network. */
const RESOURCE_ERRORS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAGAIN', 'EADDRINUSE']);

const REJECTIONS: ReadonlyMap<string, string> = new Map([
  ['EHOSTUNREACH', 'an ICMP message said that the host cannot be reached or is prohibited'],
  ['ENETUNREACH', 'an ICMP message said that the network cannot be reached or is prohibited'],
  ['ENOPROTOOPT', 'an ICMP message said that the protocol cannot be reached'],
  ['ENONET', 'an ICMP message said that the source is isolated'],
  ['EACCES', 'an ICMPv6 message said that a policy prohibits it'],
]);

/** A dial that did not connect. `attempts`: how many there were, the last one being `result`. */
export function classifyDial(
  result: Exclude<DialResult, { kind: 'connected' }>,
  target: DialTarget,
  attempts: number,
): Classified {
  const where = endpointText(target.address, target.port);
  const ms = Math.round(result.elapsedMs);
  if (result.kind === 'aborted') {
    return {
      outcome: 'aborted',
      detail: null,
      reason: `The connection to ${where} was given up after ${ms} ms: the run was stopped.`,
    };
  }
  if (result.kind === 'timeout') {
    const tries = attempts === 1 ? '' : ` in the last of ${attempts} attempts`;
    return { outcome: 'dropped', detail: null, reason: `${where} did not answer within ${ms} ms${tries}.` };
  }
  return result.immediate ? classifyLocal(result, target, where) : classifyRemote(result, target, where, ms);
}

type Failed = Extract<DialResult, { kind: 'failed' }>;

function classifyLocal(result: Failed, target: DialTarget, where: string): Classified {
  if (result.code === 'ENETUNREACH') {
    return { outcome: 'no-route', detail: null, reason: `This host has no route to ${where} (ENETUNREACH at once).` };
  }
  const cause = LOCAL_ERRORS.get(result.code);
  if (cause !== undefined) {
    return {
      outcome: 'local-block',
      detail: null,
      reason: `This host itself stopped the connection to ${where} (${result.code} at once: ${cause}).`,
    };
  }
  return classifyError(result, target, where);
}

function classifyRemote(result: Failed, target: DialTarget, where: string, ms: number): Classified {
  const { code } = result;
  const say = (outcome: Outcome, text: string): Classified => ({ outcome, detail: null, reason: `${where} ${text}` });
  if (code === 'ECONNREFUSED')
    return say('refused', `refused the connection after ${ms} ms: a firewall's reset, or no listener.`);
  if (code === 'ETIMEDOUT') return say('dropped', `did not answer until the kernel gave up after ${ms} ms.`);
  if (code === 'EHOSTDOWN') return say('host-down', `is down, as this host's network says after ${ms} ms (EHOSTDOWN).`);
  if (code === 'ECONNRESET' && result.syscall === 'connect') {
    return say('open-reset', `completed the TCP handshake and reset the connection at once, ${ms} ms after the start.`);
  }
  if (code === 'EHOSTUNREACH' && ms >= ABSENT_FROM_MS && ms <= ABSENT_TO_MS) {
    return say('host-down', `is absent: the last hop found no such neighbour within ${ms} ms (EHOSTUNREACH).`);
  }
  const rejection = code === 'EACCES' && familyOf(target.address) === 'ipv4' ? undefined : REJECTIONS.get(code);
  if (rejection !== undefined) return say('rejected', `was rejected after ${ms} ms: ${rejection} (${code}).`);
  return classifyError(result, target, where);
}

function classifyError(result: Failed, target: DialTarget, where: string): Classified {
  const { code } = result;
  const name = result.syscall === null ? code : `${code} by ${result.syscall}`;
  const say = (detail: string | null, text: string): Classified => ({ outcome: 'probe-error', detail, reason: text });
  if (code === 'EADDRNOTAVAIL') {
    const source = target.source ?? 'a source address';
    return say(
      'config-error',
      `${source} could not be bound to connect to ${where}: it is not an address of this host, or its ports are used up (${name}).`,
    );
  }
  if (code === 'SELF_CONNECT')
    return say('self-connect', `The connection to ${where} met itself: the target is this host, and nothing listens there.`);
  if (RESOURCE_ERRORS.has(code)) return say('resources', `This host had nothing left to connect to ${where} with (${name}).`);
  return say(null, `Connecting to ${where} failed with an error that says nothing about the network (${name}).`);
}

/**
 * A connection that was spoken on.
 *
 * `open-smtp` takes a whole greeting and an accepted EHLO or HELO. Bytes that never become a greeting are `open-silent` with
 * detail `tarpit`, even where they begin like one: a server that stutters for ever takes no mail, and "SMTP is there" would
 * make an allowed flow pass. For the same reason a greeting alone, cut off at EHLO, is what cut it off.
 */
export function classifyDialogue(run: DialogueRun, target: DialTarget): Classified {
  const where = endpointText(target.address, target.port);
  const { dialogue } = run;
  const { failure } = dialogue;
  if (run.aborted)
    return { outcome: 'aborted', detail: null, reason: `The dialogue with ${where} was given up: the run was stopped.` };
  if (speaksSmtp(dialogue)) return classifySmtp(run, where);
  // Without a failure EHLO was accepted, which is above.
  if (failure === null) throw new TypeError('a dialogue without EHLO and without failure');
  if (failure.kind === 'refused') return classifyRefusal(dialogue, failure, where);
  return { ...classifyFailure(run, failure), reason: `${where} completed the TCP handshake. ${failure.message}` };
}

function speaksSmtp(dialogue: Dialogue): boolean {
  return dialogue.ehlo !== null && dialogue.ehlo.code >= 200 && dialogue.ehlo.code < 300;
}

function classifySmtp(run: DialogueRun, where: string): Classified {
  const { dialogue } = run;
  const { failure, tls } = dialogue;
  const late = failure === null || failure.stage === 'quit' ? null : failure;
  const how =
    tls?.version == null
      ? 'in clear text'
      : dialogue.mode === 'implicit'
        ? `inside ${tls.version}`
        : `with STARTTLS (${tls.version})`;
  const rest = late === null ? '' : ` ${late.message}`;
  const detail = late === null || late.kind === 'refused' ? null : classifyFailure(run, late).detail;
  return { outcome: 'open-smtp', detail, reason: `${where} answered as an SMTP server, ${how}.${rest}` };
}

/** An unknown command is no refusal: other protocols greet with 220 too (FTP, RFC 959). */
function classifyRefusal(dialogue: Dialogue, failure: DialogueFailure, where: string): Classified {
  const code = (failure.stage === 'greeting' ? dialogue.greeting : dialogue.ehlo)?.code ?? 0;
  const what = failure.stage === 'greeting' ? 'its greeting' : 'EHLO and HELO';
  if (code < 400 || code === 500 || code === 502) {
    return {
      outcome: 'open-other',
      detail: 'not-smtp',
      reason: `${where} is open, but does not speak SMTP: at ${what} ${lower(failure.message)}`,
    };
  }
  return {
    outcome: 'open-refusing',
    detail: null,
    reason: `${where} is reachable and refuses this client at ${what}: ${lower(failure.message)}`,
  };
}

function classifyFailure(run: DialogueRun, failure: DialogueFailure): { outcome: Outcome; detail: string | null } {
  const { stage } = failure;
  switch (failure.kind) {
    case 'timeout':
      if (stage === 'tls') return { outcome: 'open-silent', detail: 'tls-timeout' };
      if (stage === 'greeting') return { outcome: 'open-silent', detail: run.received > 0 ? 'tarpit' : null };
      return { outcome: 'open-silent', detail: `silent:${stage}` };
    case 'reset':
      return { outcome: 'open-reset', detail: stage === 'greeting' ? null : `dpi-reset:${stage}` };
    case 'closed':
      return { outcome: 'open-closed', detail: stage === 'greeting' ? null : stage === 'tls' ? 'tls-reset' : `closed:${stage}` };
    case 'tls':
      return { outcome: 'open-other', detail: tlsDetail(run.error?.code ?? '') };
    case 'limit':
    case 'malformed':
    case 'refused':
      return { outcome: 'open-other', detail: failure.kind === 'limit' ? `limit:${stage}` : 'not-smtp' };
  }
}

/** OpenSSL's words for "that is no TLS record", and our own for a server that did not wait for the ClientHello. */
const NOT_TLS: ReadonlySet<string> = new Set([
  'SPOKE_FIRST',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_RECORD_LAYER_FAILURE',
]);

/** Whether the server answered a ClientHello with something that is no TLS. */
export function answersInClear(run: DialogueRun): boolean {
  return run.error !== null && NOT_TLS.has(run.error.code);
}

/** The alerts of RFC 6066 (unrecognized_name, unsupported_extension …) go without the word in OpenSSL's names for them. */
const ALERT = /^ERR_SSL_(?:TLSV1_(?:ALERT_)?|[A-Z0-9/]+_ALERT_)([A-Z0-9_]+)$/;

/** `ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION` → `tls-alert:protocol-version`. @see RFC 8446 section 6 */
function tlsDetail(code: string): string {
  if (NOT_TLS.has(code)) return 'plaintext-on-tls';
  const alert = ALERT.exec(code)?.[1];
  return alert === undefined ? 'tls-failed' : `tls-alert:${alert.toLowerCase().replaceAll('_', '-')}`;
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
