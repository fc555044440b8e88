/**
 * A review: what a change newly allows, redirects and blocks, with the two deciding lines and a packet that shows it; rows of one cause in one article,
 * folded.
 */
import { bySeverity, type Finding } from '../model/finding.ts';
import type { ConfigurationSide, Result } from '../model/result.ts';
import { kindOf } from './cell.ts';
import { fingerprintsOf, groupConditionText, groupedText, groupFlowText, isGrouped } from './change-group-words.ts';
import { alone, type Changed, type ChangeGroup, changeGroups } from './change-groups.ts';
import { CHANGE_TITLES, changesByKind, furtherRules } from './changes.ts';
import { conditionText, fromText, portsText, sentToText, toText, witnessText } from './configuration-words.ts';
import { foldClass } from './html-fold.ts';
import { glyph, severityLabel } from './html-glyph.ts';
import { factsHtml } from './html-head.ts';
import { pathHtml } from './html-path.ts';
import { rulesetHtml } from './html-proof.ts';
import { type Html, html, lines, NOTHING } from './html-text.ts';
import { sentenceCase } from './markdown-changes.ts';
import { UNICODE } from './pen.ts';
import { count } from './words.ts';

/** Of a kind: rows, or groups of them, that are told in full; rows of groups that are listed. */
const MOST_ROWS = 200;

export function changesHtml(result: Result, verbose: boolean): Html {
  const findings = new Map(result.findings.map((finding) => [finding.fingerprint, finding]));
  const sections = changesByKind(result).map(({ kind, rows }) => {
    const groups = verbose ? rows.map(alone) : changeGroups(rows);
    const shown = verbose ? groups : groups.slice(0, MOST_ROWS);
    const rest = rows.length - shown.reduce((sum, group) => sum + group.rows.length, 0);
    const note = groupedText(shown);
    let room = MOST_ROWS;
    const articles = shown.map((group, index) => {
      const listed = isGrouped(group) ? group.rows.slice(0, room) : [];
      room -= listed.length;
      return groupHtml(group, { id: `${kind}-${index + 1}`, finding: gravest(group, findings), listed });
    });
    return html`<section id="${kind}" aria-labelledby="${kind}-title">
<h2 id="${kind}-title">${sentenceCase(CHANGE_TITLES[kind])}: ${count(rows.length, 'row')}</h2>
${note === '' ? null : html`<p>${note}</p>\n`}${lines(articles)}${rest > 0 ? html`<p>and ${count(rest, 'more row')}: with --verbose, or in the JSON document.</p>` : null}</section>
`;
  });
  return html`${sections}`;
}

/** Ports differ in how grave they are. */
function gravest({ told }: ChangeGroup, findings: ReadonlyMap<string, Finding>): Finding | null {
  const own = told.findings.flatMap((fingerprint) => findings.get(fingerprint) ?? []);
  return own.toSorted((a, b) => bySeverity(a.severity, b.severity))[0] ?? null;
}

interface Shown {
  readonly id: string;
  readonly finding: Finding | null;
  /** Rows of a group that there is room for. */
  readonly listed: readonly Changed[];
}

function groupHtml(group: ChangeGroup, { id, finding, listed }: Shown): Html {
  const { told } = group;
  const kind = kindOf(told);
  const word = told.waived ? 'waived' : told.verdict;
  // Those of a group that reaches several have no name together, least of all "elsewhere".
  const destination = group.rows.every((row) => row.destination === told.destination) ? told.destination : null;
  return html`<article class="finding change ${kind}" id="${id}" aria-labelledby="${id}-title">
<header><span class="mark ${kind}">${glyph(kind)} ${word}</span>${finding === null ? null : severityLabel(finding.severity)}<h3 id="${id}-title">${groupFlowText(group, UNICODE.arrow)}</h3></header>
${pathHtml({ code: finding?.code ?? 'config-permits-denied' }, { ...told, destination })}
<div class="sides">${sideHtml('Before', told.change.before)}${sideHtml('After', told.change.after, told.rows[0]?.target)}</div>
${factsHtml(factsOf(group))}
${furtherHtml(group)}${isGrouped(group) ? rowsHtml(group, id, listed) : null}
${finding === null ? null : html`<p class="marks"><a href="#about-${finding.code}">${finding.code}</a></p>`}
</article>`;
}

function factsOf(group: ChangeGroup): [string, string | Html][] {
  const { told } = group;
  const [row] = told.rows;
  const { shown, rest } = fingerprintsOf(group);
  const further = rest === 0 ? '' : ` and ${rest} more: with each row below, with --verbose, or in the JSON document`;
  const facts: [string, string | Html][] = [
    ['Why', told.reason],
    ['Only if', groupConditionText(group) ?? ''],
    [
      isGrouped(group) ? 'The first is shown by' : 'Shown by',
      row === undefined ? '' : html`<code>${witnessText(row.witness, UNICODE.arrow)}</code>`,
    ],
    [
      isGrouped(group) ? 'To accept them' : 'To accept it',
      shown.length === 0
        ? ''
        : html`a waiver ${isGrouped(group) ? 'for each, ' : ''}with fingerprint <code>${shown.join(', ')}</code>${further}`,
    ],
  ];
  return facts.filter(([, text]) => text !== '');
}

/** Lines beside those that decide of the packet that is shown. */
function furtherHtml(group: ChangeGroup): Html {
  const others = furtherRules(group.told);
  if (others.length === 0) return NOTHING;
  const number = others.length + (group.told.rows[0]?.furtherRules ?? 0);
  return html`<details class="fold"><summary>${count(number, 'further line')} of the ${isGrouped(group) ? 'rows' : 'row'}</summary>${rulesetHtml(others)}</details>`;
}

function rowsHtml({ rows }: ChangeGroup, id: string, listed: readonly Changed[]): Html {
  const rest = rows.length - listed.length;
  const told = rest > 0 ? html`<p>and ${count(rest, 'more row')}: with --verbose, or in the JSON document.</p>` : null;
  return html`<details class="${foldClass(listed.length)}"><summary>${rest > 0 ? `${count(rows.length, 'row')}, ${listed.length} listed` : `All ${count(rows.length, 'row')}`}</summary>
${
  listed.length === 0
    ? null
    : html`<section class="scroll" tabindex="0" aria-labelledby="${id}-title"><table class="list">
<thead><tr><th scope="col">Fingerprint</th><th scope="col">From</th><th scope="col">To</th><th scope="col">TCP port</th><th scope="col">Only if</th><th scope="col">Shown by</th></tr></thead>
<tbody>
${lines(listed.map(rowHtml))}</tbody></table></section>`
}${told}</details>`;
}

function rowHtml(check: Changed): Html {
  const [row] = check.rows;
  const shown = row === undefined ? '' : witnessText(row.witness, UNICODE.arrow);
  const condition = row === undefined ? '' : (conditionText(row) ?? '');
  return html`<tr><td><code>${check.findings.join(', ')}</code></td><td>${fromText(check, row)}</td><td>${toText(check, row)}</td><td>${portsText(check, row)}</td><td>${condition}</td><td><code>${shown}</code></td></tr>`;
}

function sideHtml(name: string, { outcome, condition, line }: ConfigurationSide, target: string | null = null): Html {
  return html`<div class="side"><p class="label">${name}: ${outcome}${sentToText(outcome, target)}${line === null ? ' by default' : ''}${condition === null ? '' : `, if ${condition}`}</p>${rulesetHtml(line === null ? [] : [line])}</div>`;
}
