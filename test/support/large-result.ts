/** Results of many checks, as an audit of a large network gives them: every segment to every destination, on the mail ports, in both families. */
import type { Address, Family } from '../../src/model/address.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { NetworkCheck, Result } from '../../src/model/result.ts';
import { at } from './address.ts';

export interface LargeNetwork {
  readonly segments: number;
  readonly destinations: number;
  /** Endpoints of each destination; every third of them has IPv6. */
  readonly endpoints: number;
  /** Of a thousand checks so many get out, and so many could not be judged: neighbours in rows, as a rule that is too wide leaves them. */
  readonly open: number;
  readonly unjudged: number;
}

const PORTS = [25, 465, 587, 2525] as const;

/** 10,000 checks in 500 rows, 200 of which get out, and 300 are not judged. */
export const TEN_THOUSAND: LargeNetwork = { segments: 25, destinations: 20, endpoints: 5, open: 20, unjudged: 30 };

const PLACES = ['building', 'plant', 'branch', 'lab', 'shop'];
const TARGETS = ['provider', 'partner', 'cloud', 'exchange', 'archive'];

/** Deterministic: same network, same result. */
export function largeResult(network: LargeNetwork): Result {
  const checks = checksOf(network);
  const findings = checks.flatMap((check) => (check.verdict === 'compliant' ? [] : [findingOf(check)]));
  const counted = (verdict: string): number => checks.filter((check) => check.verdict === verdict).length;
  const sources = segmentsOf(network).flatMap(({ segment, ipv4, ipv6 }) => [
    { segment, address: ipv4, asserted: false },
    { segment, address: ipv6, asserted: false },
  ]);
  const [open, unjudged] = [counted('violation'), counted('inconclusive')];
  return {
    schema: 'postern.result/1',
    tool: { name: 'postern', version: '0.1.0' },
    policy: { name: 'group', path: 'postern.yaml', digest: `sha256:${'5e'.repeat(32)}` },
    run: {
      id: '0f'.repeat(16),
      command: 'compare',
      startedAt: '2026-11-21T20:37:41.000Z',
      finishedAt: '2026-11-21T20:58:02.000Z',
      elapsedMs: 1_221_000,
      interrupted: false,
      operator: 'N. N.',
      reference: 'Q4',
    },
    vantages: sources.map((source) => ({ ...source, hostname: `probe-${source.segment}` })),
    summary: {
      verdict: open > 0 ? 'violation' : unjudged > 0 ? 'inconclusive' : 'compliant',
      checks: { total: checks.length, compliant: counted('compliant'), violation: open, inconclusive: unjudged },
      findings: { critical: open, high: 0, medium: 0, low: 0, info: unjudged, waived: 0 },
      leakProbes: { sent: 480, open: 0 },
    },
    checks,
    findings: findings.toSorted((a, b) => Number(a.code === 'not-judged') - Number(b.code === 'not-judged')),
    scope: { ports: PORTS, sources, endpoints: network.destinations * network.endpoints, unseen: ['guests'], notes: [] },
  };
}

interface Segment {
  readonly segment: string;
  readonly ipv4: Address;
  readonly ipv6: Address;
}

function segmentsOf({ segments }: LargeNetwork): readonly Segment[] {
  return Array.from({ length: segments }, (_, index) => ({
    segment: `${nameOf(PLACES, index)}-clients`,
    ipv4: at(`10.${index + 20}.0.5`),
    ipv6: at(`2001:db8:${(index + 32).toString(16)}::5`),
  }));
}

function nameOf(names: readonly string[], index: number): string {
  return `${names[index % names.length]}-${Math.floor(index / names.length) + 1}`;
}

function checksOf(network: LargeNetwork): readonly NetworkCheck[] {
  const { destinations, endpoints } = network;
  return segmentsOf(network).flatMap((from, source) =>
    Array.from({ length: destinations * endpoints }, (_, index) => ({
      to: Math.floor(index / endpoints),
      endpoint: index % endpoints,
    })).flatMap(({ to, endpoint }) =>
      PORTS.map((port, place) => checkOf(network, { from, to, endpoint, port, row: source * destinations + to, place })),
    ),
  );
}

interface Place {
  readonly from: Segment;
  readonly to: number;
  readonly endpoint: number;
  readonly port: (typeof PORTS)[number];
  readonly row: number;
  readonly place: number;
}

function checkOf(network: LargeNetwork, where: Place): NetworkCheck {
  const { from, to, endpoint, port } = where;
  const family: Family = endpoint % 3 === 2 ? 'ipv6' : 'ipv4';
  const [source, address] =
    family === 'ipv4'
      ? [from.ipv4, at(`198.51.${to}.${endpoint + 1}`)]
      : [from.ipv6, at(`2001:db8:f:${to.toString(16)}::${endpoint + 1}`)];
  const destination = nameOf(TARGETS, to);
  const id = `${from.segment}/${family === 'ipv4' ? source : `[${source}]`}>${destination}/${family === 'ipv4' ? address : `[${address}]`}:${port}`;
  const host = `mx${endpoint + 1}.${destination}.example.org`;
  const fixed = {
    id,
    kind: 'reachability' as const,
    segment: from.segment,
    source,
    destination,
    host,
    address,
    family,
    port,
    detail: null,
  };
  return { ...fixed, ...judged(network, where, host), waived: false };
}

type Judged = Pick<NetworkCheck, 'expect' | 'rule' | 'outcome' | 'verdict' | 'proof' | 'reason' | 'elapsedMs' | 'findings'>;

/** Rows deviate as a whole; which, a step decides that has no factor in common with their number, so that they lie everywhere. */
function judged(network: LargeNetwork, { to, endpoint, port, row, place }: Place, host: string): Judged {
  const rows = network.segments * network.destinations;
  const share = (((row * STEP) % rows) / rows) * 1_000;
  const findings = [`${row.toString(16).padStart(8, '0')}${(endpoint * PORTS.length + place).toString(16).padStart(8, '0')}`];
  if (share < network.open) return { ...GOT_OUT, reason: `220 ${host} ESMTP Postfix after ${14 + endpoint} ms.`, findings };
  if (share >= 1_000 - network.unjudged) return { ...NOT_JUDGED, findings };
  if (to === 0 && port === 587) return { ...SUBMITS, reason: `${host} took STARTTLS (TLSv1.3) after 21 ms.` };
  return row % 11 === 3 ? { ...BLOCKED, proof: 'supported', reason: DROPPED } : BLOCKED;
}

const STEP = 7_919;

const DROPPED = 'No answer in 8 s. The control www.example.net:443 answered 2 s before.';

const BLOCKED: Judged = {
  expect: 'deny',
  rule: null,
  outcome: 'dropped',
  verdict: 'compliant',
  proof: 'proven',
  reason: `${DROPPED}; relays (10.1.0.25) reached the same endpoint at 2026-11-21T20:37:41Z.`,
  elapsedMs: 8_003,
  findings: [],
};

const SUBMITS: Judged = { ...BLOCKED, expect: 'allow', rule: 'submission', outcome: 'open-smtp', elapsedMs: 141 };

const GOT_OUT: Judged = { ...BLOCKED, outcome: 'open-smtp', verdict: 'violation', elapsedMs: 96 };

const NOT_JUDGED: Judged = {
  ...BLOCKED,
  verdict: 'inconclusive',
  proof: 'none',
  reason: 'No answer in 8 s. That proves nothing: the control www.example.net:443 did not answer.',
  elapsedMs: 8_001,
};

function findingOf(check: NetworkCheck): Finding {
  const { id, segment, destination, host, port, family, source, address, verdict, reason } = check;
  const subject = { segment, destination, host, port, family, server: null, firewall: null };
  const about = { fingerprint: check.findings[0] ?? '', ...subject, check: id, checks: [id], location: null, waiver: null };
  if (verdict === 'inconclusive')
    return {
      ...about,
      code: 'not-judged',
      severity: 'info',
      title: 'Not enough evidence for a verdict',
      detail: reason,
      remediation: 'Give the audit what it lacks: a control that answers, a target known to listen, or a host in the segment.',
      references: ['RFC 5321 section 4.2'],
      evidence: {},
    };
  return {
    ...about,
    code: 'egress-open',
    severity: 'critical',
    title: 'A denied mail flow gets out',
    detail: `${segment} (${source}) to ${host} [${address}]:${port} in ${destination} is denied by the policy and got through. ${reason}`,
    remediation:
      'Deny the mail ports for this segment by default in both IP families, and permit only the flows that the policy names.',
    references: ['NIST SP 800-53 SC-7(5)', 'PCI DSS 4.0 1.3.2'],
    evidence: {
      transcript: [`S: 220 ${host} ESMTP Postfix`, 'C: EHLO audit.example.com', `S: 250-${host}`, 'S: 250 STARTTLS', 'C: QUIT'],
    },
  };
}
