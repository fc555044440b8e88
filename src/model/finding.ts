/** Findings: what is wrong, in the words of the catalogue, with its proof. */
import type { Family } from './address.ts';
import { sha256 } from './digest.ts';
import type { Location } from './policy.ts';

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** For sorting, the gravest first: below 0 where the first is graver, above 0 where the second is. */
export function bySeverity(a: Severity, b: Severity): number {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);
}

export function isGraver(one: Severity, other: Severity): boolean {
  return bySeverity(one, other) < 0;
}

export const FINDING_CODES = [
  'egress-open',
  'egress-blocked',
  'endpoint-down',
  'ipv6-unregulated',
  'open-relay',
  'submission-without-auth',
  'starttls-missing',
  'starttls-stripped',
  'banner-masked',
  'intercepted',
  'auth-before-tls',
  'tls-outdated',
  'certificate-invalid',
  'unexpected-service',
  'family-gap',
  'config-permits-denied',
  'config-blocks-allowed',
  'config-redirects',
  'rule-shadowed',
  'config-live-mismatch',
  'waiver-expired',
  'not-judged',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

/** What a finding is about; its fingerprint is made of this, and waivers match on it. */
export interface Subject {
  readonly code: FindingCode;
  readonly segment: string | null;
  readonly destination: string | null;
  /** As the policy writes it: a name, an address, or a domain whose exchangers are meant. Never a resolved address. */
  readonly host: string | null;
  readonly port: number | null;
  readonly family: Family | null;
  readonly server: string | null;
  readonly firewall: string | null;
  /** The row of a configuration or the id of a waiver, where nothing else tells two findings apart. */
  readonly row: string | null;
}

export interface Finding extends Omit<Subject, 'row'> {
  readonly severity: Severity;
  readonly fingerprint: string;
  readonly title: string;
  readonly detail: string;
  readonly remediation: string;
  readonly references: readonly string[];
  /** Id of the first check that shows it; null where it is about no check (an expired waiver). */
  readonly check: string | null;
  readonly checks: readonly string[];
  readonly location: Location | null;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly waiver: { readonly until: string; readonly reason: string; readonly owner: string | null } | null;
  /** Only where earlier runs are kept: start of the run since which it has been open, ISO 8601; null: not known. */
  readonly since?: string | null;
  /** Only where there is a baseline: whether that has it too, at least as grave. What is known does not count for the exit code. */
  readonly known?: boolean;
  /** Only where it reaches more than in the baseline, or than two runs agreed before: what, as a sentence. */
  readonly grown?: string;
}

/** First 16 hex digits of the SHA-256 over the subject as a JSON array; the same from run to run, whatever DNS answers. */
export function fingerprintOf(subject: Subject): string {
  const { code, segment, destination, host, port, family, server, firewall, row } = subject;
  return sha256(JSON.stringify([code, segment, destination, host, port, family, server, firewall, row])).slice(0, 16);
}
