/** What a configuration does with the packets of one check: each kind of packet with its condition, a packet that shows it, and the lines that decide. */
import type { ConfigurationRow } from '../model/configuration.ts';
import type { Check, ConfigurationCheck } from '../model/result.ts';
import { conditionText, fromText, lineText, moreLinesText, toText, witnessText } from './configuration-words.ts';
import { field, type Line, marksOf } from './pen.ts';
import type { RenderOptions } from './renderer.ts';
import { count } from './words.ts';

/** Of one check, and lines of one row, unless the report is verbose. */
const [SHOWN_ROWS, SHOWN_LINES] = [3, 3];

/** @returns no lines for a check of another kind. */
export function configurationLines(check: Check | undefined, options: RenderOptions): Line[] {
  if (check?.kind !== 'configuration') return [];
  const shown = options.verbose ? check.rows : check.rows.slice(0, SHOWN_ROWS);
  const rest = check.rows.length - shown.length + check.furtherRows;
  return [
    ...shown.flatMap((row) => rowLines(check, row, options)),
    ...(rest > 0
      ? field('row', `and ${count(rest, 'more row')}${options.verbose ? '' : '; --verbose shows them'}`, options)
      : []),
  ];
}

function rowLines(check: ConfigurationCheck, row: ConfigurationRow, options: RenderOptions): Line[] {
  const { arrow } = marksOf(options);
  const condition = conditionText(row);
  const target = row.target === null ? '' : ` to ${row.target}`;
  const shown = options.verbose ? row.rules : row.rules.slice(0, SHOWN_LINES);
  const rest = row.rules.length - shown.length + row.furtherRules;
  return [
    ...field('row', `${row.outcome}${target}: ${fromText(check, row)} ${arrow} ${toText(check, row)}`, options),
    ...(condition === null ? [] : field('if', condition, options)),
    ...field('shows', witnessText(row.witness, arrow), options),
    ...shown.flatMap((line) => field('line', lineText(line), options)),
    ...(rest > 0 ? field('line', `and ${moreLinesText(rest, row.rules.length - shown.length)}`, options) : []),
  ];
}
