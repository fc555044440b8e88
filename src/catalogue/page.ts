/** A page of the catalogue: what Postern knows about one kind of finding. */
import type { FindingCode, Severity } from '../model/finding.ts';

export interface Page {
  readonly code: FindingCode;
  /** Without subject: `Denied mail flow gets out`. A finding's own title says where. */
  readonly title: string;
  /** The default; `severityNote` says where a finding differs from it. */
  readonly severity: Severity;
  readonly severityNote: string | null;
  /** What was seen, and what else could explain it. Paragraphs are separated by an empty line. */
  readonly meaning: string;
  /** Why it matters; its first sentence stands alone in a report. */
  readonly risk: string;
  /**
   * Steps, the most likely first. The first is one sentence that stands alone as a finding's `remediation`. Lines of a step
   * after its first are commands or configuration, to be shown as they are.
   */
  readonly fix: readonly string[];
  readonly references: readonly Reference[];
}

export interface Reference {
  /** `RFC 8314 section 3.3`. */
  readonly label: string;
  /** What it says about this, in a few words. */
  readonly about: string;
}

/** The pages of one subject, each under its own code. */
export type Pages<Code extends FindingCode> = { readonly [Key in Code]: Page & { readonly code: Key } };
