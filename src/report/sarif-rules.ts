/** The rules of a SARIF log: pages of the catalogue, one for each severity that a code was found with. */
import { pageOf } from '../catalogue/catalogue.ts';
import type { Page } from '../catalogue/page.ts';
import type { Finding, FindingCode, Severity } from '../model/finding.ts';
import { adviceSteps } from './markdown-advice.ts';
import { plain } from './markdown-text.ts';

/** SARIF 2.1.0, section 3.27.10. */
export type SarifLevel = 'error' | 'warning' | 'note';

/** A finding's code and severity. */
export type Graded = Pick<Finding, 'code' | 'severity'>;

/**
 * GitHub takes the severity of an alert from its rule. So a code whose findings differ in severity is several rules: `egress-open`, with the
 * severity of its page, and `egress-open/medium`, a rule below it. @see SARIF 2.1.0, section 3.5.4 (hierarchical strings)
 */
export function ruleIdOf({ code, severity }: Graded): string {
  return code === 'not-judged' || severity === pageOf(code).severity ? code : `${code}/${severity}`;
}

export function ruleOf(graded: Graded): object {
  const page = pageOf(graded.code);
  const id = ruleIdOf(graded);
  const [first = ''] = page.meaning.split('\n\n');
  return {
    id,
    shortDescription: { text: id === graded.code ? page.title : `${page.title} (${graded.severity})` },
    fullDescription: { text: first.slice(0, MOST_DESCRIPTION) },
    help: helpOf(page),
    defaultConfiguration: { level: levelOf(graded) },
    properties: { tags: ['smtp', ...(scoreOf(graded) === null ? [] : ['security'])], precision: 'high', ...severityOf(graded) },
  };
}

/** What could not be judged must be seen, however little it weighs. */
export function levelOf({ code, severity }: Graded): SarifLevel {
  return code === 'not-judged' ? 'warning' : LEVELS[severity];
}

/**
 * From 0 to 10, as GitHub reads it: above 9.0 critical, from 7.0 high, from 4.0 medium. Null for what could not be judged: there the level
 * counts, since its score would file it under low.
 */
export function scoreOf({ code, severity }: Graded): number | null {
  return code === 'not-judged' ? null : SCORES[severity];
}

const LEVELS: Readonly<Record<Severity, SarifLevel>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

const SCORES: Readonly<Record<Severity, number>> = { critical: 9.5, high: 8, medium: 5.5, low: 3, info: 1 };

/** GitHub takes 1,024 characters. */
const MOST_DESCRIPTION = 1_000;

function severityOf(graded: { readonly code: FindingCode; readonly severity: Severity }): object {
  const score = scoreOf(graded);
  return score === null ? {} : { 'security-severity': score.toFixed(1) };
}

function helpOf(page: Page): { readonly text: string; readonly markdown: string } {
  const { meaning, risk, fix, references } = page;
  const sources = references.map(({ label, about }) => `${label}: ${about}`);
  return {
    text: [meaning, risk, ...fix, ...sources].join('\n\n'),
    markdown: [
      ...[...meaning.split('\n\n'), risk].map(plain),
      ...adviceSteps(page),
      sources.map((source) => `- ${plain(source)}`).join('\n'),
    ].join('\n\n'),
  };
}
