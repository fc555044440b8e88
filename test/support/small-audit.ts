/** Results of a small audit, as a test says what each flow is like. */
import type { Finding, FindingCode } from '../../src/model/finding.ts';
import { fingerprintOf, type Severity } from '../../src/model/finding.ts';
import type { Check, NetworkCheck, Result } from '../../src/model/result.ts';
import { at as addressAt } from './address.ts';
import { summaryOf } from './hourly-runs.ts';

export type Mood = 'fine' | 'open' | 'milder' | 'blind' | 'waived';

export interface AuditSpec {
  readonly at: number;
  /** By port: what the flow from workstations to the internet is like. */
  readonly flows: Readonly<Record<number, Mood>>;
  readonly interrupted?: boolean;
  readonly id?: string;
}

export function auditOf({ at, flows, interrupted = false, id = `run-${at}` }: AuditSpec): Result {
  const rows = Object.entries(flows).map(([port, mood]) => rowOf(Number(port), mood));
  const checks: Check[] = rows.map(({ check }) => check);
  const findings = rows.flatMap(({ finding }) => (finding === null ? [] : [finding]));
  return {
    schema: 'postern.result/1',
    tool: { name: 'postern', version: '0.1.0' },
    policy: { name: 'head-office', path: 'postern.yaml', digest: `sha256:${'0a'.repeat(32)}` },
    run: {
      id,
      command: 'audit',
      startedAt: new Date(at).toISOString(),
      finishedAt: new Date(at + 9_000).toISOString(),
      elapsedMs: 9_000,
      interrupted,
      operator: null,
      reference: null,
    },
    vantages: [{ segment: 'workstations', address: addressAt('10.20.0.5'), hostname: 'probe-1', asserted: false }],
    summary: { ...summaryOf(checks, findings), verdict: verdictOf(checks) },
    checks,
    findings,
    scope: { ports: [25, 465, 587, 2525], sources: [], endpoints: 1, unseen: [], notes: [] },
  };
}

/** What is waived counts for nothing. */
function verdictOf(checks: readonly Check[]): Result['summary']['verdict'] {
  const counted = checks.filter(({ waived }) => !waived).map(({ verdict }) => verdict);
  if (counted.includes('violation')) return 'violation';
  return counted.includes('inconclusive') || counted.length === 0 ? 'inconclusive' : 'compliant';
}

function rowOf(port: number, mood: Mood): { readonly check: NetworkCheck; readonly finding: Finding | null } {
  const id = `workstations/10.20.0.5>internet/198.51.100.7:${port}`;
  const { code, severity, reason } = SEEN[mood];
  const finding = code === null ? null : findingOf({ code, severity, port, id, reason, waived: mood === 'waived' });
  const check: NetworkCheck = {
    id,
    kind: 'reachability',
    segment: 'workstations',
    source: addressAt('10.20.0.5'),
    destination: 'internet',
    host: 'mx.example.org',
    address: addressAt('198.51.100.7'),
    family: 'ipv4',
    port,
    expect: 'deny',
    rule: null,
    outcome: mood === 'fine' || mood === 'blind' ? 'dropped' : 'open-smtp',
    detail: null,
    verdict: mood === 'fine' ? 'compliant' : mood === 'blind' ? 'inconclusive' : 'violation',
    proof: mood === 'blind' ? 'none' : 'proven',
    reason,
    elapsedMs: 8_000,
    findings: finding === null ? [] : [finding.fingerprint],
    waived: mood === 'waived',
  };
  return { check, finding };
}

interface Seen {
  readonly code: FindingCode | null;
  readonly severity: Severity;
  readonly reason: string;
}

const OPEN = 'Answered as an SMTP server: 220 mx.example.org ESMTP.';

const SEEN: Readonly<Record<Mood, Seen>> = {
  fine: { code: null, severity: 'info', reason: 'No answer in 8 s; the control www.example.net:443 answered.' },
  open: { code: 'egress-open', severity: 'critical', reason: OPEN },
  milder: { code: 'egress-open', severity: 'medium', reason: 'TCP connects; nothing was said.' },
  blind: {
    code: 'not-judged',
    severity: 'info',
    reason: 'No answer in 8 s. The control www.example.net:443 did not answer either.',
  },
  waived: { code: 'egress-open', severity: 'critical', reason: OPEN },
};

interface Found {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly port: number;
  readonly id: string;
  readonly reason: string;
  readonly waived: boolean;
}

function findingOf({ code, severity, port, id, reason, waived }: Found): Finding {
  const host = 'mx.example.org';
  const about = { code, segment: 'workstations', destination: 'internet', host, port, family: 'ipv4' as const };
  const subject = { ...about, server: null, firewall: null };
  return {
    ...subject,
    severity,
    fingerprint: fingerprintOf({ ...subject, row: null }),
    title: code === 'not-judged' ? 'A check could not be judged' : 'A denied mail flow gets out',
    detail: reason,
    remediation: 'Deny the mail ports for this segment.',
    references: [],
    check: id,
    checks: [id],
    location: null,
    evidence: {},
    waiver: waived ? { until: '2026-11-20', reason: 'CHG-1234', owner: null } : null,
  };
}
