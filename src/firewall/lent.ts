/** Packets that whoever comes in by the interfaces of segments may send, by the policy. */
import type { InterfacePermission } from '../model/interface-permissions.ts';
import type { Bdd } from './bdd.ts';
import type { PacketSpace } from './packet-space.ts';
import { hasSide, interfacesOn } from './region.ts';
import type { Hook } from './ruleset.ts';

export function lentSet(space: PacketSpace, hook: Hook, permissions: readonly InterfacePermission[]): Bdd {
  const { manager, family } = space;
  if (!hasSide(hook, 'in')) return manager.orAll([]);
  return manager.orAll(
    permissions.map(({ interfaces, port, addresses }) =>
      manager.and(
        manager.and(interfacesOn(space, hook, 'in', interfaces), space.within('destination', addresses[family])),
        space.within('destination-port', [{ first: port, last: port }]),
      ),
    ),
  );
}
