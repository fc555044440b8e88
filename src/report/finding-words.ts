/** What a finding is about and what shows it, in words: for every format that a person reads. */
import type { Finding } from '../model/finding.ts';
import { locationText } from '../model/problem.ts';
import type { Check, Result } from '../model/result.ts';
import { type Alike, flowsText } from './alike.ts';
import { isReview } from './changes.ts';
import type { Marks } from './pen.ts';
import { count, flow, moment, subjectText } from './words.ts';

const TRANSCRIPT_LINES = 6;

/** What has a section of its own is not here: what is not judged, what is waived, and in a review the findings that its rows tell themselves. */
export function toldFindings(result: Result): readonly Finding[] {
  const rows = new Set(
    isReview(result)
      ? result.checks.flatMap((check) => (check.kind === 'configuration' && check.change !== null ? [check.id] : []))
      : [],
  );
  return result.findings.filter(
    ({ waiver, code, check }) => waiver === null && code !== 'not-judged' && !(check !== null && rows.has(check)),
  );
}

/** All flows of one cause, and its line. */
export function togetherText(group: Alike, checks: ReadonlyMap<string, Check>, { arrow }: Marks): string {
  const { location } = group.finding;
  const place = location === null ? '' : ` (${locationText(location)})`;
  return `${flowsText(group, checks, arrow)}${place}: ${count(group.others.length + 1, 'finding')}, such as`;
}

/** The flow of its first check, how many more there are, and the line of the policy or configuration. */
export function whereText(finding: Finding, checks: ReadonlyMap<string, Check>, marks: Marks): string {
  const check = finding.check === null ? undefined : checks.get(finding.check);
  const others = finding.checks.length - 1;
  const { location } = finding;
  const rule = check === undefined || check.rule === null ? '' : `rule ${check.rule}`;
  const line = location === null ? '' : locationText(location);
  const place = [rule, line].filter((part) => part !== '').join(', ');
  return [
    check === undefined ? subjectText(finding) : flow(check, marks),
    others > 0 ? `and ${count(others, 'more check')}` : '',
    place === '' ? '' : `(${place})`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** Since when it is open, and whether the baseline has it; empty where neither earlier runs nor a baseline are known. */
export function sinceText({ since, known }: Finding): string {
  const first = since === undefined ? '' : since === null ? 'not known' : `the run of ${moment(since)}`;
  const accepted = known === true ? 'the baseline has it too: it does not count' : '';
  return [first, accepted].filter((part) => part !== '').join('; ');
}

/** The dialogue that shows it; empty where there is none. */
export function transcriptOf({ evidence: { transcript } }: Finding): readonly string[] {
  return Array.isArray(transcript) ? transcript.filter((line): line is string => typeof line === 'string') : [];
}

/** The lines that tell most: greeting, TLS, AUTH and refusals; of a relay test how a recipient came to be accepted. */
export function tellingLines(lines: readonly string[], { evidence }: Finding): number[] {
  const accepted = acceptance(lines, recipientsIn(evidence.accepted));
  if (accepted.length > 0) return accepted;
  return [...lines.entries()]
    .filter(([index, line]) => index === 0 || /STARTTLS|AUTH|^-- |^S: [45]\d\d|^C: (?:MAIL|RCPT)/.test(line))
    .map(([index]) => index)
    .slice(0, TRANSCRIPT_LINES);
}

function recipientsIn(accepted: unknown): readonly string[] {
  if (!Array.isArray(accepted)) return [];
  return accepted.flatMap((attempt: unknown) =>
    typeof attempt === 'object' && attempt !== null && 'rcptTo' in attempt ? [`C: RCPT TO:<${String(attempt.rcptTo)}>`] : [],
  );
}

/** The greeting, then from the last MAIL before the first accepted RCPT to its reply. */
function acceptance(lines: readonly string[], commands: readonly string[]): number[] {
  const taken = lines.findIndex((line, index) => commands.includes(line) && /^S: 2/.test(lines[index + 1] ?? ''));
  const mail = lines.findLastIndex((line, index) => index < taken && line.startsWith('C: MAIL'));
  const greeting = lines.findIndex((line) => line.startsWith('S: '));
  return mail <= greeting ? [] : [greeting, ...Array.from({ length: taken + 2 - mail }, (_, index) => mail + index)];
}
