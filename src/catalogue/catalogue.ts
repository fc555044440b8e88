/** Every finding that Postern can make, explained. */
import type { FindingCode } from '../model/finding.ts';
import { CONFIGURATION_PAGES } from './configuration.ts';
import { EGRESS_PAGES } from './egress.ts';
import { INTERFERENCE_PAGES } from './interference.ts';
import type { Page } from './page.ts';
import { RUN_PAGES } from './run.ts';
import { SERVER_PAGES } from './server.ts';
import { TLS_PAGES } from './tls.ts';

export const CATALOGUE: Readonly<Record<FindingCode, Page>> = {
  ...EGRESS_PAGES,
  ...SERVER_PAGES,
  ...TLS_PAGES,
  ...INTERFERENCE_PAGES,
  ...CONFIGURATION_PAGES,
  ...RUN_PAGES,
};

export function pageOf(code: FindingCode): Page {
  return CATALOGUE[code];
}

/** What a finding carries as `remediation`: the first step of its page, one sentence. */
export function remediationOf(code: FindingCode): string {
  return CATALOGUE[code].fix[0] ?? '';
}

/** What a finding carries as `references`: `NIST SP 800-53 SC-7(5)`. */
export function referencesOf(code: FindingCode): readonly string[] {
  return CATALOGUE[code].references.map((reference) => reference.label);
}
