/** Two results side by side, for a person or a program. Pure. */
import type { CheckChange, DiffSide, FindingBrief, ResultDiff } from '../model/history.ts';
import { briefLines } from './history.ts';
import { jsonText } from './json-text.ts';
import { draw, type Line, marksOf, paragraph, span } from './pen.ts';
import type { PlainFormat, RenderOptions } from './renderer.ts';
import { count, moment } from './words.ts';

/** More are counted, unless the report is verbose. */
const SHOWN_CHECKS = 10;

/** @returns the document, ending in a line feed; as JSON `policies/diff.schema.json` describes it. */
export function renderDiff(format: PlainFormat, diff: ResultDiff, options: RenderOptions): string {
  if (format === 'json') return `${jsonText(diff)}\n`;
  const { a, b, opened, closed, regraded, grown, shrunk, unknown, checks } = diff;
  const gone = closed.filter(({ waived }) => !waived);
  const accepted = closed.filter(({ waived }) => waived);
  return draw(
    [
      [span(headline(diff), 'strong')],
      [],
      sideLine('before', a),
      sideLine('after', b),
      ...(a.policyDigest === b.policyDigest
        ? []
        : paragraph({ lead: [span('   note    ')], text: 'They were judged by different policies.' }, options)),
      [],
      ...section('OPENED', opened, options),
      ...regraded.flatMap(({ before, finding }, index) => [
        ...(index === 0 ? [[span('OF ANOTHER SEVERITY', 'strong')]] : []),
        ...briefLines(finding, `was ${before}`, options),
      ]),
      ...section('GROWN: as grave, and reaching more', grown, options, true),
      ...section('SHRUNK: there still, and reaching less', shrunk, options),
      ...section('CLOSED', gone, options),
      ...section('WAIVED: there still, and accepted', accepted, options),
      ...section('NOT KNOWN: the other run could not judge that, or did not ask', unknown, options),
      ...checkLines(checks, options),
    ],
    options,
  );
}

function headline({ changed, opened, closed, regraded, grown, shrunk, unknown, checks }: ResultDiff): string {
  if (!changed) return 'Nothing changed.';
  const parts = [
    opened.length > 0 ? `${opened.length} opened` : '',
    regraded.length > 0 ? `${regraded.length} of another severity` : '',
    grown.length > 0 ? `${grown.length} grown` : '',
    shrunk.length > 0 ? `${shrunk.length} shrunk` : '',
    closed.length > 0 ? `${closed.length} closed` : '',
    unknown.length > 0 ? `${unknown.length} not known` : '',
    checks.length > 0 ? `${count(checks.length, 'check')} came out otherwise` : '',
  ];
  return `${parts.filter((part) => part !== '').join(', ')}.`;
}

function sideLine(name: string, { run, startedAt, verdict }: DiffSide): Line {
  return [span(`   ${name.padEnd(6)}  `, 'faint'), span(`${run.slice(0, 8)}  ${moment(startedAt)}  ${verdict}`)];
}

function section(head: string, findings: readonly FindingBrief[], options: RenderOptions, detailed = false): Line[] {
  if (findings.length === 0) return [];
  const lines = findings.flatMap((finding) => [
    ...briefLines(finding, '', options),
    ...(detailed ? paragraph({ lead: [span('            ')], text: finding.detail }, options) : []),
  ]);
  return [[span(head, 'strong')], ...lines, []];
}

function checkLines(checks: readonly CheckChange[], options: RenderOptions): Line[] {
  if (checks.length === 0) return [];
  const shown = options.verbose ? checks : checks.slice(0, SHOWN_CHECKS);
  const rest = checks.length - shown.length;
  const { arrow } = marksOf(options);
  return [
    [span('CHECKS', 'strong')],
    ...shown.flatMap(({ id, before, after }) =>
      paragraph({ lead: [span('  ')], text: `${id}: ${told(before)} ${arrow} ${told(after)}` }, options),
    ),
    ...(rest > 0 ? [[span(`  ${count(rest, 'further check')}; --verbose shows all.`)]] : []),
  ];
}

function told(side: CheckChange['before']): string {
  if (side === null) return 'not asked';
  return side.outcome === null ? side.verdict : `${side.verdict} (${side.outcome})`;
}
