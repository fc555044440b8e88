import type { Address } from './address.ts';
import { contains, PRIVATE, UNUSABLE } from './address-set.ts';
import { segmentOf } from './permits.ts';
import type { Policy } from './policy.ts';

/**
 * How far a flow goes: what a control must share with the flow that it vouches for. A `neighbour` is of the segment itself, and its
 * answer says nothing of the way out of it.
 */
export type Boundary = 'neighbour' | 'inside' | 'public';

/** Where an address lies, as seen from a segment. */
export function boundaryOf(policy: Policy, segment: string, address: Address): Boundary {
  if (segmentOf(policy, address)?.name === segment) return 'neighbour';
  const own = policy.segments.some(({ addresses }) => contains(addresses, address));
  return own || contains(PRIVATE, address) || contains(UNUSABLE, address) ? 'inside' : 'public';
}
