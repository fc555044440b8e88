/**
 * The kinds of ipset sets, and the elements that they hold.
 *
 * Worked example: `add relays 10.0.0.0/8,tcp:25 nomatch` to a hash:net,port is an element with two parts, the network 10.0.0.0/8 and the port 25
 * of TCP, that is taken out of what the set holds.
 *
 * @see ipset(8)
 */
import type { Family } from '../../model/address.ts';
import type { Problem } from '../../model/problem.ts';
import type { Interval } from '../ruleset.ts';

export interface IpsetTable {
  /** False where no ipset save was given: a set that is not there is unknown then, else it is missing. */
  readonly supplied: boolean;
  readonly sets: ReadonlyMap<string, Ipset>;
  /** Warnings. */
  readonly problems: readonly Problem[];
}

export interface Ipset {
  readonly name: string;
  readonly type: string;
  /** Null for a type, or an option of it, that is not known: its content is `raw`. */
  readonly dimensions: readonly Dimension[] | null;
  /** Null of a list:set, of hash:mac and bitmap:port, which take any packet. */
  readonly family: Family | null;
  readonly elements: readonly Element[];
  /** What was added, as written; of a type that is not known only. */
  readonly raw: readonly string[];
}

/** What a set's type compares, one word of `src,dst` for each. */
export type Dimension = 'ip' | 'net' | 'port' | 'any-port' | 'mac' | 'mark' | 'iface' | 'set';

export interface Element {
  readonly parts: readonly Part[];
  /** Taken out again: where a set holds a network and a smaller one inside it with `nomatch`, the smaller one decides. */
  readonly nomatch: boolean;
  /** It ends by itself some time after the file was written. */
  readonly timed: boolean;
}

export type Part =
  /** `prefix`: of a network, null of a range of single addresses. */
  | { readonly kind: 'addresses'; readonly range: Interval<bigint>; readonly prefix: number | null }
  /** A name that was looked up when the element was added. */
  | { readonly kind: 'name'; readonly name: string }
  /** `protocols`: whose ports these are. `ports` is null for a protocol that has none. */
  | {
      readonly kind: 'port';
      readonly protocols: readonly number[];
      readonly ports: Interval<number> | null;
      readonly text: string;
    }
  | { readonly kind: 'mac'; readonly mac: string | null }
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number }
  | { readonly kind: 'iface'; readonly name: string; readonly prefix: boolean; readonly physical: boolean }
  | { readonly kind: 'set'; readonly name: string };

/** By the modern name; ipset 4 had names without a colon. */
export const SET_TYPES: ReadonlyMap<string, readonly Dimension[]> = new Map<string, readonly Dimension[]>([
  ['bitmap:ip', ['ip']],
  ['bitmap:ip,mac', ['ip', 'mac']],
  ['bitmap:port', ['any-port']],
  ['hash:ip', ['ip']],
  ['hash:mac', ['mac']],
  ['hash:ip,mac', ['ip', 'mac']],
  ['hash:net', ['net']],
  ['hash:net,net', ['net', 'net']],
  ['hash:ip,port', ['ip', 'port']],
  ['hash:net,port', ['net', 'port']],
  ['hash:ip,port,ip', ['ip', 'port', 'ip']],
  ['hash:ip,port,net', ['ip', 'port', 'net']],
  ['hash:ip,mark', ['ip', 'mark']],
  ['hash:net,port,net', ['net', 'port', 'net']],
  ['hash:net,iface', ['net', 'iface']],
  ['list:set', ['set']],
]);

export const OLD_TYPES: ReadonlyMap<string, string> = new Map([
  ['ipmap', 'bitmap:ip'],
  ['macipmap', 'bitmap:ip,mac'],
  ['portmap', 'bitmap:port'],
  ['iphash', 'hash:ip'],
  ['nethash', 'hash:net'],
  ['ipporthash', 'hash:ip,port'],
  ['ipportiphash', 'hash:ip,port,ip'],
  ['ipportnethash', 'hash:ip,port,net'],
  ['setlist', 'list:set'],
]);

/** The set, and of a list of sets its members: a rule that adds to the list adds to one of these. @see ip_set_list_set.c, list_set_kadd() */
export function setsWithin(name: string, { sets }: IpsetTable): readonly string[] {
  const members = sets
    .get(name)
    ?.elements.flatMap(({ parts }) => parts.flatMap((part) => (part.kind === 'set' ? [part.name] : [])));
  return [name, ...(members ?? [])];
}
