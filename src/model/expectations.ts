/** What a policy expects of every flow, as a matrix, before anything is asked: the document of `policy explain`. */
import type { Address } from './address.ts';
import type { Server } from './policy.ts';

export const EXPECTATIONS_SCHEMA = 'postern.expectations/1';

export interface Expectations {
  readonly schema: typeof EXPECTATIONS_SCHEMA;
  readonly policy: { readonly name: string; readonly description: string | null; readonly path: string; readonly digest: string };
  /** Every port of the matrix, ascending: the audited ones, and those that rules allow beside them. */
  readonly ports: readonly ExpectedPort[];
  readonly segments: readonly ExpectedSegment[];
  readonly destinations: readonly ExpectedDestination[];
  readonly rules: readonly ExpectedRule[];
  /** By segment, destination, port: a cell for each, but none from a segment to itself. */
  readonly cells: readonly ExpectedCell[];
  /** Own mail servers, each of which is tested for relaying. */
  readonly servers: readonly ExpectedServer[];
  readonly sentinels: readonly ExpectedSentinel[];
  /** The interception test connects to addresses that nobody can have. */
  readonly documentationAddresses: boolean;
}

export type ExpectedServer = Omit<Server, 'location'>;

export interface ExpectedSentinel {
  readonly name: string;
  readonly host: string;
  readonly ports: readonly number[];
  /** Id of its public key; null: it has none, and proves nothing. */
  readonly key: string | null;
  readonly expectedSources: readonly Address[];
}

export interface ExpectedPort {
  readonly port: number;
  /** What no rule allows on it is denied; on other ports nothing is said of it. */
  readonly audited: boolean;
}

export interface ExpectedSegment {
  readonly name: string;
  readonly description: string | null;
  readonly networks: readonly string[];
  /** What is still to be filled in; null where nothing is. */
  readonly missing: string | null;
}

export interface ExpectedDestination extends ExpectedSegment {
  readonly kind: 'destination' | 'segment' | 'server';
  readonly hosts: readonly string[];
}

export interface ExpectedRule {
  readonly name: string;
  readonly description: string | null;
  readonly ports: readonly number[];
  /** In words. */
  readonly requirements: readonly string[];
}

export interface ExpectedCell {
  readonly segment: string;
  readonly destination: string;
  readonly port: number;
  /** `mixed`: a part of its addresses is allowed; `note` says which. */
  readonly expect: 'allow' | 'deny' | 'mixed' | 'unaudited';
  /** Names of the rules that allow it, or a part of it. */
  readonly rules: readonly string[];
  readonly note: string | null;
  /** Endpoints that will be asked, as the policy writes them. */
  readonly asked: readonly string[];
  /** Why nothing will be asked, and what to add; null where something will. */
  readonly missing: string | null;
}
