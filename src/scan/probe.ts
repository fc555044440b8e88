/**
 * One target, asked once. On the wire: one TCP connection (more where it is not answered and `retries` asks for them) with
 * the dialogue of `smtp/dialogue.ts`, and at most one second connection in the other mode:
 *
 *   a port spoken to in clear text that stays silent or closes  →  a TLS ClientHello (it may be an implicit TLS port)
 *   a TLS port that answers a ClientHello with no TLS           →  the clear-text dialogue (TLS may be missing or stripped)
 *
 * An own server that an unknown verb makes hang up is spoken to once more, without it.
 */
import { endpointText } from '../model/address.ts';
import type { ProbeReport } from '../model/evidence.ts';
import type { DialResult, DialTarget } from '../model/outside.ts';
import { converse, type DialogueRun } from '../smtp/dialogue.ts';
import { answersInClear, type Classified, classifyDial, classifyDialogue } from './classify.ts';
import type { Probe, ProbeContext, ProbeTarget } from './target.ts';

type Mode = ProbeTarget['mode'];

/** One connection: what was seen of it, and when the handshake was done. */
interface Attempt extends Classified {
  readonly error: ProbeReport['error'];
  readonly connectMs: number | null;
  readonly run: DialogueRun | null;
}

/** Probes a target within `limits.targetMs`, the time that closing takes not counted. */
export const probe: Probe = async (target, context) => {
  const startedAt = context.clock.monotonic();
  const deadline = startedAt + context.limits.targetMs;
  const first = await attemptTwice(target, context, target.mode, deadline);
  const other = otherMode(first, target.mode);
  const second =
    other === null || context.clock.monotonic() >= deadline ? null : await attemptTwice(target, context, other, deadline);
  const seen = second === null ? first : preferred(first, second, target);
  return {
    outcome: seen.outcome,
    detail: seen.detail,
    reason: seen.reason,
    error: seen.error,
    elapsedMs: Math.round(context.clock.monotonic() - startedAt),
    connectMs: first.connectMs,
    dialogue: seen.run?.dialogue ?? null,
  };
};

/**
 * TCP only, closed at once: for controls and for measuring. A completed handshake is `open-silent`, because nothing was said
 * and nothing was waited for; the reason says so.
 */
export async function connectOnly(target: DialTarget, context: ProbeContext): Promise<ProbeReport> {
  const startedAt = context.clock.monotonic();
  const { result, attempts } = await dial(target, context, startedAt + context.limits.targetMs);
  const elapsedMs = Math.round(context.clock.monotonic() - startedAt);
  if (result.kind !== 'connected') {
    return { ...classifyDial(result, target, attempts), error: errorOf(result), elapsedMs, connectMs: null, dialogue: null };
  }
  result.connection.close();
  const connectMs = Math.round(result.elapsedMs);
  const reason = `${endpointText(target.address, target.port)} completed the TCP handshake in ${connectMs} ms; only TCP was tried.`;
  return { outcome: 'open-silent', detail: null, reason, error: null, elapsedMs, connectMs, dialogue: null };
}

async function attempt(target: ProbeTarget, context: ProbeContext, mode: Mode, deadline: number): Promise<Attempt> {
  const { result, attempts } = await dial(target, context, deadline);
  if (result.kind !== 'connected') {
    return { ...classifyDial(result, target, attempts), error: errorOf(result), connectMs: null, run: null };
  }
  const run = await converse({
    connection: result.connection,
    clock: context.clock,
    mode,
    ehlo: target.ehlo,
    mail: target.mail,
    rcpt: target.rcpt,
    verb: target.verb,
    receipts: target.receipts,
    tls: { serverName: target.serverName, address: target.address, trust: target.trust },
    limits: context.limits,
    deadline,
  });
  return { ...classifyDialogue(run, target), error: run.error, connectMs: Math.round(result.elapsedMs), run };
}

/** An unknown verb is a question beside the others: who hangs up on it is asked the others all the same. */
async function attemptTwice(target: ProbeTarget, context: ProbeContext, mode: Mode, deadline: number): Promise<Attempt> {
  const first = await attempt(target, context, mode, deadline);
  const dialogue = first.run?.dialogue;
  if (dialogue?.failure?.stage !== 'verb' || first.run?.aborted === true || context.clock.monotonic() >= deadline) return first;
  const again = await attempt({ ...target, verb: null }, context, mode, deadline);
  if (again.outcome === 'aborted') return again;
  if (again.run === null || again.outcome !== 'open-smtp') return first;
  const { message } = dialogue.failure;
  return {
    ...again,
    reason: `${again.reason} An unknown command had ended a first connection: ${message}`,
    run: { ...again.run, dialogue: { ...again.run.dialogue, echo: dialogue.echo } },
  };
}

/** Connects; silence is tried again as often as the context says, while there is time. */
async function dial(
  target: DialTarget,
  context: ProbeContext,
  deadline: number,
): Promise<{ readonly result: DialResult; readonly attempts: number }> {
  const { address, port, source } = target;
  for (let attempts = 1; ; attempts++) {
    const left = deadline - context.clock.monotonic();
    const result = await context.dial({ address, port, source }, Math.min(context.limits.connectMs, left), context.signal);
    const again = result.kind === 'timeout' && attempts <= context.retries && context.clock.monotonic() < deadline;
    if (!again) return { result, attempts };
  }
}

/** The mode to try next; null where the first connection has told what there is. */
function otherMode(first: Attempt, mode: Mode): Mode | null {
  if (first.run === null || first.run.aborted) return null;
  if (mode === 'implicit') return answersInClear(first.run) ? 'clear' : null;
  const { failure } = first.run.dialogue;
  if (failure?.stage !== 'greeting') return null;
  // A TLS server that waited too long for a ClientHello says so with an alert record (RFC 8446 section 5.1).
  if (first.run.unreadable !== null) return first.run.unreadable.startsWith('\\x15\\x03') ? 'implicit' : null;
  return first.run.received === 0 && (failure.kind === 'timeout' || failure.kind === 'closed') ? 'implicit' : null;
}

/** The connection that tells more: the second where it found SMTP, or something that speaks; else the first. */
function preferred(first: Attempt, second: Attempt, target: ProbeTarget): Attempt {
  const where = endpointText(target.address, target.port);
  const { run } = second;
  if (second.outcome === 'aborted') return second;
  if (run === null) return first;
  if (target.mode === 'clear') {
    if (answersInClear(run)) {
      const reason = `${where} does not greet, and answers a TLS ClientHello with something that is no TLS.`;
      return { ...second, outcome: 'open-other', detail: 'not-smtp', reason };
    }
    const { tls, failure } = run.dialogue;
    if (tls?.version == null && failure?.kind !== 'tls')
      return { ...first, reason: `${first.reason} A TLS ClientHello brought no more.` };
    return {
      ...second,
      detail: 'tls-on-plaintext',
      reason: `${second.reason} It speaks TLS from the first byte; clear text was expected.`,
    };
  }
  if (run.dialogue.greeting !== null) {
    return {
      ...second,
      detail: 'plaintext-on-tls',
      reason: `${second.reason} It speaks clear text; TLS from the first byte was expected.`,
    };
  }
  return second.outcome === 'open-other' ? second : first;
}

function errorOf(result: DialResult): ProbeReport['error'] {
  return result.kind === 'failed' ? { code: result.code, syscall: result.syscall } : null;
}
