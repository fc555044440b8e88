/** Firewalls whose configuration could not be read when it was to be: what they let through is unknown, and that is a row of each. */

import type { Evidence, UnreadFirewallRecord } from '../model/evidence.ts';
import { GIVEN } from '../model/firewall-text.ts';
import { groupBy } from '../model/group-by.ts';
import type { Policy } from '../model/policy.ts';
import { emptyCheck } from './configuration.ts';
import { NO_SUBJECT, type Row } from './row.ts';

/** None of a firewall that was read later. */
export function unreadFirewallRows(policy: Policy, evidence: readonly Evidence[]): readonly Row[] {
  const failures = evidence.flatMap(({ header, records }) =>
    records.flatMap((record) => (record.type === 'unread-firewall' ? [{ record, startedAt: header.run.startedAt }] : [])),
  );
  return [...groupBy(failures, ({ record }) => record.firewall)].flatMap(([firewall, ofOne]) => {
    const last = ofOne.reduce((a, b) => (Date.parse(b.startedAt) > Date.parse(a.startedAt) ? b : a));
    return wasReadAfter(evidence, firewall, Date.parse(last.startedAt)) ? [] : [unreadRow(policy, last.record)];
  });
}

function wasReadAfter(evidence: readonly Evidence[], firewall: string, failedAt: number): boolean {
  return evidence.some(
    ({ header, records }) =>
      Date.parse(header.run.startedAt) > failedAt &&
      records.some((record) => record.type === 'firewall' && record.firewall === firewall),
  );
}

/** A row of its firewall, as its answers would be: whose runs these are does not change with what can be read. */
function unreadRow({ firewalls }: Policy, { firewall, why }: UnreadFirewallRecord): Row {
  const reason = `The configuration${firewall === GIVEN ? '' : ` of the firewall ${firewall}`} could not be read: ${why}`;
  const location = firewalls.find(({ name }) => name === firewall)?.location ?? null;
  const subject = { ...NO_SUBJECT, code: 'not-judged' as const, firewall };
  return {
    check: { ...emptyCheck(`config:${firewall}`, firewall), reason },
    host: null,
    drafts: [{ subject, severity: null, detail: reason, location, evidence: {} }],
  };
}
