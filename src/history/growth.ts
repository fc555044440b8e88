/** In what findings of a run reach more than they did, as it is told of them: beyond the baseline, or beyond the runs before. Pure. */
import type { Finding } from '../model/finding.ts';
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
  const grown = new Map(
    transitions.flatMap(({ kind, finding }) => (kind === 'grown' ? [[finding.fingerprint, finding.detail] as const] : [])),
  );
  return new Map(
    findings.flatMap((finding) => {
      const told = grown.get(finding.fingerprint);
      return told === undefined ? [] : [[finding.fingerprint, wordsOf(told, finding)] as const];
    }),
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

/** Before its detail a transition says what grew. */
function wordsOf(told: string, { detail }: Finding): string {
  return told.endsWith(` ${detail}`) ? told.slice(0, -detail.length - 1) : told;
}
