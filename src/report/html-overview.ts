/**
 * A large matrix at a glance: a line for each segment, a sign for each destination, one below the other, so that a line or a column that deviates is
 * seen as one. A sign is the worst over ports and families; what is as wanted is a dot. The numbers beside it say the same without the drawing.
 *
 * Where destinations are many and segments few, the lines are the destinations.
 */
import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import { CELL_MEANINGS, type CellKind, type FineKind, isFine, worstOf } from './cell.ts';
import { glyph } from './html-glyph.ts';
import { stripHtml } from './html-strip.ts';
import { type Html, html, lines, NOTHING } from './html-text.ts';
import type { MatrixRow } from './matrix.ts';
import { count } from './words.ts';

/** Beyond these only lines and columns that deviate are drawn, and of these so many. Verbose: all lines. */
const [MOST_LINES, MOST_COLUMNS] = [120, 60];

/** Names of one line that a screen reader is told, and characters of a name above a column. */
const [MOST_NAMED, MOST_CHARACTERS] = [12, 22];

/** Pixels from one column to the next: large where there is room. Signs touch neither each other nor the lines. */
const [WIDE, NARROW, MOST_WIDE, GAP] = [20, 14, 30, 2];

/** Pixels of a character above a column, more or less. */
const CHARACTER = 6;

/** One segment to one destination. */
interface Pair {
  readonly kind: CellKind;
  /** Ports where it is so bad. */
  readonly ports: readonly number[];
}

type Line = readonly [name: string, pairs: ReadonlyMap<string, Pair>];

/** @param anchors  where a segment stands in the table below, by name; what is not in it has no link. */
export function overviewHtml(rows: readonly MatrixRow[], anchors: ReadonlyMap<string, string>, verbose: boolean): Html {
  const [segments, destinations] = [namesOf(rows, 'segment'), namesOf(rows, 'destination')];
  if (segments.length < 2 || destinations.length < 2) return NOTHING;
  const turned = destinations.length > MOST_COLUMNS && destinations.length > segments.length;
  const [side, across] = turned ? (['destination', 'segment'] as const) : (['segment', 'destination'] as const);
  const all = linesOf(rows, side, across);
  const drawn = verbose ? all : someOf(all, deviates, MOST_LINES);
  const bad = new Set(all.flatMap(([, pairs]) => [...pairs].flatMap(([name, { kind }]) => (isFine(kind) ? [] : [name]))));
  const names = turned ? segments : destinations;
  const columns = someOf(names, (name) => bad.has(name), MOST_COLUMNS);
  const [noun, other] = [NOUNS[side], NOUNS[across]];
  return html`<p>${count(segments.length, 'segment')} and ${count(destinations.length, 'destination')}. Each sign is a pair, the worst of it over all ports; a dot is as the policy wants it, a ring as well, but only supported.</p>
<section class="scroll" tabindex="0" aria-label="Overview of segments and destinations">
<table class="overview">
<caption class="unseen">Overview: each ${noun}, and how many of its pairs deviate</caption>
<colgroup><col><col><col></colgroup>
<thead><tr><th scope="col">${turned ? 'To' : 'From'}</th><th scope="col">Deviate</th><th scope="col"><span class="unseen">Each ${other}</span>${headHtml(columns, bad)}</th></tr></thead>
<tbody>
${lines(drawn.map((line) => lineHtml(line, columns, turned ? undefined : anchors.get(line[0]))))}</tbody></table>
</section>
${restHtml([
  [noun, all.length - drawn.length, all.filter(deviates).length <= drawn.length],
  [other, names.length - columns.length, bad.size <= columns.length],
])}`;
}

/** All where they are few; else those that are wanted most, or the first where none is. */
function someOf<Item>(items: readonly Item[], wanted: (item: Item) => boolean, most: number): readonly Item[] {
  if (items.length <= most) return items;
  const some = items.filter(wanted);
  return (some.length === 0 ? items : some).slice(0, most);
}

const NOUNS = { segment: 'segment', destination: 'destination' } as const;

function namesOf(rows: readonly MatrixRow[], side: 'segment' | 'destination'): readonly string[] {
  return [...new Set(rows.map((row) => row[side]))];
}

function linesOf(
  rows: readonly MatrixRow[],
  side: 'segment' | 'destination',
  across: 'segment' | 'destination',
): readonly Line[] {
  return [...groupBy(rows, (row) => row[side])].map(([name, ofLine]) => [
    name,
    new Map([...groupBy(ofLine, (row) => row[across])].map(([other, ofPair]) => [other, pairOf(ofPair)])),
  ]);
}

function pairOf(rows: readonly MatrixRow[]): Pair {
  const cells = rows.flatMap((row) => [...row.cells]);
  const kind = worstOf(cells.map(([, cell]) => cell.kind));
  return { kind, ports: [...new Set(cells.flatMap(([port, cell]) => (cell.kind === kind ? [port] : [])))] };
}

function deviates([, pairs]: Line): boolean {
  return [...pairs.values()].some(({ kind }) => !isFine(kind));
}

/** Names upright above their columns; those of columns that deviate stand out. The lines name them too, for who cannot see this. */
function headHtml(columns: readonly string[], bad: ReadonlySet<string>): Html {
  const step = stepOf(columns);
  const shown = columns.map((name) => (name.length > MOST_CHARACTERS ? `${name.slice(0, MOST_CHARACTERS - 1)}…` : name));
  const height = 8 + CHARACTER * Math.max(...shown.map(({ length }) => length), 1);
  const texts = shown.map(
    (text, index) =>
      html`<text${bad.has(columns[index] ?? '') ? MARKED : null} transform="translate(${index * step + step / 2 + 4} ${height - 2}) rotate(-90)">${text}</text>`,
  );
  return html`<svg class="names" aria-hidden="true" focusable="false" width="${columns.length * step}" height="${height}" viewBox="0 0 ${columns.length * step} ${height}">${texts}</svg>`;
}

const MARKED: Html = { html: ' class="marked"' };

function stepOf(columns: readonly string[]): number {
  return columns.length <= MOST_WIDE ? WIDE : NARROW;
}

function lineHtml(line: Line, columns: readonly string[], anchor: string | undefined): Html {
  const [name, pairs] = line;
  const numbers = (['violation', 'inconclusive', 'waived'] as const).flatMap((kind) => {
    const names = [...pairs].flatMap(([other, pair]) => (pair.kind === kind ? [other] : []));
    return names.length === 0 ? [] : { kind, names };
  });
  const told = numbers.map(
    ({ kind, names }) =>
      html`<span class="${kind}" title="${CELL_MEANINGS[kind]}">${glyph(kind)} ${names.length}<span class="unseen"> ${CELL_MEANINGS[kind]}</span></span> `,
  );
  return html`<tr><th scope="row">${anchor === undefined ? name : html`<a href="#${anchor}">${name}</a>`}</th><td>${told.length === 0 ? html`<span class="unseen">none</span>` : told}</td><td>${signsHtml(pairs, columns, spoken(numbers))}</td></tr>`;
}

function spoken(numbers: readonly { readonly kind: CellKind; readonly names: readonly string[] }[]): string {
  const parts = numbers.map(({ kind, names }) => {
    const more = names.length - MOST_NAMED;
    return `${CELL_MEANINGS[kind]}: ${more > 0 ? `${names.slice(0, MOST_NAMED).join(', ')} and ${more} more` : listText(names)}`;
  });
  return parts.join('; ') || 'all as the policy wants it';
}

/** Dots of what is as wanted are one path a kind; what deviates is a sign that names itself. */
function signsHtml(pairs: ReadonlyMap<string, Pair>, columns: readonly string[], label: string): Html {
  const step = stepOf(columns);
  const [middle, size] = [step / 2, step - GAP];
  const dots: Record<FineKind, string> = { proven: '', supported: '' };
  const signs = columns.flatMap((name, index) => {
    const pair = pairs.get(name);
    if (pair === undefined) return [];
    const { kind, ports } = pair;
    if (!isFine(kind))
      return html`<g><title>${name} on ${listText(ports)}: ${CELL_MEANINGS[kind]}</title><use class="${kind}" href="#g-${kind}" x="${index * step + GAP / 2}" y="${GAP / 2}" width="${size}" height="${size}"/></g>`;
    const x = index * step + middle;
    dots[kind] += kind === 'proven' ? `M${x} ${middle}h.01` : `M${x - 2} ${middle}a2 2 0 1 0 4 0a2 2 0 1 0-4 0`;
    return [];
  });
  const fine = [
    dots.proven === '' ? null : html`<path class="dot" d="${{ html: dots.proven }}"/>`,
    dots.supported === '' ? null : html`<path class="ring" d="${{ html: dots.supported }}"/>`,
  ];
  return stripHtml(label, [columns.length * step, step], [...fine, ...signs]);
}

/** @param left  of each: what it is, how many are not drawn, and whether all of these are as wanted. */
function restHtml(left: readonly (readonly [noun: string, number: number, fine: boolean])[]): Html {
  const parts = left.flatMap(([noun, number, fine]) =>
    number === 0 ? [] : `${count(number, noun)}${fine ? ', as the policy wants them,' : ''}`,
  );
  return parts.length === 0 ? NOTHING : html`<p class="faint">${listText(parts)} not drawn.</p>`;
}
