/** What is ruled of one question, and the words for what it is about. */
import { endpointText } from '../model/address.ts';
import type { FindingCode, Severity } from '../model/finding.ts';
import type { Rule } from '../model/policy.ts';
import type { Question } from '../model/question.ts';
import type { Proof, Verdict } from '../model/result.ts';

export interface Ruling {
  readonly verdict: Verdict;
  readonly proof: Proof;
  readonly reason: string;
  /** The rule that the ruling was made under; null for denied flows. */
  readonly rule: Rule | null;
  readonly faults: readonly RulingFault[];
}

export interface RulingFault {
  readonly code: FindingCode;
  /** Null: the catalogue's. */
  readonly severity: Severity | null;
  readonly detail: string;
}

export function inconclusive(question: Question, reason: string): Ruling {
  return { verdict: 'inconclusive', proof: 'none', reason, rule: question.rules[0] ?? null, faults: [] };
}

export function flowOf(question: Question): string {
  return `${question.segment} (${question.source}) to ${serverOf(question)} in ${question.destination}`;
}

export function serverOf(question: Question): string {
  const target = endpointText(question.address ?? question.host, question.port);
  return question.address === null || question.host === question.address ? target : `${question.host} ${target}`;
}
