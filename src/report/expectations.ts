/**
 * The matrix of what a policy expects, for a person or a program: for each segment a row for each destination and a column for
 * each port; then the notes that a cell has no room for, what each rule requires, and what is still missing.
 */
import type { Expectations, ExpectedCell, ExpectedPort, ExpectedSegment, ExpectedServer } from '../model/expectations.ts';
import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import { ascending } from '../model/ports.ts';
import { draw, type Line, marksOf, pad, paragraph, type Span, type Style, span, widthOf } from './pen.ts';
import type { PlainFormat, RenderOptions } from './renderer.ts';

const GAP = 2;
const STYLES: Readonly<Record<ExpectedCell['expect'], Style>> = {
  allow: 'good',
  deny: 'bad',
  mixed: 'unsure',
  unaudited: 'faint',
};
const WORDS: Readonly<Record<ExpectedCell['expect'], string>> = { allow: 'allow', deny: 'deny', mixed: 'mixed', unaudited: '-' };

/** The whole document, ending in a line feed. */
export function renderExpectations(format: PlainFormat, expectations: Expectations, options: RenderOptions): string {
  if (format === 'json') return `${JSON.stringify(expectations, null, 2)}\n`;
  return draw(
    [
      ...headLines(expectations, options),
      ...expectations.segments.flatMap((segment) => segmentLines(expectations, segment, options)),
      ...ruleLines(expectations, options),
      ...serverLines(expectations, options),
      ...interceptionLines(expectations, options),
      ...missingLines(expectations, options),
      [],
      ...paragraph({ lead: [], text: legend(expectations, options), style: 'faint' }, options),
    ],
    options,
  );
}

function headLines({ policy }: Expectations, options: RenderOptions): Line[] {
  const { dot } = marksOf(options);
  return [
    [span(policy.name, 'strong'), span(` ${dot} ${policy.path} ${dot} ${policy.digest.slice(0, 19)}`, 'faint')],
    ...(policy.description === null ? [] : paragraph({ lead: [], text: policy.description }, options)),
    [],
  ];
}

function segmentLines(expectations: Expectations, segment: ExpectedSegment, options: RenderOptions): Line[] {
  const cells = expectations.cells.filter((cell) => cell.segment === segment.name);
  const networks = segment.networks.length === 0 ? 'no networks yet' : shortList(segment.networks, 6);
  const head = paragraph(
    { lead: [span('from '), span(segment.name, 'strong'), span('  ')], text: networks, style: 'faint' },
    options,
  );
  if (cells.length === 0) return [...head, [span('  The policy names no destination.')], []];
  const rows = [...groupBy(cells, ({ destination }) => destination)];
  const label = Math.max(...rows.map(([name]) => widthOf(name)), 2);
  return [
    ...head,
    ...columnBlocks(expectations.ports, label, options).flatMap((ports) => table(rows, ports, label, options)),
    ...notes(cells, options),
    [],
  ];
}

/** As many ports beside each other as the width holds; the others below. */
function columnBlocks(ports: readonly ExpectedPort[], label: number, options: RenderOptions): ExpectedPort[][] {
  const room = Math.max(1, Math.floor((options.width - label - 2) / columnWidth(ports)));
  return Array.from({ length: Math.ceil(ports.length / room) }, (_, index) => ports.slice(index * room, (index + 1) * room));
}

function columnWidth(ports: readonly ExpectedPort[]): number {
  return GAP + Math.max('allow ?'.length, ...ports.map(({ port }) => String(port).length));
}

function table(
  rows: readonly [string, readonly ExpectedCell[]][],
  ports: readonly ExpectedPort[],
  label: number,
  options: RenderOptions,
): Line[] {
  const width = columnWidth(ports);
  const head: Line = [
    span(`  ${pad('to', label)}`, 'faint'),
    ...ports.map(({ port }) => span(' '.repeat(GAP) + pad(String(port), width - GAP), 'faint')),
  ];
  const body = rows.map(([name, cells]): Line => {
    const spans = ports.flatMap(({ port }) =>
      cellSpans(
        cells.find((cell) => cell.port === port),
        width,
        options,
      ),
    );
    return [span(`  ${pad(name, label)}`), ...spans];
  });
  return [head, ...body];
}

function cellSpans(cell: ExpectedCell | undefined, width: number, options: RenderOptions): Span[] {
  if (cell === undefined) return [span(' '.repeat(width))];
  const untested = cell.missing === null ? '' : ` ${marksOf(options).unsure}`;
  const rest = width - GAP - widthOf(WORDS[cell.expect]) - widthOf(untested);
  return [
    span(' '.repeat(GAP)),
    span(WORDS[cell.expect], STYLES[cell.expect]),
    span(untested, 'unsure'),
    span(' '.repeat(Math.max(rest, 0))),
  ];
}

/** What the word of a cell leaves out; ports with the same note share a line. */
function notes(cells: readonly ExpectedCell[], options: RenderOptions): Line[] {
  const told = cells.filter(({ note }) => note !== null);
  return [
    ...groupBy(told, ({ destination, expect, note, rules }) => JSON.stringify([destination, expect, note, rules])).values(),
  ].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const lead = `  ${first.destination}:${group.map(({ port }) => port).join(',')} `;
    const text = `${first.note} (${first.rules.length === 1 ? 'rule' : 'rules'} ${listText(first.rules)})`;
    return paragraph({ lead: [span(lead), span(WORDS[first.expect], STYLES[first.expect]), span(': ')], text }, options);
  });
}

function ruleLines({ rules }: Expectations, options: RenderOptions): Line[] {
  if (rules.length === 0) return [[span('No rule: nothing is allowed.')], []];
  const width = Math.max(...rules.map(({ name }) => widthOf(name)));
  return [
    [span('Rules', 'strong')],
    ...rules.flatMap(({ name, ports, requirements }) =>
      paragraph(
        {
          lead: [span(`  ${pad(name, width)}  `)],
          text: `${ports.join(', ')}: ${requirements.join('; ') || 'nothing required'}`,
        },
        options,
      ),
    ),
    [],
  ];
}

const RELAYS: Readonly<Record<ExpectedServer['relay'], string>> = {
  none: 'may relay for nobody',
  authenticated: 'may relay for who has a password',
  internal: 'may relay for the segments of the policy',
};

function serverLines({ servers }: Expectations, options: RenderOptions): Line[] {
  if (servers.length === 0) return [];
  const width = Math.max(...servers.map(({ name }) => widthOf(name)));
  return [
    [span('Own servers', 'strong'), span('  each tested for relaying, from every segment that reaches it', 'faint')],
    ...servers.flatMap(({ name, host, ports, relay, hostedDomain }) => {
      const domain = hostedDomain === null ? '' : `; takes mail for ${hostedDomain}`;
      const lead = [span(`  ${pad(name, width)}  `)];
      return paragraph({ lead, text: `${host} on ${listText(ports)}: ${RELAYS[relay]}${domain}` }, options);
    }),
    [],
  ];
}

/** Nothing where the policy has neither. */
function interceptionLines({ sentinels, documentationAddresses }: Expectations, options: RenderOptions): Line[] {
  if (sentinels.length === 0 && !documentationAddresses) return [];
  const width = Math.max(0, ...sentinels.map(({ name }) => widthOf(name)));
  const documentation =
    'Addresses that nobody can have (RFC 5737, RFC 3849) are tried on every audited port: who answers stands on the way.';
  return [
    [span('Interception', 'strong'), span('  who answers in the place of others', 'faint')],
    ...sentinels.flatMap(({ name, host, ports, key, expectedSources }) => {
      const proof = key === null ? 'no key: proves nothing' : `key ${key}`;
      const sources = expectedSources.length === 0 ? 'no expected sources' : `expects ${listText(expectedSources, 'or')}`;
      const lead = [span(`  ${pad(name, width)}  `)];
      return paragraph({ lead, text: `sentinel ${host} on ${listText(ports)}: ${proof}; ${sources}` }, options);
    }),
    ...(documentationAddresses ? paragraph({ lead: [span('  ')], text: documentation }, options) : []),
    [],
  ];
}

function missingLines({ segments, destinations, cells }: Expectations, options: RenderOptions): Line[] {
  const gaps = [...segments, ...destinations].filter(({ missing }) => missing !== null);
  const silent = groupBy(
    cells.filter(({ missing, destination }) => missing !== null && !gaps.some(({ name }) => name === destination)),
    ({ destination }) => destination,
  );
  if (gaps.length + silent.size === 0) return [];
  const item = (name: string, text: string): Line[] => paragraph({ lead: [span(`  ${name}: `, 'unsure')], text }, options);
  return [
    ...(gaps.length === 0 ? [] : [[span('To be filled in', 'strong')]]),
    ...gaps.flatMap(({ name, missing }) => item(name, missing ?? '')),
    [],
    ...(silent.size === 0 ? [] : [[span('Cannot be tested', 'strong')]]),
    ...[...silent].flatMap(([name, group]) => {
      const ports = ascending(group.map(({ port }) => port));
      return item(
        name,
        `nothing is known to listen on ${listText(ports)}; a probe with listening: [${ports.join(', ')}] or a sentinel makes it testable`,
      );
    }),
  ];
}

function legend({ ports }: Expectations, options: RenderOptions): string {
  const unaudited = ports.filter(({ audited }) => !audited).map(({ port }) => String(port));
  const others = unaudited.length === 0 ? '' : ` - not audited (${listText(unaudited)} stands in a rule, not in audit.ports).`;
  return `What no rule allows is denied. ${marksOf(options).unsure} cannot be tested as the policy stands.${others}`;
}

function shortList(texts: readonly string[], most: number): string {
  return texts.length <= most ? texts.join(', ') : `${texts.slice(0, most).join(', ')} and ${texts.length - most} more`;
}
