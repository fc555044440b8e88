/** Joins a sentinel's log with evidence of probes: what never arrived, what never came back, what somebody else answered. */
import { compareAddresses, FAMILIES } from '../model/address.ts';
import type { Evidence } from '../model/evidence.ts';
import { listText } from '../model/list-text.ts';
import type { Policy } from '../model/policy.ts';
import { type InputError, inputError } from '../model/problem.ts';
import { type LogSummary, READINGS, type Reading, type ReconciledRow, type Reconciliation } from '../model/reconciliation.ts';
import type { SentinelLog } from '../model/sentinel-log-codec.ts';
import { type Arrivals, arrivalsOf } from './arrivals.ts';
import { authorOf, type LogAuthor } from './log-sentinel.ts';
import { type LogWatch, watchOf } from './log-watch.ts';
import { reconcileNotes } from './reconcile-notes.ts';
import { reconciledRow } from './reconcile-row.ts';
import { sceneOf } from './scene.ts';
import { isProbe, type Try, triesOf } from './tries.ts';
import { isUndeclared, undeclaredNotes } from './undeclared.ts';

/** How far apart clocks are taken to be that nothing compares: what is found on hosts without NTP, and less than what anybody overlooks. */
export const ASSUMED_SKEW_MS: number = 5 * 60_000;

export interface ReconcileOptions {
  /** Milliseconds either way, for runs that no receipt gives a measure of. */
  readonly assumedSkewMs: number;
}

export type Reconciled = Pick<Reconciliation, 'sentinel' | 'runs' | 'summary' | 'rows' | 'notes'> & {
  readonly log: Omit<LogSummary, 'file'>;
};

/**
 * Pure: no I/O, no clock; same input, same rows, same order.
 *
 * @returns one row for each probe of the sentinel that wrote the log (but those of ports where it never listens), by port, family, segment, source and time.
 * @throws {InputError} `no-sentinel`, `log-other-sentinel`, `log-two-sentinels`; `evidence-twice`; `no-probe` where the evidence has none of it.
 */
export function reconcile(
  policy: Policy,
  log: SentinelLog,
  evidence: readonly Evidence[],
  { assumedSkewMs }: ReconcileOptions,
): Reconciled {
  refuseTwice(evidence);
  const author = authorOf(policy, log.events);
  const [arrivals, watch] = [arrivalsOf(log.events), watchOf(log)];
  const tries = evidence.flatMap((run, index) => triesOf(policy, author, run, index));
  const asked = tries.filter((one) => isProbe(policy, author, one));
  const undeclared = asked.filter((one) => isUndeclared(author, { arrivals, watch }, one));
  const probes = asked.filter((one) => !undeclared.includes(one));
  if (probes.length === 0) throw noProbe(author, evidence, undeclared);
  const scene = sceneOf(author, { arrivals, watch }, tries, { runs: evidence.length, assumedSkewMs });
  const rows = probes.flatMap((one) => reconciledRow(one, scene, evidence)).sort(byPlace);
  const counts = READINGS.map((reading) => [reading, rows.filter((row) => row.reading === reading).length] as const);
  return {
    sentinel: {
      name: author.sentinel.name,
      host: author.sentinel.host,
      key: author.key?.id ?? null,
      expectedSources: author.sentinel.expectedSources,
    },
    log: summaryOf(log, author, arrivals, watch),
    runs: evidence.map(({ header: { run, vantage } }, index) => ({
      id: run.id,
      hostname: vantage.hostname,
      startedAt: run.startedAt,
      skew: scene.skews[index] ?? { kind: 'assumed', lowestMs: -assumedSkewMs, highestMs: assumedSkewMs, probes: 0 },
    })),
    summary: { total: rows.length, ...recordOf(counts) },
    rows,
    notes: [...reconcileNotes({ policy, evidence, scene, log, rows }), ...undeclaredNotes(author, undeclared)],
  };
}

function refuseTwice(evidence: readonly Evidence[]): void {
  const seen = new Set<string>();
  for (const { header } of evidence) {
    if (seen.has(header.run.id)) throw inputError('evidence-twice', `The evidence of run ${header.run.id} was given twice.`);
    seen.add(header.run.id);
  }
}

function noProbe(author: LogAuthor, evidence: readonly Evidence[], undeclared: readonly Try[]): InputError {
  const { sentinel } = author;
  const [leftOut] = undeclaredNotes(author, undeclared);
  if (leftOut !== undefined) return inputError('no-probe', `Nothing is left to join. ${leftOut}`);
  const runs = listText(evidence.map(({ header }) => `${header.run.id} (${header.vantage.hostname})`));
  return inputError(
    'no-probe',
    `The log is that of the sentinel ${sentinel.name} (${sentinel.host}), and the evidence of ${runs} has no probe of it: name it among a destination's probes, and scan.`,
  );
}

function byPlace(a: ReconciledRow, b: ReconciledRow): number {
  return (
    a.port - b.port ||
    FAMILIES.indexOf(a.family) - FAMILIES.indexOf(b.family) ||
    byText(a.segment, b.segment) ||
    compareAddresses(a.source, b.source) ||
    byText(a.at, b.at) ||
    byText(a.id, b.id)
  );
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function summaryOf(log: SentinelLog, { names, keys }: LogAuthor, arrivals: Arrivals, watch: LogWatch): Reconciled['log'] {
  const iso = (ms: number): string => new Date(ms).toISOString();
  return {
    names,
    keys,
    from: iso(watch.fromMs),
    to: iso(watch.toMs),
    events: log.events.length,
    connections: arrivals.connections.length,
    receipts: arrivals.receipts.size,
    unreadable: log.gaps.length,
    foreign: log.foreign,
    repeated: log.repeated,
    torn: log.torn,
    watched: watch.watched.map(({ fromMs, toMs, ports }) => ({ from: iso(fromMs), to: iso(toMs), ports })),
  };
}

function recordOf(counts: readonly (readonly [Reading, number])[]): Record<Reading, number> {
  const count = (reading: Reading): number => counts.find(([name]) => name === reading)?.[1] ?? 0;
  return {
    stranger: count('stranger'),
    'answer-lost': count('answer-lost'),
    'arrived-silent': count('arrived-silent'),
    'never-arrived': count('never-arrived'),
    ambiguous: count('ambiguous'),
    'not-covered': count('not-covered'),
    untried: count('untried'),
    answered: count('answered'),
  };
}
