/** A review: what a change newly allows, redirects and blocks, row by row, with the two deciding lines and a packet that shows it. */
import type { ConfigurationSide, Result } from '../model/result.ts';
import { kindOf } from './cell.ts';
import { CHANGE_TITLES, type Changed, changesByKind } from './changes.ts';
import { conditionText, fromText, portsText, toText, witnessText } from './configuration-words.ts';
import { glyph, severityLabel } from './html-glyph.ts';
import { factsHtml } from './html-head.ts';
import { pathHtml } from './html-path.ts';
import { rulesetHtml } from './html-proof.ts';
import { type Html, html, lines } from './html-text.ts';
import { sentenceCase } from './markdown-changes.ts';
import { UNICODE } from './pen.ts';
import { count } from './words.ts';

/** Rows of a kind that are told in full. */
const MOST_ROWS = 200;

export function changesHtml(result: Result, verbose: boolean): Html {
  const severities = new Map(result.findings.map(({ fingerprint, severity, code }) => [fingerprint, { severity, code }]));
  const sections = changesByKind(result).map(({ kind, rows }) => {
    const shown = verbose ? rows : rows.slice(0, MOST_ROWS);
    const rest = rows.length - shown.length;
    return html`<section id="${kind}" aria-labelledby="${kind}-title">
<h2 id="${kind}-title">${sentenceCase(CHANGE_TITLES[kind])}: ${count(rows.length, 'row')}</h2>
${lines(shown.map((check, index) => changeHtml(check, `${kind}-${index + 1}`, severities.get(check.findings[0] ?? '') ?? null)))}${rest > 0 ? html`<p>and ${count(rest, 'more row')}: with --verbose, or in the JSON document.</p>` : null}</section>
`;
  });
  return html`${sections}`;
}

function changeHtml(check: Changed, id: string, finding: Pick<Result['findings'][number], 'severity' | 'code'> | null): Html {
  const [row] = check.rows;
  const kind = kindOf(check);
  const word = check.waived ? 'waived' : check.verdict;
  const told = [check.change.before.line, check.change.after.line].flatMap((line) =>
    line === null ? [] : [`${line.file}:${line.line}`],
  );
  const others = row?.rules.filter(({ file, line }) => !told.includes(`${file}:${line}`)) ?? [];
  const condition = row === undefined ? null : conditionText(row);
  const facts: [string, string | Html][] = [
    ['Why', check.reason],
    ['Only if', condition ?? ''],
    ['Shown by', row === undefined ? '' : html`<code>${witnessText(row.witness, UNICODE.arrow)}</code>`],
    [
      'To accept it',
      check.findings.length === 0 || check.waived
        ? ''
        : html`a waiver with fingerprint <code>${check.findings.join(', ')}</code>`,
    ],
  ];
  return html`<article class="finding change ${kind}" id="${id}" aria-labelledby="${id}-title">
<header><span class="mark ${kind}">${glyph(kind)} ${word}</span>${finding === null ? null : severityLabel(finding.severity)}<h3 id="${id}-title">${fromText(check, row)} ${UNICODE.arrow} ${toText(check, row)}, TCP ${portsText(check, row)}</h3></header>
${pathHtml({ code: finding?.code ?? 'config-permits-denied' }, check)}
<div class="sides">${sideHtml('Before', check.change.before)}${sideHtml('After', check.change.after)}</div>
${factsHtml(facts.filter(([, text]) => text !== ''))}
${others.length === 0 ? null : html`<details class="fold"><summary>${count(others.length + (row?.furtherRules ?? 0), 'further line')} of the row</summary>${rulesetHtml(others)}</details>`}
${finding === null ? null : html`<p class="marks"><a href="#about-${finding.code}">${finding.code}</a></p>`}
</article>`;
}

function sideHtml(name: string, { outcome, condition, line }: ConfigurationSide): Html {
  return html`<div class="side"><p class="label">${name}: ${outcome}${line === null ? ' by default' : ''}${condition === null ? '' : `, if ${condition}`}</p>${rulesetHtml(line === null ? [] : [line])}</div>`;
}
