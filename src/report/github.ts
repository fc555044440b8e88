/**
 * Annotations for a GitHub workflow, each a line on stdout: the verdict, then the findings that count for the exit code, the gravest first.
 *
 * A step shows ten errors and ten warnings, the first of each: one of them is the verdict, and where there are more findings than fit the last
 * says how many.
 *
 * @see GitHub documentation, Workflow commands for GitHub Actions: setting an error message
 */
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { printable } from '../model/printable.ts';
import type { Check, Result } from '../model/result.ts';
import { isUnjudged } from '../model/unjudged.ts';
import { type Alike, alike, flowsText } from './alike.ts';
import { boundsText, isGrouped } from './change-group-words.ts';
import { type ChangeGroup, changeGroups } from './change-groups.ts';
import { changesByKind, isReview, reviewSentence } from './changes.ts';
import { marksOf } from './pen.ts';
import { pathInTree } from './place.ts';
import type { Renderer } from './renderer.ts';
import { interruption, verdictSentence } from './sentence.ts';
import { count, shortened, toldAlone } from './words.ts';

type Level = 'error' | 'warning' | 'notice';

/** Findings of each level. */
const SHOWN = 8;
const MOST_CHARACTERS = 2_000;
const MARKS = marksOf({ unicode: false, color: false, width: 100, verbose: false });

export const renderGithub: Renderer = (result) => {
  const counting = result.findings.filter(({ waiver, known }) => waiver === null && known !== true);
  const checks = new Map(result.checks.map((check) => [check.id, check]));
  const causes = causesOf(result);
  const lines = (['error', 'warning'] as const).flatMap((level) => {
    const ofLevel = counting.filter((finding) => levelOf(finding) === level);
    return limited(level, isReview(result) ? ofChanges(ofLevel, causes) : ofFlows(ofLevel, checks), checks);
  });
  return [command(LEVELS[result.summary.verdict], {}, summary(result)), ...lines, ''].join('\n');
};

const LEVELS = { compliant: 'notice', inconclusive: 'warning', violation: 'error' } as const;

/** An annotation: a finding, with those that it stands for as well. */
interface Told extends Alike {
  /** What all of them are about; empty of one alone. */
  readonly about: string;
}

function ofFlows(findings: readonly Finding[], checks: ReadonlyMap<string, Check>): readonly Told[] {
  return alike(findings, checks).map((group) => ({
    ...group,
    about: group.others.length === 0 ? '' : flowsText(group, checks, MARKS.arrow),
  }));
}

/** Rows of a change that are told together, by check. */
function causesOf(result: Result): ReadonlyMap<string, ChangeGroup> {
  const groups = changesByKind(result).flatMap(({ rows }) => changeGroups(rows).filter(isGrouped));
  return new Map(groups.flatMap((group) => group.rows.map(({ id }) => [id, group] as const)));
}

/** Each row of a change is its own to accept; but of hundreds that one line makes, a step would show eight. */
function ofChanges(findings: readonly Finding[], causes: ReadonlyMap<string, ChangeGroup>): readonly Told[] {
  const groups = groupBy(findings, (finding) => causes.get(finding.check ?? '') ?? finding);
  return [...groups].flatMap(([cause, [finding, ...others]]) =>
    finding === undefined
      ? []
      : [{ finding, others, about: 'told' in cause ? `rows within ${boundsText(cause, MARKS.arrow)}` : '' }],
  );
}

function levelOf({ code, severity }: Finding): 'error' | 'warning' {
  return code === 'not-judged' || severity === 'low' || severity === 'info' ? 'warning' : 'error';
}

function limited(level: Level, groups: readonly Told[], checks: ReadonlyMap<string, Check>): string[] {
  const rest = groups.slice(SHOWN).reduce((sum, { others }) => sum + 1 + others.length, 0);
  const lines = groups.slice(0, SHOWN).map((group) => annotation(level, group, checks));
  return rest === 0 ? lines : [...lines, command(level, {}, `and ${count(rest, 'more finding')}: see the report of this job.`)];
}

function annotation(level: Level, group: Told, checks: ReadonlyMap<string, Check>): string {
  const { finding, others, about } = group;
  const { location, title, fingerprint } = finding;
  const number = others.length === 0 ? '' : `${count(others.length + 1, 'finding')}: ${about}. Such as: `;
  const told = shortened(`${number}${toldAlone(finding, checks.get(finding.check ?? ''), MARKS)}`, MOST_CHARACTERS);
  const place = location === null ? {} : { file: pathInTree(location.file), line: location.line, col: location.column };
  return command(level, { ...place, title: `Postern: ${title}` }, `${told} (${finding.code}, fingerprint ${fingerprint})`);
}

function summary(result: Result): string {
  const verdict = isReview(result) ? reviewSentence(result) : verdictSentence(result);
  const known = result.findings.filter(({ waiver, ...finding }) => waiver === null && finding.known === true).length;
  const beyond = isReview(result) ? result.scope.notes.filter(isUnjudged) : [];
  const baseline = known === 0 ? '' : `Of the findings the baseline has ${known}: not shown here.`;
  return [`Postern ${result.run.command}: ${verdict}`, ...beyond, interruption(result), baseline]
    .filter((part) => part !== '')
    .join(' ');
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
