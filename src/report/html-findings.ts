/**
 * The findings of the HTML report. Those of one cause are told once, as in the text; of one code the first are told in full and the others are rows of
 * a folded table, so that none is missing and the document stays readable.
 */
import { pageOf } from '../catalogue/catalogue.ts';
import type { Finding, FindingCode } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { locationText } from '../model/problem.ts';
import type { Check, Result } from '../model/result.ts';
import { type Alike, alike } from './alike.ts';
import { sinceText, togetherText, toldFindings, whereText } from './finding-words.ts';
import { foldClass } from './html-fold.ts';
import { glyph, severityLabel } from './html-glyph.ts';
import { factsHtml } from './html-head.ts';
import { pathHtml } from './html-path.ts';
import { dialogueHtml, rowsHtml } from './html-proof.ts';
import { type Html, html, lines, NOTHING } from './html-text.ts';
import { UNICODE } from './pen.ts';
import { count, moment, seenText } from './words.ts';

/** Told in full of one code; rows of a table. Verbose: all. */
const [SHOWN_OF_A_CODE, MOST_ROWS] = [5, 1_000];

export interface Told {
  /** In full, in the order of the result. */
  readonly full: readonly Alike[];
  /** The others, by code. */
  readonly further: ReadonlyMap<FindingCode, readonly Alike[]>;
  /** The place of each finding, by fingerprint. */
  readonly anchors: ReadonlyMap<string, string>;
}

/** Which findings are told where. */
export function tellFindings(result: Result, checks: ReadonlyMap<string, Check>, verbose: boolean): Told {
  const [full, further] = [[] as Alike[], new Map<FindingCode, Alike[]>()];
  const anchors = new Map<string, string>();
  const seen = new Map<FindingCode, number>();
  for (const group of alike(toldFindings(result), checks)) {
    const { code } = group.finding;
    const earlier = seen.get(code) ?? 0;
    seen.set(code, earlier + 1);
    const inFull = verbose || earlier < SHOWN_OF_A_CODE;
    if (inFull) full.push(group);
    else further.set(code, [...(further.get(code) ?? []), group]);
    const anchor = inFull ? `finding-${full.length}` : `further-${code}`;
    for (const { fingerprint } of [group.finding, ...group.others]) anchors.set(fingerprint, anchor);
  }
  return { full, further, anchors };
}

interface Context {
  readonly checks: ReadonlyMap<string, Check>;
  readonly verbose: boolean;
  /** The number of the first finding that gave this reason and this remedy. */
  readonly told: Map<string, number>;
}

export function findingsHtml({ full, further }: Told, checks: ReadonlyMap<string, Check>, verbose: boolean): Html {
  if (full.length === 0) return NOTHING;
  const context: Context = { checks, verbose, told: new Map() };
  return html`<section id="findings" aria-labelledby="findings-title">
<h2 id="findings-title">Findings</h2>
${lines(full.map((group, index) => findingHtml(group, index + 1, context)))}${[...further].map(([code, groups]) =>
  furtherHtml(code, groups, checks, verbose),
)}</section>`;
}

function findingHtml(group: Alike, number: number, context: Context): Html {
  const { checks, verbose } = context;
  const { finding, others } = group;
  const check = checks.get(finding.check ?? '');
  return html`<article class="finding ${finding.severity}" id="finding-${number}" aria-labelledby="finding-${number}-title">
<header>${severityLabel(finding.severity)}${knownMark(finding)}<h3 id="finding-${number}-title"><span class="number">${number}</span> ${finding.title}</h3></header>
${pathHtml(finding, check)}
${factsHtml(factsOf(group, number, context))}
${dialogueHtml(finding)}${rowsHtml(check, verbose)}${others.length === 0 ? null : othersHtml(group, number, checks)}
<p class="marks"><a href="#about-${finding.code}">${finding.code}</a> <span>fingerprint <code>${finding.fingerprint}</code></span></p>
</article>`;
}

function factsOf(group: Alike, number: number, { checks, told }: Context): [string, string | Html][] {
  const { finding, others } = group;
  const check = checks.get(finding.check ?? '');
  const page = pageOf(finding.code);
  const [risk = ''] = page.risk.split(/(?<=[.!?]) /);
  const remedy = finding.remediation || (page.fix[0] ?? '');
  const earlier = firstWith(`${risk}\n${remedy}`, number, told);
  const facts: [string, string | Html][] = [
    ['Where', others.length === 0 ? whereText(finding, checks, UNICODE) : togetherText(group, checks, UNICODE)],
    ['Wanted', check === undefined ? '' : wantedText(check)],
    ['Seen', seenText(finding, check)],
    ['Since', sinceText(finding)],
    ['Grown', finding.grown ?? ''],
    ['Proof', check === undefined ? '' : proofText(check)],
    [
      'Why it matters',
      earlier === number ? risk : html`as in <a href="#finding-${earlier}">finding ${earlier}</a>, and so is what to do`,
    ],
    ['What to do', earlier === number ? remedy : ''],
    ['References', finding.references.join('; ')],
  ];
  return facts.filter(([, text]) => text !== '');
}

/** What the baseline has too does not count. */
function knownMark({ known }: Finding): Html {
  return known === true ? html` <span class="severity known">in the baseline</span>` : NOTHING;
}

/** Repeated reasons and remedies tire the reader: the number of the first finding that gave these. */
function firstWith(key: string, number: number, told: Map<string, number>): number {
  const first = told.get(key) ?? number;
  told.set(key, first);
  return first;
}

function wantedText({ expect, rule }: Check): string {
  if (expect === null) return '';
  return `${expect === 'allow' ? 'allowed' : 'blocked'}${rule === null ? '' : `, by rule ${rule}`}`;
}

function proofText({ kind, proof }: Check): string {
  if (proof === 'none') return '';
  if (proof === 'supported') return 'supported: seen, but something else could explain it as well';
  return kind === 'configuration'
    ? 'proven: worked out for every packet, and replayed with the one that is shown'
    : 'proven: seen, and nothing else explains it';
}

/** Those of the same cause: their checks and fingerprints, for waivers. */
function othersHtml({ finding, others }: Alike, number: number, checks: ReadonlyMap<string, Check>): Html {
  return html`<details class="${foldClass(others.length)}"><summary>All ${count(others.length + 1, 'finding')} of this cause</summary>
${tableHtml([finding, ...others], checks, `Findings of the cause of finding ${number}`)}
</details>`;
}

function furtherHtml(code: FindingCode, groups: readonly Alike[], checks: ReadonlyMap<string, Check>, verbose: boolean): Html {
  const all = groups.flatMap(({ finding, others }) => [finding, ...others]);
  const shown = verbose ? all : all.slice(0, MOST_ROWS);
  const rest = all.length - shown.length;
  return html`<details class="${foldClass(shown.length)} further" id="further-${code}"><summary>${count(all.length, `further ${code} finding`)}: ${pageOf(code).title}</summary>
${tableHtml(shown, checks, `Further ${code} findings`)}
${rest > 0 ? html`<p>and ${count(rest, 'more finding')}: with --verbose, or in the JSON document.</p>` : null}</details>
`;
}

function tableHtml(findings: readonly Finding[], checks: ReadonlyMap<string, Check>, label: string): Html {
  const rows = findings.map((finding) => findingRow(finding, checks));
  return html`<section class="scroll" tabindex="0" aria-label="${label}"><table class="list">
<thead><tr><th scope="col">Severity</th><th scope="col">Where</th><th scope="col">Seen</th><th scope="col">Fingerprint</th></tr></thead>
<tbody>
${lines(rows)}</tbody></table></section>`;
}

function findingRow(finding: Finding, checks: ReadonlyMap<string, Check>): Html {
  const { severity, since, grown, fingerprint, check } = finding;
  const open = typeof since === 'string' ? html`<small>open since the run of ${moment(since)}</small>` : null;
  const seen = html`${seenText(finding, checks.get(check ?? ''))}${open}${grown === undefined ? null : html`<small>${grown}</small>`}`;
  return html`<tr><td>${severityLabel(severity)}${knownMark(finding)}</td><td>${whereText(finding, checks, UNICODE)}</td><td>${seen}</td><td><code>${fingerprint}</code></td></tr>`;
}

/** One table for all; a waiver has an end. */
export function waivedHtml(result: Result, checks: ReadonlyMap<string, Check>): Html {
  const waived = result.findings.filter(({ waiver }) => waiver !== null);
  if (waived.length === 0) return NOTHING;
  const bodies = [...groupBy(waived, ({ waiver }) => JSON.stringify(waiver)).values()].map((group) => {
    const waiver = group[0]?.waiver;
    const shown = group.slice(0, MOST_ROWS);
    const owner = waiver?.owner ? ` (${waiver.owner})` : '';
    const rest = group.length - shown.length;
    return html`<tbody>
<tr class="segment"><th scope="rowgroup" colspan="4">${glyph('waived')} until ${waiver?.until ?? ''}: ${waiver?.reason ?? ''}${owner}${rest > 0 ? `, ${count(rest, 'finding')} not listed` : ''}</th></tr>
${lines(shown.map((finding) => waivedRow(finding, checks)))}</tbody>
`;
  });
  return html`<section id="waived" aria-labelledby="waived-title">
<h2 id="waived-title">Waived</h2>
<p>Accepted for a time; counts for neither verdict nor exit code.</p>
<section class="scroll" tabindex="0" aria-label="Waived findings"><table class="list">
<thead><tr><th scope="col">Severity</th><th scope="col">Finding</th><th scope="col">Where</th><th scope="col">Fingerprint</th></tr></thead>
${bodies}</table></section>
</section>`;
}

function waivedRow(finding: Finding, checks: ReadonlyMap<string, Check>): Html {
  const place = finding.location === null ? '' : locationText(finding.location);
  return html`<tr><td>${severityLabel(finding.severity)}</td><td><a href="#about-${finding.code}">${finding.title}</a></td><td title="${place}">${whereText(finding, checks, UNICODE)}</td><td><code>${finding.fingerprint}</code></td></tr>`;
}
