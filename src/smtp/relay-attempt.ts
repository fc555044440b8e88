/** How answers, and the lack of them, are written down. */
import type { Reply } from '../model/dialogue.ts';
import type { RelayAttempt } from '../model/relay.ts';
import { meaningOf } from '../model/relay-reply.ts';
import type { AskedShape, PlannedShape } from './relay-plan.ts';
import type { Answer } from './relay-session.ts';

/** Characters kept of a reply. */
const MAX_TEXT = 1_000;

export interface Said {
  readonly connection: number;
  readonly secure: boolean;
}

export function answered(planned: AskedShape, answer: Answer, { connection, secure }: Said): RelayAttempt {
  if (answer.kind === 'unasked') return unsent(planned, 'skipped', answer.message);
  const { shape } = planned;
  const sent = planned.kind === 'mail' ? planned : null;
  const base = {
    id: shape.id,
    about: shape.about,
    mailFrom: sent?.mail ?? null,
    rcptTo: answer.stage === 'rcpt' ? (sent?.rcpt ?? null) : null,
    ehlo: planned.ehlo,
    secure,
    connection,
  };
  if (answer.reply !== null) {
    const { reason, ...rest } = replied(answer.stage, answer.reply);
    return { ...base, ...rest, reason: reason ?? behind(sent?.first ?? null) };
  }
  const reason = answer.kind === 'lost' ? answer.message : null;
  return { ...base, stage: null, code: null, enhanced: null, text: null, class: 'limited', reason };
}

function behind(first: string | null): string | null {
  return first === null ? null : `RCPT TO:<${first}> was accepted before it.`;
}

/** The reply to a later command takes the place of the one to RCPT, which the reason keeps. */
export function followed(attempt: RelayAttempt, reply: Reply, how: string): RelayAttempt {
  return { ...attempt, ...replied('data', reply), reason: `RCPT was answered ${attempt.code} ${attempt.text}. ${how}` };
}

/** Nothing was sent. */
export function unsent({ shape, ...planned }: PlannedShape, kind: 'skipped' | 'limited', reason: string): RelayAttempt {
  return {
    id: shape.id,
    about: shape.about,
    mailFrom: null,
    rcptTo: null,
    ehlo: planned.kind === 'skipped' ? null : planned.ehlo,
    stage: null,
    code: null,
    enhanced: null,
    text: null,
    class: kind,
    secure: false,
    connection: 0,
    reason,
  };
}

function replied(
  stage: NonNullable<RelayAttempt['stage']>,
  { code, enhanced, lines }: Reply,
): Pick<RelayAttempt, 'stage' | 'code' | 'enhanced' | 'text' | 'class' | 'reason'> {
  const text = lines.join(' ').slice(0, MAX_TEXT);
  const { class: kind, why } = meaningOf({ stage, code, enhanced, text });
  return { stage, code, enhanced, text, class: kind, reason: why };
}
