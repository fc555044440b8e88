/**
 * Annotations for a GitHub workflow: a line on stdout for each finding that is in force, the gravest first.
 *
 * A step shows ten errors and ten warnings: the ninth is followed by one that says how many there are more.
 *
 * @see GitHub documentation, Workflow commands for GitHub Actions: setting an error message
 */
import type { Finding } from '../model/finding.ts';
import { printable } from '../model/printable.ts';
import type { Result } from '../model/result.ts';
import { isReview, reviewSentence } from './changes.ts';
import type { Renderer } from './renderer.ts';
import { verdictSentence } from './sentence.ts';
import { count } from './words.ts';

type Level = 'error' | 'warning' | 'notice';

/** Of each level. */
const SHOWN = 9;

export const renderGithub: Renderer = (result) => {
  const inForce = result.findings.filter(({ waiver }) => waiver === null);
  const lines = (['error', 'warning'] as const).flatMap((level) =>
    limited(
      level,
      inForce.filter((finding) => levelOf(finding) === level).map((finding) => annotation(level, finding)),
    ),
  );
  return [
    ...lines,
    command(result.summary.verdict === 'violation' ? 'error' : LEVELS[result.summary.verdict], {}, summary(result)),
    '',
  ].join('\n');
};

const LEVELS = { compliant: 'notice', inconclusive: 'warning', violation: 'error' } as const;

function levelOf({ code, severity }: Finding): Level {
  return code === 'not-judged' || severity === 'low' || severity === 'info' ? 'warning' : 'error';
}

function limited(level: Level, lines: readonly string[]): string[] {
  const rest = lines.length - SHOWN;
  if (rest <= 0) return [...lines];
  return [...lines.slice(0, SHOWN), command(level, {}, `and ${count(rest, 'more finding')}: see the report of this job.`)];
}

function annotation(level: Level, finding: Finding): string {
  const { location, title, fingerprint, detail } = finding;
  const place = location === null ? {} : { file: location.file, line: location.line, col: location.column };
  return command(level, { ...place, title: `Postern: ${title}` }, `${detail} (${finding.code}, fingerprint ${fingerprint})`);
}

function summary(result: Result): string {
  return `Postern ${result.run.command}: ${isReview(result) ? reviewSentence(result) : verdictSentence(result)}`;
}

function command(level: Level, properties: Readonly<Record<string, string | number>>, message: string): string {
  const given = Object.entries(properties).map(([name, value]) => `${name}=${propertyText(String(value))}`);
  return `::${level}${given.length === 0 ? '' : ` ${given.join(',')}`}::${dataText(message)}`;
}

/** The runner decodes these, and takes nothing else for a command. */
function dataText(text: string): string {
  return text
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
      character === '\n' || character === '\r' ? character : printable(character),
    )
    .replace(/%/g, '%25')
    .replace(/\r/g, '%0D')
    .replace(/\n/g, '%0A');
}

function propertyText(text: string): string {
  return dataText(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
