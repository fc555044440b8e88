import { networksOf } from '../model/address.ts';
import { type AddressSet, toNetworks } from '../model/address-set.ts';
import { sha256 } from '../model/digest.ts';
import type { Policy } from '../model/policy.ts';

/**
 * Which policy this is by its meaning: `sha256:` and 64 hex digits. Evidence is judged only under the digest that it was taken
 * under, so what changes no answer must not change it: name, path, descriptions, waivers, firewalls, places in the text, the
 * order of anything. Every list of a policy means a set; so all are sorted.
 */
export function policyDigest(policy: Omit<Policy, 'digest'>): string {
  const { version, segments, destinations, rules, servers, audit, sentinels } = policy;
  const meaning = {
    version,
    segments: segments.map(({ name, networks, addresses, controls, egress }) => ({
      name,
      networks: networks.flatMap(networksOf),
      addresses: toNetworks(addresses),
      controls,
      egress,
    })),
    destinations: destinations.map(({ description: _, location: __, networks, ...rest }) => ({
      ...rest,
      networks: textOf(networks),
    })),
    rules: rules.map(({ description: _, location: __, ...rest }) => rest),
    servers: servers.map(({ location: _, ...rest }) => rest),
    audit,
    sentinels: sentinels.map(({ location: _, ...rest }) => rest),
  };
  return `sha256:${sha256(canonicalJson(meaning))}`;
}

function textOf(set: AddressSet | null): readonly string[] | null {
  return set === null ? null : toNetworks(set);
}

/** JSON with keys and list items in order of their text. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).sort().join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`);
  return `{${pairs.sort().join(',')}}`;
}
