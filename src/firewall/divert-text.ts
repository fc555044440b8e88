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

/**
 * The same of one packet, which keeps what the rule does not rewrite.
 *
 * @param here  what the host is called that redirects: `the firewall itself`.
 */
export function sentText(divert: Divert, { family, destination, port }: Sending, here: string): string {
  const { how } = divert;
  if (how === 'tproxy') return divertText(divert, family).replace('this host', here);
  const ports = divert.port ?? [{ first: port, last: port }];
  if (how === 'redirect') return divertText({ ...divert, port: ports }, family).replace('this host', here);
  if (divert.destination?.some((range) => isEverywhere(family, range)) === true) return ANYWHERE;
  return divertText(
    { ...divert, destination: divert.destination ?? [{ first: destination, last: destination }], port: ports },
    family,
  );
}

interface Sending {
  readonly family: Family;
  readonly destination: bigint;
  readonly port: number;
}

function isEverywhere(family: Family, { first, last }: Interval<bigint>): boolean {
  return networksOf({ family, first, last })[0]?.endsWith('/0') === true;
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
