/** Who is at the other end, and whether it is this very host. */
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Address, parseAddress } from '../model/address.ts';

export interface Peer {
  readonly address: Address;
  readonly port: number;
}

/** Null where the connection is gone already. */
export function peerOf({ remoteAddress, remotePort }: Socket): Peer | null {
  const address = remoteAddress === undefined ? null : withoutZone(remoteAddress);
  return address === null || remotePort === undefined ? null : { address, port: remotePort };
}

/** `fe80::1%eth0`: the interface is not part of the address. */
function withoutZone(text: string): Address | null {
  return parseAddress(text.split('%')[0] ?? '');
}

/** Null where the system does not tell, as in a sandbox without AF_NETLINK. */
export function addressesOfHost(): ReadonlySet<string> | null {
  try {
    const lists = Object.values(networkInterfaces());
    return new Set(lists.flatMap((list) => (list ?? []).flatMap(({ address }) => withoutZone(address) ?? [])));
  } catch (error) {
    // A SystemError of uv_interface_addresses.
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    return null;
  }
}
