/**
 * What else must hold for a row, in words that follow an "if".
 *
 * Worked example: `incoming interface eth1 and source port 80 and (user 105 or group 8)`.
 */
import { interfaceCondition } from '../model/interface-condition.ts';
import { FULL } from './bdd.ts';
import { interfacesIn, interfaceWords } from './interface-values.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Domain, SetRow } from './rows.ts';
import type { Interval } from './ruleset.ts';

/** What a packet does not show, and its row hangs on. */
export interface Hidden {
  /** As a trace tells it. */
  readonly condition: string;
  /** The row is of packets that may be redirected. */
  readonly redirected: boolean;
}

/**
 * @param hidden  null: the row hangs on nothing of the kind.
 * @returns       null where nothing else must hold.
 */
export function conditionWords(space: PacketSpace, row: SetRow, hidden: Hidden | null, domain: Domain = {}): string | null {
  const shown = [
    ...sideWords(space, row, domain, 'in'),
    ...sideWords(space, row, domain, 'out'),
    ...(row.sourcePorts === null ? [] : [`source port ${portWords(row.sourcePorts)}`]),
  ];
  const parts = [...shown, ...(hidden === null ? [] : [hiddenWords(hidden, shown.length > 0)])];
  return parts.length === 0 ? null : parts.join(' and ');
}

/** `80`, `1-1023`. */
export function rangeTexts(ranges: readonly Interval<number>[]): readonly string[] {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
}

function sideWords(space: PacketSpace, row: SetRow, domain: Domain, side: 'in' | 'out'): readonly string[] {
  const values = row[side];
  if (values === null) return [];
  const spoken = interfacesIn(space, side, domain[side] ?? FULL);
  return [interfaceCondition(side, interfaceWords(space, values, spoken))];
}

/** The shorter way to say it. */
function portWords(ranges: readonly Interval<number>[]): string {
  const others = complement(ranges);
  const [more, fewer] = [others.length - ranges.length, portsIn(others) - portsIn(ranges)];
  return more < 0 || (more === 0 && fewer < 0) ? `other than ${rangeTexts(others).join(', ')}` : rangeTexts(ranges).join(', ');
}

function portsIn(ranges: readonly Interval<number>[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

function complement(ranges: readonly Interval<number>[]): readonly Interval<number>[] {
  const starts = [0, ...ranges.map(({ last }) => last + 1)];
  const ends = [...ranges.map(({ first }) => first - 1), 65_535];
  return starts.map((first, index) => ({ first, last: ends[index] ?? first })).filter(({ first, last }) => first <= last);
}

/** A trace says `if user 105`, `redirect if …`, or `depending on …` where the whole is too long to say. */
function hiddenWords({ condition, redirected }: Hidden, beside: boolean): string {
  const [, of = '', kind = '', words = ''] = /^(?:(\w+) )?(if|depending on) (.*)$/s.exec(condition) ?? [];
  if (kind === '') return `what decides lets it, which is more than can be said here (${condition})`;
  if (kind === 'depending on') return `the answers to these let it: ${words}`;
  if (redirected && of !== 'redirect') return `it is not let through unchanged, as it is if ${words}`;
  return beside && words.includes(' or ') ? `(${words})` : words;
}
