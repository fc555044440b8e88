/**
 * Which variable of the diagrams is which bit of a packet.
 *
 * Worked example: of the rulesets that name `eth0` and `tun+`, an interface is one of three: eth0, any other whose name begins with tun, any
 * other. Two bits: 0 eth0, 1 tun+, 2 and 3 both "any other", so that every vector is a packet.
 */
import type { AddressCodes } from './address-codes.ts';
import type { Mentioned } from './mentioned.ts';
import type { End } from './named-addresses.ts';

/**
 * From the root down. What hangs together stands together, an interface and the addresses behind it. Where packets go comes before where they
 * come from: most rules are about what may be reached, and what is asked of senders (spoofed addresses, hardware addresses) is the same for all of that; the
 * other way round it is there once for each sender, which was 7 times as many nodes for 1,500 hosts with hardware addresses. What nobody knows
 * comes last: above the addresses it multiplies them.
 */
const ORDER = ['out', 'destination', 'in', 'source', 'destination-port', 'source-port', 'user', 'group'] as const;

export type Field = (typeof ORDER)[number];

/** From what lies lowest in the diagrams up: so that a set of packets is built field by field, each above what is known already. */
export const UPWARDS: readonly Field[] = [...ORDER].reverse();

export interface Bits {
  readonly first: number;
  readonly width: number;
}

/** What the fields can hold. */
export interface Domains {
  readonly addresses: Readonly<Record<End, AddressCodes>>;
  readonly mentioned: Mentioned;
}

/** `next`: the first variable behind them. */
export function layout(domains: Domains): { readonly bits: Readonly<Record<Field, Bits>>; readonly next: number } {
  let next = 0;
  const place = (field: Field): Bits => {
    const first = next;
    const width = widthOf(field, domains);
    next += width;
    return { first, width };
  };
  const [out, destination, inside, source, port, sourcePort, user, group] = ORDER.map(place);
  const none = { first: 0, width: 0 };
  return {
    bits: {
      in: inside ?? none,
      out: out ?? none,
      source: source ?? none,
      destination: destination ?? none,
      'destination-port': port ?? none,
      'source-port': sourcePort ?? none,
      user: user ?? none,
      group: group ?? none,
    },
    next,
  };
}

function widthOf(field: Field, { addresses, mentioned }: Domains): number {
  if (field === 'source' || field === 'destination') return addresses[field].width;
  if (field === 'source-port' || field === 'destination-port') return 16;
  return Math.ceil(Math.log2(sizeOf(field, mentioned)));
}

/** Values of a finite domain. */
export function sizeOf(field: Field, { interfaces, user, group }: Mentioned): number {
  if (field === 'user') return user.length + 1;
  return field === 'group' ? group.length : interfaces.length + 1;
}
