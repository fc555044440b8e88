/** The pages of docs/ that are made from data. */
import { findingsManual } from './findings.ts';
import { policyReference, type Schema } from './policy-reference.ts';

/** Their texts by path. */
export function manualPages(policySchema: Schema): Readonly<Record<string, string>> {
  return { 'docs/findings.md': findingsManual(), 'docs/policy-reference.md': policyReference(policySchema) };
}
