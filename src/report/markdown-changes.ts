/** The rows of a review as Markdown: one table for each kind of change, with the packet and the two deciding lines of each row. */
import type { ConfigurationSide, Result } from '../model/result.ts';
import { CHANGE_TITLES, type Changed, changesByKind } from './changes.ts';
import { conditionText, fromText, portsText, toText, witnessText } from './configuration-words.ts';
import { code, plain, tableHead, tableRow } from './markdown-text.ts';
import { count, shortened } from './words.ts';

/** Rows of a kind that a reviewer still reads; a change has seldom more than a dozen. */
const SHOWN = 40;
/** Of one cell. */
const MOST_CHARACTERS = 400;

export function changesMarkdown(result: Result): string[] {
  return changesByKind(result).flatMap(({ kind, rows }) => {
    const rest = rows.length - SHOWN;
    const table = [
      ...tableHead(['', 'From', 'To', 'TCP port', 'Only if', 'Before', 'After']),
      ...rows.slice(0, SHOWN).map((check, index) => tableRow(cells(check, index + 1))),
    ].join('\n');
    const explanations = rows.slice(0, SHOWN).flatMap((check, index) => explained(check, index + 1));
    return [
      `### ${sentenceCase(CHANGE_TITLES[kind])}: ${count(rows.length, 'row')}`,
      table,
      ...(rest > 0 ? [`_and ${count(rest, 'more row')}: see the full report._`] : []),
      ...(explanations.length > 0 ? [explanations.join('\n')] : []),
    ];
  });
}

const SIGNS: Readonly<Record<Changed['verdict'], string>> = { violation: '❌', inconclusive: '⚠️', compliant: '✅' };

function cells(check: Changed, number: number): string[] {
  const [row] = check.rows;
  const condition = row === undefined ? null : conditionText(row);
  return [
    `${number} ${check.waived ? 'waived' : SIGNS[check.verdict]}`,
    plain(short(fromText(check, row))),
    plain(short(toText(check, row))),
    plain(portsText(check, row)),
    condition === null ? '' : plain(short(condition)),
    side(check.change.before),
    side(check.change.after),
  ];
}

function side({ outcome, condition, line }: ConfigurationSide): string {
  const hangs = condition === null ? '' : `<br>if ${plain(short(condition))}`;
  const by = line === null ? 'by default' : `${code(`${line.file}:${line.line}`)}<br>${code(short(line.text))}`;
  return `${outcome}<br>${by}${hangs}`;
}

/** What a reviewer needs to believe a row, or to accept it, by the row's number; nothing of what fits the policy. */
function explained(check: Changed, number: number): string[] {
  if (check.verdict === 'compliant') return [];
  const [row] = check.rows;
  const witness = row === undefined ? '' : ` Witness: ${code(witnessText(row.witness, '→'))}.`;
  const waive =
    check.findings.length === 0 || check.waived
      ? ''
      : ` To accept it: a waiver with fingerprint ${check.findings.map(code).join(', ')}.`;
  return [`- Row ${number}: ${plain(short(check.reason))}${witness}${waive}`];
}

function short(text: string): string {
  return shortened(text, MOST_CHARACTERS);
}

export function sentenceCase(title: string): string {
  return `${title.slice(0, 1)}${title.slice(1).toLowerCase()}`;
}
