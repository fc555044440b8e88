/**
 * The verdict on one change of a configuration. Newly allowed, and denied by the policy: violation; newly blocked, and permitted: violation; newly
 * diverted: violation; what the policy wants: compliant. What hangs on something that a packet does not show, or of which the policy says nothing,
 * is not judged.
 *
 * Worked example: a line for a web server, `--sport 80 -j ACCEPT`, lets workstations reach everything on 25, if they send from port 80: newly
 * allowed, denied by the policy, critical.
 */

import type { ConfigurationLine } from '../model/configuration.ts';
import type { Change } from '../model/configuration-change.ts';
import { ELSEWHERE } from '../model/configuration-question.ts';
import type { FindingCode, Severity } from '../model/finding.ts';
import { GIVEN } from '../model/firewall-text.ts';
import { listText } from '../model/list-text.ts';
import type { Policy } from '../model/policy.ts';
import type { ConfigurationSide } from '../model/result.ts';
import { upperFirst } from '../model/upper-first.ts';
import { emptyCheck, placeOf } from './configuration.ts';
import { severityOfPermit } from './configuration-ruling.ts';
import { conditionText, type Flow, lineText, nameText, portsText, senderText, targetText } from './configuration-words.ts';
import { type ConfigurationDraft, NO_SUBJECT, type Row } from './row.ts';

export function changeRow(policy: Policy, change: Change): Row {
  const ruling = rulingOf(change);
  const { firewall, segment, destination, family, ports, row, before, after } = change;
  const port = ports.length === 1 ? (ports[0] ?? null) : null;
  const check: ConfigurationDraft = {
    ...emptyCheck(idOf(change), firewall),
    segment,
    destination,
    family,
    port,
    expect: change.policy === 'unknown' ? null : change.policy,
    rule: change.policy === 'allow' ? (change.rules[0] ?? null) : null,
    outcome: row.outcome,
    verdict: ruling.verdict,
    proof: ruling.verdict === 'inconclusive' ? 'none' : 'proven',
    reason: ruling.reason,
    change: { kind: change.kind, ports, before, after },
    rows: [row],
  };
  if (ruling.verdict === 'compliant') return { check, host: null, drafts: [] };
  const subject = { ...NO_SUBJECT, code: ruling.code, segment, destination, port, family, firewall, row: change.id };
  const location = placeOf(after.line ?? row.rules[0] ?? before.line) ?? ruleLocation(policy, change);
  const evidence = { witness: row.witness, lines: row.rules, before, after, rows: [row] };
  return {
    check,
    host: null,
    drafts: [{ subject, severity: ruling.severity, detail: `${whatText(change)} ${ruling.reason}`, location, evidence }],
  };
}

function idOf({ firewall, segment, destination, ports, family, id }: Change): string {
  return `review:${firewall}:${segment ?? ELSEWHERE}>${destination}:${ports.join(',')}/${family}#${id}`;
}

function ruleLocation(policy: Policy, { rules }: Change): Policy['rules'][number]['location'] | null {
  return policy.rules.find(({ name }) => name === rules[0])?.location ?? null;
}

type ChangeRuling =
  | { readonly verdict: 'compliant'; readonly reason: string }
  | {
      readonly verdict: 'violation' | 'inconclusive';
      readonly code: FindingCode;
      /** Null: the catalogue's. */
      readonly severity: Severity | null;
      readonly reason: string;
    };

function rulingOf(change: Change): ChangeRuling {
  const { kind, policy, ports, row, after } = change;
  if (change.segment === null && kind === 'newly-blocked')
    return {
      verdict: 'compliant',
      reason: 'These hosts are in no segment, and nothing is permitted to them. The change closes it.',
    };
  if (change.segment === null && change.like === null)
    return unsure(`These hosts are in no segment, so that the policy says nothing of them: give their networks to a segment.`);
  if (row.outcome === 'conditional' || after.outcome === 'conditional')
    return unsure(`It hangs on what a packet does not show: settle it by giving what the condition names.`);
  if (kind === 'newly-redirected')
    return { verdict: 'violation', code: 'config-redirects', severity: null, reason: policyText(change) };
  if (policy === 'unknown') return unsure(policyText(change));
  const allowed = kind === 'newly-allowed';
  if (change.like !== null) return { verdict: 'compliant', reason: likeText(change.like, change) };
  if (allowed === (policy === 'allow'))
    return { verdict: 'compliant', reason: `${policyText(change)}${allowed ? '' : ' The change closes it.'}` };
  return allowed
    ? {
        verdict: 'violation',
        code: 'config-permits-denied',
        severity: severityOfPermit(ports),
        reason: policyText(change),
      }
    : { verdict: 'violation', code: 'config-blocks-allowed', severity: null, reason: policyText(change) };
}

function unsure(reason: string): ChangeRuling {
  return { verdict: 'inconclusive', code: 'not-judged', severity: null, reason };
}

function likeText({ interfaces, segments }: NonNullable<Change['like']>, change: Change): string {
  const does = segments.length === 1 ? 'does' : 'do';
  return `They come in by ${listText(interfaces, 'or')}, as ${listText(segments)} ${does}, which may. ${policyText(change)}`;
}

function whatText(change: Change): string {
  const { kind, segment, destination, ports, family, row, before, after } = change;
  const flow: Flow = { segment, destination, ports, family, sources: null, destinations: null };
  const [who, where] = [senderText(flow, row), targetText(flow, row)];
  const condition = conditionText(row);
  const firewall = change.firewall === GIVEN ? 'the change' : `the change at ${change.firewall}`;
  const sides = `now ${sideText(after, row.rules[0] ?? null)}, before ${sideText(before, null)}`;
  switch (kind) {
    case 'newly-allowed':
      return `${upperFirst(firewall)} newly lets ${who} reach ${where} ${portsText(flow)}${condition}: ${sides}.`;
    case 'newly-blocked':
      return `${upperFirst(firewall)} newly keeps ${who} from ${where} ${portsText(flow)}${condition}: ${sides}.`;
    case 'newly-redirected':
      return `${upperFirst(firewall)} newly diverts what ${who} sends to ${where} ${portsText(flow)} to ${row.target ?? 'another place'}${condition}: ${sides}.`;
  }
}

/** What one side does with the witness. */
function sideText({ outcome, line }: ConfigurationSide, decides: ConfigurationLine | null): string {
  const by = line ?? decides;
  return `${outcome} by ${by === null ? 'default' : lineText(by)}`;
}

function policyText({ policy, rules, names }: Change): string {
  const rule = `${rules.length > 1 ? 'rules' : 'rule'} ${listText(rules)}`;
  switch (policy) {
    case 'allow':
      return rules.length === 0 ? 'The policy permits it.' : `The policy permits it (${rule}).`;
    case 'deny':
      return 'No rule of the policy permits it.';
    case 'unknown': {
      const named = listText(names.map(nameText), 'or');
      return `That may be ${named}, which the policy permits${rules.length === 0 ? '' : ` (${rule})`}: give the networks of ${named} beside the names.`;
    }
  }
}
