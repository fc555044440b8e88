/** What a reader must know to read the rows: evidence of another policy, gaps in the log, sources that nobody knows. */
import { FAMILIES, familyName, familyOf } from '../model/address.ts';
import type { Evidence } from '../model/evidence.ts';
import { listText } from '../model/list-text.ts';
import type { Policy } from '../model/policy.ts';
import { locationText } from '../model/problem.ts';
import type { ReconciledRow } from '../model/reconciliation.ts';
import type { SentinelLog } from '../model/sentinel-log-codec.ts';
import type { Scene } from './scene.ts';

/** Unreadable lines whose place is told. */
const MAX_PLACES = 3;

interface Told {
  readonly policy: Policy;
  readonly evidence: readonly Evidence[];
  readonly scene: Scene;
  readonly log: SentinelLog;
  readonly rows: readonly ReconciledRow[];
}

export function reconcileNotes(told: Told): string[] {
  return [...evidenceNotes(told), ...policyNotes(told), ...logNotes(told)];
}

function evidenceNotes({ policy, evidence }: Told): string[] {
  return evidence.flatMap(({ header, trailer }) => [
    ...(header.policy.digest === policy.digest
      ? []
      : [`The evidence of run ${header.run.id} was taken under another policy (${header.policy.digest.slice(0, 19)}).`]),
    ...(trailer === null || trailer.interrupted
      ? [`Run ${header.run.id} was not complete: what it did not ask is not here.`]
      : []),
  ]);
}

function policyNotes({ scene: { author, sources }, rows }: Told): string[] {
  const { name } = author.sentinel;
  const open = FAMILIES.filter((family) => !sources[family].complete && rows.some((row) => row.family === family));
  return [
    ...(author.key === null ? [`The policy gives ${name} no public-key: no receipt can be verified.`] : []),
    ...open.map((family) =>
      author.sentinel.expectedSources.some((address) => familyOf(address) === family)
        ? `Over ${familyName(family)} this network also comes from elsewhere than the \`expected-sources\` of ${name} say: every connection could be its own.`
        : `Nothing says where this network comes from over ${familyName(family)} (\`expected-sources\` of ${name}): every connection could be its own.`,
    ),
  ];
}

function logNotes({ scene: { distrust, watch }, log }: Told): string[] {
  const places = log.gaps
    .slice(0, MAX_PLACES)
    .map(({ problem: { location } }) => (location === null ? '' : locationText(location)));
  const more = log.gaps.length - places.length;
  const list = listText([...places, ...(more > 0 ? [`${more} more`] : [])]);
  const lines = log.gaps.length === 1 ? 'A line' : `${log.gaps.length} lines`;
  return [
    ...(distrust === null ? [] : [`What is not in this log proves nothing: ${distrust}.`]),
    ...(log.gaps.length === 0 ? [] : [`${lines} of the log cannot be read (${list}): the time around counts as not watched.`]),
    ...(watch.lost.length === 0
      ? []
      : ['Lines are missing in the log: the numbers of its connections skip some. The times around them count as not watched.']),
    ...(log.torn ? ['The last line of the log is cut off.'] : []),
    ...(watch.twice.length === 0
      ? []
      : [
          'The log tells some time twice: its clock was set back, or two sentinels wrote to it. That time counts as not watched.',
        ]),
  ];
}
