/** A check with the findings that it shows, while the comparison is still at work on it. */
import type { Evidence } from '../model/evidence.ts';
import type { Severity, Subject } from '../model/finding.ts';
import type { Location } from '../model/policy.ts';
import type { ConfigurationCheck, NetworkCheck, RelayCheck } from '../model/result.ts';

export interface Row {
  readonly check: CheckDraft;
  /** The host as the policy writes it; null for rows about no host. */
  readonly host: string | null;
  readonly drafts: readonly Draft[];
}

/** A check before its findings are gathered. */
export type CheckDraft = NetworkDraft | Omit<RelayCheck, 'findings' | 'waived'> | ConfigurationDraft;
export type NetworkDraft = Omit<NetworkCheck, 'findings' | 'waived'>;
export type ConfigurationDraft = Omit<ConfigurationCheck, 'findings' | 'waived'>;

/** A finding of one check; drafts of one subject become one finding. */
export interface Draft {
  readonly subject: Subject;
  /** Null: the catalogue's. */
  readonly severity: Severity | null;
  readonly detail: string;
  /** Absent: the catalogue's. */
  readonly remediation?: string;
  readonly location: Location | null;
  readonly evidence: Readonly<Record<string, unknown>>;
}

export const NO_SUBJECT: Omit<Subject, 'code'> = {
  segment: null,
  destination: null,
  host: null,
  port: null,
  family: null,
  server: null,
  firewall: null,
  row: null,
};

/** A row that cannot be judged, with the finding that says so. */
export function unjudgedRow(
  check: Omit<NetworkDraft, 'verdict' | 'proof'>,
  subject: Omit<Subject, 'code'>,
  location: Location | null,
): Row {
  return {
    check: { ...check, verdict: 'inconclusive', proof: 'none' },
    host: subject.host,
    drafts: [{ subject: { ...subject, code: 'not-judged' }, severity: null, detail: check.reason, location, evidence: {} }],
  };
}

/** How a run is named in reasons: its segments and the host. */
export function nameOfRun(evidence: Evidence): string {
  const { vantage, run } = evidence.header;
  return `${vantage.segments.join(', ')} on ${vantage.hostname}, started ${run.startedAt}`;
}
