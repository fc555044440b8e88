import type { Finding } from '../model/finding.ts';
import type { ExpectedFinding, Fault } from './scenario.ts';

export interface FaultHunt {
  readonly faults: readonly { readonly fault: Fault; readonly missing: readonly ExpectedFinding[] }[];
  /** Findings that nobody planted; a check that could not be judged is one, too. */
  readonly extra: readonly Finding[];
  /** Everything planted was found, and nothing else. */
  readonly exact: boolean;
}

/** Holds what was found against what was planted: by code, segment, destination, port and family. */
export function findFaults(faults: readonly Fault[], findings: readonly Finding[]): FaultHunt {
  const found = new Set(findings.map(keyOf));
  const planted = new Set(faults.flatMap((fault) => fault.findings.map(keyOf)));
  const hunted = faults.map((fault) => ({ fault, missing: fault.findings.filter((finding) => !found.has(keyOf(finding))) }));
  const extra = findings.filter((finding) => !planted.has(keyOf(finding)));
  return { faults: hunted, extra, exact: extra.length === 0 && hunted.every(({ missing }) => missing.length === 0) };
}

function keyOf({ code, segment, destination, port, family }: ExpectedFinding | Finding): string {
  return JSON.stringify([code, segment, destination, port, family]);
}
