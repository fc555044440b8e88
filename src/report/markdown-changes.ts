/** The rows of a review as Markdown: one table for each kind of change, with the packet and the two deciding lines of each row. */
import type { ConfigurationSide, Result } from '../model/result.ts';
import { CHANGE_TITLES, type Changed, changesByKind } from './changes.ts';
import { conditionText, fromText, portsText, toText, witnessText } from './configuration-words.ts';
import { code, plain, tableHead, tableRow } from './markdown-text.ts';
import { count } from './words.ts';

/** Rows of a kind that a reviewer still reads; a change has seldom more than a dozen. */
const SHOWN = 40;

export function changesMarkdown(result: Result): string[] {
  return changesByKind(result).flatMap(({ kind, rows }) => {
    const rest = rows.length - SHOWN;
    const table = [
      ...tableHead(['', 'From', 'To', 'TCP port', 'Only if', 'Before', 'After']),
      ...rows.slice(0, SHOWN).map((check) => tableRow(cells(check))),
    ].join('\n');
    const shown = rows.slice(0, SHOWN).filter(({ verdict }) => verdict !== 'compliant');
    return [
      `### ${sentenceCase(CHANGE_TITLES[kind])}: ${count(rows.length, 'row')}`,
      table,
      ...(rest > 0 ? [`_and ${count(rest, 'more row')}: see the full report._`] : []),
      ...(shown.length > 0 ? [shown.map(explained).join('\n')] : []),
    ];
  });
}

const SIGNS: Readonly<Record<Changed['verdict'], string>> = { violation: '❌', inconclusive: '⚠️', compliant: '✅' };

function cells(check: Changed): string[] {
  const [row] = check.rows;
  const condition = row === undefined ? null : conditionText(row);
  return [
    check.waived ? 'waived' : SIGNS[check.verdict],
    plain(fromText(check, row)),
    plain(toText(check, row)),
    plain(portsText(check, row)),
    condition === null ? '' : plain(condition),
    side(check.change.before),
    side(check.change.after),
  ];
}

function side({ outcome, condition, line }: ConfigurationSide): string {
  const hangs = condition === null ? '' : `<br>if ${plain(condition)}`;
  const by = line === null ? 'by default' : `${code(`${line.file}:${line.line}`)}<br>${code(line.text)}`;
  return `${outcome}<br>${by}${hangs}`;
}

/** What a reviewer needs to believe a row, or to accept it. */
function explained(check: Changed): string {
  const [row] = check.rows;
  const witness = row === undefined ? '' : ` Witness: ${code(witnessText(row.witness, '→'))}.`;
  const waive =
    check.findings.length === 0 || check.waived
      ? ''
      : ` To accept it: a waiver with fingerprint ${check.findings.map(code).join(', ')}.`;
  return `- ${plain(check.reason)}${witness}${waive}`;
}

export function sentenceCase(title: string): string {
  return `${title.slice(0, 1)}${title.slice(1).toLowerCase()}`;
}
