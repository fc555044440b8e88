/**
 * The style of the HTML report, in ASCII: system fonts, one column of text, light and dark by the reader's choice, and paper. Colours stand in one
 * place; each pair of text and ground has a contrast of 4.5 at least (WCAG 2.2, 1.4.3).
 */
import { PARTS_STYLE } from './html-style-parts.ts';

const COLOURS = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2126; --faint: #57606a; --rule: #d8dde2; --wash: #f5f6f7;
  --bad: #a3201f; --bad-wash: #fcf1f0; --unsure: #7a5200; --unsure-wash: #fcf6e8; --good: #1c6b3f; --accent: #1f4e79;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --ink: #e6e9ec; --faint: #a3acb5; --rule: #363d44; --wash: #1d2125;
    --bad: #ff958d; --bad-wash: #2b1c1c; --unsure: #e6bb60; --unsure-wash: #292316; --good: #83d1a3; --accent: #93c2ef;
  }
}
@media print {
  :root { color-scheme: light; }
}
`;

const PAGE = `
*, *::before, *::after { box-sizing: border-box; }
html { font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 66rem; padding: 3rem 2rem 4rem; overflow-wrap: anywhere; }
h1, h2, h3, p, ul, ol, dl, dd, pre, figure { margin: 0; padding: 0; }
h1, h2, h3, dt, b { font-weight: 600; }
h1 { display: flex; align-items: center; gap: .6rem; font-size: 2.25rem; line-height: 1.2; letter-spacing: -.015em; }
h2 { font-size: 1.35rem; line-height: 1.3; letter-spacing: -.005em; margin-bottom: .35rem; }
h3 { font-size: 1.05rem; line-height: 1.4; }
ul, ol { list-style: none; }
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
main:focus { outline: none; }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
pre { white-space: pre-wrap; background: var(--wash); padding: .6rem .8rem; margin: .4rem 0; }
small, .faint { color: var(--faint); }
small { font-size: .8125rem; }
.defs { position: absolute; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; background: var(--paper); padding: .5rem 1rem; border: 1px solid var(--accent); }
.skip:focus { top: 1rem; }
.glyph { width: 1em; height: 1em; flex: none; vertical-align: -.12em; }
.cut { fill: none; stroke: var(--paper); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.line { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.thick { stroke-width: 2.4; }
.dash { stroke-dasharray: 3 2.5; }
.dots { stroke-dasharray: .1 5; }
.violation { color: var(--bad); fill: var(--bad); }
.inconclusive { color: var(--unsure); fill: var(--unsure); }
.proven, .supported { color: var(--good); fill: var(--good); }
.waived { color: var(--faint); fill: var(--faint); }
main > section { margin-top: 3.5rem; }
main > section > p { color: var(--faint); margin-bottom: 1.25rem; max-width: 46rem; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--faint); font-size: .875rem; }
.kicker { color: var(--faint); font-size: .875rem; margin-bottom: .75rem; }
.lead { font-size: 1.25rem; line-height: 1.45; margin: .5rem 0 1.75rem; max-width: 46rem; }
.head h1 .glyph { width: 2rem; height: 2rem; }
.head.violation, .head.inconclusive, .head.compliant { color: inherit; fill: none; }
.head.violation h1 { color: var(--bad); }
.head.inconclusive h1 { color: var(--unsure); }
.head.compliant h1 { color: var(--good); }
.bar { display: block; width: 100%; height: .625rem; }
.bar .supported { fill-opacity: .62; }
.balance { display: flex; flex-wrap: wrap; gap: .25rem 1.75rem; margin: .75rem 0 2rem; }
.balance span { color: var(--faint); }
.balance b { color: var(--ink); }
nav { margin-top: 2rem; padding: .75rem 0; border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule); }
nav ul { display: flex; flex-wrap: wrap; gap: .35rem 1.5rem; }
.facts > div { display: grid; grid-template-columns: 8.5rem minmax(0, 1fr); gap: 0 1rem; padding: .2rem 0; }
.facts dt { color: var(--faint); font-weight: 400; }
`;

const NARROW = `
@media (max-width: 40rem) {
  body { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.75rem; }
  .lead { font-size: 1.125rem; }
  main > section { margin-top: 2.5rem; }
  .facts > div { grid-template-columns: minmax(0, 1fr); padding: .3rem 0; }
  .finding { padding: 1rem; }
}
`;

/**
 * What is folded is unfolded on paper, apart from long lists, which say so; findings, rows and pages are not cut where they fit on one. A browser
 * without `::details-content` cannot unfold without script: it says at each such part that it is left out.
 * A drawing in the head of a table that goes on on the next page is not scaled by Chromium: the overview's head is a row like the others.
 */
const PAPER = `
@page { size: A4; margin: 18mm 16mm 20mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif; color: #57606a; } }
@media print {
  html { font-size: 10.5pt; }
  body { max-width: none; padding: 0; }
  nav, .skip { display: none; }
  a { color: inherit; text-decoration: none; }
  main > section { margin-top: 2rem; }
  h2, h3 { break-after: avoid; }
  .finding, .page li, .reasons > li, .matrix tbody, tr, .facts > div, #file { break-inside: avoid; }
  tr.segment { break-after: avoid; }
  .hop { width: 4.75rem; }
  .arrow { width: 3rem; }
  .station { padding: .45rem .5rem; }
  .path { font-size: .875rem; }
  .finding > header, .path, thead { break-after: avoid; }
  .scroll { overflow: visible; }
  #about { break-before: page; }
  .fold:not([open], .long)::details-content { content-visibility: visible; display: block; height: auto; }
  .fold > summary { list-style: none; color: inherit; font-weight: 600; break-after: avoid; }
  .fold.long:not([open]) > summary::after { content: " (a long list: unfold it on the screen to print it)"; font-weight: 400; }
  .overview { width: 100%; table-layout: fixed; font-size: .8125rem; }
  .overview thead { display: table-row-group; }
  .overview col:nth-child(1) { width: 22%; }
  .overview col:nth-child(2) { width: 12%; }
  .overview tbody th { white-space: normal; }
  .overview tr { break-inside: avoid; }
  .overview .names, .overview .strip { width: 100%; height: auto; }
  .bar rect, .station, .severity, .finding { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
@supports not selector(::details-content) {
  @media print { .fold:not([open], .long) > summary::after { content: " (unfold it on the screen to print it)"; font-weight: 400; } }
}
@media (forced-colors: active) { .cut { stroke: Canvas; } }
`;

/** One text for all reports: its digest stands in their policy. */
export const STYLE: string = [COLOURS, PAGE, PARTS_STYLE, NARROW, PAPER].join('').replace(/\n\s*/g, '\n');
