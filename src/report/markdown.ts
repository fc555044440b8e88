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
import { isReview, reviewSentence } from './changes.ts';
import { changesMarkdown } from './markdown-changes.ts';
import { code, plain, tableHead, tableRow } from './markdown-text.ts';
import { marksOf } from './pen.ts';
import type { Renderer } from './renderer.ts';
import { verdictSentence } from './sentence.ts';
import { count, flow, moment } from './words.ts';

/** GitHub refuses a comment of more than 65,536 characters; a table that is cut says so. */
const MOST_CHARACTERS = 60_000;
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
    ...(review ? changesMarkdown(result) : []),
    ...findingsMarkdown(result, review),
    ...openMarkdown(result),
    ...waivedMarkdown(result),
    ...scopeMarkdown(result),
  ];
  return `${fitting(parts)}\n`;
};

/** Whole parts from the front, as many as fit; what is left out is said. */
function fitting(parts: readonly string[]): string {
  const kept: string[] = [];
  let length = 0;
  for (const part of parts) {
    length += part.length + 2;
    if (length > MOST_CHARACTERS)
      return [...kept, '_More than fits into a comment: see the full report (text or JSON)._'].join('\n\n');
    kept.push(part);
  }
  return kept.join('\n\n');
}

/** In a review the rows of the change tell their findings; only what is about no row is listed here. */
function findingsMarkdown(result: Result, review: boolean): string[] {
  const rows = new Set(
    review ? result.checks.flatMap((check) => (check.kind === 'configuration' && check.change !== null ? [check.id] : [])) : [],
  );
  const shown = result.findings.filter(
    ({ code: name, waiver, check }) => waiver === null && name !== 'not-judged' && !(check !== null && rows.has(check)),
  );
  if (shown.length === 0) return [];
  const checks = new Map(result.checks.map((check) => [check.id, check]));
  const groups = alike(shown, checks);
  const rest = groups.slice(SHOWN_FINDINGS).reduce((sum, { others }) => sum + 1 + others.length, 0);
  const table = [
    ...tableHead(['Severity', 'Finding', 'Where', 'What was seen']),
    ...groups.slice(0, SHOWN_FINDINGS).map((group) => tableRow(findingCells(group, checks))),
  ].join('\n');
  return [
    '### Findings',
    table,
    ...(rest > 0 ? [`_and ${count(rest, 'more finding')}: see the full report._`] : []),
    ...adviceMarkdown(shown),
  ];
}

function findingCells(group: Alike, checks: ReadonlyMap<string, Check>): string[] {
  const { finding, others } = group;
  const check = finding.check === null ? undefined : checks.get(finding.check);
  const more = finding.checks.length - 1;
  const where = [
    plain(
      others.length > 0 ? flowsText(group, checks, MARKS.arrow) : check === undefined ? subjectOf(finding) : flow(check, MARKS),
    ),
    more > 0 ? `and ${count(more, 'more check')}` : '',
    finding.location === null ? '' : code(locationText(finding.location)),
  ];
  return [
    `**${finding.severity}**`,
    `${plain(finding.title)} (${code(finding.code)})`,
    where.filter((part) => part !== '').join('<br>'),
    `${plain(check?.reason ?? finding.detail)}<br>${others.length > 0 ? `${count(others.length + 1, 'finding')}, the first with ` : ''}fingerprint ${code(finding.fingerprint)}`,
  ];
}

const MARKS = marksOf({ unicode: true, color: false, width: 100, verbose: false });

function subjectOf({ firewall, server, segment, destination, port }: Finding): string {
  return [firewall, server, segment, destination, port === null ? null : `port ${port}`]
    .filter((part) => part !== null)
    .join(', ');
}

/** Each code once, folded away. */
function adviceMarkdown(findings: readonly Finding[]): string[] {
  return [...groupBy(findings, ({ code: name }) => name)].flatMap(([, [first]]) => {
    if (first === undefined) return [];
    const page = pageOf(first.code);
    const steps = page.fix.map((step, index) => fixStep(step, index));
    return [
      [`<details><summary>${plain(first.title)}: why, and what to do</summary>`, plain(page.risk), ...steps, '</details>'].join(
        '\n\n',
      ),
    ];
  });
}

/** A sentence, then the lines of configuration that it is about. */
function fixStep(step: string, index: number): string {
  const [sentence = '', ...verbatim] = step.split('\n');
  const block = verbatim.length === 0 ? '' : `\n\n\`\`\`\n${verbatim.join('\n')}\n\`\`\``;
  return `${index + 1}. ${plain(sentence)}${block}`;
}

function openMarkdown({ checks }: Result): string[] {
  const open = checks.filter(({ verdict, waived }) => verdict === 'inconclusive' && !waived);
  const rowless = open.filter((check) => check.kind !== 'configuration' || check.change === null);
  if (rowless.length === 0) return [];
  const rest = rowless.length - SHOWN_OPEN;
  const lines = rowless.slice(0, SHOWN_OPEN).map(({ id, reason }) => `- ${code(id)}: ${plain(reason)}`);
  return ['### Not judged', [...lines, ...(rest > 0 ? [`- and ${count(rest, 'more check')}`] : [])].join('\n')];
}

function waivedMarkdown({ findings }: Result): string[] {
  const waived = findings.filter(({ waiver }) => waiver !== null);
  if (waived.length === 0) return [];
  const lines = waived
    .slice(0, SHOWN_FINDINGS)
    .map(
      ({ code: name, fingerprint, waiver }) =>
        `- ${code(name)} ${code(fingerprint)} until ${waiver?.until}: ${plain(waiver?.reason ?? '')}${waiver?.owner ? ` (${plain(waiver.owner)})` : ''}`,
    );
  return [`<details><summary>${count(waived.length, 'finding')} waived</summary>\n\n${lines.join('\n')}\n\n</details>`];
}

function scopeMarkdown({ policy, run, scope, tool }: Result): string[] {
  const ports = scope.ports.length === 0 ? 'no ports' : `TCP ${listText([...scope.ports])}`;
  const facts = [
    `Policy ${code(policy.path)} (${code(policy.digest.slice(0, 19))}), ${tool.name} ${tool.version}, ${moment(run.startedAt)}.`,
    `Asked about ${ports}.`,
    ...scope.notes.map(plain),
  ];
  return [`<details><summary>Scope and assumptions</summary>\n\n${facts.map((fact) => `- ${fact}`).join('\n')}\n\n</details>`];
}
