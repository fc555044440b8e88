/**
 * What the rules of a file do beside judging packets: set marks, rewrite destinations, take packets out of tracking, change sets. A target
 * that is not known here may do any of it, sets and tracking excepted.
 *
 * Worked example: with `-A PREROUTING -i eth1 -j MARK --set-xmark 0x1/0xffffffff` in the table mangle, `-m mark --mark 0x1` in the table filter is an
 * open question each time it is asked; without it, it is one for each packet.
 */
import type { Source } from '../../model/source.ts';
import { protocolNumber } from '../services.ts';
import type { Facts, MarkKind } from './context.ts';
import { Feeding } from './feeding.ts';
import type { ParsedOptions } from './options.ts';
import { optionsOf, type RawTable, type RawTarget } from './raw-table.ts';
import { resolveTarget } from './resolve.ts';
import type { TableName } from './table-names.ts';
import type { Word } from './words.ts';

export function factsOf(tables: ReadonlyMap<TableName, RawTable>, source: Source): Facts {
  const markTables: Readonly<Record<MarkKind, Set<TableName>>> = { mark: new Set(), connmark: new Set() };
  const changedSets = new Set<string>();
  let [diverts, untracks] = [false, false];
  const restores = source.text.includes(RESTORING);
  for (const table of tables.values()) {
    for (const rule of [...table.chains.values()].flatMap(({ rules }) => rules)) {
      const { target } = rule;
      // A match that sets a mark: that of the socket.
      if (restores && source.text.slice(rule.start, rule.end).includes(RESTORING)) markTables.mark.add(table.name);
      if (target === null || JUDGING.has(target.name)) continue;
      const { kind: resolved } = resolveTarget(target, table);
      if (resolved === 'chain') continue;
      for (const kind of resolved === 'foreign' ? (['mark', 'connmark'] as const) : marksOf(target))
        markTables[kind].add(table.name);
      for (const name of setsOf(target)) changedSets.add(name);
      diverts ||= resolved === 'foreign' ? table.name === 'nat' : rewrites(target, table);
      untracks ||= takesOut(optionsOf(rule, source));
    }
  }
  return { markTables, diverts, untracks, changedSets, feeding: new Feeding(tables, source) };
}

/** @see iptables-extensions(8), socket */
const RESTORING = '--restore-skmark';

/** Targets that do nothing beside, and are most of all. */
const JUDGING: ReadonlySet<string> = new Set(['ACCEPT', 'DROP', 'REJECT', 'RETURN', 'LOG']);

function marksOf(target: RawTarget): readonly MarkKind[] {
  const has = (wanted: string): boolean => target.options.some(({ name }) => name === wanted);
  if (target.name === 'MARK' || target.name === 'HMARK') return ['mark'];
  if (target.name === 'CONNMARK') return has('restore-mark') ? ['mark'] : ['connmark'];
  const tproxy =
    target.name === 'TPROXY' && target.options.some(({ name, values }) => name === 'tproxy-mark' && !isNoMark(values[0]));
  return tproxy || (target.name === 'SET' && has('map-mark')) ? ['mark'] : [];
}

/** iptables-save prints `--tproxy-mark 0x0/0x0` where a rule has none. */
function isNoMark(word: Word | undefined): boolean {
  return word !== undefined && /^0x0\/0x0$/.test(word.text);
}

function setsOf(target: RawTarget): readonly string[] {
  if (target.name !== 'SET') return [];
  return target.options.flatMap(({ name, values }) => (name === 'add-set' || name === 'del-set' ? (values[0]?.text ?? []) : []));
}

function rewrites(target: RawTarget, table: RawTable): boolean {
  if (table.name !== 'nat') return target.name === 'DNPT';
  return ['DNAT', 'REDIRECT', 'NETMAP'].includes(target.name);
}

/** A rule about another protocol than TCP takes no packet of ours out. */
export function takesOut({ core, target }: ParsedOptions): boolean {
  if (target === null) return false;
  if (target.name !== 'NOTRACK' && !(target.name === 'CT' && target.options.some(({ name }) => name === 'notrack'))) return false;
  const protocol = core.p;
  const number = protocolNumber(protocol?.values[0]?.text ?? '');
  return protocol === undefined || number === null || number === 0 || (number === 6) !== protocol.inverted;
}
