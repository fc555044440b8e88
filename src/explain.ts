/** `postern explain`: pages of the catalogue. */
import { CATALOGUE, pageOf } from './catalogue/catalogue.ts';
import type { Page } from './catalogue/page.ts';
import { FINDING_CODES } from './model/finding.ts';
import { nearest } from './model/nearest.ts';
import { printable } from './model/printable.ts';
import { inputError } from './model/problem.ts';

/**
 * The page of one code, or every page in the order of the codes.
 *
 * @throws {InputError} `unknown-code`, with the nearest code.
 */
export function explain(code: string | null): readonly Page[] {
  if (code === null) return FINDING_CODES.map((each) => CATALOGUE[each]);
  const known = FINDING_CODES.find((each) => each === code.toLowerCase());
  if (known !== undefined) return [pageOf(known)];
  const meant = nearest(code, FINDING_CODES);
  const hint = meant === null ? '"postern explain" lists them all' : `did you mean ${meant}?`;
  throw inputError('unknown-code', `there is no finding "${printableCode(code)}"; ${hint}`);
}

/** What was typed may be anything. */
function printableCode(code: string): string {
  return code.length > 64 ? `${printable(code.slice(0, 64))}...` : printable(code);
}
