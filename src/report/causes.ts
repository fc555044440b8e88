/**
 * Which lines of a configuration several findings share: who is told of 27 findings wants to read first that two lines are why.
 *
 * Worked example: of 29 findings 19 lie at fw6.rules:34 and 8 at fw4.rules:89: "2 lines of the configuration cause 27 of these 29 findings".
 */
import type { ConfigurationLine } from '../model/configuration.ts';
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import type { Check } from '../model/result.ts';
import { count } from './words.ts';

/** Lines that one still reads in a sentence. */
const SHOWN = 3;

/** Null where no line has more than one of them. */
export function causesText(findings: readonly Finding[], checks: ReadonlyMap<string, Check>): string | null {
  const lines = [...groupBy(findings, (finding) => placeOf(finding, checks) ?? finding).entries()]
    .filter(([place, group]) => typeof place === 'string' && group.length > 1)
    .map(([, group]) => group)
    .toSorted((a, b) => b.length - a.length);
  if (lines.length === 0) return null;
  const caused = lines.reduce((sum, { length }) => sum + length, 0);
  const shown = lines.slice(0, SHOWN).map((group) => `${lineOf(group, checks)} ${group.length}`);
  const rest = lines.length - shown.length;
  const told = listText(rest === 0 ? shown : [...shown, `${count(rest, 'more line')} the others`]);
  const these =
    findings.length === 2
      ? 'both'
      : caused === findings.length
        ? `all ${caused} of these`
        : `${caused} of these ${findings.length}`;
  return `${count(lines.length, 'line')} of the configuration ${lines.length === 1 ? 'causes' : 'cause'} ${these} findings: ${told}.`;
}

/** Where the configuration does what the finding is about; null where it is about something else, or where no rule does it. */
function placeOf({ location, check }: Finding, checks: ReadonlyMap<string, Check>): string | null {
  const about = check === null ? undefined : checks.get(check);
  if (location === null || about?.kind !== 'configuration' || about.rows.length === 0) return null;
  return `${location.file}:${location.line}`;
}

function lineOf([first]: readonly Finding[], checks: ReadonlyMap<string, Check>): string {
  const about = checks.get(first?.check ?? '');
  const rules = about?.kind === 'configuration' ? about.rows.flatMap((row): readonly ConfigurationLine[] => row.rules) : [];
  const place = `${first?.location?.file}:${first?.location?.line}`;
  const line = rules.find((rule) => `${rule.file}:${rule.line}` === place);
  return line === undefined ? place : `${place} (${line.text})`;
}
