/** The report for a person: the verdict, the matrix, the findings, what could not be judged, and what all this speaks of. */
import { pageOf } from '../catalogue/catalogue.ts';
import { SEVERITIES } from '../model/finding.ts';
import type { Result } from '../model/result.ts';
import { type CellKind, kindOf } from './cell.ts';
import { findingLines, waivedLines } from './findings.ts';
import { matrix } from './matrix.ts';
import { draw, type Line, marksOf, paragraph, type Style, span } from './pen.ts';
import type { Renderer, RenderOptions } from './renderer.ts';
import { rowLines } from './rows.ts';
import { scopeLines } from './scope.ts';
import { unjudgedLines } from './unjudged.ts';
import { count, duration, list, moment } from './words.ts';

export const renderText: Renderer = (result, options) =>
  draw(
    [
      ...headline(result, options),
      [],
      ...runLines(result, options),
      [],
      ...matrixLines(result, options),
      ...findingLines(result, options),
      ...unjudgedLines(result, options),
      ...waivedLines(result, options),
      ...(options.verbose ? rowLines(result.checks, options) : []),
      ...scopeLines(result, options),
      ...next(result, options),
    ],
    options,
  );

const HEADS: Readonly<Record<Result['summary']['verdict'], { readonly word: string; readonly style: Style }>> = {
  compliant: { word: 'COMPLIANT', style: 'good' },
  violation: { word: 'VIOLATION', style: 'bad' },
  inconclusive: { word: 'INCONCLUSIVE', style: 'unsure' },
};

function headline(result: Result, options: RenderOptions): Line[] {
  const { pass, fail, unsure } = marksOf(options);
  const { verdict } = result.summary;
  const mark = verdict === 'compliant' ? pass : verdict === 'violation' ? fail : unsure;
  const { word, style } = HEADS[verdict];
  return paragraph({ lead: [span(`${mark} ${word}`, style), span('  ')], text: sentence(result), style: 'strong' }, options);
}

function sentence(result: Result): string {
  const { total, compliant, violation, inconclusive } = result.summary.checks;
  const waived = result.checks.filter((check) => check.waived).length;
  const of = `${count(total, 'check')} of policy ${result.policy.name}`;
  if (total === 0)
    return `Nothing was asked: policy ${result.policy.name} has no question for ${segments(result) || 'this host'}.`;
  const parts = [
    violation > 0 ? `${violation} of ${of} ${violation === 1 ? 'is a violation' : 'are violations'}` : '',
    inconclusive > 0 ? `${inconclusive}${violation > 0 ? '' : ` of ${of}`} could not be judged` : '',
    violation + inconclusive === 0 ? `all ${of} comply` : `${compliant} comply`,
  ].filter((part) => part !== '');
  return `${list(parts)}${waived > 0 ? ` (${waived} waived)` : ''}.`;
}

function segments(result: Result): string {
  return list([...new Set(result.vantages.map(({ segment }) => segment))]);
}

/** Who, where, when, under which policy: what an auditor files. */
function runLines(result: Result, options: RenderOptions): Line[] {
  const { run, policy, tool } = result;
  const hosts = [...new Set(result.vantages.map(({ hostname }) => hostname))];
  const proven = result.checks.filter((check) => kindOf(check) === 'proven').length;
  const supported = result.checks.filter((check) => kindOf(check) === 'supported').length;
  const told = [run.operator === null ? '' : `by ${run.operator}`, run.reference === null ? '' : `for ${run.reference}`];
  const rows: [string, string][] = [
    ['run', `${run.command} on ${list(hosts) || 'no host'}, ${moment(run.startedAt)}, took ${duration(run.elapsedMs)}`],
    ['policy', `${policy.path}, ${policy.digest.slice(0, 19)}, ${tool.name} ${tool.version}`],
    ['proof', `${proven} proven, ${supported} supported by what the policy declares`],
    ['found', found(result)],
  ];
  const who = told.filter((part) => part !== '').join(' ');
  if (who !== '') rows.splice(1, 0, ['audit', who]);
  if (run.interrupted) rows.push(['note', 'The run was interrupted: what was not asked any more is not judged.']);
  return rows.flatMap(([name, text]) =>
    paragraph({ lead: [span('   '), span(name.padEnd(6), 'faint'), span('  ')], text }, options),
  );
}

/** Findings by severity, without those that only say "not judged": these have their own section. */
function found({ findings }: Result): string {
  const own = findings.filter((finding) => finding.waiver === null && finding.code !== 'not-judged');
  const counts = SEVERITIES.map((severity) => ({ severity, number: own.filter((each) => each.severity === severity).length }));
  const waived = findings.filter((finding) => finding.waiver !== null).length;
  const parts = [...counts, { severity: 'waived', number: waived }].filter(({ number }) => number > 0);
  return parts.map(({ severity, number }) => `${number} ${severity}`).join(', ') || 'nothing';
}

const LEGEND: Readonly<Record<CellKind, (marks: ReturnType<typeof marksOf>) => string>> = {
  proven: ({ pass }) => `${pass} as the policy wants it, proven`,
  supported: ({ pass }) => `(${pass}) likewise, but only what the policy declares vouches for the target`,
  violation: ({ fail }) => `${fail} against the policy`,
  inconclusive: ({ unsure }) => `${unsure} no verdict`,
  waived: () => 'waived: accepted for a time',
};

function matrixLines(result: Result, options: RenderOptions): Line[] {
  const lines = matrix(result.checks, options);
  if (lines.length === 0) return [];
  const marks = marksOf(options);
  const kinds = new Set(result.checks.map(kindOf));
  const legend = (['proven', 'supported', 'violation', 'inconclusive', 'waived'] as const)
    .filter((kind) => kinds.has(kind))
    .map((kind) => LEGEND[kind](marks));
  if (result.checks.length > 1 && (kinds.has('violation') || kinds.has('inconclusive')))
    legend.push('1/3: one of three endpoints');
  return [...lines, ...paragraph({ lead: [span('   ')], text: legend.join(` ${marks.dot} `), style: 'faint' }, options), []];
}

function next(result: Result, options: RenderOptions): Line[] {
  const worst = result.findings.find((finding) => finding.waiver === null);
  const code = worst?.code ?? (result.summary.verdict === 'inconclusive' ? 'not-judged' : null);
  const command = code === null ? `postern policy explain ${result.policy.path}` : `postern explain ${code}`;
  const what = code === null ? 'what this policy permits' : pageOf(code).title.toLowerCase();
  return paragraph({ lead: [span('Next: ', 'strong')], text: `${command}  (${what})` }, options);
}
