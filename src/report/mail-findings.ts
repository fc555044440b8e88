/**
 * Findings in a mail. Those of one firewall that are alike stand together, with all their flows: one line of a configuration lets many flows
 * through, and a person wants to read it once.
 */
import { groupBy } from '../model/group-by.ts';
import type { FindingBrief } from '../model/history.ts';
import { flowsInWords } from './alike.ts';
import { indented, item, MAIL, restLine } from './mail-lines.ts';
import { type Line, marksOf } from './pen.ts';
import { count, namedFirewall, subjectText } from './words.ts';

export interface MailFinding {
  readonly finding: FindingBrief;
  /** `since 2026-11-13 12:00 UTC, was high`. */
  readonly when: string;
  /** Whether its detail is told. */
  readonly detailed: boolean;
}

/** Of as many flows of one cause a person reads the first few lines. */
const FLOW_LINES = 4;
const DETAIL_LINES = 3;

/** @param most  causes; findings beyond them are counted. */
export function findingLines(findings: readonly MailFinding[], most: number): Line[] {
  const groups = [...groupBy(findings, causeOf).values()];
  const shown = groups.slice(0, most);
  const rest = findings.length - shown.reduce((sum, { length }) => sum + length, 0);
  return [...shown.flatMap(groupLines), ...restLine(rest)];
}

function causeOf({ finding, when, detailed }: MailFinding): string {
  const { fingerprint, firewall, segment, port, code, severity, title } = finding;
  if (firewall === null || segment === null || port === null) return fingerprint;
  return JSON.stringify([firewall, code, severity, title, when, detailed]);
}

function groupLines(group: readonly MailFinding[]): Line[] {
  const [first] = group;
  if (first === undefined) return [];
  const { finding, when, detailed } = first;
  const head = item(`${finding.severity.toUpperCase()} ${finding.title}`);
  if (group.length === 1) {
    const family = finding.family === 'ipv6' ? ', IPv6' : '';
    const about = [subjectText(finding) + family, when].filter((part) => part !== '').join('; ');
    return [...head, ...indented(`${finding.code}: ${about}`, DETAIL_LINES), ...(detailed ? detailOf(finding, '') : [])];
  }
  const flows = flowsInWords(
    group.map((one) => one.finding),
    marksOf(MAIL).arrow,
  );
  return [
    ...head,
    ...indented(
      `${finding.code}: ${namedFirewall(finding.firewall ?? '')}, ${count(group.length, 'finding')}; ${when}`,
      DETAIL_LINES,
    ),
    ...indented(flows, FLOW_LINES),
    ...(detailed ? detailOf(finding, 'such as: ') : []),
  ];
}

function detailOf({ detail }: FindingBrief, lead: string): Line[] {
  return indented(detail === '' ? '' : `${lead}${detail}`, DETAIL_LINES);
}
