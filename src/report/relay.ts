/**
 * Relay tests, server by server: one line where every shape was refused, the accepted shapes where some were not, and with `postern relay`
 * or --verbose every shape: what it tries, from whom to whom, and what the server said.
 */
import { endpointText } from '../model/address.ts';
import { groupBy } from '../model/group-by.ts';
import type { RelayAttempt, RelayOutcome } from '../model/relay.ts';
import type { RelayCheck, Result, Verdict } from '../model/result.ts';
import { CELL_STYLES, kindOf } from './cell.ts';
import { clipped, type Line, markOf, marksOf, pad, paragraph, type Style, span } from './pen.ts';
import type { RenderOptions } from './renderer.ts';
import { count } from './words.ts';

/** Servers of `postern relay` whose shapes are all shown without --verbose. */
const SHOWN_IN_FULL = 10;

/** @returns no lines where no server was tested. */
export function relayLines(result: Result, options: RenderOptions): Line[] {
  const checks = result.checks.filter((check) => check.kind === 'relay');
  if (checks.length === 0) return [];
  const full = options.verbose || (isRelayTest(result) && checks.length <= SHOWN_IN_FULL);
  const text = 'may a stranger send through these servers?';
  return [
    ...paragraph({ lead: [span('RELAY TESTS', 'strong'), span('  ')], text }, options),
    [],
    ...checks.flatMap((check) => [...head(check, options), ...(full ? [...table(check, options), []] : brief(check, options))]),
    [],
  ];
}

/** Whether the result is about servers that were named on the command line, and nothing else. */
export function isRelayTest({ run }: Result): boolean {
  return run.command === 'relay';
}

/** How many servers relay, in place of how many checks violate a policy. */
export function relaySentence({ checks }: Result): string {
  const counted = (verdict: Verdict): number => checks.filter((check) => check.verdict === verdict).length;
  const [compliant, violation, inconclusive] = [counted('compliant'), counted('violation'), counted('inconclusive')];
  const total = count(checks.length, 'server');
  const verb = (number: number, one: string, many: string): string => (number === 1 ? one : many);
  const parts = [
    checks.length === 0 ? 'no server was tested' : '',
    violation > 0 ? `${violation} of ${total} ${verb(violation, 'accepts', 'accept')} mail for strangers from strangers` : '',
    inconclusive > 0 ? `${inconclusive} of ${total} could not be judged` : '',
    compliant > 0
      ? `${compliant} of ${total} ${verb(compliant, 'does', 'do')} what is expected of ${verb(compliant, 'it', 'them')}`
      : '',
  ];
  return `${parts.filter((part) => part !== '').join('; ')}.`;
}

/** What a server does, as one would say it. */
export const RELAY_WORDS: Readonly<Record<RelayOutcome, string>> = {
  'relay-confirmed': 'relays: a message arrived',
  'relay-accepted': 'accepts foreign recipients',
  'accept-all': 'accepts everything, nonsense too',
  'catch-all': 'takes unknown users for its own',
  rejected: 'refuses',
  'auth-required': 'asks for a password',
  'tls-required': 'asks for TLS first',
  deferred: 'asks to come back later',
  limited: 'stopped answering',
  inconclusive: 'not known',
};

function head(check: RelayCheck, options: RenderOptions): Line[] {
  const { server, host, address, port, segment, source, outcome } = check;
  const target = endpointText(address ?? host ?? '', port ?? 0);
  const from = source === null ? '' : `, asked from ${segment === 'here' ? '' : `${segment} `}${source}`;
  const name = server === address ? '' : `${server} `;
  const shapes = check.attempts.filter(({ id, stage }) => id.startsWith('B') && stage !== null);
  const said = shapes.length === 0 ? '' : `${count(shapes.length, 'shape')}: `;
  const written = host === null || host === address || host === server ? '' : ` (${host})`;
  return paragraph(
    {
      lead: [span(`${markOf(check.verdict, options).padEnd(2)} `, CELL_STYLES[kindOf(check)])],
      text: `${name}${target}${written}${from}. ${said}${RELAY_WORDS[outcome]}.`,
      style: 'strong',
    },
    options,
  );
}

/** Accepted shapes alone; what else there is the finding, or the section of what was not judged, tells. */
function brief(check: RelayCheck, options: RenderOptions): Line[] {
  if (check.verdict === 'compliant' || check.attempts.length === 0) return [];
  const accepted = check.attempts.filter(isAcceptedShape);
  const lines = accepted.slice(0, 3).flatMap((attempt) => shapeLines(attempt, check.attempts, options));
  const rest = check.attempts.length - Math.min(accepted.length, 3);
  return [...lines, ...note(`${count(rest, 'more attempt')}; --verbose shows all`, options)];
}

function table(check: RelayCheck, options: RenderOptions): Line[] {
  const sent = check.attempts.filter(({ stage, connection }) => stage !== null || connection > 0);
  const idle = check.attempts.filter((attempt) => !sent.includes(attempt));
  const user = userOf(check.attempts);
  return [
    ...paragraph({ lead: [span('   ')], text: check.reason }, options),
    ...(user === null ? [] : note(`u is ${user}`, options)),
    ...(sent.length === 0 ? [] : [[]]),
    ...sent.flatMap((attempt) => shapeLines(attempt, check.attempts, options)),
    ...[...groupBy(idle, ({ reason }) => reason ?? '')].flatMap(([reason, group]) =>
      note(`not sent: ${group.map(({ id }) => id).join(', ')}. ${reason}`, options),
    ),
  ];
}

const CLASS_STYLES: Readonly<Record<RelayAttempt['class'], Style>> = {
  accepted: 'bad',
  rejected: 'good',
  'auth-required': 'good',
  'tls-required': 'unsure',
  deferred: 'unsure',
  limited: 'unsure',
  unknown: 'unsure',
  inconclusive: 'unsure',
  skipped: 'faint',
};

/** `auth-required`, the longest but one, and a blank. */
const CLASS_WIDTH = 14;

function shapeLines(attempt: RelayAttempt, all: readonly RelayAttempt[], options: RenderOptions): Line[] {
  const user = userOf(all);
  const short = (text: string): string => (user === null ? text : text.replaceAll(user, 'u'));
  const control = !attempt.id.startsWith('B');
  const { arrow } = marksOf(options);
  const style = control ? 'faint' : CLASS_STYLES[attempt.class];
  const mark = control ? ' ' : markOfClass(attempt.class, options);
  const path =
    attempt.rcptTo === null ? '' : `: ${short(`<${attempt.mailFrom ?? ''}>`)} ${arrow} ${short(`<${attempt.rcptTo}>`)}`;
  const lead = `   ${pad(mark, 2)} ${attempt.id.padEnd(4)}  `;
  const answer = short(answerOf(attempt));
  const indent = [span(' '.repeat(lead.length + CLASS_WIDTH))];
  return [
    ...paragraph(
      { lead: [span(`${lead}${attempt.class.padEnd(CLASS_WIDTH)}`, style)], text: `${attempt.about}${path}` },
      options,
    ),
    ...(options.verbose
      ? paragraph({ lead: indent, text: answer, style: 'faint' }, options)
      : [clipped(indent, answer, options)]),
  ];
}

function answerOf({ stage, code, text, ehlo, secure, reason }: RelayAttempt): string {
  const answer =
    code === null ? '' : `${stage === 'mail' ? 'to MAIL: ' : stage === 'data' ? 'to DATA: ' : ''}${code} ${text ?? ''}`;
  const how = [ehlo === null ? '' : `EHLO ${ehlo}`, secure ? 'inside TLS' : ''].filter((part) => part !== '').join(', ');
  return [answer.trim(), how === '' ? '' : `(${how})`, reason ?? ''].filter((part) => part !== '').join(' ');
}

/** A mark says what the style says. */
function markOfClass(kind: RelayAttempt['class'], options: RenderOptions): string {
  const { pass, fail, unsure } = marksOf(options);
  const style = CLASS_STYLES[kind];
  return style === 'bad' ? fail : style === 'good' ? pass : unsure;
}

function isAcceptedShape({ id, class: kind }: RelayAttempt): boolean {
  return id.startsWith('B') && kind === 'accepted';
}

/** The local part that is in every path; long, and of no interest. */
function userOf(attempts: readonly RelayAttempt[]): string | null {
  const paths = attempts.flatMap(({ rcptTo, mailFrom }) => [rcptTo ?? '', mailFrom ?? '']);
  return paths.map((path) => /postern-[0-9a-f]{12,}/.exec(path)?.[0]).find((found) => found !== undefined) ?? null;
}

function note(text: string, options: RenderOptions): Line[] {
  return paragraph({ lead: [span('   ')], text, style: 'faint' }, options);
}
