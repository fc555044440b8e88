/** What receipts show, in a few words behind the reason of a report. What it means for the policy is not decided here. */
import type { ProbeReport } from '../model/evidence.ts';
import { answeredReceipts, reachOf } from '../receipt/reach.ts';
import type { Run } from './run.ts';

/** @param asked  whom, on which port, and when the probe started (ISO 8601). */
export function withReach(
  { policy, speech }: Pick<Run, 'policy' | 'speech'>,
  asked: { readonly sentinel: string | null; readonly port: number; readonly at: string },
  report: ProbeReport,
): ProbeReport {
  const sentinel = policy.sentinels.find(({ name }) => name === asked.sentinel);
  const publicKey = sentinel === undefined ? undefined : speech.keys.get(sentinel.name);
  if (sentinel === undefined || publicKey === undefined || report.dialogue === null) return report;
  const reach = reachOf(answeredReceipts(report.dialogue), {
    publicKey,
    expectedSources: sentinel.expectedSources,
    port: asked.port,
    at: Date.parse(asked.at),
  });
  if (reach === null) return report;
  const why = reach.reasons[0] ?? '';
  const words =
    reach.level === 'direct'
      ? `Receipts of ${sentinel.name} show that nothing was changed on the way.`
      : reach.level === 'stranger'
        ? `Nothing shows that ${sentinel.name} answered. ${why}`
        : why;
  return { ...report, reason: `${report.reason} ${words}`.trimEnd() };
}
