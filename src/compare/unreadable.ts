/** One input of several that could not be read: what it would have shown is unknown, and that is a row. */
import type { Policy } from '../model/policy.ts';
import { emptyCheck } from './configuration.ts';
import { unreadFileRow } from './coverage.ts';
import { NO_SUBJECT, type Row } from './row.ts';

export type Unreadable = UnreadEvidence | UnreadFirewall;

export interface UnreadEvidence {
  readonly kind: 'evidence';
  readonly file: string;
  readonly why: string;
}

export interface UnreadFirewall {
  readonly kind: 'firewall';
  /** As the policy names it. */
  readonly firewall: string;
  readonly why: string;
}

export function unreadableRow(policy: Policy, input: Unreadable): Row {
  return input.kind === 'evidence' ? unreadFileRow(input.file, input.why) : firewallRow(policy, input);
}

/** A row of its firewall, as its answers would be: whose runs these are does not change with what can be read. */
function firewallRow({ firewalls }: Policy, { firewall, why }: UnreadFirewall): Row {
  const reason = `The configuration of the firewall ${firewall} could not be read: ${why}`;
  const location = firewalls.find(({ name }) => name === firewall)?.location ?? null;
  const subject = { ...NO_SUBJECT, code: 'not-judged' as const, firewall };
  return {
    check: { ...emptyCheck(`config:${firewall}`, firewall), reason },
    host: null,
    drafts: [{ subject, severity: null, detail: reason, location, evidence: {} }],
  };
}
