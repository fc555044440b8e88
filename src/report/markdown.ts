/**
 * Markdown for a pull request or a ticket: the verdict first, then what a reviewer has to decide about, the rest folded away. A hidden marker in the
 * first line lets a job find its own comment again and replace it.
 */
import { pageOf } from '../catalogue/catalogue.ts';
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import { locationText } from '../model/problem.ts';
import type { Check, Result } from '../model/result.ts';
import { upperFirst } from '../model/upper-first.ts';
import { type Alike, alike, flowsText } from './alike.ts';
import { causesText } from './causes.ts';
import { isReview, reviewSentence } from './changes.ts';
import { elsewhereNote } from './elsewhere.ts';
import { toldFindings } from './finding-words.ts';
import { adviceSteps } from './markdown-advice.ts';
import { changesMarkdown } from './markdown-changes.ts';
import { code, html, plain, tableHead, tableRow } from './markdown-text.ts';
import { marksOf } from './pen.ts';
import type { Renderer } from './renderer.ts';
import { interruption, verdictSentence } from './sentence.ts';
import { count, flow, moment, seenText, shortened, subjectText } from './words.ts';

/** GitHub refuses a comment of more than 65,536 characters. */
const MOST_CHARACTERS = 60_000;
/** Of one reason. */
const MOST_OF_A_REASON = 700;
const SHOWN_FINDINGS = 30;
const SHOWN_OPEN = 10;

const HEADS: Readonly<Record<Result['summary']['verdict'], string>> = {
  compliant: '✅ Compliant',
  violation: '❌ Violation',
  inconclusive: '⚠️ Inconclusive',
};

export const renderMarkdown: Renderer = (result) => {
  const review = isReview(result);
  const parts = [
    `<!-- postern:${result.policy.name.replace(/[^\w.-]+/g, '-')}:${result.run.command} -->`,
    `## Postern ${result.run.command}: ${HEADS[result.summary.verdict]}`,
    plain(upperFirst(review ? reviewSentence(result) : verdictSentence(result))),
    ...(result.run.interrupted ? [interruption(result)] : []),
    ...(review ? changesMarkdown(result) : []),
    ...findingsMarkdown(result),
    ...openMarkdown(result),
    ...waivedMarkdown(result),
    ...scopeMarkdown(result),
  ];
  return `${fitting(parts)}\n`;
};

/** From the front as many parts as fit, of tables and lists as many lines; what is left out is said. */
function fitting(parts: readonly string[]): string {
  const kept: string[] = [];
  let room = MOST_CHARACTERS;
  for (const part of parts) {
    if (part.length + 2 > room)
      return [...kept, ...linesWithin(part, room), '_More than fits into a comment: see the full report (text or JSON)._'].join(
        '\n\n',
      );
    kept.push(part);
    room -= part.length + 2;
  }
  return kept.join('\n\n');
}

/** A table with at least one row, or a list; anything else stays whole or away. */
function linesWithin(part: string, room: number): string[] {
  if (!/^(?:\||- )/.test(part)) return [];
  const lines = part.split('\n');
  let length = 0;
  const fit = lines.findIndex((line) => {
    length += line.length + 1;
    return length > room;
  });
  return fit > (part.startsWith('|') ? 2 : 0) ? [lines.slice(0, fit).join('\n')] : [];
}

/** In a review the rows of the change tell their findings; only what is about no row is listed here. */
function findingsMarkdown(result: Result): string[] {
  const shown = toldFindings(result);
  if (shown.length === 0) return [];
  const checks = new Map(result.checks.map((check) => [check.id, check]));
  const groups = alike(shown, checks);
  const elsewhere = elsewhereNote(result);
  const rest = groups.slice(SHOWN_FINDINGS).reduce((sum, { others }) => sum + 1 + others.length, 0);
  const table = [
    ...tableHead(['Severity', 'Finding', 'Where', 'What was seen']),
    ...groups.slice(0, SHOWN_FINDINGS).map((group) => tableRow(findingCells(group, checks))),
  ].join('\n');
  const causes = causesText(shown, checks);
  return [
    '### Findings',
    ...(causes === null ? [] : [plain(causes)]),
    table,
    ...(rest > 0 ? [`_and ${count(rest, 'more finding')}: see the full report._`] : []),
    ...(elsewhere === null ? [] : [plain(`${elsewhere}.`)]),
    ...adviceMarkdown(shown),
  ];
}

function findingCells(group: Alike, checks: ReadonlyMap<string, Check>): string[] {
  const { finding, others } = group;
  const check = finding.check === null ? undefined : checks.get(finding.check);
  const more = finding.checks.length - 1;
  const where = [
    plain(
      others.length > 0 ? flowsText(group, checks, MARKS.arrow) : check === undefined ? subjectText(finding) : flow(check, MARKS),
    ),
    more > 0 ? `and ${count(more, 'more check')}` : '',
    finding.location === null ? '' : code(locationText(finding.location)),
  ];
  return [
    `**${finding.severity}**${finding.known === true ? '<br>in the baseline' : ''}`,
    `${plain(finding.title)} (${code(finding.code)})`,
    where.filter((part) => part !== '').join('<br>'),
    `${plain(shortened(seenText(finding, check), MOST_OF_A_REASON))}<br>${sinceText(finding)}${others.length > 0 ? `${count(others.length + 1, 'finding')}, the first with ` : ''}fingerprint ${code(finding.fingerprint)}`,
  ];
}

function sinceText({ since }: Finding): string {
  return typeof since === 'string' ? `open since ${plain(moment(since))}<br>` : '';
}

const MARKS = marksOf({ unicode: true, color: false, width: 100, verbose: false });

/** Each code once, folded away. */
function adviceMarkdown(findings: readonly Finding[]): string[] {
  return [...groupBy(findings, ({ code: name }) => name)].flatMap(([, [first]]) => {
    if (first === undefined) return [];
    const page = pageOf(first.code);
    const summary = `<details><summary>${html(page.title)}: why, and what to do</summary>`;
    return [[summary, plain(page.risk), ...adviceSteps(page), '</details>'].join('\n\n')];
  });
}

function openMarkdown({ checks }: Result): string[] {
  const open = checks.filter(({ verdict, waived }) => verdict === 'inconclusive' && !waived);
  const rowless = open.filter((check) => check.kind !== 'configuration' || check.change === null);
  if (rowless.length === 0) return [];
  const rest = rowless.length - SHOWN_OPEN;
  const lines = rowless
    .slice(0, SHOWN_OPEN)
    .map(({ id, reason }) => `- ${code(id)}: ${plain(shortened(reason, MOST_OF_A_REASON))}`);
  return ['### Not judged', [...lines, ...(rest > 0 ? [`- and ${count(rest, 'more check')}`] : [])].join('\n')];
}

function waivedMarkdown({ findings }: Result): string[] {
  const waived = findings.filter(({ waiver }) => waiver !== null);
  if (waived.length === 0) return [];
  const lines = waived
    .slice(0, SHOWN_FINDINGS)
    .map(
      ({ code: name, fingerprint, waiver }) =>
        `- ${code(name)} ${code(fingerprint)} until ${plain(`${waiver?.until ?? ''}: ${shortened(waiver?.reason ?? '', MOST_OF_A_REASON)}`)}${waiver?.owner ? ` (${plain(waiver.owner)})` : ''}`,
    );
  return [`<details><summary>${count(waived.length, 'finding')} waived</summary>\n\n${lines.join('\n')}\n\n</details>`];
}

function scopeMarkdown({ policy, run, scope, tool }: Result): string[] {
  const ports = scope.ports.length === 0 ? 'no ports' : `TCP ${listText([...scope.ports])}`;
  const facts = [
    `Policy ${code(policy.path)} (${code(policy.digest.slice(0, 19))}), ${plain(`${tool.name} ${tool.version}, ${moment(run.startedAt)}`)}.`,
    `Asked about ${ports}.`,
    ...scope.notes.map(plain),
  ];
  return [`<details><summary>Scope and assumptions</summary>\n\n${facts.map((fact) => `- ${fact}`).join('\n')}\n\n</details>`];
}
