import { type Family, familyOf, parseAddress } from './address.ts';
import { probedHosts } from './permits.ts';
import type { Destination, Policy, Rule } from './policy.ts';

/** Whether a rule can allow anything over a family; a name may have addresses of either. */
export function leadsTo(policy: Policy, { to }: Rule, family: Family): boolean {
  if (to === 'any') return true;
  return (
    policy.segments.some(({ name, addresses }) => to.includes(name) && addresses[family].length > 0) ||
    policy.destinations.some((destination) => to.includes(destination.name) && mayHave(policy, destination, family))
  );
}

/** Beside networks only addresses belong to a destination, whatever its names resolve to (see `inDestination`). */
function mayHave(policy: Policy, destination: Destination, family: Family): boolean {
  const { networks, hosts, mx } = destination;
  const of = (host: string, name: boolean): boolean => {
    const address = parseAddress(host);
    return address === null ? name : familyOf(address) === family;
  };
  if (networks !== null) return networks[family].length > 0 || hosts.some((host) => of(host, false));
  return mx.length > 0 || [...hosts, ...probedHosts(policy, destination)].some((host) => of(host, true));
}
