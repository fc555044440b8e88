/** A network with faults planted in it: what an audit of it must find, and nothing else. */
import type { Family } from '../model/address.ts';
import type { FindingCode } from '../model/finding.ts';
import type { Listener } from './behaviour.ts';
import type { Topology } from './topology.ts';

export interface Scenario {
  /** Null: everything is on this machine's loopback, and nothing filters. */
  readonly topology: Topology | null;
  /** Servers by the host that they run on. */
  readonly servers: Readonly<Record<string, readonly Listener[]>>;
  /** A host for each segment to audit from. */
  readonly vantages: readonly { readonly host: string; readonly segment: string }[];
  /** Files for the reader, by name, beside the policy. */
  readonly exhibits: Readonly<Record<string, string>>;
  /** What depends on the ports that the servers got, in the order of their listeners. */
  readonly plan: (ports: Readonly<Record<string, readonly number[]>>) => Plan;
}

export interface Plan {
  /** Text of the policy file; names its trust anchors `ca.pem`. */
  readonly policy: string;
  readonly faults: readonly Fault[];
}

/** One mistake, and the findings that it must lead to. */
export interface Fault {
  readonly what: string;
  readonly findings: readonly ExpectedFinding[];
}

export interface ExpectedFinding {
  readonly code: FindingCode;
  readonly segment: string;
  readonly destination: string;
  readonly port: number;
  /** Null where the finding is about both. */
  readonly family: Family | null;
}

/** Where the lab's certificates lie (PEM). `good` is of that authority and for every name of the lab. */
export interface LabCertificates {
  readonly authority: string;
  readonly good: { readonly certificate: string; readonly key: string };
}
