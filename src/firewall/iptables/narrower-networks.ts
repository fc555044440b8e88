/**
 * Elements of a set whose network lies within that of another one.
 *
 * Worked example: of `10.0.0.0/8,eth1`, `10.1.0.0/16,eth2` and `10.2.0.0/16,eth2` the last two lie within the first; nothing lies within them.
 */
import type { Element } from './set-types.ts';

/** By element, those that are narrower; elements without any are not in it. Networks overlap only where one lies within the other. */
export function narrowerNetworks(elements: readonly Element[]): ReadonlyMap<Element, readonly Element[]> {
  const networks = elements
    .flatMap((element) => {
      const [network] = element.parts;
      return network?.kind === 'addresses' ? [{ element, ...network.range, prefix: network.prefix ?? 0 }] : [];
    })
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.prefix - b.prefix));
  const found = new Map<Element, readonly Element[]>();
  for (const [index, { element, last, prefix }] of networks.entries()) {
    const within: Element[] = [];
    for (let at = index + 1; at < networks.length; at++) {
      const other = networks[at];
      if (other === undefined || other.first > last) break;
      if (other.prefix > prefix) within.push(other.element);
    }
    if (within.length > 0) found.set(element, within);
  }
  return found;
}
