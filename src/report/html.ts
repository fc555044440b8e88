/**
 * The HTML report: one file for a browser and for paper, without script, without anything from elsewhere. A Content-Security-Policy forbids
 * both as well: of styles it lets in the one whose digest it names, so that there are no style attributes.
 *
 * @see CSP Level 3 section 6.7.3.3 (hashes of inline styles), WCAG 2.2 1.4.1 (nothing is told by colour alone)
 */
import { sha256 } from '../model/digest.ts';
import type { FindingCode } from '../model/finding.ts';
import type { Check, Result } from '../model/result.ts';
import type { Annex } from './annex.ts';
import { changesByKind, isReview } from './changes.ts';
import { changesHtml } from './html-changes.ts';
import { findingsHtml, type Told, tellFindings, waivedHtml } from './html-findings.ts';
import { SYMBOLS } from './html-glyph.ts';
import { headHtml, VERDICT_WORDS } from './html-head.ts';
import { historyHtml } from './html-history.ts';
import { matrixHtml } from './html-matrix.ts';
import { relayHtml } from './html-relay.ts';
import { checksHtml, openHtml, pagesHtml, scopeHtml } from './html-scope.ts';
import { STYLE } from './html-style.ts';
import { type Html, html, lines } from './html-text.ts';
import type { RenderOptions } from './renderer.ts';

/** @param annex  earlier runs, evidence files: what the result itself does not hold. */
export function renderHtml(result: Result, options: RenderOptions, annex: Annex = {}): string {
  const checks = new Map(result.checks.map((check) => [check.id, check]));
  const told = tellFindings(result, checks, options.verbose);
  const parts = partsOf({ result, options, annex, checks, told }).filter(({ body }) => body.html !== '');
  const links = parts.filter(({ title }) => title !== '').map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  const page = html`<!DOCTYPE html>
<html lang="en">
${metaHtml(result)}
<body>
<a class="skip" href="#main">Skip to the report</a>
${SYMBOLS}
${headHtml(result)}
<nav aria-label="Contents">
<ul>
${lines(links)}</ul>
</nav>
<main id="main" tabindex="-1">
${lines(parts.map(({ body }) => body))}</main>
<footer><p>${result.tool.name} ${result.tool.version}. This document holds no script and loads nothing.</p></footer>
</body>
</html>
`;
  return options.unicode ? page.html : ascii(page.html);
}

interface Given {
  readonly result: Result;
  readonly options: RenderOptions;
  readonly annex: Annex;
  readonly checks: ReadonlyMap<string, Check>;
  readonly told: Told;
}

interface PagePart {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** In the order of the text report. A review's rows have no matrix: they tell the change itself. */
function partsOf({ result, options: { verbose, ...options }, annex, checks, told }: Given): PagePart[] {
  const review = isReview(result);
  const [firstKind] = changesByKind(result);
  return [
    { id: 'history', title: 'History', body: historyHtml(result, annex.history ?? []) },
    review
      ? { id: firstKind?.kind ?? '', title: 'Changes', body: changesHtml(result, verbose) }
      : { id: 'matrix', title: 'Matrix', body: matrixHtml(result, told.anchors, verbose) },
    { id: 'relay', title: 'Relay tests', body: relayHtml(result, told.anchors, verbose) },
    { id: 'findings', title: 'Findings', body: findingsHtml(told, checks, verbose) },
    { id: 'open', title: 'Not judged', body: openHtml(result, verbose) },
    { id: 'waived', title: 'Waived', body: waivedHtml(result, checks) },
    { id: 'scope', title: 'Scope', body: scopeHtml(result, annex, { ...options, verbose }) },
    { id: 'checks', title: 'Every check', body: checksHtml(result, verbose) },
    { id: 'about', title: 'What the findings mean', body: pagesHtml(codesOf(result)) },
  ];
}

function codesOf({ findings }: Result): FindingCode[] {
  return [...new Set(findings.map(({ code }) => code))];
}

/** Viewers cut longer titles. */
const MOST_TITLE = 70;

function metaHtml({ summary, policy, run }: Result): Html {
  const title = `${VERDICT_WORDS[summary.verdict]}: ${policy.name}, ${run.command} of ${run.startedAt.slice(0, 10)}`;
  const digest = Buffer.from(sha256(STYLE), 'hex').toString('base64');
  return html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title.length > MOST_TITLE ? `${title.slice(0, MOST_TITLE - 1)}…` : title}</title>
<style>${{ html: STYLE }}</style>
</head>`;
}

/** Every other character as its number; what is in `style` is ASCII already. */
function ascii(page: string): string {
  return page.replace(/[^\n\x20-\x7e]/gu, (character) => `&#${character.codePointAt(0)};`);
}
