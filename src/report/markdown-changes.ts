/**
 * The rows of a review as Markdown: one table for each kind of change, with the packet and the two deciding lines of each row. Rows of one cause are one
 * row of it.
 */
import type { ConfigurationSide, Result } from '../model/result.ts';
import { fingerprintsOf, groupConditionText, groupedText, groupFromText, groupToText, isGrouped } from './change-group-words.ts';
import { type Changed, type ChangeGroup, changeGroups } from './change-groups.ts';
import { CHANGE_TITLES, changesByKind, furtherRules } from './changes.ts';
import { portsText, sentToText, witnessText } from './configuration-words.ts';
import { code, plain, tableHead, tableRow } from './markdown-text.ts';
import { count, shortened } from './words.ts';

/** Of a kind that a reviewer still reads; a change has seldom more than a dozen. */
const SHOWN = 40;
/** Of one cell. */
const MOST_CHARACTERS = 400;
/** Of a row, beside the two that decide. */
const MOST_LINES = 3;

export function changesMarkdown(result: Result): string[] {
  return changesByKind(result).flatMap(({ kind, rows }) => {
    const groups = changeGroups(rows);
    const shown = groups.slice(0, SHOWN);
    const rest = rows.length - shown.reduce((sum, group) => sum + group.rows.length, 0);
    const table = [
      ...tableHead(['', 'From', 'To', 'TCP port', 'Only if', 'Before', 'After']),
      ...shown.map((group, index) => tableRow(cells(group, index + 1))),
    ].join('\n');
    const explanations = shown.flatMap((group, index) => explained(group, index + 1));
    const note = groupedText(shown);
    return [
      `### ${sentenceCase(CHANGE_TITLES[kind])}: ${count(rows.length, 'row')}`,
      ...(note === '' ? [] : [plain(note)]),
      table,
      ...(rest > 0 ? [`_and ${count(rest, 'more row')}: see the full report._`] : []),
      ...(explanations.length > 0 ? [explanations.join('\n')] : []),
    ];
  });
}

const SIGNS: Readonly<Record<Changed['verdict'], string>> = { violation: '❌', inconclusive: '⚠️', compliant: '✅' };

function cells(group: ChangeGroup, number: number): string[] {
  const { told } = group;
  const condition = groupConditionText(group);
  return [
    `${number} ${told.waived ? 'waived' : SIGNS[told.verdict]}`,
    plain(short(groupFromText(group))),
    plain(short(groupToText(group))),
    plain(portsText(told, told.rows[0])),
    condition === null ? '' : plain(short(condition)),
    side(told.change.before),
    side(told.change.after, told.rows[0]?.target),
  ];
}

function side({ outcome, condition, line }: ConfigurationSide, target: string | null = null): string {
  const hangs = condition === null ? '' : `<br>if ${plain(short(condition))}`;
  const by = line === null ? 'by default' : `${code(`${line.file}:${line.line}`)}<br>${code(short(line.text))}`;
  return `${plain(short(`${outcome}${sentToText(outcome, target)}`))}<br>${by}${hangs}`;
}

/** What a reviewer needs to believe a row, or to accept it, by the row's number; nothing of what fits the policy. */
function explained(group: ChangeGroup, number: number): string[] {
  const { told } = group;
  if (told.verdict === 'compliant') return [];
  const [row] = told.rows;
  const witness =
    row === undefined ? '' : ` Witness${isGrouped(group) ? ' of the first' : ''}: ${code(witnessText(row.witness, '→'))}.`;
  return [`- Row ${number}: ${plain(short(told.reason))}${witness}${furtherText(group)}${waiverText(group)}`];
}

/** Lines beside the two of the table: they decide at times, or behind those. */
function furtherText({ told }: ChangeGroup): string {
  const others = furtherRules(told);
  if (others.length === 0) return '';
  const shown = others.slice(0, MOST_LINES).map(({ file, line, text }) => `${code(`${file}:${line}`)} ${code(short(text))}`);
  const rest = others.length - shown.length + (told.rows[0]?.furtherRules ?? 0);
  return ` ${shown.length === 1 && rest === 0 ? 'Line' : 'Lines'} beside: ${[...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(', ')}.`;
}

function waiverText(group: ChangeGroup): string {
  const { shown, rest } = fingerprintsOf(group);
  if (shown.length === 0) return '';
  const which = shown.map(code).join(', ');
  if (!isGrouped(group)) return ` To accept it: a waiver with fingerprint ${which}.`;
  return ` To accept them: a waiver for each, with fingerprint ${which}${rest === 0 ? '' : ` and ${rest} more (in the JSON document)`}.`;
}

function short(text: string): string {
  return shortened(text, MOST_CHARACTERS);
}

export function sentenceCase(title: string): string {
  return `${title.slice(0, 1)}${title.slice(1).toLowerCase()}`;
}
