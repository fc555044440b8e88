/** The result document: one schema for every command (`postern.result/1`). */
import type { Address, Family } from './address.ts';
import type { ConfigurationLine, ConfigurationOutcome, ConfigurationRow } from './configuration.ts';
import type { Finding, Severity } from './finding.ts';
import type { Outcome } from './outcome.ts';
import type { RelayAttempt, RelayOutcome } from './relay.ts';

export const RESULT_SCHEMA = 'postern.result/1';

export type Verdict = 'compliant' | 'violation' | 'inconclusive';
export type Proof = 'proven' | 'supported' | 'none';

export type Check = NetworkCheck | RelayCheck | ConfigurationCheck;

/** A question about what can be reached, or about what nobody could have seen. */
export interface NetworkCheck extends CheckBase {
  readonly kind: 'reachability' | 'leak' | 'coverage';
  /** Null where nothing was probed (coverage). */
  readonly outcome: Outcome | null;
}

/** What an own server does for a client that is nobody. */
export interface RelayCheck extends CheckBase {
  readonly kind: 'relay';
  readonly outcome: RelayOutcome;
  /** The policy's name of the server. */
  readonly server: string;
  /** Every shape that was tried, controls first. */
  readonly attempts: readonly RelayAttempt[];
}

/** What a firewall's configuration lets through; in a review, what a change to it lets through or stops. */
export interface ConfigurationCheck extends CheckBase {
  readonly kind: 'configuration';
  /** The policy's name of the firewall; `given` where its files were named on the command line. */
  readonly firewall: string;
  /** Null where it could not be worked out. */
  readonly outcome: ConfigurationOutcome | null;
  /** A review's row: what the change does; null in a check. */
  readonly change: ConfigurationChange | null;
  readonly rows: readonly ConfigurationRow[];
  /** Rows beyond those that are listed. */
  readonly furtherRows: number;
}

export interface ConfigurationChange {
  readonly kind: 'newly-allowed' | 'newly-blocked' | 'newly-redirected';
  /** Ports of the row: a review's row may have several. */
  readonly ports: readonly number[];
  /** What each side does with the witness, by which lines. */
  readonly before: ConfigurationSide;
  readonly after: ConfigurationSide;
}

export interface ConfigurationSide {
  readonly outcome: ConfigurationOutcome;
  readonly condition: string | null;
  /** The line that decides; null: no line does (no file, or a default that stands in none). */
  readonly line: ConfigurationLine | null;
}

interface CheckBase {
  readonly id: string;
  readonly segment: string | null;
  readonly source: Address | null;
  readonly destination: string | null;
  readonly host: string | null;
  readonly address: Address | null;
  readonly family: Family | null;
  readonly port: number | null;
  readonly expect: 'allow' | 'deny' | null;
  /** The rule that allows it; null: denied by default. */
  readonly rule: string | null;
  /** A finer state than the outcome, as observed. */
  readonly detail: string | null;
  readonly verdict: Verdict;
  readonly proof: Proof;
  readonly reason: string;
  readonly elapsedMs: number | null;
  /** Fingerprints. */
  readonly findings: readonly string[];
  /** Every finding of it is waived: it counts for neither verdict nor exit code. */
  readonly waived: boolean;
}

/** What `compare` works out; a command adds who ran it, when, and under which policy. */
export interface Judgement {
  readonly summary: Summary;
  readonly checks: readonly Check[];
  readonly findings: readonly Finding[];
  readonly scope: Scope;
}

export interface Summary {
  readonly verdict: Verdict;
  readonly checks: { readonly total: number } & Readonly<Record<Verdict, number>>;
  /** Findings by severity, without the waived ones. */
  readonly findings: Readonly<Record<Severity | 'waived', number>>;
  readonly leakProbes: { readonly sent: number; readonly open: number };
}

export interface Scope {
  /** Audited TCP ports, ascending. */
  readonly ports: readonly number[];
  readonly sources: readonly { readonly segment: string; readonly address: Address; readonly asserted: boolean }[];
  /** Distinct addresses that questions went to. */
  readonly endpoints: number;
  /** Segments of the policy that no evidence speaks for. */
  readonly unseen: readonly string[];
  /** What a reader must know to read the verdict: ports without a deny question, evidence of another policy … */
  readonly notes: readonly string[];
}

export interface Result extends Judgement {
  readonly schema: typeof RESULT_SCHEMA;
  readonly tool: { readonly name: string; readonly version: string };
  readonly policy: { readonly name: string; readonly path: string; readonly digest: string };
  readonly run: {
    readonly id: string;
    readonly command: string;
    readonly startedAt: string;
    readonly finishedAt: string;
    readonly elapsedMs: number;
    readonly interrupted: boolean;
    readonly operator: string | null;
    readonly reference: string | null;
    /** Only of a check of files that were named on the command line: which. */
    readonly configurations?: readonly string[];
  };
  readonly vantages: readonly {
    readonly segment: string;
    readonly address: Address;
    readonly hostname: string;
    readonly asserted: boolean;
  }[];
}
