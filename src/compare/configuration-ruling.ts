/**
 * The verdict on one question to a configuration. `deny`: something passes for sure: violation; something may pass: inconclusive; nothing: compliant.
 * `allow`: something is stopped for sure: violation; something may be: inconclusive; nothing: compliant. Diverted is a violation of both.
 *
 * Worked example: workstations may reach smtp.example.net on 587, and the policy gives no networks for it. A configuration that lets them reach
 * 192.0.2.7 on 587 may do just what the policy wants: nobody looked the name up. One that lets them reach 192.0.0.0/8 does more than any name asks for.
 */

import { familyName } from '../model/address.ts';
import { setOfNetworks } from '../model/address-set.ts';
import type { ConfigurationOutcome, ConfigurationRow } from '../model/configuration.ts';
import { NAMES_AT_MOST } from '../model/configuration-change.ts';
import { type ConfigurationQuestion, ELSEWHERE } from '../model/configuration-question.ts';
import type { ConfigurationRecord } from '../model/evidence.ts';
import type { FindingCode, Severity } from '../model/finding.ts';
import { firewallFirst, firewallText, GIVEN } from '../model/firewall-text.ts';
import { listText } from '../model/list-text.ts';
import { misspeltHint } from '../model/misspelt.ts';
import type { Verdict } from '../model/result.ts';
import {
  conditionText,
  decidedText,
  type Flow,
  flowText,
  nameText,
  portsText,
  senderText,
  targetText,
} from './configuration-words.ts';

export interface ConfigurationRuling {
  readonly verdict: Verdict;
  /** One finding for each code among the rows; empty where nothing is wrong, or nothing was judged. */
  readonly faults: readonly ConfigurationFault[];
  readonly reason: string;
}

export interface ConfigurationFault {
  readonly code: FindingCode;
  /** Null: the catalogue's. */
  readonly severity: Severity | null;
  readonly detail: string;
  /** The rows that show it; the first one's deciding line is where the finding points. */
  readonly rows: readonly ConfigurationRow[];
}

export function ruleOnConfiguration(question: ConfigurationQuestion, answer: ConfigurationRecord): ConfigurationRuling {
  if (question.destinations.length === 0) return open(unlooked(question));
  if (answer.outcome === null) return open(sentence(answer.problem ?? 'It could not be worked out'));
  const expected: ConfigurationOutcome = question.expect === 'allow' ? 'permitted' : 'denied';
  const asExpected = answer.outcome === expected;
  if (asExpected && answer.rows.length + answer.furtherRows > 0)
    return open(`The answer contradicts itself: ${expected}, but with rows that say otherwise. Run postern check again.`);
  if (asExpected) return asWanted(question);
  const faults = faultsOf(question, answer);
  const [first] = faults;
  if (first !== undefined && question.segment === ELSEWHERE) return open(ownerlessReason(question, answer));
  if (first !== undefined && isPerhapsNamed(question, answer, faults)) return open(namedReason(question, answer));
  if (first !== undefined) return { verdict: 'violation', faults, reason: faults.map(({ detail }) => detail).join(' ') };
  return open(conditionalReason(question, answer));
}

/** Where and how a question's packets are spoken of. */
function flowOfQuestion({ segment, destination, port, family, sources, destinations }: ConfigurationQuestion): Flow {
  return { segment: segment === ELSEWHERE ? null : segment, destination, ports: [port], family, sources, destinations };
}

export function severityOfPermit(ports: readonly number[]): Severity {
  return ports.includes(25) ? 'critical' : 'high';
}

function open(reason: string): ConfigurationRuling {
  return { verdict: 'inconclusive', faults: [], reason };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function asWanted(question: ConfigurationQuestion): ConfigurationRuling {
  const { firewall, expect, names } = question;
  const flow = flowText(flowOfQuestion(question));
  if (expect === 'deny')
    return { verdict: 'compliant', faults: [], reason: `No packet of ${flow} passes ${firewallText(firewall)}.` };
  if (names.length === 0)
    return { verdict: 'compliant', faults: [], reason: `Every packet of ${flow} passes ${firewallText(firewall)}.` };
  return open(
    `Every packet of ${flow} to addresses that the policy writes passes ${firewallText(firewall)}. ${unlooked(question)}`,
  );
}

/** Nobody looks a name up to judge a text; a result that did would change with the day. */
function unlooked({ names, destination }: ConfigurationQuestion): string {
  return `What ${listText(names.map(nameText))} ${names.length === 1 ? 'resolves' : 'resolve'} to was not looked up: give ${destination} its networks beside its names.`;
}

function faultsOf(question: ConfigurationQuestion, answer: ConfigurationRecord): ConfigurationFault[] {
  return wrongOutcomes(question, answer).map((outcome) => {
    const rows = answer.rows.filter((row) => row.outcome === outcome);
    const further = answer.rows.length - rows.length === 0 ? answer.furtherRows : 0;
    const detail = `${detailOf(question, outcome, rows[0] ?? null)}${moreText(rows.length - 1 + further)}`;
    if (outcome === 'redirected') return { code: 'config-redirects', severity: null, detail, rows };
    if (outcome === 'denied') return { code: 'config-blocks-allowed', severity: null, detail, rows };
    return { code: 'config-permits-denied', severity: severityOfPermit([question.port]), detail, rows };
  });
}

/** Of `allow` a row that is denied by some interfaces only is no fault: nobody knows by which the packet goes, and the answer says conditional. */
function wrongOutcomes({ expect }: ConfigurationQuestion, { outcome, rows }: ConfigurationRecord): ConfigurationOutcome[] {
  const outcomes = new Set([outcome, ...rows.map((row) => row.outcome)]);
  if (expect === 'deny') return (['permitted', 'redirected'] as const).filter((one) => outcomes.has(one));
  if (outcome === 'denied') return (['denied', 'redirected'] as const).filter((one) => outcomes.has(one));
  return outcome === 'redirected' ? ['redirected'] : [];
}

function detailOf(question: ConfigurationQuestion, outcome: ConfigurationOutcome, row: ConfigurationRow | null): string {
  const { firewall, expect, rules } = question;
  const flow = flowOfQuestion(question);
  const [who, where, ports] = [senderText(flow, row), targetText(flow, row), portsText(flow)];
  const condition = row === null ? '' : conditionText(row);
  const decided = row === null ? '' : `, ${decidedText(row)}`;
  const policy =
    expect === 'allow' ? `rule ${rules[0]?.name ?? ''} of the policy permits it` : 'no rule of the policy permits it';
  if (outcome === 'redirected') {
    const target = row?.target ?? 'another place';
    return `${firewallFirst(firewall)} diverts what ${who} sends to ${where} ${ports} to ${target}${condition}${decided}; ${policy}.`;
  }
  const does = outcome === 'denied' ? 'keeps' : 'lets';
  const reach = outcome === 'denied' ? `from ${where}` : `reach ${where}`;
  return `${firewallFirst(firewall)} ${does} ${who} ${reach} ${ports}${condition}${decided}; ${policy}.`;
}

function moreText(rows: number): string {
  return rows <= 0 ? '' : ` There ${rows === 1 ? 'is 1 more row' : `are ${rows} more rows`} of it.`;
}

/** Whether such a host is there, only the network knows. */
function ownerlessReason(question: ConfigurationQuestion, { rows }: ConfigurationRecord): string {
  const { firewall, family } = question;
  const [row = null] = rows;
  const decided = row === null ? '' : `, ${decidedText(row)}`;
  const name = familyName(family);
  return `${firewallFirst(firewall)} lets ${name} addresses that are in no segment send ${portsText(flowOfQuestion(question))}${decided}, and the policy has segments without ${name} networks: their hosts may have such addresses. Give them their ${name} networks, or deny the port over ${name}.`;
}

/** What is permitted may be just the addresses of names that the policy permits. */
function isPerhapsNamed(
  { expect, names, family }: ConfigurationQuestion,
  { rows }: ConfigurationRecord,
  faults: readonly ConfigurationFault[],
): boolean {
  if (expect === 'allow' || names.length === 0 || faults.some(({ code }) => code !== 'config-permits-denied')) return false;
  const permitted = rows.filter(({ outcome }) => outcome === 'permitted');
  const excess = setOfNetworks(permitted.flatMap(({ destinations }) => destinations))[family];
  const size = excess.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
  return size > 0n && size <= NAMES_AT_MOST[family];
}

function namedReason(question: ConfigurationQuestion, { rows }: ConfigurationRecord): string {
  const row = rows.find(({ outcome }) => outcome === 'permitted') ?? null;
  const flow = flowOfQuestion(question);
  const names = listText(question.names.map(nameText), 'or');
  const decided = row === null ? '' : `, ${decidedText(row)}`;
  return `${firewallFirst(question.firewall)} lets ${senderText(flow, row)} reach ${targetText(flow, row)} ${portsText(flow)}${decided}: that may be ${names}, which the policy permits. Give the networks of ${names} beside the names.`;
}

function conditionalReason(question: ConfigurationQuestion, { rows }: ConfigurationRecord): string {
  const { firewall } = question;
  const row = rows.find(({ outcome }) => outcome === 'conditional') ?? rows[0] ?? null;
  const flow = flowOfQuestion(question);
  if (row === null)
    return `What ${firewallText(firewall)} does with ${flowText(flow)} hangs on something that a packet does not show.`;
  const [who, where, ports] = [senderText(flow, row), targetText(flow, row), portsText(flow)];
  const does = row.outcome === 'denied' ? `keeps ${who} from ${where}` : `lets ${who} reach ${where}`;
  return `${firewallFirst(firewall)} ${does} ${ports}${conditionText(row)}, ${decidedText(row)}. ${settles(question, row)}`;
}

/** Only what has a name can be mapped. */
function mapText(names: readonly string[], where: string): string {
  const named = names.filter((name) => name !== ELSEWHERE);
  if (named.length === names.length) return `map ${listText(named)} in ${where}`;
  return `give the networks behind it as a destination of the policy, and map ${listText(['that', ...named])} in ${where}`;
}

/** Of interfaces the policy can tell, of sets a file; of what only the running firewall knows a probe. */
function settles(
  { firewall, segment, destination, in: inside, out }: ConfigurationQuestion,
  { condition }: ConfigurationRow,
): string {
  const words = condition ?? '';
  const hint = misspeltHint(words);
  if (hint !== '') return hint.trim();
  const sides = [
    inside === null && words.includes('incoming interface') ? segment : '',
    out === null && words.includes('outgoing interface') ? destination : '',
  ].filter((name) => name !== '');
  const where = firewall === GIVEN ? '--interface' : `firewalls.${firewall}.interfaces`;
  if (sides.length > 0) return `Which interface it takes is not known: ${mapText(sides, where)}.`;
  if (/--match-set|(^|\s)@[A-Za-z]/.test(words))
    return 'What the set holds is not known: give its members (its ipset-save, or the ruleset with its elements).';
  return 'That is nothing that a configuration tells: a probe does (postern audit).';
}
