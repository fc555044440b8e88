/** Several runs of one vantage: the latest of each source counts. */
import type { Evidence, Leg } from '../model/evidence.ts';
import type { Row } from './row.ts';
import type { RunRows } from './rows.ts';

/**
 * Each run keeps the legs for which no later one of the same host speaks. Two hosts that have one address (branch offices that are built
 * alike) are two vantages: what one of them saw takes nothing from the other.
 */
export function latestOfEachSource(evidence: readonly Evidence[]): {
  readonly latest: readonly Evidence[];
  readonly notes: readonly string[];
} {
  const taken = new Set<string>();
  const latest: Evidence[] = [];
  const notes: string[] = [];
  for (const run of [...evidence].sort(newestFirst)) {
    const { vantage } = run.header;
    const keyOf = ({ segment, source }: Leg): string => JSON.stringify([vantage.hostname, segment, source]);
    const legs = vantage.legs.filter((leg) => !taken.has(keyOf(leg)));
    for (const leg of vantage.legs) taken.add(keyOf(leg));
    if (legs.length < vantage.legs.length) {
      notes.push(
        `Of the run started ${run.header.run.startedAt} on ${vantage.hostname}, only what no later run speaks for was judged.`,
      );
    }
    const replaced = legs.length === 0 && vantage.legs.length > 0;
    if (!replaced) latest.push({ ...run, header: { ...run.header, vantage: { ...vantage, legs } } });
  }
  return { latest: latest.reverse(), notes };
}

/** The rows of every run; where two hosts have one address, the ids of the second one's rows name it. */
export function withOwnIds(evidence: readonly Evidence[], runs: readonly RunRows[]): Row[] {
  const taken = new Set<string>();
  return runs.flatMap(({ rows }, index) => {
    const own = rows.map((row): Row => {
      if (!taken.has(row.check.id)) return row;
      return { ...row, check: { ...row.check, id: `${row.check.id}@${evidence[index]?.header.vantage.hostname ?? index}` } };
    });
    for (const { check } of own) taken.add(check.id);
    return own;
  });
}

function newestFirst({ header: { run: a } }: Evidence, { header: { run: b } }: Evidence): number {
  return Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.id < b.id ? 1 : -1);
}
