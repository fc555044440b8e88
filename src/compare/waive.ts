/** Waivers: accepted findings, each with an end. What a waiver covers stays in the result, marked; an expired one covers nothing. */
import type { Finding, Subject } from '../model/finding.ts';
import type { Policy, Waiver } from '../model/policy.ts';
import { type Draft, NO_SUBJECT } from './row.ts';

/** The waiver in force that matches a finding in all that it gives; null where none does. `now` in milliseconds since 1970 UTC. */
export function waiverFor(policy: Policy, finding: Omit<Finding, 'waiver'>, now: number): Waiver | null {
  return policy.waivers.find((waiver) => !isExpired(waiver, now) && matches(waiver, finding)) ?? null;
}

/** One finding for each waiver past its end. */
export function expiredWaivers(policy: Policy, now: number): readonly Draft[] {
  return policy.waivers
    .filter((waiver) => isExpired(waiver, now))
    .map((waiver) => ({
      subject: subjectOf(waiver),
      severity: null,
      detail: `The waiver of ${waiver.code} (${waiver.reason}) ended on ${waiver.until}; what it covered counts again.`,
      location: waiver.location,
      evidence: { until: waiver.until, reason: waiver.reason, owner: waiver.owner },
    }));
}

/** `until` is a whole day in UTC, itself included. */
function isExpired(waiver: Waiver, now: number): boolean {
  return new Date(now).toISOString().slice(0, 10) > waiver.until;
}

function matches(waiver: Waiver, finding: Omit<Finding, 'waiver'>): boolean {
  const fields = ['code', 'segment', 'destination', 'host', 'port', 'family', 'server', 'firewall', 'fingerprint'] as const;
  return fields.every((field) => waiver[field] === null || waiver[field] === finding[field]);
}

function subjectOf(waiver: Waiver): Subject {
  const { segment, destination, host, port, family, server, firewall } = waiver;
  const row = `${waiver.code} ${waiver.fingerprint ?? ''} ${waiver.until}`;
  return { ...NO_SUBJECT, code: 'waiver-expired', segment, destination, host, port, family, server, firewall, row };
}
