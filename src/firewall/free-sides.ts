/**
 * Interfaces of a packet that do not matter to what becomes of it, so that nobody has to read them.
 *
 * Worked example: by `-A FORWARD -i eth1 -p tcp --dport 25 -j DROP` alone a packet that comes in by eth1 and leaves by eth0 is dropped, whatever it leaves
 * by: `out` is free. `in` is not: by eth2 it passes.
 */
import type { Treatment } from './difference-sets.ts';
import type { Packet } from './interpret.ts';
import type { PacketSpace } from './packet-space.ts';
import { setOfPacket } from './witness.ts';

export type Side = 'in' | 'out';

export const SIDES: readonly Side[] = ['in', 'out'];

/** What becomes of every packet, with what is not known: what is in neither set is dropped. */
export type Fates = Pick<Treatment, 'accepted' | 'redirected'>;

export interface Freeing {
  readonly space: PacketSpace;
  readonly fates: Fates;
}

/** Of these sides those that could be any, each beside the ones before it, and the same would become of the packet. */
export function freeSides({ space, fates }: Freeing, packet: Packet, sides: readonly Side[]): readonly Side[] {
  const { manager } = space;
  const free: Side[] = [];
  for (const side of sides) {
    if (packet[side] === undefined) continue;
    const region = setOfPacket(space, withoutSides(packet, [...free, side]));
    const alike = [fates.accepted, fates.redirected].every((set) => {
      const here = manager.and(region, set);
      return here === space.anyOf([side], here);
    });
    if (alike) free.push(side);
  }
  return free;
}

export function withoutSides(packet: Packet, sides: readonly Side[]): Packet {
  const { in: comes, out: leaves, ...bare } = packet;
  return {
    ...bare,
    ...(comes === undefined || sides.includes('in') ? {} : { in: comes }),
    ...(leaves === undefined || sides.includes('out') ? {} : { out: leaves }),
  };
}
