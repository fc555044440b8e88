/**
 * Changed packets by whose they are, by what the policy says of them, and by whether they are surely treated so after the change. Sets of packets
 * only: what nobody knows is settled here.
 *
 * Worked example: 587 is newly allowed from workstations to everywhere, and the policy permits them 587 to 192.0.2.0/24: one part to 192.0.2.0/24
 * (allow), one to everywhere else (deny). Where the policy permits 587 to smtp.example.net as well and 198.51.100.25 alone is newly allowed, that
 * may be just it: unknown.
 */
import { type Change, type ChangeKind, NAMES_AT_MOST } from '../model/configuration-change.ts';
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import type { PortRegion, SegmentRegion } from './difference-region.ts';
import type { ChangedSet } from './difference-sets.ts';
import type { Bits, PacketSpace } from './packet-space.ts';
import { partition } from './partition.ts';
import { CLIENT_PORTS } from './region.ts';

export interface Part {
  readonly kind: ChangeKind;
  readonly target: string | null;
  readonly region: SegmentRegion;
  readonly policy: Change['policy'];
  /** It is treated so after the change whatever is not known. */
  readonly sure: boolean;
  /** Over packets; never empty. */
  readonly set: Bdd;
}

/** Any variable, as an upper end: below it are the terminals. */
const LAST_VARIABLE = 0x7ffffffe;

const SAID: readonly Change['policy'][] = ['deny', 'unknown', 'allow'];

/** @param treated  over packets and what is not known: all that is treated as the change's kind says after it, newly or not. */
export function partsOf(space: PacketSpace, changed: ChangedSet, treated: Bdd, region: SegmentRegion): readonly Part[] {
  const { manager } = space;
  const { kind, target } = changed;
  const pieces = region.ports.flatMap((port) => piecesOf(space, changed, region.segment, port));
  return SAID.flatMap((policy) => {
    const set = manager.orAll(pieces.flatMap((piece) => (piece.policy === policy ? [piece.set] : [])));
    const open = space.may(manager.diff(set, treated));
    const base = { kind, target, region, policy };
    const parts: readonly Part[] = [
      { ...base, sure: true, set: manager.diff(set, open) },
      { ...base, sure: false, set: manager.and(set, open) },
    ];
    return parts.filter((part) => part.set !== EMPTY);
  });
}

interface Piece {
  readonly policy: Change['policy'];
  readonly set: Bdd;
}

/**
 * What the policy says of the changed packets of one port. A client meets no block that is only about source ports that no client takes; that a
 * denied way is closed is told of every source port.
 */
function piecesOf(space: PacketSpace, { kind, set }: ChangedSet, segment: string | null, port: PortRegion): readonly Piece[] {
  const { manager } = space;
  const hit = space.may(manager.and(set, port.set));
  const met = kind === 'newly-blocked' ? manager.and(hit, space.within('source-port', CLIENT_PORTS)) : hit;
  if (hit === EMPTY) return [];
  if (segment === null && kind !== 'newly-allowed') return [{ policy: 'unknown', set: hit }];
  if (segment === null)
    return [
      { policy: 'allow', set: manager.and(hit, port.permitted) },
      { policy: 'unknown', set: manager.diff(hit, port.permitted) },
    ];
  const rest = manager.diff(port.names.length > 0 ? met : hit, port.permitted);
  // Names may be anywhere: a blocked region of any size may hold them. An opened one that is wider than names are holds others as well.
  const maybe = port.names.length > 0 && (kind === 'newly-blocked' || destinationsIn(space, rest) <= NAMES_AT_MOST[space.family]);
  return [
    { policy: 'allow', set: manager.and(met, port.permitted) },
    { policy: maybe ? 'unknown' : 'deny', set: rest },
  ];
}

/** How many destinations some packet of the set has. */
export function destinationsIn(space: PacketSpace, set: Bdd): bigint {
  const bits = space.bits('destination');
  const { manager } = space;
  const above = bits.first === 0 ? set : manager.exists(set, 0, bits.first - 1);
  const only = manager.exists(above, bits.first + bits.width, LAST_VARIABLE);
  if (space.codes('destination').parts === null) return count(space, only, bits);
  const { classes } = partition(manager, only, bits, Number.POSITIVE_INFINITY);
  const ranges = classes.flatMap(({ values }) => values.map((one) => space.codes('destination').addressesOf(one)));
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
}

/** Vectors of the field that lead to the whole; the set depends on no other variable. */
function count({ manager }: PacketSpace, set: Bdd, { first, width }: Bits): bigint {
  const done = new Map<Bdd, bigint>();
  const levelOf = (node: Bdd): number => Math.min(manager.variableOf(node), first + width);
  const walk = (node: Bdd): bigint => {
    if (node === EMPTY) return 0n;
    if (node === FULL) return 1n;
    const before = done.get(node);
    if (before !== undefined) return before;
    const level = levelOf(node);
    const below = [manager.low(node), manager.high(node)].map((child) => walk(child) << BigInt(levelOf(child) - level - 1));
    const sum = below.reduce((a, b) => a + b, 0n);
    done.set(node, sum);
    return sum;
  };
  return walk(set) << BigInt(levelOf(set) - first);
}
