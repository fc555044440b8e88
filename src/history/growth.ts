/** In what findings of a run reach more than they did, as it is told of them: beyond the baseline, or beyond the runs before. Pure. */
import { isBlindness, type Transition } from '../model/history.ts';
import type { Result } from '../model/result.ts';
import { extentOf, growthOf } from './extent.ts';

/** Of findings that the baseline has, but not as far: what they reach beyond it, as a sentence, by fingerprint. */
export function growthBeyond(result: Result, baseline: Result): ReadonlyMap<string, string> {
  const accepted = new Map(baseline.findings.flatMap((one) => (one.waiver === null ? [[one.fingerprint, one] as const] : [])));
  return new Map(
    result.findings.flatMap((finding) => {
      const before = accepted.get(finding.fingerprint);
      if (before === undefined || isBlindness(finding.code)) return [];
      const words = growthOf(extentOf(before, baseline), extentOf(finding, result));
      return words === null ? [] : [[finding.fingerprint, `The baseline has it, but not as far. ${words}`] as const];
    }),
  );
}

/** Of findings that a run confirmed to have grown, the same. @param transitions  what that run confirmed. */
export function growthTold({ findings }: Result, transitions: readonly Transition[]): ReadonlyMap<string, string> {
  const has = new Set(findings.map(({ fingerprint }) => fingerprint));
  return new Map(
    transitions.flatMap(({ finding: { fingerprint }, grown }) =>
      grown === undefined || !has.has(fingerprint) ? [] : [[fingerprint, grown] as const],
    ),
  );
}

/** With `grown` in each finding that has. */
export function withGrowth(result: Result, growth: ReadonlyMap<string, string>): Result {
  if (growth.size === 0) return result;
  const findings = result.findings.map((finding) => {
    const grown = growth.get(finding.fingerprint);
    return grown === undefined ? finding : { ...finding, grown };
  });
  return { ...result, findings };
}
