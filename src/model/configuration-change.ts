/**
 * What a change of a firewall's configuration newly allows, newly blocks or newly redirects: packets that are treated in another way after it, put
 * together where they are treated alike. The inspector works them out, the comparator judges them by the policy.
 *
 * Worked example: a line that opens 587 from 10.20.0.0/16 to everywhere is, of a policy that permits the workstations 587 to the provider, two changes:
 * what the policy permits (policy `allow`) and the rest (policy `deny`).
 */
import type { Family } from './address.ts';
import type { ConfigurationRow } from './configuration.ts';
import { sha256 } from './digest.ts';
import type { ConfigurationChange, ConfigurationSide } from './result.ts';

export type ChangeKind = ConfigurationChange['kind'];

/** In the order in which they are told. */
export const CHANGE_KINDS: readonly ChangeKind[] = ['newly-allowed', 'newly-redirected', 'newly-blocked'];

export interface Change {
  /** Of what it says, not of where it stands: file names and line numbers do not matter to it. */
  readonly id: string;
  readonly kind: ChangeKind;
  readonly firewall: string;
  /** Null: private addresses that are in no segment. */
  readonly segment: string | null;
  /** The policy's destination or segment that holds all of the row's destinations, else `ELSEWHERE`. */
  readonly destination: string;
  readonly family: Family;
  /** Ascending. */
  readonly ports: readonly number[];
  /**
   * What the policy says of these packets; of sources in no segment `allow` where every segment that comes in by their interfaces may. `unknown`: of
   * other sources in no segment, and of addresses that may be just the ones whose names it permits.
   */
  readonly policy: 'allow' | 'deny' | 'unknown';
  /** Names that the policy permits the segment on these ports, wherever they are. */
  readonly names: readonly string[];
  /** Policy rules that permit it, or that permit those names. */
  readonly rules: readonly string[];
  /** By which interfaces sources of no segment come in that the policy permits what it permits the segments there; else null. */
  readonly like: { readonly interfaces: readonly string[]; readonly segments: readonly string[] } | null;
  /** As it is treated after the change. What is newly blocked is looked at for source ports from 1024 up, which are a client's. */
  readonly row: ConfigurationRow;
  /** What each side does with the row's witness. */
  readonly before: ConfigurationSide;
  readonly after: ConfigurationSide;
}

/** Addresses that names may be just as well: of IPv4 so many, of IPv6 one network of 64 bits. Wider than that no name is. */
export const NAMES_AT_MOST: Readonly<Record<Family, bigint>> = { ipv4: 65_536n, ipv6: 1n << 64n };

/** The same for the same change, whatever the files are called and wherever its lines stand. */
export function changeId({ kind, firewall, segment, destination, family, row, before, after }: Omit<Change, 'id'>): string {
  const { sources, destinations, ports, condition, target } = row;
  const texts = [before.line?.text ?? null, after.line?.text ?? null, ...row.rules.map(({ text }) => text)];
  const said = [firewall, kind, family, segment, destination, ports, sources, destinations, condition, target, texts];
  return sha256(JSON.stringify(said)).slice(0, 12);
}
