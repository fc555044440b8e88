/** The report for a person: the verdict, the matrix, the findings, what could not be judged, and what all this speaks of. */
import { pageOf } from '../catalogue/catalogue.ts';
import type { Result } from '../model/result.ts';
import { CELL_MEANINGS, type CellKind, COUNTED_MEANING, cellKindsOf, FLAWED_MEANING } from './cell.ts';
import { changeLines, isReview } from './changes.ts';
import { elsewhereNote } from './elsewhere.ts';
import { findingLines, waivedLines } from './findings.ts';
import { headFacts, sentence } from './headline.ts';
import { matrix } from './matrix.ts';
import { draw, type Line, markOf, marksOf, paragraph, type Style, span } from './pen.ts';
import { isRelayTest, relayLines } from './relay.ts';
import type { Renderer, RenderOptions } from './renderer.ts';
import { rowLines } from './rows.ts';
import { scopeLines } from './scope.ts';
import { unjudgedLines } from './unjudged.ts';

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

function runLines(result: Result, options: RenderOptions): Line[] {
  return headFacts(result).flatMap(([name, text]) =>
    paragraph({ lead: [span('   '), span(name.padEnd(6), 'faint'), span('  ')], text }, options),
  );
}

const LEGEND_MARKS: Readonly<Record<CellKind, (marks: ReturnType<typeof marksOf>) => string>> = {
  proven: ({ pass }) => `${pass} `,
  supported: ({ pass }) => `(${pass}) `,
  violation: ({ fail }) => `${fail} `,
  inconclusive: ({ unsure }) => `${unsure} `,
  waived: () => 'waived: ',
};

function matrixLines(result: Result, options: RenderOptions): Line[] {
  const lines = matrix(result.checks, options);
  if (lines.length === 0) return [];
  const marks = marksOf(options);
  const legend = cellKindsOf(result.checks).map((kind) => `${LEGEND_MARKS[kind](marks)}${CELL_MEANINGS[kind]}`);
  const texts = lines.flat().map(({ text }) => text);
  if (texts.some((text) => text.startsWith('FLAWED'))) legend.push(FLAWED_MEANING);
  if (texts.some((text) => / \d+\/\d+ *$/.test(text))) legend.push(COUNTED_MEANING);
  return [...lines, ...[legend.join('; '), elsewhereNote(result) ?? ''].flatMap((text) => legendLines(text, options)), []];
}

function legendLines(text: string, options: RenderOptions): Line[] {
  return text === '' ? [] : paragraph({ lead: [span('   ')], text, style: 'faint' }, options);
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
