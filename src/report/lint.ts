/** What `policy lint` found, for a person or a program. */
import type { LintReport } from '../model/lint.ts';
import { listText } from '../model/list-text.ts';
import { locationText, type Problem } from '../model/problem.ts';
import { draw, type Line, marksOf, paragraph, type Style, span } from './pen.ts';
import type { PlainFormat, RenderOptions } from './renderer.ts';
import { count } from './words.ts';

const STYLES: Readonly<Record<Problem['severity'], Style>> = { error: 'bad', warning: 'unsure', hint: 'strong' };

/** The whole document, ending in a line feed: every problem, then one line of counts. */
export function renderLint(format: PlainFormat, report: LintReport, options: RenderOptions): string {
  if (format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  return draw(
    [...report.problems.flatMap((problem) => problemLines(problem, options)), ...summaryLines(report, options)],
    options,
  );
}

/** `postern.yaml:4:5 error unknown-key`, the sentence, the source, a blank line. */
function problemLines({ severity, code, message, location, frame }: Problem, options: RenderOptions): Line[] {
  const place = location === null ? '' : `${locationText(location)} `;
  return [
    [span(place, 'strong'), span(severity, STYLES[severity]), span(` ${code}`, 'faint')],
    ...paragraph({ lead: [span('  ')], text: message }, options),
    ...(frame === null ? [] : frame.split('\n').map((row): Line => [span(`  ${row}`, row.startsWith('>') ? null : 'faint')])),
    [],
  ];
}

function summaryLines({ path, policy, summary }: LintReport, options: RenderOptions): Line[] {
  const { pass, fail, dot } = marksOf(options);
  const found = [
    summary.errors > 0 ? count(summary.errors, 'error') : null,
    summary.warnings > 0 ? count(summary.warnings, 'warning') : null,
    summary.hints > 0 ? count(summary.hints, 'hint') : null,
  ].filter((text) => text !== null);
  if (policy === null)
    return paragraph(
      { lead: [span(`${fail} `, 'bad')], text: `${path}: ${listText(found)}; it cannot be used until the errors are gone.` },
      options,
    );
  const size = [count(policy.segments, 'segment'), count(policy.destinations, 'destination'), count(policy.rules, 'rule')];
  const verdict = found.length === 0 ? 'nothing to complain of' : `no errors, ${listText(found)}`;
  return paragraph(
    { lead: [span(`${pass} `, 'good')], text: `${path} (${policy.name}): ${listText(size)} ${dot} ${verdict}.` },
    options,
  );
}
