/** What `policy lint` says of a policy. */
import type { Problem } from './problem.ts';

export const LINT_SCHEMA = 'postern.lint/1';

export interface LintReport {
  readonly schema: typeof LINT_SCHEMA;
  /** As given, or `built-in:NAME`. */
  readonly path: string;
  /** Null where errors kept it from being read. */
  readonly policy: {
    readonly name: string;
    readonly digest: string;
    readonly segments: number;
    readonly destinations: number;
    readonly rules: number;
  } | null;
  readonly summary: { readonly errors: number; readonly warnings: number; readonly hints: number };
  /** By place. */
  readonly problems: readonly Problem[];
}
