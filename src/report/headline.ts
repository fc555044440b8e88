/** What a report says first: the verdict in a sentence, then who, where, when, under which policy. */
import { SEVERITIES } from '../model/finding.ts';
import { listText } from '../model/list-text.ts';
import type { Result } from '../model/result.ts';
import { kindOf } from './cell.ts';
import { firewallsOf, isReview, isUnsent, reviewSentence } from './changes.ts';
import { isRelayTest, relaySentence } from './relay.ts';
import { interruption, verdictSentence } from './sentence.ts';
import { count, duration, moment } from './words.ts';

export function sentence(result: Result): string {
  if (isRelayTest(result)) return relaySentence(result);
  return isReview(result) ? reviewSentence(result) : verdictSentence(result);
}

function unique(vantages: Result['vantages'], key: 'segment' | 'hostname'): string[] {
  return [...new Set(vantages.map((vantage) => vantage[key]))];
}

/** Beyond these, names are counted: the scope has all of them. */
const MOST_NAMES = 8;

function namesText(names: readonly string[], noun: string): string {
  if (names.length > MOST_NAMES) return count(names.length, noun);
  return listText(names) || `no ${noun}`;
}

/** Who, where, when, under which policy: what an auditor files. Each under its name; none is empty. */
export function headFacts(result: Result): readonly (readonly [string, string])[] {
  const { run, policy, tool, vantages } = result;
  const from = namesText(unique(vantages, 'segment'), 'segment');
  const on = namesText(unique(vantages, 'hostname'), 'host');
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
  return rows.filter(([, text]) => text !== '');
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
