/** What shows a finding: lines of a dialogue, and lines of a configuration with the packet that meets them. */
import type { ConfigurationLine, ConfigurationRow } from '../model/configuration.ts';
import type { Finding } from '../model/finding.ts';
import type { Check, ConfigurationCheck } from '../model/result.ts';
import { conditionText, fromText, toText, witnessText } from './configuration-words.ts';
import { tellingLines, transcriptOf } from './finding-words.ts';
import { factsHtml } from './html-head.ts';
import { type Html, html, lines, NOTHING } from './html-text.ts';
import { UNICODE } from './pen.ts';
import { count } from './words.ts';

/** Of one dialogue, one check, one row. */
const [MOST_DIALOGUE_LINES, SHOWN_ROWS, SHOWN_LINES] = [200, 3, 8];

/** The lines that tell most; all of them folded below. */
export function dialogueHtml(finding: Finding): Html {
  const transcript = transcriptOf(finding);
  if (transcript.length === 0) return NOTHING;
  const telling = tellingLines(transcript, finding);
  const shown = telling.map((index, place) => {
    const skipped = index > (telling[place - 1] ?? -1) + 1;
    return html`${skipped ? html`<li class="event"><span class="unseen">lines left out</span><span aria-hidden="true">${UNICODE.more}</span></li>` : null}${lineHtml(transcript[index] ?? '')}`;
  });
  const all = transcript.slice(0, MOST_DIALOGUE_LINES);
  const rest = transcript.length - all.length;
  return html`<div class="proof"><p class="label">Dialogue</p>
<ol class="dialogue">
${lines(shown)}</ol>${
    telling.length === transcript.length
      ? null
      : html`<details class="fold"><summary>All ${count(transcript.length, 'line')}</summary>
<ol class="dialogue">
${lines(all.map(lineHtml))}${rest > 0 ? html`<li>and ${count(rest, 'more line')}</li>` : null}</ol></details>`
  }</div>`;
}

/** `S:` is the server, `C:` this end, `--` what happened. */
function lineHtml(line: string): Html {
  const kind = line.startsWith('S:') ? 'theirs' : line.startsWith('C:') ? 'ours' : 'event';
  return html`<li class="${kind}"><code>${line}</code></li>`;
}

/** @returns nothing for a check of another kind, or of a change: its row tells it. */
export function rowsHtml(check: Check | undefined, verbose: boolean): Html {
  if (check?.kind !== 'configuration' || check.rows.length === 0) return NOTHING;
  const shown = verbose ? check.rows : check.rows.slice(0, SHOWN_ROWS);
  const rest = check.rows.length - shown.length + check.furtherRows;
  return html`<div class="proof"><p class="label">Packets and lines</p>
${lines(shown.map((row) => rowHtml(check, row, verbose)))}${rest > 0 ? html`<p class="faint">and ${count(rest, 'more row')}</p>` : null}</div>`;
}

function rowHtml(check: ConfigurationCheck, row: ConfigurationRow, verbose: boolean): Html {
  const shown = verbose ? row.rules : row.rules.slice(0, SHOWN_LINES);
  const rest = row.rules.length - shown.length + row.furtherRules;
  const target = row.target === null ? '' : ` to ${row.target}`;
  const condition = conditionText(row);
  return html`${factsHtml([
    [row.outcome, `${fromText(check, row)}${target} ${UNICODE.arrow} ${toText(check, row)}`],
    ...(condition === null ? [] : ([['if', condition]] as const)),
    ['shown by', html`<code>${witnessText(row.witness, UNICODE.arrow)}</code>`],
  ])}${rulesetHtml(shown)}${rest > 0 ? html`<p class="faint">and ${count(rest, 'more line')}</p>` : null}`;
}

/** Lines as they stand in their files. */
export function rulesetHtml(rules: readonly ConfigurationLine[]): Html {
  if (rules.length === 0) return NOTHING;
  return html`<ul class="ruleset">
${lines(rules.map(({ file, line, text }) => html`<li><span class="place">${file}:${line}</span> <code>${text}</code></li>`))}</ul>`;
}
