/** Every check, one after the other: what the short report folds into the matrix. */
import type { Check } from '../model/result.ts';
import { CELL_STYLES, kindOf, wordOf } from './cell.ts';
import { type Line, markOf, marksOf, paragraph, span } from './pen.ts';
import type { RenderOptions } from './renderer.ts';
import { duration } from './words.ts';

/** @returns no lines where there are no checks. */
export function rowLines(checks: readonly Check[], options: RenderOptions): Line[] {
  if (checks.length === 0) return [];
  return [[span('CHECKS', 'strong')], [], ...checks.flatMap((check) => describe(check, options)), []];
}

function describe(check: Check, options: RenderOptions): Line[] {
  const { dot } = marksOf(options);
  const kind = kindOf(check);
  const facts = [
    check.expect === null ? '' : `expected ${check.expect}${check.rule === null ? '' : ` by ${check.rule}`}`,
    check.outcome === null ? '' : `${check.outcome}${check.detail === null ? '' : ` (${check.detail})`}`,
    check.elapsedMs === null ? '' : duration(check.elapsedMs),
    kind,
  ];
  return [
    ...paragraph(
      {
        lead: [span(`${markOf(check.verdict, options).padEnd(2)} ${wordOf(check).padEnd(8)}  `, CELL_STYLES[kind])],
        text: check.id,
      },
      options,
    ),
    ...paragraph({ lead: [span('     ')], text: facts.filter((fact) => fact !== '').join(` ${dot} `), style: 'faint' }, options),
    ...paragraph({ lead: [span('     ')], text: check.reason }, options),
  ];
}
