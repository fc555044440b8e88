/**
 * From attempts to one word and one sentence about a server. An acceptance counts where the controls show that this server refuses what it
 * should; "refused" needs the plain shape (B02) refused for a reason that is about relaying, and most of the others decided as well.
 */
import { listText } from './list-text.ts';
import { SUBMISSION_PORTS } from './ports.ts';
import type { RelayAttempt, RelayOutcome } from './relay.ts';
import {
  type Controls,
  controlsOf,
  formOf,
  type ReadAttempt,
  readAttempts,
  relaysAmong,
  shapesOf,
  worthOf,
} from './relay-attempts.ts';

export interface RelayJudgement {
  readonly outcome: RelayOutcome;
  /** One or more sentences, with the replies they rest on. */
  readonly reason: string;
}

export interface RelayCircumstances {
  /** A submission port serves nobody without AUTH, so that there it says something to be refused wholesale. */
  readonly port?: number;
  /** The message arrived: the receipt of the user's sink was verified. */
  readonly delivered?: boolean;
}

/** Domains that are no one's, so that a refusal without words may be about the domain. @see RFC 2606 */
const RESERVED = /(?:^|\.)(?:invalid|test|example|localhost|example\.(?:com|net|org))$/i;
/** Shapes that ask whether a sender of some form is taken. */
const SENDER_SHAPES: readonly string[] = ['B06', 'B07', 'B08'];
const MAX_QUOTE = 160;
const TAKEN_UNTIL_DATA =
  'It took the recipient, and refused what came after without a word of relaying: another message might pass.';

interface Case {
  readonly attempts: readonly ReadAttempt[];
  readonly shapes: readonly ReadAttempt[];
  readonly controls: Controls;
  /** B02, which also stands for submission without AUTH. */
  readonly plain: ReadAttempt | undefined;
  readonly submission: boolean;
}

/** Judges attempts of one test. Pure; `class` of the attempts is not relied on. */
export function relayOutcome(attempts: readonly RelayAttempt[], circumstances: RelayCircumstances = {}): RelayJudgement {
  const read = readAttempts(attempts);
  const shapes = shapesOf(read);
  const plain = shapes.find(({ id }) => id === 'B02');
  const submission = circumstances.port !== undefined && SUBMISSION_PORTS.includes(circumstances.port);
  const found: Case = { attempts: read, shapes, controls: controlsOf(read), plain, submission };
  return positive(found, circumstances.delivered ?? false) ?? unfinished(found) ?? negative(found);
}

/** What was taken on; null where nothing was. */
function positive({ attempts, shapes, controls }: Case, delivered: boolean): RelayJudgement | null {
  const relays = relaysAmong(attempts);
  const nonsense = controls.acceptsNonsense;
  if (delivered) {
    const by = shapes.find(({ stage, code }) => stage === 'data' && code !== null && code < 300) ?? relays[0];
    return judged(
      'relay-confirmed',
      `The message that it was given${by === undefined ? '' : ` (${named(by)})`} arrived outside.`,
    );
  }
  if (nonsense !== null) {
    const what = nonsense.id === 'C0' ? 'a command that does not exist' : `RCPT TO:<${nonsense.rcptTo}>, which is no address,`;
    return judged('accept-all', `It answers ${what} with ${quoted(nonsense)}: what it accepts says nothing.`);
  }
  const [first, ...others] = relays;
  if (first === undefined) return unsure(shapes, controls);
  const more = others.length === 0 ? '' : ` It accepted ${listText(others.map(({ id }) => id))} too.`;
  if (!controls.refusesNonsense) {
    return judged('inconclusive', `${accepted(first)}${more} No control shows that it refuses anything at all.`);
  }
  return judged('relay-accepted', `${accepted(first)}${more} Delivery is not proven.`);
}

/** Accepted, and the control that would tell what that is worth is missing. */
function unsure(shapes: readonly ReadAttempt[], controls: Controls): RelayJudgement | null {
  const shape = shapes.find((one) => one.class === 'accepted' && worthOf(one, controls) === 'unsure');
  if (shape === undefined) return null;
  const why = controls.ownProbeDomain
    ? 'The probe domain belongs to the hosted one, whose mail it is meant to take: name a probe domain outside of it.'
    : 'Whether it takes any unknown user in that form was not to be seen, so that this may be a local mailbox.';
  return judged('inconclusive', `${accepted(shape)} ${why}`);
}

/** What kept the test from asking; null where all was asked. */
function unfinished({ attempts, shapes, plain }: Case): RelayJudgement | null {
  const answered = shapes.filter(({ code }) => code !== null);
  const unasked = shapes.filter(({ code, connection }) => code === null && connection === 0);
  const tls = attempts.find((attempt) => attempt.class === 'tls-required');
  if (tls !== undefined && !(plain !== undefined && settled(plain))) {
    const end = attempts.find((attempt) => attempt.class === 'skipped' && attempt.id === 'B02')?.reason ?? null;
    return judged('tls-required', `It wants STARTTLS first: ${quoted(tls)}.${end === null ? '' : ` ${sentence(end)}`}`);
  }
  if (answered.length === 0 && !attempts.some(({ code }) => code !== null)) {
    return judged(
      'inconclusive',
      `Nothing was asked. ${sentence(attempts.find(({ reason }) => reason !== null)?.reason ?? '')}`.trim(),
    );
  }
  if (unasked.length > 0) {
    const why = unasked[0]?.reason ?? null;
    return judged('limited', `${answered.length} of ${shapes.length} shapes were run.${why === null ? '' : ` ${sentence(why)}`}`);
  }
  return null;
}

function negative(found: Case): RelayJudgement {
  const { shapes, plain, controls } = found;
  if (plain === undefined) return judged('inconclusive', 'The plain shape (B02) was not asked, without which nothing is judged.');
  if (!decides(plain, found)) return undecided(plain, found);
  const decided = shapes.filter((shape) => decides(shape, found));
  const locals = shapes.filter((shape) => shape.class === 'accepted');
  const open = shapes.filter((shape) => !decided.includes(shape) && !locals.includes(shape));
  const count = `${decided.length} of ${shapes.length} shapes were refused, the plain one with ${quoted(plain)}.`;
  const rest = open.length === 0 ? '' : ` Nothing was decided by ${listText(open.map(unsettled))}.`;
  const [pending] = open.filter(isPending);
  if (locals.length > 0) {
    const about = locals.every(({ id }) => formOf(id) === 'below')
      ? 'a name under the hosted domain, as it takes any'
      : 'mail for local mailboxes, of which it takes any';
    return judged('catch-all', `It takes ${listText(locals.map(({ id }) => id))} for ${about}. ${count}${rest}`);
  }
  if (decided.length * 2 < shapes.length) return judged('inconclusive', `Only ${count}${rest}`);
  if (pending !== undefined) return judged(pendingOutcome(pending), `${count}${rest} ${whyPending(pending)}`);
  const outcome = plain.class === 'auth-required' ? 'auth-required' : 'rejected';
  return judged(outcome, `${count}${rest} ${standing(controls)}`.trim());
}

/**
 * A recipient that is plainly foreign, or named by a route, and was not refused: put off, cut off, answered with what is no refusal, or taken
 * until DATA. Whoever greylists after the relay decision puts off what he would relay. Of what looks like a local mailbox this says nothing.
 */
function isPending({ id, class: kind, ground, stage }: ReadAttempt): boolean {
  const form = formOf(id);
  if (form !== 'foreign' && form !== 'routed') return false;
  if (kind === 'deferred') return ground !== 'relay';
  return kind === 'unknown' || kind === 'limited' || stage === 'data';
}

function pendingOutcome({ class: kind }: ReadAttempt): RelayOutcome {
  return kind === 'deferred' || kind === 'limited' ? kind : 'inconclusive';
}

function whyPending({ id, class: kind, stage }: ReadAttempt): string {
  if (kind === 'deferred') return `Whether it takes ${id} the next time is open: ask again after 6 minutes at least.`;
  if (stage === 'data') return TAKEN_UNTIL_DATA;
  return `${id} was not refused: ask again.`;
}

/** Whether the refusal of a shape says that mail in this form does not leave. */
function decides(shape: ReadAttempt, { controls, submission }: Case): boolean {
  const { class: kind, ground } = shape;
  const sane = controls.hosted === 'accepted';
  if (kind === 'auth-required') return true;
  if (kind === 'deferred') return ground === 'relay' && sane;
  const form = formOf(shape.id);
  // Its own unknown user: it took the address for local, and did not take it.
  if (kind === 'inconclusive') return ground === 'user' && form !== 'foreign' && form !== 'routed';
  if (kind !== 'rejected') return false;
  if (ground === 'relay') return true;
  // The recipient was taken: what is refused then is this message, for its content or its client, unless relaying is said to be why.
  if (shape.stage === 'data') return false;
  // A sender that it takes for malformed says nothing of the recipient, which it was not told; but some shapes are about the sender.
  if (ground === 'syntax') return shape.stage === 'mail' ? SENDER_SHAPES.includes(shape.id) : form !== 'foreign';
  const wholesale = submission && controls.hosted === 'refused';
  if (ground === 'client') return wholesale;
  return ground === 'policy'
    ? sane || wholesale
    : sane && !RESERVED.test((shape.rcptTo ?? shape.mailFrom ?? '').split('@').at(-1) ?? '');
}

/** The plain shape got an answer that decides nothing, or none. */
function undecided(plain: ReadAttempt, { controls, attempts }: Case): RelayJudgement {
  const said = plain.code === null ? sentence(plain.reason ?? 'it was not answered') : `${quoted(plain)}.`;
  const begin = `The plain shape (B02) is undecided: ${said}`;
  if (plain.class === 'deferred') return judged('deferred', `${begin} Ask again after 6 minutes at least.`);
  if (plain.class === 'limited') return judged('limited', begin);
  return judged('inconclusive', `${begin} ${whyUndecided(plain, controls, attempts)}`);
}

function whyUndecided(plain: ReadAttempt, controls: Controls, attempts: readonly ReadAttempt[]): string {
  const hosted = attempts.find(({ id }) => id === 'C1');
  if (plain.stage === 'data') return TAKEN_UNTIL_DATA;
  if (plain.class === 'unknown') return 'That neither takes the recipient nor refuses it.';
  if (plain.class === 'inconclusive') {
    return plain.ground === 'client'
      ? 'It refuses the client or the sender, whatever the recipient: ask from another address.'
      : 'It looked at the address before it thought of relaying: name a probe domain of your own that resolves.';
  }
  if (controls.hosted === 'accepted') return 'It does not say why: name a probe domain of your own that resolves.';
  if (hosted?.code == null) return 'Without a hosted domain that it accepts mail for, it may refuse this client everything.';
  return `It did not accept mail for its own domain either (${quoted(hosted)}), so that this says nothing about relaying.`;
}

/** What the controls add to a clean answer. */
function standing({ hosted, unknownUser }: Controls): string {
  const own = hosted === 'accepted' ? 'Mail for its own domain was accepted.' : '';
  return `${own}${unknownUser === 'accepted' ? ' It accepts unknown users of that domain.' : ''}`.trim();
}

function settled({ class: kind }: ReadAttempt): boolean {
  return kind === 'rejected' || kind === 'auth-required';
}

function accepted(shape: ReadAttempt): string {
  const data = shape.stage === 'data' ? ', and DATA was answered' : ' was answered';
  return `RCPT TO:<${shape.rcptTo}> after MAIL FROM:<${shape.mailFrom}>${data} ${quoted(shape)} (${named(shape)}).`;
}

function unsettled(shape: ReadAttempt): string {
  return `${shape.id} (${shape.code ?? 'no answer'})`;
}

function named({ id, about }: ReadAttempt): string {
  return `${id}, ${about}`;
}

function quoted({ code, text }: ReadAttempt): string {
  const whole = `${code} ${text ?? ''}`.trim().replace(/\.$/, '');
  return whole.length <= MAX_QUOTE ? whole : `${whole.slice(0, MAX_QUOTE - 4)} ...`;
}

function sentence(text: string): string {
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}

function judged(outcome: RelayOutcome, reason: string): RelayJudgement {
  return { outcome, reason };
}
