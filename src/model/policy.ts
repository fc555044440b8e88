/**
 * The policy as the rest of Postern sees it: normalised, every reference resolved, every problem already reported.
 */
import type { Address, AddressRange } from './address.ts';
import type { AddressSet } from './address-set.ts';
import type { Subject } from './finding.ts';

/** Where something stands in a file; line and column count from 1, columns in UTF-16 units. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Policy {
  readonly version: 1;
  readonly name: string;
  readonly description: string | null;
  /** The path as given, or `built-in:NAME`. */
  readonly path: string;
  /** `sha256:` + 64 hex digits of the normalised policy without name, descriptions, waivers and firewalls. */
  readonly digest: string;
  readonly segments: readonly Segment[];
  readonly destinations: readonly Destination[];
  readonly rules: readonly Rule[];
  readonly servers: readonly Server[];
  readonly audit: AuditSettings;
  readonly sentinels: readonly Sentinel[];
  readonly firewalls: readonly Firewall[];
  readonly waivers: readonly Waiver[];
}

/** Who sends. */
export interface Segment {
  readonly name: string;
  readonly description: string | null;
  /** As written; the smallest that contains an address decides to which segment the address belongs. */
  readonly networks: readonly AddressRange[];
  /** Its networks without its exceptions; empty in the built-in policies. More specific segments are not cut out. */
  readonly addresses: AddressSet;
  readonly controls: readonly HostPort[];
  /** Which way out it uses; null is the common one. */
  readonly egress: string | null;
  readonly location: Location;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Where to. */
export interface Destination {
  readonly name: string;
  readonly description: string | null;
  /** Names or addresses (canonical), in file order. */
  readonly hosts: readonly string[];
  /** Domains whose mail exchangers are meant. */
  readonly mx: readonly string[];
  /** Null where the policy gives no networks. */
  readonly networks: AddressSet | null;
  readonly probes: readonly Probe[];
  /** Complete where given: what is not in it is known not to be served. */
  readonly listening: readonly number[] | null;
  /** File of trust anchors (PEM), relative to the policy; where given, only these count for this destination. */
  readonly ca: string | null;
  /** `sha256/` + base64 of the SHA-256 of the public key (SubjectPublicKeyInfo). @see RFC 7469 section 2.4 */
  readonly pins: readonly string[];
  /** The servers are the user's own. */
  readonly own: boolean;
  readonly location: Location;
}

export type Probe =
  | { readonly kind: 'host'; readonly host: string; readonly listening: readonly number[] | null }
  | { readonly kind: 'sentinel'; readonly sentinel: string };

export type TlsMode = 'starttls' | 'implicit';
export type TlsVersion = '1.0' | '1.1' | '1.2' | '1.3';

export interface Requirements {
  readonly tls: TlsMode | 'any' | null;
  readonly tlsVersion: TlsVersion | null;
  readonly certificateValid: boolean;
  readonly authRequired: boolean;
  readonly authBeforeTlsForbidden: boolean;
}

/** What may leave. */
export interface Rule {
  readonly name: string;
  readonly description: string | null;
  /** Segment names, with `any` already written out. */
  readonly from: readonly string[];
  /** Destination and segment names, or `any`. */
  readonly to: readonly string[] | 'any';
  readonly ports: readonly number[];
  readonly require: Requirements;
  readonly location: Location;
}

export type RelayExpectation = 'none' | 'authenticated' | 'internal';

/** An own mail server. */
export interface Server {
  readonly name: string;
  readonly host: string;
  readonly ports: readonly number[];
  readonly relay: RelayExpectation;
  readonly hostedDomain: string | null;
  readonly location: Location;
}

export interface AuditSettings {
  /** Every port that counts as SMTP egress, ascending. */
  readonly ports: readonly number[];
  readonly controls: readonly HostPort[];
  readonly trust: readonly string[];
  readonly ehlo: string | null;
  readonly probeDomain: string | null;
  readonly documentationAddresses: boolean;
}

export interface Sentinel {
  readonly name: string;
  readonly host: string;
  readonly ports: readonly number[];
  /** `ed25519:` + base64. */
  readonly publicKey: string | null;
  readonly expectedSources: readonly Address[];
  readonly location: Location;
}

export type ConfigurationFormat = 'iptables-save' | 'ip6tables-save' | 'ipset-save' | 'nftables' | 'nftables-json';

export interface Firewall {
  readonly name: string;
  readonly format: ConfigurationFormat | null;
  readonly files: readonly { readonly path: string; readonly format: ConfigurationFormat | null }[];
  readonly hook: 'forward' | 'output' | 'input' | 'prerouting' | 'postrouting';
  /** Interfaces of a segment or destination; what is absent may be any. */
  readonly interfaces: ReadonlyMap<string, readonly string[]>;
  readonly location: Location;
}

/** An accepted finding; every field that is not null must match. */
export interface Waiver extends Omit<Subject, 'row'> {
  readonly fingerprint: string | null;
  /** `YYYY-MM-DD`, inclusive, UTC. */
  readonly until: string;
  readonly reason: string;
  readonly owner: string | null;
  readonly location: Location;
}
