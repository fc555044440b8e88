/**
 * What the rules of a file do beside judging packets: set marks, rewrite destinations, take packets out of tracking, change sets. A target
 * that is not known here may do any of it, sets and tracking excepted.
 *
 * Worked example: with `-A PREROUTING -i eth1 -j MARK --set-xmark 0x1/0xffffffff` in the table mangle, `-m mark --mark 0x1` in the table filter is an
 * open question each time it is asked; without it, it is one for each packet.
 */
import type { Source } from '../../model/source.ts';
import type { Facts, MarkKind } from './context.ts';
import type { Effects } from './effects.ts';
import { Feeding } from './feeding.ts';
import type { RawTable, RawTarget } from './raw-table.ts';
import { resolveTarget } from './resolve.ts';
import { type IpsetTable, setsWithin } from './set-types.ts';
import type { TableName } from './table-names.ts';

export function factsOf(tables: ReadonlyMap<TableName, RawTable>, source: Source, sets: IpsetTable): Facts {
  const markTables: Readonly<Record<MarkKind, Set<TableName>>> = { mark: new Set(), connmark: new Set() };
  const written = new Set<string>();
  let [diverts, untracks, tracks] = [false, false, false];
  for (const table of tables.values()) {
    // Many rules share them.
    const seen = new Set<Effects>();
    for (const { rules } of table.chains.values())
      for (const { target, effects } of rules) {
        const judges = target === null || JUDGING.has(target.name);
        if (judges && seen.has(effects)) continue;
        seen.add(effects);
        const foreign = !judges && resolveTarget(target, table).kind === 'foreign';
        for (const kind of MARKS) if (foreign || effects.writes.includes(kind)) markTables[kind].add(table.name);
        for (const one of effects.writes) written.add(one);
        diverts ||= !judges && (foreign ? table.name === 'nat' : rewrites(target, table));
        untracks ||= effects.untracks;
        tracks ||= effects.tracks;
      }
  }
  const changed = [...written].flatMap((one) => (one.startsWith(SET) ? setsWithin(one.slice(SET.length), sets) : []));
  const feeding = new Feeding(tables, source, sets);
  return { markTables, diverts, untracks, tracks, rewritten: written, changedSets: new Set(changed), feeding };
}

const MARKS: readonly MarkKind[] = ['mark', 'connmark'];

const SET = 'set ';

/** Targets that do nothing beside, and are most of all. */
const JUDGING: ReadonlySet<string> = new Set(['ACCEPT', 'DROP', 'REJECT', 'RETURN', 'LOG']);

function rewrites({ name, goto }: RawTarget, table: RawTable): boolean {
  if (goto) return false;
  return table.name === 'nat' ? ['DNAT', 'REDIRECT', 'NETMAP'].includes(name) : name === 'DNPT';
}
