/**
 * Coverage: what nobody could have seen. For each segment, family and audited port that the segment may use nowhere, at least
 * one question to an endpoint known to listen must have been judged; otherwise nothing says that the port is shut.
 */
import { FAMILIES, type Family, familyName } from '../model/address.ts';
import type { Evidence } from '../model/evidence.ts';
import { leadsTo } from '../model/leads-to.ts';
import { listText } from '../model/list-text.ts';
import type { Policy, Segment } from '../model/policy.ts';
import type { Verdict } from '../model/result.ts';
import { NO_SUBJECT, nameOfRun, type Row, unjudgedRow } from './row.ts';

export interface Coverage {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** A port that is allowed to some destination, where no question to others was possible. */
interface Unasked {
  readonly segment: string;
  readonly family: Family;
  readonly port: number;
}

export function coverageOf(policy: Policy, evidence: readonly Evidence[], rows: readonly Row[]): Coverage {
  const seen = new Set(
    evidence.flatMap(({ header: { vantage } }) => [...vantage.segments, ...vantage.legs.map(({ segment }) => segment)]),
  );
  const coverage: { rows: Row[]; unasked: Unasked[] } = { rows: [], unasked: [] };
  for (const segment of policy.segments.filter(({ name }) => seen.has(name))) {
    const spoken = new Set(
      evidence.flatMap(({ header }) =>
        header.vantage.legs.filter((leg) => leg.segment === segment.name).map(({ family }) => family),
      ),
    );
    for (const family of FAMILIES) {
      if (spoken.has(family)) coverPorts(policy, segment, family, rows, coverage);
      else if (segment.addresses[family].length > 0) coverage.rows.push(unspokenRow(segment, family));
    }
  }
  coverage.rows.push(...evidence.filter(({ trailer }) => trailer === null).map(unfinishedRow));
  return { rows: coverage.rows, notes: unaskedNotes(coverage.unasked) };
}

function coverPorts(
  policy: Policy,
  segment: Segment,
  family: Family,
  rows: readonly Row[],
  coverage: { readonly rows: Row[]; readonly unasked: Unasked[] },
): void {
  for (const port of policy.audit.ports) {
    const verdicts = denyVerdicts(rows, segment, family, port);
    if (verdicts.some((verdict) => verdict !== 'inconclusive')) continue;
    const allowed = policy.rules.some(
      (rule) => rule.from.includes(segment.name) && rule.ports.includes(port) && leadsTo(policy, rule, family),
    );
    if (!allowed) coverage.rows.push(uncoveredRow(segment, family, port, verdicts.length));
    else if (verdicts.length === 0) coverage.unasked.push({ segment: segment.name, family, port });
  }
}

/** One note for each segment: a policy with many ports would fill a page with them. */
function unaskedNotes(unasked: readonly Unasked[]): string[] {
  return [...new Set(unasked.map(({ segment }) => segment))].map((segment) => {
    const own = unasked.filter((one) => one.segment === segment);
    const ports = [...new Set(own.map(({ port }) => port))].map((port) => `${port}/tcp (${familiesOf(own, port)})`);
    return `${segment} may use ${listText(ports)} to some destinations; that it cannot reach others there was not asked: no endpoint of others is known to listen.`;
  });
}

function familiesOf(unasked: readonly Unasked[], port: number): string {
  return unasked
    .filter((one) => one.port === port)
    .map(({ family }) => familyName(family))
    .join(' and ');
}

function denyVerdicts(rows: readonly Row[], segment: Segment, family: Family, port: number): Verdict[] {
  return rows
    .map(({ check }) => check)
    .filter(
      (check) => check.segment === segment.name && check.family === family && check.port === port && check.expect === 'deny',
    )
    .map(({ verdict }) => verdict);
}

function uncoveredRow(segment: Segment, family: Family, port: number, asked: number): Row {
  const reason =
    asked === 0
      ? `${segment.name} may use ${port}/tcp nowhere, and no endpoint known to listen on it over ${familyName(family)} was there to try: add a probe with \`listening: [${port}]\` to a destination, or a sentinel.`
      : `${segment.name} may use ${port}/tcp nowhere, and none of the ${asked} flows that would show it over ${familyName(family)} could be judged: see their reasons.`;
  return coverageRow(segment, family, port, reason);
}

function unspokenRow(segment: Segment, family: Family): Row {
  const reason = `The policy gives ${segment.name} ${familyName(family)} networks, but this host has no address in them: nothing was seen of that family. Run from a host that has one.`;
  return coverageRow(segment, family, null, reason);
}

function coverageRow(segment: Segment, family: Family, port: number | null, reason: string): Row {
  const id = port === null ? `coverage:${segment.name}/${family}` : `coverage:${segment.name}:${port}/${family}`;
  return emptyRow(id, reason, { segment: segment.name, family, port, expect: port === null ? null : 'deny' }, segment);
}

/** Observations of a run that died are there, but nothing says that they are all that it wrote. */
function unfinishedRow(evidence: Evidence): Row {
  const reason = `The run of ${nameOfRun(evidence)} has no trailer: it did not end by itself. Complete it with scan --resume.`;
  return runRow(evidence, null, reason);
}

/** What is wrong with a run as a whole; `what` tells two such rows of one run apart. */
export function runRow(evidence: Evidence, what: string | null, reason: string): Row {
  const segment = evidence.header.vantage.segments[0] ?? null;
  const id = `coverage:run/${evidence.header.run.id}${what === null ? '' : `/${what}`}`;
  return emptyRow(id, reason, { segment, family: null, port: null, expect: null }, null);
}

export interface UnreadFile {
  readonly file: string;
  readonly why: string;
}

/** What a file of evidence would have shown is unknown. */
export function unreadFileRow({ file, why }: UnreadFile): Row {
  const about = { segment: null, family: null, port: null, expect: null };
  return emptyRow(`coverage:file/${file}`, `The evidence ${file} could not be read: ${why}`, about, null);
}

function emptyRow(
  id: string,
  reason: string,
  about: {
    readonly segment: string | null;
    readonly family: Family | null;
    readonly port: number | null;
    readonly expect: 'deny' | null;
  },
  segment: Segment | null,
): Row {
  const subject = { ...NO_SUBJECT, segment: about.segment, family: about.family, port: about.port, row: stableRow(id) };
  return unjudgedRow(
    {
      id,
      kind: 'coverage',
      ...about,
      source: null,
      destination: null,
      host: null,
      address: null,
      rule: null,
      outcome: null,
      detail: null,
      reason,
      elapsedMs: null,
    },
    subject,
    segment?.location ?? null,
  );
}

/** The id without a run's: a fingerprint is the same from run to run. */
function stableRow(id: string): string {
  if (!id.startsWith('coverage:run/')) return id;
  return id.endsWith('/misfit') ? 'coverage:run/misfit' : 'coverage:run';
}
