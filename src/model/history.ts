/**
 * Earlier runs and what changed between them: what the state folder keeps, and what `history`, `diff` and `--cron` tell.
 *
 * Drift is about findings, by fingerprint. A finding closes only where a check that shows it was asked and complies, or is asked no more in a run
 * that is complete; what could not be judged leaves it as it was.
 */
import type { Finding, FindingCode, Severity } from './finding.ts';
import type { Result, Summary, Verdict } from './result.ts';

/**
 * What turns 4 times within 24 runs of a series comes and goes: that is told once, and then nothing until 6 runs in a row agree. Fewer turns
 * would silence what only moved twice; more runs would keep the end of it secret for longer.
 */
export const WINDOW_RUNS = 24;
export const UNSTEADY_TURNS = 4;
export const STEADY_RUNS = 6;

/** A line of the index: what is known of a run without opening it. */
export interface RunEntry {
  /** Counts from 1, without gaps. */
  readonly sequence: number;
  readonly id: string;
  readonly series: string;
  readonly command: string;
  readonly policy: { readonly name: string; readonly digest: string };
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly verdict: Verdict;
  readonly checks: Summary['checks'];
  readonly findings: Summary['findings'];
  readonly interrupted: boolean;
  /** Name of its file in `runs/`. */
  readonly file: string;
  /** SHA-256 of that file, hex. */
  readonly sha256: string;
}

/**
 * What became of a finding, confirmed by two runs in a row. `closed` with a waived finding: it is there still, and was accepted. `grown`: as grave
 * as it was, but it reaches more. `unasked`: no check asks about it any more, so nobody knows whether it is gone. After `unsteady` nothing
 * is told of it until it is steady again; then `opened` or `closed`, whichever it is.
 */
export type TransitionKind = 'opened' | 'graver' | 'grown' | 'milder' | 'closed' | 'unasked' | 'unsteady';

/** In the order in which a reader wants them. */
export const TRANSITION_KINDS: readonly TransitionKind[] = [
  'opened',
  'graver',
  'grown',
  'milder',
  'closed',
  'unasked',
  'unsteady',
];

export interface Transition {
  /** Of the same change always the same: webhooks are told once. */
  readonly id: string;
  readonly kind: TransitionKind;
  readonly series: string;
  /** Start of the run that confirmed it. */
  readonly at: string;
  /** Start of the run in which it was first so. */
  readonly since: string;
  readonly sequence: number;
  readonly finding: FindingBrief;
  /** `graver`, `milder`: what it was. */
  readonly before: Severity | null;
  /** What it reaches that it did not, as a sentence, which the finding's detail begins with; absent: no more than before. */
  readonly grown?: string;
}

/** As much of a finding as is needed to tell what it was, after it has gone. */
export interface FindingBrief
  extends Pick<
    Finding,
    'fingerprint' | 'code' | 'severity' | 'segment' | 'destination' | 'host' | 'port' | 'family' | 'server' | 'firewall'
  > {
  readonly title: string;
  readonly detail: string;
  readonly waived: boolean;
}

/** What is known of one finding in one series. */
export interface Standing {
  readonly fingerprint: string;
  readonly status: 'open' | 'closed';
  /** Start of the first run of the stretch in which the status has held. */
  readonly since: string;
  /** The other status, seen once and not yet twice; null where the last run agreed. */
  readonly pending: {
    readonly status: 'open' | 'closed';
    readonly since: string;
    /** That it is closed was said because no check asks about it. */
    readonly unasked: boolean;
  } | null;
  /** Another severity, seen once and not yet twice; null where the last sighting agreed with `finding.severity`, or it is closed. */
  readonly regrade: { readonly severity: Severity; readonly since: string } | null;
  /** Sequences of runs in which it turned, of the last `WINDOW_RUNS` of its series. */
  readonly turns: readonly number[];
  /** Runs since it last turned in which it could be judged. */
  readonly steady: number;
  /** Told as unsteady, and not yet steady again. */
  readonly unsteady: boolean;
  /** As last seen, but with the confirmed severity. */
  readonly finding: FindingBrief;
  /** Ids of the checks that last showed it. */
  readonly checks: readonly string[];
  /** Digest of the policy under which it was last seen. */
  readonly policy: string;
  /** How far it reaches. */
  readonly reach: Reach;
}

export interface Reach {
  /** As far as two runs agree, or as it was first seen. */
  readonly confirmed: Extent;
  /** As it was last seen; null: the same. */
  readonly last: { readonly extent: Extent; readonly at: string } | null;
}

/** What a finding lets through, stops or diverts. Neither its fingerprint nor its severity hangs on that. */
export interface Extent {
  /** Of a configuration. */
  readonly rows: readonly ExtentRow[];
  /** Rows beyond those. */
  readonly further: number;
  /** Of an audit: checks that show it, */
  readonly shown: readonly string[];
  /** and checks of the same flow that were asked and comply. An address that was never asked before is no growth: names change theirs. */
  readonly held: readonly string[];
}

/** Every source with every destination, networks (CIDR). */
export interface ExtentRow {
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  readonly ports: readonly string[];
  readonly condition: string | null;
  readonly sourcePorts: readonly string[] | null;
  readonly target: string | null;
}

export interface SeriesState {
  readonly runs: number;
  /** The last `WINDOW_RUNS`, oldest first. */
  readonly recent: readonly SeriesRun[];
  readonly standings: readonly Standing[];
}

/** A run that is told by its id and start from one that was kept twice: saved evidence that is judged again has both as before. */
export interface SeriesRun {
  readonly sequence: number;
  readonly startedAt: string;
  readonly id: string;
  readonly policy: string;
}

export interface HistoryState {
  readonly schema: 'postern.state/1';
  /** The last run that it takes account of. */
  readonly sequence: number;
  readonly series: Readonly<Record<string, SeriesState>>;
}

/** Two results side by side. */
export interface ResultDiff {
  readonly schema: 'postern.diff/1';
  readonly a: DiffSide;
  readonly b: DiffSide;
  readonly changed: boolean;
  readonly opened: readonly FindingBrief[];
  readonly closed: readonly FindingBrief[];
  readonly regraded: readonly { readonly before: Severity; readonly finding: FindingBrief }[];
  /** In both, and in `b` they reach what they do not in `a`; their details say what. */
  readonly grown: readonly FindingBrief[];
  /** In both, and in `b` they reach less, and nothing else. */
  readonly shrunk: readonly FindingBrief[];
  /** Findings of one side whose check the other side could not judge, or did not ask. */
  readonly unknown: readonly FindingBrief[];
  readonly checks: readonly CheckChange[];
}

export interface DiffSide {
  readonly run: string;
  readonly startedAt: string;
  readonly policyDigest: string;
  readonly verdict: Verdict;
}

/** A check whose verdict or outcome differs; null: not asked on that side. */
export interface CheckChange {
  readonly id: string;
  readonly before: { readonly verdict: Verdict; readonly outcome: string | null } | null;
  readonly after: { readonly verdict: Verdict; readonly outcome: string | null } | null;
}

/**
 * By what runs are compared with each other: what was asked for, never what was seen. A file of evidence that is missing, or another firewall in
 * the policy, makes no other series: what is not there is not known. Of what probes itself also where it stands, since another host sees another
 * network; of files that were named on the command line which they are.
 */
export function seriesOf({ run, policy, vantages }: Result): string {
  const stands = run.command === 'compare' ? [] : [...new Set(vantages.map(({ segment }) => segment))].sort();
  return [run.command, policy.name, ...stands, ...(run.configurations ?? [])].join(' ');
}

export function briefOf(finding: Finding): FindingBrief {
  const { fingerprint, code, severity, segment, destination, host, port, family, server, firewall, title, detail, waiver } =
    finding;
  return {
    fingerprint,
    code,
    severity,
    segment,
    destination,
    host,
    port,
    family,
    server,
    firewall,
    title,
    detail,
    waived: waiver !== null,
  };
}

/** The audit could not see: such findings are told apart from what it saw. */
export function isBlindness(code: FindingCode): boolean {
  return code === 'not-judged';
}
