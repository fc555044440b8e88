/** What came of rulesets, for people. */
import { formatAddress } from '../../../src/model/address.ts';
import type { Disagreement } from './compare.ts';
import type { Found } from './differential.ts';

/** Lines about a ruleset that a kernel and Postern do not agree about, or that one of them does not take; none where all is well. */
export function troubleIn(one: Found, most = 10): readonly string[] {
  const head = `seed ${one.seed} (${one.generated.hook}, ${one.backend})`;
  if (one.refused !== null) return [`${head}: refused by the kernel: ${one.refused}`];
  if (one.misread !== null) return [`${head}: refused by Postern: ${one.misread}`];
  return one.disagreements.slice(0, most).map((each) => `${head}: ${disagreementText(each)}`);
}

export function countsOf(all: readonly Found[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const one of all)
    for (const [verdict, count] of Object.entries(one.counts)) counts[verdict] = (counts[verdict] ?? 0) + count;
  return counts;
}

function disagreementText({ probe, expected, observed }: Disagreement): string {
  const { attempt, packet } = probe;
  const way = `${packet.in ?? '-'} → ${packet.out ?? '-'}${probe.user === null ? '' : ` user ${probe.user}`}`;
  const said = expected.condition === null ? expected.verdict : `${expected.outcomes.join('/')} ${expected.condition}`;
  const lines = expected.rules.map(({ file, line, text }) => `\n    ${file}:${line} ${text}`);
  const from = `${formatAddress(packet.family, packet.source)} ${attempt.sourcePort}`;
  return `${from} to ${attempt.destination} ${attempt.port} (${way}): Postern ${said}, kernel ${observed}${lines.join('')}`;
}
