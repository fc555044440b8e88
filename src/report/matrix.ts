/**
 * The matrix: a row for each destination of each segment, a column for each port. Where several endpoints share a cell the
 * worst of them shows, with how many are like it; the two families share a row where nothing tells them apart.
 */
import { FAMILIES } from '../model/address.ts';
import { groupBy } from '../model/group-by.ts';
import { ascending } from '../model/ports.ts';
import type { Check } from '../model/result.ts';
import { type Cell, cellOf, isFine } from './cell.ts';
import { type Line, marksOf, pad, span, widthOf } from './pen.ts';
import type { RenderOptions } from './renderer.ts';
import { destinationText } from './words.ts';

export interface MatrixRow {
  readonly segment: string;
  readonly destination: string;
  /** `IPv4`, `IPv6`; empty where the row is for both, or there is only one. */
  readonly family: string;
  readonly cells: ReadonlyMap<number, Cell>;
  readonly checks: readonly Check[];
}

export interface Matrix {
  /** Ascending. */
  readonly ports: readonly number[];
  readonly rows: readonly MatrixRow[];
}

interface Row {
  readonly segment: string;
  readonly label: string;
  readonly cells: ReadonlyMap<number, Cell>;
}

const GAP = 2;

/** @returns no rows where no check is about a segment and a port. Relay tests have a section of their own. */
export function matrixOf(checks: readonly Check[]): Matrix {
  const shown = checks.filter((check) => check.kind !== 'relay' && check.segment !== null && check.port !== null);
  return { ports: ascending(shown.map((check) => check.port ?? 0)), rows: rowsOf(shown) };
}

/** @returns no lines where it has no rows. */
export function matrix(checks: readonly Check[], options: RenderOptions): Line[] {
  const { ports, rows: found } = matrixOf(checks);
  const { arrow } = marksOf(options);
  const rows = found.map(({ segment, destination, family, cells }) => ({
    segment,
    label: `  ${arrow} ${destination}${family === '' ? '' : ` ${family}`}`,
    cells,
  }));
  return blocksOf(rows, ports, options).flatMap((block) => [...drawBlock(rows, block, options), []]);
}

function rowsOf(checks: readonly Check[]): MatrixRow[] {
  const bothFamilies = FAMILIES.every((family) => checks.some((check) => check.family === family));
  return [...groupBy(checks, (check) => check.segment ?? '')].flatMap(([segment, ofSegment]) =>
    [...groupBy(ofSegment, (check) => destinationText(check.destination) ?? 'anywhere')].flatMap(([destination, ofDestination]) =>
      byFamily(ofDestination, bothFamilies).map(({ family, checks: ofRow }) => ({
        segment,
        destination,
        family,
        cells: cellsOf(ofRow),
        checks: ofRow,
      })),
    ),
  );
}

/** One group where the families are alike (or only one is there at all), else one for each, named. */
function byFamily(checks: readonly Check[], name: boolean): { family: string; checks: readonly Check[] }[] {
  const groups = FAMILIES.map((family) => checks.filter((check) => (check.family ?? 'ipv4') === family));
  const [ipv4 = [], ipv6 = []] = groups;
  if (!name || alike(cellsOf(ipv4), cellsOf(ipv6))) return [{ family: '', checks }];
  return [
    { family: 'IPv4', checks: ipv4 },
    { family: 'IPv6', checks: ipv6 },
  ].filter((group) => group.checks.length > 0);
}

function alike(a: ReadonlyMap<number, Cell>, b: ReadonlyMap<number, Cell>): boolean {
  return a.size === b.size && [...a].every(([port, cell]) => b.get(port)?.word === cell.word && b.get(port)?.kind === cell.kind);
}

function cellsOf(checks: readonly Check[]): Map<number, Cell> {
  return new Map([...groupBy(checks, (check) => check.port ?? 0)].map(([port, ofPort]) => [port, cellOf(ofPort)]));
}

/** Ports side by side as far as the width goes; the rest in further blocks. */
function blocksOf(rows: readonly Row[], ports: readonly number[], options: RenderOptions): number[][] {
  const blocks: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const port of ports) {
    const width = GAP + columnWidth(rows, port, options);
    if (used + width > options.width) {
      blocks.push([]);
      used = labelWidth(rows);
    }
    blocks.at(-1)?.push(port);
    used += width;
  }
  return blocks;
}

function drawBlock(rows: readonly Row[], ports: readonly number[], options: RenderOptions): Line[] {
  const gap = span(' '.repeat(GAP));
  const label = labelWidth(rows);
  const widths = new Map(ports.map((port) => [port, columnWidth(rows, port, options)]));
  const header: Line = [
    span(pad('', label)),
    ...ports.flatMap((port) => [gap, span(pad(String(port), widths.get(port) ?? 0), 'strong')]),
  ];
  const lines: Line[] = [header];
  let segment: string | null = null;
  for (const row of rows.filter(({ cells }) => ports.some((port) => cells.has(port)))) {
    if (row.segment !== segment) lines.push([span(row.segment, 'strong')]);
    segment = row.segment;
    const cells = ports.flatMap((port) => {
      const cell = row.cells.get(port);
      const text = cell === undefined ? marksOf(options).dot : drawCell(cell, options);
      return [gap, span(pad(text, widths.get(port) ?? 0), cell?.style ?? 'faint')];
    });
    lines.push([span(pad(row.label, label)), ...cells]);
  }
  return lines;
}

function drawCell(cell: Cell, options: RenderOptions): string {
  const { pass, fail, unsure } = marksOf(options);
  const counted = cell.total > 1 && !isFine(cell.kind) ? ` ${cell.like}/${cell.total}` : '';
  switch (cell.kind) {
    case 'proven':
      return `${cell.word} ${pass}`;
    case 'supported':
      return `${cell.word} (${pass})`;
    case 'violation':
      return `${cell.word} ${fail}${counted}`;
    case 'inconclusive':
      return `${unsure} ${cell.word}${counted}`;
    case 'waived':
      return `${cell.word} waived${counted}`;
  }
}

function labelWidth(rows: readonly Row[]): number {
  return rows.reduce((width, { segment, label }) => Math.max(width, widthOf(label), widthOf(segment)), 0);
}

function columnWidth(rows: readonly Row[], port: number, options: RenderOptions): number {
  const cells = rows.flatMap(({ cells: all }) => all.get(port) ?? []);
  return cells.reduce((width, cell) => Math.max(width, widthOf(drawCell(cell, options))), String(port).length);
}
