/**
 * The matrix of the HTML report: segment × destination × port, a table whose cells have a sign, a word, and where it is not as wanted what was
 * expected. A large one shows the rows that deviate; the others are counted.
 */
import { groupBy } from '../model/group-by.ts';
import type { Check, Result } from '../model/result.ts';
import { CELL_MEANINGS, type Cell, COUNTED_MEANING, cellKindsOf, FLAWED_MEANING, isFine } from './cell.ts';
import { elsewhereNote } from './elsewhere.ts';
import { foldClass } from './html-fold.ts';
import { glyph } from './html-glyph.ts';
import { overviewHtml } from './html-overview.ts';
import { type Html, html, lines, NOTHING } from './html-text.ts';
import { type MatrixRow, matrixOf } from './matrix.ts';
import { count } from './words.ts';

/** Rows that are drawn whatever they say; beyond that only those that deviate, and of these so many. */
const [MOST_ROWS, MOST_DEVIATING] = [150, 400];

/** More rows than the first have an overview before them; of these, more than the second are folded. */
const [MOST_PLAIN, MOST_OPEN] = [40, 20];

/** @param anchors  the place of each finding in the document, by fingerprint. @returns nothing where no check has a segment and a port. */
export function matrixHtml(result: Result, anchors: ReadonlyMap<string, string>, verbose: boolean): Html {
  const { ports, rows } = matrixOf(result.checks);
  if (rows.length === 0) return NOTHING;
  const shown = verbose || rows.length <= MOST_ROWS ? rows : rows.filter(deviates).slice(0, MOST_DEVIATING);
  const places = new Map(
    [...new Set(shown.map(({ segment }) => segment))].map((segment, index) => [segment, `rows-${index + 1}`]),
  );
  const overview = rows.length <= MOST_PLAIN ? NOTHING : overviewHtml(rows, places, verbose);
  const table = shown.length === 0 ? NOTHING : tableHtml(shown, { ports, anchors, places });
  return html`<section id="matrix" aria-labelledby="matrix-title">
<h2 id="matrix-title">Matrix</h2>
${overview}${overview.html === '' || shown.length <= MOST_OPEN ? table : foldHtml(table, shown.length, rows.length)}
${hiddenHtml(rows, shown)}
${legendHtml(result, shown)}
</section>`;
}

interface Drawing {
  readonly ports: readonly number[];
  readonly anchors: ReadonlyMap<string, string>;
  /** The id of each segment's rows. */
  readonly places: ReadonlyMap<string, string>;
}

function tableHtml(shown: readonly MatrixRow[], { ports, anchors, places }: Drawing): Html {
  const bodies = [...groupBy(shown, ({ segment }) => segment)].map(
    ([segment, ofSegment]) => html`<tbody id="${places.get(segment) ?? ''}">
<tr class="segment"><th scope="rowgroup" colspan="${ports.length + 1}">${segment}</th></tr>
${lines(ofSegment.map((row) => rowHtml(row, ports, anchors)))}</tbody>
`,
  );
  return html`<section class="scroll" tabindex="0" aria-label="Matrix of segments, destinations and ports">
<table class="matrix">
<caption>What each segment can reach on each TCP port, against what the policy wants</caption>
<thead><tr><th scope="col">From, and to</th>${ports.map((port) => html`<th scope="col">${port}</th>`)}</tr></thead>
${bodies}</table>
</section>`;
}

function foldHtml(table: Html, shown: number, all: number): Html {
  return html`<details class="${foldClass(shown)}"><summary>Port by port: ${count(shown, 'row')}${shown < all ? ' that deviate' : ''}</summary>
${table}
</details>`;
}

function deviates({ cells }: MatrixRow): boolean {
  return [...cells.values()].some(({ kind }) => !isFine(kind));
}

function rowHtml(row: MatrixRow, ports: readonly number[], anchors: ReadonlyMap<string, string>): Html {
  const byPort = groupBy(row.checks, ({ port }) => port);
  const cells = ports.map((port) => {
    const cell = row.cells.get(port);
    return cell === undefined
      ? html`<td class="none"><span aria-hidden="true">·</span><span class="unseen">not asked</span></td>`
      : cellHtml(cell, byPort.get(port) ?? [], anchors);
  });
  const family = row.family === '' ? null : html` <span class="family">${row.family}</span>`;
  return html`<tr><th scope="row">${row.destination}${family}</th>${cells}</tr>`;
}

function cellHtml(cell: Cell, checks: readonly Check[], anchors: ReadonlyMap<string, string>): Html {
  const { kind, word, like, total } = cell;
  const anchor = checks.flatMap(({ findings }) => findings.flatMap((one) => anchors.get(one) ?? []))[0];
  const counted = total > 1 && !isFine(kind) ? html` <span class="of">${like}/${total}</span>` : null;
  const says = html`${glyph(kind)}<span>${word}${counted}</span>`;
  const expected = expectedText(checks);
  return html`<td class="${kind}" title="${titleOf(cell, checks, expected)}">${
    anchor === undefined ? html`<span class="says">${says}</span>` : html`<a class="says" href="#${anchor}">${says}</a>`
  }${isFine(kind) || expected === '' ? null : html`<small>${expected}</small>`}</td>`;
}

/** `expected: blocked`, as a cell would say it. */
function expectedText(checks: readonly Check[]): string {
  const wants = [
    ...new Set(checks.flatMap(({ expect }) => (expect === null ? [] : [expect === 'allow' ? 'allowed' : 'blocked']))),
  ];
  return wants.length === 0 ? '' : `wanted: ${wants.join(', ')}`;
}

function titleOf({ kind, word }: Cell, checks: readonly Check[], expected: string): string {
  const outcomes = [...groupBy(checks, ({ outcome }) => outcome ?? 'nothing asked')].map(([outcome, of]) =>
    of.length === 1 ? outcome : `${outcome} (${of.length})`,
  );
  const rules = [...new Set(checks.flatMap(({ rule }) => rule ?? []))];
  const by = rules.length === 0 ? '' : ` by ${rules.join(', ')}`;
  return `${expected}${expected === '' ? '' : by}${expected === '' ? '' : '; '}seen: ${outcomes.join(', ')}; ${word}: ${CELL_MEANINGS[kind]}`;
}

/** Of each segment how many rows are not drawn. */
function hiddenHtml(rows: readonly MatrixRow[], shown: readonly MatrixRow[]): Html {
  const drawn = new Set(shown);
  const hidden = rows.filter((row) => !drawn.has(row));
  if (hidden.length === 0) return NOTHING;
  const items = [...groupBy(hidden, ({ segment }) => segment)].map(([segment, of]) => {
    const bad = of.filter(deviates).length;
    return html`<li>${segment}: ${count(of.length, 'further row')}, ${bad === 0 ? 'all as the policy wants it' : `${bad} of which deviate`}</li>`;
  });
  return html`<details class="${foldClass(items.length)}"><summary>${count(hidden.length, 'row')} of ${rows.length} not drawn</summary>
<ul>
${lines(items)}</ul>
<p>With --verbose every row is drawn; the JSON document has every check.</p>
</details>`;
}

function legendHtml(result: Result, shown: readonly MatrixRow[]): Html {
  const cells = shown.flatMap((row) => [...row.cells.values()]);
  const items = cellKindsOf(result.checks).map(
    (kind) => html`<li class="${kind}">${glyph(kind)} <span>${CELL_MEANINGS[kind]}</span></li>`,
  );
  if (cells.some(({ word }) => word === 'FLAWED')) items.push(html`<li>${FLAWED_MEANING}</li>`);
  if (cells.some(({ kind, total }) => total > 1 && !isFine(kind))) items.push(html`<li>${COUNTED_MEANING}</li>`);
  const elsewhere = elsewhereNote(result);
  if (elsewhere !== null) items.push(html`<li>${elsewhere}</li>`);
  return html`<ul class="legend">
${lines(items)}</ul>`;
}
