/**
 * What could not be done with the result of a run that was judged: keep it, or write a document of it. That is told at once, then with the reminders,
 * and beside whatever else is told; never in the place of what was found.
 */
import type { FindingBrief } from '../model/history.ts';
import type { News } from '../model/notice.ts';
import type { JobMemory } from './memory.ts';
import type { Told } from './notice.ts';

export type Fault =
  /** `found`: what the run has and the kept runs do not know as open. */
  | { readonly kind: 'unkept'; readonly words: readonly string[]; readonly found: readonly FindingBrief[] }
  | { readonly kind: 'unwritten'; readonly words: readonly string[] };

export interface FaultNews {
  readonly news: readonly News[];
  readonly faults: JobMemory['faults'];
}

interface Telling {
  /** Whether what was told then is to be told again. */
  readonly isDue: (toldAt: string) => boolean;
  /** There is other news that they can go with. */
  readonly beside: boolean;
}

/** A failed run says nothing of them. What no kept run knows is told by every run that finds it: none will confirm it. */
export function faultNews(before: JobMemory['faults'], run: Told, { isDue, beside }: Telling): FaultNews {
  if (run.kind === 'failed') return { news: [], faults: before };
  const { startedAt } = run;
  const next = run.faults.map((fault) => {
    const { since, toldAt } = before[fault.kind] ?? { since: startedAt, toldAt: null };
    const found = fault.kind === 'unkept' && fault.found.length > 0;
    const telling = toldAt === null || found || beside || isDue(toldAt);
    return { news: { ...fault, since }, telling, memory: { since, toldAt: telling ? startedAt : toldAt } };
  });
  return {
    news: next.filter(({ telling }) => telling).map(({ news }) => news),
    faults: Object.fromEntries(next.map(({ news, memory }) => [news.kind, memory])),
  };
}
