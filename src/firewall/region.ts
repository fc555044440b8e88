/**
 * The packets that a question is about, and which of their interfaces and source ports are spoken of.
 *
 * Worked example: workstations (10.20.0.0/16, interface eth1) to public on 25: in eth1, out any but lo, source 10.20.0.0/16, destination public, port
 * 25. A client takes its source port from 1024 up, so a flow that is to be allowed is looked at from there only; one that is to be denied from any
 * port, since who wants out takes the one that leads out.
 *
 * @see RFC 6056 section 3.2, RFC 6335 section 6: ports below 1024 are no client's
 */
import type { AddressRange } from '../model/address.ts';
import { type Bdd, FULL } from './bdd.ts';
import { LOOPBACK } from './mentioned.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Domain } from './rows.ts';
import type { Hook, Interval } from './ruleset.ts';

export interface Region {
  readonly set: Bdd;
  /** A row that holds for all of it has no condition on these. */
  readonly domain: Domain;
}

export interface Asked {
  readonly sources: readonly AddressRange[];
  readonly destinations: readonly AddressRange[];
  readonly port: number;
  /** Names of interfaces; null: any that leads to another host. */
  readonly in: readonly string[] | null;
  readonly out: readonly string[] | null;
  /** Null: any. */
  readonly sourcePorts: readonly Interval<number>[] | null;
}

export const CLIENT_PORTS: readonly Interval<number>[] = [{ first: 1_024, last: 65_535 }];

export function regionOf(space: PacketSpace, hook: Hook, asked: Asked): Region {
  const domain: Domain = {
    in: interfacesOn(space, hook, 'in', asked.in),
    out: interfacesOn(space, hook, 'out', asked.out),
    'source-port': asked.sourcePorts === null ? FULL : space.within('source-port', asked.sourcePorts),
  };
  const sets = [
    space.within('destination-port', [{ first: asked.port, last: asked.port }]),
    space.within('destination', asked.destinations),
    space.within('source', asked.sources),
    ...Object.values(domain),
  ];
  return { set: sets.reduce((a, b) => space.manager.and(a, b), FULL), domain };
}

/** Whether a packet that is looked at from this hook on has an interface on that side, as far as it is known there. */
export function hasSide(hook: Hook, side: 'in' | 'out'): boolean {
  return side === 'in' ? hook !== 'output' : hook !== 'input' && hook !== 'prerouting';
}

/** On a side that the packet has at this hook: these interfaces, or any but `lo`, by which no packet from or to another host goes. */
export function interfacesOn(space: PacketSpace, hook: Hook, side: 'in' | 'out', names: readonly string[] | null): Bdd {
  if (!hasSide(hook, side)) return FULL;
  if (names === null) return space.manager.not(space.interface(side, LOOPBACK, false));
  return space.manager.orAll(names.map((name) => space.interface(side, name, false)));
}
