/**
 * Relay tests, server by server: one line where every shape was refused, the accepted shapes where some were not, and with `postern relay`
 * or --verbose every shape: what it tries, from whom to whom, and what the server said.
 */
import { endpointText } from '../model/address.ts';
import { groupBy } from '../model/group-by.ts';
import type { RelayAttempt, RelayOutcome } from '../model/relay.ts';
import type { RelayCheck, Result, Verdict } from '../model/result.ts';
import { CELL_STYLES, kindOf } from './cell.ts';
import { clipped, type Line, type Marks, markOf, marksOf, pad, paragraph, type Style, span } from './pen.ts';
import type { RenderOptions } from './renderer.ts';
import { count } from './words.ts';

/** Servers of `postern relay` whose shapes are all shown without --verbose. */
const SHOWN_IN_FULL = 10;
/** Accepted shapes of one server that a short report shows. */
const SHOWN_ACCEPTED = 3;

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

/** What became of the shapes, as one would say it. */
const RELAY_WORDS: Readonly<Record<RelayOutcome, string>> = {
  'relay-confirmed': 'relayed, a message arrived',
  'relay-accepted': 'foreign recipients accepted',
  'accept-all': 'everything accepted, nonsense too',
  'catch-all': 'refused, or taken for mail of its own',
  rejected: 'refused',
  'auth-required': 'refused without a password',
  'tls-required': 'TLS asked for first',
  deferred: 'put off',
  limited: 'cut off',
  inconclusive: 'no verdict',
};

/** Which server, asked from where, and what became of the shapes. */
export function relayHeadText(check: RelayCheck): string {
  const { server, host, address, port, segment, source, outcome } = check;
  const target = endpointText(address ?? host ?? '', port ?? 0);
  const from = source === null ? '' : `, asked from ${segment === 'here' ? '' : `${segment} `}${source}`;
  const name = server === (address ?? host) ? '' : `${server} `;
  const shapes = check.attempts.filter(({ id, stage }) => id.startsWith('B') && stage !== null);
  const said = shapes.length === 0 ? '' : `${count(shapes.length, 'shape')}: `;
  const written = host === null || host === address || host === server ? '' : ` (${host})`;
  return `${name}${target}${written}${from}. ${said}${RELAY_WORDS[outcome]}.`;
}

function head(check: RelayCheck, options: RenderOptions): Line[] {
  const lead = [span(`${markOf(check.verdict, options).padEnd(2)} `, CELL_STYLES[kindOf(check)])];
  return paragraph({ lead, text: relayHeadText(check), style: 'strong' }, options);
}

/** Which shapes were accepted; the finding tells the rest, and what could not be judged has a section of its own. */
function brief(check: RelayCheck, options: RenderOptions): Line[] {
  if (check.verdict !== 'violation') return [];
  const accepted = check.attempts.filter(isAcceptedShape).map(({ id, about }) => `${id}, ${about}`);
  const shown = accepted.slice(0, SHOWN_ACCEPTED).join('; ');
  const rest = accepted.length > SHOWN_ACCEPTED ? ` and ${accepted.length - SHOWN_ACCEPTED} more` : '';
  return note(`accepted: ${shown}${rest}. --verbose shows every shape.`, options);
}

/** What went over the wire, and what did not, by reason. */
export function attemptsOf({ attempts }: RelayCheck): {
  readonly sent: readonly RelayAttempt[];
  readonly idle: readonly (readonly [reason: string, attempts: readonly RelayAttempt[]])[];
} {
  const wasSent = ({ stage, connection }: RelayAttempt): boolean => stage !== null || connection > 0;
  const rest = attempts.filter((attempt) => !wasSent(attempt));
  return { sent: attempts.filter(wasSent), idle: [...groupBy(rest, ({ reason }) => reason ?? '')] };
}

function table(check: RelayCheck, options: RenderOptions): Line[] {
  const { sent, idle } = attemptsOf(check);
  const short = shortNames(check.attempts);
  return [
    ...paragraph({ lead: [span('   ')], text: check.reason }, options),
    ...(short.legend === '' ? [] : note(short.legend, options)),
    ...(sent.length === 0 ? [] : [[]]),
    ...sent.flatMap((attempt) => shapeLines(attempt, short, options)),
    ...idle.flatMap(([reason, group]) => note(`not sent: ${group.map(({ id }) => id).join(', ')}. ${reason}`, options)),
  ];
}

/** What stands in every path and is of no interest in a table. */
export interface ShortNames {
  readonly of: (text: string) => string;
  readonly legend: string;
}

const NOTHING_SHORT: ShortNames = { of: (text) => text, legend: '' };

/** As B02 has them: its recipient is the plain one. */
export function shortNames(attempts: readonly RelayAttempt[]): ShortNames {
  const plain = attempts.find(({ id }) => id === 'B02')?.rcptTo ?? '';
  const [, user, domain] = /^(postern-[0-9a-f]{12,})@([^@]+)$/.exec(plain) ?? [];
  if (user === undefined || domain === undefined) return NOTHING_SHORT;
  return { of: (text) => text.replaceAll(user, 'u').replaceAll(domain, 'R'), legend: `u is ${user}, R is ${domain}` };
}

export const CLASS_STYLES: Readonly<Record<RelayAttempt['class'], Style>> = {
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

function shapeLines(attempt: RelayAttempt, { of: short }: ShortNames, options: RenderOptions): Line[] {
  const control = !attempt.id.startsWith('B');
  const { arrow } = marksOf(options);
  const style = control ? 'faint' : CLASS_STYLES[attempt.class];
  const mark = control ? ' ' : markOfClass(attempt.class, options);
  const path =
    attempt.rcptTo === null ? '' : `: ${short(`<${attempt.mailFrom ?? ''}>`)} ${arrow} ${short(`<${attempt.rcptTo}>`)}`;
  const lead = `   ${pad(mark, 2)} ${attempt.id.padEnd(4)}  `;
  const answer = short(answerOf(attempt, marksOf(options)));
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

export function answerOf({ stage, code, text, ehlo, secure, reason }: RelayAttempt, { dot }: Marks): string {
  const answer =
    code === null ? '' : `${stage === 'mail' ? 'to MAIL: ' : stage === 'data' ? 'to DATA: ' : ''}${code} ${text ?? ''}`;
  const how = [ehlo === null ? '' : `EHLO ${ehlo}`, secure ? 'inside TLS' : ''].filter((part) => part !== '').join(', ');
  return [answer.trim(), how, reason ?? ''].filter((part) => part !== '').join(` ${dot} `);
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

function note(text: string, options: RenderOptions): Line[] {
  return paragraph({ lead: [span('   ')], text, style: 'faint' }, options);
}
