/** What could not be judged, what was looked at, what to file, every check, and what the findings mean: the rest of the HTML report. */
import { pageOf } from '../catalogue/catalogue.ts';
import { sha256 } from '../model/digest.ts';
import type { FindingCode } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import type { Check, Result } from '../model/result.ts';
import { upperFirst } from '../model/upper-first.ts';
import type { Annex } from './annex.ts';
import { kindOf, wordOf } from './cell.ts';
import { foldClass } from './html-fold.ts';
import { glyph } from './html-glyph.ts';
import { factsHtml } from './html-head.ts';
import { type Html, html, lines, NOTHING } from './html-text.ts';
import { renderJson } from './json.ts';
import { UNICODE } from './pen.ts';
import type { RenderOptions } from './renderer.ts';
import { scopeFacts } from './scope.ts';
import { unjudged } from './unjudged.ts';
import { count, duration, flow, groupOf } from './words.ts';

/** Ids of one reason, groups of reasons, and checks that are listed; verbose: all. */
const [SHOWN_IDS, MOST_GROUPS, MOST_CHECKS] = [50, 100, 2_000];

export function openHtml(result: Result, verbose: boolean): Html {
  const groups = unjudged(result);
  if (groups.length === 0) return NOTHING;
  const shown = verbose ? groups : groups.slice(0, MOST_GROUPS);
  const rest = groups.slice(shown.length).reduce((sum, { checks }) => sum + checks.length, 0);
  const items = shown.map(({ checks, reason, settle }) => {
    const ids = verbose ? checks : checks.slice(0, SHOWN_IDS);
    const further = checks.length - ids.length;
    return html`<li><p>${glyph('inconclusive')} ${reason}</p>
${settle === null ? null : html`<p class="settle"><b>What would settle it:</b> ${settle}</p>`}
<details class="fold"${checks.length <= 3 ? html` open` : null}><summary>${count(checks.length, 'check')}</summary><ul class="ids">
${lines(ids.map(({ id }) => html`<li><code>${id}</code></li>`))}${further > 0 ? html`<li>and ${count(further, 'more check')}</li>` : null}</ul></details></li>`;
  });
  return html`<section id="open" aria-labelledby="open-title">
<h2 id="open-title">Not judged</h2>
<p>No verdict, and never counted as compliant.</p>
<ul class="reasons">
${lines(items)}${rest > 0 ? html`<li>and ${count(rest, 'more check')} for further reasons</li>` : null}</ul>
</section>`;
}

export function scopeHtml(result: Result, annex: Annex, options: RenderOptions): Html {
  const { policy, tool, run } = result;
  const filed: [string, Html][] = [
    ['Policy', html`${policy.path} <code>${policy.digest}</code>`],
    ['Result', html`as a JSON document <code>sha256:${sha256(renderJson(result, options))}</code>`],
    ...(annex.evidence ?? []).map(({ file, sha256: digest }): [string, Html] => [
      'Evidence',
      html`${file} <code>sha256:${digest}</code>`,
    ]),
    ['Run', html`<code>${run.id}</code>, ${run.startedAt} to ${run.finishedAt}`],
    ['Made by', html`${tool.name} ${tool.version}`],
  ];
  const facts = scopeFacts(result, options).map(([name, text]) => [upperFirst(name), text] as const);
  return html`<section id="scope" aria-labelledby="scope-title">
<h2 id="scope-title">Scope</h2>
<p>What the verdict speaks of, and what it does not.</p>
${factsHtml(facts)}
</section>
<section id="file" aria-labelledby="file-title">
<h2 id="file-title">For the file</h2>
<p>What this report was made of, so that it can be held against it.</p>
${factsHtml(filed)}
</section>`;
}

/** Every check, segment by segment; of very many those that are not as wanted. */
export function checksHtml({ checks }: Result, verbose: boolean): Html {
  if (checks.length === 0) return NOTHING;
  const all = verbose || checks.length <= MOST_CHECKS;
  const listed = all ? checks : checks.filter(({ verdict, waived }) => verdict !== 'compliant' || waived).slice(0, MOST_CHECKS);
  const groups = groupBy(listed, groupOf);
  const tables = [...groupBy(checks, groupOf)].map(([named, of]) => {
    const rows = groups.get(named) ?? [];
    const told = `${named}: ${count(of.length, 'check')}${rows.length === of.length ? '' : `, ${rows.length} listed`}`;
    return rows.length === 0 ? html`<p>${told}</p>\n` : checkTable(named, { told, rows, all: listed.length });
  });
  const note = all ? null : html`<p>Those that comply are counted, not listed: with --verbose, or in the JSON document.</p>`;
  return html`<section id="checks" aria-labelledby="checks-title">
<h2 id="checks-title">Every check</h2>
${note}
${tables}</section>`;
}

interface CheckTable {
  readonly told: string;
  readonly rows: readonly Check[];
  /** Rows of all tables. */
  readonly all: number;
}

function checkTable(segment: string, { told, rows, all }: CheckTable): Html {
  return html`<details class="${foldClass(all)}"><summary>${told}</summary>
<section class="scroll" tabindex="0" aria-label="Checks of ${segment}"><table class="list">
<thead><tr><th scope="col">Verdict</th><th scope="col">Flow</th><th scope="col">Wanted</th><th scope="col">Seen</th><th scope="col">Reason</th></tr></thead>
<tbody>
${lines(rows.map(checkRow))}</tbody></table></section>
</details>
`;
}

function checkRow(check: Check): Html {
  const kind = kindOf(check);
  const wanted = check.expect === null ? '' : `${check.expect}${check.rule === null ? '' : ` by ${check.rule}`}`;
  const seen = `${check.outcome ?? ''}${check.detail === null ? '' : ` (${check.detail})`}${check.elapsedMs === null ? '' : `, ${duration(check.elapsedMs)}`}`;
  return html`<tr><td class="${kind}">${glyph(kind)} ${wordOf(check)}, ${kind}</td><td>${flow(check, UNICODE)}</td><td>${wanted}</td><td>${seen}</td><td>${check.reason}</td></tr>`;
}

/** The pages of the catalogue for what was found, at the end, so that the report explains itself where no tool is at hand. */
export function pagesHtml(codes: readonly FindingCode[]): Html {
  if (codes.length === 0) return NOTHING;
  return html`<section id="about" aria-labelledby="about-title">
<h2 id="about-title">What the findings mean</h2>
<p>Addresses, names and interfaces in commands are examples.</p>
${lines(codes.map(pageHtml))}</section>`;
}

function pageHtml(code: FindingCode): Html {
  const { title, meaning, risk, fix, references, severityNote } = pageOf(code);
  const paragraphs = (text: string): Html[] => text.split('\n\n').map((part) => html`<p>${part}</p>`);
  const steps = fix.map((step) => {
    const [sentence = '', ...verbatim] = step.split('\n');
    return html`<li>${sentence}${verbatim.length === 0 ? null : html`<pre tabindex="0">${verbatim.flatMap((line) => [line, { html: '\n' }])}</pre>`}</li>`;
  });
  const books = references.map(({ label, about }) => html`<li><b>${label}</b> ${about}</li>`);
  return html`<article class="page" id="about-${code}" aria-labelledby="about-${code}-title">
<h3 id="about-${code}-title">${title} <code>${code}</code></h3>
${paragraphs(meaning)}
<p><b>Why it matters.</b> ${severityNote}</p>
${paragraphs(risk)}
<p><b>How to fix it.</b></p>
<ol>
${lines(steps)}</ol>
<p><b>References.</b></p>
<ul>
${lines(books)}</ul>
</article>`;
}
