/** Judges what changes to firewalls newly let through, stop and divert. What was so before the change is no matter of a review. */

import { FAMILIES, familyName } from '../model/address.ts';
import type { DeadLine, Doubt } from '../model/configuration.ts';
import type { Change } from '../model/configuration-change.ts';
import { auditedPorts, segmentAddresses } from '../model/configuration-question.ts';
import { firewallText } from '../model/firewall-text.ts';
import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import type { Policy } from '../model/policy.ts';
import type { Judgement } from '../model/result.ts';
import { isUnjudged } from '../model/unjudged.ts';
import { emptyCheck } from './configuration.ts';
import { deadLineDrafts, deadLineRow } from './dead-lines.ts';
import { checksOf } from './judgement.ts';
import { changeRow } from './review-row.ts';
import { type Draft, NO_SUBJECT, type Row } from './row.ts';
import { summarise } from './summary.ts';
import { expiredWaivers } from './waive.ts';

/** What a change does to one firewall. */
export interface FirewallReview {
  /** As the policy names it; `given` where its files were named on the command line. */
  readonly firewall: string;
  readonly changes: readonly Change[];
  /** Why it could not be worked out, as a sentence; null where it was. */
  readonly problem: string | null;
  /** What was taken for granted: sentences. */
  readonly notes: readonly string[];
  /** Lines about mail that can never match, on both sides; absent: nobody looked for them. */
  readonly dead?: { readonly before: readonly DeadLine[]; readonly after: readonly DeadLine[] };
  /** What keeps all this from being judged as a whole; absent: nothing. */
  readonly doubts?: readonly Doubt[];
}

export interface ReviewOptions {
  /** When the judgement is made, milliseconds since 1970 UTC: decides which waivers are in force. */
  readonly now: number;
  /** What a text does is worked out, never only supported: both say the same here. */
  readonly requireProof: 'supported' | 'proven';
}

/**
 * Pure: no I/O, no clock; same input, same findings, same order.
 *
 * @returns one check for each change, in the order given; one for a firewall on which the change has no effect, or of which nothing could be worked out.
 */
export function judgeReview(policy: Policy, reviews: readonly FirewallReview[], { now }: ReviewOptions): Judgement {
  const rows = reviews.flatMap((review) => reviewRows(policy, review));
  const { checks, findings } = checksOf(policy, rows, reviews.flatMap(newlyDead), now);
  return {
    summary: summarise(checks, findings, []),
    checks,
    findings,
    scope: {
      ports: auditedPorts(policy),
      sources: [],
      endpoints: 0,
      unseen: policy.segments
        .filter(({ addresses }) => FAMILIES.every((one) => addresses[one].length === 0))
        .map(({ name }) => name),
      notes: [...reviews.flatMap(notesOf), ...familyNotes(policy), ...expiredNotes(policy, now)],
    },
  };
}

function reviewRows(policy: Policy, review: FirewallReview): Row[] {
  return [...judgedRows(policy, review), ...(review.doubts ?? []).map((doubt) => doubtRow(policy, review.firewall, doubt))];
}

function judgedRows(policy: Policy, { firewall, changes, problem, notes }: FirewallReview): Row[] {
  if (problem !== null) return [problemRow(firewall, problem), ...changes.map((change) => changeRow(policy, change))];
  if (changes.length > 0) return changes.map((change) => changeRow(policy, change));
  const mail = notes.some(isUnjudged) ? 'mail that the policy asks about' : 'mail';
  const reason = `The change has no effect on ${mail}: ${firewallText(firewall)} treats every packet that was looked at as it did before.`;
  const check = { ...emptyCheck(`review:${firewall}`, firewall), verdict: 'compliant', proof: 'proven', reason } as const;
  return [{ check, host: null, drafts: [] }];
}

function problemRow(firewall: string, problem: string): Row {
  const subject = { ...NO_SUBJECT, code: 'not-judged' as const, firewall };
  return {
    check: { ...emptyCheck(`review:${firewall}`, firewall), reason: problem },
    host: null,
    drafts: [{ subject, severity: null, detail: problem, location: null, evidence: {} }],
  };
}

function doubtRow({ firewalls }: Policy, firewall: string, { about, text, key }: Doubt): Row {
  const subject = { ...NO_SUBJECT, code: 'not-judged' as const, firewall, row: key };
  const location = firewalls.find(({ name }) => name === firewall)?.location ?? null;
  return {
    check: { ...emptyCheck(`review:${firewall}:${about}`, firewall), reason: text },
    host: null,
    drafts: [{ subject, severity: null, detail: text, location, evidence: {} }],
  };
}

/** Lines that can never match now, and that were not there before or could match then; a moved line is no new one. */
function newlyDead({ firewall, dead }: FirewallReview): Draft[] {
  if (dead === undefined) return [];
  const before = groupBy(dead.before, (line) => deadLineRow(line));
  const fresh = [...groupBy(dead.after, (line) => deadLineRow(line))].flatMap(([key, lines]) =>
    lines.slice(before.get(key)?.length ?? 0),
  );
  return deadLineDrafts(firewall, fresh);
}

function notesOf({ firewall, notes }: FirewallReview): string[] {
  return notes.map((note) => `Of ${firewallText(firewall)}: ${note}`);
}

/** A change may open a family in which a segment has no networks: nothing of it is that segment's then. */
function familyNotes(policy: Policy): string[] {
  return FAMILIES.flatMap((family) => {
    const without = policy.segments.filter((segment) => segmentAddresses(policy, segment)[family].length === 0);
    if (without.length === 0) return [];
    const names = listText(without.map(({ name }) => name));
    return [
      `The policy gives ${names} no ${familyName(family)} networks: what the change does to ${names} over it was not looked at.`,
    ];
  });
}

/** They cover nothing any more, but a change is not to blame for it. */
function expiredNotes(policy: Policy, now: number): string[] {
  return expiredWaivers(policy, now).map(({ detail }) => detail);
}
