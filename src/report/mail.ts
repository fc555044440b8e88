/**
 * A notice as the text of a mail: a first line that would do as its subject, what changed and since when, what is still open, what the audit
 * could not see, and how to see more. Printable ASCII: nobody knows what stands between cron and the reader. Pure.
 */
import { groupBy } from '../model/group-by.ts';
import { type FindingBrief, isBlindness, STEADY_RUNS, type Transition, type TransitionKind } from '../model/history.ts';
import type { News, Notice, NoticeScene, StandingOpen } from '../model/notice.ts';
import { findingLines } from './mail-findings.ts';
import { indented, item, MAIL, prose, restLine, section } from './mail-lines.ts';
import { mailSubject } from './mail-subject.ts';
import { draw, type Line, span } from './pen.ts';
import { shellWord } from './shell-word.ts';
import { count, destinationText, moment, namedFirewall } from './words.ts';

/** More of one kind are counted: the mail is an alarm, not the report. */
const MOST_CHANGES = 20;
const MOST_OPEN = 10;
const MOST_UNSEEN = 5;
/** A stack trace tells where it is from in its first lines. */
const MOST_WORDS = 20;

/** The whole mail, ending in a line feed. Sentences are broken at 76 columns; the first line and the commands at the end are not. */
export function renderMail(notice: Notice, scene: NoticeScene): string {
  return draw(
    [
      [span(mailSubject(notice, scene))],
      [],
      ...notice.news.flatMap((news) => [...newsLines(news), []]),
      ...openLines(notice, scene),
      ...unseenLines(notice, scene),
      ...moreLines(notice, scene),
    ],
    MAIL,
  );
}

function newsLines(news: News): Line[] {
  switch (news.kind) {
    case 'failed': {
      const again = news.runs > 1 ? `${news.runs} runs in a row, since ${moment(news.since)}` : `at ${moment(news.since)}`;
      return [...prose(`The run failed with exit code ${news.exitCode}: ${again}. Nothing was judged.`), ...quoted(news.words)];
    }
    case 'works-again': {
      const many = news.runs > 0 ? `${count(news.runs, 'run')} failed, the first at ${moment(news.since)}.` : '';
      return prose(`Runs have results again. ${many}`);
    }
    case 'unreliable':
      return [
        ...prose(`Runs fail and work in turn. Nothing more is told of that until they stay one of both for ${STEADY_RUNS} runs.`),
        ...quoted(news.words),
      ];
    case 'blind':
      return prose(
        `Since ${moment(news.since)} nothing can be judged: no check of two runs in a row. What was open before counts as open still.`,
      );
    case 'sees-again':
      return prose(`Since ${moment(news.since)} checks can be judged again. Nothing could be since ${moment(news.blindSince)}.`);
    case 'changed':
      return changedLines(news.transitions);
    case 'reminder':
      return prose('Nothing changed. This is a reminder of what is still so.');
    case 'unkept':
      return [
        ...prose(`The run was judged, but it could not be kept; so since ${moment(news.since)}.`),
        ...quoted(news.words),
        ...foundLines(news.found),
      ];
    case 'unwritten':
      return [
        ...prose(`The run was judged, but a document of it could not be written; so since ${moment(news.since)}.`),
        ...quoted(news.words),
      ];
    case 'trouble':
      return prose(`${news.words} So since ${moment(news.since)}.`);
  }
}

/** One run's word alone, and the only one that there will be. */
function foundLines(found: readonly FindingBrief[]): Line[] {
  if (found.length === 0) return [];
  const told = found.map((finding) => ({ finding, when: 'in this run', detailed: true }));
  return [[], ...section('FOUND IN THIS RUN, and not known to be open before', findingLines(told, MOST_CHANGES))];
}

const KINDS: readonly { readonly kind: TransitionKind; readonly head: string }[] = [
  { kind: 'opened', head: 'OPENED' },
  { kind: 'graver', head: 'GRAVER' },
  { kind: 'grown', head: 'GROWN: as grave as before, and reaching more' },
  { kind: 'milder', head: 'MILDER' },
  { kind: 'closed', head: 'CLOSED' },
  { kind: 'unasked', head: 'NO LONGER ASKED: not known to be gone, and not told of any more' },
  { kind: 'unsteady', head: 'COMES AND GOES (not told again until it is steady)' },
];

/** By what became of them; what could not be seen apart from what was. */
function changedLines(transitions: readonly Transition[]): Line[] {
  const seen = transitions.filter(({ finding }) => !isBlindness(finding.code));
  const unseen = transitions.filter(({ finding }) => isBlindness(finding.code));
  const sections = KINDS.flatMap(({ kind, head }) => section(head, changeLines(seen.filter((one) => one.kind === kind))));
  const heads: Readonly<Partial<Record<TransitionKind, string>>> = {
    opened: 'CANNOT BE JUDGED ANY MORE',
    closed: 'CAN BE JUDGED AGAIN',
    unasked: 'NO LONGER ASKED',
    unsteady: 'CAN BE JUDGED AT TIMES (not told again until it is steady)',
  };
  const blind = KINDS.flatMap(({ kind }) => {
    const lines = changeLines(unseen.filter((one) => one.kind === kind));
    return section(heads[kind] ?? 'COULD NOT BE JUDGED', lines);
  });
  return [...sections, ...blind];
}

function changeLines(transitions: readonly Transition[]): Line[] {
  const told = transitions.map(({ kind, finding, since, before }) => {
    const was = before === null ? '' : `, was ${before}`;
    const accepted = kind === 'closed' && finding.waived ? '; it is there still, and waived' : '';
    return { finding, when: `since ${moment(since)}${was}${accepted}`, detailed: kind !== 'closed' };
  });
  return findingLines(told, MOST_CHANGES);
}

/** What was open before; what has just opened or grown stands above. */
function openLines(notice: Notice, scene: NoticeScene): Line[] {
  const { open, news, unseen } = notice;
  if (open.length === 0) return unseen.length > 0 ? [] : closing(scene);
  const fresh = new Set(news.flatMap((one) => (one.kind === 'changed' ? one.transitions.map(openedIn) : [])));
  const rest = open.filter(({ finding }) => !fresh.has(finding.fingerprint));
  if (rest.length === 0) return [...prose(restText(notice, scene)), []];
  return section(`STILL OPEN: ${count(rest.length, 'finding')}`, listed(rest, MOST_OPEN));
}

/** What one run alone has, and what it could not see, is not nothing. */
function restText({ unconfirmed }: Notice, { run }: NoticeScene): string {
  const blind = run?.checks.inconclusive ?? 0;
  if (unconfirmed === 0 && blind === 0) return 'Nothing else is open.';
  const once = unconfirmed === 0 ? '' : ` ${count(unconfirmed, 'finding')} that no second run confirms yet.`;
  const unsure = blind === 0 ? '' : ` ${blind} of ${count(run?.checks.total ?? 0, 'check')} could not be judged in this run.`;
  return `Nothing else is confirmed to be open.${once}${unsure}`;
}

function openedIn({ kind, finding }: Transition): string | null {
  return kind === 'opened' || kind === 'grown' ? finding.fingerprint : null;
}

/** Nothing that is open and confirmed: what this run itself has is said all the same. */
function closing({ run }: NoticeScene): Line[] {
  if (run === null) return [];
  const { checks, verdict } = run;
  const rest = checks.total > checks.compliant ? '; the others are waived' : '';
  if (verdict === 'compliant')
    return [...prose(`${checks.compliant} of ${count(checks.total, 'check')} of this run comply${rest}.`), []];
  const unsure = `${checks.inconclusive} of ${count(checks.total, 'check')} could not be judged in this run.`;
  if (verdict === 'inconclusive') return [...prose(unsure), []];
  return [...prose('This run has a violation that no second run confirms yet, or that the baseline has.'), []];
}

function unseenLines({ unseen }: Notice, { run }: NoticeScene): Line[] {
  if (unseen.length === 0) return [];
  const of = run === null ? '' : `; ${run.checks.inconclusive} of ${count(run.checks.total, 'check')} inconclusive in this run`;
  return section(`NOT SEEN: ${count(unseen.length, 'finding')}${of}`, grouped(unseen));
}

/** What cannot be judged comes in hundreds, for one reason: by segment and destination. */
function grouped(unseen: readonly StandingOpen[]): Line[] {
  const groups = [...groupBy(unseen, ({ finding }) => endsText(finding))];
  const lines = groups.slice(0, MOST_UNSEEN).flatMap(([name, group]) => {
    const since = group.map((one) => one.since).sort()[0] ?? '';
    return [
      ...item(
        `${name}: ${count(group.length, group[0]?.finding.port === null ? 'finding' : 'flow')}, the first since ${moment(since)}`,
      ),
      ...indented(group[0]?.finding.detail ?? '', 2),
    ];
  });
  return [...lines, ...restLine(groups.length - MOST_UNSEEN)];
}

function endsText({ segment, destination, server, firewall }: FindingBrief): string {
  const to = destinationText(destination) ?? server;
  if (segment === null && to === null && firewall !== null) return namedFirewall(firewall);
  return `${segment ?? ''} to ${to ?? 'anything'}`.trim();
}

function listed(standings: readonly StandingOpen[], most: number): Line[] {
  const told = standings.map(({ finding, since, unsteady }) => ({
    finding,
    when: `since ${moment(since)}${unsteady ? ', comes and goes' : ''}`,
    detailed: false,
  }));
  return findingLines(told, most);
}

function moreLines({ news, open }: Notice, { folder, run }: NoticeScene): Line[] {
  const changed = news.flatMap((one) => (one.kind === 'changed' ? one.transitions : []));
  const code = changed[0]?.finding.code ?? open[0]?.finding.code;
  const state = `--state ${shellWord(folder)}`;
  const commands = [
    run === null ? '' : `postern history ${state} --findings`,
    run?.before ? `postern diff ${state} ${shortId(run.before)} ${shortId(run.id)}` : '',
    code === undefined ? '' : `postern explain ${code}`,
  ].filter((command) => command !== '');
  return commands.length === 0 ? [] : [[span('More:')], ...commands.map((command): Line => [span(`  ${command}`)])];
}

/** As much of an id as the state folder's file names have. */
function shortId(id: string): string {
  return id.slice(0, 8);
}

function quoted(words: readonly string[]): Line[] {
  const rest = words.length - MOST_WORDS;
  return [[], ...words.slice(0, MOST_WORDS).flatMap((text) => item(text)), ...restLine(rest)];
}
