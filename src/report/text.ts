/** The report for a person: the verdict, the matrix, the findings, what could not be judged, and what all this speaks of. */
import { pageOf } from '../catalogue/catalogue.ts';
import { SEVERITIES } from '../model/finding.ts';
import { listText } from '../model/list-text.ts';
import type { Result } from '../model/result.ts';
import { type CellKind, kindOf } from './cell.ts';
import { changeLines, firewallsOf, isReview, isUnsent, reviewSentence } from './changes.ts';
import { findingLines, waivedLines } from './findings.ts';
import { matrix } from './matrix.ts';
import { draw, type Line, markOf, marksOf, paragraph, type Style, span } from './pen.ts';
import { isRelayTest, relayLines, relaySentence } from './relay.ts';
import type { Renderer, RenderOptions } from './renderer.ts';
import { rowLines } from './rows.ts';
import { scopeLines } from './scope.ts';
import { interruption, verdictSentence } from './sentence.ts';
import { unjudgedLines } from './unjudged.ts';
import { duration, moment } from './words.ts';

export const renderText: Renderer = (result, options) =>
  draw(
    [
      ...headline(result, options),
      [],
      ...runLines(result, options),
      [],
      ...(isReview(result) ? changeLines(result, options) : matrixLines(result, options)),
      ...relayLines(result, options),
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
  const { verdict } = result.summary;
  const { word, style } = HEADS[verdict];
  return paragraph(
    {
      lead: [span(`${markOf(verdict, options)} ${word}`, style), span('  ')],
      text: sentence(result),
      style: 'strong',
    },
    options,
  );
}

function sentence(result: Result): string {
  if (isRelayTest(result)) return relaySentence(result);
  return isReview(result) ? reviewSentence(result) : verdictSentence(result);
}

function unique(vantages: Result['vantages'], key: 'segment' | 'hostname'): string[] {
  return [...new Set(vantages.map((vantage) => vantage[key]))];
}

/** Who, where, when, under which policy: what an auditor files. */
function runLines(result: Result, options: RenderOptions): Line[] {
  const { run, policy, tool, vantages } = result;
  const from = listText(unique(vantages, 'segment')) || 'no segment';
  const on = listText(unique(vantages, 'hostname')) || 'no host';
  const read = run.command === 'compare' ? `of the configuration of ${listText(firewallsOf(result))}, ` : '';
  const where = isUnsent(result) ? `${read}without sending a packet` : `from ${from} (on ${on})`;
  const rows: [string, string][] = [
    ['run', `${run.command} ${where}, ${moment(run.startedAt)}, took ${duration(run.elapsedMs)}`],
    [
      'audit',
      [run.operator === null ? '' : `by ${run.operator}`, run.reference === null ? '' : `for ${run.reference}`].join(' ').trim(),
    ],
    ['policy', `${policy.path}, ${policy.digest.slice(0, 19)}, ${tool.name} ${tool.version}`],
    ['proof', proof(result)],
    ['found', found(result)],
    ['note', interruption(result)],
  ];
  return rows
    .filter(([, text]) => text !== '')
    .flatMap(([name, text]) => paragraph({ lead: [span('   '), span(name.padEnd(6), 'faint'), span('  ')], text }, options));
}

function proof({ checks }: Result): string {
  const proven = checks.filter((check) => kindOf(check) === 'proven').length;
  const supported = checks.filter((check) => kindOf(check) === 'supported').length;
  if (proven + supported === 0) return '';
  return supported === 0
    ? `all that comply are proven`
    : `${proven} proven, ${supported} supported only by what the policy declares`;
}

/** Findings by severity, without those that only say "not judged": these have their own section. */
function found({ findings }: Result): string {
  const own = findings.filter((finding) => finding.waiver === null && finding.code !== 'not-judged');
  const counts = SEVERITIES.map((severity) => ({ severity, number: own.filter((each) => each.severity === severity).length }));
  const waived = findings.filter((finding) => finding.waiver !== null).length;
  const parts = [...counts, { severity: 'waived', number: waived }].filter(({ number }) => number > 0);
  return parts.map(({ severity, number }) => `${number} ${severity}`).join(', ');
}

const LEGEND: Readonly<Record<CellKind, (marks: ReturnType<typeof marksOf>) => string>> = {
  proven: ({ pass }) => `${pass} as the policy wants it, proven`,
  supported: ({ pass }) => `(${pass}) as the policy wants it, but only its own declaration vouches for the target`,
  violation: ({ fail }) => `${fail} against the policy`,
  inconclusive: ({ unsure }) => `${unsure} no verdict`,
  waived: () => 'waived: accepted for a time',
};

function matrixLines(result: Result, options: RenderOptions): Line[] {
  const lines = matrix(result.checks, options);
  if (lines.length === 0) return [];
  const marks = marksOf(options);
  const kinds = new Set(result.checks.filter(({ kind }) => kind !== 'relay').map(kindOf));
  const legend = (['proven', 'supported', 'violation', 'inconclusive', 'waived'] as const)
    .filter((kind) => kinds.has(kind))
    .map((kind) => LEGEND[kind](marks));
  const texts = lines.flat().map(({ text }) => text);
  if (texts.some((text) => text.startsWith('FLAWED'))) legend.push('FLAWED: gets out, but not as its rule requires');
  if (texts.some((text) => / \d+\/\d+ *$/.test(text))) legend.push('1/3: one of three endpoints');
  return [...lines, ...paragraph({ lead: [span('   ')], text: legend.join('; '), style: 'faint' }, options), []];
}

function next(result: Result, options: RenderOptions): Line[] {
  const worst = result.findings.find((finding) => finding.waiver === null);
  const code = worst?.code ?? (result.summary.verdict === 'inconclusive' ? 'not-judged' : null);
  if (code === null && isRelayTest(result)) return [];
  const command =
    code === null ? `postern policy explain ${result.policy.path.replace(/^built-in:/, '')}` : `postern explain ${code}`;
  const what = code === null ? 'what this policy permits' : lowerFirst(pageOf(code).title);
  return paragraph({ lead: [span('Next: ', 'strong')], text: `${command}  (${what})` }, options);
}

/** Acronyms keep their capitals: `no STARTTLS where TLS is required`. */
function lowerFirst(title: string): string {
  return /^[A-Z][a-z ]/.test(title) ? `${title.slice(0, 1).toLowerCase()}${title.slice(1)}` : title;
}
