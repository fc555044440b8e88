/**
 * Where a rule sends packets instead, in words.
 *
 * Worked example: `-j REDIRECT --to-ports 2525` sends them to `this host, port 2525`, `-j DNAT --to-destination 10.0.0.9:25` to `10.0.0.9:25`.
 */
import { bracketed, type Family, formatAddress, networksOf } from '../model/address.ts';
import type { Interval, Verdict } from './ruleset.ts';

export type Divert = Extract<Verdict, { readonly kind: 'divert' }>;

/** Where a packet goes that nobody knows any more. */
export const ANYWHERE = 'anywhere';

export function divertText({ how, destination, port, socket }: Divert, family: Family): string {
  const ports = port?.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(', ') ?? null;
  if (how === 'redirect') return ports === null ? 'this host' : `this host, port ${ports}`;
  if (how === 'tproxy') return socket === undefined ? 'a proxy on this host' : `a proxy on this host, ${socket}`;
  if (destination === null) return ports === null ? 'the same destination' : `the same address, port ${ports}`;
  const addresses = destination.map((range) => addressText(family, range, ports !== null)).join(', ');
  return ports === null ? addresses : `${addresses}:${ports}`;
}

function addressText(family: Family, { first, last }: Interval<bigint>, withPort: boolean): string {
  const write = (address: bigint): string => {
    const text = formatAddress(family, address);
    return withPort ? bracketed(text) : text;
  };
  if (first === last) return write(first);
  const [network, ...more] = networksOf({ family, first, last });
  return network !== undefined && more.length === 0 && !withPort ? network : `${write(first)}-${write(last)}`;
}
