/**
 * Rows of a change that have one cause, told together: they agree in all that a reviewer decides by, and differ in addresses, ports and interfaces.
 *
 * Worked example: one `-A FORWARD -p tcp --sport 80 -j ACCEPT` among 5,000 rules makes 388 rows, since many lines before it take some packets each.
 * They have three causes: what it lets through of workstations, of relays, and of hosts in no segment.
 */
import { setOfNetworks, toNetworks, union } from '../model/address-set.ts';
import type { ConfigurationLine, ConfigurationRow } from '../model/configuration.ts';
import { ELSEWHERE } from '../model/configuration-question.ts';
import { groupBy } from '../model/group-by.ts';
import { splitCondition } from '../model/interface-condition.ts';
import { ascending } from '../model/ports.ts';
import type { ConfigurationChange, ConfigurationCheck } from '../model/result.ts';

export type Changed = ConfigurationCheck & { readonly change: ConfigurationChange };

export interface ChangeGroup {
  /** In their order; never empty. */
  readonly rows: readonly Changed[];
  /**
   * What it is told by: a row alone by itself; several by the first, with the bounds of all. Each row is within the bounds; not every packet within
   * them is in a row.
   */
  readonly told: Changed;
  /** Where rows differ in interfaces: how many have each condition on them (null: any interface), the most frequent first. Else empty. */
  readonly ways: readonly (readonly [interfaces: string | null, rows: number])[];
}

/** So many rows of one cause are still read one by one. */
const MOST_SINGLE = 3;

/** Each row is in one group; groups stand where their first rows stood. */
export function changeGroups(rows: readonly Changed[]): readonly ChangeGroup[] {
  const groupOf = new Map(
    [...groupBy(rows, causeOf).values()].flatMap((alike): [Changed, ChangeGroup][] => {
      const [first] = alike;
      if (first === undefined || alike.length <= MOST_SINGLE) return alike.map((row) => [row, alone(row)]);
      return [[first, together(first, alike)]];
    }),
  );
  return rows.flatMap((row) => groupOf.get(row) ?? []);
}

/** A row that is told for itself. */
export function alone(row: Changed): ChangeGroup {
  return { rows: [row], told: row, ways: [] };
}

/** A row that says more than one thing, or nothing, has no cause but itself. */
function causeOf(check: Changed): string | Changed {
  const { verdict, waived, firewall, segment, family, expect, reason, change, rows } = check;
  const [row] = rows;
  if (row === undefined || rows.length > 1 || check.furtherRows > 0) return check;
  const { rest } = splitCondition(row.condition);
  const decided = [verdict, waived, firewall, segment, family, expect, reason];
  return JSON.stringify([...decided, change.kind, change.before, change.after, row.outcome, row.target, row.sourcePorts, rest]);
}

function together(first: Changed, alike: readonly Changed[]): ChangeGroup {
  const { change } = first;
  const rows = alike.flatMap((check) => check.rows);
  const ways = waysOf(rows);
  return {
    rows: alike,
    told: {
      ...first,
      destination: alike.every(({ destination }) => destination === first.destination) ? first.destination : ELSEWHERE,
      change: { ...change, ports: ascending(alike.flatMap((check) => check.change.ports)) },
      rows: first.rows.map((row) => boundsOf(ways.length === 0 ? row : { ...row, ...restOf(row) }, rows)),
      findings: alike.flatMap(({ findings }) => findings),
    },
    ways,
  };
}

function waysOf(rows: readonly ConfigurationRow[]): ChangeGroup['ways'] {
  const ways = groupBy(rows, ({ condition }) => splitCondition(condition).interfaces);
  if (ways.size === 1) return [];
  return [...ways].map(([interfaces, { length }]) => [interfaces, length] as const).toSorted((a, b) => b[1] - a[1]);
}

function restOf({ condition }: ConfigurationRow): Pick<ConfigurationRow, 'condition'> {
  return { condition: splitCondition(condition).rest };
}

/** The witness stays: it is the first row's. */
function boundsOf(first: ConfigurationRow, rows: readonly ConfigurationRow[]): ConfigurationRow {
  const rules = linesOf(rows);
  return {
    ...first,
    sources: unionOf(rows.map(({ sources }) => sources)),
    destinations: unionOf(rows.map(({ destinations }) => destinations)),
    ports: portsOf(rows),
    rules,
    furtherRules: Math.max(0, ...rows.map((row) => row.rules.length + row.furtherRules - rules.length)),
  };
}

/** Rows share their lists. */
function unionOf(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = new Set(lists);
  return others.length === 0 ? first : toNetworks(union(...[first, ...others].map(setOfNetworks)));
}

/** Each once, in their order. */
function linesOf(rows: readonly ConfigurationRow[]): readonly ConfigurationLine[] {
  return [
    ...groupBy(
      rows.flatMap(({ rules }) => rules),
      ({ file, line }) => `${file}:${line}`,
    ).values(),
  ].flatMap(([line]) => line ?? []);
}

/** Ranges that are part of another are left out. */
function portsOf(rows: readonly ConfigurationRow[]): readonly string[] {
  const ranges = [...new Set(rows.flatMap(({ ports }) => ports))].map((text) => {
    const [first = 0, last = first] = text.split('-').map(Number);
    return { text, first, last };
  });
  return ranges
    .filter((one) => !ranges.some((wide) => wide !== one && wide.first <= one.first && one.last <= wide.last))
    .toSorted((a, b) => a.first - b.first)
    .map(({ text }) => text);
}
