/** What a configuration lets through that no question asks about, in words. */
import { type AddressRange, FAMILIES, networksOf } from '../model/address.ts';
import { CHANGE_KINDS, type ChangeKind } from '../model/configuration-change.ts';
import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import { networksText } from '../model/networks-text.ts';
import { ascending } from '../model/ports.ts';
import { unjudgedNote } from '../model/unjudged.ts';
import type { NewOutsiders } from './difference-outsiders.ts';
import type { InterfaceValue } from './interface-values.ts';
import type { OutsiderLine, Outsiders } from './outsiders.ts';
import type { BaseChain, Place } from './ruleset.ts';
import type { UnmappedWay, WayLine } from './unmapped-ways.ts';

/** Lines and networks that one still reads in a sentence. */
const SHOWN = 3;

const BESIDE_UNKNOWN = unjudgedNote(
  'Whether the change lets mail through by interfaces that the policy does not give, or treats mail of senders in no segment otherwise, was not looked for in full: that takes more nodes than --node-budget allows.',
);

/** More interfaces than that are not listed. */
const MANY = 4;

/** Segments, and destinations, of which the same lines tell share a sentence. @param ways  of both families. */
export function unmappedTexts(ways: readonly UnmappedWay[], given: boolean): readonly string[] {
  const named = [...groupBy(ways, ({ side, name }) => `${side} ${name}`).values()].flatMap(merged);
  const alike = groupBy(named, ({ side, mapped, sure, lines }) =>
    JSON.stringify([side, mapped, sure, lines.map(({ place, interfaces }) => [placeKey(place), interfaces])]),
  );
  return [...alike.values()].map((group) => unmappedText(group, given));
}

/** What both families tell of one name. */
function merged(ways: readonly UnmappedWay[]): readonly UnmappedWay[] {
  const [first] = ways;
  if (first === undefined) return [];
  const lines = groupBy(
    ways.flatMap((way) => way.lines),
    ({ place }) => placeKey(place),
  );
  return [{ ...first, sure: ways.some(({ sure }) => sure), lines: [...lines.values()].flatMap(mergedLine) }];
}

function mergedLine(lines: readonly WayLine[]): readonly WayLine[] {
  const [first] = lines;
  return first === undefined ? [] : [{ ...first, interfaces: distinct(lines) }];
}

function distinct(lines: readonly WayLine[]): readonly InterfaceValue[] {
  const all = lines.flatMap(({ interfaces }) => interfaces);
  return [...new Map(all.map((value) => [JSON.stringify(value), value])).values()];
}

function unmappedText(group: readonly UnmappedWay[], given: boolean): string {
  const [first] = group;
  if (first === undefined) return '';
  const { side, mapped, sure, lines } = first;
  const names = group.map(({ name }) => name);
  const who = listText(names);
  const [them, lets] = [names.length === 1 ? 'it' : 'them', sure ? 'lets' : 'may let'];
  const asked = `${who} ${names.length === 1 ? 'was' : 'were'} asked about`;
  const shown = lines.slice(0, SHOWN).map((line) => wayText(line));
  const by = [...shown, ...moreLines(lines.length - shown.length)].join('; ');
  const noun = lines.length === 1 ? 'line' : 'lines';
  const list = listAdvice(names, mapped, distinct(lines), given);
  if (side === 'out')
    return `${asked} leaving by ${listText(mapped)} only; the configuration ${lets} denied mail to ${them} out by other interfaces: ${by}. Harmless where no route to ${them} leads there (narrow the ${noun}, and this is not said); where one does, ${list}`;
  return `${asked} coming in by ${listText(mapped)} only; the configuration ${lets} denied mail from ${names.length === 1 ? 'its' : 'their'} addresses in by other interfaces: ${by}. Harmless where none of these addresses comes in there (narrow the ${noun} to the networks behind it, and this is not said); where one does, ${list}`;
}

/** What a change does where nobody looks, of one family. */
export interface Beside {
  /** Newly let through by other interfaces; null: nobody looked for it. */
  readonly beside: readonly WayLine[] | null;
  readonly outsiders: readonly NewOutsiders[];
}

export function besideText(found: readonly Beside[]): readonly string[] {
  const lines = found.flatMap(({ beside }) => beside ?? []);
  const all = [...groupBy(lines, ({ place }) => placeKey(place)).values()].flatMap(mergedLine);
  const newly = found.flatMap(({ outsiders }) => outsiders);
  const unlooked = found.some(({ beside }) => beside === null) || newly.some((one) => one.found === null);
  const unknown = unlooked ? [BESIDE_UNKNOWN] : [];
  const others = CHANGE_KINDS.flatMap((kind) => newOutsidersText(kind, newly));
  if (all.length === 0) return [...others, ...unknown];
  const by = [...all.slice(0, SHOWN).map(wayText), ...moreLines(all.length - SHOWN)].join('; ');
  return [
    unjudgedNote(
      `The change newly lets denied mail through by interfaces that the policy does not give: ${by}.`,
      '. Harmless where it takes no such way; where it does, list them under interfaces.',
    ),
    ...others,
    ...unknown,
  ];
}

const TOLD_OF_OUTSIDERS: Readonly<Record<ChangeKind, string>> = {
  'newly-allowed': 'newly lets mail of senders in no segment through',
  'newly-redirected': 'newly redirects mail of senders in no segment',
  'newly-blocked': 'newly blocks mail of senders in no segment',
};

function newOutsidersText(kind: ChangeKind, newly: readonly NewOutsiders[]): readonly string[] {
  const found = newly.flatMap((one) => (one.kind === kind ? (one.found ?? []) : []));
  const lines = mergedByPlace(found);
  if (lines.length === 0) return [];
  const shown = lines
    .slice(0, SHOWN)
    .map(
      ({ place, sources, ports }) =>
        `${sources === null ? 'any sender' : sourcesText(sources)} on ${listText(ports)} by ${lineText(place)}`,
    );
  const further = found.reduce((sum, one) => sum + (one.further ?? 0), 0) + Math.max(0, lines.length - SHOWN);
  const told = [...shown, ...moreLines(further)].join('; ');
  const noun = lines.length + further === 1 ? 'the line' : 'the lines';
  return [
    unjudgedNote(
      `The change ${TOLD_OF_OUTSIDERS[kind]}: ${told}.`,
      kind === 'newly-blocked'
        ? ': give them a segment, where they are to send mail.'
        : `: give them a segment, or narrow ${noun}.`,
    ),
  ];
}

function mergedByPlace(found: readonly Outsiders[]): readonly OutsiderLine[] {
  const lines = found.flatMap((one) => one.lines);
  return [...groupBy(lines, ({ place }) => placeKey(place)).values()].flatMap(mergedOutsiders);
}

/** `wwan0 by fw.v4:7 (-A FORWARD -o wwan0 -j ACCEPT)`. */
function wayText({ place, interfaces }: WayLine): string {
  const names = interfaces.flatMap((value) =>
    value.kind === 'other' ? [] : [`${value.name}${value.kind === 'beginning' ? '*' : ''}`],
  );
  const any = names.length < interfaces.length;
  const words = any ? 'any other' : names.length > MANY ? [...names.slice(0, SHOWN), `${names.length - SHOWN} more`] : names;
  return `${typeof words === 'string' ? words : listText(words)} by ${lineText(place)}`;
}

/** What to write into the policy; of interfaces that no line names nothing can be listed. */
function listAdvice(
  names: readonly string[],
  mapped: readonly string[],
  values: readonly InterfaceValue[],
  given: boolean,
): string {
  const exact = values.flatMap((value) => (value.kind === 'exactly' ? [value.name] : []));
  const [only] = names;
  if (exact.length > MANY || exact.length < values.length)
    return `leave ${listText(names)} out of ${given ? '--interface' : 'interfaces'}: then every interface is asked about.`;
  const all = [...mapped, ...exact];
  if (given) return `add ${names.map((name) => `--interface ${name}=${exact.join(',')}`).join(' ')}.`;
  return `list them: ${names.length === 1 ? `${only}: ` : ''}[${all.join(', ')}].`;
}

/** One sentence or two for a firewall; none where nobody else gets mail through. */
export function outsidersText(found: readonly Outsiders[]): readonly string[] {
  const lines = mergedByPlace(found);
  if (lines.length === 0) return [];
  const named = lines.flatMap(({ place, sources, ports }) => (sources === null ? [] : [{ place, sources, ports }]));
  const wide = lines.find(({ sources }) => sources === null);
  const further = found.reduce((sum, one) => sum + (one.further ?? 0), 0) + Math.max(0, named.length - SHOWN);
  const others = found.some((one) => one.further === null) ? ['these lines are examples'] : moreLines(further);
  const shown = named
    .slice(0, SHOWN)
    .map(({ place, sources, ports }) => `${sourcesText(sources)} on ${listText(ports)} by ${lineText(place)}`);
  const any = wide === undefined ? [] : [`lines that name no sender, such as ${lineText(wide.place)}, let any through`];
  const lets = found.some(({ sure }) => sure) ? 'lets' : 'may let';
  const told = [...shown, ...any, ...others].join('; ');
  return [
    `Senders in no segment were not asked about; the configuration ${lets} some of them send mail that no rule permits: ${told}. Give them a segment, or narrow the ${lines.length + further === 1 ? 'line' : 'lines'}.`,
  ];
}

/** A line of both families takes any sender where it does in one of them. */
function mergedOutsiders(lines: readonly OutsiderLine[]): readonly OutsiderLine[] {
  const [first] = lines;
  if (first === undefined) return [];
  const sources = lines.some((line) => line.sources === null) ? null : lines.flatMap((line) => line.sources ?? []);
  return [{ place: first.place, sources, ports: ascending(lines.flatMap(({ ports }) => ports)) }];
}

function sourcesText(sources: readonly AddressRange[]): string {
  const networks = FAMILIES.map((one) => sources.filter(({ family }) => family === one).flatMap(networksOf));
  return listText(networks.filter((list) => list.length > 0).map((list) => networksText(list, SHOWN)));
}

export function ownMailText({ policy, place }: BaseChain, given: boolean): string {
  const how = policy === 'accept' ? 'policy accept' : 'its lines let some out';
  const advice = given ? 'Ask about it with --hook output.' : 'Add a firewall with the same files and hook: output to ask.';
  return `Not asked: mail that the firewall itself sends (hook output, ${how}, ${place.file}:${place.line}). ${advice}`;
}

function moreLines(further: number): readonly string[] {
  return further <= 0 ? [] : [`and ${further} more ${further === 1 ? 'line' : 'lines'}`];
}

function lineText({ file, line, text }: Place): string {
  return `${file}:${line} (${text})`;
}

function placeKey({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
